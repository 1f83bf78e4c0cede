"""Values as they stand in the attributes of MRML's elements: numbers, lists of names and values, references, files.

Slicer encodes little, and decodes no more than it encodes, so each list has a way of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

from .MrmlText import isSayable

Codes = tuple[tuple[str, str], ...]

# vtkMRMLNode::URLEncodeString encodes these in this order, and URLDecodeString decodes them in the opposite one.
_FILE_NAME_CODES = (("%", "%25"), (" ", "%20"), ("'", "%27"), (">", "%3E"), ("<", "%3C"), ('"', "%22"))
_LONGEST_INTEGER = 20
_VALUE_CODES = (("%", "%25"), (";", "%3B"))


def numberText(number: float) -> str:
    """The shortest text that gives the same number again; "1" for 1.0."""
    value = float(number)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def numbersText(numbers: Iterable[float]) -> str:
    """As :func:`numberText`, with blanks between."""
    return " ".join(numberText(number) for number in numbers)


def number(text: str) -> float:
    """:raises ValueError: for anything but one finite number"""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value


def integer(text: str) -> int:
    """:raises ValueError: for anything but one whole number of the size that MRML has"""
    if len(text) > _LONGEST_INTEGER:
        raise ValueError("not a number that MRML has")
    return int(text)


def numbers(text: str, count: int) -> list[float]:
    """:raises ValueError: for anything but so many finite numbers"""
    words = text.split()
    if len(words) != count:
        raise ValueError(f"not {count} numbers")
    return [number(word) for word in words]


def flagText(flag: object) -> str:
    """As newer attributes of MRML are written."""
    return "true" if flag else "false"


def flag(text: str) -> bool:
    """MRML writes true and false, or 1 and 0. :raises ValueError: for anything else"""
    word = text.strip().lower()
    if word in ("true", "1"):
        return True
    if word in ("false", "0"):
        return False
    raise ValueError("neither true nor false")


def encodedFileName(name: str) -> str:
    """As Slicer encodes the names of files."""
    return _encoded(name, _FILE_NAME_CODES)


def decodedFileName(text: str) -> str:
    """The other way, as Slicer does it."""
    return _decoded(text, _FILE_NAME_CODES)


def _encoded(text: str, codes: Codes) -> str:
    for character, code in codes:
        text = text.replace(character, code)
    return text


def _decoded(text: str, codes: Codes) -> str:
    for character, code in reversed(codes):
        text = text.replace(code, character)
    return text


def isPlainAttribute(name: str, value: str) -> bool:
    """Whether the list that Slicer reads can hold the attribute: it has no way to encode names."""
    return bool(name) and not set(name) & set(":;") and isSayable(name) and isSayable(value)


def attributesText(attributes: dict[str, str]) -> str:
    """``name:value;name:value``, as Slicer: of values ";" and "%" are encoded, of names nothing."""
    return ";".join(f"{name}:{_encoded(value, _VALUE_CODES)}" for name, value in attributes.items())


def attributesOf(text: str) -> dict[str, str]:
    """The other way. What has no ":" is name and value, as in Slicer; without a name it is nothing."""
    found = {}
    for entry in text.split(";"):
        name, separator, value = entry.partition(":")
        if name:
            found[name] = _decoded(value, _VALUE_CODES) if separator else name
    return found


def exactText(values: dict[str, str]) -> str:
    """``name:value;name:value`` for any characters at all, in an encoding of this program's own."""
    return ";".join(f"{_quoted(name)}:{_quoted(value)}" for name, value in values.items())


def exactValues(text: str) -> dict[str, str]:
    """The other way."""
    entries = (entry.partition(":") for entry in text.split(";") if entry)
    return {_unquoted(name): _unquoted(value) for name, _separator, value in entries}


def _quoted(text: str) -> str:
    return quote(text, safe=" ", errors="surrogatepass")


def _unquoted(text: str) -> str:
    return unquote(text, errors="surrogateescape") if "%ED" not in text.upper() else _unquotedSurrogates(text)


def _unquotedSurrogates(text: str) -> str:
    try:
        return unquote(text, errors="surrogatepass")
    except UnicodeDecodeError:
        return unquote(text, errors="replace")


def _entries(text: str) -> Iterator[str]:
    """One after the other: all at once may be many times the text, of which nobody says how long it is."""
    start = 0
    while (end := text.find(";", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def referencesText(references: dict[str, list[str]]) -> str:
    """``role:ID ID;role:ID;``, roles in alphabetical order, as Slicer."""
    return "".join(f"{role}:{' '.join(nodeIDs)};" for role, nodeIDs in sorted(references.items()))


def referencesOf(text: str) -> dict[str, list[str]]:
    """The other way; what has no role or no ID is left out."""
    found: dict[str, list[str]] = {}
    for entry in _entries(text):
        role, _separator, nodeIDs = entry.partition(":")
        if role.strip() and nodeIDs.split():
            found[role.strip()] = nodeIDs.split()
    return found


def pairsText(pairs: dict[str, str]) -> str:
    """``name^value|name^value|``, as Slicer writes UIDs and attributes of items, in alphabetical order."""
    return "".join(f"{name}^{value}|" for name, value in sorted(pairs.items()))


def isPlainPair(name: str, value: str) -> bool:
    """Whether Slicer's list of pairs, which encodes nothing, can hold it."""
    return bool(name) and not set(name) & set("^|") and "|" not in value and isSayable(name) and isSayable(value)


def pairsOf(text: str) -> dict[str, str]:
    """The other way. What has no "^" is name and value, as in Slicer."""
    found = {}
    for entry in text.split("|"):
        name, separator, value = entry.partition("^")
        if name:
            found[name] = value if separator else name
    return found
