"""A plain-text label that wraps and is exactly as tall as its text, up to a number of lines."""

from __future__ import annotations

import re

from qtpy.QtCore import QRect, Qt, Signal
from qtpy.QtWidgets import QLabel, QSizePolicy, QWidget

ELLIPSIS = "…"


class WrappedLabel(QLabel):
    """Fixes its own height.

    Qt's way, a height that depends on the width, would keep the whole panel around the label at
    its preferred height as soon as it lies in a scroll area.

    :param mostLines: text that needs more lines ends in "…"; 0: all of it is shown
    """

    fitted = Signal()
    """:meth:`isShortened` may have changed."""

    def __init__(self, text: str = "", mostLines: int = 0, parent: QWidget | None = None):
        super().__init__(parent)
        self._mostLines = mostLines
        self._whole = self._ending = ""
        self.setTextFormat(Qt.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self.setText(text)

    def setText(self, text: str, ending: str = "") -> None:
        """:param ending: what follows the text and is seen also when that is shortened"""
        self._whole, self._ending = text, ending
        self._fit()

    def wholeText(self) -> str:
        """The text as it was set; ``text()`` is what is seen of it."""
        return self._whole + self._ending

    def isShortened(self) -> bool:
        """Whether less than the whole text is seen."""
        return self.text() != self.wholeText()

    def hasHeightForWidth(self) -> bool:
        return False

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._fit()

    def _fit(self) -> None:
        super().setText(self._shortened())
        self.setFixedHeight(max(0, self.heightForWidth(self.width())))  # Qt says -1 where there is no text
        self.fitted.emit()

    def _shortened(self) -> str:
        if not self._mostLines or self._fits(self.wholeText()):
            return self.wholeText()
        words = re.findall(r"[^ /\\]*[ /\\]?", self._whole)  # paths are cut within, too
        fewest, most = 1, len(words)
        while most - fewest > 1:
            middle = (fewest + most) // 2
            fewest, most = (middle, most) if self._fits(self._ended(words[:middle])) else (fewest, middle)
        return self._ended(words[:fewest])

    def _ended(self, words: list[str]) -> str:
        return "".join(words).rstrip(" .,;:(") + ELLIPSIS + self._ending

    def _fits(self, text: str) -> bool:
        metrics = self.fontMetrics()
        flags = int(Qt.TextWordWrap)
        wrapped = metrics.boundingRect(QRect(0, 0, max(1, self.width()), 1 << 20), flags, text)
        return wrapped.height() <= metrics.height() + (self._mostLines - 1) * metrics.lineSpacing()
