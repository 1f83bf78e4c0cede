"""How large the pictures in the table of series are."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtWidgets import QAction, QActionGroup, QMenu, QWidget

from ..Settings import Settings

SIZE_SETTING = "DICOM/ThumbnailSize"
TITLES = {"None": "&None", "Small": "&Small", "Medium": "&Medium", "Large": "&Large"}


class ThumbnailMenu(QMenu):
    """The sizes, the one in use ticked."""

    def __init__(self, settings: Settings, keep: Callable[[str, object], None], parent: QWidget | None = None):
        super().__init__("&Thumbnails", parent)
        self._settings = settings
        group = QActionGroup(self)
        self._actions: dict[str, QAction] = {}
        for name, title in TITLES.items():
            action = self._actions[name] = group.addAction(title)
            action.setCheckable(True)
            action.triggered.connect(lambda _checked=False, chosen=name: keep(SIZE_SETTING, chosen))
            self.addAction(action)
        self.aboutToShow.connect(self._tick)
        self._tick()

    def _tick(self) -> None:
        self._actions[self._settings.value(SIZE_SETTING)].setChecked(True)
