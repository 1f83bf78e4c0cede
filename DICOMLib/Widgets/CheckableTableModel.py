"""A table of records that are switched on and off in one of its columns."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, Qt, Signal

from .RecordTableModel import RecordTableModel


class CheckableTableModel(RecordTableModel):
    """Whether a record is on is its value of :attr:`checkKey`; who hears :attr:`toggled` changes it.

    Subclasses name it, and the key of the column that has the box.
    """

    toggled = Signal(object, bool)
    """What identifies the record, and whether it shall be on."""

    checkColumn = ""
    checkKey = ""

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        if role == Qt.CheckStateRole and self._hasBox(index):
            return Qt.Checked if self.recordAt(index.row())[self.checkKey] else Qt.Unchecked
        return super().data(index, role)

    def flags(self, index: QModelIndex) -> Qt.ItemFlags:
        flags = super().flags(index)
        return flags | Qt.ItemIsUserCheckable if self._hasBox(index) else flags

    def setData(self, index: QModelIndex, value: object, role: int = Qt.EditRole) -> bool:
        if role != Qt.CheckStateRole or not self._hasBox(index):
            return False
        self.toggled.emit(self.recordAt(index.row())[self.keyName], value == Qt.Checked)
        return True

    def _hasBox(self, index: QModelIndex) -> bool:
        return index.isValid() and self.columns[index.column()].key == self.checkColumn
