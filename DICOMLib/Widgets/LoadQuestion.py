"""Asks whether something is to be loaded that has to be agreed to, as a scene from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox, QPushButton, QStyle, QWidget

from ..DICOMLoadable import DICOMLoadable
from .DisplayText import plainText
from .Icons import namedIcon

ICON_SIZE = 40
TITLE = "Open a scene from elsewhere?"


class LoadQuestion(QMessageBox):
    """Once it is answered, the loadables are agreed to, or not selected any more.

    :ivar openButton: the one that agrees; the other one is the default
    """

    def __init__(self, loadables: Sequence[DICOMLoadable], parent: QWidget | None = None):
        super().__init__(parent if isinstance(parent, QWidget) else None)
        self.setObjectName("loadQuestion")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setIconPixmap(namedIcon("Warning", self.palette(), QStyle.SP_MessageBoxWarning).pixmap(ICON_SIZE))
        self.setWindowTitle(TITLE)
        self.setTextFormat(Qt.PlainText)
        self.setText("\n\n".join(plainText(one.question) for one in loadables))
        self.openButton: QPushButton = self.addButton("Open", QMessageBox.AcceptRole)
        self.setDefaultButton(self.addButton(QMessageBox.Cancel))
        self._loadables = list(loadables)
        self.finished.connect(self._decide)

    def _decide(self, _answer: int) -> None:
        isAgreedTo = self.clickedButton() is self.openButton
        for loadable in self._loadables:
            loadable.isAgreedTo = isAgreedTo
            loadable.selected = loadable.selected and isAgreedTo
