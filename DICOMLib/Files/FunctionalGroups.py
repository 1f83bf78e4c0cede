"""The functional groups of multi-frame objects (PS3.3 C.7.6.16): one value or one column of values for each key.

Items of frames mostly are laid out alike: the same elements with the same lengths, only the values differ. The layout
of an item that was walked over becomes a pattern, and the next item that fits it is read in one step.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..Errors import LimitExceededError
from .ByteWindow import ByteWindow
from .ElementEncoding import ElementEncoding
from .Limits import MAX_DESCRIBED_FRAMES, MAX_ELEMENTS
from .NestedReader import NestedReader, joined
from .WantedValues import WantedElement

# Making a pattern takes as long as walking over some twenty items.
_ITEMS_WALKED_BEFORE_LAYOUTS = 12
_MAX_LAYOUTS = 64
# A layout is for headers of frames; longer items hold vendor blocks that are as quick to walk over.
_MAX_LAYOUT_LENGTH = 1 << 20


class _Trace:
    """What was looked at while an item was walked over."""

    def __init__(self, start: int):
        self.start = start
        self.headers: list[tuple[int, int]] = []
        self.values: dict[int, tuple[int, tuple[str, ...], tuple]] = {}
        self.literals: dict[int, int] = {}
        self.notItems: set[int] = set()
        self.isUsable = True


class _Layout:
    """The pattern of an item, and which of its parts are whose values.

    :ivar elements: how many elements are in the item
    :ivar size: bytes, the item's header included
    """

    def __init__(self, trace: _Trace, contents: bytes, found: dict[str, list[str | None]]):
        self.size = len(contents)
        self.elements = len(trace.headers)
        self._kinds: list[tuple] = []
        self._texts: list[dict[bytes, str]] = []
        groups: dict[str, list[int]] = {}
        pattern = b"".join(self._parts(trace, contents, groups))
        self._match = re.compile(pattern, re.DOTALL).match
        self._columns: list[tuple[str, list[int]]] = []
        for key, texts in found.items():
            numbers = iter(groups.get(key, ()))
            self._columns.append((key, [-1 if text is None else next(numbers) for text in texts]))

    def _parts(self, trace: _Trace, contents: bytes, groups: dict[str, list[int]]):
        position = trace.start
        for start, end in [*trace.headers, (trace.start + len(contents),) * 2]:
            if start > position or position in trace.values:
                yield self._between(trace, position, start - position, contents, groups)
            yield re.escape(contents[start - trace.start : end - trace.start])
            position = end

    def _between(
        self, trace: _Trace, position: int, length: int, contents: bytes, groups: dict[str, list[int]]
    ) -> bytes:
        if position in trace.values:
            _, keys, kind = trace.values[position]
            for key in keys:
                groups.setdefault(key, []).append(len(self._kinds))
            self._kinds.append(kind)
            self._texts.append({})
            return b"(.{%d})" % length
        if position in trace.literals:
            offset = position - trace.start
            return re.escape(contents[offset : offset + length])
        return (b"(?!\xfe\xff\x00\xe0)" if position in trace.notItems else b"") + b".{%d}" % length

    def read(self, buffer: bytes, offset: int, reader: NestedReader) -> dict[str, str | None] | None:
        """The texts of the item at an offset; None when it is laid out differently."""
        match = self._match(buffer, offset)
        if match is None:
            return None
        texts: list[str | None] = []
        for raw, known, kind in zip(match.groups(), self._texts, self._kinds, strict=True):
            text = known.get(raw)
            if text is None:
                text = known[raw] = reader.decoded(raw, *kind)
            texts.append(text)
        texts.append(None)  # what number -1 stands for
        return {
            key: texts[numbers[0]] if len(numbers) == 1 else joined([texts[number] for number in numbers])
            for key, numbers in self._columns
        }


class FunctionalGroupReader(NestedReader):
    """Reads one of the two sequences, item by item.

    :ivar items: for each item the texts by key
    """

    def __init__(
        self, window: ByteWindow, encoding: ElementEncoding, characterSet: Sequence[str] = (), signed: bool = False
    ):
        super().__init__(window, encoding, characterSet, signed)
        self.items: list[dict[str, str | None]] = []
        self._layouts: dict[bytes, list[_Layout]] = {}  # by the item's header, which often states its length
        self._layoutCount = 0
        self._trace: _Trace | None = None
        self._elements = 0

    def _step(self, position: int) -> int:
        depth = len(self._levels)
        if depth == 1:
            end = self._readByLayout(position)
            if end >= 0:
                return end
            self._beginItem(position)
        position = super()._step(position)
        if depth > 1 >= len(self._levels):
            self._endItem(position)
        return position

    def _afterDamage(self) -> int:
        depth = len(self._levels)
        self._trace = None
        position = super()._afterDamage()
        if depth > 1 >= len(self._levels):
            self._endItem(position)
        return position

    def _beginItem(self, position: int) -> None:
        isWorthIt = _ITEMS_WALKED_BEFORE_LAYOUTS <= len(self.items) and self._layoutCount < _MAX_LAYOUTS
        self._trace = _Trace(position) if isWorthIt else None

    def _endItem(self, position: int) -> None:
        found, self.found = self.found, {}
        self._add({key: joined(texts) for key, texts in found.items()})
        trace, self._trace = self._trace, None
        if trace is None or not trace.isUsable or position - trace.start > _MAX_LAYOUT_LENGTH:
            return
        contents = self._window.bytesAt(trace.start, position - trace.start)
        if len(self._levels) == 1 and len(contents) == position - trace.start:
            self._layouts.setdefault(contents[:8], []).insert(0, _Layout(trace, contents, found))
            self._layoutCount += 1

    def _readByLayout(self, position: int) -> int:
        """The end of an item that is laid out like one before; -1 when there is none like it."""
        window = self._window
        layouts = self._layouts.get(window.bytesAt(position, 8), ()) if self._layouts else ()
        for number, layout in enumerate(layouts):
            if position + layout.size > self._limits[0] or not window.show(position, layout.size):
                continue
            texts = layout.read(window.buffer, position - window.base, self)
            if texts is None:
                continue
            if number:
                layouts.insert(0, layouts.pop(number))
            self._countElements(layout.elements)
            self._add(texts)
            self._contexts[0].index += 1
            return position + layout.size
        return -1

    def _add(self, texts: dict[str, str | None]) -> None:
        if len(self.items) >= MAX_DESCRIBED_FRAMES:
            raise LimitExceededError("the object describes too many frames", value=f"more than {MAX_DESCRIBED_FRAMES}")
        self.items.append(texts)

    def _countElements(self, count: int) -> None:
        self._elements += count
        if self._elements > MAX_ELEMENTS:
            raise LimitExceededError("a sequence has too many elements", value=f"more than {MAX_ELEMENTS}")

    # What is looked at while walking over an item

    def _readItemHeader(self, position: int, encoding: ElementEncoding, kind: int) -> int:
        if self._trace is not None:
            self._trace.headers.append((position, position + 8))
        return super()._readItemHeader(position, encoding, kind)

    def _elementHeader(self, position: int, encoding: ElementEncoding) -> tuple[int, bytes, int, int]:
        header = super()._elementHeader(position, encoding)
        if self._trace is not None:
            self._trace.headers.append((position, header[2]))
        return header

    def _beginsWithItem(self, position: int) -> bool:
        begins = super()._beginsWithItem(position)
        if self._trace is not None and not begins:
            self._trace.notItems.add(position)
        return begins

    def _readWanted(
        self, element: WantedElement, vr: bytes, start: int, length: int, encoding: ElementEncoding
    ) -> int:
        if self._trace is not None and element.keys and element.isSequence:
            self._trace.isUsable = False
        return super()._readWanted(element, vr, start, length, encoding)

    def _text(self, start: int, length: int, vr: str, encoding: ElementEncoding, level: object, keys=()) -> str:
        if self._trace is not None:
            if keys:
                self._trace.values[start] = (length, keys, (vr, encoding.order, level.characterSet))
            else:
                self._trace.literals[start] = length
        return super()._text(start, length, vr, encoding, level)


def columns(shared: list[dict[str, str | None]], frames: list[dict[str, str | None]]) -> dict[str, str | list]:
    """Values by key: one text for all frames, or a list with a text, or None, for each frame.

    :param shared: what was read of the shared groups: one item
    :param frames: what was read of the per-frame groups: an item for each frame
    """
    ofAll = {key: text for key, text in (shared[0] if shared else {}).items() if text is not None}
    result: dict[str, str | list] = dict(ofAll)
    for key in dict.fromkeys(key for item in frames for key in item):
        column = [item.get(key) for item in frames]
        if any(text is not None for text in column):
            default = ofAll.get(key)
            result[key] = column if default is None else [default if text is None else text for text in column]
    return result
