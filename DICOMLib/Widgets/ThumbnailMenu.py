"""How large the pictures in the table of series are."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget

from ..Settings import Settings
from .ErrorReporting import ErrorReporter
from .SettingMenu import SettingMenu

SIZE_SETTING = "DICOM/ThumbnailSize"
TITLES = {"None": "&None", "Small": "&Small", "Medium": "&Medium", "Large": "&Large"}


class ThumbnailMenu(SettingMenu):
    """The sizes, the one in use ticked."""

    def __init__(self, settings: Settings, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__("&Thumbnails", SIZE_SETTING, TITLES, settings, reporter, parent)
