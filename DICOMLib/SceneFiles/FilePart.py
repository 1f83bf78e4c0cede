"""A part of a file as a file: a bundle that lies within a DICOM object."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from ..Errors import UnreadableFileError


class Place(NamedTuple):
    """Where the bytes of a bundle are.

    :ivar offset: of the first one
    :ivar length: how many; None: to the end of the file
    """

    path: Path
    offset: int = 0
    length: int | None = None


class FilePart:
    """Reads bytes of a part and none around it. A context manager.

    :ivar size: of the part
    :raises UnreadableFileError: when there is no such file, or it is shorter than the part
    """

    def __init__(self, place: Place):
        try:
            if not place.path.is_file():
                raise UnreadableFileError("there is no such file", place.path)
            self._stream = open(place.path, "rb", buffering=0)
            available = os.fstat(self._stream.fileno()).st_size - place.offset
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", place.path, error.strerror) from error
        self._start, self._position = place.offset, 0
        self.size = available if place.length is None else place.length
        if not 0 <= self.size <= available:
            self._stream.close()
            raise UnreadableFileError("the file ends before the bundle in it does", place.path, f"{self.size} bytes")

    def seek(self, position: int) -> int:
        """As of a file."""
        self._position = position
        return position

    def read(self, count: int) -> bytes:
        """As of a file; b"" at the end of the part. :raises OSError: when the disk does not give the bytes"""
        wanted = max(0, min(count, self.size - self._position))
        self._stream.seek(self._start + self._position)
        pieces = []
        while wanted and (piece := self._stream.read(wanted)):
            pieces.append(piece)
            wanted -= len(piece)
        data = b"".join(pieces)
        self._position += len(data)
        return data

    def __enter__(self) -> FilePart:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
