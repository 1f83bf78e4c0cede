"""The worker's side of how arrays cross to the host: through shared memory where there is some, else the pipe."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, BinaryIO

from .Messages import writeMessage
from .SharedBlock import Slots

if TYPE_CHECKING:
    import numpy


class HostGoneError(Exception):
    """Nobody is there any more to take what is sent."""


class ArraySender:
    """Sends the arrays of one task after the other.

    :param tasks: what the host writes to; a byte for each array in shared memory that it is done with
    :param descriptor: of the shared memory, -1 when there is none
    """

    def __init__(self, tasks: BinaryIO, results: BinaryIO, descriptor: int):
        self._tasks = tasks
        self._results = results
        self._descriptor = descriptor
        self._memory: mmap.mmap | None = None
        self._slots = Slots(0, 0)
        self._sent = self._released = 0

    def begin(self, blockBytes: int, arrayBytes: int) -> None:
        """A task begins; both numbers are the host's, so that both sides divide the memory alike."""
        if self._descriptor >= 0 and blockBytes > (len(self._memory) if self._memory else 0):
            self._memory = mmap.mmap(self._descriptor, blockBytes)
        self._slots = Slots(blockBytes if self._memory else 0, arrayBytes)
        self._sent = self._released = 0

    def send(self, information: dict, array: numpy.ndarray) -> None:
        """One array, with what there is to say about it. :raises HostGoneError: when the host is"""
        little = array.dtype.newbyteorder("<")
        header = {"shape": list(array.shape), "type": little.str.lstrip("|"), "information": information}
        if self._slots.count and 0 < array.nbytes <= self._slots.bytes:
            self._place(array, little)
            writeMessage(self._results, {"kind": "shared", **header})
            self._sent += 1
            return
        import numpy

        whole = numpy.ascontiguousarray(array, little)
        writeMessage(self._results, {"kind": "array", **header}, memoryview(whole).cast("B"))

    def finish(self) -> None:
        """Wait until the host has taken everything. :raises HostGoneError: when it is gone"""
        while self._released < self._sent:
            self._awaitRelease()

    def _place(self, array: numpy.ndarray, dtype: numpy.dtype) -> None:
        """Into the next slot, when that is free; the only copy on this side."""
        import numpy

        while self._sent - self._released >= self._slots.count:
            self._awaitRelease()
        start = self._slots.start(self._sent)
        target = numpy.frombuffer(self._memory, dtype, array.size, start).reshape(array.shape)
        numpy.copyto(target, array)

    def _awaitRelease(self) -> None:
        if not self._tasks.read(1):
            raise HostGoneError
        self._released += 1
