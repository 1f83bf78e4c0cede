"""Memory that the host shares with one worker: arrays cross without being copied through a pipe.

It has no name in any file system: nothing is left of it when both processes are gone, however they ended. Where a
system has no such memory (all but Linux), or grants none (a limit on the size of files counts for it as well), arrays
go through the pipe.
"""

from __future__ import annotations

import mmap
import os
import sys
from contextlib import suppress

# Arrays on their way at a time: while the host takes one, the worker fills the next.
SLOTS = 4
# A worker's block at first, and the most it grows to; larger arrays go through the pipe, which needs no memory.
FIRST_BYTES = 2 << 20
MOST_BYTES = 16 << 20
_PAGE = mmap.PAGESIZE


class SharedBlock:
    """The host's side: the memory, and how large it is. There is none before :meth:`open`.

    :ivar descriptor: to be inherited by the worker; -1 where there is no such memory
    :ivar memory: of :attr:`size` bytes
    """

    def __init__(self):
        self.descriptor = -1
        self.size = 0
        self.memory: mmap.mmap | None = None

    def open(self) -> None:
        """Make the memory, where the system can."""
        if sys.platform != "linux":
            return
        import fcntl

        try:
            self.descriptor = os.memfd_create("DICOM worker", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        except OSError:
            return
        self.grow(FIRST_BYTES // SLOTS)
        # Memory that a worker gone mad made shorter would end the host that looks at it.
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
        if self.size == 0:
            self.close()

    def grow(self, bytesOfArray: int) -> None:
        """Make room for several arrays of this size, as far as the limit and the system allow."""
        wanted = min(MOST_BYTES, -(-bytesOfArray // _PAGE) * _PAGE * SLOTS)
        if self.descriptor < 0 or wanted <= self.size:
            return
        with suppress(OSError):
            os.ftruncate(self.descriptor, wanted)
            self.memory = mmap.mmap(self.descriptor, wanted)  # the old view goes when nobody looks through it any more
            self.size = wanted

    def close(self) -> None:
        """Give the memory back; views that still exist keep it until they go."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor, self.size, self.memory = -1, 0, None


class Slots:
    """How a block is divided for one task: as many arrays at a time as fit, :data:`SLOTS` at most.

    Both sides compute the same from the same numbers.
    """

    def __init__(self, blockBytes: int, arrayBytes: int):
        self.bytes = -(-max(1, arrayBytes) // _PAGE) * _PAGE
        self.count = min(SLOTS, blockBytes // self.bytes)

    def start(self, number: int) -> int:
        """Where the n-th array of the task lies."""
        return number % self.count * self.bytes
