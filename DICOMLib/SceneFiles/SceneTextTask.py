"""Runs in a worker process: what the text of a scene is about. A text that is too much for a parser ends here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy

from ..Errors import LimitExceededError, SceneFileError, UnreadableFileError
from ..Scene.Nrrd import MAXIMUM_HEADER_BYTES
from ..Wording import sizeText
from ..Workers.Answers import plainArray
from .BlockFiles import pieceFiles
from .DetachedVoxels import voxelFiles
from .ElementRows import elementRows
from .MemberNames import isWithin, memberName
from .MrmlText import MAX_TEXT_BYTES, Element, parseXML
from .StorageText import keptFileNames
from .TableNames import isTable, schemaPath

_LONGEST_TEXT = 200
ROOT_TAG = "MRML"
GET_AGAIN = "Copy or download it again"


def describeText(path: str, folder: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Two answers as JSON, each with its name as ``part``: of a .mrml the facts ("text"), see :func:`describe`, with
    "beside": what headers and lists among its files say of others, as paths in the folder, whether there or not; and
    its "elements" as rows (``elementRows``).

    :param folder: what files of the scene are in
    :raises SceneFileError: when the text is none of a scene, or larger than accepted
    :raises LimitExceededError: when it is too long
    :raises UnreadableFileError: when it cannot be read
    """
    facts, rows = describe(textOfScene(Path(path)))
    yield {"part": "text"}, plainArray(facts | {"beside": _beside(facts["files"], Path(folder))})
    yield {"part": "elements"}, plainArray(rows)


def describe(text: bytes) -> tuple[dict, list[list]]:
    """``nodes`` (how many), ``version``, ``writer``, ``files`` (as the storage nodes name them); and the rows of all.

    :raises SceneFileError: when the text is none of a scene, or larger than accepted
    """
    root = parseXML(text)
    if root.tag != ROOT_TAG:
        raise SceneFileError("the text is not that of a scene", None, root.tag[:80])
    facts = {
        "nodes": len(root.children),
        "version": root.attributes.get("version", "")[:_LONGEST_TEXT],
        "writer": root.attributes.get("writer", "")[:_LONGEST_TEXT],
        "files": _files(root),
    }
    return facts, elementRows(root)


def _files(root: Element) -> list[str]:
    return list(dict.fromkeys(name for element in root.children for name in keptFileNames(element.attributes)))


def withCompanions(path: str | None) -> list[str]:
    """A file and those that are read with it though the text does not name them: a table's schema."""
    if path is None:
        return []
    return [path, schemaPath(PurePosixPath(path)).as_posix()] if isTable(path) else [path]


def textOfScene(source: Path) -> bytes:
    """Of a .mrml file. :raises UnreadableFileError: when it cannot be read :raises LimitExceededError: when too long"""
    try:
        if not source.is_file():
            raise UnreadableFileError("there is no such file", source)
        with source.open("rb") as stream:
            text = stream.read(MAX_TEXT_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", source, error.strerror) from error
    if not text:
        raise SceneFileError("the file is empty", source, hint=GET_AGAIN)
    if len(text) > MAX_TEXT_BYTES:
        raise LimitExceededError("the text of the scene is too long", source, f"more than {sizeText(MAX_TEXT_BYTES)}")
    return text


def _beside(names: list[str], folder: Path) -> list[str]:
    paths = [path for path in map(memberName, names) if path is not None]
    there = {path: (folder / path).stat().st_size for path in paths if _isThere(folder / path, folder)}
    found = [
        *voxelFiles(there, there.__getitem__, lambda name: _startOf(folder / name)),
        *pieceFiles(there, there.__getitem__, lambda name: _startOf(folder / name)),
    ]
    return list(dict.fromkeys(found))


def _isThere(path: Path, folder: Path) -> bool:
    return isWithin(path, folder) and path.is_file()


def _startOf(path: Path) -> bytes:
    """As much as a header has; b"" of what cannot be read, which is told when the scene is opened."""
    try:
        with path.open("rb") as stream:
            return stream.read(MAXIMUM_HEADER_BYTES)
    except OSError:
        return b""
