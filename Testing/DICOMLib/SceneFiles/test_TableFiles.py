"""Tables in files, and the schema beside them that says what their columns are."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonCore import (
    vtkBitArray,
    vtkDoubleArray,
    vtkFloatArray,
    vtkIntArray,
    vtkStringArray,
    vtkUnsignedCharArray,
)

from DICOMLib.Errors import FileError, LimitExceededError, SceneError
from DICOMLib.Scene.Nodes import vtkMRMLTableNode
from DICOMLib.SceneFiles import TableFiles, TableText
from DICOMLib.SceneFiles.MemberFormat import Reading
from DICOMLib.SceneFiles.TableFiles import FORMAT, readTableInto, schemaPath, writeTable
from Testing.Fixtures.TasksHere import TasksHere


def column(arrayClass, name: str, *values):
    array = arrayClass()
    array.SetName(name)
    for value in values:
        array.InsertNextValue(value)
    return array


def numbers(dtype: str, name: str, values: list, parts: tuple[str, ...] = ()):
    array = numpy_to_vtk(numpy.array(values, dtype), deep=True)
    array.SetName(name)
    for number, part in enumerate(parts):
        array.SetComponentName(number, part)
    return array


def tableOf(*columns) -> vtkMRMLTableNode:
    node = vtkMRMLTableNode()
    for one in columns:
        node.AddColumn(one)
    return node


def read(path: Path, text: str | None = None, schema: str | None = None) -> vtkMRMLTableNode:
    for file, content in ((path, text), (schemaPath(path), schema)):
        if content is not None:
            file.write_bytes(content.encode())
    node = vtkMRMLTableNode()
    readTableInto(node, path, Reading(TasksHere()))
    return node


def content(node: vtkMRMLTableNode) -> dict[str, list[str]]:
    return {node.GetColumnName(c): [node.GetCellText(r, c) for r in range(node.GetNumberOfRows())]
            for c in range(node.GetNumberOfColumns())}  # fmt: skip


def types(node: vtkMRMLTableNode) -> list[str]:
    return [node.GetTable().GetColumn(c).GetDataTypeAsString() for c in range(node.GetNumberOfColumns())]


def test_theSchemaIsBesideTheTable():
    assert schemaPath(Path("x/a.b.tsv")) == Path("x/a.b.schema.tsv")
    assert schemaPath(Path("x/a.csv")) == Path("x/a.schema.csv")


def threeColumns() -> vtkMRMLTableNode:
    node = tableOf(
        column(vtkStringArray, "organ", "liver, left", 'a "b"'), column(vtkIntArray, "count", 3, -4),
        numbers("f8", "place", [[1.5, 1 / 3], [2, 3]], ("R", "")),
    )  # fmt: skip
    node.SetColumnUnitLabel("place", "mm")
    node.SetColumnDescription("count", "how many")
    return node


def test_tsvAndItsSchemaAreWrittenAsSlicerDoes(tmp_path):
    path = tmp_path / "a.tsv"
    assert writeTable(threeColumns(), path, None) == [path, tmp_path / "a.schema.tsv"]
    assert path.read_text() == (
        'organ\tcount\tplace_R\tplace_1\nliver, left\t3\t1.5\t0.3333333333333333\n"a ""b"""\t-4\t2.0\t3.0\n'
    )
    assert (tmp_path / "a.schema.tsv").read_text() == (
        "columnName\tunitLabel\tdescription\ttype\tcomponentNames\n"
        "organ\t\t\tstring\t\ncount\t\thow many\tint\t\nplace\tmm\t\tdouble\tR|1\n"
    )


def test_allCellsOfCsvAreQuoted(tmp_path):
    writeTable(tableOf(column(vtkIntArray, "n", 1)), tmp_path / "a.csv", None)
    assert (tmp_path / "a.csv").read_text() == '"n"\n"1"\n'
    assert (tmp_path / "a.schema.csv").read_text() == '"columnName","type","componentNames"\n"n","int",""\n'


@pytest.mark.parametrize("suffix", [".tsv", ".csv"])
def test_columnsComeBackWithTheirTypesComponentsAndMeanings(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    writeTable(threeColumns(), path, None)
    found = read(path)
    assert types(found) == ["string", "int", "double"]
    place = found.GetTable().GetColumn(2)
    assert vtk_to_numpy(place).tolist() == [[1.5, 1 / 3], [2, 3]]
    assert [place.GetComponentName(n) for n in range(2)] == ["R", "1"]
    assert content(found)["organ"] == ["liver, left", 'a "b"']
    assert found.columnProperties() == {"place": {"unitLabel": "mm"}, "count": {"description": "how many"}}


TYPES = {"f8": "double", "f4": "float", "i4": "int", "u4": "unsigned int", "i2": "short", "u2": "unsigned short",
         "i8": "long", "u8": "unsigned long", "i1": "signed char", "u1": "unsigned char"}  # fmt: skip


@pytest.mark.parametrize("dtype", TYPES)
def test_numbersOfEveryTypeComeBackToTheirLastDigitAndTheirEnds(tmp_path, dtype):
    if dtype[0] == "f":
        ends = [float(numpy.finfo(dtype).max), float(numpy.finfo(dtype).tiny), 0.1, numpy.inf]
    else:
        ends = [int(numpy.iinfo(dtype).min), int(numpy.iinfo(dtype).max), 7]
    writeTable(tableOf(numbers(dtype, "n", ends)), tmp_path / "a.tsv", None)
    found = read(tmp_path / "a.tsv").GetTable().GetColumn(0)
    assert vtk_to_numpy(found).tolist() == numpy.array(ends, dtype).tolist()
    assert vtk_to_numpy(found).dtype == numpy.dtype(dtype)
    assert f"n\t{found.GetDataTypeAsString()}\t" in (tmp_path / "a.schema.tsv").read_text()


def test_floatsAreWrittenWithTheDigitsThatTheyHave(tmp_path):
    writeTable(tableOf(column(vtkFloatArray, "n", 0.1)), tmp_path / "a.tsv", None)
    assert (tmp_path / "a.tsv").read_text() == "n\n0.1\n"


@pytest.mark.parametrize("typeName", TableFiles._ARRAYS)
def test_everyTypeThatSlicerNamesIsRead(tmp_path, typeName):
    found = read(tmp_path / "a.tsv", "n\n1\n0\n\n", f"columnName\ttype\nn\t{typeName}\n").GetTable().GetColumn(0)
    assert found.GetDataTypeAsString() == {"idtype": "idtype", "char": "signed char"}.get(typeName, typeName)
    assert found.GetNumberOfTuples() == 3
    assert [found.GetVariantValue(row).ToDouble() for row in (0, 1)] == [1, 0]


def test_bitsComeBack(tmp_path):
    writeTable(tableOf(column(vtkBitArray, "b", 1, 0, 1)), tmp_path / "a.tsv", None)
    found = read(tmp_path / "a.tsv").GetTable().GetColumn(0)
    assert isinstance(found, vtkBitArray) and [found.GetValue(n) for n in range(3)] == [1, 0, 1]


def test_cellsWithoutANumberAreNoneOrZero(tmp_path):
    found = read(tmp_path / "a.tsv", "x\ty\tz\n\t\t \n", "columnName\ttype\nx\tdouble\ny\tint\nz\tshort\n")
    x, y, z = (vtk_to_numpy(found.GetTable().GetColumn(n)) for n in range(3))
    assert numpy.isnan(x[0]) and y[0] == z[0] == 0


def test_slicersCharactersAreNumbersOfColumnsOfBytesOnly(tmp_path):
    found = read(tmp_path / "a.tsv", "c\nA\n 7 \n12\n", "columnName\ttype\nc\tunsigned char\n")
    assert vtk_to_numpy(found.GetTable().GetColumn(0)).tolist() == [65, 7, 12]
    with pytest.raises(FileError, match="does not fit its column's type"):
        read(tmp_path / "a.tsv", "c\nA\n", "columnName\ttype\nc\tint\n")


@pytest.mark.parametrize(
    ("typeName", "text"),
    [("unsigned char", "256"), ("unsigned char", "-1"), ("signed char", "-129"), ("short", "32768"), ("int", "1.5"),
     ("long", "9" * 30), ("double", "x"), ("bit", "x"), ("int", "²"), ("int", "9" * 5000)],
)  # fmt: skip
def test_aCellThatDoesNotFitItsColumnIsRefused_andTheNodeStaysAsItWas(tmp_path, typeName, text):
    path, node = tmp_path / "a.tsv", threeColumns()
    path.write_text(f"n\n{text}\n")
    schemaPath(path).write_text(f"columnName\ttype\nn\t{typeName}\n")
    with pytest.raises(FileError, match="a cell that does not fit its column's type") as caught:
        readTableInto(node, path, Reading(TasksHere()))
    assert caught.value.where == str(path)
    assert node.GetNumberOfColumns() == 3


def test_withoutASchemaAllColumnsAreText(tmp_path):
    found = read(tmp_path / "a.csv", "\ufeffa,b\r\n1,\r\n\r\n2\r\n")
    assert types(found) == ["string", "string"]
    assert content(found) == {"a": ["1", "2"], "b": ["", ""]}


def test_emptyLinesOfATableOfOneColumnAreRows(tmp_path):
    assert content(read(tmp_path / "a.tsv", "a\n1\n\n2\n")) == {"a": ["1", "", "2"]}


def test_rowsThatAreLongerThanTheHeaderMakeMoreColumns(tmp_path):
    found = read(tmp_path / "a.tsv", "a\tb\n1\t2\t3\t4\n5\n")
    assert content(found) == {"a": ["1", "5"], "b": ["2", ""], "Column 3": ["3", ""], "Column 4": ["4", ""]}


def test_theirNamesAreNoneThatTheHeaderHas(tmp_path):
    found = read(tmp_path / "a.tsv", "Column 2\tColumn 4\n1\t2\t3\t4\n")
    assert content(found) == {"Column 2": ["1"], "Column 4": ["2"], "Column 3": ["3"], "Column 5": ["4"]}


def test_columnsStandAsInTheFile_whateverTheOrderOfTheSchema(tmp_path):
    schema = "columnName\ttype\tcomponentNames\nd\tint\t\nv\tdouble\tx|y\nmissing\tint\t\n"
    found = read(tmp_path / "a.tsv", "t\tv_y\tv_x\td\nu\t2\t1\t3\n", schema)
    assert list(content(found)) == ["t", "v", "d"]
    assert types(found) == ["string", "double", "int"]
    assert vtk_to_numpy(found.GetTable().GetColumn(1)).tolist() == [[1, 2]]


def test_aVectorWithoutAllItsColumnsIsText(tmp_path):
    found = read(tmp_path / "a.tsv", "v_x\n1\n", "columnName\ttype\tcomponentNames\nv\tdouble\tx|y\n")
    assert (types(found), content(found)) == (["string"], {"v_x": ["1"]})


def test_propertiesAreThoseOfTheSchemaThatAreNotEmpty(tmp_path):
    found = read(tmp_path / "a.tsv", "a\tb\n", "title\tcolumnName\tother\nA\ta\t\n\tb\tx\n")
    assert found.columnProperties() == {"a": {"title": "A"}, "b": {"other": "x"}}


def test_aTableOfNoRowsHasItsColumns(tmp_path):
    writeTable(tableOf(vtkDoubleArray()), tmp_path / "a.tsv", None)
    found = read(tmp_path / "a.tsv")
    assert (types(found), found.GetNumberOfRows()) == (["double"], 0)


def test_anEmptyFileIsAnEmptyTable(tmp_path):
    assert read(tmp_path / "a.tsv", "").GetNumberOfColumns() == 0


def test_twoColumnsOfOneNameAreNeitherWrittenNorRead(tmp_path):
    node = tableOf(column(vtkIntArray, "a", 1), column(vtkIntArray, "b", 1))
    node.SetName("Results")
    node.RenameColumn(1, "a")
    with pytest.raises(SceneError, match="Results: a table with two columns of one name"):
        writeTable(node, tmp_path / "a.tsv", None)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileError, match="the table has two columns of one name"):
        read(tmp_path / "a.tsv", "a\ta\n1\t2\n")


@pytest.mark.parametrize(
    ("schema", "words"),
    [("", "does not name its columns"), ("name\ttype\n", "does not name its columns"),
     ("columnName\ttype\na\tcomplex\n", r"a type that is not known \(complex\)"),
     ("columnName\ttype\tcomponentNames\na\tstring\tx\n", r"a type that is not known \(string\)"),
     ("columnName\ttype\tcomponentNames\na\tbit\tx\n", r"a type that is not known \(bit\)")],
)  # fmt: skip
def test_aSchemaThatIsNoneIsRefusedByItsName(tmp_path, schema, words):
    with pytest.raises(FileError, match=words) as caught:
        read(tmp_path / "a.tsv", "a\ta_x\n1\t1\n", schema)
    assert caught.value.where == str(tmp_path / "a.schema.tsv")


def test_aColumnWithoutATypeInTheSchemaIsText(tmp_path):
    assert types(read(tmp_path / "a.tsv", "a\tb\n1\t2\n", "columnName\ttype\na\t\n\nb\n")) == ["string", "string"]


def test_filesAreAsLongAsAccepted_andNotLonger(tmp_path, monkeypatch):
    monkeypatch.setattr(TableText, "LONGEST_TABLE", 4)
    monkeypatch.setattr(TableText, "LONGEST_SCHEMA", 13)
    assert content(read(tmp_path / "a.tsv", "a\n1\n", "columnName\na\n")) == {"a": ["1"]}
    with pytest.raises(FileError, match="a.tsv: the file is too long"):
        read(tmp_path / "a.tsv", "a\n12\n")
    with pytest.raises(FileError, match="a.schema.tsv: the file is too long"):
        read(tmp_path / "a.tsv", "a\n1\n", "columnName\nab\n")


def test_columnsAreAsManyAsAccepted_andNotMore(tmp_path, monkeypatch):
    monkeypatch.setattr(TableText, "MOST_COLUMNS", 3)
    assert list(content(read(tmp_path / "a.tsv", "a\tb\tc\n"))) == ["a", "b", "c"]
    with pytest.raises(LimitExceededError, match=r"too many cells \(4 columns, 0 rows\)"):
        read(tmp_path / "a.tsv", "a\tb\tc\td\n")


def test_cellsThatShortRowsDoNotHaveCountToo(tmp_path, monkeypatch):
    monkeypatch.setattr(TableText, "MOST_CELLS", 6)
    assert content(read(tmp_path / "a.tsv", "a\tb\tc\n1\n2\n")) == {"a": ["1", "2"], "b": ["", ""], "c": ["", ""]}
    with pytest.raises(LimitExceededError, match=r"too many cells \(3 columns, 3 rows\)"):
        read(tmp_path / "a.tsv", "a\tb\tc\n1\n2\n3\n")


def test_onlyATableWithColumnsHasAFile():
    node = vtkMRMLTableNode()
    assert not FORMAT.hasData(node)
    node.AddColumn(column(vtkUnsignedCharArray, "a"))
    assert FORMAT.hasData(node)
    assert (FORMAT.defaultSuffix(node), FORMAT.storageClassName(node)) == (".tsv", "vtkMRMLTableStorageNode")
