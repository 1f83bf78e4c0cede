"""Asks how and where stored series are copied out to, and says what goes and whether there is room."""

from __future__ import annotations

import os

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..Database.Durability import freeBytes
from ..Export.CopyOut import MEDIA, TREE, ZIP, targetProblem
from ..Export.CopyOutPlan import CopyOutPlan
from ..Wording import counted, sizeText
from .BoldText import makeBold
from .DialogButtons import actionButtons
from .WrappedLabel import WrappedLabel

_LAYOUTS = (
    (TREE, "Folders by patient, study and series", "Names are made from the values in the files"),
    (MEDIA, "Media set with a DICOMDIR", "As on a CD: short file names and an index that viewers and archives read"),
    (ZIP, "Zip archive", "One file; compressed images are stored as they are"),
)
_INDENT = 24


class CopyOutDialog(QDialog):
    """Emits :attr:`copyRequested` when the user agrees.

    :param plan: what is to be copied
    :param folder: where to begin looking for a place
    """

    copyRequested = Signal(str, str, bool)
    """Target, layout, and whether a zip holds a media set."""

    def __init__(self, plan: CopyOutPlan, layout: str, folder: str, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("copyOutDialog")
        self.setWindowTitle("Copy out")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._plan = plan
        self._folder = folder if os.path.isdir(folder) else os.path.expanduser("~")
        self.summaryLabel = WrappedLabel(plan.summary())
        makeBold(self.summaryLabel)
        self.zipDirectory = QCheckBox("With a DICOMDIR instead of named folders")
        self.targetEdit = QLineEdit()
        self.targetEdit.setAccessibleName("Target")
        self.chooseButton = QPushButton("Choose…")
        self.chooseButton.setAutoDefault(False)
        self.problemLabel = WrappedLabel()
        rows = QVBoxLayout(self)
        rows.setSpacing(8)
        rows.addWidget(self.summaryLabel)
        self._addProblems(rows)
        self._addLayouts(rows, layout)
        row = QHBoxLayout()
        self._targetLabel = QLabel()
        self._targetLabel.setBuddy(self.targetEdit)
        row.addWidget(self._targetLabel)
        row.addWidget(self.targetEdit, 1)
        row.addWidget(self.chooseButton)
        rows.addSpacing(4)
        rows.addLayout(row)
        rows.addWidget(self.problemLabel)
        rows.addStretch(1)
        rows.addWidget(self._buttons())
        self._connect()
        self._changeLayout()
        self.resize(620, 330)

    @property
    def layoutName(self) -> str:
        """"tree", "media" or "zip"."""
        return next(name for name, button in self.layoutButtons.items() if button.isChecked())

    def accept(self) -> None:
        self.copyRequested.emit(self._target(), self.layoutName, self.zipDirectory.isChecked())
        super().accept()

    def _addProblems(self, rows: QVBoxLayout) -> None:
        if self._plan.findings:
            first = self._plan.findings[0]
            more = len(self._plan.findings) - 1
            others = f", and {counted(more, 'other')}" if more else ""
            name = os.path.basename(os.fsdecode(first.path))
            rows.addWidget(WrappedLabel(f"Left out: {name} ({first.text}){others}. The report will name them all."))

    def _addLayouts(self, rows: QVBoxLayout, chosen: str) -> None:
        self.layoutButtons: dict[str, QRadioButton] = {}
        self._group = QButtonGroup(self)
        for name, text, explanation in _LAYOUTS:
            button = QRadioButton(text)
            button.setToolTip(explanation)
            button.setChecked(name == chosen)
            self._group.addButton(button)
            self.layoutButtons[name] = button
            rows.addWidget(button)
        indented = QHBoxLayout()
        indented.setContentsMargins(_INDENT, 0, 0, 0)
        indented.addWidget(self.zipDirectory)
        rows.addLayout(indented)

    def _buttons(self) -> QDialogButtonBox:
        buttons, self.copyButton = actionButtons(self, "Copy out")
        return buttons

    def _connect(self) -> None:
        self._group.buttonToggled.connect(lambda _button, isOn: self._changeLayout() if isOn else None)
        self.targetEdit.textChanged.connect(lambda _text: self._update())
        self.chooseButton.clicked.connect(self.choose)

    def _changeLayout(self) -> None:
        isZip = self.layoutName == ZIP
        self._targetLabel.setText("&File:" if isZip else "&Folder:")
        self.zipDirectory.setEnabled(isZip)
        self._update()

    def _target(self) -> str:
        text = self.targetEdit.text().strip()
        return os.path.abspath(os.path.expanduser(text)) if text else ""

    def _update(self) -> None:
        """Say what room there is, or why nothing can be copied there."""
        target = self._target()
        problem = targetProblem(target, self.layoutName) if target else ""
        needed, free = self._plan.bytesNeeded, freeBytes(target or self._folder)
        text = problem
        if not problem and free is not None:
            text = f"{sizeText(needed)} are needed, {sizeText(free)} are free."
            if free < needed:
                problem = text = f"There is not enough room: {text}"
        self.problemLabel.setText(text)
        self.copyButton.setEnabled(bool(target) and not problem and self._plan.fileCount > 0)

    def choose(self) -> QFileDialog:
        """Open the dialog for a folder or a file."""
        isZip = self.layoutName == ZIP
        dialog = QFileDialog(self, "File to make" if isZip else "Folder to copy to", self._folder)
        if isZip:
            dialog.setAcceptMode(QFileDialog.AcceptSave)
            dialog.setNameFilter("Zip archives (*.zip)")
            dialog.setDefaultSuffix("zip")
            dialog.setOption(QFileDialog.DontConfirmOverwrite, True)  # nothing is ever overwritten
            dialog.selectFile("DICOM.zip")
        else:
            dialog.setFileMode(QFileDialog.Directory)
            dialog.setOption(QFileDialog.ShowDirsOnly, True)
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.targetEdit.setText)
        dialog.open()
        return dialog
