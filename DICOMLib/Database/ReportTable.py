"""Reports as tables for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from ..Errors import displayPath

_FORMULA_BEGINNINGS = tuple("=+-@＝＋－＠|%")  # noqa: RUF001 - the wide ones are meant


def csvText(columns: Sequence[str], rows: Iterable[Sequence[bytes | str]]) -> str:
    """Comma-separated values, the names of the columns first. Every cell is one line, and no formula."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(map(_cell, row) for row in rows)
    return stream.getvalue()


def _cell(value: bytes | str) -> str:
    """One line that a spreadsheet does not take for a formula, whatever the width of its letters and space before."""
    text = displayPath(value)
    return "'" + text if text.lstrip()[:1] in _FORMULA_BEGINNINGS else text
