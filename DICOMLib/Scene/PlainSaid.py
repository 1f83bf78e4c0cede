"""What a worker process says of a file, field by field: nothing is taken that is not what it has to be."""

from __future__ import annotations

from pathlib import Path

import numpy

from ..Errors import FileError


class PlainSaid:
    """:param said: what came as JSON
    :param source: the file it is about
    """

    def __init__(self, said: object, source: Path):
        self._said = said if isinstance(said, dict) else {}
        self.source = source

    def text(self, name: str) -> str:
        """:raises FileError: when it is none"""
        value = self._said.get(name)
        return value if isinstance(value, str) else self.refuse()

    def flag(self, name: str) -> bool:
        """:raises FileError: when it is none"""
        value = self._said.get(name)
        return value if isinstance(value, bool) else self.refuse()

    def number(self, name: str, least: int = 0) -> int:
        """A whole one. :raises FileError: when it is none, or below the least"""
        value = self._said.get(name)
        return value if type(value) is int and value >= least else self.refuse()

    def numbers(self, name: str, least: int = 0) -> tuple[int, ...]:
        """Whole ones. :raises FileError: as for one"""
        values = self._said.get(name)
        if not isinstance(values, list) or not all(type(value) is int and value >= least for value in values):
            self.refuse()
        return tuple(values)

    def texts(self, name: str) -> dict[str, str]:
        """Texts by their names. :raises FileError: when there is anything else"""
        values = self._said.get(name)
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            self.refuse()
        return values

    def matrix(self, name: str, size: int) -> numpy.ndarray | None:
        """size×size finite numbers; None when nothing is said. :raises FileError: for anything else"""
        values = self._said.get(name)
        if values is None:
            return None
        try:
            matrix = numpy.array(values, float)
        except (TypeError, ValueError):
            self.refuse()
        return matrix if matrix.shape == (size, size) and numpy.isfinite(matrix).all() else self.refuse()

    def refuse(self):
        """:raises FileError: always"""
        raise FileError("the reading process sent something that is no image", self.source)
