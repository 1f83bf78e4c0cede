"""Colour tables: written as .csv, as Slicer does now, read also as .ctbl and .txt, as it did before."""

from __future__ import annotations

from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.Colors import vtkMRMLColorTableNode
from .ColorText import CHANNELS, COUNT, EXACT, LABEL, NAME, TERMS
from .DelimitedText import delimitedText
from .ForeignReading import plainOf
from .MemberFormat import MemberFormat, Reading

_TASK = "DICOMLib.SceneFiles.SmallFileTask:readColors"


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
    rows = [[LABEL, NAME, *CHANNELS, *TERMS, EXACT, COUNT]]
    for value, name, rgba in _entries(node):
        steps = [str(round(255 * channel)) for channel in rgba]
        exact = " ".join(map(repr, rgba))
        rows.append([str(value), name, *steps, *[""] * len(TERMS), exact, str(node.GetNumberOfColors())])
    return rows


def _plainText(node: vtkMRMLColorTableNode) -> str:
    lines = ["# Color table", f"# {node.GetNumberOfColors()} values"]
    for value, name, rgba in _entries(node):
        shown = "_".join(name.split()) or "(none)"
        lines.append(" ".join([str(value), shown, *(str(round(255 * channel)) for channel in rgba)]))
    return "\n".join(lines) + "\n"


def readColorsInto(node: vtkMRMLColorTableNode, path: Path, reading: Reading) -> None:
    """:raises FileError: when the file is no colour table, or has more than labels of 16 bits can have"""
    entries, count = _checked(plainOf(_TASK, path, reading.workers, reading.progress), path)
    count = max([count, *(value + 1 for value, _, _ in entries)])
    if not entries or min(value for value, _, _ in entries) < 0 or count > node.MOST_COLORS:
        raise FileError("the colour table has no colours or too many", path, count)
    node.SetTypeToUser()
    node.SetNumberOfColors(0)
    node.SetNumberOfColors(count)
    for value, name, rgba in entries:
        node.SetColor(value, *([name] if name else []), *(min(1.0, max(0.0, channel)) for channel in rgba))


def _checked(said: object, path: Path) -> tuple[list[tuple[int, str, list[float]]], int]:
    """:raises FileError: for anything but entries, each of a number, a text and four numbers"""
    entries, count = said if isinstance(said, list) and len(said) == 2 else ([], None)
    isSound = type(count) is int and isinstance(entries, list) and all(map(_isEntry, entries))
    if not isSound:
        raise FileError("the colour table is damaged", path)
    return entries, count


def _isEntry(entry: object) -> bool:
    if not (isinstance(entry, list) and len(entry) == 3 and isinstance(entry[2], list) and len(entry[2]) == 4):
        return False
    return type(entry[0]) is int and isinstance(entry[1], str) and all(isinstance(one, float) for one in entry[2])


FORMAT = MemberFormat(
    classNames=("vtkMRMLColorTableNode",),
    suffixes=(".csv", ".ctbl", ".txt"),
    written=(".csv", ".ctbl", ".txt"),
    defaultSuffix=lambda node: ".csv",
    storageClassName=lambda node: "vtkMRMLColorTableStorageNode",
    hasData=lambda node: bool(_entries(node)),
    write=writeColors,
    read=readColorsInto,
    asks=lambda path: (_TASK, {}),
)
