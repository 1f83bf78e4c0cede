"""How the values of functional groups are stored: compressed JSON, with columns of equal values as one value."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping

from ..Errors import DatabaseCorruptError
from ..FrameColumns import Column

# Of the JSON text: 100,000 frames with a hundred values each stay below.
_MAX_SIZE = 1 << 30
_HINT = "Verify the database, or remove the series and import it again"


def packed(columns: Mapping[str, Column]) -> bytes:
    """The stored form. A list of equal values becomes their number and the value."""
    compact = {key: _compact(column) for key, column in columns.items()}
    return zlib.compress(json.dumps(compact, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def unpacked(contents: bytes) -> dict[str, Column]:
    """The columns again.

    :raises DatabaseCorruptError: when the bytes are not what :func:`packed` makes
    """
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(contents, _MAX_SIZE)
        if not inflater.eof:
            raise ValueError
        return {key: _expanded(column) for key, column in json.loads(text).items()}
    except (zlib.error, ValueError, AttributeError) as error:
        raise DatabaseCorruptError("the stored values of frames are damaged", hint=_HINT) from error


def _compact(column: Column) -> str | list:
    if isinstance(column, str) or len(set(column)) > 1:
        return column
    return [len(column), column[0]]


def _expanded(column: str | list) -> Column:
    return [column[1]] * column[0] if isinstance(column, list) and isinstance(column[0], int) else column


class StoredColumns(Mapping):
    """Columns that are unpacked when they are first looked at.

    :raises DatabaseCorruptError: then
    """

    def __init__(self, contents: bytes):
        self._contents = contents
        self._columns: dict[str, Column] | None = None

    def _unpacked(self) -> dict[str, Column]:
        if self._columns is None:
            self._columns = unpacked(self._contents)
        return self._columns

    def __getitem__(self, key: str) -> Column:
        return self._unpacked()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._unpacked())

    def __len__(self) -> int:
        return len(self._unpacked())

    def __bool__(self) -> bool:
        return True
