"""The table itself: whole rows, a text where there are no rows, and columns that fit the width there is."""

from __future__ import annotations

from qtpy.QtCore import QPoint, Qt, Signal
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from .PaddedDelegate import PaddedDelegate
from .RecordHeaderView import RecordHeaderView

ROW_PADDING = 6
CELL_PADDING = 16
SORT_ARROW_WIDTH = 14
# Importance from which a column stays in view however narrow the table is.
ALWAYS_SHOWN = 10


class RecordTableView(QTableView):
    """Shows a proxy of a RecordTableModel. The column of importance 10 takes the room that is left."""

    returnPressed = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.placeholderText = ""
        self._chosenColumns: dict[int, bool] = {}
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

    def setColumns(self, columns) -> None:
        """Take widths and importance from the columns of the model that is shown."""
        self._columns = tuple(columns)
        for index, column in enumerate(self._columns):
            mode = QHeaderView.Stretch if column.importance >= ALWAYS_SHOWN else QHeaderView.Interactive
            self.horizontalHeader().setSectionResizeMode(index, mode)
            self.setColumnWidth(index, self._wantedWidth(column))
        self.fitColumns()

    def fitColumns(self) -> None:
        """Hide the least important columns until the rest fits; what the user chose to see or not to see stays so."""
        if self.model() is None:
            return
        room = self.viewport().width()
        ranked = sorted(enumerate(self._columns), key=lambda item: -item[1].importance)
        for index, column in ranked:
            room -= self._wantedWidth(column)
            fits = room >= 0 or column.importance >= ALWAYS_SHOWN
            if not fits:
                room = -1  # a less important column must not slip in where a more important one did not fit
            self.setColumnHidden(index, not self._chosenColumns.get(index, fits))

    def setColumnShown(self, index: int, shown: bool) -> None:
        """The user's own choice for a column; it overrides the automatic one."""
        self._chosenColumns[index] = shown
        self.fitColumns()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self.fitColumns()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key_Return, Qt.Key_Enter) and self.selectionModel().hasSelection():
            self.returnPressed.emit()
        else:
            super().keyPressEvent(event)

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
        return max(title, metrics.horizontalAdvance("0") * column.characters + CELL_PADDING)

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
