"""Files into a zip archive, compressed on all processors. Format: APPNOTE 6.3, with zip64 where it is needed."""

from __future__ import annotations

import struct
import time
import zlib
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ..Media.ArchiveLimits import MAX_RATIO, RATIO_APPLIES_FROM
from ..Progress import Progress
from ..Scene.GzipStream import DeflateStream

_LOCAL = struct.Struct("<4s5H3L2H")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_END64_LOCATOR = struct.Struct("<4sLQL")
_STORED, _DEFLATED = 0, 8
_VERSION, _VERSION64, _UNIX = 20, 45, 3 << 8
# Somewhat below 4 GB: what cannot be compressed gets a little longer.
_WIDE_FROM = 0xF0000000
_UNICODE = 0x800
_FILE_MODE = 0o100600 << 16
_MOST32, _MOST16 = 0xFFFFFFFF, 0xFFFF
_BLOCK = 1 << 20
# Their bytes are compressed already, or not worth it.
_COMPRESSED = (".nrrd", ".gz", ".png", ".jpg", ".h5", ".zip", ".mrb")
# Readers refuse what expands more than MAX_RATIO; what does here is stored as it is.
_SAFE_RATIO = MAX_RATIO * 9 // 10


class _Written(NamedTuple):
    name: bytes
    method: int
    checksum: int
    packed: int
    size: int
    offset: int


class ZipPacking:
    """An archive that is being written to an open file, from its start."""

    def __init__(self, stream: BinaryIO):
        self._stream = stream
        self._entries: list[_Written] = []
        self.totalSize = 0
        """Bytes of the files in it so far."""
        now = time.localtime()
        self._date = (max(now[0], 1980) - 1980) << 9 | now[1] << 5 | now[2]
        self._time = now[3] << 11 | now[4] << 5 | now[5] // 2

    @property
    def count(self) -> int:
        """Files in it so far."""
        return len(self._entries)

    def addFile(self, source: Path, name: str, progress: Progress | None = None) -> None:
        """Append a file.

        :raises OSError: when it cannot be read or the archive not be written
        :raises CancelledError: when progress was cancelled
        """
        size = source.stat().st_size
        method = _STORED if name.lower().endswith(_COMPRESSED) else _DEFLATED
        with open(source, "rb") as stream:
            packed = self._add(stream, name, method, size, progress)
            if method == _DEFLATED and size > RATIO_APPLIES_FROM and size > _SAFE_RATIO * packed:
                dropped = self._entries.pop()
                self._stream.seek(dropped.offset)
                self._stream.truncate()
                stream.seek(0)
                self._add(stream, name, _STORED, size, progress)
        self.totalSize += size

    def finish(self) -> None:
        """Write the list of members. :raises OSError: when that is not possible"""
        start = self._stream.tell()
        for entry in self._entries:
            self._writeEntry(entry)
        end = self._stream.tell()
        count, size = len(self._entries), end - start
        if count >= _MOST16 or start >= _MOST32 or size >= _MOST32:
            record = (b"PK\x06\x06", _END64.size - 12, _UNIX | _VERSION64, _VERSION64, 0, 0, count, count, size, start)
            self._stream.write(_END64.pack(*record))
            self._stream.write(_END64_LOCATOR.pack(b"PK\x06\x07", 0, end, 1))
        shown = min(count, _MOST16)
        self._stream.write(_END.pack(b"PK\x05\x06", 0, 0, shown, shown, min(size, _MOST32), min(start, _MOST32), 0))

    def _add(self, source: BinaryIO, name: str, method: int, size: int, progress: Progress | None) -> int:
        """:returns: bytes in the archive"""
        encoded, offset = name.encode("utf-8"), self._stream.tell()
        self._stream.write(self._local(_Written(encoded, method, 0, 0, size, offset)))
        start = self._stream.tell()
        written = self._pack(source, progress) if method == _DEFLATED else self._copy(source, progress)
        entry = _Written(encoded, method, written[0], self._stream.tell() - start, written[1], offset)
        self._entries.append(entry)
        end = self._stream.tell()
        self._stream.seek(offset)
        self._stream.write(self._local(entry))
        self._stream.seek(end)
        return entry.packed

    def _pack(self, source: BinaryIO, progress: Progress | None) -> tuple[int, int]:
        packing = DeflateStream(self._stream)
        try:
            while block := source.read(_BLOCK):
                _check(progress)
                packing.write(block)
            packing.finish()
        finally:
            packing.close()
        return packing.checksum, packing.size

    def _copy(self, source: BinaryIO, progress: Progress | None) -> tuple[int, int]:
        checksum = size = 0
        while block := source.read(_BLOCK):
            _check(progress)
            checksum = zlib.crc32(block, checksum)
            size += self._stream.write(block)
        return checksum, size

    def _local(self, entry: _Written) -> bytes:
        """How long it is does not depend on the packed size, which is not known when it is written first."""
        isWide = entry.size >= _WIDE_FROM
        extra = struct.pack("<2H2Q", 1, 16, entry.size, entry.packed) if isWide else b""
        sizes = (_MOST32, _MOST32) if isWide else (entry.packed, entry.size)
        version = _VERSION64 if isWide else _VERSION
        return _LOCAL.pack(
            b"PK\x03\x04", version, _UNICODE, entry.method, self._time, self._date, entry.checksum, *sizes,
            len(entry.name), len(extra),
        ) + entry.name + extra  # fmt: skip

    def _writeEntry(self, entry: _Written) -> None:
        wide = [value for value in (entry.size, entry.packed, entry.offset) if value >= _MOST32]
        extra = struct.pack(f"<2H{len(wide)}Q", 1, 8 * len(wide), *wide) if wide else b""
        version = _VERSION64 if wide else _VERSION
        self._stream.write(_ENTRY.pack(
            b"PK\x01\x02", _UNIX | version, version, _UNICODE, entry.method, self._time, self._date, entry.checksum,
            min(entry.packed, _MOST32), min(entry.size, _MOST32), len(entry.name), len(extra), 0, 0, 0, _FILE_MODE,
            min(entry.offset, _MOST32),
        ) + entry.name + extra)  # fmt: skip


def _check(progress: Progress | None) -> None:
    if progress is not None:
        progress.raiseIfCancelled()
