"""Lists of pieces (.vtm): which files beside it one names. Nothing of VTK reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from xml.sax.saxutils import quoteattr

from ..Errors import FileError, SceneFileError
from .MemberNames import memberName
from .MrmlText import Element, parseXML

BLOCK_SUFFIXES = (".seg.vtm", ".vtm")
PIECE_SUFFIX = ".vtp"
# A line for each segment; the largest known segmentations have some hundreds.
MAX_LIST_BYTES = 4 << 20
MAX_PIECES = 10_000
_ROOT, _KIND, _BLOCK, _PIECE = "VTKFile", "vtkMultiBlockDataSet", "Block", "DataSet"


def listText(pieces: Iterable[str]) -> str:
    """A list as VTK writes it. :param pieces: files, relative to the list's folder, parts separated by "/" """
    lines = [f'    <DataSet index="{n}" file={quoteattr(name)}/>' for n, name in enumerate(pieces)]
    start = f'<?xml version="1.0"?>\n<{_ROOT} type="{_KIND}" version="1.0" byte_order="LittleEndian">\n  <{_KIND}>'
    return "\n".join([start, *lines, f"  </{_KIND}>", f"</{_ROOT}>", ""])


def piecesOf(contents: bytes, source: Path | PurePosixPath) -> list[str]:
    """The files that a list names, relative to its folder, in their order.

    :raises FileError: when it is none, names too many, a file of another kind, or one that is not in its folder or in a
        folder in that
    """
    try:
        if len(contents) > MAX_LIST_BYTES:
            raise FileError("the list of pieces is too long", source, f"{len(contents)} bytes")
        root = parseXML(contents)
    except SceneFileError as error:
        raise FileError("the list of pieces is damaged", source, error.value or error.what) from error
    held = next((one for one in root.children if one.tag == _KIND), None)
    if root.tag != _ROOT or held is None:
        raise FileError("the file is no list of pieces", source, root.tag[:80])
    return checkedPieces(list(_named(held)), source)


def checkedPieces(names: object, source: Path | PurePosixPath) -> list[str]:
    """Names that a list, or a worker, says, each once. :raises FileError: as :func:`piecesOf`"""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise FileError("the list of pieces is damaged", source)
    found = [_checked(name, source) for name in names]
    if len(found) > MAX_PIECES:
        raise FileError("the list has more pieces than are accepted", source, len(found))
    return list(dict.fromkeys(found))


def _named(held: Element) -> Iterator[str]:
    waiting = list(reversed(held.children))
    while waiting:
        element = waiting.pop()
        if element.tag == _PIECE and element.attributes.get("file"):
            yield element.attributes["file"]
        elif element.tag == _BLOCK:
            waiting += reversed(element.children)


def _checked(name: str, source: Path | PurePosixPath) -> str:
    path = memberName(name)
    if path is None or path.count("/") > 1:
        raise FileError("the list names a file that is not beside it", source, name[:80])
    if not path.lower().endswith(PIECE_SUFFIX):
        raise FileError("the list names a file that is no surface", source, name[:80])
    return path


def pieceFiles(names: Iterable[str], sizeOf: Callable[[str], int], bytesOf: Callable[[str], bytes]) -> Iterator[str]:
    """Of those of some files that are lists, the files that these name. One that is damaged yields nothing.

    :param names: of files, parts separated by "/"; what is found is named alike, and need not be there
    :param sizeOf: bytes of such a file
    :param bytesOf: its contents
    """
    left = MAX_LIST_BYTES
    for name in names:
        if not name.lower().endswith(BLOCK_SUFFIXES) or not 0 < sizeOf(name) <= left:
            continue
        left -= sizeOf(name)
        path = PurePosixPath(name)
        try:
            yield from (path.with_name("_").parent.joinpath(one).as_posix() for one in piecesOf(bytesOf(name), path))
        except FileError:
            continue
