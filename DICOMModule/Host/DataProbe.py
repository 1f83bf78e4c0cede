"""What is under the mouse, in the status bar: place in the patient, voxel and value."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from DICOMLib.Widgets.DisplayText import plainText

from .DiffusionTexts import shortText
from .SliceTexts import sidePosition
from .SliceView import SliceView
from .Theme import monospaceFont
from .VolumeAppearance import isVolume, volumeUnit, voxelAt

AXES = np.eye(3)
HINT = "Point at a slice to read position and value"
UNPLACED = "Place in the patient unknown"
NOT_READ = "not read yet"


def positionText(ras: np.ndarray) -> str:
    """A RAS point as people say it: "R 12.3  A 45.6  S 7.8 mm"."""
    parts = []
    for axis in range(3):
        letter, distance = sidePosition(AXES[axis], round(float(ras[axis]), 1))
        parts.append(f"{letter} {distance:.1f}")
    return "  ".join(parts) + " mm"


def probeText(node, ras: np.ndarray, isRead: Callable[[int], bool] = lambda _slice: True) -> str:
    """Voxel index and value of a volume at a place: "(12, 34, 5)  101 HU"; "outside" where it has none.

    Of a diffusion volume it says which value that is: "(12, 34, 5)  812  [3 / 65  b 1000]".

    :param isRead: whether a slice, an index along k, has its values already
    """
    reading = voxelAt(node, ras)
    if reading is None:
        return "outside"
    unit = volumeUnit(node)
    i, j, k = reading.ijk
    if not isRead(k):
        return f"({i}, {j}, {k})  {NOT_READ}"
    part = shortText(node)
    return f"({i}, {j}, {k})  {reading.text}{' ' + unit if unit else ''}{f'  [{part}]' if part else ''}"


class DataProbe(QWidget):
    """Follows the mouse over slice views; at rest it says what it would tell."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("dataProbe")
        self._last: tuple[SliceView, np.ndarray] | None = None
        self._place = QLabel(self)
        self._voxel = QLabel(self)
        for label in (self._place, self._voxel):
            label.setFont(monospaceFont())
            label.setTextFormat(Qt.PlainText)
            label.setTextInteractionFlags(Qt.NoTextInteraction)
        self._place.setMinimumWidth(self._place.fontMetrics().horizontalAdvance("R 000.0  A 000.0  S 000.0 mm "))
        self._voxel.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self._voxel.setObjectName("voxelProbe")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 8, 0)
        layout.setSpacing(14)
        layout.addWidget(self._place)
        layout.addWidget(self._voxel, 1)

    def text(self) -> str:
        """All that is shown, as one line."""
        return f"{self._place.text()}  {self._voxel.text()}".strip()

    def watch(self, view: SliceView) -> None:
        """Tell what is under the mouse in a view."""
        view.pointerMoved.connect(lambda ras: self.describe(view, ras))
        view.volumesChanged.connect(lambda: self.describe(view, None))
        view.appearanceChanged.connect(lambda: self._describeAgain(view))

    def describe(self, view: SliceView, ras: np.ndarray | None) -> None:
        """Describe a RAS point of a view. :param ras: None when the mouse left"""
        self._last = None if ras is None else (view, ras)
        nodes = [] if ras is None else [node for node in view.shownVolumes() if isVolume(node)]
        if not nodes:
            self._place.setText(HINT if view.shownVolumes() else "")
            self._voxel.clear()
            return
        self._place.setText(positionText(ras) if view.isPlaced() else UNPLACED)
        texts = [(elidedName(node.GetName()), probeText(node, ras, _isReadIn(view.scene, node))) for node in nodes]
        self._voxel.setText("    ".join(f"{name}  {text}" for name, text in texts))

    def _describeAgain(self, view: SliceView) -> None:
        """Voxels have changed, as when a slice has arrived under a mouse that rests."""
        if self._last is not None and self._last[0] is view:
            self.describe(*self._last)


def _isReadIn(scene, node) -> Callable[[int], bool]:
    return lambda slice: scene is None or scene.isSliceRead(node, slice)


def elidedName(name: str | None, length: int = 28) -> str:
    """A name no longer than ``length`` characters."""
    name = plainText(name)
    return name if len(name) <= length else name[: length - 1] + "…"
