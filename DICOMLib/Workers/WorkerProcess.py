"""One worker process as the host sees it: start, ask, receive, end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.spawn import get_executable
from pathlib import Path

import numpy

from .. import Errors
from ..Errors import CancelledError, DICOMError, PixelDataError, WorkerError
from ..Progress import Progress
from .Messages import ARRAY_TYPES, readHeader, readPayload, writeMessage

# Interpreter and imports on a busy machine; a fresh worker takes 0.3 s on an idle one.
START_SECONDS = 60.0
END_SECONDS = 2.0
SECONDS_BETWEEN_LOOKS = 0.05
PIPE_BYTES = 1 << 20

# (shape, dtype, information) → the array to fill; raises PixelDataError when that is not what was asked for.
Receiver = Callable[[tuple[int, ...], numpy.dtype, dict], numpy.ndarray]


class WorkerProcess:
    """A persistent process that runs one task at a time. Not thread-safe: one caller at a time.

    :ivar deaths: how often it died of a task, or was ended because that took too long
    """

    def __init__(self, memoryLimit: int):
        self._memoryLimit = memoryLimit
        self._process: subprocess.Popen | None = None
        self.deaths = 0

    @property
    def processID(self) -> int | None:
        """Of the running process, None when there is none."""
        return self._process.pid if self._process else None

    @property
    def isAlive(self) -> bool:
        """Whether the process exists and has not ended."""
        return self._process is not None and self._process.poll() is None

    def run(
        self,
        task: str,
        arguments: dict,
        receive: Receiver,
        deadline: float,
        where: object = None,
        progress: Progress | None = None,
    ) -> None:
        """Run "module:function" in the worker and hand each array it yields to `receive`.

        :param deadline: seconds until the worker is ended and the task counts as failed
        :param where: the file, for error messages
        :raises WorkerError: when the worker died, ran out of memory or time
        :raises CancelledError: when `progress` was cancelled meanwhile
        :raises PixelDataError: what the task raised
        """
        self._ensureStarted(where)
        finished = False
        with _Watch(self._process, deadline, progress) as watch:
            try:
                writeMessage(self._process.stdin, {"task": task, "arguments": arguments, "deadline": deadline})
                finished = self._receiveAll(receive, where)
            except (BrokenPipeError, ConnectionResetError):
                finished = False
            except _TaskFailedError as failure:
                raise failure.error from None
            except BaseException:
                # An array left half read cannot be told from the next header.
                self.end()
                raise
        if not finished:
            self._raiseDeath(watch, where)

    def kill(self) -> None:
        """Kill the process while another thread waits for it; that thread gets a WorkerError and cleans up."""
        process = self._process
        if process is not None:
            process.kill()

    def end(self) -> None:
        """Kill the process and wait for it; harmless when there is none."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            _closeQuietly(stream)

    def leave(self) -> None:
        """Let an idle process finish by closing its input; kill it if it does not."""
        process = self._process
        if process is not None:
            _closeQuietly(process.stdin)
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self.end()

    def _ensureStarted(self, where: object) -> None:
        if self.isAlive:
            return
        self.end()
        self._process = _startProcess(self._memoryLimit)
        with _Watch(self._process, START_SECONDS, None):
            ready = readHeader(self._process.stdout)
        if ready != {"kind": "ready"}:
            self.end()
            hint = "Check the installation, or free memory and try again"
            raise WorkerError("the decoding process cannot be started", where, hint=hint)

    def _receiveAll(self, receive: Receiver, where: object) -> bool:
        """True when the task is done, False when the process is gone."""
        while (header := readHeader(self._process.stdout)) is not None:
            kind = header.get("kind")
            if kind == "done":
                return True
            if kind == "error":
                raise _TaskFailedError(_errorFromMessage(header, where))
            if kind != "array" or not self._receiveArray(header, receive, where):
                return False
        return False

    def _receiveArray(self, header: dict, receive: Receiver, where: object) -> bool:
        shape, typeName = header.get("shape"), header.get("type")
        sound = isinstance(shape, list) and all(isinstance(count, int) and count > 0 for count in shape)
        if not sound or typeName not in ARRAY_TYPES:
            raise WorkerError("the decoding process sent something that is not an image", where)
        dtype = numpy.dtype(typeName)
        target = receive(tuple(shape), dtype, header.get("information") or {})
        return readPayload(self._process.stdout, memoryview(target).cast("B"))

    def _raiseDeath(self, watch: _Watch, where: object) -> None:
        code = _exitCode(self._process)
        self.end()
        if watch.reason == "cancelled":
            raise CancelledError()
        self.deaths += 1
        if watch.reason == "deadline":
            hint = "The file is probably damaged; everything else goes on"
            value = f"{watch.seconds:.0f} s"
            raise WorkerError("decoding takes longer than allowed and was stopped", where, value, hint)
        hint = "The file is probably damaged; the decoder was isolated, everything else goes on"
        raise WorkerError("the decoding process died", where, _exitText(code), hint)


class _TaskFailedError(Exception):
    """Carries an error out of the receiving loop while the pipe stays usable."""

    def __init__(self, error: DICOMError):
        self.error = error
        super().__init__(error)


class _Watch:
    """Kills a process that passes a deadline or whose user has cancelled; the blocked reader then sees the pipe close.

    :ivar reason: "" while nothing happened, else "deadline" or "cancelled"
    """

    def __init__(self, process: subprocess.Popen, seconds: float, progress: Progress | None):
        self.reason = ""
        self.seconds = seconds
        self._process = process
        self._progress = progress
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="worker deadline", daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        end = time.monotonic() + self.seconds
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            if self._progress is not None and self._progress.cancelled:
                self.reason = "cancelled"
            elif time.monotonic() > end:
                self.reason = "deadline"
            if self.reason:
                self._process.kill()
                return


def _startProcess(memoryLimit: int) -> subprocess.Popen:
    """A fresh interpreter, never a fork: it shares no threads, locks, windows or memory with the host.

    (The spawn method of multiprocessing would run the user's main script again.)
    """
    environment = dict(os.environ)
    packages = str(Path(__file__).resolve().parents[2])
    environment["PYTHONPATH"] = os.pathsep.join([packages, *filter(None, sys.path)])
    for library in ("OPENBLAS", "OMP", "MKL"):
        environment[f"{library}_NUM_THREADS"] = "1"  # their thread pools reserve address space for each core
    command = [os.fsdecode(get_executable()), "-m", "DICOMLib.Workers.WorkerMain", str(memoryLimit), str(os.getpid())]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    )
    _widenPipe(process.stdout)
    return process


def _widenPipe(stream) -> None:
    """A slice then crosses in one or two pieces instead of eight. (Linux; elsewhere the default size stays.)"""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # an administrator may set a lower maximum
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, PIPE_BYTES)


def _closeQuietly(stream) -> None:
    """Closing flushes; a dead reader makes that fail, and nothing is lost by it."""
    try:
        stream.close()
    except OSError:
        stream.raw.close()


def _exitCode(process: subprocess.Popen) -> int | None:
    try:
        return process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def _exitText(code: int | None) -> str:
    if code is None:
        return "it closed its pipe"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _errorFromMessage(header: dict, where: object) -> DICOMError:
    """The error a task raised, made again here; only kinds that concern pixels are accepted from a worker."""
    kind = getattr(Errors, str(header.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, PixelDataError)):
        kind = PixelDataError
    return kind(str(header.get("what")), where, header.get("value"), str(header.get("hint") or ""))


