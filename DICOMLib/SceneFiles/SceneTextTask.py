"""Runs in a worker process: what the text of a scene is about. A text that is too much for a parser ends here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy

from ..Errors import FileError, SceneFileError
from .MrmlText import Element, parseXML
from .StorageText import keptFileNames

_LONGEST_TEXT = 200
ROOT_TAG = "MRML"


def describeText(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """One array, the bytes of JSON: what :func:`describe` says.

    :raises FileError: when the text is none of a scene, or larger than accepted
    """
    try:
        facts = describe(Path(path).read_bytes())
    except SceneFileError as error:
        raise FileError(error.what, path, error.value) from None
    yield {}, numpy.frombuffer(json.dumps(facts).encode("ascii"), numpy.uint8)


def describe(text: bytes) -> dict:
    """``nodes`` (how many), ``version``, ``writer``, ``files`` (as the storage nodes name them).

    :raises SceneFileError: when the text is none of a scene, or larger than accepted
    """
    root = parseXML(text)
    if root.tag != ROOT_TAG:
        raise SceneFileError("the text is not that of a scene", None, root.tag[:80])
    return {
        "nodes": len(root.children),
        "version": root.attributes.get("version", "")[:_LONGEST_TEXT],
        "writer": root.attributes.get("writer", "")[:_LONGEST_TEXT],
        "files": _files(root),
    }


def _files(root: Element) -> list[str]:
    return list(dict.fromkeys(name for element in root.children for name in keptFileNames(element.attributes)))
