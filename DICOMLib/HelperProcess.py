"""Processes that do what had better not be done in the program's own: how they are started, and what they may use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def startHelper(arguments: Sequence[str], bufferSize: int = -1) -> subprocess.Popen:
    """A fresh interpreter with pipes to its input and output.

    Never a fork: it shares no threads, locks or memory with the program. Nor what ``multiprocessing`` spawns, which
    would run the program's main module again.

    :param arguments: of the interpreter, as in ["-m", "DICOMLib.Media.HelperMain"]
    :param bufferSize: of the pipes, as for ``open``
    :raises OSError: when it cannot be started, as in a frozen program without an interpreter
    """
    from multiprocessing.spawn import get_executable  # here, because the helpers need nothing of it themselves

    packages = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([packages, *filter(None, sys.path)]),
        "OPENBLAS_NUM_THREADS": "1",  # numerical libraries reserve address space for every thread
    }
    return subprocess.Popen(
        [os.fsdecode(get_executable()), *arguments], env=environment, bufsize=bufferSize,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def limitMemory(limit: int) -> None:
    """Let this process have no more address space, and write no core files: they would hold a patient's data. (POSIX.)

    :param limit: bytes; 0 changes nothing
    """
    if not limit or sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform != "darwin":  # macOS refuses the limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
