"""Tables as .tsv and .csv, with the types and meanings of their columns in a schema file beside them, as in Slicer."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import (
    vtkAbstractArray,
    vtkBitArray,
    vtkDataArray,
    vtkDoubleArray,
    vtkFloatArray,
    vtkIdTypeArray,
    vtkIntArray,
    vtkLongArray,
    vtkLongLongArray,
    vtkShortArray,
    vtkSignedCharArray,
    vtkStringArray,
    vtkUnsignedCharArray,
    vtkUnsignedIntArray,
    vtkUnsignedLongArray,
    vtkUnsignedLongLongArray,
    vtkUnsignedShortArray,
)
from vtkmodules.vtkCommonDataModel import vtkTable

from ..Errors import FileError, LimitExceededError, SceneError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.TableNodes import vtkMRMLTableNode
from .DelimitedText import MOST_CELLS, delimitedText, delimiterOf, rowsOf
from .ForeignReading import textOf
from .MemberFormat import MemberFormat, Reading
from .TableNames import TABLE_SUFFIXES, schemaPath

# VTK looks through all columns for each one that is added.
MOST_COLUMNS = 10_000
LONGEST_TABLE, LONGEST_SCHEMA = 512 << 20, 16 << 20
_NAME, _TYPE, _COMPONENTS = "columnName", "type", "componentNames"
_ARRAYS: dict[str, type[vtkAbstractArray]] = {
    "string": vtkStringArray, "bit": vtkBitArray, "double": vtkDoubleArray, "float": vtkFloatArray,
    "int": vtkIntArray, "unsigned int": vtkUnsignedIntArray, "short": vtkShortArray,
    "unsigned short": vtkUnsignedShortArray, "long": vtkLongArray, "unsigned long": vtkUnsignedLongArray,
    "long long": vtkLongLongArray, "unsigned long long": vtkUnsignedLongLongArray,
    "signed char": vtkSignedCharArray, "unsigned char": vtkUnsignedCharArray, "char": vtkSignedCharArray,
    "idtype": vtkIdTypeArray,
}  # fmt: skip


# Writing


def writeTable(node: vtkMRMLTableNode, path: Path, progress: Progress | None) -> list[Path]:
    """The table, and its schema beside it; numbers read back as they are.

    Slicer reads cells of text with quotes or ends of lines only in part.

    :raises SceneError: when two columns have one name
    """
    table, schema = node.GetTable(), schemaPath(path)
    columns = [table.GetColumn(index) for index in range(table.GetNumberOfColumns())]
    names = [column.GetName() or "" for column in columns]
    if len(set(names)) < len(names):
        raise SceneError("a table with two columns of one name cannot be saved", node.GetName())
    quoteAll = delimiterOf(path) == ","
    texts = [text for column in columns for text in _columnTexts(column)]
    rows = [[text[0] for text in texts], *zip(*(text[1] for text in texts), strict=True)]
    for file, content in ((path, rows), (schema, _schemaRows(node, columns))):
        with replacingFile(file) as stream:
            text = delimitedText(content, delimiterOf(path), quoteAll)
            stream.write(text.encode("utf-8", "surrogateescape"))
    return [path, schema]


def _columnTexts(column: vtkAbstractArray) -> list[tuple[str, list[str]]]:
    """Header and cells of a column; one for each component, named as Slicer does."""
    name, count = column.GetName() or "", column.GetNumberOfTuples()
    if isinstance(column, vtkStringArray):
        return [(name, [column.GetValue(row) for row in range(count)])]
    if isinstance(column, vtkBitArray):
        return [(name, [str(column.GetValue(row)) for row in range(count)])]
    values = vtk_to_numpy(column)
    if values.ndim == 1:
        return [(name, _numberTexts(values))]
    return [(f"{name}_{part}", _numberTexts(values[:, n])) for n, part in enumerate(_componentNames(column))]


def _numberTexts(values: numpy.ndarray) -> list[str]:
    return [str(value) for value in values.tolist()] if values.dtype != numpy.float32 else [str(one) for one in values]


def _componentNames(column: vtkAbstractArray) -> list[str]:
    return [column.GetComponentName(n) or str(n) for n in range(column.GetNumberOfComponents())]


def _schemaRows(node: vtkMRMLTableNode, columns: list[vtkAbstractArray]) -> list[list[str]]:
    properties = node.columnProperties()
    known = list(dict.fromkeys(name for values in properties.values() for name in values))
    rows = [[_NAME, *known, _TYPE, _COMPONENTS]]
    for column in columns:
        own = properties.get(column.GetName() or "", {})
        parts = "|".join(_componentNames(column)) if column.GetNumberOfComponents() > 1 else ""
        typeName = "string" if isinstance(column, vtkStringArray) else column.GetDataTypeAsString()
        rows.append([column.GetName() or "", *(own.get(name, "") for name in known), typeName, parts])
    return rows


# Reading


def readTableInto(node: vtkMRMLTableNode, path: Path, reading: Reading) -> None:
    """Without a schema beside it all columns are text, as in Slicer.

    Rows that are longer than the header, as Slicer writes them of texts with tabs, get more columns of text.

    :raises FileError: when two columns have one name, there are too many, or a cell is not of its column's type
    """
    rows = list(rowsOf(textOf(path, LONGEST_TABLE), delimiterOf(path), path))
    header, body = (rows[0], rows[1:]) if rows else ([], [])
    # A row without any text is one empty cell, unless the table has more columns than one.
    body = [row or [""] for row in body if row or len(header) == 1]
    header = header + _newNames(header, max(map(len, body), default=0))
    if len(header) > MOST_COLUMNS or len(header) * len(body) > MOST_CELLS:  # rows may be shorter than the header
        raise LimitExceededError("the table has too many cells", path, f"{len(header)} columns, {len(body)} rows")
    if len(set(header)) < len(header):
        raise FileError("the table has two columns of one name", path)
    cells = {name: [row[n] if n < len(row) else "" for row in body] for n, name in enumerate(header)}
    places = {name: n for n, name in enumerate(header)}
    schema = _readSchema(path)
    columns = [one for name, types in schema.items() for one in _columnsOf(name, types, cells, path)]
    columns += [(name, _filled("string", name, [cells[name]], [])) for name in cells]
    table = vtkTable()
    for _, column in sorted(columns, key=lambda one: places[one[0]]):  # as they stand in the file
        table.AddColumn(column)
    node.RemoveAllColumns()
    node.SetAndObserveTable(table)
    for name, values in schema.items():
        for key in [key for key in values if key not in (_TYPE, _COMPONENTS) and values[key]]:
            node.SetColumnProperty(name, key, values[key])


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
    if not rows or _NAME not in rows[0]:
        raise FileError("the schema of the table does not name its columns", source)
    found = {}
    for row in filter(None, rows[1:]):
        values = dict(zip(rows[0], row, strict=False))
        found[values.pop(_NAME, "")] = values
    return found


def _columnsOf(
    name: str, types: dict[str, str], cells: dict[str, list[str]], path: Path
) -> list[tuple[str, vtkAbstractArray]]:
    """The column of a schema's row with its first header, none when the table has no such; its cells are taken out."""
    components = types.get(_COMPONENTS, "").split("|") if types.get(_COMPONENTS) else []
    names = [f"{name}_{part}" for part in components] or [name]
    if any(one not in cells for one in names):
        return []
    typeName = types.get(_TYPE) or "string"
    if typeName not in _ARRAYS or (components and typeName in ("string", "bit")):
        raise FileError("the schema of the table has a type that is not known", schemaPath(path), typeName[:80])
    try:
        return [(names[0], _filled(typeName, name, [cells.pop(one) for one in names], components))]
    except (ValueError, OverflowError) as error:
        raise FileError("the table has a cell that does not fit its column's type", path, str(error)[:80]) from error


def _filled(typeName: str, name: str, cells: list[list[str]], components: list[str]) -> vtkAbstractArray:
    """:raises ValueError: for a cell that is not of the type"""
    array = _ARRAYS[typeName]()
    array.SetName(name)
    array.SetNumberOfComponents(len(cells))
    for number, part in enumerate(components):
        array.SetComponentName(number, part)
    array.SetNumberOfTuples(len(cells[0]))
    if typeName in ("string", "bit"):
        for row, text in enumerate(cells[0]):
            array.SetValue(row, text if typeName == "string" else int(text or 0) & 1)
    elif cells[0]:
        _fillNumbers(array, cells)
    return array


def _fillNumbers(array: vtkDataArray, cells: list[list[str]]) -> None:
    values = vtk_to_numpy(array)
    isFloat, isCharacter = values.dtype.kind == "f", values.dtype.itemsize == 1
    for number, column in enumerate(cells):
        numbers = [float(text or "nan") if isFloat else _integer(text, isCharacter) for text in column]
        if not isFloat and (
            min(numbers) < numpy.iinfo(values.dtype).min or max(numbers) > numpy.iinfo(values.dtype).max
        ):
            raise ValueError("a number that is too large")
        (values if values.ndim == 1 else values[:, number])[:] = numbers


def _integer(text: str, isCharacter: bool) -> int:
    """:param isCharacter: of a column whose numbers Slicer writes as characters"""
    text = text.strip(" ") or "0"
    return ord(text) if isCharacter and len(text) == 1 and not text.isdigit() else int(text)


FORMAT = MemberFormat(
    classNames=("vtkMRMLTableNode",),
    suffixes=TABLE_SUFFIXES,
    written=TABLE_SUFFIXES,
    defaultSuffix=lambda node: ".tsv",
    storageClassName=lambda node: "vtkMRMLTableStorageNode",
    hasData=lambda node: node.GetNumberOfColumns() > 0,
    write=writeTable,
    read=readTableInto,
)
