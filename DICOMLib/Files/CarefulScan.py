"""Scanning what is not plain, file by file: in a process that may use so much memory and time, and may die of it."""

from __future__ import annotations

from ..Progress import Progress
from .Limits import CAREFUL_SCAN_MEMORY, CAREFUL_SCAN_SECONDS
from .ScanHelper import PROGRAM, START_SECONDS, TOO_MUCH_MEMORY, ScanHelper
from .ScanOutcome import ScanOutcome, scanOne, unpackedOutcome
from .SeriesScanner import SeriesScanner

TOO_LONG = "reading it took too long"
DIED = "reading it ended the process that read it"
# Reasons for which a file is not touched again.
HARMFUL = frozenset((TOO_LONG, DIED, TOO_MUCH_MEMORY))


class CarefulScan:
    """Starts its process when it is first needed, and another one when that has died.

    :param extraTags: as for ``HeaderScanner.scanFile``
    :param seconds: allowed for one file
    :param program: what the process runs
    """

    def __init__(
        self, extraTags: tuple[str, ...], seconds: float = CAREFUL_SCAN_SECONDS, memory: int = CAREFUL_SCAN_MEMORY,
        program: str = PROGRAM,
    ):
        self._extraTags = extraTags
        self._seconds = seconds
        self._memory = memory
        self._program = program
        self._helper: ScanHelper | None = None
        self._isPossible = True

    @property
    def processID(self) -> int | None:
        """Of the process; None when there is none."""
        return self._helper.processID if self._helper else None

    def scan(self, path: bytes, progress: Progress) -> ScanOutcome | None:
        """What became of one file; None after a cancel."""
        helper = self._readyHelper(progress)
        if progress.cancelled:
            return None
        if helper is None:  # no process can be started here: the limits of the scanner itself have to do
            return scanOne(path, SeriesScanner(self._extraTags))
        helper.send([path])
        answer = helper.receive(progress, self._seconds)
        if progress.cancelled:
            return None
        if answer is None:
            return ScanOutcome(path, None, TOO_LONG if helper.wasTooSlow else DIED)
        return unpackedOutcome(path, answer[0])

    def stop(self) -> None:
        """End the process, if there is one."""
        if self._helper is not None:
            self._helper.stop()

    def _readyHelper(self, progress: Progress) -> ScanHelper | None:
        if self._isPossible and (self._helper is None or not self._helper.isAlive):
            self._helper = ScanHelper(self._extraTags, self._memory, self._program)
            self._isPossible = self._helper.waitUntilReady(progress, START_SECONDS) or progress.cancelled
        return self._helper if self._isPossible else None
