"""Header values of slices as columns: one text a slice, be it a file, a frame of one or a tile of a frame.

Each column is made when it is first asked for, once for all slices, and every distinct text is parsed once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy

from ..Instance import Instance
from ..TagPaths import normalizedPath

# Tags that hold a number for each frame of a nuclear medicine object (PS3.3 C.8.4.8).
VECTORS = frozenset(
    {
        "EnergyWindowVector", "DetectorVector", "PhaseVector", "RRIntervalVector", "TimeSlotVector", "SliceVector",
        "TimeSliceVector",
    }
)  # fmt: skip


class FrameTable:
    """Values by row and keyword.

    :param objects: the objects
    :param counts: how many rows each has
    :param frames: (n,) for each row the number of its frame inside its object, from 0

    :ivar owners: (n,) for each row the index of its object
    """

    def __init__(self, objects: Sequence[Instance], counts: Sequence[int], frames: numpy.ndarray):
        self.objects = list(objects)
        self.frames = frames
        self.owners = numpy.repeat(numpy.arange(len(self.objects)), counts)
        self._ends = numpy.cumsum(counts).tolist()
        self._isPlain = len(frames) == len(self.objects) and not any(one.functionalGroups for one in self.objects)
        # Slices packed into one image share everything that its header says.
        self._isShared = not numpy.any(frames) and not any(one.functionalGroups for one in self.objects)
        self._values = [one.values for one in self.objects] if self._isShared else []
        self._texts: dict[str, list[str]] = {}
        self._codes: dict[str, tuple[numpy.ndarray, list[str]]] = {}
        self._numbers: dict[tuple[str, int], numpy.ndarray] = {}

    def __len__(self) -> int:
        return len(self.frames)

    def texts(self, keyword: str) -> list[str]:
        """The text that holds for each row: of its frame, of all frames, else of its object; "" where there is none."""
        found = self._texts.get(keyword)
        if found is None:
            found = self._texts[keyword] = self._readTexts(keyword)
        return found

    def _readTexts(self, keyword: str) -> list[str]:
        tag = normalizedPath(keyword)
        if self._isPlain:
            return [values.get(tag) or "" for values in self._values]
        texts: list[str] = []
        for one, end in zip(self.objects, self._ends, strict=True):
            frames = self.frames[len(texts) : end]
            if one.functionalGroups:
                column = one.frameValues(keyword)
                texts += [column[frame] for frame in frames]
            elif keyword in VECTORS and one.numberOfFrames > 1:
                texts += _vectorTexts(one.value(keyword), frames)
            else:
                texts += [one.values.get(tag) or ""] * len(frames)
        return texts

    def codes(self, keyword: str) -> tuple[numpy.ndarray, list[str]]:
        """(n,) for each row the number of its text, and the distinct texts in order of appearance."""
        found = self._codes.get(keyword)
        if found is None:
            found = self._codes[keyword] = self._makeCodes(keyword)
        return found

    def _makeCodes(self, keyword: str) -> tuple[numpy.ndarray, list[str]]:
        isByObject = self._isShared and not self._isPlain and keyword not in VECTORS
        if isByObject:
            tag = normalizedPath(keyword)
            texts = [values.get(tag) or "" for values in self._values]
        else:
            texts = self.texts(keyword)
        numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
        if len(numbers) <= 1:
            return numpy.zeros(len(self), int), list(numbers)
        codes = numpy.fromiter(map(numbers.__getitem__, texts), int, len(texts))
        return codes[self.owners] if isByObject else codes, list(numbers)

    def numbers(self, keyword: str, count: int = 1) -> numpy.ndarray:
        """(n, count) float64; a row is NaN where the tag is absent, not numeric, not finite or not ``count`` many."""
        found = self._numbers.get((keyword, count))
        if found is None:
            found = self._numbers[keyword, count] = self._parse(keyword, count)
        return found

    def _parse(self, keyword: str, count: int) -> numpy.ndarray:
        isPacked = self._isShared and not self._isPlain
        texts = () if isPacked else self.texts(keyword)
        if isPacked or (len(texts) > 1 and texts[0] == texts[-1]):
            codes, distinct = self.codes(keyword)
            return parseNumbers(distinct, count)[codes]
        return parseNumbers(texts, count)


def _vectorTexts(text: str, frames: numpy.ndarray) -> list[str]:
    parts = text.split("\\")
    return [parts[frame] if frame < len(parts) else "" for frame in frames]


def parseNumbers(texts: Sequence[str], count: int) -> numpy.ndarray:
    """(n, count) float64 from multi-valued texts; a row is NaN where its text is not ``count`` finite numbers."""
    if all(text.count("\\") == count - 1 for text in texts):
        try:
            parsed = numpy.array("\\".join(texts).split("\\"), object).astype(float).reshape(-1, count)
        except ValueError:
            parsed = None
        if parsed is not None and numpy.isfinite(parsed).all():
            return parsed
    return numpy.array([_parsed(text, count) for text in texts], float).reshape(-1, count)


def _parsed(text: str, count: int) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split("\\"))
    except ValueError:
        return (math.nan,) * count
    return numbers if len(numbers) == count and all(map(math.isfinite, numbers)) else (math.nan,) * count
