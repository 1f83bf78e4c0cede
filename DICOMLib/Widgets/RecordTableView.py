"""The table itself: whole rows, a text where there are no rows, and columns that fit the width there is."""

from __future__ import annotations

from qtpy.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from .PaddedDelegate import PaddedDelegate
from .RecordHeaderView import RecordHeaderView

ROW_PADDING = 6
CELL_PADDING = 16
SORT_ARROW_WIDTH = 14
# Importance from which a column stays in view however narrow the table is.
ALWAYS_SHOWN = 10
MOVING_KEYS = frozenset({Qt.Key_Up, Qt.Key_Down, Qt.Key_Home, Qt.Key_End, Qt.Key_PageUp, Qt.Key_PageDown})


class RecordTableView(QTableView):
    """Shows a RecordTableModel. The column of importance 10 takes the room that is left."""

    returnPressed = Signal()
    deletePressed = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.placeholderText = ""
        self._chosenColumns: dict[int, bool] = {}
        self._chosenWidths: set[int] = set()
        self._isFitting = False
        self._columns: tuple = ()
        self._extraWidths: dict[int, int] = {}
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setSelectionMode(QAbstractItemView.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.CustomContextMenu)
        self.setItemDelegate(PaddedDelegate(self))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + ROW_PADDING)
        self.verticalHeader().setSectionResizeMode(QHeaderView.Fixed)
        header = RecordHeaderView(Qt.Horizontal, self)
        self.setHorizontalHeader(header)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(self.fontMetrics().averageCharWidth() * 4)
        header.setContextMenuPolicy(Qt.CustomContextMenu)
        header.customContextMenuRequested.connect(self._showColumnMenu)
        header.sectionResized.connect(self._onColumnResized)
        header.setResizeContentsPrecision(0)  # what is in view is enough, and quick with any number of rows

    def setSelectionModel(self, selectionModel: QItemSelectionModel) -> None:
        """The header gets an empty selection of its own: at each drawing it asks whether whole columns are selected,
        which goes through all rows."""
        super().setSelectionModel(selectionModel)
        header = self.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(selectionModel.model(), header))

    def setColumns(self, columns) -> None:
        """Take widths and importance from the columns of the model that is shown."""
        self._columns = tuple(columns)
        for index, column in enumerate(self._columns):
            mode = QHeaderView.Stretch if column.importance >= ALWAYS_SHOWN else QHeaderView.Interactive
            self.horizontalHeader().setSectionResizeMode(index, mode)
        self.fitColumns()

    def setRowHeight(self, height: int, extraWidths: dict[int, int] | None = None) -> None:
        """Height of all rows in pixels, and how much wider columns are wanted because of what rows of this height show.

        :param extraWidths: column number → pixels
        """
        self._extraWidths = dict(extraWidths or {})
        self.verticalHeader().setDefaultSectionSize(height)
        self.fitColumns()

    def fitColumns(self) -> None:
        """Hide the least important columns until the rest fits, and give room that is left to texts that need it.

        What the user chose, columns and widths, stays so.
        """
        if self.model() is None or self._isFitting:
            return
        self._isFitting = True
        self._widen(self._hideWhatDoesNotFit())
        self._isFitting = False

    def _hideWhatDoesNotFit(self) -> int:
        """:returns: the room that is left in pixels"""
        room, hasRoom = self.viewport().width(), True
        ranked = sorted(enumerate(self._columns), key=lambda item: -item[1].importance)
        for index, column in ranked:
            fits = hasRoom and (room >= self._wantedWidth(column) or column.importance >= ALWAYS_SHOWN)
            hasRoom = fits  # a less important column must not slip in where a more important one did not fit
            shown = self._chosenColumns.get(index, fits and self.model().isAutomatic(index))
            self.setColumnHidden(index, not shown)
            room -= self._wantedWidth(column) if shown else 0
        return room

    def _widen(self, room: int) -> None:
        stretched = [index for index, column in enumerate(self._columns) if column.importance >= ALWAYS_SHOWN]
        for index in stretched:
            room -= max(0, self.sizeHintForColumn(index) + CELL_PADDING - self._wantedWidth(self._columns[index]))
        for index, column in enumerate(self._columns):
            if index in stretched or index in self._chosenWidths or self.isColumnHidden(index):
                continue
            wanted = self._wantedWidth(column)
            extra = min(max(0, self.sizeHintForColumn(index) + CELL_PADDING // 2 - wanted), max(0, room), wanted)
            self.setColumnWidth(index, wanted + extra)
            room -= extra

    def _onColumnResized(self, index: int, _before: int, _after: int) -> None:
        isByHand = self.horizontalHeader().sectionResizeMode(index) == QHeaderView.Interactive
        if not self._isFitting and isByHand and _after > 0:
            self._chosenWidths.add(index)

    def setColumnShown(self, index: int, shown: bool) -> None:
        """The user's own choice for a column; it overrides the automatic one."""
        self._chosenColumns[index] = shown
        self.fitColumns()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.fitColumns()

    def showEvent(self, event) -> None:
        super().showEvent(event)
        self.fitColumns()

    def sizeHintForColumn(self, column: int) -> int:
        """What the rows in view want; Qt would ask all rows of a table that is not shown yet."""
        return super().sizeHintForColumn(column) if self.isVisible() else 0

    def heightForRows(self, rows: int) -> int:
        """Height in pixels at which so many rows are seen whole below the header."""
        header = max(self.horizontalHeader().height(), self.horizontalHeader().sizeHint().height())
        return header + rows * self.verticalHeader().defaultSectionSize() + 2 * self.frameWidth()

    def leastHeightForRows(self, rows: int) -> int:
        """As :meth:`heightForRows` for rows of text; higher ones are fewer, but at least one."""
        height = self.verticalHeader().defaultSectionSize()
        textHeight = self.fontMetrics().height() + ROW_PADDING
        return self.heightForRows(0) + max(min(1, rows) * height, rows * textHeight)

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter) and self.selectionModel().hasSelection():
            self.returnPressed.emit()
        elif event.key() == Qt.Key_Delete and self.selectionModel().hasSelection():
            self.deletePressed.emit()
        elif event.key() in MOVING_KEYS and not self.selectionModel().hasSelection():
            self.selectFirst()
        else:
            super().keyPressEvent(event)

    def selectedRows(self) -> list[int]:
        """From top to bottom."""
        return sorted({index.row() for index in self.selectionModel().selectedRows()})

    def selectFirst(self) -> None:
        """Select the row the keyboard is at, or the first: moving keys would leave an only row unselected."""
        if self.model() is not None and self.model().rowCount():
            self.selectRow(max(0, self.currentIndex().row()))

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.placeholderText and self.model() is not None and self.model().rowCount() == 0:
            with QPainter(self.viewport()) as painter:
                painter.setPen(self.palette().color(QPalette.Disabled, QPalette.Text))
                area = self.viewport().rect().adjusted(12, 4, -12, -4)
                painter.drawText(area, int(Qt.AlignCenter | Qt.TextWordWrap), self.placeholderText)

    def _wantedWidth(self, column) -> int:
        metrics = self.horizontalHeader().fontMetrics()
        title = metrics.horizontalAdvance(column.title) + CELL_PADDING + SORT_ARROW_WIDTH
        # Digits are wider than the average letter, and most columns hold digits.
        extra = self._extraWidths.get(self._columns.index(column), 0)
        return max(title, metrics.horizontalAdvance("0") * column.characters + CELL_PADDING + extra)

    def _showColumnMenu(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        for index, column in enumerate(self._columns):
            action = menu.addAction(column.explanation or column.title)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(index))
            action.setEnabled(column.importance < ALWAYS_SHOWN)
            action.toggled.connect(lambda shown, index=index: self.setColumnShown(index, shown))
        menu.popup(self.horizontalHeader().mapToGlobal(position))
