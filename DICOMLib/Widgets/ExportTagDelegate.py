"""Edits values of tags in place: a line that is checked with each letter, or a list of what a tag can be."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import (
    QAbstractItemDelegate,
    QComboBox,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from .DisplayText import plainText
from .ExportTagsModel import CHOICES_ROLE, VALUE_COLUMN
from .Icons import namedIcon

ROW_PADDING = 8
ARROW_SIZE, ARROW_MARGIN = 12, 6
LIST_MARGIN = 12


class ExportTagDelegate(QStyledItemDelegate):
    """Escape brings back the value from before editing."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self._before: dict[QWidget, tuple[QPersistentModelIndex, str]] = {}
        self._arrow: QIcon | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(super().sizeHint(option, index).width(), option.fontMetrics.height() + ROW_PADDING)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget:
        choices = index.data(CHOICES_ROLE)
        editor = self._comboBox(parent, choices, index) if choices else self._line(parent, index)
        editor.setAccessibleName(plainText(index.siblingAtColumn(0).data()))
        self._before[editor] = (QPersistentModelIndex(index), index.data(Qt.EditRole))
        return editor

    def setEditorData(self, editor: QWidget, index: QModelIndex) -> None:
        """A line that is being typed in is left alone: it is where the value comes from."""
        value = index.data(Qt.EditRole)
        if isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif editor.text() != value:
            editor.setText(value)

    def setModelData(self, editor: QWidget, model, index: QModelIndex) -> None:
        if not isinstance(editor, QComboBox):
            model.setData(index, editor.text(), Qt.EditRole)
        elif editor.currentIndex() >= 0:
            model.setData(index, editor.currentData(), Qt.EditRole)

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: QModelIndex) -> None:
        editor.setGeometry(option.rect)

    def destroyEditor(self, editor: QWidget, index: QModelIndex) -> None:
        self._before.pop(editor, None)
        super().destroyEditor(editor, index)

    def eventFilter(self, editor: QWidget, event: QEvent) -> bool:
        if event.type() == QEvent.KeyPress and event.key() == Qt.Key_Escape and editor in self._before:
            place, value = self._before[editor]
            if place.isValid():
                QModelIndex(place).model().setData(QModelIndex(place), value, Qt.EditRole)
            self.closeEditor.emit(editor, QAbstractItemDelegate.RevertModelCache)
            return True
        return super().eventFilter(editor, event)

    def paint(self, painter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        if index.column() == VALUE_COLUMN and index.data(CHOICES_ROLE):
            if self._arrow is None:
                self._arrow = namedIcon("ChevronDown", self.parent().palette())
            left = option.rect.right() - ARROW_SIZE - ARROW_MARGIN
            top = option.rect.center().y() - ARROW_SIZE // 2
            self._arrow.paint(painter, QRect(left, top, ARROW_SIZE, ARROW_SIZE))

    def _line(self, parent: QWidget, index: QModelIndex) -> QLineEdit:
        editor = QLineEdit(parent)
        # The row is exactly as high as its text needs; borders and room around it are the row's.
        editor.setStyleSheet("QLineEdit { padding: 0px 2px; border-radius: 0px; }")
        place = QPersistentModelIndex(index)
        editor.textEdited.connect(lambda text: self._set(place, text))
        return editor

    def _comboBox(self, parent: QWidget, choices: Sequence[tuple[str, str]], index: QModelIndex) -> QComboBox:
        editor = QComboBox(parent)
        # A list that opens below, whole: one laid over the line is cut off at the table's edge.
        editor.setStyleSheet("QComboBox { padding: 0px 18px 0px 2px; border-radius: 0px; combobox-popup: 0; }")
        for value, words in choices:
            editor.addItem(plainText(words), value)
        rows = min(editor.count(), editor.maxVisibleItems())
        # Qt does not count what a style sheet puts around the rows, and would cut the last one.
        editor.view().setMinimumHeight(rows * editor.view().sizeHintForRow(0) + LIST_MARGIN)
        place = QPersistentModelIndex(index)
        editor.activated.connect(lambda number: self._set(place, editor.itemData(number)))
        return editor

    @staticmethod
    def _set(place: QPersistentModelIndex, value: str) -> None:
        if place.isValid():
            index = QModelIndex(place)
            index.model().setData(index, value, Qt.EditRole)
