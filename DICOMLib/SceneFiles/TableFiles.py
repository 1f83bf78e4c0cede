"""Tables as .tsv and .csv, with the types and meanings of their columns in a schema file beside them, as in Slicer."""

from __future__ import annotations

from pathlib import Path

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import (
    vtkAbstractArray,
    vtkBitArray,
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

from ..Errors import FileError, SceneError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.TableNodes import vtkMRMLTableNode
from ..Workers.Answers import plainValue
from .DelimitedText import MOST_CELLS, delimitedText, delimiterOf
from .ForeignReading import arraysOf
from .MemberFormat import MemberFormat, Reading
from .TableNames import TABLE_SUFFIXES, schemaPath
from .TableText import BIT, COMPONENTS, DTYPES, MOST_COLUMNS, NAME, TEXT, TYPE

_TASK = "DICOMLib.SceneFiles.SmallFileTask:readTable"
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
    rows = [[NAME, *known, TYPE, COMPONENTS]]
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
    found = [array for _, array in arraysOf(_TASK, path, reading.workers, reading.progress)]
    try:
        table, properties = _tableFrom(found)
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise FileError("the table is not understood", path, str(error)[:80]) from error
    node.RemoveAllColumns()
    node.SetAndObserveTable(table)
    for name, values in properties.items():
        for key, text in values.items():
            node.SetColumnProperty(name, key, text)


def _tableFrom(found: list[numpy.ndarray]) -> tuple[vtkTable, dict[str, dict[str, str]]]:
    """:raises ValueError: or another of those above, for what no worker of ours says"""
    said = plainValue(found[0])
    rows, columns, properties = int(said["rows"]), said["columns"], said["properties"]
    if len(columns) > MOST_COLUMNS or len(columns) * rows > MOST_CELLS or len(found) != 1 + len(columns) * bool(rows):
        raise ValueError("other cells than there are columns")
    table = vtkTable()
    for number, (name, typeName, components) in enumerate(columns):
        table.AddColumn(_filled(name, typeName, components, rows, found[1 + number] if rows else None))
    return table, {name: {key: str(text) for key, text in values.items()} for name, values in properties.items()}


def _filled(
    name: str, typeName: str, components: list[str], rows: int, values: numpy.ndarray | None
) -> vtkAbstractArray:
    array = _ARRAYS[typeName]()
    array.SetName(name)
    array.SetNumberOfComponents(len(components) or 1)
    for number, part in enumerate(components):
        array.SetComponentName(number, part)
    array.SetNumberOfTuples(rows)
    if values is None:
        return array
    cells = plainValue(values) if typeName == TEXT else values
    shape = (rows,) if typeName == TEXT else (rows, len(components) or 1)
    if numpy.shape(cells) != shape or (typeName != TEXT and cells.dtype != DTYPES[typeName]):
        raise ValueError("other cells than the column has")
    if typeName in (TEXT, BIT):
        for row, value in enumerate(cells if typeName == TEXT else cells.ravel().tolist()):
            array.SetValue(row, value)
    else:
        vtk_to_numpy(array)[...] = cells if components else cells[:, 0]
    return array


FORMAT = MemberFormat(
    classNames=("vtkMRMLTableNode",),
    suffixes=TABLE_SUFFIXES,
    written=TABLE_SUFFIXES,
    defaultSuffix=lambda node: ".tsv",
    storageClassName=lambda node: "vtkMRMLTableStorageNode",
    hasData=lambda node: node.GetNumberOfColumns() > 0,
    write=writeTable,
    read=readTableInto,
    asks=lambda path: (_TASK, {}),
)
