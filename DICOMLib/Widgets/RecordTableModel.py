"""A table of records (dictionaries) with named columns: the common part of the patient, study and series models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt
from qtpy.QtGui import QGuiApplication, QPalette

from .DisplayText import naturalKey, plainText, searchKey, toolTipText

SORT_ROLE = Qt.UserRole + 1
"""What the column is ordered by; comparable within one column."""
RECORD_ROLE = Qt.UserRole + 2
"""The whole record."""
KEY_ROLE = Qt.UserRole + 3
"""What identifies the record."""
SEARCH_ROLE = Qt.UserRole + 4
"""All columns' texts without case and accents."""

Record = Mapping[str, object]


@dataclass(frozen=True)
class Column:
    """One column: where its value is, how it is shown, and how much it matters when the table is narrow."""

    key: str
    title: str
    display: Callable[[object], str] = plainText
    characters: int = 12
    """Room it wants, in average characters."""
    importance: int = 5
    """Columns of low importance give way first when the table is narrow; 10 always stays."""
    alignRight: bool = False
    explanation: str = ""
    missing: str = ""
    """What stands, greyed, where the record has no value."""


class RecordTableModel(QAbstractTableModel):
    """Shows records; texts are made when a cell is drawn, search texts when somebody searches.

    Subclasses name their :attr:`columns` and the :attr:`keyName` of the value that identifies a record.
    """

    columns: Sequence[Column] = ()
    keyName = ""

    def __init__(self, records: Iterable[Record] = (), parent=None):
        super().__init__(parent)
        self._records: list[Record] = list(records)
        self._searchTexts: dict[object, str] = {}
        self._sortColumn = -1
        self._sortOrder = Qt.AscendingOrder

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._records)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._records):
            return None
        record, column = self._records[index.row()], self.columns[index.column()]
        if role == Qt.DisplayRole:
            return column.display(record.get(column.key)) or column.missing
        if role == Qt.ForegroundRole:
            isMissing = column.missing and not column.display(record.get(column.key))
            return QGuiApplication.palette().brush(QPalette.Disabled, QPalette.Text) if isMissing else None
        if role == Qt.TextAlignmentRole:
            return int((Qt.AlignRight if column.alignRight else Qt.AlignLeft) | Qt.AlignVCenter)
        if role == Qt.ToolTipRole:
            return toolTipText(column.display(record.get(column.key)))
        if role == RECORD_ROLE:
            return record
        if role == KEY_ROLE:
            return record[self.keyName]
        if role == SORT_ROLE:
            return self._sortValue(record.get(column.key), column)
        return self._searchText(record) if role == SEARCH_ROLE else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole) -> object:
        if orientation != Qt.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.DisplayRole:
            return column.title
        if role == Qt.TextAlignmentRole:
            return int((Qt.AlignRight if column.alignRight else Qt.AlignLeft) | Qt.AlignVCenter)
        return column.explanation or column.title if role == Qt.ToolTipRole else None

    def searchText(self, row: int) -> str:
        """All that stands in a row, as shown and as stored, without case and accents."""
        return self._searchText(self._records[row])

    @property
    def records(self) -> list[Record]:
        """The records in the order shown."""
        return list(self._records)

    def recordAt(self, row: int) -> Record:
        """The record of a row. :raises IndexError: when there is no such row"""
        return self._records[row]

    def setRecords(self, records: Iterable[Record]) -> None:
        """Show these records. Rows that stay keep their identity, so selections and the scroll position survive."""
        wanted = {record[self.keyName]: record for record in records}
        self._removeOthers(wanted)
        hasChanges = self._updateKept(wanted)
        self._append(list(wanted.values()))
        if hasChanges or wanted:
            self._applySort()

    def sort(self, column: int, order: Qt.SortOrder = Qt.AscendingOrder) -> None:
        """Order by a column; later changes keep the order. Records of equal value keep their relative places."""
        self._sortColumn, self._sortOrder = column, order
        self._applySort()

    def _sortValue(self, value: object, column: Column) -> tuple:
        # The shown text of a date or a name sorts as people expect; counts are numbers.
        return (False, "", value) if isinstance(value, int | float) else naturalKey(column.display(value))

    def _searchText(self, record: Record) -> str:
        key = record[self.keyName]
        text = self._searchTexts.get(key)
        if text is None:
            parts = []
            for column in self.columns:
                raw = plainText(record.get(column.key))
                parts.append(raw)
                if column.display is not plainText and (shown := column.display(record.get(column.key))) != raw:
                    parts.append(shown)
            text = self._searchTexts[key] = "\n".join(map(searchKey, parts))
        return text

    def _removeOthers(self, wanted: Mapping[object, Record]) -> None:
        gone = [row for row, record in enumerate(self._records) if record[self.keyName] not in wanted]
        if gone and len(gone) == len(self._records):
            self.beginResetModel()
            self._records, self._searchTexts = [], {}
            self.endResetModel()
            return
        for first, last in reversed(unbrokenRanges(gone)):
            self.beginRemoveRows(QModelIndex(), first, last)
            for record in self._records[first : last + 1]:
                self._searchTexts.pop(record[self.keyName], None)
            del self._records[first : last + 1]
            self.endRemoveRows()

    def _updateKept(self, wanted: dict[object, Record]) -> bool:
        """Replace changed records in place and leave only new ones in ``wanted``. :returns: whether any changed"""
        changed = []
        for row, record in enumerate(self._records):
            key = record[self.keyName]
            new = wanted.pop(key)
            if new != record:
                self._records[row] = new
                self._searchTexts.pop(key, None)
                changed.append(row)
        for first, last in unbrokenRanges(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
        return bool(changed)

    def _append(self, records: list[Record]) -> None:
        if records:
            first = len(self._records)
            self.beginInsertRows(QModelIndex(), first, first + len(records) - 1)
            self._records.extend(records)
            self.endInsertRows()

    def _applySort(self) -> None:
        if not 0 <= self._sortColumn < len(self.columns):
            return
        column, descending = self.columns[self._sortColumn], self._sortOrder == Qt.DescendingOrder
        raw = [record.get(column.key) for record in self._records]
        keys = {value: self._sortValue(value, column) for value in dict.fromkeys(raw)}
        values = [keys[value] for value in raw]
        order = sorted(range(len(values)), key=values.__getitem__, reverse=descending)
        if order == list(range(len(values))):
            return
        self.layoutAboutToBeChanged.emit()
        self._records = [self._records[row] for row in order]
        newRow = {old: new for new, old in enumerate(order)}
        before = self.persistentIndexList()
        after = [self.index(newRow[index.row()], index.column()) for index in before]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


def unbrokenRanges(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending row numbers as (first, last) of each unbroken stretch."""
    ranges: list[tuple[int, int]] = []
    for row in rows:
        if ranges and ranges[-1][1] == row - 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    return ranges
