"""The helper process as the program sees it: one process for one archive or foreign database."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

from ..HelperProcess import startHelper, widenPipe
from ..Progress import Progress
from ..Workers.Messages import readHeader, readPayload, writeMessage
from .ArchiveLimits import PIECE_SIZE, SECONDS_OF_SILENCE

_SECONDS_BETWEEN_LOOKS = 0.05
_PIPE_BYTES = 1 << 20
_DIED = "the process that unpacks it died: it is probably damaged"
_NOT_STARTED = "the process that unpacks it could not be started"
_STUCK = f"nothing came out of it for {SECONDS_OF_SILENCE:.0f} seconds: it is probably damaged"


class MediaHelper:
    """Starts the process, and ends it when it is done, silent for too long, or no longer wanted.

    Use it as a context manager.

    :param task: what ``HelperMain`` does: "task" ("archive" or "files"), "path" (as ``os.fsdecode`` gives it), …
    :param progress: a cancel ends the process within a twentieth of a second
    """

    def __init__(self, task: dict, progress: Progress, secondsOfSilence: float = SECONDS_OF_SILENCE):
        self._task = task
        self._progress = progress
        self._secondsOfSilence = secondsOfSilence
        self._waitingSince: float | None = None
        self._isStuck = False
        self._over = threading.Event()
        self._process: subprocess.Popen | None = None
        self._reasonNotStarted = ""

    def __enter__(self) -> MediaHelper:
        try:
            self._process = _startProcess()
        except OSError as error:  # of this archive, and not of the import: other files need no such process
            self._reasonNotStarted = f"{_NOT_STARTED} ({error.strerror}); close other programs and try again"
            return self
        self._watch = threading.Thread(target=self._look, name="media helper watch", daemon=True)
        self._watch.start()
        with suppress(OSError):  # it died already; reading notices
            writeMessage(self._process.stdin, self._task)
        return self

    def __exit__(self, *exceptionInfo) -> None:
        if self._process is None:
            return
        self._over.set()
        self._process.kill()
        self._process.wait()
        self._watch.join()
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                stream.close()

    @property
    def processID(self) -> int | None:
        """Of the process; None when there is none."""
        return None if self._process is None else self._process.pid

    def messages(self) -> Iterator[tuple[dict, bytes]]:
        """What the process sends, with the bytes that follow a message ("length" of them).

        The last message is "done" or "failed"; the latter also when the process cannot be started, dies or is stuck.
        After a cancel there is no last message.
        """
        if self._reasonNotStarted:
            yield {"kind": "failed", "text": self._reasonNotStarted}, b""
            return
        while True:
            message, contents = self._next()
            if self._progress.cancelled:
                return
            if message is None:
                yield {"kind": "failed", "text": _STUCK if self._isStuck else _DIED}, b""
                return
            yield message, contents
            if message.get("kind") in ("done", "failed"):
                return

    def _next(self) -> tuple[dict | None, bytes]:
        self._waitingSince = time.monotonic()
        try:
            message = readHeader(self._process.stdout)
            length = message.get("length", 0) if message else 0
            if not isinstance(length, int) or not 0 <= length <= PIECE_SIZE:
                return None, b""
            contents = bytearray(length)
            if length and not readPayload(self._process.stdout, memoryview(contents)):
                return None, b""
            return message, bytes(contents)
        finally:
            self._waitingSince = None

    def _look(self) -> None:
        """Watches in a thread of its own, because a read from a pipe cannot be interrupted otherwise."""
        while not self._over.wait(_SECONDS_BETWEEN_LOOKS):
            since = self._waitingSince
            self._isStuck = since is not None and time.monotonic() - since > self._secondsOfSilence
            if self._isStuck or self._progress.cancelled:
                self._process.kill()
                return


def _startProcess() -> subprocess.Popen:
    process = startHelper(["-m", "DICOMLib.Media.HelperMain"])
    widenPipe(process.stdout, _PIPE_BYTES)
    return process
