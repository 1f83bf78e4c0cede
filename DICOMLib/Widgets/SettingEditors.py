"""Editors for the kinds of settings there are: each shows a value, lets it be changed, and gives it back."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import Qt
from qtpy.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..Settings import SettingKey
from .DisplayText import plainText
from .FolderChooser import chooseFolder

LINES_OF_LISTS = 3
SHORTEST_CHOICE = 12  # characters; the page may be as narrow as that


class CheckEditor(QCheckBox):
    """Yes or no."""

    def value(self) -> bool:
        return self.isChecked()

    def setValue(self, value: bool) -> None:
        self.setChecked(value)


class ChoiceEditor(QComboBox):
    """One of several. :param texts: what is shown of each; the choices themselves when empty"""

    def __init__(self, choices: Sequence[object], texts: Sequence[str] = ()):
        super().__init__()
        for choice, text in zip(choices, texts or map(str, choices), strict=True):
            self.addItem(text, choice)

        self.setFocusPolicy(Qt.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(SHORTEST_CHOICE)

    def wheelEvent(self, event) -> None:
        """The wheel turns the page: a choice that it passes over shall not change unseen."""
        event.ignore()

    def value(self) -> object:
        return self.currentData()

    def setValue(self, value: object) -> None:
        self.setCurrentIndex(self.findData(value))


class FileEditor(QWidget):
    """A file that exists or is to be made; empty for the default one."""

    def __init__(self, title: str):
        super().__init__()
        self._title = title
        self.line = QLineEdit()
        self.line.setClearButtonEnabled(True)
        self.line.setPlaceholderText("the usual place")
        self.line.setAccessibleName(title)
        self.button = QPushButton("Choose…")
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.line, 1)
        layout.addWidget(self.button)

    def value(self) -> str:
        return self.line.text().strip()

    def setValue(self, value: str) -> None:
        self.line.setText(value)

    def _choose(self) -> None:
        dialog = QFileDialog(self, self._title, self.value(), "Study database (*.sqlite);;All files (*)")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setOption(QFileDialog.DontConfirmOverwrite, True)  # an existing database is opened, not overwritten
        dialog.setLabelText(QFileDialog.Accept, "Use")
        dialog.setDefaultSuffix("sqlite")
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.setValue)
        dialog.open()


class FoldersEditor(QWidget):
    """A list of folders."""

    def __init__(self, title: str):
        super().__init__()
        self._title = title
        self.list = _lowList(title)
        self.addButton = QPushButton("Add…")
        self.removeButton = QPushButton("Remove")
        self.addButton.clicked.connect(self._choose)
        self.removeButton.clicked.connect(self._removeSelected)
        buttons = QVBoxLayout()
        for button in (self.addButton, self.removeButton):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list, 1)
        layout.addLayout(buttons)

    def value(self) -> list[str]:
        return [self.list.item(row).data(Qt.UserRole) for row in range(self.list.count())]

    def setValue(self, folders: Sequence[str]) -> None:
        self.list.clear()
        for folder in folders:
            self.add(folder)

    def add(self, folder: str) -> None:
        """One more, if it is not there yet."""
        if folder not in self.value():
            item = QListWidgetItem(plainText(folder))
            item.setData(Qt.UserRole, folder)
            self.list.addItem(item)

    def _removeSelected(self) -> None:
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))

    def _choose(self) -> None:
        chooseFolder(self, self._title, self.add)


class DisabledNamesEditor(QListWidget):
    """Names with ticks; the value is those without one. Names that are not there at present keep what they had."""

    def __init__(self, title: str, names: Sequence[str]):
        super().__init__()
        _makeLow(self, title)
        self._others: list[str] = []
        for name in names:
            item = QListWidgetItem(plainText(name))
            item.setData(Qt.UserRole, name)
            item.setFlags(Qt.ItemIsEnabled | Qt.ItemIsUserCheckable)
            self.addItem(item)

    def value(self) -> list[str]:
        items = [self.item(row) for row in range(self.count())]
        off = [item.data(Qt.UserRole) for item in items if item.checkState() == Qt.Unchecked]
        return [*self._others, *off]

    def setValue(self, disabled: Sequence[str]) -> None:
        items = [self.item(row) for row in range(self.count())]
        known = {item.data(Qt.UserRole) for item in items}
        self._others = [name for name in disabled if name not in known]
        for item in items:
            item.setCheckState(Qt.Unchecked if item.data(Qt.UserRole) in disabled else Qt.Checked)


def editorFor(key: SettingKey, pluginNames: Sequence[str]) -> QWidget:
    """An editor with ``value()`` and ``setValue(value)`` for values of the setting's type."""
    if isinstance(key.default, bool):
        return CheckEditor(key.label)
    if key.choices:
        return ChoiceEditor(key.choices, key.choiceTexts)
    if key.kind == "disabledPlugins":
        return DisabledNamesEditor(key.label, pluginNames)
    return FoldersEditor(key.label) if key.kind == "folders" else FileEditor(key.label)


def _lowList(title: str) -> QListWidget:
    made = QListWidget()
    _makeLow(made, title)
    return made


def _makeLow(widget: QListWidget, title: str) -> None:
    widget.setAccessibleName(title)
    row = widget.fontMetrics().height() + 6
    widget.setFixedHeight(LINES_OF_LISTS * row + 2 * widget.frameWidth() + 2)
