"""Texts of colour tables: .csv, as Slicer writes them now, and .ctbl and .txt, as it did before. Parsed by a worker."""

from __future__ import annotations

from pathlib import Path

from ..Errors import FileError
from .DelimitedText import rowsOf
from .FileContents import textOf

LONGEST_FILE = 64 << 20
LABEL, NAME = "LabelValue", "Name"
CHANNELS = ("Color_R", "Color_G", "Color_B", "Color_A")
EXACT, COUNT = "ColorExact", "NumberOfColors"
_PARTS = ("CodingScheme", "CodeValue", "CodeMeaning")
TERMS = [
    f"{kind}_{part}" for kind in ("Category", "Type", "TypeModifier", "Region", "RegionModifier") for part in _PARTS
]


def colorsOf(path: Path) -> tuple[list[tuple[int, str, list[float]]], int]:
    """Value, name and RGBA of entries, and how many colours the file says it has (0: nothing).

    :raises FileError: when the file is no colour table
    """
    text = textOf(path, LONGEST_FILE)
    try:
        return _readCsv(text, path) if path.suffix.lower() == ".csv" else _readPlain(text)
    except (ValueError, OverflowError, KeyError, IndexError) as error:
        raise FileError("the colour table is damaged", path, str(error)[:80]) from error


def _readCsv(text: str, path: Path) -> tuple[list[tuple[int, str, list[float]]], int]:
    rows = list(rowsOf(text, ",", path))
    entries, count = [], 0
    for row in filter(None, rows[1:]):
        cells = dict(zip(rows[0], row, strict=False))
        rgba = [float(cells[channel]) / 255 for channel in CHANNELS[:3]]
        rgba.append(float(cells.get(CHANNELS[3]) or 255) / 255)
        exact = [float(number) for number in cells.get(EXACT, "").split()]
        isSame = len(exact) == 4 and all(abs(a - b) <= 0.5 / 255 + 1e-6 for a, b in zip(exact, rgba, strict=True))
        entries.append((int(float(cells[LABEL])), cells[NAME], exact if isSame else rgba))
        count = max(count, int(cells.get(COUNT) or 0))
    return entries, count


def _readPlain(text: str) -> tuple[list[tuple[int, str, list[float]]], int]:
    entries, count = [], 0
    for line in text.splitlines():
        words = line.split()
        if line.startswith("#"):
            count = int(words[1]) if words[2:] == ["values"] and words[1].isdecimal() else count
        elif words:
            rgba = [float(word) / 255 for word in words[2:6]]
            name = "" if words[1] == "(none)" else words[1].replace("_", " ")
            entries.append((int(words[0]), name, [*rgba, 1.0][:4]))
            if len(rgba) < 3:
                raise ValueError(line[:80])
    return entries, count
