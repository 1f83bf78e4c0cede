"""Tables that give stored values their meaning: modality values, or colours of a palette (PS3.3 C.11.1.1, C.7.9)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy


@dataclass(frozen=True, eq=False)
class LookupTable:
    """Stored value → entry; values below the first one take the first entry, those above the last one the last.

    :ivar first: the stored value of the first entry
    :ivar entries: shape (n,) for values, (n, 3) for red, green, blue
    :ivar explanation: in the file's words
    """

    first: int
    entries: numpy.ndarray
    explanation: str = ""

    def __call__(self, samples: numpy.ndarray) -> numpy.ndarray:
        """Entries of integer samples: their shape, with colours one axis more."""
        offsets = samples.astype(numpy.int64)
        offsets -= self.first
        return self.entries.take(offsets, axis=0, mode="clip")

    @property
    def isIntegral(self) -> bool:
        """Whether its entries are integers."""
        return self.entries.dtype.kind != "f"

    @property
    def range(self) -> tuple[int, int]:
        """Smallest and largest entry of integers."""
        return int(self.entries.min()), int(self.entries.max())


def narrowedColours(entries: numpy.ndarray) -> numpy.ndarray:
    """Colours as uint8 where that loses nothing.

    Entries of 16 bits are the same colours with finer steps (PS3.3 C.7.6.3.1.6); many writers repeat the 8 bits they
    have, leave the lower ones 0, or fill only the lower ones.
    """
    if entries.dtype.itemsize == 1:
        return entries
    low, high = entries & 0xFF, entries >> 8
    if not high.any():
        return entries.astype(numpy.uint8)
    if not low.any() or numpy.array_equal(low, high):
        return high.astype(numpy.uint8)
    return entries


def eightBits(colours: numpy.ndarray) -> numpy.ndarray:
    """Colours of a palette as uint8, for pictures that need no finer steps.

    :param colours: after :func:`narrowedColours`: uint16 only where the upper bits are in use
    """
    return colours if colours.dtype.itemsize == 1 else (colours >> 8).astype(numpy.uint8)


def expandedSegments(words: numpy.ndarray, count: int) -> numpy.ndarray:
    """Entries of a segmented palette (PS3.3 C.7.9.2): runs of values, straight lines, and repetitions of these.

    :param words: the data as numbers of the table's depth
    :param count: entries to make
    :raises ValueError: when the segments make no sense or do not give that many entries
    """
    numbers = [int(word) for word in words]
    entries: list[int] = []
    position = 0
    while len(entries) < count and position + 1 < len(numbers):
        kind, length = numbers[position], numbers[position + 1]
        if kind == _INDIRECT:
            if position + 3 >= len(numbers):
                raise ValueError("a segment is cut off")
            # The offset counts bytes from the start of the data, low word first; words here are numbers.
            offset = _offsetOf(numbers[position + 2 : position + (4 if words.dtype.itemsize == 2 else 6)], words.dtype)
            _repeat(numbers, offset, length, entries, count)
            position += 4 if words.dtype.itemsize == 2 else 6
        else:
            position = _expand(numbers, position, entries, count)
    if len(entries) != count:
        raise ValueError("the segments of the palette do not give as many entries as it announces")
    return numpy.array(entries, words.dtype)


_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


def _offsetOf(parts: list[int], dtype: numpy.dtype) -> int:
    bits = dtype.itemsize * 8
    return sum(part << (bits * index) for index, part in enumerate(parts)) // dtype.itemsize


def _repeat(numbers: list[int], position: int, segments: int, entries: list[int], count: int) -> None:
    """Segments that stand elsewhere; these cannot be repetitions again."""
    for _ in range(segments):
        if position + 1 >= len(numbers) or numbers[position] == _INDIRECT or len(entries) > count:
            raise ValueError("a segment refers to something that is none")
        position = _expand(numbers, position, entries, count)


def _expand(numbers: list[int], position: int, entries: list[int], count: int) -> int:
    """One segment of values. :returns: the position after it"""
    kind, length = numbers[position : position + 2]
    if len(entries) + length > count:
        raise ValueError("the segments of the palette give more entries than it announces")
    if kind == _DISCRETE:
        end = position + 2 + length
        entries += numbers[position + 2 : end]
    elif kind == _LINEAR and entries:
        end = position + 3
        before, last = entries[-1], numbers[position + 2] if position + 2 < len(numbers) else -1
        entries += [round(before + (last - before) * step / length) for step in range(1, length + 1)]
    else:
        raise ValueError("a segment of the palette is of no known kind")
    if end > len(numbers):
        raise ValueError("a segment is cut off")
    return end
