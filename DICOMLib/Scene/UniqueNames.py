"""Names that differ from each other, thousands of them in no time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

# What UniqueNames itself puts behind a name: no sign, no leading zero.
_NUMBERED = re.compile(r"(.*)_([1-9][0-9]{0,17})", re.DOTALL)


class UniqueNames:
    """Gives names that differ from each other and from those there are.

    Each name may be there several times, and comes free when it was given up as often.
    """

    def __init__(self, taken: Iterable[str | None] = ()):
        self._taken: Counter[str] = Counter(name for name in taken if name)
        # Name → no smaller number behind it is free; 0 stands for the name itself.
        self._numbers: dict[str, int] = {}

    def next(self, baseName: str) -> str:
        """The name itself, or with _1, _2, … when it is taken. It stays free."""
        number = self._numbers.get(baseName, 0)
        while _numbered(baseName, number) in self._taken:
            number += 1
        self._numbers[baseName] = number
        return _numbered(baseName, number)

    def free(self, baseName: str) -> str:
        """As :meth:`next`, and it is taken then."""
        name = self.next(baseName)
        self.take(name)
        return name

    def take(self, name: str | None) -> None:
        """Somebody has this name; None and "" are none."""
        if name:
            self._taken[name] += 1

    def giveUp(self, name: str | None) -> None:
        """Somebody who had this name has it no longer."""
        if not name:
            return
        self._taken[name] -= 1
        if self._taken[name] > 0:
            return
        del self._taken[name]
        self._lower(name, 0)
        numbered = _NUMBERED.fullmatch(name)
        if numbered:
            self._lower(numbered[1], int(numbered[2]))

    def _lower(self, baseName: str, number: int) -> None:
        if number < self._numbers.get(baseName, 0):
            self._numbers[baseName] = number

    def isTaken(self, name: str) -> bool:
        """Whether a node has this name."""
        return name in self._taken


def _numbered(baseName: str, number: int) -> str:
    return f"{baseName}_{number}" if number else baseName
