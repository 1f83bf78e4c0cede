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
