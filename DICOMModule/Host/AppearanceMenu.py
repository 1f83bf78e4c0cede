"""Whether the window is dark or light."""

from __future__ import annotations

from qtpy.QtWidgets import QAction, QActionGroup, QApplication, QMenu, QWidget

from DICOMLib.Settings import Settings
from DICOMLib.Widgets.ErrorReporting import ErrorReporter

from .Theme import DARK, LIGHT, SYSTEM, applyTheme

SETTING = "MainWindow/Appearance"
TITLES = {SYSTEM: "As the &system", DARK: "&Dark", LIGHT: "&Light"}


class AppearanceMenu(QMenu):
    """The looks, the one that is chosen ticked; another one is there at once."""

    def __init__(self, settings: Settings, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__("&Appearance", parent)
        self._settings, self._reporter = settings, reporter
        group = QActionGroup(self)
        self.looks: dict[str, QAction] = {}
        for name, title in TITLES.items():
            action = self.looks[name] = group.addAction(title)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, chosen=name: self._choose(chosen))
            self.addAction(action)
        self.aboutToShow.connect(self._tick)
        self._tick()

    def _choose(self, name: str) -> None:
        applyTheme(QApplication.instance(), name)
        with self._reporter.guard("keep the setting"):
            self._settings.setValue(SETTING, name)

    def _tick(self) -> None:
        self.looks[self._settings.value(SETTING)].setChecked(True)
