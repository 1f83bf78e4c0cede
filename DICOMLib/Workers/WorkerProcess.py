"""One worker process as the host sees it: start, ask, receive, end."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy

from .. import Errors
from ..Errors import CancelledError, DICOMError, FileError, PixelDataError, WorkerError
from ..HelperProcess import startHelper, widenPipe
from .Messages import ARRAY_TYPES, readHeader, readPayload, writeMessage
from .SharedBlock import SharedBlock, Slots

# Interpreter and imports on a busy machine; a fresh worker takes 0.3 s on an idle one.
START_SECONDS = 60.0
END_SECONDS = 2.0
SECONDS_BETWEEN_LOOKS = 0.05
# More than anything that is read has, and fewer than numpy knows.
MOST_AXES = 8
PIPE_BYTES = 1 << 20  # a slice then crosses in one or two pieces instead of eight
# Each frame takes the memory of the one before instead of new pages from the system: up to half the time of a decoder
# that is fast. (glibc; a larger block is given back as ever.)
KEPT_MEMORY = {"MMAP_THRESHOLD": 32 << 20, "TRIM_THRESHOLD": 64 << 20}

# (shape, dtype, information) → the array to fill; raises PixelDataError when that is not what was asked for.
Receiver = Callable[[tuple[int, ...], numpy.dtype, dict], numpy.ndarray]
RELEASE = b"."


class Consumer(Protocol):
    """Takes arrays as they come, without keeping them: their memory is used again for the next."""

    def check(self, shape: tuple[int, ...], dtype: numpy.dtype, information: dict) -> None:
        """Called first, before memory is taken. :raises PixelDataError: when that is not what was asked for"""

    def accept(self, array: numpy.ndarray, information: dict) -> None:
        """The array, which may be changed but not kept. :raises PixelDataError: when its values cannot be used"""


@dataclass
class Task:
    """One piece of work for a worker.

    :ivar task: "package.module:function"; the function is a generator of (information, array) and runs in the worker
    :ivar arguments: its keyword arguments, values that JSON can carry
    :ivar receive: what takes the arrays, in the host: a :class:`Consumer`, or a function that is called with (shape,
        dtype, information) and gives the array to fill
    :ivar deadline: seconds until the first array, from each to the next, and from the last to the end
    :ivar where: the file it is about, for error messages; a function where that changes on the way
    :ivar finish: called in the host after the last array; may raise what is wrong with the whole
    :ivar arrayBytes: of the largest array that is expected
    :ivar errors: the family of what it raises; what else it raises becomes one of these
    """

    task: str
    arguments: dict
    receive: Receiver | Consumer
    deadline: float = 10.0
    where: object = None
    finish: Callable[[], None] | None = None
    arrayBytes: int = 0
    errors: type[DICOMError] = PixelDataError

    @property
    def place(self) -> object:
        """The file it is about now."""
        return self.where() if callable(self.where) else self.where


class WorkerProcess:
    """A persistent process that runs one task at a time. Not thread-safe: one caller at a time.

    :ivar deaths: how often it died of a task, or was ended because that took too long
    """

    def __init__(self, memoryLimit: int):
        self._memoryLimit = memoryLimit
        self._process: subprocess.Popen | None = None
        self._block = SharedBlock()
        self.deaths = 0

    @property
    def processID(self) -> int | None:
        """Of the running process, None when there is none."""
        return self._process.pid if self._process else None

    @property
    def isAlive(self) -> bool:
        """Whether the process exists and has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process if there is none. :raises WorkerError: when that fails"""
        self._ensureStarted(None, None)

    def run(self, task: Task, isStopped: Callable[[], bool] | None = None) -> None:
        """Run a task in the worker and hand each array it yields to its receiver.

        :param isStopped: asked now and then; the worker is ended when it says so
        :raises WorkerError: when the worker died, ran out of memory or time
        :raises CancelledError: when it was stopped
        :raises PixelDataError: what the task raised
        """
        self._ensureStarted(task.place, isStopped)
        self._block.grow(task.arrayBytes)
        request = {"task": task.task, "arguments": task.arguments, "deadline": task.deadline}
        request |= {"blockBytes": self._block.size, "arrayBytes": task.arrayBytes}
        finished = False
        failure: DICOMError | None = None
        with _Watch(self._process, task.deadline, isStopped) as watch:
            try:
                writeMessage(self._process.stdin, request)
                finished = self._receiveAll(task, watch)
            except (BrokenPipeError, ConnectionResetError):
                finished = False
            except _TaskFailedError as failed:
                finished, failure = True, failed.error
            except BaseException:  # Ctrl-C as well: an array left half read cannot be told from the next header
                self.end()
                raise
        if not finished:
            self._raiseDeath(watch, task.place)
        if watch.reason:  # it was killed when it had just done: the next task must not find it dying
            self.end()
        if failure is not None:
            raise failure

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
        self._block.close()
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

    def _ensureStarted(self, where: object, isStopped: Callable[[], bool] | None) -> None:
        if self.isAlive:
            return
        self.end()
        self._block.open()
        try:
            self._process = _startProcess(self._memoryLimit, self._block.descriptor)
        except OSError as error:
            self._block.close()
            hint = "Close other programs and try again"
            raise WorkerError("the decoding process cannot be started", where, error.strerror, hint) from error
        try:
            with _Watch(self._process, START_SECONDS, isStopped) as watch:
                ready = readHeader(self._process.stdout)
        except BaseException:  # Ctrl-C: that it is ready would be taken for the answer to the first task
            self.end()
            raise
        if ready != {"kind": "ready"} or watch.reason:
            self.end()
            if watch.reason == "stopped":
                raise CancelledError()
            hint = "Check the installation, or free memory and try again"
            raise WorkerError("the decoding process cannot be started", where, hint=hint)

    def _receiveAll(self, task: Task, watch: _Watch) -> bool:
        """True when the task is done, False when the process is gone."""
        slots = Slots(self._block.size, task.arrayBytes)
        taken = 0
        while (header := readHeader(self._process.stdout)) is not None:
            watch.restart()
            kind = header.get("kind")
            if kind == "done":
                return True
            if kind == "error":
                raise _TaskFailedError(_errorFromMessage(header, task))
            if kind == "array":
                if not self._receiveArray(header, task):
                    return False
                watch.restart()  # what the receiver did is not the worker's time
            elif kind == "shared" and slots.count:
                self._takeShared(header, task, slots.start(taken), slots.bytes)
                taken += 1
                watch.restart()
            else:
                return False
        return False

    def _takeShared(self, header: dict, task: Task, start: int, most: int) -> None:
        """An array that lies in shared memory already."""
        shape, dtype, information = _description(header, task.place)
        count = _bytesOf(shape, dtype)
        if count > most:
            raise WorkerError("the decoding process sent something that is not an image", task.place)
        array = numpy.frombuffer(self._block.memory, dtype, count // dtype.itemsize, start).reshape(shape)
        if callable(task.receive):
            numpy.copyto(task.receive(shape, dtype, information), array)
        else:
            task.receive.check(shape, dtype, information)
            task.receive.accept(array, information)
        self._process.stdin.write(RELEASE)
        self._process.stdin.flush()

    def _receiveArray(self, header: dict, task: Task) -> bool:
        """An array that comes through the pipe."""
        shape, dtype, information = _description(header, task.place)
        if callable(task.receive):
            target = task.receive(shape, dtype, information)
            return readPayload(self._process.stdout, memoryview(target).cast("B"))
        task.receive.check(shape, dtype, information)
        array = numpy.empty(shape, dtype)
        if not readPayload(self._process.stdout, memoryview(array).cast("B")):
            return False
        task.receive.accept(array, information)
        return True

    def _raiseDeath(self, watch: _Watch, where: object) -> None:
        code = _exitCode(self._process)
        self.end()
        if watch.reason == "stopped":
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
    """Kills a process that passes a deadline or is not wanted any more; the blocked reader then sees the pipe close.

    :ivar reason: "" while nothing happened, else "deadline" or "stopped"
    """

    def __init__(self, process: subprocess.Popen, seconds: float, isStopped: Callable[[], bool] | None):
        self.reason = ""
        self.seconds = seconds
        self._process = process
        self._isStopped = isStopped
        self._end = time.monotonic() + seconds
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, name="worker deadline", daemon=True)

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def restart(self) -> None:
        """The deadline counts from now on."""
        self._end = time.monotonic() + self.seconds

    def _look(self) -> None:
        while not self._over.wait(SECONDS_BETWEEN_LOOKS):
            if self._isStopped is not None and self._isStopped():
                self.reason = "stopped"
            elif time.monotonic() > self._end:
                self.reason = "deadline"
            if self.reason:
                self._process.kill()
                return


def _description(header: dict, where: object) -> tuple[tuple[int, ...], numpy.dtype, dict]:
    """Shape, type and information of an array that is announced."""
    shape, typeName, information = header.get("shape"), header.get("type"), header.get("information")
    sound = isinstance(shape, list) and len(shape) <= MOST_AXES and all(type(one) is int and one > 0 for one in shape)
    if not sound or not isinstance(typeName, str) or typeName not in ARRAY_TYPES:
        raise WorkerError("the decoding process sent something that is not an image", where)
    return tuple(shape), numpy.dtype(typeName), information if isinstance(information, dict) else {}


def _bytesOf(shape: tuple[int, ...], dtype: numpy.dtype) -> int:
    """Python integers: nothing overflows."""
    return math.prod(shape) * dtype.itemsize


def _startProcess(memoryLimit: int, sharedDescriptor: int) -> subprocess.Popen:
    numbers = map(str, (memoryLimit, os.getpid(), sharedDescriptor))
    process = startHelper(
        ["-m", "DICOMLib.Workers.WorkerMain", *numbers],
        environment={f"MALLOC_{name}_": str(size) for name, size in KEPT_MEMORY.items()},
        descriptors=(sharedDescriptor,) if sharedDescriptor >= 0 else (),
    )
    widenPipe(process.stdout, PIPE_BYTES)
    return process


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


def _errorFromMessage(header: dict, task: Task) -> DICOMError:
    """The error a task raised, made again here; only kinds of its family are accepted from a worker."""
    kind = getattr(Errors, str(header.get("type")), None)
    if not (isinstance(kind, type) and issubclass(kind, (task.errors, WorkerError))):
        kind = task.errors
    return kind(str(header.get("what")), _placeOf(header, task), header.get("value"), str(header.get("hint") or ""))


def _placeOf(header: dict, task: Task) -> object:
    """The file it is about, or another one beside it where the task names that."""
    place, name = task.place, str(header.get("file") or "")
    isBeside = issubclass(task.errors, FileError) and isinstance(place, Path) and name.isprintable()
    isName = 0 < len(name) <= 255 and name != ".." and Path(name).name == name
    return place.with_name(name) if isBeside and isName else place
