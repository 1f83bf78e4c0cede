"""Values inside sequences: only the wanted ones are decoded, the rest is walked over.

No recursion, no length that is not checked against everything it lies in. What is damaged is left out and said so:
a value is what the file holds, or absent.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..Tags import tagNumber, tagText
from .ByteWindow import ByteWindow
from .ElementEncoding import EXPLICIT_LITTLE, IMPLICIT_LITTLE, LONG_VRS, SHORT_VRS, UNDEFINED_LENGTH, ElementEncoding
from .Limits import MAX_VALUE_LENGTH
from .SequenceWalk import ITEM_LEVEL, MalformedSequence, SequenceEndsTooEarly, SequenceWalk
from .ValueDecoding import decodeValue, privateVR, standardVR
from .WantedValues import WantedElement, WantedItem

_SPECIFIC_CHARACTER_SET = tagNumber(tagText("SpecificCharacterSet"))


class _Level:
    """What is looked for on one level of the walk.

    :ivar element: of a sequence: what is looked for in its items
    :ivar wanted: of an item: raw tag → what is looked for
    """

    __slots__ = ("characterSet", "counts", "element", "index", "item", "wanted")

    def __init__(self, characterSet: Sequence[str], element: WantedElement | None = None):
        self.element = element
        self.characterSet = characterSet
        self.index = -1
        self.item: WantedItem | None = None
        self.wanted: dict[int, WantedElement] | None = None
        self.counts: tuple[int, ...] = ()


class NestedReader(SequenceWalk):
    """Reads one sequence of a data set.

    :param window: the file
    :param encoding: of the data set
    :param characterSet: the data set's (0008,0005)
    :param signed: whether "US or SS" means SS in this data set

    :ivar found: key → texts in file order; None where an item of ``[*]`` lacks the element
    :ivar damaged: whether something that could hold a wanted value could not be read
    """

    def __init__(
        self, window: ByteWindow, encoding: ElementEncoding, characterSet: Sequence[str] = (), signed: bool = False
    ):
        super().__init__(window, encoding)
        self._characterSet = tuple(characterSet)
        self._signed = signed
        self._contexts: list[_Level] = []
        self._limits: list[int] = []
        self._nextElement: WantedElement | None = None
        self._nextLimit = window.size
        self._texts: dict[tuple, str] = {}
        self.found: dict[str, list[str | None]] = {}
        self.damaged = False

    def read(self, element: WantedElement, position: int, length: int, vr: bytes) -> int:
        """Walk the sequence. :returns: the position after it

        :raises LimitExceededError, SequenceEndsTooEarly, MalformedSequence: as :meth:`SequenceWalk.endOf`
        """
        self._nextElement = element
        self._nextLimit = self._window.size if length == UNDEFINED_LENGTH else position + length
        return self.endOf(position, length, vr)

    def values(self) -> dict[str, str]:
        """Key → text, values of several items joined by backslashes. Keys without any value are left out."""
        texts = {key: joined(texts) for key, texts in self.found.items()}
        return {key: text for key, text in texts.items() if text is not None}

    # The walk, told what is looked for

    def _push(self, kind: int, end: int, encoding: ElementEncoding) -> None:
        outer = self._contexts[-1] if self._contexts else None
        limit = self._limits[-1] if self._limits else self._nextLimit
        if end > limit:
            raise MalformedSequence
        super()._push(kind, end, encoding)
        characterSet = outer.characterSet if outer else self._characterSet
        if kind == ITEM_LEVEL:
            level = self._itemLevel(outer, characterSet)
        else:
            level, self._nextElement = _Level(characterSet, self._nextElement), None
        self._contexts.append(level)
        self._limits.append(limit if end < 0 else end)

    def _itemLevel(self, sequence: _Level, characterSet: Sequence[str]) -> _Level:
        sequence.index += 1
        level = _Level(characterSet)
        if sequence.element is not None:
            level.item = sequence.element.item(sequence.index)
        if level.item is not None:
            level.wanted = level.item.byRawTag(self._levels[-1][2].littleEndian)
            level.counts = tuple(len(self.found.get(key, ())) for key in level.item.ofEveryItem)
        return level

    def _leave(self, damaged: bool = False) -> None:
        super()._leave(damaged)
        level = self._contexts.pop()
        self._limits.pop()
        if damaged and (level.element is not None or level.item is not None):
            self.damaged = True
        if level.counts:
            for key, count in zip(level.item.ofEveryItem, level.counts, strict=True):
                texts = self.found.setdefault(key, [])
                if len(texts) == count:
                    texts.append(None)

    def _afterDamage(self) -> int:
        self.damaged |= self._nextElement is not None
        self._nextElement = None
        return super()._afterDamage()

    def _mustEnterItem(self, length: int) -> bool:
        return self._contexts[-1].element is not None or super()._mustEnterItem(length)

    def _readElement(self, position: int, encoding: ElementEncoding) -> int:
        level = self._contexts[-1]
        if position + 8 > self._limits[-1]:
            raise MalformedSequence
        if level.item is None:
            return self._checked(super()._readElement(position, encoding))
        rawTag, vr, start, length = self._elementHeader(position, encoding)
        if rawTag in encoding.delimiters:
            return self._readDelimiter(encoding.rawTag(rawTag), position + 8)
        if length != UNDEFINED_LENGTH and start + length > self._limits[-1]:
            raise MalformedSequence if start + length <= self._window.size else SequenceEndsTooEarly
        element = level.wanted.get(rawTag)
        if element is not None:
            return self._readWanted(element, vr, start, length, encoding)
        number = encoding.rawTag(rawTag)
        if number == _SPECIFIC_CHARACTER_SET:
            level.characterSet = tuple(self._text(start, length, "CS", encoding, level).split("\\"))
        elif number >> 16 in level.item.privateGroups:
            self._rememberCreator(number, start, length, encoding, level)
        return self._skipped(vr, start, length)

    def _checked(self, position: int) -> int:
        if self._limits and position > self._limits[-1]:
            raise MalformedSequence
        return position

    def _skipped(self, vr: bytes, start: int, length: int) -> int:
        if length == UNDEFINED_LENGTH or self._isDeepSequence(vr, start, length):
            self._enterSequence(start, length, vr)
            return start
        return start + length

    def _readWanted(
        self, element: WantedElement, vr: bytes, start: int, length: int, encoding: ElementEncoding
    ) -> int:
        level = self._contexts[-1]
        isSequence = length == UNDEFINED_LENGTH or vr == b"SQ" or (element.isSequence and length > 0)
        if element.keys:
            text = "" if isSequence else self._valueText(element, vr, start, length, encoding, level)
            for key in element.keys:
                self.found.setdefault(key, []).append(text)
        if not isSequence:
            return start + length
        if not element.isSequence:
            return self._skipped(vr, start, length)
        self._nextElement = element
        self._enterSequence(start, length, vr, self._encodingInside(vr, start, length, encoding))
        return start

    def _encodingInside(self, vr: bytes, start: int, length: int, encoding: ElementEncoding) -> ElementEncoding | None:
        """How a private sequence is written that was passed on as UN with a stated length: some programs keep its
        bytes, others write it anew (PS3.5 6.2.2 says only the former)."""
        if vr != b"UN" or length == UNDEFINED_LENGTH:
            return None
        vrInside = self._window.bytesAt(start + 8, 6)[4:]
        return EXPLICIT_LITTLE if vrInside in SHORT_VRS or vrInside in LONG_VRS else IMPLICIT_LITTLE

    def _valueText(
        self, element: WantedElement, vr: bytes, start: int, length: int, encoding: ElementEncoding, level: _Level
    ) -> str:
        if length > MAX_VALUE_LENGTH:
            self.damaged = True
            return ""
        if vr and vr != b"UN" and (vr in SHORT_VRS or vr in LONG_VRS):
            name = vr.decode("ascii")
        else:
            name = privateVR(element.number, element.creator) if element.creator else standardVR(element.number)
        return self._text(start, length, name, encoding, level, element.keys)

    def _text(
        self, start: int, length: int, vr: str, encoding: ElementEncoding, level: _Level, keys: tuple[str, ...] = ()
    ) -> str:
        """A value that is kept under the keys, or, without keys, one that tells how to read others."""
        if length == UNDEFINED_LENGTH or length > MAX_VALUE_LENGTH:
            raise MalformedSequence
        raw = self._window.bytesAt(start, length)
        if len(raw) < length:
            raise SequenceEndsTooEarly
        return self.decoded(raw, vr, encoding.order, level.characterSet)

    def decoded(self, raw: bytes, vr: str, order: str, characterSet: Sequence[str]) -> str:
        """The text of a value; equal ones are decoded once."""
        key = (raw, vr, order, characterSet)
        text = self._texts.get(key)
        if text is None:
            text = self._texts[key] = decodeValue(raw, vr, order, characterSet, self._signed)
        return text

    def _rememberCreator(
        self, number: int, start: int, length: int, encoding: ElementEncoding, level: _Level
    ) -> None:
        """Elements of the block that this creator reserves in this item (PS3.5 7.8.1)."""
        block = number & 0xFFFF
        if not 0x10 <= block <= 0xFF:
            return
        creator = self._text(start, length, "LO", encoding, level).strip()
        elements = level.item.private.get((number >> 16, creator))
        if elements:
            first = number & 0xFFFF0000 | block << 8
            level.wanted = {**level.wanted, **{encoding.rawTag(first | low): at for low, at in elements.items()}}


def joined(texts: Sequence[str | None]) -> str | None:
    """Values of several items; one without the element leaves an empty place, None when all are without."""
    if len(texts) == 1:
        return texts[0]
    return None if all(text is None for text in texts) else "\\".join(text or "" for text in texts)
