"""Tables."""

import pytest
from vtkmodules.vtkCommonCore import vtkDoubleArray

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Nodes import vtkMRMLTableNode


def table() -> vtkMRMLTableNode:
    node = vtkMRMLTableNode()
    node.AddColumn().SetName("structure")
    sizes = vtkDoubleArray()
    sizes.SetName("size")
    node.AddColumn(sizes)
    for name, size in (("liver", "1500.5"), ("spleen", "200")):
        row = node.AddEmptyRow()
        node.SetCellText(row, 0, name)
        node.SetCellText(row, 1, size)
    return node


def test_cellsAreTextAndNumbers():
    node = table()
    assert (node.GetNumberOfRows(), node.GetNumberOfColumns()) == (2, 2)
    assert node.GetCellText(0, 0) == "liver"
    assert node.GetTable().GetColumn(1).GetValue(0) == 1500.5
    assert node.GetCellText(5, 5) == ""
    assert not node.SetCellText(5, 0, "x")
    node.RemoveRow(0)
    assert node.GetCellText(0, 0) == "spleen"


def test_whatIsSaidOfAColumnFollowsItsName():
    node = table()
    node.SetColumnUnitLabel("size", "ml")
    node.SetColumnLongName("size", "Size of it")
    node.RenameColumn(node.GetColumnIndex("size"), "volume")
    assert (node.GetColumnUnitLabel("volume"), node.GetColumnTitle("volume")) == ("ml", "Size of it")
    assert node.GetColumnUnitLabel("size") == ""
    node.RemoveColumn(1)
    assert node.columnProperties() == {}


def test_aColumnOfAnotherLengthIsRefused_oneWithoutANameGetsOne():
    node = table()
    assert node.AddColumn().GetName() == "Column 3"
    short = vtkDoubleArray()
    short.InsertNextValue(1)
    with pytest.raises(SceneError, match="the table has 2 rows"):
        node.AddColumn(short)


def test_aCopyHasMemoryOfItsOwn_andChangesAreHeard():
    node, copy = table(), vtkMRMLTableNode()
    node.SetColumnDescription("size", "of the organ")
    copy.Copy(node)
    node.SetCellText(0, 0, "changed")
    assert copy.GetCellText(0, 0) == "liver"
    assert copy.GetColumnDescription("size") == "of the organ"
    heard = []
    copy.AddObserver("ModifiedEvent", lambda caller, event: heard.append(event))
    copy.SetCellText(0, 0, "x")
    assert heard


def _threeColumns():
    node = vtkMRMLTableNode()
    for _ in range(3):
        node.AddColumn()
    for _ in range(2):
        node.AddEmptyRow()
    for row in range(2):
        for column in range(3):
            node.SetCellText(row, column, f"{row}{column}")
    return node


def _told(node, change) -> tuple[object, bool]:
    """What a change answers, and whether observers heard of it."""
    heard = []
    tag = node.AddObserver("ModifiedEvent", lambda *_: heard.append(1))
    answer = change()
    node.RemoveObserver(tag)
    return answer, bool(heard)


def _cells(node) -> list[list[str]]:
    rows, columns = range(node.GetNumberOfRows()), range(node.GetNumberOfColumns())
    return [[node.GetCellText(row, column) for column in columns] for row in rows]


def test_columnsWithoutANameGetOneThatIsFree():
    node = _threeColumns()
    assert [node.GetColumnName(n) for n in range(3)] == ["Column 1", "Column 2", "Column 3"]
    node.RemoveColumn(1)
    assert node.AddColumn().GetName() == "Column 4"  # the third by number, but that name is taken
    assert node.GetColumnName(-1) == node.GetColumnName(3) == ""


def test_columnsAndRowsAreRemovedByNumber_andOthersAnswerFalse():
    node = _threeColumns()
    for number in (-1, 3):
        assert _told(node, lambda number=number: node.RemoveColumn(number)) == (False, False)
    for number in (-1, 2):
        assert _told(node, lambda number=number: node.RemoveRow(number)) == (False, False)
    assert _told(node, lambda: node.RemoveColumn(0)) == (True, True)
    assert _cells(node) == [["01", "02"], ["11", "12"]]
    assert _told(node, lambda: node.RemoveRow(0)) == (True, True)
    assert _cells(node) == [["11", "12"]]
    node.RemoveAllColumns()
    assert (node.GetNumberOfColumns(), node.GetNumberOfRows()) == (0, 0)


def test_cellsThatAreNotThereAreEmptyAndCannotBeSet():
    node = _threeColumns()
    for row, column in ((-1, 0), (2, 0), (0, -1), (0, 3)):
        assert node.GetCellText(row, column) == ""
        assert _told(node, lambda row=row, column=column: node.SetCellText(row, column, "x")) == (False, False)
    assert _told(node, lambda: node.SetCellText(0, 0, "x")) == (True, True)
    assert _cells(node) == [["x", "01", "02"], ["10", "11", "12"]]


def test_columnsAreFoundByName_andRenamedWithWhatTheyMean():
    node = _threeColumns()
    node.SetColumnUnitLabel("Column 1", "mm")
    assert [node.GetColumnIndex(name) for name in ("Column 1", "Column 3", "other")] == [0, 2, -1]
    for number in (-1, 3):
        assert _told(node, lambda number=number: node.RenameColumn(number, "x")) == (False, False)
    assert _told(node, lambda: node.RenameColumn(0, "length")) == (True, True)
    assert node.columnProperties() == {"length": {"unitLabel": "mm"}}
    assert node.GetColumnIndex("length") == 0 and node.GetColumnIndex("Column 1") == -1


def test_howItIsShownIsKeptAndCopied():
    node, copy = vtkMRMLTableNode(), vtkMRMLTableNode()
    for name in ("Locked", "UseColumnTitleAsColumnHeader", "UseFirstColumnAsRowHeader"):
        get, change = getattr(node, f"Get{name}"), getattr(node, f"Set{name}")
        assert get() is False
        assert _told(node, lambda change=change: change(True)) == (None, True)
        assert get() is True
        assert _told(node, lambda change=change: change(True)) == (None, False)
        copy.Copy(node)
        assert getattr(copy, f"Get{name}")() is True
