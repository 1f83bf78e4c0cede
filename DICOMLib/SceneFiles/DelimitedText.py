"""Rows of cells as text, with commas or tabs, as VTK's tables are written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..Errors import FileError, LimitExceededError

MOST_CELLS = 50_000_000
_LONGEST_CELL = 16 << 20
_DELIMITERS = {".tsv": "\t", ".csv": ","}


def delimiterOf(path: Path) -> str:
    """A tab for .tsv, else a comma."""
    return _DELIMITERS.get(path.suffix.lower(), ",")


def delimitedText(rows: Iterable[Iterable[str]], delimiter: str, quoteAll: bool = False) -> str:
    """Cells that hold the delimiter, a quote or an end of line are quoted."""
    stream = io.StringIO()
    quoting = csv.QUOTE_ALL if quoteAll else csv.QUOTE_MINIMAL
    csv.writer(stream, delimiter=delimiter, lineterminator="\n", quoting=quoting).writerows(rows)
    return stream.getvalue()


def rowsOf(text: str, delimiter: str, source: Path) -> Iterator[list[str]]:
    """All rows, without cells those of empty lines. :raises FileError: for too many cells, or too long ones"""
    # The limit is one for all of the program: another part of it may need a higher one.
    csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            cells += len(row)
            if cells > MOST_CELLS:
                raise LimitExceededError("the table has too many cells", source, f"more than {MOST_CELLS}")
            yield row
    except csv.Error as error:
        raise FileError("the table is not understood", source, str(error)) from error
