"""Asks whether series that a loaded one refers to shall be loaded too."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from .. import ReferencedSeries
from ..Settings import Settings
from .DisplayText import plainText, toolTipText
from .ErrorReporting import ErrorReporter
from .WrappedLabel import WrappedLabel

TITLE = "Referenced datasets found"
QUESTION = "What was loaded refers to series that are not loaded. Which of them shall be loaded too?"
MOST_HEIGHT = 240  # of the list; a longer one is scrolled


class ReferencesDialog(QDialog):
    """Opened beside what is already shown. On **Load** only what is ticked is left selected among the loadables.

    :param loadablesByPlugin: what could be loaded; its selected loadables are listed
    :param settings: get the answer when it is to be remembered
    """

    def __init__(self, loadablesByPlugin: dict, settings: Settings, reporter: ErrorReporter, parent: QWidget = None):
        super().__init__(parent)
        self.setObjectName("referencesDialog")
        self.setWindowTitle(TITLE)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._settings, self._reporter = settings, reporter
        self.checkBoxes = []
        self._loadables = []
        for loadable, title in ReferencedSeries.titlesOf(loadablesByPlugin):
            box = QCheckBox(plainText(title).replace("&", "&&"), checked=True)
            box.setToolTip(toolTipText(plainText(loadable.tooltip)))
            box.toggled.connect(self._updateButtons)
            self.checkBoxes.append(box)
            self._loadables.append(loadable)
        self.rememberBox = QCheckBox("Remember my choice and stop asking", objectName="rememberChoice")
        self.rememberBox.setToolTip("Load referenced series always, or never; the settings can change it again")
        self._build()

    def accept(self) -> None:
        """Take over what is ticked."""
        for loadable, box in zip(self._loadables, self.checkBoxes, strict=True):
            loadable.selected = box.isChecked()
        self._remember(ReferencedSeries.ALWAYS)
        super().accept()


    def _decline(self) -> None:
        self._remember(ReferencedSeries.NEVER)
        self.reject()

    def _remember(self, choice: str) -> None:
        if self.rememberBox.isChecked():
            with self._reporter.guard("remember the choice"):
                self._settings.setValue(ReferencedSeries.SETTING, choice)

    def _build(self) -> None:
        question = WrappedLabel()
        question.setText(QUESTION)
        listed = QWidget()
        rows = QVBoxLayout(listed)
        rows.setContentsMargins(0, 0, 0, 0)
        for box in self.checkBoxes:
            rows.addWidget(box)
        rows.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.NoFrame)
        scroll.setWidget(listed)
        buttons = QDialogButtonBox()
        self.loadButton = buttons.addButton("Load", QDialogButtonBox.AcceptRole)
        self.declineButton = buttons.addButton("Do not load", QDialogButtonBox.DestructiveRole)
        self.loadButton.setDefault(True)
        self.loadButton.clicked.connect(self.accept)
        self.declineButton.clicked.connect(self._decline)
        layout = QVBoxLayout(self)
        layout.addWidget(question)
        layout.addWidget(scroll, 1)
        layout.addWidget(self.rememberBox)
        layout.addWidget(buttons)
        rows.activate()
        scroll.setMinimumHeight(min(listed.sizeHint().height(), MOST_HEIGHT))
        self.resize(460, self.sizeHint().height())

    def _updateButtons(self) -> None:
        self.loadButton.setEnabled(any(box.isChecked() for box in self.checkBoxes))
