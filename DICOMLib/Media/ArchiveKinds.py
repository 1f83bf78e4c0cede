"""Recognising archives by their contents. Nothing is unpacked for that."""

from __future__ import annotations

import os

BEGINNING_SIZE = 512
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)

_MAGICS = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),  # without members
    (b"PK\x07\x08", "zip"),  # once divided into parts
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_UNSUPPORTED_MAGICS = (
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


def beginningOf(path: bytes) -> bytes:
    """The first ``BEGINNING_SIZE`` bytes of a file; b"" when they cannot be read."""
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except OSError:
        return b""
    try:
        return os.read(descriptor, BEGINNING_SIZE)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def archiveKind(beginning: bytes) -> str:
    """ "zip", "tar", "gzip", "bzip2" or "xz" for the first ``BEGINNING_SIZE`` bytes of a file; "" for anything else."""
    for magic, kind in _MAGICS:
        if beginning.startswith(magic):
            return kind
    return "tar" if beginning[257:262] == b"ustar" or _isOldTar(beginning) else ""


def unsupportedArchiveKind(beginning: bytes) -> str:
    """The kind of an archive that is known and not read; "" for anything else."""
    return next((kind for magic, kind in _UNSUPPORTED_MAGICS if beginning.startswith(magic)), "")


def _isOldTar(beginning: bytes) -> bool:
    """Tar headers from before POSIX have no magic: the checksum tells them (sum of all bytes, its own as spaces)."""
    if len(beginning) < 512 or not beginning[0]:
        return False
    try:
        stated = int(beginning[148:156].strip(b" \0") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(beginning[:148]) + 8 * 32 + sum(beginning[156:512])
