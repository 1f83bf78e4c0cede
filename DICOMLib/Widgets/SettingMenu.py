"""A menu of the values that a setting can have."""

from __future__ import annotations

from collections.abc import Mapping

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QAction, QActionGroup, QMenu, QWidget

from ..Settings import Settings
from .ErrorReporting import ErrorReporter


class SettingMenu(QMenu):
    """The one that is set is ticked; another one is set as soon as it is chosen.

    :param setting: the key of a text
    :param texts: value → what the menu calls it
    :ivar choices: value → its action

    Signals: ``chosen(str)`` with the value, before it is kept.
    """

    chosen = Signal(str)

    def __init__(
        self, title: str, setting: str, texts: Mapping[str, str], settings: Settings, reporter: ErrorReporter,
        parent: QWidget | None = None,
    ):  # fmt: skip
        super().__init__(title, parent)
        self._setting, self._settings, self._reporter = setting, settings, reporter
        group = QActionGroup(self)
        self.choices: dict[str, QAction] = {}
        for value, text in texts.items():
            action = self.choices[value] = group.addAction(text)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, value=value: self._choose(value))
            self.addAction(action)
        self.aboutToShow.connect(self._tick)
        self._tick()

    def _choose(self, value: str) -> None:
        self.chosen.emit(value)
        with self._reporter.guard("keep the setting"):
            self._settings.setValue(self._setting, value)

    def _tick(self) -> None:
        self.choices[self._settings.value(self._setting)].setChecked(True)
