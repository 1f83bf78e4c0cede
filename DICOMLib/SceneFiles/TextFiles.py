"""Texts as files: the text itself, UTF-8, whatever the ending says."""

from __future__ import annotations

import re
from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.TextNodes import vtkMRMLTextNode
from ..Workers.Answers import bytesValue
from .ForeignReading import arraysOf
from .MemberFormat import MemberFormat, Reading

LONGEST_TEXT = 64 << 20
_TASK = "DICOMLib.SceneFiles.SmallFileTask:readContents"
# Those that stand for bytes that are no UTF-8 are left out.
_UNPAIRED = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def writeText(node: vtkMRMLTextNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises UnreadableFileError: when the file cannot be written"""
    with replacingFile(path) as stream:
        stream.write(_encoded(node.GetText()))
    return [path]


def _encoded(text: str) -> bytes:
    """One character that no file can hold (half of a pair, as some programs cut them) must not cost the scene."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return _UNPAIRED.sub("\ufffd", text).encode("utf-8", "surrogateescape")


def readTextInto(node: vtkMRMLTextNode, path: Path, reading: Reading) -> None:
    """Bytes that are no UTF-8 are kept, and written as they were. :raises FileError: for more than 64 MiB"""
    found = arraysOf(_TASK, path, reading.workers, reading.progress, most=LONGEST_TEXT)
    if len(found) != 1:
        raise FileError("the file cannot be read", path)
    node.SetText(bytesValue(found[0][1]).decode("utf-8", "surrogateescape"))


FORMAT = MemberFormat(
    classNames=("vtkMRMLTextNode",),
    suffixes=(".txt", ".json", ".xml"),
    written=(".txt", ".json", ".xml"),
    defaultSuffix=lambda node: ".txt",
    storageClassName=lambda node: "vtkMRMLTextStorageNode",
    hasData=lambda node: node.isKeptInFile(),
    write=writeText,
    read=readTextInto,
    asks=lambda path: (_TASK, {"most": LONGEST_TEXT}),
)
