"""A whole header as text. Method names are those of Slicer's database, which keeps the header looked at last."""

from __future__ import annotations

import os
from collections.abc import Mapping

from ..Files.HeaderListing import listFile
from ..TagPaths import normalizedPath
from .TagValues import PathLike, TagValues


class LoadedHeader(TagValues):
    """:meth:`loadInstanceHeader` or :meth:`loadFileHeader` first, then :meth:`headerKeys` and :meth:`headerValue`."""

    def __init__(self):
        super().__init__()
        self._loadedHeader: dict[str, str] = {}
        self._loadedHeaderRemark = ""

    def loadInstanceHeader(self, sopInstanceUID: str) -> Mapping[str, str]:
        """Read the header of an instance's file, as :meth:`loadFileHeader`; empty for one that is not in the
        database."""
        record = self.instanceRecord(sopInstanceUID)
        if record is None:
            self._loadedHeader, self._loadedHeaderRemark = {}, ""
            return {}
        return self.loadFileHeader(record.path)

    def loadFileHeader(self, filePath: PathLike) -> Mapping[str, str]:
        """Read the header of a file: every element up to the pixel data, at most the first 10,000.

        :returns: tag or path (see TagPaths.py) → text, in file order; :attr:`headerRemark` says what is missing
        :raises FileError: when the file cannot be read
        """
        listing = listFile(os.fsencode(filePath))
        self._loadedHeader = {element.path: element.text for element in listing.elements}
        self._loadedHeaderRemark = listing.remark
        return self._loadedHeader

    def headerKeys(self) -> list[str]:
        """Tags and paths of the header that was loaded last, in file order."""
        return list(self._loadedHeader)

    def headerValue(self, key: str) -> str:
        """The text of one of the keys, in any way of writing it; "" when the header has no such element."""
        return self._loadedHeader.get(normalizedPath(key), "")

    @property
    def headerRemark(self) -> str:
        """Why the header that was loaded last is not listed to its end, a sentence; "" when it is."""
        return self._loadedHeaderRemark
