"""Tables of tags as a Qt item model: a table of patient, study and each series, and below it a row for each tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt, Signal
from qtpy.QtGui import QBrush, QColor, QFont

from ..Wording import counted
from .DisplayText import plainText, toolTipText
from .MessageBar import ERROR, STRIPE_COLORS

if TYPE_CHECKING:
    from ..Export.ExportTags import TagRow, TagTable

LABEL_COLUMN, VALUE_COLUMN = 0, 1
HEADERS = ("Tag", "Value")
CHOICES_ROLE = Qt.UserRole + 1
"""Pairs of value and words for people of a tag with a few values, in their order; empty for others."""
PROBLEM_ROLE = Qt.UserRole + 2
"""What is wrong with a value, a sentence; "" when nothing is."""
OPTION_ROLE = Qt.UserRole + 3
"""Whether a row is an option of what writes, and no tag."""
_TABLE = 0  # internal number of a table's own row; rows below table n have n + 1
_PROBLEM_ALPHA = 70
OPTION_TOOL_TIP = "An option of the export; it is not written as a tag."


class ExportTagsModel(QAbstractItemModel):
    """Values are checked as they are set."""

    edited = Signal(int, str, str)
    """The user has set a value: number of the table, keyword, value."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._tables: list[TagTable] = []
        self._rows: list[list[TagRow]] = []  # a table finds its rows anew, and checks them, each time it is asked

    @property
    def tables(self) -> list[TagTable]:
        return list(self._tables)

    def setTables(self, tables: Sequence[TagTable]) -> None:
        """Show other tables."""
        self.beginResetModel()
        self._tables = list(tables)
        self._rows = [list(table.rows) for table in tables]
        self.endResetModel()

    def problems(self) -> Iterator[tuple[QModelIndex, str]]:
        """Values that are wrong, each with a sentence that says where and why."""
        for number, table in enumerate(self._tables):
            for place, row in enumerate(self._rows[number]):
                if row.problem:
                    sentence = f"{plainText(table.title)}: {plainText(row.problem)}"
                    yield self.createIndex(place, VALUE_COLUMN, number + 1), sentence

    def indexOf(self, tableNumber: int, keyword: str) -> QModelIndex:
        """Of a value; an invalid one when the table does not have it."""
        for place, row in enumerate(self._rows[tableNumber]):
            if row.keyword == keyword:
                return self.createIndex(place, VALUE_COLUMN, tableNumber + 1)
        return QModelIndex()

    # Qt's questions

    def index(self, row: int, column: int, parent: QModelIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else _TABLE)

    def parent(self, index: QModelIndex = None) -> QModelIndex:
        if index is None:
            return QObject.parent(self)
        if not index.isValid() or index.internalId() == _TABLE:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, _TABLE)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        if not parent.isValid():
            return len(self._tables)
        isTable = parent.internalId() == _TABLE and parent.column() == 0
        return len(self._rows[parent.row()]) if isTable else 0

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008
        return len(HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole):
        return HEADERS[section] if orientation == Qt.Horizontal and role == Qt.DisplayRole else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlags:
        flags = Qt.ItemIsEnabled | Qt.ItemIsSelectable
        isValue = index.isValid() and index.internalId() != _TABLE and index.column() == VALUE_COLUMN
        return flags | Qt.ItemIsEditable if isValue else flags

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole):
        if not index.isValid():
            return None
        if index.internalId() == _TABLE:
            return self._tableData(index.row(), index.column(), role)
        return self._rowData(self.row(index), index.column(), role)

    def setData(self, index: QModelIndex, value: object, role: int = Qt.EditRole) -> bool:
        """Set a value in all exportables of the table, and check it."""
        if role != Qt.EditRole or not self.flags(index) & Qt.ItemIsEditable:
            return False
        number, row = index.internalId() - 1, self.row(index)
        if str(value) == row.value:
            return True
        self._tables[number].setValue(row.keyword, str(value))
        self._rows[number] = list(self._tables[number].rows)
        self._tellChanged(number)
        self.edited.emit(number, row.keyword, str(value))
        return True

    def row(self, index: QModelIndex) -> TagRow:
        """The row of a tag's index."""
        return self._rows[index.internalId() - 1][index.row()]

    def _tellChanged(self, tableNumber: int) -> None:
        """One value may change what is wrong with another."""
        table = self.createIndex(tableNumber, 0, _TABLE)
        last = max(0, len(self._rows[tableNumber]) - 1)
        self.dataChanged.emit(
            self.createIndex(0, 0, tableNumber + 1), self.createIndex(last, VALUE_COLUMN, tableNumber + 1)
        )
        self.dataChanged.emit(table, table.siblingAtColumn(VALUE_COLUMN))

    def _tableData(self, number: int, column: int, role: int):
        table = self._tables[number]
        if role == Qt.DisplayRole:
            return plainText(table.title) + self._wrongText(number) if column == LABEL_COLUMN else None
        if role == Qt.ForegroundRole and self._wrongText(number):
            return QBrush(STRIPE_COLORS[ERROR])
        if role == Qt.FontRole and column == LABEL_COLUMN:
            font = QFont()
            font.setBold(True)
            return font
        return toolTipText(plainText(table.title)) if role == Qt.ToolTipRole else None

    def _wrongText(self, number: int) -> str:
        count = sum(bool(row.problem) for row in self._rows[number])
        return f" – {counted(count, 'value')} to correct" if count else ""

    def _rowData(self, row: TagRow, column: int, role: int):
        if role == Qt.DisplayRole:
            return plainText(row.label if column == LABEL_COLUMN else (row.choices or {}).get(row.value, row.value))
        if role == Qt.EditRole:
            return row.value
        if role == CHOICES_ROLE:
            return tuple((row.choices or {}).items())  # Qt would sort a dict
        if role == PROBLEM_ROLE:
            return plainText(row.problem)
        if role == OPTION_ROLE:
            return row.isOption
        if role == Qt.ToolTipRole:
            return _toolTip(row, column)
        if role == Qt.BackgroundRole and row.problem and column == VALUE_COLUMN:
            color = QColor(STRIPE_COLORS[ERROR])
            color.setAlpha(_PROBLEM_ALPHA)
            return QBrush(color)
        return None


def _toolTip(row: TagRow, column: int) -> str:
    if column == LABEL_COLUMN:
        return toolTipText(OPTION_TOOL_TIP if row.isOption else plainText(row.keyword))
    shown = (row.choices or {}).get(row.value, row.value)
    return "".join(toolTipText(plainText(text)) for text in (shown, row.problem) if text)
