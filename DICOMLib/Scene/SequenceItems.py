"""The items of a sequence: nodes by index value, in their order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from .Node import vtkMRMLNode


class SequenceItems:
    """Keeps the numbers of index values beside their texts: recorded sequences have thousands of items, and each that
    is added is looked for among those before. Where numbers ascend, as they do unless the kind of index was another one
    before, they are found by halving."""

    def __init__(self):
        self._values: list[str] = []
        self._nodes: list[vtkMRMLNode] = []
        self._numbers: list[float] = []
        self._ascends = True

    def __len__(self) -> int:
        return len(self._nodes)

    def value(self, place: int) -> str:
        """The text of an index value."""
        return self._values[place]

    def node(self, place: int) -> vtkMRMLNode:
        return self._nodes[place]

    def nodes(self) -> list[vtkMRMLNode]:
        """All, in their order."""
        return list(self._nodes)

    def insert(self, place: int, value: str, node: vtkMRMLNode) -> None:
        """Before the one that is there."""
        number = numberOf(value)
        isAfter = place == 0 or self._numbers[place - 1] <= number
        isBefore = place == len(self._numbers) or number <= self._numbers[place]
        self._ascends = self._ascends and isAfter and isBefore and number == number  # NaN is nowhere
        self._values.insert(place, value)
        self._nodes.insert(place, node)
        self._numbers.insert(place, number)

    def replace(self, place: int, node: vtkMRMLNode) -> None:
        """Another node at the same index value."""
        self._nodes[place] = node

    def remove(self, place: int) -> vtkMRMLNode:
        """:returns: the node that was there"""
        del self._values[place], self._numbers[place]
        return self._nodes.pop(place)

    def placeOfText(self, value: str) -> int:
        """-1 when there is none."""
        return self._values.index(value) if value in self._values else -1

    def placeFor(self, value: str) -> int:
        """Where a number belongs: before the first larger one."""
        number = numberOf(value)
        if self._ascends and number == number:
            return bisect_right(self._numbers, number)
        return next((place for place, other in enumerate(self._numbers) if other > number), len(self._numbers))

    def placeOfNumber(self, value: str, tolerance: float) -> int:
        """The first that differs by the tolerance at most; -1 when there is none."""
        wanted = numberOf(value)
        start = bisect_left(self._numbers, wanted - 2 * tolerance) if self._ascends else 0
        for place in range(start, len(self._numbers)):
            if abs(self._numbers[place] - wanted) <= tolerance:
                return place
            if self._ascends and self._numbers[place] > wanted:
                return -1
        return -1

    def placeBefore(self, value: str) -> int:
        """The last with a smaller number; -1 when there is none."""
        wanted = numberOf(value)
        if self._ascends:
            return bisect_left(self._numbers, wanted) - 1
        return max((place for place, number in enumerate(self._numbers) if number < wanted), default=-1)


def numberOf(text: str) -> float:
    """Of an index value; 0 for what is no number, as Slicer reads it."""
    try:
        return float(text)
    except ValueError:
        return 0.0
