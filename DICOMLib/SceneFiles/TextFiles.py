"""Texts as files: the text itself, UTF-8, whatever the ending says."""

from __future__ import annotations

from pathlib import Path

from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.TextNodes import vtkMRMLTextNode
from .ForeignReading import bytesOf
from .MemberFormat import MemberFormat, Reading

LONGEST_TEXT = 64 << 20


def writeText(node: vtkMRMLTextNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises UnreadableFileError: when the file cannot be written"""
    with replacingFile(path) as stream:
        stream.write(node.GetText().encode("utf-8", "surrogateescape"))
    return [path]


def readTextInto(node: vtkMRMLTextNode, path: Path, reading: Reading) -> None:
    """Bytes that are no UTF-8 are kept, and written as they were. :raises FileError: for more than 64 MiB"""
    node.SetText(bytesOf(path, LONGEST_TEXT).decode("utf-8", "surrogateescape"))


FORMAT = MemberFormat(
    classNames=("vtkMRMLTextNode",),
    suffixes=(".txt", ".json", ".xml"),
    written=(".txt", ".json", ".xml"),
    defaultSuffix=lambda node: ".txt",
    storageClassName=lambda node: "vtkMRMLTextStorageNode",
    hasData=lambda node: node.isKeptInFile(),
    write=writeText,
    read=readTextInto,
)
