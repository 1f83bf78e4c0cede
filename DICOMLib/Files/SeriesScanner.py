"""Scans many files: finds what ``HeaderScanner`` finds, sooner, because headers of a series help to read each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .ByteWindow import ByteWindow
from .ElementEncoding import ElementEncoding
from .ElementReader import ElementReader
from .Header import Header
from .HeaderScanner import readElements, readFile, scanWindow
from .HeaderTemplate import HeaderTemplate
from .Limits import FIRST_READ_SIZE, MAX_UID_LENGTH
from .WantedValues import wantedValues
from .WellFormed import NotWellFormed

# Series whose files may come mixed, and kinds of headers in one series (localizers, optional elements): others are read
# by themselves. A template takes some 100 KB.
_MOST_SERIES = 24
_MOST_KINDS = 3
# Making a template takes as long as reading two headers: it has to have helped so often before the next is made.
_USES_BEFORE_NEXT = 3
# Headers of MR images hold private blocks of some ten kilobytes. Comparing longer ones takes as long as reading them.
_LONGEST_HEADER = 160 << 10

_SERIES_INSTANCE_UID = b"\x20\x00\x0e\x00"


class _Series:
    """The templates of one series, the one that helped last being the first.

    :ivar misses: files that no template helped with
    :ivar uses: files that one did help with
    """

    __slots__ = ("made", "misses", "templates", "uses")

    def __init__(self):
        self.templates: list[HeaderTemplate] = []
        self.misses = self.uses = self.made = 0

    def isWorthTemplate(self) -> bool:
        """The first file of a series may be the only one."""
        return self.misses > 1 and self.uses >= self.made * _USES_BEFORE_NEXT


class SeriesScanner:
    """Not for several threads at once.

    :param extraTags: as for ``HeaderScanner.scanFile``
    :param onlyPlain: raise a NotPlainError for a header that takes much time or memory
    """

    def __init__(self, extraTags: Iterable[str] = (), onlyPlain: bool = False):
        self._onlyPlain = onlyPlain
        self._firstRead = FIRST_READ_SIZE
        self._wanted = wantedValues(tuple(extraTags))
        self._series: dict[bytes, _Series] = {}
        self._lastTemplate: HeaderTemplate | None = None

    def scanFile(self, path: bytes) -> Header:
        """The header of a file.

        :param path: absolute
        :raises FileError: as ``HeaderScanner.scanFile``
        """
        header = readFile(path, self.scan, self._onlyPlain, self._firstRead)
        # One header of a series is about as long as the next; to be compared, both have to be in view.
        needed = (header.pixelDataOffset // FIRST_READ_SIZE + 1) * FIRST_READ_SIZE
        self._firstRead = needed if FIRST_READ_SIZE < needed <= _LONGEST_HEADER else FIRST_READ_SIZE
        return header

    def scan(self, window: ByteWindow) -> Header:
        """The header of a file that is open already.

        :raises FileError: as ``HeaderScanner.scanFile``
        """
        beginning = window.buffer
        series = self._seriesOf(beginning)
        if series is None:
            return scanWindow(window, self._wanted)
        # Kinds of headers may alternate: none is changed for a file of another that is known.
        header = self._firstAnswer(series, lambda template: template.read(window))
        header = header or self._firstAnswer(series, lambda template: template.learn(window))
        if header is not None:
            return header
        header = scanWindow(window, self._wanted)
        series.misses += 1
        if series.isWorthTemplate():
            self._addTemplate(series, beginning, header)
        return header

    def _firstAnswer(self, series: _Series, ask: Callable[[HeaderTemplate], Header | None]) -> Header | None:
        """The header by the first template that helps, which is the first one asked next time."""
        for position, template in enumerate(series.templates):
            header = ask(template)
            if header is not None:
                series.uses += 1
                self._lastTemplate = template
                if position:
                    series.templates.insert(0, series.templates.pop(position))
                return header
        return None

    def _seriesOf(self, beginning: bytes) -> _Series | None:
        """A guess from the first bytes that look like the element; a wrong one costs time and nothing else."""
        position = beginning.find(_SERIES_INSTANCE_UID)
        if position < 0:
            return None
        length = int.from_bytes(beginning[position + 6 : position + 8], "little")
        if not length:  # the upper half of an implicit length
            length = int.from_bytes(beginning[position + 4 : position + 6], "little")
        key = beginning[position + 8 : position + 8 + min(length, MAX_UID_LENGTH)]
        series = self._series.pop(key, None) or _Series()
        self._series[key] = series  # the last one used is the last one
        if len(self._series) > _MOST_SERIES:
            del self._series[next(iter(self._series))]
        return series

    def _addTemplate(self, series: _Series, beginning: bytes, header: Header) -> None:
        series.made += 1
        # What differs in one series of a scanner differs in the next.
        differing = self._lastTemplate.differing if self._lastTemplate else frozenset()
        try:
            template = HeaderTemplate(beginning, header, differing, self._readElements)
        except NotWellFormed:
            return
        series.templates.insert(0, template)
        del series.templates[_MOST_KINDS:]

    def _readElements(
        self, window: ByteWindow, position: int, encoding: ElementEncoding, header: Header
    ) -> ElementReader:
        return readElements(window, position, encoding, self._wanted, header)
