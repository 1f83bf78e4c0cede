"""The 3D view: volumes by ray casting, slices, surfaces, and what tells the patient's directions."""

from __future__ import annotations

import time

import numpy as np
from qtpy.QtCore import QEvent, Qt, QTimer, Signal
from qtpy.QtWidgets import QVBoxLayout, QWidget
from vtkmodules.vtkCommonDataModel import vtkPlane

from DICOMLib.Scene.VolumeRenderingNodes import isRendered

from .AdaptiveSampling import AdaptiveSampling
from .CameraPlacement import CameraPlacement
from .Crosshair import Crosshair
from .DiffusionTexts import isWeighted
from .NodeObservers import NodeObservers
from .SliceImages import SliceLayer
from .SurfacesInView import SurfacesInView
from .Theme import COLORS
from .ThreeDAnnotations import ThreeDAnnotations
from .ThreeDController import VIEW_DIRECTIONS, ThreeDController
from .ThreeDPlotter import ThreeDPlotter
from .VolumeAppearance import cornersOf, hasDepth, isVolume, modalityOf
from .VolumeRendering import VolumeRendering, rendersInSoftware
from .WarpedSurfaces import WarpedSurfaces

REST_MILLISECONDS = 250
# Slices follow the crosshair at once; volumes would hold them up if they were drawn again for every move of the mouse.
CROSSHAIR_MILLISECONDS = 150
# So do measurements of a diffusion volume that a slider runs through.
MEASUREMENT_MILLISECONDS = 150
FIRST_DIRECTION = (-0.45, 0.85, 0.28)


class ThreeDView(QWidget):
    """Shows volumes that are to be rendered, surfaces of models and segments, and slices of slice views.

    :param scene: observed for nodes that come and go
    :param crosshair: shared by all views
    :param warped: surfaces under transforms that are not linear, shared by all views
    """

    maximizeRequested = Signal()
    contentChanged = Signal()
    _copyMade = Signal()

    def __init__(
        self, scene=None, crosshair: Crosshair | None = None, parent: QWidget | None = None,
        warped: WarpedSurfaces | None = None,
    ):  # fmt: skip
        super().__init__(parent)
        self.setObjectName("threeDView")
        self.scene = scene
        self._warped = warped
        self.crosshair = crosshair or Crosshair()
        self.sampling = AdaptiveSampling()
        self._isSoftware: bool | None = None
        self._volumes: dict[str, VolumeRendering] = {}
        self._slices: dict[str, tuple] = {}
        self._observers = NodeObservers()
        self._sceneObservers = NodeObservers()
        self._drawingObservers = NodeObservers()
        self._isPlaced = False
        self._isButtonDown = False
        self._frameStarted = 0.0
        self._buildWidgets()
        self._buildRendering()
        self._observeScene()
        self.crosshair.addObserver(self._onCrosshair)

    def _buildWidgets(self) -> None:
        self.plotter = ThreeDPlotter(self, auto_update=False)
        self.plotter.setAcceptDrops(False)
        self._samples = self.plotter.ren_win.GetMultiSamples()
        self.plotter.setMinimumSize(60, 60)
        self.controller = ThreeDController(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.controller)
        layout.addWidget(self.plotter, 1)
        self.plotter.installEventFilter(self)
        self._restTimer = self._singleShot(REST_MILLISECONDS, self._rest)
        self._refreshTimer = self._singleShot(0, self.refresh)
        self._measurementTimer = self._singleShot(MEASUREMENT_MILLISECONDS, self.refresh)
        self._copyMade.connect(self._refreshTimer.start, Qt.QueuedConnection)
        self._crosshairTimer = self._singleShot(CROSSHAIR_MILLISECONDS, self._drawCrosshair)

    def _singleShot(self, milliseconds: int, slot) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)
        return timer

    def _buildRendering(self) -> None:
        self.plotter.set_background(COLORS["viewBackground3DBottom"], top=COLORS["viewBackground3DTop"])
        self.annotations = ThreeDAnnotations(self.plotter.renderer, self.plotter.devicePixelRatioF())
        self.surfaces = SurfacesInView(self.plotter.renderer, self._copyMade.emit, self._warped)
        self._drawingObservers.add(self.plotter.ren_win, "StartEvent", self._onFrameStart)
        self._drawingObservers.add(self.plotter.ren_win, "EndEvent", self._onFrameEnd)
        self._drawingObservers.add(self.plotter.renderer.GetActiveCamera(), "ModifiedEvent", self._onCameraMoved)

    # Content

    def _observeScene(self) -> None:
        if self.scene is None:
            return
        for event in (self.scene.NodeAddedEvent, self.scene.NodeRemovedEvent, self.scene.EndCloseEvent):
            self._sceneObservers.add(self.scene, event, self._onNodesChanged)
        self._onNodesChanged()

    def _onNodesChanged(self) -> None:
        """Observe the nodes now in the scene and show them when Qt is back in its loop: nodes come in bunches."""
        self._observers.removeAll()
        for node in self._displayableNodes():
            timer = self._measurementTimer if isWeighted(node) else self._refreshTimer
            self._observers.add(node, node.DisplayModifiedEvent, timer.start)
            self._observers.add(node, node.TransformModifiedEvent, self._refreshTimer.start)
            self._observers.add(node, "ModifiedEvent", self._refreshTimer.start)
        self._refreshTimer.start()

    def _displayableNodes(self) -> list:
        return [] if self.scene is None else list(self.scene.GetNodesByClass("vtkMRMLDisplayableNode"))

    def renderedVolumes(self) -> list:
        """Volume nodes that the display nodes ask to be rendered."""
        return [node for node in self._displayableNodes() if _wantsRendering(node)]

    def candidateVolume(self):
        """The volume to render when rendering is switched on: what the slices show, else the first deep one."""
        shown = [node for view, *_rest in self._slices.values() for node in view.shownVolumes()]
        nodes = [node for node in shown if not self._isPreview(node)] + self._displayableNodes()
        return next((node for node in nodes if isVolume(node) and hasDepth(node)), None)

    def refresh(self) -> None:
        """Bring volumes, surfaces and slices to the state of the scene; drawn again only if the picture changes."""
        changed = self._refreshVolumes()
        changed = self._refreshSurfaces() or changed
        for view, *_rest in list(self._slices.values()):
            changed = self._refreshSlice(view) or changed
        changed = self._refreshSurroundings() or changed
        self.controller.updateFromView()
        self.contentChanged.emit()
        if changed:
            self.requestDrawing()

    def _refreshSurroundings(self) -> bool:
        """Box, letters and crosshair; the camera when the first thing arrives. :returns: whether the picture changes"""
        bounds = self.contentBounds()
        before = self.annotations.state()
        volumes = self._raycastVolumes() + self._slicedVolumes()
        self.annotations.setBounds(bounds, hasLetters=all(node.hasPlaceInPatient() for node in volumes))
        self.annotations.setCrosshair(self.crosshair.position if self.crosshair.visible else None)
        if bounds is not None and not self._isPlaced:
            self.fit(FIRST_DIRECTION, (0, 0, 1))
        # What a preview takes the place of may come back, seen as before.
        self._isPlaced = bounds is not None or (self._isPlaced and self._hasPreview())
        return self.annotations.state() != before

    def _refreshVolumes(self) -> bool:
        wanted = {node.GetID(): node for node in self.renderedVolumes()}
        # Another node may have got the ID of one that left.
        gone = [nodeID for nodeID, drawn in self._volumes.items() if wanted.get(nodeID) is not drawn.node]
        for nodeID in gone:
            self._volumes.pop(nodeID).remove()
        changed = bool(gone)
        for nodeID, node in wanted.items():
            if nodeID in self._volumes:
                changed = self._volumes[nodeID].refresh() or changed
            else:
                software = self.isSoftwareRendered()
                self._volumes[nodeID] = VolumeRendering(
                    self.plotter.renderer, node, modalityOf(node), software, self._copyMade.emit
                )
                self.sampling.reset()
                changed = True
        return changed

    def _refreshSurfaces(self) -> bool:
        changed = self.surfaces.refresh(self._displayableNodes())
        if changed:
            self._peel(self.surfaces.isTranslucent())
        return changed

    def _peel(self, isTranslucent: bool) -> None:
        """Draw translucent surfaces from back to front, whatever their order: without, some would be hidden by others.

        VTK peels only pictures with one sample a pixel; what is translucent is not in others at all.
        """
        self.plotter.renderer.SetUseDepthPeeling(isTranslucent)
        self.plotter.ren_win.SetMultiSamples(0 if isTranslucent else self._samples)

    def contentBounds(self) -> np.ndarray | None:
        """RAS box around what is shown, shape (2, 3); None when there is nothing."""
        corners = [cornersOf(node) for node in self._raycastVolumes()]
        corners += self.surfaces.corners()
        corners += [cornersOf(node) for node in self._slicedVolumes()]
        if not corners:
            return None
        points = np.vstack(corners)
        return np.array([points.min(axis=0), points.max(axis=0)])

    def _raycastVolumes(self) -> list:
        return [rendering.node for rendering in self._volumes.values()]

    def _slicedVolumes(self) -> list:
        """Volumes of which a slice is in the picture."""
        shown = (view for view, *_rest in self._slices.values() if view.visibleIn3D)
        nodes = [node for view in shown for node in view.shownVolumes() if isVolume(node)]
        return [node for node in nodes if not self._isPreview(node)]

    def _hasPreview(self) -> bool:
        return self.scene is not None and self.scene.previewNode is not None

    def _isPreview(self, node) -> bool:
        """Whether a volume is still being read: it comes to this view when it is complete, which takes long to draw."""
        return self._hasPreview() and node is self.scene.previewNode

    # Slices

    def addSliceView(self, view) -> None:
        """Show the slice of a slice view whenever it is meant to be visible in 3D."""
        planes = (vtkPlane(), vtkPlane())
        layers = tuple(SliceLayer(self.plotter.renderer, plane) for plane in planes)
        self._slices[view.name] = (view, planes, layers)
        view.sliceChanged.connect(lambda: self._onSliceChanged(view))
        view.appearanceChanged.connect(lambda: self._onSliceChanged(view))
        view.volumesChanged.connect(self._refreshTimer.start)
        view.visibleIn3DChanged.connect(lambda _visible: self._refreshTimer.start())

    def _onSliceChanged(self, view) -> None:
        if view.visibleIn3D and self.isVisible() and self._refreshSlice(view):
            self.requestDrawing(moving=True)

    def _refreshSlice(self, view) -> bool:
        """:returns: whether the slice is, or was until now, part of the picture"""
        _view, planes, layers = self._slices[view.name]
        geometry, isInPicture = view.geometryOfSlice, False
        for plane, layer, source in zip(planes, layers, view.images.layers, strict=True):
            plane.SetOrigin(*geometry.centre)
            plane.SetNormal(*geometry.towardsViewer)
            layer.place(geometry)
            layer.opacity = source.opacity
            wasShown = layer.node is not None
            layer.setNode(source.node if view.visibleIn3D and not self._isPreview(source.node) else None)
            isInPicture = isInPicture or wasShown or layer.node is not None
        return isInPicture

    # Camera

    def fit(self, direction=None, up=None) -> None:
        """Show everything. :param direction: from the data to the viewer, RAS; kept when not given"""
        bounds = self.contentBounds()
        if bounds is None:
            return
        camera = self.plotter.renderer.GetActiveCamera()
        if direction is not None:
            middle = bounds.mean(axis=0)
            camera.SetFocalPoint(*middle)
            camera.SetPosition(*(middle + np.asarray(direction, dtype=float)))
            camera.SetViewUp(*up)
        self.plotter.renderer.ResetCamera(*bounds.T.ravel())
        camera.Zoom(1.12)
        self.plotter.renderer.ResetCameraClippingRange()
        self.requestDrawing()

    def cameraPlacement(self) -> CameraPlacement:
        """Where the camera is, and how it looks."""
        return CameraPlacement.of(self.plotter.renderer.GetActiveCamera())

    def setCameraPlacement(self, placement: CameraPlacement) -> None:
        """Look from another place; nothing changes where up says nothing of a camera there."""
        if not placement.isPossible:
            return
        placement.applyTo(self.plotter.renderer.GetActiveCamera())
        self.plotter.renderer.ResetCameraClippingRange()
        self.requestDrawing()

    def setAnnotationVisible(self, name: str, visible: bool) -> None:
        """Show or hide what surrounds the data. :param name: ``boxVisible`` or ``lettersVisible``"""
        setattr(self.annotations, name, visible)
        self.refresh()

    def lookFrom(self, name: str) -> None:
        """Turn to one of VIEW_DIRECTIONS and fit. :raises KeyError: for another name"""
        self.fit(*VIEW_DIRECTIONS[name])

    # Drawing

    def isSoftwareRendered(self) -> bool:
        """Whether OpenGL runs on the processor; False before the view was first drawn."""
        if self._isSoftware is None:
            self._isSoftware = rendersInSoftware(self.plotter.ren_win)
        return bool(self._isSoftware)

    def requestDrawing(self, moving: bool = False) -> None:
        """Draw when Qt next paints. :param moving: coarse now, fine once nothing has happened for a moment"""
        self._setMoving(moving and bool(self._volumes))
        self.plotter.update()

    def _setMoving(self, moving: bool) -> None:
        self.sampling.isMoving = moving
        if moving:
            self._restTimer.start()
        for rendering in self._volumes.values():
            rendering.setSampling(self.sampling.coarseness)

    def _rest(self) -> None:
        if self.plotter.GetRenderWindow() is None or not self.sampling.isMoving:
            return
        if self._isButtonDown:
            self._restTimer.start()
            return
        self.requestDrawing()

    def _onCameraMoved(self) -> None:
        self._setMoving(bool(self._volumes))

    def _onFrameStart(self) -> None:
        self._frameStarted = time.perf_counter()

    def _onFrameEnd(self) -> None:
        if self._volumes:
            self.sampling.learn(time.perf_counter() - self._frameStarted)

    def eventFilter(self, watched, event) -> bool:
        if watched is not self.plotter:
            return False
        kind = event.type()
        if kind in (QEvent.MouseButtonPress, QEvent.MouseButtonRelease):
            self._isButtonDown = kind == QEvent.MouseButtonPress
        if kind == QEvent.MouseButtonDblClick and event.button() == Qt.LeftButton:
            self.maximizeRequested.emit()
            return True
        if kind == QEvent.Resize:
            self.sampling.reset()
            # A larger view shall not keep the window waiting for its first fine picture.
            self._setMoving(bool(self._volumes))
        if kind == QEvent.KeyPress:
            self._onKey(event)
            return True
        return False

    def _onKey(self, event) -> None:
        """Keys as in 3D Slicer; VTK's own (stereo, wireframe, quit) are kept away."""
        if event.key() == Qt.Key_R and not event.modifiers():
            self.fit()
        else:
            event.ignore()

    def _onCrosshair(self, crosshair: Crosshair) -> None:
        self.annotations.setCrosshair(crosshair.position if crosshair.visible else None)
        # A volume drawn by the processor takes the time of several slices: it waits until the crosshair rests.
        waits = bool(self._volumes) and self.isSoftwareRendered()
        if waits or not self._crosshairTimer.isActive():
            self._crosshairTimer.start()

    def _drawCrosshair(self) -> None:
        self.requestDrawing(moving=True)

    def screenshot(self) -> np.ndarray:
        """What the view shows, freshly drawn and fine: uint8 of shape (height, width, 3), first row at the top."""
        self._refreshTimer.stop()
        self.refresh()
        for rendering in self._volumes.values():
            rendering.wait()
        self.surfaces.wait()
        self.refresh()
        self.plotter.ren_win.Render()
        return np.asarray(self.plotter.screenshot(return_img=True))[..., :3]

    def closeView(self) -> None:
        """Let go of nodes and of the OpenGL context before Qt destroys the view; calling it again does nothing."""
        self._restTimer.stop()
        self._refreshTimer.stop()
        self._refreshTimer.blockSignals(True)  # what a thread has told may be on its way, and starts it again
        self._measurementTimer.stop()
        self._crosshairTimer.stop()
        self._observers.removeAll()
        self._sceneObservers.removeAll()
        self._drawingObservers.removeAll()
        self.crosshair.removeObserver(self._onCrosshair)
        self.plotter.removeEventFilter(self)
        for rendering in self._volumes.values():
            rendering.stop()
        self._volumes.clear()
        self.surfaces.remove()
        self._slices.clear()
        self.plotter.close()

    def closeEvent(self, event) -> None:
        self.closeView()
        super().closeEvent(event)


def _wantsRendering(node) -> bool:
    display = node.GetDisplayNode()
    isVisible = display is not None and display.GetVisibility()
    return isVisible and isVolume(node) and hasDepth(node) and isRendered(node)
