"""The bytes of one element of a file: for vendor blocks that are too long to be kept in the database."""

from __future__ import annotations

import os
from functools import lru_cache

from ..TagPaths import PathStep, TagPathError, parsedPath
from .ByteWindow import ByteWindow
from .ElementEncoding import ElementEncoding
from .ElementReader import ElementReader, wantedRawTags
from .Header import Header
from .HeaderScanner import openDataSet, readFile
from .WantedValues import WantedValues

_CREATOR_ELEMENTS = range(0x10, 0x100)


def readRawElement(path: bytes | str | os.PathLike, tag: str) -> bytes:
    """The value of an element of the data set itself as it lies in the file, padding included.

    :param tag: "gggg,eeee", a keyword, or ``(gggg,"creator",ee)``; private elements are found by their creator
    :returns: b"" when the file has no such element
    :raises TagPathError: when the tag leads into a sequence or is none
    :raises FileError: when the file cannot be read, or the value is cut off or longer than ``Limits`` accepts
    """
    if parsedPath(tag).isNested:
        raise TagPathError("only elements of the data set itself are read as they are", value=str(parsedPath(tag)))
    step = parsedPath(tag).last
    found: list[bytes] = []

    def scan(window: ByteWindow) -> Header:
        header, window, position, encoding = openDataSet(window)
        if encoding is not None:
            found[:] = [_valueOf(step, str(parsedPath(tag)), window, position, encoding)]
        return header

    readFile(os.path.abspath(os.fsencode(path)), scan)
    return found[0] if found else b""


def _valueOf(step: PathStep, tag: str, window: ByteWindow, position: int, encoding: ElementEncoding) -> bytes:
    wanted = _wanted(tag)
    reader = ElementReader(window, encoding, wantedRawTags(wanted, encoding), wanted)
    reader.read(position)
    values = {encoding.rawTag(rawTag): raw for rawTag, _, raw in reader.found}
    return values.get(_numberIn(values, step), b"")


@lru_cache(maxsize=64)
def _wanted(tag: str) -> WantedValues:
    """Nothing but the element and what it takes to walk to it, so that no sequence is looked into."""
    return WantedValues((tag, "SpecificCharacterSet"))


def _numberIn(values: dict[int, bytes], step: PathStep) -> int:
    """The tag number in this file; -1 when nobody has reserved a block by the creator's name (PS3.5 7.8.1)."""
    if not step.creator:
        return step.number
    group = step.number >> 16
    for block in _CREATOR_ELEMENTS:
        raw = values.get(group << 16 | block)
        if raw is not None and raw.decode("latin-1").strip(" \0") == step.creator:
            return group << 16 | block << 8 | step.number & 0xFF
    return -1
