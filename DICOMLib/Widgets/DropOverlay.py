"""Says that files may be dropped, while they are held over a widget."""

from __future__ import annotations

import os
from urllib.parse import unquote_to_bytes

from qtpy.QtCore import QEvent, QMimeData, Qt, QUrl
from qtpy.QtGui import QDropEvent, QPainter, QPalette, QPen
from qtpy.QtWidgets import QWidget

from ..SceneFiles.NodeFileKinds import isNodeFile, isScene

MARGIN = 6
CORNER_RADIUS = 6
VEIL_OPACITY = 0.82


class DropOverlay(QWidget):
    """Covers its parent while shown and lets every event through."""

    def __init__(self, parent: QWidget, text: str):
        super().__init__(parent)
        self.setObjectName("dropOverlay")
        self.setAttribute(Qt.WA_TransparentForMouseEvents)
        self._text = text
        parent.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched, event) -> bool:
        if event.type() == QEvent.Resize:
            self.setGeometry(watched.rect())
        return False

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.update()

    def showOver(self) -> None:
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.Antialiasing)
            painter.setOpacity(VEIL_OPACITY)
            painter.fillRect(self.rect(), self.palette().color(QPalette.Window))
            painter.setOpacity(1.0)
            painter.setPen(QPen(self.palette().color(QPalette.Highlight), 2, Qt.DashLine))
            frame = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
            painter.drawRoundedRect(frame, CORNER_RADIUS, CORNER_RADIUS)
            painter.setPen(self.palette().color(QPalette.WindowText))
            font = self.font()
            font.setPointSizeF(font.pointSizeF() * 1.4 if font.pointSizeF() > 0 else 14)
            painter.setFont(font)
            painter.drawText(self.rect(), int(Qt.AlignCenter | Qt.TextWordWrap), self._text)


def acceptedPaths(event: QDropEvent) -> list[str]:
    """Files and folders of this computer in what is dragged or dropped; with any, the event is accepted.

    It is accepted as a copy, whatever the other program offers: it would delete its files after a move.
    """
    paths = localPaths(event.mimeData())
    if paths:
        event.setDropAction(Qt.CopyAction)
        event.accept()
    return paths


def wantsNoImport(event: QDropEvent) -> bool:
    """Whether Shift is held: what is dropped is looked at and does not come into the database."""
    return bool(event.keyboardModifiers() & Qt.ShiftModifier)


def isForWindow(event: QDropEvent, window: QWidget) -> bool:
    """Whether to leave what is dragged to the window, which opens scenes and loads files of nodes.

    A window that takes nothing itself leaves the rest of a mixture to be imported.
    """
    paths = localPaths(event.mimeData())
    others = [path for path in paths if not (isScene(path) or isNodeFile(path))]
    return len(others) < len(paths) and (not others or window.acceptDrops())


def localPaths(mimeData: QMimeData) -> list[str]:
    """Files and folders of this computer in what is dragged; links to elsewhere are left out."""
    return [path for url in mimeData.urls() if url.isLocalFile() and (path := _pathOf(url))]


def _pathOf(url: QUrl) -> str:
    """Of names that are not text, such as those of old archives, Qt would make others."""
    if os.name == "nt" or url.host():
        return url.toLocalFile()
    return os.fsdecode(unquote_to_bytes(url.path(QUrl.FullyEncoded)))
