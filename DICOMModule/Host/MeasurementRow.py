"""The row of a slice view's strip that chooses what is shown of a diffusion volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSignalBlocker, Qt
from qtpy.QtWidgets import QHBoxLayout, QLabel, QMenu, QSlider, QWidget

from DICOMLib.Diffusion.Invariants import (
    COLOR_ORIENTATION,
    FRACTIONAL_ANISOTROPY,
    LINEAR_MEASURE,
    MAX_EIGENVALUE,
    MEAN_DIFFUSIVITY,
    MIN_EIGENVALUE,
    PERPENDICULAR_DIFFUSIVITY,
    PLANAR_MEASURE,
    SPHERICAL_MEASURE,
    TRACE,
)

from .DiffusionTexts import invariantTitle, isTensor, isWeighted, measurementCount, shortText, shownLines
from .ViewButtons import menuButton
from .VolumeAppearance import isVolume

if TYPE_CHECKING:
    from .SliceView import SliceView

OFFERED_INVARIANTS = (
    FRACTIONAL_ANISOTROPY, MEAN_DIFFUSIVITY, COLOR_ORIENTATION, TRACE, MAX_EIGENVALUE, MIN_EIGENVALUE,
    PERPENDICULAR_DIFFUSIVITY, LINEAR_MEASURE, PLANAR_MEASURE, SPHERICAL_MEASURE,
)  # fmt: skip


class MeasurementRow(QWidget):
    """A slider over the measurements of a diffusion-weighted volume, or a menu of what tensors can show.

    What is chosen belongs to the volume, so that all views show the same; the row is hidden for other volumes.
    """

    def __init__(self, view: SliceView, parent: QWidget | None = None):
        super().__init__(parent)
        self._view = view
        self.setObjectName("measurementRow")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 4, 2)
        row.setSpacing(4)
        self.invariantButton = menuButton(self, "tensorInvariant", "What is shown of the tensors")
        self.invariantButton.setMenu(self._invariantMenu())
        self.slider = QSlider(Qt.Horizontal, self)
        self.slider.setMinimumWidth(40)
        self.slider.setFocusPolicy(Qt.NoFocus)
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._choose)
        self.label = QLabel(self)
        self.label.setObjectName("slicePosition")
        self.label.setTextFormat(Qt.PlainText)
        self.label.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self.label.setMinimumWidth(self.label.fontMetrics().horizontalAdvance("000 / 000  b 00000"))
        row.addWidget(self.invariantButton)
        row.addWidget(self.slider, 1)
        row.addWidget(self.label)
        row.addStretch(0)  # beside the button alone; the slider takes all there is

    def _invariantMenu(self) -> QMenu:
        menu = QMenu(self)
        for number in OFFERED_INVARIANTS:
            action = menu.addAction(invariantTitle(number), lambda chosen=number: self._showInvariant(chosen))
            action.setCheckable(True)
            action.setData(number)
        menu.aboutToShow.connect(self._markShownInvariant)
        return menu

    def _markShownInvariant(self) -> None:
        node = self.volume()
        for action in self.invariantButton.menu().actions():
            action.setChecked(isTensor(node) and action.data() == node.shownScalarInvariant())

    def volume(self):
        """The volume that the row is about, the background before the foreground; None without a diffusion volume."""
        fitting = (node for node in self._view.shownVolumes() if isWeighted(node) or isTensor(node))
        return next((node for node in fitting if isVolume(node) and node.GetDisplayNode() is not None), None)

    def updateFromView(self) -> None:
        """Show the state of the volume without changing it."""
        node = self.volume()
        if self.isHidden() != (node is None):
            self.setVisible(node is not None)
        if node is None:
            return
        weighted = isWeighted(node)
        self.slider.setVisible(weighted)
        self.invariantButton.setVisible(not weighted)
        self.label.setVisible(weighted)
        if weighted:
            self._updateSlider(node)
        else:
            self.invariantButton.setText(shortText(node))

    def _updateSlider(self, node) -> None:
        blocker = QSignalBlocker(self.slider)
        self.slider.setRange(0, measurementCount(node) - 1)
        self.slider.setValue(node.shownComponent())
        blocker.unblock()
        self.label.setText(shortText(node))
        text = ", ".join(shownLines(node))
        self.slider.setToolTip(f"{text[0].upper()}{text[1:]} (comma and period step)")

    def step(self, count: int) -> None:
        """Show the measurement so many further on, kept inside the series; nothing for other volumes."""
        node = self.volume()
        if isWeighted(node):
            self._choose(min(max(node.shownComponent() + count, 0), measurementCount(node) - 1))

    def _choose(self, component: int) -> None:
        node = self.volume()
        if isWeighted(node):
            node.GetDisplayNode().SetDiffusionComponent(component)

    def _showInvariant(self, number: int) -> None:
        node = self.volume()
        if isTensor(node):
            node.GetDisplayNode().SetScalarInvariant(number)
