"""A library loaded before the C library (DiskShim.c): what a program changes on the disk, written down, or failing.

It sees SQLite's calls too, which no wrapper written in Python does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SOURCE = Path(__file__).with_name("DiskShim.c")
_REPOSITORY = _SOURCE.parent.parent.parent


@dataclass(frozen=True)
class Event:
    """One change: "create", "write", "truncate", "sync", "rename", "unlink", "mkdir", "rmdir" or "mark".

    :ivar inode: of the file; 0 where there is none
    :ivar offset: of the bytes; the new length for "truncate", the number for "mark"
    """

    kind: str
    inode: int
    offset: int
    path: str
    other: str
    contents: bytes


def whyNot() -> str:
    """Why the library cannot be used here; "" when it can."""
    if sys.platform != "linux":
        return "loading a library before the C library is done on Linux only"
    return "" if shutil.which("gcc") else "there is no gcc to compile the library with"


def build(folder: Path) -> Path:
    """Compile the library into a folder."""
    library = folder / "DiskShim.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"], check=True)
    return library


def run(library: Path, program: str, arguments: list[str], root: Path, log: Path | None = None) -> str:
    """Run Python code with the library loaded.

    :param root: what is written down, or fails, is below this folder
    :param log: where to write events to
    :returns: what the program printed
    """
    environment = {
        **os.environ, "LD_PRELOAD": str(library), "SHIM_ROOT": str(root), "SHIM_LOG": str(log or ""),
        "PYTHONPATH": os.pathsep.join([str(_REPOSITORY), os.environ.get("PYTHONPATH", "")]),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], env=environment, capture_output=True, text=True, cwd=_REPOSITORY
    )
    if done.returncode != 0:
        raise AssertionError(done.stdout[-2000:] + done.stderr[-4000:])
    return done.stdout


def readEvents(log: Path) -> Iterator[Event]:
    """What was written down, in order."""
    with open(log, "rb") as stream:
        while head := stream.readline():
            kind, inode, offset, length, pathLength, otherLength = head.split()
            path = os.fsdecode(stream.read(int(pathLength)))
            other = os.fsdecode(stream.read(int(otherLength)))
            contents = stream.read(int(length)) if kind == b"write" else b""
            yield Event(kind.decode(), int(inode), int(offset), path, other, contents)
