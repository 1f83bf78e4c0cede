"""A plain-text label that wraps and is exactly as tall as its text."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget


class WrappedLabel(QLabel):
    """Fixes its own height.

    Qt's way, a height that depends on the width, would keep the whole panel around the label at
    its preferred height as soon as it lies in a scroll area.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setTextFormat(Qt.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.setText(text)

    def setText(self, text: str) -> None:
        super().setText(text)
        self._fitHeight()

    def hasHeightForWidth(self) -> bool:
        return False

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._fitHeight()

    def _fitHeight(self) -> None:
        self.setFixedHeight(max(0, self.heightForWidth(self.width())))  # Qt says -1 where there is no text
