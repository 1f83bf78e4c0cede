"""Texts of tables (.tsv, .csv) and of their schemas, parsed by a worker into columns."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy

from ..Errors import FileError, LimitExceededError
from ..Workers.Answers import plainArray
from .DelimitedText import MOST_CELLS, delimiterOf, rowsOf
from .FileContents import textOf
from .TableNames import schemaPath

# VTK looks through all columns for each one that is added.
MOST_COLUMNS = 10_000
LONGEST_TABLE, LONGEST_SCHEMA = 512 << 20, 16 << 20
NAME, TYPE, COMPONENTS = "columnName", "type", "componentNames"
TEXT, BIT = "string", "bit"
# C's types, whose sizes are the system's.
DTYPES = {
    name: numpy.dtype(code) for name, code in {
        BIT: "B", "double": "d", "float": "f", "int": "i", "unsigned int": "I", "short": "h", "unsigned short": "H",
        "long": "l", "unsigned long": "L", "long long": "q", "unsigned long long": "Q", "signed char": "b",
        "unsigned char": "B", "char": "b", "idtype": "q",
    }.items()
}  # fmt: skip


def tableArrays(path: Path) -> Iterator[tuple[dict, numpy.ndarray]]:
    """What a file holds: first, as JSON, ``rows``, ``columns`` in their order, each a name, type and names of
    components, and ``properties``, other texts of the schema by column; then, unless there are no rows, the cells of
    each column: texts as JSON, or numbers (rows, components).

    Without a schema beside it all columns are text, as in Slicer.

    :raises FileError: when two columns have one name, there are too many, or a cell is not of its column's type
    """
    header, body = _cellsOf(path)
    cells = {name: [row[n] if n < len(row) else "" for row in body] for n, name in enumerate(header)}
    places = {name: n for n, name in enumerate(header)}
    schema = _readSchema(path)
    columns = [one for name, types in schema.items() for one in _columnsOf(name, types, cells, path)]
    columns += [(name, name, TEXT, [], cells[name]) for name in cells]
    columns.sort(key=lambda one: places[one[0]])  # as they stand in the file
    properties = {
        name: {key: text for key, text in values.items() if key not in (TYPE, COMPONENTS) and text}
        for name, values in schema.items()
    }
    told = [[name, typeName, components] for _, name, typeName, components, _ in columns]
    yield {}, plainArray({"rows": len(body), "columns": told, "properties": properties})
    for *_, values in columns if body else ():
        yield {}, plainArray(values) if isinstance(values, list) else values


def _cellsOf(path: Path) -> tuple[list[str], list[list[str]]]:
    """Rows that are longer than the header, as Slicer writes them of texts with tabs, get more columns of text."""
    rows = list(rowsOf(textOf(path, LONGEST_TABLE), delimiterOf(path), path))
    header, body = (rows[0], rows[1:]) if rows else ([], [])
    # A row without any text is one empty cell, unless the table has more columns than one.
    body = [row or [""] for row in body if row or len(header) == 1]
    header = header + _newNames(header, max(map(len, body), default=0))
    if len(header) > MOST_COLUMNS or len(header) * len(body) > MOST_CELLS:  # rows may be shorter than the header
        raise LimitExceededError("the table has too many cells", path, f"{len(header)} columns, {len(body)} rows")
    if len(set(header)) < len(header):
        raise FileError("the table has two columns of one name", path)
    return header, body


def _newNames(header: list[str], count: int) -> list[str]:
    """Names for columns without one, up to so many columns; none that the header has."""
    taken = set(header)
    numbered = (f"Column {number}" for number in itertools.count(len(header) + 1))
    return list(itertools.islice((name for name in numbered if name not in taken), max(0, count - len(header))))


def _readSchema(path: Path) -> dict[str, dict[str, str]]:
    """Column name → what is said of it; nothing without such a file."""
    source = schemaPath(path)
    if not source.is_file():
        return {}
    rows = list(rowsOf(textOf(source, LONGEST_SCHEMA), delimiterOf(path), source))
    if not rows or NAME not in rows[0]:
        raise FileError("the schema of the table does not name its columns", source)
    found = {}
    for row in filter(None, rows[1:]):
        values = dict(zip(rows[0], row, strict=False))
        found[values.pop(NAME, "")] = values
    return found


def _columnsOf(name: str, types: dict[str, str], cells: dict[str, list[str]], path: Path) -> list[tuple]:
    """The column of a schema's row: its first header, name, type, names of components, and cells, which are taken out;
    none when the table has no such."""
    components = types.get(COMPONENTS, "").split("|") if types.get(COMPONENTS) else []
    names = [f"{name}_{part}" for part in components] or [name]
    if any(one not in cells for one in names):
        return []
    typeName = types.get(TYPE) or TEXT
    if typeName not in (TEXT, *DTYPES) or (components and typeName in (TEXT, BIT)):
        raise FileError("the schema of the table has a type that is not known", schemaPath(path), typeName[:80])
    columns = [cells.pop(one) for one in names]
    try:
        values = columns[0] if typeName == TEXT else _numbers(typeName, columns)
    except (ValueError, OverflowError) as error:
        raise FileError("the table has a cell that does not fit its column's type", path, str(error)[:80]) from error
    return [(names[0], name, typeName, components, values)]


def _numbers(typeName: str, columns: list[list[str]]) -> numpy.ndarray:
    """(rows, components). :raises ValueError: for a cell that is not of the type"""
    dtype = DTYPES[typeName]
    values = numpy.empty((len(columns[0]), len(columns)), dtype)
    if typeName == BIT:
        values[:, 0] = [int(text or 0) & 1 for text in columns[0]]
        return values
    isFloat, isCharacter = dtype.kind == "f", dtype.itemsize == 1
    for number, column in enumerate(columns if len(values) else ()):
        numbers = [float(text or "nan") if isFloat else _integer(text, isCharacter) for text in column]
        if not isFloat and (min(numbers) < numpy.iinfo(dtype).min or max(numbers) > numpy.iinfo(dtype).max):
            raise ValueError("a number that is too large")
        values[:, number] = numbers
    return values


def _integer(text: str, isCharacter: bool) -> int:
    """:param isCharacter: of a column whose numbers Slicer writes as characters"""
    text = text.strip(" ") or "0"
    return ord(text) if isCharacter and len(text) == 1 and not text.isdigit() else int(text)
