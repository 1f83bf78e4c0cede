"""Processes that do what had better not be done in the program's own: how they are started, and what they may use."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

SECONDS_BETWEEN_LOOKS_AT_PARENT = 0.5


def startHelper(
    arguments: Sequence[str], bufferSize: int = -1, environment: Mapping[str, str] | None = None,
    descriptors: Sequence[int] = (),
) -> subprocess.Popen:  # fmt: skip
    """A fresh interpreter with pipes to its input and output.

    Never a fork: it shares no threads, locks or memory with the program. Nor what ``multiprocessing`` spawns, which
    would run the program's main module again. Nor does it work in the program's folder: that may be one of a stranger's
    data, an interpreter imports what lies there, and a disk cannot be removed while a process works in it.

    :param arguments: of the interpreter, as in ["-m", "DICOMLib.Media.HelperMain"]
    :param bufferSize: of the pipes, as for ``open``
    :param environment: variables beside those of this process
    :param descriptors: open files it inherits
    :raises OSError: when it cannot be started, as in a frozen program without an interpreter
    """
    from multiprocessing.spawn import get_executable  # here, because the helpers need nothing of it themselves

    packages = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    # Numerical libraries reserve address space for every thread they might use.
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}
    path = {"PYTHONPATH": os.pathsep.join([packages, *map(os.path.abspath, filter(None, sys.path))])}
    return subprocess.Popen(
        [os.fsdecode(get_executable()), *arguments], bufsize=bufferSize, pass_fds=tuple(descriptors), cwd=packages,
        env={**os.environ, **path, **threads, **(environment or {})},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def widenPipe(stream, size: int) -> None:
    """Let more bytes cross a pipe at once. (Linux; elsewhere the default size stays.)"""
    if sys.platform == "linux":
        import fcntl

        with suppress(OSError):  # an administrator may set a lower maximum
            fcntl.fcntl(stream, fcntl.F_SETPIPE_SZ, size)


def leaveWithParent(parent: int) -> None:
    """End this process as soon as the one that started it has died; to run in a thread. :param parent: its number"""
    while sys.platform == "win32" or os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS_AT_PARENT)
    os._exit(1)


def limitMemory(limit: int) -> None:
    """Let this process have no more address space, and write no core files: they would hold a patient's data. (POSIX.)

    :param limit: bytes; 0 for as much as there is
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limit and sys.platform != "darwin":  # macOS refuses the limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
