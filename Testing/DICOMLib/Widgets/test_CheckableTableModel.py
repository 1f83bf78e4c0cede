from __future__ import annotations

from qtpy.QtCore import QModelIndex, Qt

from DICOMLib.Widgets.CheckableTableModel import CheckableTableModel
from DICOMLib.Widgets.RecordTableModel import Column


class Lamps(CheckableTableModel):
    keyName, checkColumn, checkKey = "number", "place", "isLit"
    columns = (Column("number", "Number"), Column("place", "Place"))


def lamps() -> Lamps:
    return Lamps([{"number": 4, "place": "hall", "isLit": True}, {"number": 7, "place": "stairs", "isLit": False}])


def test_theColumnThatIsNamedHasTheBox_andNoOther(qapp):
    model = lamps()
    states = [model.index(row, 1).data(Qt.CheckStateRole) for row in range(2)]
    assert states == [Qt.Checked, Qt.Unchecked]
    assert model.index(0, 0).data(Qt.CheckStateRole) is None and model.data(QModelIndex(), Qt.CheckStateRole) is None
    assert model.index(0, 1).data() == "hall"
    assert [bool(model.flags(model.index(0, column)) & Qt.ItemIsUserCheckable) for column in range(2)] == [False, True]


def test_whoSwitchesIsHeard_andNothingElseCanBeSet(qapp):
    model, heard = lamps(), []
    model.toggled.connect(lambda key, isOn: heard.append((key, isOn)))
    assert model.setData(model.index(1, 1), Qt.Checked, Qt.CheckStateRole)
    assert model.setData(model.index(0, 1), Qt.Unchecked, Qt.CheckStateRole)
    assert not model.setData(model.index(0, 0), Qt.Checked, Qt.CheckStateRole)
    assert not model.setData(model.index(0, 1), "cellar")
    assert heard == [(7, True), (4, False)]
