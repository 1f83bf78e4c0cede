"""How large the pictures in the table of series are."""

from __future__ import annotations

from qtpy.QtWidgets import QAction, QActionGroup, QMenu, QWidget

from ..Settings import Settings
from .ErrorReporting import ErrorReporter

SIZE_SETTING = "DICOM/ThumbnailSize"
TITLES = {"None": "&None", "Small": "&Small", "Medium": "&Medium", "Large": "&Large"}


class ThumbnailMenu(QMenu):
    """The sizes, the one in use ticked."""

    def __init__(self, settings: Settings, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__("&Thumbnails", parent)
        self._settings, self._reporter = settings, reporter
        group = QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        for name, title in TITLES.items():
            action = self._actions[name] = group.addAction(title)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, chosen=name: self._choose(chosen))
            self.addAction(action)
        self.aboutToShow.connect(self._tick)
        self._tick()

    def _choose(self, name: str) -> None:
        with self._reporter.guard("keep the setting"):
            self._settings.setValue(SIZE_SETTING, name)

    def _tick(self) -> None:
        self._actions[self._settings.value(SIZE_SETTING)].setChecked(True)
