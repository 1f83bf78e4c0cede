"""A table of records (dictionaries) with named columns: the common part of the patient, study and series models."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, QTimer
from qtpy.QtGui import QGuiApplication, QPalette

from .DisplayText import naturalKey, plainText, searchKey, toolTipText

SORT_ROLE = Qt.UserRole + 1
"""What the column is ordered by; comparable within one column."""
RECORD_ROLE = Qt.UserRole + 2
"""The whole record."""
KEY_ROLE = Qt.UserRole + 3
"""What identifies the record."""

# As wide as a digit, and seen also at the end of a line.
SPACE_BEFORE_ARROW = "\u2007"

Record = Mapping[str, object]

# Some milliseconds' worth.
TEXTS_MADE_AT_ONCE = 500


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
    isOptional: bool = False
    """Whether it is shown only when somebody asks for it,"""
    isNeededFor: Callable[[object], bool] | None = None
    """or when a value asks for it."""


class RecordTableModel(QAbstractTableModel):
    """Shows records, all or those that match a search; texts are made when a cell is drawn, search texts when somebody
    searches. Sorting and searching go through lists here: a proxy in between would ask for every row anew.

    Subclasses name their :attr:`columns` and the :attr:`keyName` of the value that identifies a record.
    """

    columns: Sequence[Column] = ()
    keyName = ""

    def __init__(self, records: Iterable[Record] = (), parent=None):
        super().__init__(parent)
        self._all: list[Record] = list(records)
        self._records: list[Record] = list(self._all)  # the ones that match the search
        self._words: list[str] = []
        self._searchTexts: dict[object, str] = {}
        self._preparation = QTimer(self)
        self._preparation.timeout.connect(self._prepareSearch)
        self._titles: dict[int, str] = {}
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
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole) -> object:
        if orientation != Qt.Horizontal or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.DisplayRole:
            title = plainText(self._titles.get(section) or column.title)
            # Qt puts the sort arrow right against a title that ends where the arrow begins.
            return title + SPACE_BEFORE_ARROW if column.alignRight and section == self._sortColumn else title
        if role == Qt.TextAlignmentRole:
            return int((Qt.AlignRight if column.alignRight else Qt.AlignLeft) | Qt.AlignVCenter)
        return column.explanation or column.title if role == Qt.ToolTipRole else None

    def isAutomatic(self, section: int) -> bool:
        """Whether a column is shown without being asked for, when there is room."""
        column = self.columns[section]
        if not column.isOptional:
            return True
        needed = column.isNeededFor
        return needed is not None and any(needed(record.get(column.key)) for record in self._all)

    def setTitle(self, section: int, title: str) -> None:
        """Head a column with another name; "" returns to its own."""
        self._titles[section] = title
        self.headerDataChanged.emit(Qt.Horizontal, section, section)

    @property
    def records(self) -> list[Record]:
        """All records in their order, those that the search hides included."""
        return list(self._all)

    @property
    def shownRecords(self) -> list[Record]:
        """The records of the rows, from top to bottom."""
        return list(self._records)

    @property
    def totalCount(self) -> int:
        """Records, those that the search hides included."""
        return len(self._all)

    @property
    def words(self) -> list[str]:
        """What is searched for, without case and accents."""
        return list(self._words)

    def recordAt(self, row: int) -> Record:
        """The record of a row. :raises IndexError: when there is no such row"""
        return self._records[row]

    def setRecords(self, records: Iterable[Record]) -> None:
        """Show these records. Rows that stay keep their identity, so selections and the scroll position survive."""
        new = {record[self.keyName]: record for record in records}
        old = {record[self.keyName]: record for record in self._all}
        for key, record in old.items():
            if new.get(key) != record:
                self._searchTexts.pop(key, None)
        stay = [new[key] for key in old if key in new]
        added = [record for key, record in new.items() if key not in old]
        hasToBeSorted = added or any(old[record[self.keyName]] != record for record in stay)
        self._all = self._sorted([*stay, *added]) if hasToBeSorted else stay
        shown = self._matching()
        wanted = {record[self.keyName]: record for record in shown}
        self._removeOthers(wanted)
        self._updateKept(wanted)
        self._append(list(wanted.values()))
        self._arrange(shown)
        self._preparation.start()

    def setSearchText(self, text: str) -> None:
        """Show only records in which every word occurs, in whichever column; case and accents do not matter.

        What was selected has to be selected again: told row by row what comes and goes, a view of thousands of rows is
        slower than typing.
        """
        self.beginResetModel()
        self._words = searchKey(text).split()
        self._records = self._matching()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.AscendingOrder) -> None:
        """Order by a column; later changes keep the order. Records of equal value keep their relative places."""
        self._sortColumn, self._sortOrder = column, order
        self._all = self._sorted(self._all)
        self._arrange(self._matching())

    def _sortValue(self, value: object, column: Column) -> tuple:
        # The shown text of a date or a name sorts as people expect; counts are numbers.
        return (False, "", value) if isinstance(value, int | float) else naturalKey(column.display(value))

    def _prepareSearch(self) -> None:
        """While nothing else is to be done, make some of the search texts, so that the first key need not wait."""
        missing = (record for record in self._all if record[self.keyName] not in self._searchTexts)
        for record in islice(missing, TEXTS_MADE_AT_ONCE):
            self._searchText(record)
        if len(self._searchTexts) >= len(self._all):
            self._preparation.stop()

    def _searchText(self, record: Record) -> str:
        """All that stands in a row, as shown and as stored, without case and accents."""
        key = record[self.keyName]
        text = self._searchTexts.get(key)
        if text is None:
            parts = []
            for column in self.columns:
                if column.isOptional:
                    continue
                raw = plainText(record.get(column.key))
                parts.append(raw)
                if column.display is not plainText and (shown := column.display(record.get(column.key))) != raw:
                    parts.append(shown)
            text = self._searchTexts[key] = "\n".join(map(searchKey, parts))
        return text

    def _matching(self) -> list[Record]:
        found = self._all
        for word in self._words:
            found = [record for record in found if word in self._searchText(record)]
        return list(found)

    def _removeOthers(self, wanted: Mapping[object, Record]) -> None:
        gone = [row for row, record in enumerate(self._records) if record[self.keyName] not in wanted]
        if gone and len(gone) == len(self._records):
            self.beginResetModel()
            self._records = []
            self.endResetModel()
            return
        for first, last in reversed(unbrokenRanges(gone)):
            self.beginRemoveRows(QModelIndex(), first, last)
            del self._records[first : last + 1]
            self.endRemoveRows()

    def _updateKept(self, wanted: dict[object, Record]) -> None:
        """Replace changed records in place and leave only new ones in ``wanted``."""
        changed = []
        for row, record in enumerate(self._records):
            new = wanted.pop(record[self.keyName])
            if new != record:
                self._records[row] = new
                changed.append(row)
        for first, last in unbrokenRanges(changed):
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))

    def _append(self, records: list[Record]) -> None:
        if records:
            first = len(self._records)
            self.beginInsertRows(QModelIndex(), first, first + len(records) - 1)
            self._records.extend(records)
            self.endInsertRows()

    def _sorted(self, records: list[Record]) -> list[Record]:
        if not 0 <= self._sortColumn < len(self.columns):
            return records
        column = self.columns[self._sortColumn]
        raw = [record.get(column.key) for record in records]
        keys = {value: self._sortValue(value, column) for value in dict.fromkeys(raw)}
        values = [keys[value] for value in raw]
        order = sorted(range(len(values)), key=values.__getitem__, reverse=self._sortOrder == Qt.DescendingOrder)
        return [records[row] for row in order]

    def _arrange(self, records: list[Record]) -> None:
        """Bring the rows into the order of ``records``, which are the same."""
        rows = {record[self.keyName]: row for row, record in enumerate(records)}
        newRows = [rows[record[self.keyName]] for record in self._records]
        if newRows == list(range(len(newRows))):
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        after = [self.index(newRows[index.row()], index.column()) for index in before]
        self._records = records
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
