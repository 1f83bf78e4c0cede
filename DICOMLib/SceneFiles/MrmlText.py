"""XML of scene files: read with limits and without any of XML's ways to other files, and written as Slicer does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from ..Errors import SceneFileError

# Real scenes take some kilobytes for each node; the largest known ones, with hundreds of segments, a few megabytes.
MAX_TEXT_BYTES = 64 << 20
# Subject hierarchies nest as deep as a user nests folders; real ones stay below 20.
MAX_DEPTH = 256
# The shortest element takes four bytes, and some 500 in memory. Scenes of thousands of nodes have tens of thousands.
MAX_ELEMENTS = 200_000
# Nodes have some thirty.
MAX_ATTRIBUTES = 2_000_000

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# What XML 1.0 has no way to say, not even as a number (https://www.w3.org/TR/xml/#charsets).
_UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
REPLACEMENT = "\ufffd"
# White space would come back as blanks (XML's normalisation of attributes) if it were not written as numbers.
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;",
})  # fmt: skip
# Slicer writes them so in names of files, and cannot read them then.
_BARE_AMPERSAND = re.compile(rb"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)")


@dataclass
class Element:
    """One element: its name, attributes in their order, elements in it, and the text in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""


def isSayable(text: str) -> bool:
    """Whether XML can hold every character of a text."""
    return _UNSAYABLE.search(text) is None


def sayable(text: str) -> str:
    """The text with U+FFFD for every character that XML cannot hold."""
    return _UNSAYABLE.sub(REPLACEMENT, text)


def parseXML(text: str | bytes) -> Element:
    """The root element of a text.

    :raises SceneFileError: when it is no XML, has a document type or entities of its own, or is beyond the limits
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(data) > MAX_TEXT_BYTES:
        size = f"{len(data)} bytes of at most {MAX_TEXT_BYTES}"
        raise SceneFileError("the text of the scene is too long", None, size)
    try:
        return _parsed(data)
    except expat.ExpatError as error:
        repaired = _BARE_AMPERSAND.sub(b"&amp;", data)
        if repaired == data:
            raise SceneFileError("the text of the scene is no XML", None, str(error)) from error
    except (ValueError, LookupError) as error:  # an encoding that is not known, or not what the text is in
        raise SceneFileError("the text of the scene is not in an encoding that is read", None, str(error)) from error
    try:
        return _parsed(repaired)
    except expat.ExpatError as error:
        raise SceneFileError("the text of the scene is no XML", None, str(error)) from error


def _parsed(data: bytes) -> Element:
    builder = _Builder()
    builder.parse(data)
    return builder.root


class _Builder:
    """Makes elements of what expat reports, without recursion."""

    def __init__(self):
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = self._attributeCount = 0

    def parse(self, data: bytes) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartDoctypeDeclHandler = self._onDoctype
        parser.EntityDeclHandler = self._onDoctype
        parser.StartElementHandler = self._onStart
        parser.EndElementHandler = self._onEnd
        parser.CharacterDataHandler = self._onText
        parser.Parse(data, True)

    def _onDoctype(self, *_arguments) -> None:
        raise SceneFileError("the text of the scene has a document type of its own, which scenes have no use for")

    def _onStart(self, tag: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            limits = f"at most {MAX_ELEMENTS} elements, {MAX_DEPTH} deep"
            raise SceneFileError("the text of the scene has too many elements in it", None, limits)
        self._attributeCount += len(attributes)
        if self._attributeCount > MAX_ATTRIBUTES:
            what = "the text of the scene has too many attributes in it"
            raise SceneFileError(what, None, f"at most {MAX_ATTRIBUTES}")
        element = Element(tag, attributes)
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _onEnd(self, _tag: str) -> None:
        element = self._open.pop()
        if element.children:
            element.text = element.text.strip()  # blanks only set the elements in it apart

    def _onText(self, text: str) -> None:
        element = self._open[-1]
        # One text for each element; where it stood between the elements in it nobody asks.
        element.text = element.text + text if element.text else text


def writeXML(root: Element) -> str:
    """The text of an element with all in it, one line for each; what XML cannot hold is replaced."""
    return _DECLARATION + "".join(_pieces(root))


def _pieces(root: Element) -> Iterator[str]:
    waiting: list[tuple[Element, int, bool]] = [(root, 0, False)]
    while waiting:
        element, depth, isEnd = waiting.pop()
        if isEnd:
            yield f"{' ' * depth}</{element.tag}>\n"
            continue
        yield f"{' ' * depth}<{element.tag}{''.join(_attributes(element))}>{escaped(element.text)}"
        if not element.children:
            yield f"</{element.tag}>\n"
            continue
        yield "\n"
        waiting.append((element, depth, True))
        waiting.extend((child, depth + 1, False) for child in reversed(element.children))


def _attributes(element: Element) -> Iterator[str]:
    for name, value in element.attributes.items():
        yield f' {name}="{escaped(value)}"'


def escaped(text: str) -> str:
    """As it stands in an attribute or between tags."""
    return sayable(text).translate(_ESCAPES)
