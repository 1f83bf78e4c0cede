"""Reading a header with the help of another one of the same series: only what differs between the two is read.

The files of a series share most bytes of their headers. A template is one header, cut into elements that are known to
differ and the spans of bytes between them. Where the other file has a span's very bytes, the reader would find the same
elements in it and decode the same values: what an element says depends on its own bytes and on few elements before it,
those of the encoding, the character set, the sign of pixels, and the owners of private elements. These may not differ.
The elements that do differ are put together, with those few in their places, to a short data set, and the ordinary
reader reads that.

Everything else is left to the ordinary reader too: what is damaged, odd, in another order, or out of view.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable

from ..Errors import FileError
from ..Tags import tagNumber, tagText
from .ByteWindow import BufferWindow, ByteWindow
from .ElementEncoding import UNDEFINED_LENGTH, ElementEncoding, encodingOfSyntax
from .ElementReader import ElementReader
from .Header import Header
from .HeaderElements import FIRST_ELEMENT, MAGIC, HeaderElement, isPrivateCreator, listedElements
from .HeaderScanner import describePixelData
from .ValueDecoding import decodeValue
from .WellFormed import NotWellFormed, endOfValue

_SPECIFIC_CHARACTER_SET = tagNumber(tagText("SpecificCharacterSet"))
_PIXEL_REPRESENTATION = tagNumber(tagText("PixelRepresentation"))
# VRs of elements that are read by the standard's VR.
_WITHOUT_VR = (b"", b"UN")
# VRs whose values may hold items: where they end has to be looked for. b"" stands for implicit encoding.
_MAY_HOLD_ITEMS = frozenset((b"SQ", b"UN", b""))
# A header that differs in more elements is of another kind, or not worth it.
_MOST_LESSONS = 60

ReadElements = Callable[[ByteWindow, int, ElementEncoding, Header], ElementReader]


class _Difference(Exception):
    """A span that the other file does not have.

    :ivar span: its bytes, which begin at ``start`` in the template and should be at ``position`` in the other file
    """

    def __init__(self, span: bytes, start: int, position: int):
        super().__init__()
        self.span, self.start, self.position = span, start, position


class _Step:
    """A span up to the value of an element that differs.

    :ivar span: the bytes, the element's own header being the last of them
    :ivar start: of the span in the template
    :ivar element: of the template
    :ivar lengthBytes: how many bytes of the element's header are its length
    :ivar before: bytes of elements that this one is read by; None when it is not left to the ordinary reader
    :ivar decoding: under which name its value is kept, and the arguments to decode it; None for other elements
    :ivar further: other names it is kept under, each with the arguments to decode it, or None for the same text
    """

    __slots__ = ("_lastRaw", "_lastTexts", "before", "decoding", "element", "further", "lengthBytes", "span", "start")

    def __init__(self, span: bytes, start: int, element: HeaderElement):
        self.span, self.start, self.element = span, start, element
        self.lengthBytes = 2 if element.vr and element.value - element.start == 8 else 4
        self.before: bytes | None = None
        self.decoding: tuple | None = None
        self.further: list[tuple[str, tuple | None]] = []
        self._lastRaw: bytes | None = None
        self._lastTexts: dict[str, str] = {}

    def keepUnder(self, keys: Iterable[str], decoding: tuple) -> None:
        """Decode its value with these arguments, beside what else is done with it."""
        for key in keys:
            if self.decoding is None:
                self.decoding = key, *decoding
            else:
                self.further.append((key, None if decoding == self.decoding[1:] else decoding))

    def textsOf(self, raw: bytes) -> dict[str, str]:
        """Its value under all its names; not to be changed. What differs from volume to volume is mostly the same in
        one slice and the next."""
        if raw != self._lastRaw:
            key, *decoding = self.decoding
            text = decodeValue(raw, *decoding)
            texts = {name: text if other is None else decodeValue(raw, *other) for name, other in self.further}
            self._lastRaw, self._lastTexts = raw, {key: text, **texts}
        return self._lastTexts

    def forReading(self) -> tuple:
        """What the reading of a header uses of it, laid out for speed."""
        element = self.element
        valueLength = -1 if element.vr in _MAY_HOLD_ITEMS else element.length
        return self.span, len(self.span), valueLength, self.decoding, self.before, element.value - element.start, self


class HeaderTemplate:
    """One header of a series.

    :param buffer: the beginning of its file
    :param header: what the ordinary reader has found there
    :param differing: numbers of the elements that are thought to differ
    :param readElements: the ordinary reader: adds the values of a data set to a header
    :raises NotWellFormed: when other headers cannot be read with its help

    :ivar constants: the values of the elements that do not differ
    """

    def __init__(self, buffer: bytes, header: Header, differing: Collection[int], readElements: ReadElements):
        self._elements = listedElements(buffer, header)
        self._starts = [element.start for element in self._elements]
        self._buffer = buffer[: header.pixelDataOffset]
        self._header = header
        self._pixelDataLength = UNDEFINED_LENGTH if header.pixelDataLength < 0 else header.pixelDataLength
        self._encoding = encodingOfSyntax(header.transferSyntaxUID)
        self._readElements = readElements
        self._reader = self._readerOfContext()
        self._lastRead: tuple[bytes, dict[str, str]] = b"", {}
        self._differing = frozenset(
            position for position, element in enumerate(self._elements)
            if element.number in differing and not element.isFixed
        )
        self._prepare()

    @property
    def differing(self) -> frozenset[int]:
        """The numbers of the elements that have been seen to differ."""
        return frozenset(self._elements[position].number for position in self._differing)

    def read(self, window: ByteWindow) -> Header | None:
        """The header of another file, of which the window shows the beginning; None when the template does not help."""
        try:
            return self._read(window)
        except (NotWellFormed, FileError, _Difference):
            return None  # whatever is wrong with it, the ordinary reader will say

    def learn(self, window: ByteWindow) -> Header | None:
        """As :meth:`read`, for a file that differs in more than any before: that is remembered when the rest agrees."""
        known = self._differing
        try:
            for _ in range(_MOST_LESSONS):
                try:
                    return self._read(window)
                except _Difference as difference:
                    self._differing |= {self._positionOf(difference, window.buffer)}
                    self._prepare()
        except (NotWellFormed, FileError):
            pass  # as in read: the ordinary reader will say, and what was learnt is forgotten below
        if self._differing is not known:
            self._differing = known
            self._prepare()
        return None

    def _read(self, window: ByteWindow) -> Header:
        own, position = self._ownValues(window.buffer)
        header = Header(
            transferSyntaxUID=self._header.transferSyntaxUID, values={**self.constants, **own},
            pixelDataOffset=position, pixelDataLength=self._pixelDataLength, shared=self.constants, own=own,
        )
        describePixelData(header, window, self._encoding)
        return header

    def _ownValues(self, buffer: bytes) -> tuple[dict[str, str], int]:
        """The values of the elements that differ, and where the pixel data begin."""
        if buffer[FIRST_ELEMENT - len(MAGIC) : FIRST_ELEMENT] != MAGIC:
            raise NotWellFormed
        startsWith = buffer.startswith
        position = FIRST_ELEMENT
        own: dict[str, str] = {}
        pieces = []
        for span, spanLength, valueLength, decoding, before, headerLength, step in self._steps:
            if valueLength >= 0 and startsWith(span, position):
                start = position + spanLength
                end = start + valueLength
            else:
                start, end = self._valueOf(step, buffer, position)
            if decoding is not None:
                if step.further:
                    own.update(step.textsOf(buffer[start:end]))
                else:
                    own[decoding[0]] = decodeValue(buffer[start:end], *decoding[1:])
            elif before is not None:
                pieces += before, buffer[start - headerLength : end]
            position = end
        if not startsWith(self._lastSpan, position):
            raise _Difference(self._lastSpan, self._lastStart, position)
        if pieces:
            own.update(self._readByOrdinaryReader(b"".join(pieces) + self._lastState))
        return own, position + len(self._lastSpan)

    def _valueOf(self, step: _Step, buffer: bytes, position: int) -> tuple[int, int]:
        """Where the value of an element that differs begins and ends; its length may be another one."""
        start = position + len(step.span)
        if buffer.startswith(step.span, position):
            length = step.element.length
        elif buffer.startswith(step.span[: -step.lengthBytes], position):
            length = int.from_bytes(buffer[start - step.lengthBytes : start], "little")
        else:
            raise _Difference(step.span, step.start, position)
        if step.decoding is not None and length == UNDEFINED_LENGTH:
            raise NotWellFormed  # items where a value should be
        return start, endOfValue(buffer, start, length, step.element.vr, self._encoding)

    def _positionOf(self, difference: _Difference, buffer: bytes) -> int:
        """Which element of the template differs.

        :raises NotWellFormed: when it must not, or when there is another element or none instead
        """
        same = _lengthInCommon(difference.span, buffer, difference.position)
        place = difference.start + same
        position = bisect_right(self._starts, place) - 1
        element = self._elements[position]
        isItsOwn = element.start + element.tagLength <= place < element.end
        if element.isFixed or not isItsOwn or position in self._differing or difference.position + same >= len(buffer):
            raise NotWellFormed
        return position

    def _readByOrdinaryReader(self, dataSet: bytes) -> dict[str, str]:
        if dataSet != self._lastRead[0]:  # a series refers to the same few images again and again
            header = Header()
            reader = self._readElements(BufferWindow(dataSet, len(dataSet)), 0, self._encoding, header)
            if reader.shortage or reader.pixelDataPosition >= 0 or reader.nested.damage or header.functionalGroups:
                raise NotWellFormed
            self._lastRead = dataSet, header.values
        return self._lastRead[1]

    def _prepare(self) -> None:
        """Cut the template at the elements that differ."""
        isOfOwner = any(self._isLeft(element) and element.number >> 16 & 1
                        for element in map(self._elements.__getitem__, self._differing))  # fmt: skip
        steps, cut, state = [], FIRST_ELEMENT, _State(self._header, isOfOwner)
        for position, element in enumerate(self._elements):
            state.passOver(element, self._buffer)
            if position in self._differing:
                step = _Step(self._buffer[cut : element.value], cut, element)
                if not element.isMeta:
                    self._chooseReading(step, state)
                steps.append(step.forReading())
                cut = element.end
        self._steps, self._lastState = steps, state.takeBytes()
        self._lastSpan, self._lastStart = self._buffer[cut:], cut
        self._divideValues()

    def _chooseReading(self, step: _Step, state: _State) -> None:
        """A value is decoded at once, what takes a closer look is left to the ordinary reader."""
        element, reader = step.element, self._reader
        rawTag = self._encoding.rawTag(element.number)
        if rawTag not in reader.wanted:
            return
        if self._isLeft(element):
            step.before = state.takeBytes()
            return
        tag, vr = reader.wanted[rawTag]
        if tag:
            if element.vr not in _WITHOUT_VR:
                vr = element.vr.decode("ascii")
            step.keepUnder([tag], (vr, self._encoding.order, state.characterSet, state.signed))
        if rawTag in reader.privateTags:
            step.keepUnder(*reader.nested.privateReading(rawTag, element.vr))

    def _isLeft(self, element: HeaderElement) -> bool:
        """Whether an element, if it is wanted, is left to the ordinary reader."""
        return element.vr == b"SQ" or self._reader.needsCare(self._encoding.rawTag(element.number))

    def _readerOfContext(self) -> ElementReader:
        """The ordinary reader, knowing the elements that others are read by, wherever in the header these are."""
        state = _State(self._header)
        for element in self._elements:
            state.passOver(element, self._buffer)
        context = state.takeBytes()
        return self._readElements(BufferWindow(context, len(context)), 0, self._encoding, Header())

    def _divideValues(self) -> None:
        """Which values come from elements that differ is seen by reading those of the template itself."""
        own, position = self._ownValues(self._buffer)
        self.constants = {tag: value for tag, value in self._header.values.items() if tag not in own}
        if {**self.constants, **own} != self._header.values or position != self._header.pixelDataOffset:
            raise NotWellFormed


class _State:
    """What the elements passed so far mean to the next ones.

    :param withOwners: whether private elements are among these
    """

    def __init__(self, header: Header, withOwners: bool = True):
        self._values = header.values
        self._withOwners = withOwners
        self._bytes = b""
        self.characterSet: list[str] = []
        self.signed = False

    def passOver(self, element: HeaderElement, buffer: bytes) -> None:
        """Take the next element into account."""
        if element.number == _SPECIFIC_CHARACTER_SET:
            self.characterSet = self._values[tagText("SpecificCharacterSet")].split("\\")
        elif element.number == _PIXEL_REPRESENTATION:
            self.signed = self._values[tagText("PixelRepresentation")] == "1"
        elif not (self._withOwners and isPrivateCreator(element.number)):
            return
        self._bytes += buffer[element.start : element.end]

    def takeBytes(self) -> bytes:
        """The elements that say so, those since the last call."""
        taken, self._bytes = self._bytes, b""
        return taken


def _lengthInCommon(span: bytes, buffer: bytes, position: int) -> int:
    """How many bytes at the beginning of the span are in the buffer from a position on."""
    low, high = 0, len(span)
    while low < high:
        middle = (low + high + 1) // 2
        if buffer.startswith(span[:middle], position):
            low = middle
        else:
            high = middle - 1
    return low
