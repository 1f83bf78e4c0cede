"""Asks what is to be done about files that are missing, before a repair."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from .DialogButtons import actionButtons
from .FolderChooser import chooseFolder
from .WrappedLabel import WrappedLabel

_EXPLANATION = (
    "Changed files are read again, counts are mended, copies without an entry are indexed. Damaged copies are put "
    "into the folder “Damaged” and copied again where the original is still there. The report names everything."
)


class RepairDialog(QDialog):
    """Emits :attr:`repairRequested` when the user agrees.

    :param missing: how many linked files are known to be missing; None when nobody has looked
    """

    repairRequested = Signal(list, bool)
    """Folders to look for moved files in, and whether to keep the entries of missing ones."""

    def __init__(self, missing: int | None = None, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("repairDialog")
        self.setWindowTitle("Repair database")
        self.setAttribute(Qt.WA_DeleteOnClose)
        known = "are missing" if missing is None else f"are missing ({missing:,})"
        self.keepButton = QRadioButton("Keep their entries: the disk they are on is not connected")
        self.moveButton = QRadioButton("They were moved: look for them in this folder; forget those not found")
        self.forgetButton = QRadioButton("Forget them: they are gone")
        self.folderEdit = QLineEdit(placeholderText="Folder")
        self.folderEdit.setEnabled(False)
        self.chooseButton = QPushButton("Choose…")
        self.chooseButton.setAutoDefault(False)
        self.chooseButton.setEnabled(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(WrappedLabel(_EXPLANATION))
        question = QLabel(f"Linked files that {known}:")
        question.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(question)
        self._group = QButtonGroup(self)
        for button in (self.keepButton, self.moveButton, self.forgetButton):
            self._group.addButton(button)
            layout.addWidget(button)
            if button is self.moveButton:
                layout.addLayout(self._folderRow())
        layout.addStretch(1)
        layout.addWidget(self._buttons())
        self.keepButton.setChecked(True)
        self._connect()
        self.resize(560, 300)

    def accept(self) -> None:
        folder = self.folderEdit.text().strip()
        folders = [folder] if self.moveButton.isChecked() and folder else []
        self.repairRequested.emit(folders, self.keepButton.isChecked())
        super().accept()

    def _folderRow(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(24, 0, 0, 0)
        row.addWidget(self.folderEdit, 1)
        row.addWidget(self.chooseButton)
        return row

    def _buttons(self) -> QDialogButtonBox:
        buttons, self.repairButton = actionButtons(self, "Repair")
        return buttons

    def _connect(self) -> None:
        self.moveButton.toggled.connect(self.folderEdit.setEnabled)
        self.moveButton.toggled.connect(self.chooseButton.setEnabled)
        self._group.buttonToggled.connect(lambda _button, _on: self._update())
        self.folderEdit.textChanged.connect(lambda _text: self._update())
        self.chooseButton.clicked.connect(self._choose)

    def _update(self) -> None:
        needsFolder = self.moveButton.isChecked() and not self.folderEdit.text().strip()
        self.repairButton.setEnabled(not needsFolder)

    def _choose(self) -> None:
        chooseFolder(self, "Folder the files were moved to", self.folderEdit.setText)
