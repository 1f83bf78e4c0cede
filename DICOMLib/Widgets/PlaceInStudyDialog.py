"""Asks which patient and study data belong to that are in none: DICOM knows nothing without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QFormLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..Export.ExportTags import tagProblem
from ..Export.Placing import DEFAULT_PATIENT_NAME
from ..Wording import counted
from .DialogButtons import actionButtons
from .DisplayText import plainText
from .WrappedLabel import WrappedLabel

CHOOSE_STUDY = "Choose a study…"
_INDENT = 24
_WIDTH = 460


@dataclass(frozen=True)
class NewStudy:
    """Patient and study that are to be made; what is empty is made up."""

    patientName: str
    patientID: str
    studyDescription: str


class PlaceInStudyDialog(QDialog):
    """Emits :attr:`studyChosen` or :attr:`studyWanted` when the user agrees.

    :param count: how many items are to be placed
    :param studies: item and words for people of each study of the scene
    :param suggested: item of the study that is proposed; 0: none, and of several studies one has to be chosen, so that
        Enter puts nothing into the study of a patient whom it may not belong to
    """

    studyChosen = Signal(int)
    """Item of the study."""
    studyWanted = Signal(object)
    """A :class:`NewStudy`."""

    def __init__(
        self, count: int, studies: Sequence[tuple[int, str]], suggested: int = 0, parent: QWidget | None = None
    ):
        super().__init__(parent)
        self.setObjectName("placeInStudyDialog")
        self.setWindowTitle("Patient and study")
        self.setAttribute(Qt.WA_DeleteOnClose)
        verb, them = ("is", "it") if count == 1 else ("are", "them")
        text = f"{counted(count, 'item')} {verb} in no study of a patient; DICOM needs both. Put {them}"
        self.existingButton = QRadioButton("into a study that is &loaded")
        self.newButton = QRadioButton("into a &new study of a new patient")
        self.studyBox = QComboBox(objectName="existingStudy")
        self.studyBox.setAccessibleName("Study")
        self.studyBox.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        if len(studies) > 1 and suggested not in dict(studies):
            self.studyBox.addItem(CHOOSE_STUDY, 0)
        for itemID, words in studies:
            self.studyBox.addItem(plainText(words), itemID)
        self.studyBox.setCurrentIndex(max(0, self.studyBox.findData(suggested)))
        self.studyBox.currentIndexChanged.connect(lambda _number: self._update())
        self._buildFields()
        self.problemLabel = WrappedLabel()
        self.problemLabel.setObjectName("placeProblem")
        rows = QVBoxLayout(self)
        rows.setSpacing(8)
        rows.addWidget(WrappedLabel(text))
        self._addChoices(rows, bool(studies))
        rows.addWidget(self.problemLabel)
        rows.addStretch(1)
        buttons, self.placeButton = actionButtons(self, "Put there")
        rows.addWidget(buttons)
        self._update()
        self.resize(_WIDTH, self.sizeHint().height())

    def newStudy(self) -> NewStudy:
        """What is filled in."""
        return NewStudy(
            self.nameEdit.text().strip(),
            self.patientIDEdit.text().strip(),
            self.descriptionEdit.text().strip(),
        )

    def accept(self) -> None:
        if self.existingButton.isChecked():
            self.studyChosen.emit(self.studyBox.currentData())
        else:
            self.studyWanted.emit(self.newStudy())
        super().accept()

    def _buildFields(self) -> None:
        self.nameEdit = self._field("PatientName", f"{DEFAULT_PATIENT_NAME}, or Family^Given")
        self.patientIDEdit = self._field("PatientID", "Made up if empty")
        self.patientIDEdit.setToolTip("With the ID of a patient who is loaded the new study is that patient's")
        self.descriptionEdit = self._field("StudyDescription", "May be empty")

    def _field(self, keyword: str, hint: str) -> QLineEdit:
        edit = QLineEdit(objectName=keyword)
        edit.setPlaceholderText(hint)
        edit.textChanged.connect(lambda _text: self._update())
        return edit

    def _addChoices(self, rows: QVBoxLayout, hasStudies: bool) -> None:
        self._group = QButtonGroup(self)
        for button in (self.existingButton, self.newButton):
            self._group.addButton(button)
        self.existingButton.setVisible(hasStudies)
        self.studyBox.setVisible(hasStudies)
        (self.existingButton if hasStudies else self.newButton).setChecked(True)
        self._group.buttonToggled.connect(lambda _button, isOn: self._update() if isOn else None)
        rows.addWidget(self.existingButton)
        rows.addLayout(_indented(self.studyBox))
        rows.addWidget(self.newButton)
        self._fields = QWidget()
        form = QFormLayout(self._fields)
        form.setContentsMargins(_INDENT, 0, 0, 0)
        for text, field in (
            ("Patient &name:", self.nameEdit),
            ("Patient &ID:", self.patientIDEdit),
            ("Study &description:", self.descriptionEdit),
        ):
            form.addRow(text, field)
        rows.addWidget(self._fields)

    def _update(self) -> None:
        if not hasattr(self, "placeButton"):
            return  # still being built
        isNew = self.newButton.isChecked()
        self._fields.setEnabled(isNew)
        self.studyBox.setEnabled(not isNew)
        problem = self._problem() if isNew else ""
        self.problemLabel.setText(problem)
        self.problemLabel.setVisible(bool(problem))
        self.placeButton.setEnabled(not problem if isNew else bool(self.studyBox.currentData()))

    def _problem(self) -> str:
        study = self.newStudy()
        values = {
            "PatientName": study.patientName, "PatientID": study.patientID, "StudyDescription": study.studyDescription,
        }  # fmt: skip
        return next(filter(None, (tagProblem(keyword, value) for keyword, value in values.items())), "")


def _indented(widget: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setContentsMargins(_INDENT, 0, 0, 0)
    layout.addWidget(widget)
    return layout
