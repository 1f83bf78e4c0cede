"""One helper process that scans headers: it gets lists of paths and answers with what it found.

It is an interpreter of its own instead of a forked or spawned copy: it imports nothing but ``DICOMLib.Files`` and does
not run the program's main module again. It ends by itself when this process ends, because its input ends then.
"""

from __future__ import annotations

import marshal
import os
import queue
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from typing import BinaryIO

from ..Progress import Progress
from .Header import Header
from .ScanOutcome import scanOne

_LENGTH = struct.Struct("<I")
_PROGRAM = "import sys; sys.path.pop(0); from DICOMLib.Files.ScanHelper import answerRequests; answerRequests()"
_SECONDS_BETWEEN_LOOKS = 0.1


class ScanHelper:
    """The process, and a thread that collects its answers.

    :param extraTags: as for ``HeaderScanner.scanFile``
    """

    def __init__(self, extraTags: tuple[str, ...]):
        self._answers: queue.SimpleQueue[list | None] = queue.SimpleQueue()
        self._process = self._start()
        if self._process is not None:
            threading.Thread(target=self._collect, name="scan answers", daemon=True).start()
        self._write(list(extraTags))

    def send(self, paths: Sequence[bytes]) -> None:
        """Ask for some headers; never waits for them."""
        self._write(list(paths))

    def receive(self, progress: Progress) -> list | None:
        """The oldest answer not yet received: for each path the fields of its Header or None, and a reason.

        :returns: None when the helper has died, or after a cancel
        """
        while self._process is not None and not progress.cancelled:
            try:
                answer = self._answers.get(timeout=_SECONDS_BETWEEN_LOOKS)
            except queue.Empty:
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
            process.stdin.close()

    def _start(self) -> subprocess.Popen | None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        environment["PYTHONPATH"] = os.pathsep.join([_packageRoot(), environment["PYTHONPATH"]])
        try:
            return subprocess.Popen(
                [sys.executable, "-c", _PROGRAM], env=environment, bufsize=0,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )
        except OSError:
            return None  # no interpreter to start, as in a frozen program: the files are scanned in this process

    def _write(self, message: list) -> None:
        if self._process is None:
            return
        try:
            writeMessage(self._process.stdin, message)
        except OSError:
            self.stop()

    def _collect(self) -> None:
        with self._process.stdout as stream:
            while True:
                answer = readMessage(stream)
                self._answers.put(answer)
                if answer is None:
                    return


def _packageRoot() -> str:
    return os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


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
    extraTags = tuple(readMessage(requests) or ())
    while (paths := readMessage(requests)) is not None:
        outcomes = [scanOne(path, extraTags) for path in paths]
        writeMessage(answers, [(_fields(outcome.header), outcome.reason) for outcome in outcomes])


def _fields(header: Header | None) -> tuple | None:
    """The fields of a Header in their order; None for no header."""
    return None if header is None else tuple(header.__dict__.values())
