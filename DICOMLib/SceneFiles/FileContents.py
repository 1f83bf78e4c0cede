"""Files within limits of their length."""

from __future__ import annotations

from pathlib import Path

from ..Errors import FileError, UnreadableFileError


def sizeOf(path: Path) -> int:
    """Bytes of a plain file. :raises UnreadableFileError: when there is none"""
    try:
        if not path.is_file():
            raise UnreadableFileError("there is no such file", path)
        return path.stat().st_size
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error


def bytesOf(path: Path, most: int) -> bytes:
    """A file's contents. :raises UnreadableFileError: when it cannot be read :raises FileError: when it is longer"""
    if sizeOf(path) > most:
        raise FileError("the file is too long for its kind", path, f"more than {most} bytes")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error


def textOf(path: Path, most: int) -> str:
    """A text file's contents, UTF-8 with or without a mark; what is not UTF-8 is replaced. Errors as :func:`bytesOf`"""
    return bytesOf(path, most).decode("utf-8-sig", "replace")
