"""A view of volumes cut at any orientation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from pyvistaqt import QtInteractor
from qtpy.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget

from .Crosshair import Crosshair
from .NodeObservers import MODIFIED, NodeObservers
from .SliceAnnotations import SliceAnnotations
from .SliceController import SliceController
from .SliceGeometry import (
    ORIENTATIONS,
    SliceGeometry,
    SliceRange,
    orientationName,
    sliceRange,
    volumeAxes,
    volumeCorners,
    warpedSliceRange,
)
from .SliceImages import SliceImages
from .SliceInteraction import SliceInteraction
from .SliceOutlines import SliceOutlines
from .SliceSegmentations import SliceSegmentations
from .SliceTexts import cornerTexts
from .Theme import COLORS, SLICE_COLORS
from .VolumeAppearance import cornersOf, dimensionsOf, ijkToWorld, isColor, isLabelMap, isVolume, windowLevel
from .WarpedSurfaces import WarpedSurfaces

DEFAULT_ORIENTATIONS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}
MINIMUM_WINDOW_WIDTH = 1e-6
SEGMENTATION, MODEL = "vtkMRMLSegmentationNode", "vtkMRMLModelNode"


class SliceView(QWidget):
    """One slice view: a controller strip above a pyvistaqt ``QtInteractor`` (:attr:`plotter`).

    :param name: "Red", "Yellow", "Green" or any other; the first three get 3D Slicer's colours and orientations
    :param crosshair: shared by all views; one of its own when not given
    :param warped: surfaces under transforms that are not linear, shared by all views
    :param scene: where its volumes are, for scripts; the layout manager takes out what leaves it. May be None

    Signals: ``sliceChanged()`` after the slice moved, turned, was zoomed or panned; ``zoomedOrPanned()`` after the user
    did that; ``volumesChanged()`` for other volumes, ``appearanceChanged()`` for the same ones looking different;
    ``pointerMoved(ras)`` with a RAS array, or None when the mouse left.
    """

    sliceChanged = Signal()
    zoomedOrPanned = Signal()
    volumesChanged = Signal()
    appearanceChanged = Signal()
    pointerMoved = Signal(object)
    maximizeRequested = Signal()
    menuRequested = Signal(QPoint)
    visibleIn3DChanged = Signal(bool)
    _surfaceMade = Signal()

    def __init__(
        self, name: str, scene=None, crosshair: Crosshair | None = None, parent: QWidget | None = None,
        warped: WarpedSurfaces | None = None,
    ):  # fmt: skip
        super().__init__(parent)
        self.setObjectName(f"sliceView{name}")
        self.name = name
        self.scene = scene
        self.color = SLICE_COLORS.get(name, "#8AA4C0")
        self.crosshair = crosshair or Crosshair()
        self.visibleIn3D = False
        self.geometryOfSlice = SliceGeometry(axes=ORIENTATIONS[DEFAULT_ORIENTATIONS.get(name, "Axial")].copy())
        self._isFitted = True
        self._observers, self._segmentationObservers, self._sceneObservers = (NodeObservers() for _ in range(3))
        self._buildWidgets()
        self._buildRendering(warped)
        self.crosshair.addObserver(self._onCrosshair)
        self._observeScene()
        self.updateView()

    def _buildWidgets(self) -> None:
        self.plotter = QtInteractor(self, auto_update=False)
        # Files dropped on the view are for the window, not for pyvista's mesh reader.
        self.plotter.setAcceptDrops(False)
        self.plotter.setMinimumSize(60, 60)
        self.controller = SliceController(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.controller)
        layout.addWidget(self.plotter, 1)
        self._interaction = SliceInteraction(self)
        self.plotter.installEventFilter(self._interaction)
        self.plotter.installEventFilter(self)
        self._refreshTimer = QTimer(self)
        self._refreshTimer.setSingleShot(True)
        self._refreshTimer.setInterval(0)
        self._refreshTimer.timeout.connect(self.refreshVolumes)
        self._surfaceMade.connect(self._refreshTimer.start, Qt.QueuedConnection)

    def _buildRendering(self, warped: WarpedSurfaces | None) -> None:
        self.plotter.set_background(COLORS["viewBackground"])
        self.images = SliceImages(self.plotter.renderer)
        self.segmentations = SliceSegmentations(self.plotter.renderer)
        self.outlines = SliceOutlines(self.plotter.renderer, self._surfaceMade.emit, warped)
        self.annotations = SliceAnnotations(self.plotter.renderer, self.plotter.devicePixelRatioF())

    # Volumes

    @property
    def backgroundVolume(self):
        return self.images.background.node

    @property
    def foregroundVolume(self):
        return self.images.foreground.node

    def setBackgroundVolume(self, node, fit: bool = True) -> None:
        """Show a volume node below everything else; None for nothing.

        :param fit: also bring the view to it: centred, all of it visible, at its middle slice
        """
        self.images.background.setNode(node)
        self._onVolumesChanged()
        if fit and isVolume(node):
            self.fit(toMiddleSlice=True)

    def setForegroundVolume(self, node, opacity: float | None = None) -> None:
        """Blend a second volume over the background; None for nothing. :param opacity: 0 to 1, kept when not given"""
        if opacity is not None:
            self.images.foreground.opacity = min(max(float(opacity), 0.0), 1.0)
        self.images.foreground.setNode(node)
        self._onVolumesChanged()

    @property
    def foregroundOpacity(self) -> float:
        return self.images.foreground.opacity

    def setForegroundOpacity(self, opacity: float) -> None:
        self.images.foreground.opacity = min(max(float(opacity), 0.0), 1.0)
        self.refreshVolumes()

    def shownVolumes(self) -> list:
        """The nodes shown, background first."""
        return [layer.node for layer in self.images.layers if layer.node is not None]

    def _onVolumesChanged(self) -> None:
        self._observers.removeAll()
        for node in self.shownVolumes():
            self._observers.addVolume(node, self._refreshTimer.start)
        self.refreshVolumes()
        self.volumesChanged.emit()

    def refreshVolumes(self) -> None:
        """Take over what changed in the nodes: image, position, window, colours."""
        for layer in self.images.layers:
            layer.refresh()
        self.segmentations.show(self._nodesOf(SEGMENTATION))
        self.outlines.show(self._nodesOf(MODEL))
        self.updateView()
        self.appearanceChanged.emit()

    # Segmentations and models

    def _nodesOf(self, className: str) -> list:
        return [] if self.scene is None else list(self.scene.GetNodesByClass(className))

    def _observeScene(self) -> None:
        if self.scene is not None:
            for event in (self.scene.NodeAddedEvent, self.scene.NodeRemovedEvent, self.scene.EndCloseEvent):
                self._sceneObservers.add(self.scene, event, self._onNodesChanged)
            self._onNodesChanged()

    def _onNodesChanged(self) -> None:
        nodes = self._nodesOf(SEGMENTATION) + self._nodesOf(MODEL)
        if nodes or self.segmentations.actors or self.outlines.actors:
            self._segmentationObservers.removeAll()
            for node in nodes:
                for event in (MODIFIED, node.TransformModifiedEvent, node.DisplayModifiedEvent):
                    self._segmentationObservers.add(node, event, self._refreshTimer.start)
            self._refreshTimer.start()

    # Where the slice is

    @property
    def orientation(self) -> str:
        """ "Axial", "Sagittal", "Coronal" or "Oblique"."""
        return orientationName(self.geometryOfSlice.axes)

    def setOrientation(self, name: str) -> None:
        """Turn to one of 3D Slicer's presets about the middle of the view. :raises KeyError: for an unknown name"""
        self._change(lambda geometry: geometry.setAxes(ORIENTATIONS[name]))
        self.fitIfFitted()

    def rotateToVolumePlane(self) -> None:
        """Turn to the axes of the background volume that are nearest to the present orientation."""
        if isVolume(self.backgroundVolume):
            axes = volumeAxes(ijkToWorld(self.backgroundVolume), self.geometryOfSlice.axes)
            self._change(lambda geometry: geometry.setAxes(axes))
            self.fitIfFitted()

    def sliceToRAS(self) -> np.ndarray:
        """4x4: columns are screen right, screen up, the normal, and the RAS mm of the middle of the view."""
        return self.geometryOfSlice.sliceToRAS

    def setSliceToRAS(self, matrix: np.ndarray) -> None:
        """Cut along any plane.

        :param matrix: 4x4 as :meth:`sliceToRAS` gives it; the columns need not be normalised
        """
        matrix = np.asarray(matrix, dtype=float)

        def place(geometry: SliceGeometry) -> None:
            geometry.setAxes(matrix[:3, :3])
            geometry.centre = matrix[:3, 3].copy()

        self._isFitted = False
        self._change(place)

    def sliceOffset(self) -> float:
        """mm from the RAS origin along the normal."""
        return self.geometryOfSlice.offset

    def setSliceOffset(self, offset: float) -> None:
        self._change(lambda geometry: geometry.setOffset(offset))

    def sliceRange(self) -> SliceRange | None:
        """The slices through the background volume, or the foreground, or a segmentation; None where there is none."""
        node, normal = self._firstVolume(), self.geometryOfSlice.normal
        if node is not None:
            return _rangeOf(node, normal)
        grid = self.segmentations.grid()
        return None if grid is None else sliceRange(*grid, normal)

    def _firstVolume(self):
        return next((node for node in self.shownVolumes() if isVolume(node)), None)

    def stepSlices(self, count: int) -> None:
        """Go to the slice ``count`` voxels further along the normal, kept inside the volume."""
        available = self.sliceRange()
        if available is not None:
            index = available.nearest(self.sliceOffset()) + count
            self.setSliceOffset(available.offset(min(max(index, 0), available.count - 1)))

    def stepMeasurements(self, count: int) -> None:
        """Show the measurement of a diffusion series so many further on, in every view of it; else nothing."""
        self.controller.measurementRow.step(count)

    def jumpTo(self, ras: np.ndarray, centre: bool = False) -> None:
        """Move the slice through a RAS point, which comes to the middle when asked or when it is out of view."""

        def jump(geometry: SliceGeometry) -> None:
            geometry.setOffset(float(np.asarray(ras) @ geometry.normal))
            x, y = geometry.rasToDisplay(ras)
            if centre or not (0 <= x <= geometry.width and 0 <= y <= geometry.height):
                geometry.centreOn(ras)

        self._change(jump)

    def fit(self, toMiddleSlice: bool = False) -> None:
        """Centre and zoom on all of the background volume, or of the foreground, or of a segmentation."""
        node, available = self._firstVolume(), self.sliceRange()
        if available is None:
            return
        corners = volumeCorners(*self.segmentations.grid()) if node is None else cornersOf(node)

        def show(geometry: SliceGeometry) -> None:
            geometry.fit(corners)
            if toMiddleSlice:
                geometry.setOffset(available.offset(available.count // 2))

        self._change(show)
        self._isFitted = True

    def placement(self) -> tuple[SliceGeometry, bool]:
        """Where the view looks, and whether it fits its volume; for :meth:`setPlacement`."""
        return replace(self.geometryOfSlice), self._isFitted

    def setPlacement(self, placement: tuple[SliceGeometry, bool]) -> None:
        """Look where the view once looked; it may have another size now."""
        before, isFitted = placement

        def place(geometry: SliceGeometry) -> None:
            sizes = [min(one.width, one.height) for one in (before, geometry)]
            geometry.axes, geometry.centre = before.axes.copy(), before.centre.copy()
            geometry.mmPerPixel = before.mmPerPixel * sizes[0] / sizes[1]

        self._change(place)
        self._isFitted = isFitted

    def fitIfFitted(self) -> None:
        """Fit again after a turn or a change of size, unless the user has zoomed or moved the image."""
        if self._isFitted:
            self.fit()

    def panBy(self, dx: float, dy: float) -> None:
        """Move the image by logical pixels to the right and up."""
        scale = self.plotter.devicePixelRatioF()
        self._isFitted = False
        self._change(lambda geometry: geometry.pan(dx * scale, dy * scale))
        self.zoomedOrPanned.emit()

    def zoomBy(self, factor: float, position: QPoint | None = None) -> None:
        """Enlarge about a position in the drawing widget, or about its middle."""
        x, y = (None, None) if position is None else self._devicePixels(position)
        self._isFitted = False
        self._change(lambda geometry: geometry.zoom(factor, x, y))
        self.zoomedOrPanned.emit()

    def follow(self, mmPerPixel: float, centre: np.ndarray) -> None:
        """Take over the scale of another view and bring a RAS point to the middle; the slice stays."""

        def move(geometry: SliceGeometry) -> None:
            geometry.mmPerPixel = mmPerPixel
            geometry.centreOn(centre)

        self._isFitted = False
        self._change(move)

    def _change(self, change: Callable[[SliceGeometry], None]) -> None:
        change(self.geometryOfSlice)
        self.updateView()
        self.sliceChanged.emit()

    # Appearance

    def windowLevel(self) -> tuple[float, float] | None:
        """Window and level of the volume that dragging changes."""
        node = self.windowedVolume()
        return None if node is None else windowLevel(node)

    def setWindowLevel(self, window: float, level: float) -> None:
        """Set them on the display node, so that every view of the volume follows."""
        node = self.windowedVolume()
        if node is not None and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetWindowLevel(max(float(window), MINIMUM_WINDOW_WIDTH), float(level))

    def autoWindowLevel(self) -> None:
        """Window and level computed from the voxels."""
        node = self.windowedVolume()
        if node is not None and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetAutoWindowLevel(True)

    def windowedVolume(self):
        """The first grey volume shown: the one whose window and level dragging changes; None without one."""
        for node in self.shownVolumes():
            if isVolume(node) and not isColor(node) and not isLabelMap(node):
                return node
        return None

    def setVisibleIn3D(self, visible: bool) -> None:
        """Whether the 3D view shows this slice."""
        self.visibleIn3D = bool(visible)
        self.visibleIn3DChanged.emit(self.visibleIn3D)

    # Crosshair and pointer

    def rasAt(self, position: QPoint) -> np.ndarray:
        """RAS mm under a position in the drawing widget (logical pixels from its upper left corner)."""
        return self.geometryOfSlice.displayToRAS(*self._devicePixels(position))

    def positionOf(self, ras: np.ndarray) -> QPoint:
        """Where a RAS point is in the drawing widget: the inverse of :meth:`rasAt`."""
        x, y = self.geometryOfSlice.rasToDisplay(ras) / self.plotter.devicePixelRatioF()
        return QPoint(round(x - 0.5), round(self.plotter.height() - y - 0.5))

    def isPlaced(self) -> bool:
        """Whether the files of all that is shown say where it is in the patient."""
        return all(node.hasPlaceInPatient() for node in self.shownVolumes())

    def placeCrosshairAt(self, position: QPoint) -> None:
        self.crosshair.setPosition(self.rasAt(position))

    def toggleCrosshair(self) -> None:
        self.crosshair.setVisible(not self.crosshair.isSwitchedOn)

    def reportPointer(self, position: QPoint | None) -> None:
        """Tell who shows what is under the mouse. :param position: None when it left"""
        self.pointerMoved.emit(None if position is None else self.rasAt(position))

    def _onCrosshair(self, crosshair: Crosshair) -> None:
        position = crosshair.position
        if position is None:
            self.updateView()
        else:
            self.jumpTo(position)

    def _devicePixels(self, position: QPoint) -> tuple[float, float]:
        scale = self.plotter.devicePixelRatioF()
        return (position.x() + 0.5) * scale, (self.plotter.height() - position.y() - 0.5) * scale

    # Drawing

    def updateView(self) -> None:
        """Bring camera, cutting planes, texts and the strip to the present state; drawn when Qt next paints."""
        geometry = self.geometryOfSlice
        self.images.place(geometry)
        self.segmentations.place(geometry)
        self.outlines.place(geometry)
        position = self.crosshair.position if self.crosshair.visible and self.shownVolumes() else None
        self.annotations.update(geometry, cornerTexts(self), position, hasLetters=self.isPlaced())
        self.controller.updateFromView()
        self.plotter.update()

    def eventFilter(self, watched, event) -> bool:
        if watched is self.plotter and event.type() == QEvent.Resize:
            self._onResized(event.size().width(), event.size().height())
        return False

    def _onResized(self, width: int, height: int) -> None:
        geometry, scale = self.geometryOfSlice, self.plotter.devicePixelRatioF()
        before = min(geometry.width, geometry.height)
        geometry.width, geometry.height = max(1, round(width * scale)), max(1, round(height * scale))
        geometry.mmPerPixel *= before / min(geometry.width, geometry.height)
        self.annotations.scale = scale
        self.updateView()
        self.fitIfFitted()

    def screenshot(self) -> np.ndarray:
        """What the view shows, freshly drawn: uint8 of shape (height, width, 3), first row at the top."""
        self.outlines.wait()
        self.updateView()
        self.plotter.ren_win.Render()
        return np.asarray(self.plotter.screenshot(return_img=True))[..., :3]

    def closeView(self) -> None:
        """Let go of nodes and of the OpenGL context before Qt destroys the view; calling it again does nothing."""
        self._refreshTimer.stop()
        self._refreshTimer.blockSignals(True)  # what a thread has told may be on its way, and starts it again
        for observers in (self._observers, self._segmentationObservers, self._sceneObservers):
            observers.removeAll()
        self.crosshair.removeObserver(self._onCrosshair)
        self.outlines.remove()
        self.plotter.removeEventFilter(self)
        self.plotter.removeEventFilter(self._interaction)
        self.plotter.close()

    def closeEvent(self, event) -> None:
        self.closeView()
        super().closeEvent(event)

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key_Escape:
            self.maximizeRequested.emit()
        super().keyPressEvent(event)


def _rangeOf(node, normal: np.ndarray) -> SliceRange:
    if node.isWarped():
        return warpedSliceRange(node.sliceOutlines(rim=0.0), node.ijkToRASArray(), normal)
    return sliceRange(ijkToWorld(node), dimensionsOf(node), normal)
