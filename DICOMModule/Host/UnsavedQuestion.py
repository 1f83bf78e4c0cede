"""Asks what is to become of data that is in no file before it goes with the window or the scene."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox

from DICOMLib.Wording import counted

from .Icons import pixmap
from .SceneFile import shortened

if TYPE_CHECKING:
    from .MainWindow import MainWindow

MOST_NAMES = 5
LONGEST_NAME = 40  # characters: one line of the box
ICON_SIZE = 40


class UnsavedQuestion(QMessageBox):
    """*Save* goes on once the scene is written, *Discard* at once.

    :param nodes: whose data would be lost
    :param purpose: what it is asked for: "closing the window"
    :param onSaved: called once the scene is written
    :param onDiscarded: called when it is not to be
    :param onCancelled: called when nothing is to be done, or the scene was not written
    """

    def __init__(
        self,
        nodes: Sequence,
        purpose: str,
        window: MainWindow,
        onSaved: Callable[[], None],
        onDiscarded: Callable[[], None],
        onCancelled: Callable[[], None] | None = None,
    ):
        super().__init__(window)
        self._window = window
        self._onSaved, self._onDiscarded = onSaved, onDiscarded
        self._onCancelled = onCancelled or (lambda: None)
        self.setObjectName("unsavedQuestion")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle("Unsaved changes")
        self.setTextFormat(Qt.PlainText)
        self.setIconPixmap(pixmap("Warning", ICON_SIZE))
        self.setText(f"Save the scene before {purpose}?")
        names = [f"• {shortened(node.GetName() or '', LONGEST_NAME)}" for node in nodes[:MOST_NAMES]]
        if len(nodes) > len(names):
            names.append(f"• and {counted(len(nodes) - len(names), 'other')}")
        lost = "\n".join(names)
        self.setInformativeText(f"What was made or changed here, and is in no file, would be lost:\n\n{lost}")
        isFileKnown = window.sceneFiles.file.mayBeReplaced
        self.saveButton = self.addButton("Save scene" if isFileKnown else "Save scene…", QMessageBox.AcceptRole)
        self.discardButton = self.addButton("Discard", QMessageBox.DestructiveRole)
        self.addButton(QMessageBox.Cancel)
        self.setDefaultButton(self.saveButton)
        self.finished.connect(self._act)

    def _act(self, _result: int) -> None:
        if self.clickedButton() is self.saveButton:
            self._window.sceneFiles.saveScene(self._onSaved, self._onCancelled)
        elif self.clickedButton() is self.discardButton:
            self._onDiscarded()
        else:
            self._onCancelled()
