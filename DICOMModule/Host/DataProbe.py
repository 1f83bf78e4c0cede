"""What is under the mouse, in the status bar: place in the patient, voxel and value."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from DICOMLib.Widgets.DisplayText import plainText

from .SliceTexts import sidePosition
from .SliceView import SliceView
from .Theme import COLORS, monospaceFont
from .VolumeAppearance import isVolume, volumeUnit, voxelAt

AXES = np.eye(3)
HINT = "Point at a slice to read position and value"
UNPLACED = "Place in the patient unknown"


def positionText(ras: np.ndarray) -> str:
    """A RAS point as people say it: "R 12.3  A 45.6  S 7.8 mm"."""
    parts = []
    for axis in range(3):
        letter, distance = sidePosition(AXES[axis], round(float(ras[axis]), 1))
        parts.append(f"{letter} {distance:.1f}")
    return "  ".join(parts) + " mm"


def probeText(node, ras: np.ndarray) -> str:
    """Voxel index and value of a volume at a place: "(12, 34, 5)  101 HU"; "outside" where it has none."""
    reading = voxelAt(node, ras)
    if reading is None:
        return "outside"
    unit = volumeUnit(node)
    i, j, k = reading.ijk
    return f"({i}, {j}, {k})  {reading.text}{' ' + unit if unit else ''}"


class DataProbe(QWidget):
    """Follows the mouse over slice views; at rest it says what it would tell."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("dataProbe")
        self._place = QLabel(self)
        self._voxel = QLabel(self)
        for label in (self._place, self._voxel):
            label.setFont(monospaceFont())
            label.setTextFormat(Qt.PlainText)
            label.setTextInteractionFlags(Qt.NoTextInteraction)
        self._place.setMinimumWidth(self._place.fontMetrics().horizontalAdvance("R 000.0  A 000.0  S 000.0 mm "))
        self._voxel.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Preferred)
        self._voxel.setStyleSheet(f"color: {COLORS['text']};")
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

    def describe(self, view: SliceView, ras: np.ndarray | None) -> None:
        """Describe a RAS point of a view. :param ras: None when the mouse left"""
        nodes = [] if ras is None else [node for node in view.shownVolumes() if isVolume(node)]
        if not nodes:
            self._place.setText(HINT if view.shownVolumes() else "")
            self._voxel.clear()
            return
        self._place.setText(positionText(ras) if view.isPlaced() else UNPLACED)
        self._voxel.setText("    ".join(f"{elidedName(node.GetName())}  {probeText(node, ras)}" for node in nodes))


def elidedName(name: str | None, length: int = 28) -> str:
    """A name no longer than ``length`` characters."""
    name = plainText(name)
    return name if len(name) <= length else name[: length - 1] + "…"
