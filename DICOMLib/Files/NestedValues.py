"""The values of one file that are not plain elements of its data set: in sequences, of frames, private by creator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..NestedTags import PER_FRAME_FUNCTIONAL_GROUPS, SHARED_FUNCTIONAL_GROUPS
from ..Tags import normalizedTag, tagNumber, tagText
from .ByteWindow import ByteWindow
from .ElementEncoding import ElementEncoding
from .FunctionalGroups import FunctionalGroupReader, columns
from .NestedReader import NestedReader
from .SequenceWalk import MalformedSequence, SequenceEndsTooEarly
from .ValueDecoding import decodeValue, privateVR
from .WantedValues import WantedElement, WantedValues

_CREATOR_ELEMENTS = range(0x10, 0x100)
_SPECIFIC_CHARACTER_SET = tagNumber(tagText("SpecificCharacterSet"))
_PIXEL_REPRESENTATION = tagNumber(tagText("PixelRepresentation"))
_FUNCTIONAL_GROUPS = (SHARED_FUNCTIONAL_GROUPS, PER_FRAME_FUNCTIONAL_GROUPS)

# An element as the walk over a data set keeps it: raw tag, VR or b"", value.
FoundElement = tuple[int, bytes, bytes]


class NestedValues:
    """Filled while a data set is walked over.

    :param found: elements kept so far, in file order: character set and private creators are looked up there

    :ivar values: path → text
    :ivar frames: path inside a functional group → one text for all frames, or a list with one for each
    :ivar damage: the sequence that could not be read whole, in words; "" when there is none
    """

    def __init__(
        self, window: ByteWindow, encoding: ElementEncoding, wanted: WantedValues, found: Sequence[FoundElement]
    ):
        self._window, self._encoding, self._wanted, self._found = window, encoding, wanted, found
        self._groups: dict[int, list[dict[str, str | None]]] = {}
        self._firstValues: dict[int, bytes] = {}
        self._looked = 0
        self.values: dict[str, str] = {}
        self.damage = ""

    @property
    def frames(self) -> dict[str, str | list]:
        """As described above."""
        return columns(*(self._groups.get(number, []) for number in _FUNCTIONAL_GROUPS)) if self._groups else {}

    def sequenceAt(self, rawTag: int) -> WantedElement | None:
        """What is looked for in a sequence of the data set; None when nothing is."""
        number = self._encoding.rawTag(rawTag)
        if number in _FUNCTIONAL_GROUPS:
            return self._wanted.frames
        element = self._wanted.sequences.get(number)
        if element is None and number >> 16 & 1:
            element = self._privateAt(number)
        return element if element is not None and element.isSequence else None

    def read(self, rawTag: int, element: WantedElement, vr: bytes, start: int, length: int) -> int:
        """Read one sequence. :returns: the position after it

        :raises LimitExceededError, SequenceEndsTooEarly, MalformedSequence: as ``SequenceWalk.endOf``; what was read
            before is kept
        """
        number = self._encoding.rawTag(rawTag)
        isOfFrames = element is self._wanted.frames
        readerClass = FunctionalGroupReader if isOfFrames else NestedReader
        reader = readerClass(self._window, self._encoding, self._characterSet(), self._isSigned())
        try:
            return reader.read(element, start, length, vr)
        except (MalformedSequence, SequenceEndsTooEarly):
            reader.damaged = True
            raise
        finally:
            if isOfFrames:
                self._groups[number] = reader.items
            self.values.update(reader.values())
            if reader.damaged:
                self.damage = f"the header is damaged inside sequence {normalizedTag(number)}"

    def readPrivate(self, rawTag: int, vr: bytes, raw: bytes) -> None:
        """Keep a private element of the data set if its creator is the one that is looked for."""
        keys, decoding = self.privateReading(rawTag, vr)
        if keys:
            self.values.update(dict.fromkeys(keys, decodeValue(raw, *decoding)))

    def privateReading(self, rawTag: int, vr: bytes) -> tuple[tuple[str, ...], tuple]:
        """Under which keys a private element of the data set is kept, and the arguments beside the bytes to decode it;
        no keys when its creator is not one that is looked for."""
        element = self._privateAt(self._encoding.rawTag(rawTag))
        if element is None:
            return (), ()
        name = vr.decode("ascii") if vr and vr != b"UN" else privateVR(element.number, element.creator)
        return element.keys, (name, self._encoding.order, self._characterSet(), self._isSigned())

    def _privateAt(self, number: int) -> WantedElement | None:
        """A private element by the creator that reserves its block (PS3.5 7.8.1)."""
        group, block = number >> 16, number >> 8 & 0xFF
        if block not in _CREATOR_ELEMENTS:
            return None
        raw = self._rawValue(group << 16 | block)
        if raw is None:
            return None
        creator = decodeValue(raw, "LO", characterSet=self._characterSet()).strip()
        return self._wanted.private.get((group, creator), {}).get(number & 0xFF)

    def _characterSet(self) -> list[str]:
        raw = self._rawValue(_SPECIFIC_CHARACTER_SET)
        return decodeValue(raw, "CS").split("\\") if raw else []

    def _isSigned(self) -> bool:
        return (self._rawValue(_PIXEL_REPRESENTATION) or b"\0").strip(b"\0") != b""

    def _rawValue(self, number: int) -> bytes | None:
        """Of the first such element."""
        if self._looked < len(self._found):
            for rawTag, _, value in self._found[self._looked :]:
                self._firstValues.setdefault(rawTag, value)
            self._looked = len(self._found)
        return self._firstValues.get(self._encoding.rawTag(number))


def numbersToStopAt(wanted: WantedValues) -> frozenset[int]:
    """Tag numbers of sequences of a data set that must be looked into."""
    return frozenset((*wanted.sequences, *_FUNCTIONAL_GROUPS, *_privateNumbers(wanted, sequencesOnly=True)))


def privateNumbers(wanted: WantedValues) -> frozenset[int]:
    """Tag numbers that private elements may have, whichever block is theirs, and those of their creators."""
    creators = {group << 16 | element for group, _ in wanted.private for element in _CREATOR_ELEMENTS}
    return frozenset(creators.union(_privateNumbers(wanted)))


def _privateNumbers(wanted: WantedValues, sequencesOnly: bool = False) -> Iterable[int]:
    for (group, _), elements in wanted.private.items():
        for low, element in elements.items():
            if element.isSequence or not sequencesOnly:
                yield from (group << 16 | block << 8 | low for block in _CREATOR_ELEMENTS)
