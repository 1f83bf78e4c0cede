"""Where a value is in a data set: a tag, a keyword, or the way to a nested element.

==============================================  ================================================================
written                                         meaning
==============================================  ================================================================
``0008,103e`` ``SeriesDescription``             an element of the data set itself
``(0008,1115)[0].(0020,000E)``                  of the first item of a sequence, as in DCMTK's tools
``ReferencedSeriesSequence[0].Modality``        the same with keywords
``(0008,1115)[*].(0020,000E)``                  of every item; the values are joined by backslashes
``(0029,"SIEMENS CSA HEADER",10)``              a private element by its creator, whatever block the file uses
==============================================  ================================================================

Every place where a tag is given accepts all of these. One path has one normal form: hexadecimal numbers in upper case,
"GGGG,EEEE" for an element of the data set itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .Errors import DICOMError
from .Tags import normalizedTag, tagOfKeyword

EVERY_ITEM = -1
"""The item ``[*]``."""

# As many sequences as are accepted in a file (see Files/Limits.py), and the element in the last of them.
MAX_STEPS = 65
# An item number of more digits is beyond every file.
_ITEM_DIGITS = 7

_HINT = 'Write "gggg,eeee", a keyword, or a path like ReferencedSeriesSequence[0].SeriesInstanceUID'
_TAG = r"\(?(?P<tag>[0-9A-Fa-f]{4},[0-9A-Fa-f]{4})\)?"
_PRIVATE = r'\((?P<group>[0-9A-Fa-f]{4}),"(?P<creator>(?:[^"\\\x00-\x1f]|"")+)",(?:xx)?(?P<low>[0-9A-Fa-f]{2})\)'
_KEYWORD = r"(?P<keyword>[A-Za-z][A-Za-z0-9]*)"
_STEP = re.compile(rf"(?:{_PRIVATE}|{_TAG}|{_KEYWORD})(?:\[(?P<item>[0-9]{{1,{_ITEM_DIGITS}}}|\*)\])?")
_PLAIN_TAG = re.compile(r"\(?[0-9A-Fa-f]{4},?[0-9A-Fa-f]{4}\)?")


class TagPathError(DICOMError, ValueError):
    """What was given is neither a tag nor a path to one."""


@dataclass(frozen=True)
class PathStep:
    """One element on the way.

    :ivar number: 32-bit tag number; for a private element by its creator, group and low byte of the element only
    :ivar creator: of a private element; "" when the number says all
    :ivar item: which item of the sequence, ``EVERY_ITEM``, or None for the element the path leads to
    """

    number: int
    creator: str = ""
    item: int | None = None

    def __str__(self) -> str:
        if self.creator:
            creator = self.creator.replace('"', '""')
            text = f'({self.number >> 16:04X},"{creator}",{self.number & 0xFF:02X})'
        else:
            text = f"({normalizedTag(self.number)})"
        if self.item is None:
            return text
        return text + ("[*]" if self.item == EVERY_ITEM else f"[{self.item}]")


@dataclass(frozen=True)
class TagPath:
    """The way to an element: sequences with the item to enter, then the element.

    ``str(path)`` is the normal form; :func:`parsedPath` of it gives the path again.
    """

    steps: tuple[PathStep, ...]

    @property
    def isNested(self) -> bool:
        """Whether the element is in an item of a sequence."""
        return len(self.steps) > 1

    @property
    def isPlain(self) -> bool:
        """Whether a tag number alone says where the element is."""
        return len(self.steps) == 1 and not self.steps[0].creator

    @property
    def last(self) -> PathStep:
        """The element the path leads to."""
        return self.steps[-1]

    def after(self, count: int) -> TagPath:
        """The path without its first steps: as seen from inside the items they lead to."""
        return TagPath(self.steps[count:])

    def __str__(self) -> str:
        return normalizedTag(self.last.number) if self.isPlain else ".".join(map(str, self.steps))


def normalizedPath(tag: str | int | tuple[int, int] | TagPath) -> str:
    """The normal form of a tag, keyword or path.

    >>> normalizedPath("ReferencedSeriesSequence[0].SeriesInstanceUID")
    '(0008,1115)[0].(0020,000E)'
    >>> normalizedPath("SeriesDescription"), normalizedPath(0x0008103E)
    ('0008,103E', '0008,103E')

    :raises TagPathError: when it is none of these
    """
    return _normalizedText(tag) if isinstance(tag, str) else str(parsedPath(tag))


def parsedPath(tag: str | int | tuple[int, int] | TagPath) -> TagPath:
    """The steps of a tag, keyword or path.

    :raises TagPathError: when it is none of these
    """
    if isinstance(tag, TagPath):
        return tag
    return _parsedText(tag) if isinstance(tag, str) else TagPath((PathStep(_numberOf(tag)),))


def _numberOf(tag: int | tuple[int, int]) -> int:
    number = tag[0] << 16 | tag[1] if isinstance(tag, tuple) else tag
    if not 0 <= number <= 0xFFFFFFFF:
        raise TagPathError("this number is no tag", value=number, hint=_HINT)
    return number


@lru_cache(maxsize=4096)
def _normalizedText(text: str) -> str:
    return str(_parsedText(text))


@lru_cache(maxsize=4096)
def _parsedText(text: str) -> TagPath:
    written = text.strip()
    if _PLAIN_TAG.fullmatch(written):
        return TagPath((PathStep(int(written.strip("()").replace(",", ""), 16)),))
    steps: list[PathStep] = []
    position = 0
    while True:
        match = _STEP.match(written, position)
        if match is None:
            raise TagPathError("this is no tag", value=_shown(text), hint=_HINT)
        steps.append(_stepOf(match))
        position = match.end()
        if position == len(written):
            break
        if written[position] != ".":
            raise TagPathError("this is no tag", value=_shown(text), hint=_HINT)
        position += 1
    return _checkedPath(steps, text)


def _checkedPath(steps: list[PathStep], text: str) -> TagPath:
    if len(steps) > MAX_STEPS:
        raise TagPathError("a path leads deeper than sequences are accepted", value=f"more than {MAX_STEPS} elements")
    if any(step.item is None for step in steps[:-1]):
        hint = "Write [0] for the first item of a sequence, or [*] for all"
        raise TagPathError("a path must say which item of each sequence it enters", value=_shown(text), hint=hint)
    if steps[-1].item is not None:
        hint = "Add the element in the item, or leave out the brackets"
        raise TagPathError("a path leads to an element, not to an item", value=_shown(text), hint=hint)
    return TagPath(tuple(steps))


def _stepOf(match: re.Match) -> PathStep:
    item = match["item"]
    number = None if item is None else EVERY_ITEM if item == "*" else int(item)
    if match["creator"]:
        return _privateStep(match, number)
    if match["tag"]:
        return PathStep(int(match["tag"].replace(",", ""), 16), item=number)
    tag = tagOfKeyword(match["keyword"])
    if tag is None:
        raise TagPathError("the standard has no such keyword", value=_shown(match["keyword"]), hint=_HINT)
    return PathStep(tag, item=number)


def _privateStep(match: re.Match, item: int | None) -> PathStep:
    group = int(match["group"], 16)
    if group % 2 == 0:
        raise TagPathError("only groups with an odd number are private", value=match["group"])
    creator = match["creator"].replace('""', '"').strip()
    if not creator:
        raise TagPathError("a private element needs the name of its creator", value=_shown(match[0]))
    return PathStep(group << 16 | int(match["low"], 16), creator, item)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= 80 else text[:77] + "...")
