"""A searchable table: title, count and search box above the rows."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from qtpy.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ..Wording import counted
from .BoldText import makeBold
from .RecordTableModel import Record, RecordTableModel, unbrokenRanges
from .RecordTableView import RecordTableView

# Slicer's signal that a search finds nothing; with dark letters it reads on every theme.
NO_MATCH_STYLE = "QLineEdit { background: #f4e3a1; color: #3a3000; }"


class DICOMTableView(QWidget):
    """Shows one RecordTableModel. Keys are the values that identify records (a patient's number, a UID).

    :param title: what the rows are, in the plural, as a heading
    :param noun: one of them, in lower case; ``nouns`` where an s does not make the plural
    """

    selectionChanged = Signal()
    rowActivated = Signal()
    """A row was double-clicked or Return was pressed."""
    removeRequested = Signal()
    """Delete was pressed."""
    rowHeightChanged = Signal()
    contextMenuRequested = Signal(QPoint)
    """Where, in screen coordinates."""

    def __init__(self, model: RecordTableModel, title: str, noun: str, nouns: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.model = model
        self._noun, self._nouns = noun, nouns
        self._emptyText = ""
        self._isRefreshing = False
        self._build(title)
        self.table.setModel(model)
        self.table.setColumns(model.columns)
        self.table.setSortingEnabled(True)
        self._connect()
        self._updateCount()

    def _build(self, title: str) -> None:
        self.titleLabel = QLabel(title, objectName="tableTitle")
        self.titleLabel.setTextFormat(Qt.PlainText)
        makeBold(self.titleLabel)
        self.countLabel = QLabel(objectName="tableCount")
        self.countLabel.setTextFormat(Qt.PlainText)
        self.searchBox = QLineEdit(objectName="tableSearch")
        self.searchBox.setPlaceholderText(f"Search {title.lower()}")
        self.searchBox.setClearButtonEnabled(True)
        self.searchBox.setAcceptDrops(False)  # files dropped here are for the browser, not text to search for
        self.searchBox.setMinimumWidth(80)
        self.searchBox.setMaximumWidth(260)
        self.searchBox.setSizePolicy(QSizePolicy.Expanding, QSizePolicy.Fixed)
        self.table = RecordTableView()
        self.table.setObjectName(f"{title.lower()}Table")
        self.table.setAccessibleName(title)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.titleLabel)
        head.addWidget(self.countLabel)
        head.addStretch(1)
        head.addWidget(self.searchBox, 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addWidget(self.table, 1)

    def _connect(self) -> None:
        self.searchBox.textChanged.connect(self._search)
        self.searchBox.returnPressed.connect(self._enterTable)
        self.table.doubleClicked.connect(lambda _index: self.rowActivated.emit())
        self.table.returnPressed.connect(self.rowActivated)
        self.table.deletePressed.connect(self.removeRequested)
        self.table.customContextMenuRequested.connect(
            lambda position: self.contextMenuRequested.emit(self.table.viewport().mapToGlobal(position))
        )
        self.table.selectionModel().selectionChanged.connect(self._selectionTouched)

    def keyPressEvent(self, event) -> None:
        # The search box has no use for it and hands it on.
        if event.key() == Qt.Key_Down and self.window().focusWidget() is self.searchBox:
            self._enterTable()
        else:
            super().keyPressEvent(event)

    def _enterTable(self) -> None:
        self.table.setFocus(Qt.TabFocusReason)
        if not self.table.selectionModel().hasSelection():
            self.table.selectFirst()

    def heightForRows(self, rows: int) -> int:
        """Height in pixels at which so many rows are seen whole below title and header."""
        layout = self.layout()
        head = layout.itemAt(0).sizeHint().height() + layout.spacing() + layout.contentsMargins().top()
        return head + self.table.heightForRows(rows)

    def setRowHeight(self, height: int, extraWidths: dict[int, int] | None = None) -> None:
        """As :meth:`RecordTableView.setRowHeight`."""
        self.table.setRowHeight(height, extraWidths)
        self.rowHeightChanged.emit()

    def setFewestRows(self, rows: int) -> None:
        """How many rows of text are seen however little room there is."""
        self.table.setMinimumHeight(self.table.leastHeightForRows(rows))

    def setEmptyText(self, text: str) -> None:
        """What stands in the table while it has no rows."""
        self._emptyText = text
        self._updateCount()

    def setRecords(self, records: Iterable[Record], selectNew: bool | None = None) -> None:
        """Show these records. What was selected stays selected.

        :param selectNew: whether records not shown before become selected; None: if all were selected before
        """
        before = {record[self.model.keyName] for record in self.model.records} if selectNew is not False else set()
        selectedBefore = set(self.selectedKeys())
        if selectNew is None:
            selectNew = bool(selectedBefore) and len(selectedBefore) == self.model.rowCount()
        self._isRefreshing = True
        self.model.setRecords(records)
        if selectNew:
            self.selectKeys(selectedBefore | {record[self.model.keyName] for record in self.model.records} - before)
        self._isRefreshing = False
        self._updateCount()
        self.table.fitColumns()
        if set(self.selectedKeys()) != selectedBefore:
            self.selectionChanged.emit()

    def selectedKeys(self) -> list[object]:
        """Keys of the selected rows, from top to bottom."""
        key = self.model.keyName
        return [record[key] for record in self.selectedRecords()]

    def selectedRecords(self) -> list[Record]:
        shown = self.model.shownRecords
        return [shown[row] for row in self._selectedRows()]

    def selectKeys(self, keys: Iterable[object]) -> None:
        """Select exactly the rows with these keys, as far as the search shows them."""
        wanted, key, lastColumn = set(keys), self.model.keyName, self.model.columnCount() - 1
        rows = [row for row, record in enumerate(self.model.shownRecords) if record[key] in wanted] if wanted else []
        selection = QItemSelection()
        for first, last in unbrokenRanges(rows):
            selection.select(self.model.index(first, 0), self.model.index(last, lastColumn))
        selectionModel = self.table.selectionModel()
        selectionModel.select(selection, QItemSelectionModel.ClearAndSelect)
        if rows:
            first = self.model.index(rows[0], 0)
            selectionModel.setCurrentIndex(first, QItemSelectionModel.NoUpdate)
            self.table.scrollTo(first)

    def selectAll(self) -> None:
        self.table.selectAll()

    def _selectedRows(self) -> list[int]:
        """Rows as shown. Read from the ranges: Qt's own list of rows asks the model fifty questions for each."""
        rows: set[int] = set()
        for part in self.table.selectionModel().selection():
            rows.update(range(part.top(), part.bottom() + 1))
        return sorted(rows)

    def _selectionTouched(self) -> None:
        if not self._isRefreshing:
            self.selectionChanged.emit()

    def _search(self, text: str) -> None:
        self._isRefreshing = True
        selectedBefore = self.selectedKeys()
        self.model.setSearchText(text)
        self.selectKeys(selectedBefore)
        self._isRefreshing = False
        self._updateCount()
        if len(self._selectedRows()) != len(selectedBefore):  # a search hides selected rows and selects none
            self.selectionChanged.emit()

    def _updateCount(self) -> None:
        total, shown = self.model.totalCount, self.model.rowCount()
        isSearching = bool(self.model.words)
        countText = f"{shown:,} of {total:,}" if isSearching else f"{total:,}" if total else ""
        self.countLabel.setText(countText)
        noun = counted(total, self._noun, self._nouns).split(" ")[1]
        self.countLabel.setToolTip(f"{countText} {noun}" if total else "")
        nothingFound = isSearching and total > 0 and shown == 0
        style = NO_MATCH_STYLE if nothingFound else ""
        if self.searchBox.styleSheet() != style:  # setting it costs milliseconds
            self.searchBox.setStyleSheet(style)
        self.table.placeholderText = "Nothing matches the search." if nothingFound else self._emptyText
        self.table.viewport().update()
