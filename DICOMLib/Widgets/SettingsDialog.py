"""The settings people may change, made from their declarations in ``Settings.py``."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication, QIcon, QPalette
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ..Settings import ALL_KEYS, SettingKey, Settings
from .BoldText import makeBold
from .DisplayText import toolTipText
from .ErrorReporting import ErrorReporter
from .MessageBar import MessageBar
from .SettingEditors import CheckEditor, ChoiceEditor, editorFor

_CHOICES = tuple(key for key in ALL_KEYS if key.group and key.choices)
RESTART_HINT = "takes effect when the program is started again"


class SettingsDialog(QDialog):
    """Nothing is changed before **OK**.

    :param pluginNames: of the registered plugins
    """

    def __init__(self, settings: Settings, pluginNames: Sequence[str], parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("settingsDialog")
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._settings = settings
        self._reporter = ErrorReporter(self)
        self.editors = {key.name: editorFor(key, pluginNames) for key in ALL_KEYS if key.group}
        self.messageBar = MessageBar()
        self._reporter.reported.connect(self.messageBar.showMessage)
        self._build()
        for name, editor in self.editors.items():
            editor.setValue(settings.value(name))
        self._takeRoom()

    def _takeRoom(self) -> None:
        """As tall as the page, if the screen is; else the page scrolls."""
        screen = QGuiApplication.primaryScreen().availableSize()
        wanted = self._page.sizeHint().height() + self.layout().sizeHint().height() - self._scroll.sizeHint().height()
        self.resize(min(600, screen.width()), min(wanted + 24, screen.height() - 60))

    def resetToDefaults(self) -> None:
        """Show the defaults; they are stored with **OK**."""
        for key in ALL_KEYS:
            if key.name in self.editors:
                self.editors[key.name].setValue(key.default)

    def accept(self) -> None:
        """Store what was changed."""
        with self._reporter.guard("keep the settings"):
            for name, editor in self.editors.items():
                if editor.value() != self._settings.value(name):
                    self._settings.setValue(name, editor.value())
            super().accept()

    def _build(self) -> None:
        self._page = page = QWidget()
        rows = QVBoxLayout(page)
        rows.setSpacing(6)
        heading = ""
        for key in ALL_KEYS:
            if key.group and key.group != heading:
                heading = key.group
                rows.addWidget(_heading(heading, isFirst=rows.count() == 0))
            if key.group:
                self._addRow(rows, key)
        rows.addStretch(1)
        self._scroll = scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.NoFrame)
        layout = QVBoxLayout(self)
        layout.addWidget(self.messageBar)
        layout.addWidget(scroll, 1)
        layout.addWidget(self._buttons())

    def _addRow(self, rows: QVBoxLayout, key: SettingKey) -> None:
        editor = self.editors[key.name]
        editor.setToolTip(toolTipText(key.meaning))
        if isinstance(editor, ChoiceEditor):
            rows.addLayout(self._choiceRow(key, editor))
        else:
            if not isinstance(editor, CheckEditor):
                rows.addWidget(QLabel(f"{key.label}:"))
            rows.addWidget(editor)
        if key.needsRestart:
            hint = QLabel(RESTART_HINT)
            hint.setForegroundRole(QPalette.WindowText)
            hint.setEnabled(False)
            rows.addWidget(hint)

    def _choiceRow(self, key: SettingKey, editor: ChoiceEditor) -> QHBoxLayout:
        """Label and choice side by side, the choices of all rows below one another."""
        label = QLabel(f"{key.label}:")
        label.setBuddy(editor)
        label.setToolTip(editor.toolTip())
        editor.setAccessibleName(key.label)
        label.setMinimumWidth(max(label.fontMetrics().horizontalAdvance(f"{one.label}:  ") for one in _CHOICES))
        row = QHBoxLayout()
        row.addWidget(label)
        row.addWidget(editor, 1)
        return row

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.Ok | QDialogButtonBox.Cancel)
        self.resetButton = buttons.addButton("Reset to defaults", QDialogButtonBox.ResetRole)
        self.resetButton.setAutoDefault(False)
        self.resetButton.clicked.connect(self.resetToDefaults)
        for kind in (QDialogButtonBox.Ok, QDialogButtonBox.Cancel):
            buttons.button(kind).setIcon(QIcon())
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        return buttons


def _heading(text: str, isFirst: bool) -> QLabel:
    label = QLabel(text)
    makeBold(label)
    label.setContentsMargins(0, 0 if isFirst else 10, 0, 0)
    return label
