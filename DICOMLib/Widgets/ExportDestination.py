"""Where exported series go: into the database, or into a folder."""

from __future__ import annotations

import os

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QButtonGroup, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QRadioButton, QWidget

from ..Settings import Settings
from .ErrorReporting import ErrorReporter

TO_FOLDER_SETTING, FOLDER_SETTING = "DICOM/ExportToFolder", "DICOM/ExportFolder"


class ExportDestination(QWidget):
    """Begins with what the settings remember.

    :param databaseProblem: why nothing can be added to the database; "" when it can
    """

    changed = Signal()

    def __init__(self, settings: Settings, databaseProblem: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportDestination")
        self._settings = settings
        self._databaseProblem = databaseProblem
        self.databaseButton = QRadioButton("to the &database")
        self.databaseButton.setToolTip(databaseProblem or "They are added to the DICOM database, with files of its own")
        self.databaseButton.setEnabled(not databaseProblem)
        self.folderButton = QRadioButton("to a &folder:")
        self.folderEdit = QLineEdit(str(settings.value(FOLDER_SETTING)))
        self.folderEdit.setObjectName("exportFolder")
        self.folderEdit.setAccessibleName("Folder")
        self.folderEdit.setPlaceholderText("Folder")
        self.chooseButton = QPushButton("Choose…")
        self.chooseButton.setAutoDefault(False)
        isFolder = bool(databaseProblem) or bool(settings.value(TO_FOLDER_SETTING))
        (self.folderButton if isFolder else self.databaseButton).setChecked(True)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for button in (self.databaseButton, self.folderButton):
            self._group.addButton(button)
            row.addWidget(button)
        row.addWidget(self.folderEdit, 1)
        row.addWidget(self.chooseButton)
        self._connect()
        self._update()

    @property
    def isFolder(self) -> bool:
        return self.folderButton.isChecked()

    @property
    def folder(self) -> str:
        """Absolute path of the folder; "" where none is named."""
        text = self.folderEdit.text().strip()
        return os.path.abspath(os.path.expanduser(text)) if text else ""

    @property
    def shownFolder(self) -> str:
        """How a sentence names the folder: in full where what was typed does not."""
        isFull = os.path.isabs(self.folderEdit.text().strip())
        return "the folder" if isFull else f"the folder {self.folder}"

    def problem(self) -> str:
        """Why nothing can go there, a sentence; "" when it can."""
        if not self.isFolder:
            return self._databaseProblem
        if not self.folder:
            return "Choose a folder to export to."
        there = self.folder
        while not os.path.lexists(there) and os.path.dirname(there) != there:
            there = os.path.dirname(there)
        if not os.path.isdir(there):
            return f"{there} is not a folder."
        return "" if os.access(there, os.W_OK | os.X_OK) else f"Nothing can be written to {there}."

    def remember(self, reporter: ErrorReporter) -> None:
        """Keep the choice for the next time."""
        with reporter.guard("remember the folder"):
            self._settings.setValue(TO_FOLDER_SETTING, self.isFolder)
            if self.folder:
                self._settings.setValue(FOLDER_SETTING, self.folder)

    def choose(self) -> QFileDialog:
        """Open the dialog for a folder."""
        start = self.folder if os.path.isdir(self.folder) else os.path.expanduser("~")
        dialog = QFileDialog(self, "Folder to export to", start)
        dialog.setFileMode(QFileDialog.Directory)
        dialog.setOption(QFileDialog.ShowDirsOnly, True)
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take)
        dialog.open()
        return dialog

    def _connect(self) -> None:
        self._group.buttonToggled.connect(lambda _button, isOn: self._update() if isOn else None)
        self.folderEdit.textChanged.connect(lambda _text: self.changed.emit())
        self.chooseButton.clicked.connect(lambda _checked: self._chooseFor())

    def _chooseFor(self) -> None:
        self.folderButton.setChecked(True)
        self.choose()

    def _take(self, path: str) -> None:
        self.folderEdit.setText(path)

    def _update(self) -> None:
        self.folderEdit.setEnabled(self.isFolder)
        self.changed.emit()
