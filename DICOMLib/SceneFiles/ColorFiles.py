"""Colour tables: written as .csv, as Slicer does now, read also as .ctbl and .txt, as it did before."""

from __future__ import annotations

from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.Colors import vtkMRMLColorTableNode
from .DelimitedText import delimitedText, rowsOf
from .ForeignReading import textOf
from .MemberFormat import MemberFormat, Reading

LONGEST_FILE = 64 << 20
_LABEL, _NAME = "LabelValue", "Name"
_CHANNELS = ("Color_R", "Color_G", "Color_B", "Color_A")
_EXACT, _COUNT = "ColorExact", "NumberOfColors"
_PARTS = ("CodingScheme", "CodeValue", "CodeMeaning")
_TERMS = [
    f"{kind}_{part}" for kind in ("Category", "Type", "TypeModifier", "Region", "RegionModifier") for part in _PARTS
]


def writeColors(node: vtkMRMLColorTableNode, path: Path, progress: Progress | None) -> list[Path]:
    """Slicer keeps colours in 256 steps; what they are exactly, and how many there are, is in columns of our own."""
    rows = _csvRows(node) if path.suffix.lower() == ".csv" else None
    text = _plainText(node) if rows is None else delimitedText(rows, ",")
    with replacingFile(path) as stream:
        stream.write(text.encode("utf-8", "replace"))
    return [path]


def _entries(node: vtkMRMLColorTableNode) -> list[tuple[int, str, list[float]]]:
    """Value, name and RGBA of entries that somebody set."""
    every = ((n, node.GetColorName(n), list(node.GetColor(n))) for n in range(node.GetNumberOfColors()))
    return [entry for entry in every if entry[1] or any(entry[2])]


def _csvRows(node: vtkMRMLColorTableNode) -> list[list[str]]:
    rows = [[_LABEL, _NAME, *_CHANNELS, *_TERMS, _EXACT, _COUNT]]
    for value, name, rgba in _entries(node):
        steps = [str(round(255 * channel)) for channel in rgba]
        exact = " ".join(map(repr, rgba))
        rows.append([str(value), name, *steps, *[""] * len(_TERMS), exact, str(node.GetNumberOfColors())])
    return rows


def _plainText(node: vtkMRMLColorTableNode) -> str:
    lines = ["# Color table", f"# {node.GetNumberOfColors()} values"]
    for value, name, rgba in _entries(node):
        shown = "_".join(name.split()) or "(none)"
        lines.append(" ".join([str(value), shown, *(str(round(255 * channel)) for channel in rgba)]))
    return "\n".join(lines) + "\n"


def readColorsInto(node: vtkMRMLColorTableNode, path: Path, reading: Reading) -> None:
    """:raises FileError: when the file is no colour table, or has more than labels of 16 bits can have"""
    text = textOf(path, LONGEST_FILE)
    try:
        entries, count = _readCsv(text, path) if path.suffix.lower() == ".csv" else _readPlain(text)
    except (ValueError, OverflowError, KeyError, IndexError) as error:
        raise FileError("the colour table is damaged", path, str(error)[:80]) from error
    count = max([count, *(value + 1 for value, _, _ in entries)])
    if not entries or min(value for value, _, _ in entries) < 0 or count > node.MOST_COLORS:
        raise FileError("the colour table has no colours or too many", path, count)
    node.SetTypeToUser()
    node.SetNumberOfColors(0)
    node.SetNumberOfColors(count)
    for value, name, rgba in entries:
        node.SetColor(value, *([name] if name else []), *(min(1.0, max(0.0, channel)) for channel in rgba))


def _readCsv(text: str, path: Path) -> tuple[list[tuple[int, str, list[float]]], int]:
    rows = list(rowsOf(text, ",", path))
    entries, count = [], 0
    for row in filter(None, rows[1:]):
        cells = dict(zip(rows[0], row, strict=False))
        rgba = [float(cells[channel]) / 255 for channel in _CHANNELS[:3]]
        rgba.append(float(cells.get(_CHANNELS[3]) or 255) / 255)
        exact = [float(number) for number in cells.get(_EXACT, "").split()]
        isSame = len(exact) == 4 and all(abs(a - b) <= 0.5 / 255 + 1e-6 for a, b in zip(exact, rgba, strict=True))
        entries.append((int(float(cells[_LABEL])), cells[_NAME], exact if isSame else rgba))
        count = max(count, int(cells.get(_COUNT) or 0))
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


FORMAT = MemberFormat(
    classNames=("vtkMRMLColorTableNode",),
    suffixes=(".csv", ".ctbl", ".txt"),
    written=(".csv", ".ctbl", ".txt"),
    defaultSuffix=lambda node: ".csv",
    storageClassName=lambda node: "vtkMRMLColorTableStorageNode",
    hasData=lambda node: bool(_entries(node)),
    write=writeColors,
    read=readColorsInto,
)
