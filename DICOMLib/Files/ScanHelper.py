"""One helper process that scans headers: it gets lists of paths and answers with what it found.

It is an interpreter of its own instead of a forked or spawned copy: it imports nothing but ``DICOMLib.Files`` and does
not run the program's main module again. It ends by itself when this process ends, because its input ends then.
"""

from __future__ import annotations

import gc
import marshal
import queue
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import BinaryIO

from ..HelperProcess import limitMemory, startHelper
from ..Progress import Progress
from .ScanOutcome import ScanOutcome, packedOutcome, scanOne
from .SeriesScanner import SeriesScanner

PROGRAM = "import sys; sys.path.pop(0); from DICOMLib.Files.ScanHelper import answerRequests; answerRequests()"
TOO_MUCH_MEMORY = "reading it needed too much memory"

# An interpreter on a busy machine; it takes 0.1 s on an idle one.
START_SECONDS = 30.0

_LENGTH = struct.Struct("<I")
_SECONDS_BETWEEN_LOOKS = 0.1


class ScanHelper:
    """The process, and two threads: one hands it the requests, for which the pipe may have no room while the process
    waits for a slow disk; the other collects its answers.

    :param extraTags: as for ``HeaderScanner.scanFile``
    :param memoryLimit: bytes of address space the process may use (where the system can limit it); then it also reads
        what is not plain. 0: it reads plain headers only
    :param program: what the process runs

    :ivar wasReady: whether it has been seen to work
    :ivar wasTooSlow: whether it was ended because it did not answer in time
    """

    def __init__(self, extraTags: tuple[str, ...], memoryLimit: int = 0, program: str = PROGRAM):
        self.wasReady = self.wasTooSlow = False
        self._answers: queue.SimpleQueue[list | None] = queue.SimpleQueue()
        self._program = program
        self._requests: queue.SimpleQueue[list | None] = queue.SimpleQueue()
        self._requests.put([*extraTags, memoryLimit])
        self._process = self._start()
        if self._process is not None:
            for work, stream in ((self._deliver, self._process.stdin), (self._collect, self._process.stdout)):
                threading.Thread(target=work, args=(stream,), name="scan helper", daemon=True).start()

    @property
    def isAlive(self) -> bool:
        """Whether it was started and has not been ended or found dead."""
        return self._process is not None

    @property
    def processID(self) -> int | None:
        """Of the process; None when there is none."""
        return self._process.pid if self._process else None

    def hasAnswer(self) -> bool:
        """Whether it has something to say: that it is ready, has an answer, or is dead."""
        return not self._answers.empty()

    def send(self, paths: Sequence[bytes]) -> None:
        """Ask for some headers; never waits."""
        self._requests.put(list(paths))

    def waitUntilReady(self, progress: Progress, seconds: float) -> bool:
        """Whether it could be started; also False after a cancel."""
        if not self.wasReady:
            self.wasReady = self._next(progress, seconds) is not None
        return self.wasReady

    def receive(self, progress: Progress, seconds: float) -> list | None:
        """The oldest answer not yet received: for each path a packed outcome.

        :param seconds: how long to wait once it is ready; then the process is ended
        :returns: None when the process has died or was ended, or after a cancel
        """
        return self._next(progress, seconds) if self.waitUntilReady(progress, START_SECONDS) else None

    def _next(self, progress: Progress, seconds: float) -> list | None:
        latest = time.monotonic() + seconds
        while self._process is not None and not progress.cancelled:
            try:
                answer = self._answers.get(timeout=_SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
                if time.monotonic() > latest:
                    self.wasTooSlow = True
                    self.stop()
                continue
            if answer is None:
                self.stop()
            return answer
        return None

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            self._requests.put(None)

    def _start(self) -> subprocess.Popen | None:
        try:
            return startHelper(["-c", self._program], bufferSize=0)
        except OSError:
            return None  # as in a frozen program: the files are scanned in this process

    def _deliver(self, stream: BinaryIO) -> None:
        with suppress(OSError), stream:  # when the process has died, its answers end too
            while (message := self._requests.get()) is not None:
                writeMessage(stream, message)

    def _collect(self, stream: BinaryIO) -> None:
        with stream:
            while True:
                answer = readMessage(stream)
                self._answers.put(answer)
                if answer is None:
                    return


def writeMessage(stream: BinaryIO, message: list) -> None:
    """Send a list of plain values."""
    data = marshal.dumps(message)
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        view = view[stream.write(view) :]


def readMessage(stream: BinaryIO) -> list | None:
    """The next list; None at the end of the stream."""
    beginning = _readExactly(stream, _LENGTH.size)
    if beginning is None:
        return None
    data = _readExactly(stream, _LENGTH.unpack(beginning)[0])
    return None if data is None else marshal.loads(data)


def _readExactly(stream: BinaryIO, count: int) -> bytes | None:
    data = bytearray()
    while len(data) < count:
        piece = stream.read(count - len(data))
        if not piece:
            return None
        data += piece
    return bytes(data)


def answerRequests() -> None:
    """What the helper process does until its input ends."""
    requests = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    answers = open(sys.stdout.fileno(), "wb", buffering=0, closefd=False)
    *extraTags, memoryLimit = readMessage(requests) or [0]
    limitMemory(memoryLimit)
    scanner = SeriesScanner(extraTags, onlyPlain=not memoryLimit)
    gc.freeze()
    writeMessage(answers, [])  # ready
    while (paths := readMessage(requests)) is not None:
        writeMessage(answers, [packedOutcome(_scanWithin(path, scanner)) for path in paths])


def _scanWithin(path: bytes, scanner: SeriesScanner) -> ScanOutcome | None:
    try:
        return scanOne(path, scanner)
    except MemoryError:
        return ScanOutcome(path, None, TOO_MUCH_MEMORY)
