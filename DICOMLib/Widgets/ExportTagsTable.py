"""The tables of tags that will be written, one below the other, edited in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import QModelIndex, QSize, Qt
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QTreeView, QWidget

from .ExportTagDelegate import ExportTagDelegate
from .ExportTagsModel import CHOICES_ROLE, LABEL_COLUMN, VALUE_COLUMN, ExportTagsModel

if TYPE_CHECKING:
    from ..Export.ExportTags import TagTable

USUAL_SIZE = QSize(480, 320)
LABEL_CHARACTERS = 28  # "Manufacturer's Model Name", and longer ones of options
# With more series than these, their tables begin closed: patient and study are what is edited then.
MOST_OPEN_SERIES = 2


class ExportTagsTable(QTreeView):
    """Click or F2 or any letter edits a value, Enter and Tab keep it, Escape brings back the one before."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportTags")
        self.setAccessibleName("DICOM tags")
        self.placeholderText = ""
        self.tagsModel = ExportTagsModel(self)
        self.setModel(self.tagsModel)
        self.setItemDelegate(ExportTagDelegate(self))
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.setAlternatingRowColors(True)
        self.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.setSelectionMode(QAbstractItemView.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditKeyPressed | QAbstractItemView.AnyKeyPressed)
        self.setTextElideMode(Qt.ElideMiddle)
        header = self.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.Interactive)
        header.resizeSection(LABEL_COLUMN, self.fontMetrics().averageCharWidth() * LABEL_CHARACTERS + 2 * 14)
        self.clicked.connect(self._onClicked)

    def sizeHint(self) -> QSize:
        return USUAL_SIZE

    def setTables(self, tables: Sequence[TagTable]) -> None:
        """Show other tables; those that are open or closed already stay so."""
        model = self.tagsModel
        known = {self._key(number): self.isExpanded(model.index(number, 0)) for number in range(model.rowCount())}
        scrolled = self.verticalScrollBar().value()
        model.setTables(tables)
        series = sum(table.level == "series" for table in tables)
        for number, table in enumerate(tables):
            self.setFirstColumnSpanned(number, QModelIndex(), True)
            isOpen = table.level != "series" or series <= MOST_OPEN_SERIES
            self.setExpanded(model.index(number, 0), known.get(self._key(number), isOpen))
        self.verticalScrollBar().setValue(scrolled)
        self.viewport().update()

    def showIndex(self, index: QModelIndex) -> None:
        """Open the table of a value, scroll to it and make it the current one."""
        self.setExpanded(index.parent(), True)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    def finishEditing(self) -> None:
        """Keep what is being typed."""
        if self.state() == QAbstractItemView.EditingState:
            self.setCurrentIndex(self.currentIndex().siblingAtColumn(LABEL_COLUMN))

    def moveCursor(self, action, modifiers) -> QModelIndex:
        """The keyboard stays in the column of values, where it can edit."""
        index = super().moveCursor(action, modifiers)
        isRow = index.isValid() and index.parent().isValid()
        return index.siblingAtColumn(VALUE_COLUMN) if isRow else index

    def keyPressEvent(self, event) -> None:
        index = self.currentIndex()
        isEnter = event.key() in (Qt.Key_Return, Qt.Key_Enter)
        if isEnter and index.isValid():
            if index.parent().isValid():
                self._edit(index.siblingAtColumn(VALUE_COLUMN))
            else:
                self.setExpanded(index, not self.isExpanded(index))
            return  # Enter must not export while the keyboard is in the table
        if event.key() in (Qt.Key_Left, Qt.Key_Right) and index.isValid():
            table = index.parent() if index.parent().isValid() else index.siblingAtColumn(LABEL_COLUMN)
            self.setExpanded(table, event.key() == Qt.Key_Right)
            if event.key() == Qt.Key_Left:
                self.setCurrentIndex(table)
            return
        super().keyPressEvent(event)

    def _key(self, number: int) -> tuple[str, str]:
        table = self.tagsModel.tables[number]
        return table.level, table.title

    def _onClicked(self, index: QModelIndex) -> None:
        if index.parent().isValid():
            self._edit(index.siblingAtColumn(VALUE_COLUMN))
        elif index.column() == LABEL_COLUMN:
            self.setExpanded(index, not self.isExpanded(index))

    def _edit(self, index: QModelIndex) -> None:
        self.setCurrentIndex(index)
        if self.state() == QAbstractItemView.EditingState:
            return
        self.edit(index)
        editor = self.indexWidget(index)
        if index.data(CHOICES_ROLE) and isinstance(editor, QComboBox):
            editor.showPopup()

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.placeholderText and self.tagsModel.rowCount() == 0:
            with QPainter(self.viewport()) as painter:
                painter.setPen(self.palette().color(QPalette.Disabled, QPalette.Text))
                area = self.viewport().rect().adjusted(12, 4, -12, -4)
                painter.drawText(area, int(Qt.AlignCenter | Qt.TextWordWrap), self.placeholderText)
