"""Elements of XML that a worker has read, as plain rows: the program itself parses no text of a stranger."""

from __future__ import annotations

from ..Errors import SceneFileError
from .MrmlText import MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, Element


def elementRows(root: Element) -> list[list]:
    """Depth, tag, attributes and text of each element, in the order of the text. Nothing is nested, however deep."""
    rows: list[list] = []
    waiting = [(root, 0)]
    while waiting:
        element, depth = waiting.pop()
        rows.append([depth, element.tag, element.attributes, element.text])
        waiting += [(child, depth + 1) for child in reversed(element.children)]
    return rows


def elementFrom(rows: object) -> Element:
    """The other way. :raises SceneFileError: when they are none, or beyond the limits of a text"""
    above: list[Element] = []
    isSound = isinstance(rows, list) and 0 < len(rows) <= MAX_ELEMENTS and all(map(_isRow, rows))
    isSound = isSound and sum(len(attributes) for _, _, attributes, _ in rows) <= MAX_ATTRIBUTES
    for depth, tag, attributes, text in rows if isSound else ():
        element = Element(tag, attributes, [], text)
        isSound = 0 <= depth <= min(len(above), MAX_DEPTH - 1) and (depth > 0) == bool(above)
        if not isSound:
            break
        del above[depth:]
        if depth:
            above[depth - 1].children.append(element)
        above.append(element)
    if not isSound:
        raise SceneFileError("the reading process sent something that is no text of a scene")
    return above[0]


def _isRow(row: object) -> bool:
    if not (isinstance(row, list) and len(row) == 4 and isinstance(row[2], dict)):
        return False
    texts = (row[1], row[3], *row[2].values())
    return type(row[0]) is int and all(isinstance(text, str) for text in texts)
