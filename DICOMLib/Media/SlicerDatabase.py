"""The files that a database of 3D Slicer (CTK, ``ctkDICOM.sql``) lists. Read in the helper process, and only read.

Schemas 0.5 to 0.8: all name their files in the table Images; a relative name is a copy's in the database's folder.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
from typing import BinaryIO
from urllib.parse import quote

from ..Workers.Messages import writeMessage
from .ArchiveLimits import SECONDS_BETWEEN_SIGNS

FILE_NAME = b"ctkDICOM.sql"
TAG_CACHE_NAME = b"ctkDICOMTagCache.sql"
THUMBNAILS_FOLDER = b"thumbs"
SQLITE_MAGIC = b"SQLite format 3\0"
# What SQLite keeps beside a database while something writes it, or after a crash.
UNFINISHED_ENDINGS = (b"-wal", b"-journal")

_NAMES_IN_A_MESSAGE = 500
_LONGEST_NAME = 4096
_KNOWN_VERSIONS = re.compile(rb"0\.[5678]\.")
_NOT_SLICERS = "it is no database of 3D Slicer"
_UNVERSIONED = ("it is a database of an old 3D Slicer, from before its tables had a version; open it once with a newer"
                " one, or import the folder with the files")


def sendFileList(path: bytes, output: BinaryIO, isPrivateCopy: bool) -> None:
    """Send ``files`` messages (names as in the database), then ``done`` (unlisted: instances without a file) or
    ``failed``.

    :param isPrivateCopy: the file is ours, so that SQLite may finish what a crash left unfinished
    """
    try:
        version, unlisted = _sendFileList(path, output, isPrivateCopy)
    except _Refused as refusal:
        writeMessage(output, {"kind": "failed", "text": str(refusal)})
    except (sqlite3.Error, MemoryError) as error:
        writeMessage(output, {"kind": "failed", "text": f"it cannot be read as a database ({_oneLine(error)})"})
    else:
        writeMessage(output, {"kind": "done", "version": version, "unlisted": unlisted})


class _Refused(Exception):
    """The database is not read, for the reason given."""


def _sendFileList(path: bytes, output: BinaryIO, isPrivateCopy: bool) -> tuple[str, int]:
    connection = _open(path, isPrivateCopy)
    try:
        version = _version(connection)
        connection.set_progress_handler(_signSender(output), 100_000)
        unlisted, names = 0, []
        for (name,) in connection.execute('SELECT "Filename" FROM "Images" ORDER BY "Filename"'):
            if not isinstance(name, bytes) or not name:
                unlisted += 1
                continue
            if len(name) <= _LONGEST_NAME:
                names.append(os.fsdecode(name))
            if len(names) == _NAMES_IN_A_MESSAGE:
                writeMessage(output, {"kind": "files", "names": names})
                names = []
        writeMessage(output, {"kind": "files", "names": names})
        return version, unlisted
    finally:
        connection.close()


def _open(path: bytes, isPrivateCopy: bool) -> sqlite3.Connection:
    """``immutable``: SQLite then takes no locks and makes no files beside the database, and changes nothing."""
    mode = "mode=rw" if isPrivateCopy else "immutable=1&mode=ro"
    place = quote(path.replace(os.fsencode(os.sep), b"/"))
    connection = sqlite3.connect(f"file:///{place.lstrip('/')}?{mode}", uri=True)
    connection.text_factory = bytes
    for pragma in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _version(connection: sqlite3.Connection) -> str:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not {b"Images", b"Patients", b"Studies", b"Series"} <= tables:
        raise _Refused(_NOT_SLICERS)
    if b"SchemaInfo" not in tables:
        raise _Refused(_UNVERSIONED)
    row = connection.execute('SELECT "Version" FROM "SchemaInfo"').fetchone()
    version = row[0] if row and isinstance(row[0], bytes) else b""
    if not _KNOWN_VERSIONS.match(version):
        raise _Refused(f"its tables have version {_printable(version)}, which is not known here; import the folder with"
                       " the files instead")
    return _printable(version)


def _signSender(output: BinaryIO):
    last = time.monotonic()

    def sign() -> int:
        nonlocal last
        if time.monotonic() - last > SECONDS_BETWEEN_SIGNS:
            last = time.monotonic()
            writeMessage(output, {"kind": "sign", "position": 0})
        return 0

    return sign


def _printable(text: bytes) -> str:
    return "".join(chr(byte) for byte in text[:20] if 32 <= byte < 127) or "none"


def _oneLine(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
