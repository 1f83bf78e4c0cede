"""Draws the text of cells under the text of their header, which styles set in from the edge."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

PADDING = 4


class PaddedDelegate(QStyledItemDelegate):
    """The background reaches the edges of the cell, the text does not."""

    def leftPadding(self) -> int:
        """Pixels before the text."""
        return PADDING

    def paint(self, painter, option, index) -> None:
        background = QStyleOptionViewItem(option)
        self.initStyleOption(background, index)
        background.text = ""
        shown = QStyleOptionViewItem.HasDisplay | QStyleOptionViewItem.HasCheckIndicator
        background.features &= ~(shown | QStyleOptionViewItem.HasDecoration)
        style = option.widget.style() if option.widget else QApplication.style()
        style.drawControl(QStyle.CE_ItemViewItem, background, painter, option.widget)
        content = QStyleOptionViewItem(option)
        self.initStyleOption(content, index)
        content.rect = option.rect.adjusted(self.leftPadding(), 0, -PADDING, 0)
        style.drawControl(QStyle.CE_ItemViewItem, content, painter, option.widget)
