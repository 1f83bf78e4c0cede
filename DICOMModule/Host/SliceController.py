"""The strip above a slice view: its colour, orientation, slider, position, and buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QSignalBlocker, Qt
from qtpy.QtGui import QCursor
from qtpy.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QVBoxLayout, QWidget

from .Icons import icon
from .MeasurementRow import MeasurementRow
from .SliceGeometry import ORIENTATIONS
from .SliceTexts import numberText, offsetText
from .ViewButtons import ICON_PIXELS, iconButton, menuButton
from .VolumeAppearance import CT_WINDOWS, isVolume

if TYPE_CHECKING:
    from .SliceView import SliceView


class SliceController(QFrame):
    """Shows and changes the state of one slice view; further rows blend the foreground while there is one, and choose
    what is shown of a diffusion volume."""

    def __init__(self, view: SliceView):
        super().__init__(view)
        self._view = view
        self.setObjectName("sliceController")
        self.setStyleSheet(f"#sliceController {{ border-top: 2px solid {view.color}; }}")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(4, 0, 4, 0)
        rows.setSpacing(0)
        rows.addLayout(self._buildSliceRow())
        self.measurementRow = MeasurementRow(view, self)
        rows.addWidget(self.measurementRow)
        self._blendRow = self._buildBlendRow()
        rows.addWidget(self._blendRow)
        view.menuRequested.connect(self.showMenu)
        view.visibleIn3DChanged.connect(self._visible3DButton.setChecked)

    def _buildSliceRow(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.orientationButton = menuButton(self, "orientation", "Orientation of the slice")
        self.orientationButton.setMenu(self._orientationMenu(self.orientationButton))
        self.slider = QSlider(Qt.Horizontal, self)
        self.slider.setMinimumWidth(40)
        self.slider.setFocusPolicy(Qt.NoFocus)
        self.slider.setPageStep(5)
        self.slider.setToolTip("Position of the slice (wheel over the view)")
        self.slider.valueChanged.connect(self._onSlider)
        self.positionLabel = QLabel(self)
        self.positionLabel.setObjectName("slicePosition")
        self.positionLabel.setAlignment(Qt.AlignRight | Qt.AlignVCenter)
        self.positionLabel.setMinimumWidth(62)
        in3D = "Show this slice in the 3D view (V)"
        self._visible3DButton = self._button("SliceIn3D", in3D, self._view.setVisibleIn3D, True)
        row.addWidget(self.orientationButton)
        row.addWidget(self.slider, 1)
        row.addWidget(self.positionLabel)
        row.addWidget(self._button("Fit", "Fit the volume into the view (R)", self._view.fit))
        row.addWidget(self._visible3DButton)
        row.addWidget(self._button("Menu", "More for this view", lambda: self.showMenu(QCursor.pos())))
        return row

    def _buildBlendRow(self) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(4, 0, 4, 3)
        self._blendPicture = QLabel(holder)
        self._blendPicture.setPixmap(icon("Blend").pixmap(ICON_PIXELS, ICON_PIXELS))
        self.blendSlider = QSlider(Qt.Horizontal, holder)
        self.blendSlider.setRange(0, 100)
        self.blendSlider.setFocusPolicy(Qt.NoFocus)
        self.blendSlider.setToolTip("How strongly the foreground covers the background")
        self.blendSlider.valueChanged.connect(lambda value: self._view.setForegroundOpacity(value / 100))
        self.blendLabel = QLabel(holder)
        self.blendLabel.setObjectName("slicePosition")
        self.blendLabel.setMinimumWidth(36)
        row.addWidget(self._blendPicture)
        row.addWidget(self.blendSlider, 1)
        row.addWidget(self.blendLabel)
        return holder

    def changeEvent(self, event) -> None:
        """A picture, unlike a button's icon, keeps the colours it was made with."""
        super().changeEvent(event)
        if event.type() == QEvent.PaletteChange and hasattr(self, "_blendPicture"):
            self._blendPicture.setPixmap(icon("Blend").pixmap(ICON_PIXELS, ICON_PIXELS))

    def _button(self, iconName: str, toolTip: str, action, checkable: bool = False) -> QToolButton:
        button = iconButton(self, iconName, toolTip, checkable)
        button.clicked.connect(action if checkable else lambda _checked=False: action())
        return button

    def updateFromView(self) -> None:
        """Show the state of the view without changing it."""
        view = self._view
        available = view.sliceRange()
        blockers = [QSignalBlocker(self.slider), QSignalBlocker(self.blendSlider)]
        self.orientationButton.setText(view.orientation)
        self.slider.setEnabled(available is not None and available.count > 1)
        if available is not None:
            self.slider.setRange(0, available.count - 1)
            self.slider.setValue(available.nearest(view.sliceOffset()))
        self.positionLabel.setText(offsetText(view, 1) if available is not None else "")
        self.measurementRow.updateFromView()
        hasForeground = isVolume(view.foregroundVolume)
        if self._blendRow.isHidden() == hasForeground:
            self._blendRow.setVisible(hasForeground)
        self.blendSlider.setValue(round(100 * view.foregroundOpacity))
        self.blendLabel.setText(f"{round(100 * view.foregroundOpacity)} %")
        for blocker in blockers:
            blocker.unblock()

    def _onSlider(self, index: int) -> None:
        available = self._view.sliceRange()
        if available is not None:
            self._view.setSliceOffset(available.offset(index))

    # Menus

    def _orientationMenu(self, parent: QWidget) -> QMenu:
        menu = QMenu(parent)
        for name in ORIENTATIONS:
            menu.addAction(name, lambda chosen=name: self._view.setOrientation(chosen))
        menu.addSeparator()
        menu.addAction(icon("Rotate"), "Follow the volume's own axes", self._view.rotateToVolumePlane)
        return menu

    def showMenu(self, position) -> None:
        """The menu of the view at a global position."""
        menu = self.buildMenu()
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.popup(position)

    def buildMenu(self) -> QMenu:
        """Everything the view offers, as a menu for its present volumes."""
        view = self._view
        menu = QMenu(self)
        menu.addAction(icon("Fit"), "Fit to the volume\tR", view.fit)
        menu.addAction(icon("Expand"), "Maximise or restore the view\tDouble click", view.maximizeRequested.emit)
        orientations = self._orientationMenu(menu)
        orientations.setTitle("Orientation")
        menu.addMenu(orientations)
        self._addWindowMenu(menu)
        menu.addSeparator()
        self._addToggle(menu, "Slice in the 3D view\tV", view.visibleIn3D, view.setVisibleIn3D)
        self._addToggle(menu, "Crosshair\tG", view.crosshair.isSwitchedOn, view.crosshair.setVisible)
        notes = view.annotations
        self._addToggle(menu, "Texts in the corners", notes.cornersVisible, self._setter("cornersVisible"))
        self._addToggle(menu, "Patient letters", notes.lettersVisible, self._setter("lettersVisible"))
        self._addToggle(menu, "Ruler", notes.rulerVisible, self._setter("rulerVisible"))
        display = self._scalarDisplay()
        if display is not None:
            self._addToggle(menu, "Smooth between voxels", display.GetInterpolate(), display.SetInterpolate)
        return menu

    def _addToggle(self, menu: QMenu, text: str, checked: bool, action) -> None:
        entry = menu.addAction(text)
        entry.setCheckable(True)
        entry.setChecked(bool(checked))
        entry.toggled.connect(action)

    def _setter(self, name: str):
        def change(value: bool) -> None:
            setattr(self._view.annotations, name, value)
            self._view.updateView()

        return change

    def _addWindowMenu(self, menu: QMenu) -> None:
        display = self._scalarDisplay()
        windows = menu.addMenu(icon("WindowLevel"), "Window and level")
        windows.setEnabled(display is not None)
        if display is None:
            return
        windows.addAction("Automatic\tA", self._view.autoWindowLevel)
        if display.GetNumberOfWindowLevelPresets():
            windows.addSection("From the file")
        for index in range(display.GetNumberOfWindowLevelPresets()):
            window, level = display.GetWindowPreset(index), display.GetLevelPreset(index)
            name = display.GetWindowLevelPresetExplanation(index).strip().capitalize() or f"Preset {index + 1}"
            self._addWindow(windows, name, window, level)
        windows.addSection("CT")
        for name, (window, level) in CT_WINDOWS.items():
            self._addWindow(windows, name, window, level)

    def _addWindow(self, menu: QMenu, name: str, window: float, level: float) -> None:
        text = f"{name}\tW {numberText(window)}  L {numberText(level)}"
        menu.addAction(text, lambda: self._view.setWindowLevel(window, level))

    def _scalarDisplay(self):
        """The display node that window and level belong to; None without a grey volume."""
        if self._view.windowLevel() is None:
            return None
        return self._view.windowedVolume().GetDisplayNode()
