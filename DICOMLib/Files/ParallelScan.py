"""Scanning many files: in this process when they are few, in helper processes beside the writer when they are many."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence

from ..Processors import availableProcessors
from ..Progress import Progress
from .Header import Header
from .ScanHelper import ScanHelper
from .ScanOutcome import ScanOutcome, scanOne

# Starting helpers takes 0.1 s, in which this process scans some 700 headers.
FILES_WORTH_HELPERS = 4000
# More do not help: the one process that writes has to keep up.
MAX_HELPERS = 4
# Small enough to stop at once on a cancel, large enough for messages to cost nothing.
FILES_IN_A_MESSAGE = 32
# One being scanned and one waiting, so that a helper never idles.
MESSAGES_IN_FLIGHT = 2


def scanFiles(
    paths: Sequence[bytes], extraTags: tuple[str, ...], progress: Progress, helpers: int | None = None
) -> Iterator[ScanOutcome]:
    """Headers or reasons for all paths, in order, until cancelled.

    :param helpers: how many helper processes; None leaves it to the number of files and processors
    """
    if helpers is None:
        helpers = min(MAX_HELPERS, availableProcessors()) if len(paths) >= FILES_WORTH_HELPERS else 0
    if helpers:
        yield from _scanWithHelpers(paths, extraTags, progress, helpers)
    else:
        yield from _scanHere(paths, extraTags, progress)


def _scanHere(paths: Sequence[bytes], extraTags: tuple[str, ...], progress: Progress) -> Iterator[ScanOutcome]:
    for position, path in enumerate(paths):
        if progress.cancelled:
            return
        yield scanOne(path, extraTags)
        if position % FILES_IN_A_MESSAGE == 0:
            time.sleep(0)  # lets the window's thread run


def _scanWithHelpers(
    paths: Sequence[bytes], extraTags: tuple[str, ...], progress: Progress, count: int
) -> Iterator[ScanOutcome]:
    helpers = [ScanHelper(extraTags) for _ in range(count)]
    waiting: deque[tuple[ScanHelper, Sequence[bytes]]] = deque()
    try:
        for number, start in enumerate(range(0, len(paths), FILES_IN_A_MESSAGE)):
            helper, group = helpers[number % count], paths[start : start + FILES_IN_A_MESSAGE]
            helper.send(group)
            waiting.append((helper, group))
            if len(waiting) > count * MESSAGES_IN_FLIGHT:
                yield from _answer(*waiting.popleft(), extraTags, progress)
            if progress.cancelled:
                return
        while waiting and not progress.cancelled:
            yield from _answer(*waiting.popleft(), extraTags, progress)
    finally:
        for helper in helpers:
            helper.stop()


def _answer(
    helper: ScanHelper, group: Sequence[bytes], extraTags: tuple[str, ...], progress: Progress
) -> Iterator[ScanOutcome]:
    """What the helper found; the files are scanned here when the helper has died."""
    answers = helper.receive(progress)
    if progress.cancelled:
        return
    if answers is None:
        yield from _scanHere(group, extraTags, progress)
        return
    for path, (fields, reason) in zip(group, answers, strict=True):
        yield ScanOutcome(path, Header(*fields) if fields else None, reason)
