"""A one-line plain-text label that gives way: what does not fit is elided, and the tool tip has all of it."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QPainter
from qtpy.QtWidgets import QSizePolicy, QWidget

from .DisplayText import toolTipText


class ElidedLabel(QWidget):
    """Plain text only, whatever the text looks like.

    :param mode: where it is cut
    """

    def __init__(self, text: str = "", parent: QWidget | None = None, mode: Qt.TextElideMode = Qt.ElideRight):
        super().__init__(parent)
        self._text, self._mode = "", mode
        self._alignment = Qt.AlignLeft | Qt.AlignVCenter
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.setText(text)

    def text(self) -> str:
        return self._text

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self._updateToolTip()
            self.update()

    def setAlignment(self, alignment: Qt.Alignment) -> None:
        self._alignment = alignment
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance(self._text), self.fontMetrics().height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height() + 2)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._updateToolTip()

    def paintEvent(self, _event) -> None:
        with QPainter(self) as painter:
            text = self.fontMetrics().elidedText(self._text, self._mode, self.width())
            flags, palette, role = int(self._alignment), self.palette(), self.foregroundRole()
            self.style().drawItemText(painter, self.rect(), flags, palette, self.isEnabled(), text, role)

    def _updateToolTip(self) -> None:
        isCut = self.fontMetrics().horizontalAdvance(self._text) > self.width()
        self.setToolTip(toolTipText(self._text) if isCut else "")
