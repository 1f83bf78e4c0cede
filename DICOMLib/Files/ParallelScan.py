"""Scanning many files: in this process when they are few, in helper processes beside the writer when they are many."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from ..Processors import availableProcessors
from ..Progress import Progress
from .CarefulScan import CarefulScan
from .ScanHelper import ScanHelper
from .ScanOutcome import ScanOutcome, scanOne, unpackedOutcome
from .SeriesScanner import SeriesScanner

# A helper is ready after 0.1 s; this process has read and written some thousand headers by then.
FILES_WORTH_HELPERS = 1500
# More do not help: the one process that writes has to keep up.
MAX_HELPERS = 4
# Small enough to stop at once on a cancel, large enough for messages to cost nothing.
FILES_IN_A_MESSAGE = 64
# So much waits for each helper that it does not idle while a batch is written.
MESSAGES_IN_FLIGHT = 16
# A folder far away may answer slowly. Files that it took longer for are read one by one.
SECONDS_FOR_A_MESSAGE = 60.0


def scanFiles(
    paths: Iterable[bytes], extraTags: tuple[str, ...], progress: Progress, helpers: int | None = None
) -> Iterator[ScanOutcome]:
    """Headers or reasons for all paths, in order, until cancelled. What is not plain is scanned in a process that may
    be ended.

    :param paths: absolute; asked for as they are needed
    :param helpers: how many helper processes; None leaves it to the number of files and processors
    """
    paths = iter(paths)
    beginning = list(islice(paths, FILES_WORTH_HELPERS))
    if helpers is None:
        helpers = _worthHelpers() if len(beginning) == FILES_WORTH_HELPERS else 0
    scan = _Scan(chain(beginning, paths), extraTags, progress)
    del beginning
    try:
        yield from scan.withHelpers(helpers) if helpers else scan.here()
    finally:
        scan.stop()


def _worthHelpers() -> int:
    """The writer takes a processor for itself."""
    return max(1, min(MAX_HELPERS, availableProcessors() - 1))


class _Scan:
    """One pass over many files."""

    def __init__(self, paths: Iterator[bytes], extraTags: tuple[str, ...], progress: Progress):
        self._paths = paths
        self._extraTags = extraTags
        self._progress = progress
        self._scanner = SeriesScanner(extraTags, onlyPlain=True)
        self._careful = CarefulScan(extraTags)
        self._helpers: list[ScanHelper] = []
        # What helpers were asked for and have not been heard of yet, oldest first.
        self._waiting: deque[tuple[ScanHelper, list[bytes]]] = deque()

    def here(self) -> Iterator[ScanOutcome]:
        """In this process."""
        while group := self._nextGroup():
            yield from self._scanHere(group)

    def withHelpers(self, count: int) -> Iterator[ScanOutcome]:
        """In helper processes; in this one until the first of them is ready."""
        self._helpers = [ScanHelper(self._extraTags) for _ in range(count)]
        while not any(helper.hasAnswer() for helper in self._helpers) and (group := self._nextGroup()):
            yield from self._scanHere(group)
        number = 0
        while not self._progress.cancelled:
            while len(self._waiting) < count * MESSAGES_IN_FLIGHT and (group := self._nextGroup()):
                self._waiting.append((self._helperAt(number % count), group))
                self._waiting[-1][0].send(group)
                number += 1
            if not self._waiting:
                return
            yield from self._answer(*self._waiting.popleft())

    def stop(self) -> None:
        """End all processes."""
        for helper in (*self._helpers, self._careful):
            helper.stop()

    def _nextGroup(self) -> list[bytes]:
        return [] if self._progress.cancelled else list(islice(self._paths, FILES_IN_A_MESSAGE))

    def _scanHere(self, group: list[bytes]) -> Iterator[ScanOutcome]:
        time.sleep(0)  # lets the window's thread run
        for path in group:
            if self._progress.cancelled:
                return
            outcome = scanOne(path, self._scanner) or self._careful.scan(path, self._progress)
            if outcome is not None:
                yield outcome

    def _helperAt(self, position: int) -> ScanHelper:
        """A new one in the place of one that has died."""
        helper = self._helpers[position]
        if not helper.isAlive and helper.wasReady:
            helper = self._helpers[position] = ScanHelper(self._extraTags)
        return helper

    def _answer(self, helper: ScanHelper, group: list[bytes]) -> Iterator[ScanOutcome]:
        """What the helper found. When it has died or does not answer, the files are scanned one by one, so that none
        is lost but the one that is to blame."""
        answer = helper.receive(self._progress, SECONDS_FOR_A_MESSAGE)
        for path, packed in zip(group, answer or [None] * len(group), strict=True):
            outcome = unpackedOutcome(path, packed) or self._careful.scan(path, self._progress)
            if outcome is not None and not self._progress.cancelled:
                yield outcome
