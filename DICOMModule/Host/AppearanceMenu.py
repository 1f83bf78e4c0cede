"""Whether the window is dark or light."""

from __future__ import annotations

from qtpy.QtWidgets import QApplication, QWidget

from DICOMLib.Settings import Settings
from DICOMLib.Widgets.ErrorReporting import ErrorReporter
from DICOMLib.Widgets.SettingMenu import SettingMenu

from .Theme import DARK, LIGHT, SYSTEM, applyTheme

SETTING = "MainWindow/Appearance"
TITLES = {SYSTEM: "As the &system", DARK: "&Dark", LIGHT: "&Light"}


class AppearanceMenu(SettingMenu):
    """The looks, the one that is chosen ticked; another one is there at once."""

    def __init__(self, settings: Settings, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__("&Appearance", SETTING, TITLES, settings, reporter, parent)
        self.chosen.connect(lambda name: applyTheme(QApplication.instance(), name))
