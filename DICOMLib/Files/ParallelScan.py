"""Scanning many files: in this process when they are few, in helper processes beside the writer when they are many."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
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
MESSAGES_IN_FLIGHT = 32
# So much is scanned here while helpers take longer for what comes before.
GROUPS_SCANNED_AHEAD = 32
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


@dataclass
class _Group:
    """Files that go together.

    :ivar helper: which was asked for them; None when they were scanned here
    :ivar outcomes: of files that were scanned here
    """

    paths: list[bytes]
    helper: ScanHelper | None
    outcomes: list[ScanOutcome] = field(default_factory=list)

    def isReady(self) -> bool:
        """Whether their outcomes can be given without waiting."""
        return self.helper is None or self.helper.hasAnswer() or not self.helper.isAlive


class _Scan:
    """One pass over many files."""

    def __init__(self, paths: Iterator[bytes], extraTags: tuple[str, ...], progress: Progress):
        self._paths = paths
        self._extraTags = extraTags
        self._progress = progress
        self._scanner = SeriesScanner(extraTags, onlyPlain=True)
        self._careful = CarefulScan(extraTags)
        self._helpers: list[ScanHelper] = []
        # Files whose outcomes are still to be given, in their order.
        self._waiting: deque[_Group] = deque()

    def here(self) -> Iterator[ScanOutcome]:
        """In this process."""
        while group := self._nextGroup():
            yield from self._scanHere(group)

    def withHelpers(self, count: int) -> Iterator[ScanOutcome]:
        """In helper processes; in this one until the first of them is ready, and while it would only wait for them."""
        self._helpers = [ScanHelper(self._extraTags) for _ in range(count)]
        while not any(helper.hasAnswer() for helper in self._helpers) and (group := self._nextGroup()):
            yield from self._scanHere(group)
        while not self._progress.cancelled:
            self._askHelpers()
            if not self._waiting:
                return
            if self._waiting[0].isReady() or not self._scanAhead():
                yield from self._answer(self._waiting.popleft())

    def _askHelpers(self) -> None:
        """Keep all of them busy."""
        for position in range(len(self._helpers)):
            helper = self._helperAt(position)
            asked = sum(group.helper is helper for group in self._waiting)
            while asked < MESSAGES_IN_FLIGHT and (paths := self._nextGroup()):
                helper.send(paths)
                self._waiting.append(_Group(paths, helper))
                asked += 1

    def _scanAhead(self) -> bool:
        """Scan a group here that comes after what the helpers are doing; False when that would go too far."""
        isFarAhead = sum(group.helper is None for group in self._waiting) >= GROUPS_SCANNED_AHEAD
        paths = [] if isFarAhead else self._nextGroup()
        if paths:
            self._waiting.append(_Group(paths, None, list(self._scanHere(paths))))
        return bool(paths)

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

    def _answer(self, group: _Group) -> Iterator[ScanOutcome]:
        """What was found. When a helper has died or does not answer, its files are scanned one by one, so that none is
        lost but the one that is to blame."""
        if group.helper is None:
            yield from group.outcomes
            return
        answer = group.helper.receive(self._progress, SECONDS_FOR_A_MESSAGE)
        for path, packed in zip(group.paths, answer or [None] * len(group.paths), strict=True):
            outcome = unpackedOutcome(path, packed) or self._careful.scan(path, self._progress)
            if outcome is not None and not self._progress.cancelled:
                yield outcome
