"""Asks what is to become of data that is in no file before the window closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Wording import counted

from .Icons import pixmap

if TYPE_CHECKING:
    from .MainWindow import MainWindow

MOST_NAMES = 5
ICON_SIZE = 40


class UnsavedQuestion(QMessageBox):
    """*Save* closes the window once the scene is written, *Discard* at once.

    :param nodes: whose data would be lost
    """

    def __init__(self, nodes: Sequence, window: MainWindow):
        super().__init__(window)
        self._window = window
        self.setObjectName("unsavedQuestion")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Close the window")
        self.setTextFormat(Qt.PlainText)
        self.setIconPixmap(pixmap("Warning", ICON_SIZE))
        self.setText("Save the scene before closing?")
        names = [plainText(node.GetName()) for node in nodes[:MOST_NAMES]]
        if len(nodes) > len(names):
            names.append(f"and {counted(len(nodes) - len(names), 'other')}")
        self.setInformativeText("What was made or changed here, and is in no file, would be lost:\n" + "\n".join(names))
        self.saveButton = self.addButton("Save scene…", QMessageBox.AcceptRole)
        self.discardButton = self.addButton("Discard", QMessageBox.DestructiveRole)
        self.addButton(QMessageBox.Cancel)
        self.setDefaultButton(self.saveButton)
        self.finished.connect(self._act)

    def _act(self, _result: int) -> None:
        if self.clickedButton() is self.saveButton:
            self._window.sceneFiles.askToSave(onSaved=self._window.close)
        elif self.clickedButton() is self.discardButton:
            self._window.closeUnasked()
