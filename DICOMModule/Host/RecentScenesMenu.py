"""The menu of the scenes that were opened and saved last."""

from __future__ import annotations

import os
from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMenu, QWidget

from DICOMLib.Widgets.DisplayText import plainText

from .RecentScenes import RecentScenes
from .SceneFile import shownName

FOLDER_WIDTH = 40  # characters


class RecentScenesMenu(QMenu):
    """Filled when it is shown. Whether a file is there shows when it is chosen: one on a drive that does not answer
    would hold the menu up.

    :param onChosen: called with a path
    """

    def __init__(self, recent: RecentScenes, onChosen: Callable[[str], None], parent: QWidget | None = None):
        super().__init__("&Recent scenes", parent)
        self.setObjectName("recentScenesMenu")
        self.setToolTipsVisible(True)
        self._recent = recent
        self._onChosen = onChosen
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """Make the entries anew."""
        self.clear()
        paths = self._recent.paths()
        for number, path in enumerate(paths, 1):
            action = self.addAction(self._text(number, path))
            action.setData(path)
            action.setToolTip(plainText(path))
            action.triggered.connect(lambda _checked=False, chosen=path: self._onChosen(chosen))
        if paths:
            self.addSeparator()
            self.addAction("&Clear the list").triggered.connect(lambda _checked=False: self._recent.clear())
        else:
            text = "None so far" if self._recent.isKept else "Not remembered"
            self.addAction(text).setEnabled(False)

    def _text(self, number: int, path: str) -> str:
        """The digit of the last of ten is 0."""
        width = FOLDER_WIDTH * self.fontMetrics().averageCharWidth()
        folder = self.fontMetrics().elidedText(plainText(os.path.dirname(path)), Qt.ElideMiddle, width)
        name = f"{shownName(path)}  ({folder})".replace("&", "&&")
        return f"&{number % 10}  {name}"
