"""Shows a scene's volumes in a plotter that belongs to another program, in patient coordinates (RAS mm)."""

from __future__ import annotations

import time

import numpy as np
from qtpy.QtCore import QObject, Qt, QTimer, Signal

from .AdaptiveSampling import AdaptiveSampling
from .NodeObservers import NodeObservers
from .OrthogonalSlices import OrthogonalSlices
from .PlotterClock import PlotterClock
from .VolumeAppearance import cornersOf, hasDepth, isVolume, modalityOf
from .VolumeRendering import VolumeRendering, rendersInSoftware

VOLUME, SLICES = "Volume rendering", "Slices"
REPRESENTATIONS = (VOLUME, SLICES)
# Parts of the screen's half width: a volume smaller or larger than this makes the camera move when it arrives.
SMALLEST_EXTENT, LARGEST_EXTENT = 0.2, 4.0


class PlotterDisplay(QObject):
    """Follows the scene: volumes appear, move, hide and go with their nodes. The plotter's own actors are left alone.

    :param plotter: a pyvista plotter with a live render window; its first renderer is drawn into
    :param scene: volumes whose display node is visible are shown
    """

    contentChanged = Signal()
    _copyMade = Signal()

    def __init__(self, plotter, scene, parent: QObject | None = None):
        super().__init__(parent)
        self.plotter = plotter
        self.scene = scene
        self.representation = VOLUME
        self.sampling = AdaptiveSampling()
        self.sampling.isMoving = True  # the first picture comes soon, the fine one when nothing else happens
        self._cameraState: tuple = ()
        self._clock = PlotterClock(plotter, self)
        self._clock.rested.connect(self._refine)
        self._shown: dict[str, tuple[str, VolumeRendering | OrthogonalSlices]] = {}
        self._sceneObservers, self._nodeObservers, self._windowObservers = (NodeObservers() for _ in range(3))
        self._frameStarted = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.refresh)
        self._copyMade.connect(self._timer.start, Qt.QueuedConnection)
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent):
            self._sceneObservers.add(scene, event, self._onNodesChanged)
        self._windowObservers.add(plotter.render_window, "StartEvent", self._onFrameStart)
        self._windowObservers.add(plotter.render_window, "EndEvent", self._onFrameEnd)
        self._onNodesChanged()

    @property
    def isPlotterOpen(self) -> bool:
        """Whether the plotter can still be drawn into."""
        return not getattr(self.plotter, "_closed", False) and self.plotter.render_window is not None

    def visibleVolumes(self) -> list:
        """Volume nodes that are shown."""
        return [node for node in self.scene.GetNodesByClass("vtkMRMLVolumeNode") if _isVisible(node)]

    def setRepresentation(self, representation: str) -> None:
        """Draw volumes as one of REPRESENTATIONS; what has no depth is drawn as slices in any case."""
        self.representation = representation
        self.refresh()

    def refresh(self) -> None:
        """Bring the plotter to the state of the scene."""
        if not self.isPlotterOpen:
            self.close()
            return
        before = self._readyIDs()
        wanted = {node.GetID(): node for node in self.visibleVolumes()}
        for nodeID, (representation, _drawn) in list(self._shown.items()):
            if nodeID not in wanted or representation != self._representationOf(wanted[nodeID]):
                self._shown.pop(nodeID)[1].remove()
        for nodeID, node in wanted.items():
            self._draw(nodeID, node)
        arrived = [wanted[nodeID] for nodeID in self._readyIDs() - before]
        if any(not self._isInView(node) for node in arrived):
            self.fit()
        self.contentChanged.emit()
        self._setMoving(True)
        self.plotter.render()

    def _readyIDs(self) -> set[str]:
        """Of volumes that are to be seen, not only announced."""
        return {nodeID for nodeID, (_representation, drawn) in self._shown.items() if drawn.isReady}

    def fit(self) -> None:
        """Move the camera, keeping its direction, so that the volumes and the plotter's own things are in view."""
        if self.isPlotterOpen:
            self.plotter.renderer.ResetCamera()
            self.plotter.render()

    def close(self) -> None:
        """Take everything out of the plotter again. Calling it twice does nothing more."""
        self.forget()
        if self.isPlotterOpen:
            self._clock.giveBack()
            for _representation, drawn in self._shown.values():
                drawn.remove()
            if self._shown:
                self.plotter.render()
        self._shown.clear()

    def forget(self) -> None:
        """Stop listening to scene and window, without touching anything of Qt's or the plotter's."""
        self._clock.stop()
        for rendering in self._renderings():
            rendering.stop()
        for observers in (self._sceneObservers, self._nodeObservers, self._windowObservers):
            observers.removeAll()

    def _draw(self, nodeID: str, node) -> None:
        if nodeID in self._shown:
            self._shown[nodeID][1].refresh()
            return
        representation, renderer = self._representationOf(node), self.plotter.renderer
        if representation == VOLUME:
            software = self._isSoftware()
            drawn = VolumeRendering(renderer, node, modalityOf(node), software, self._copyMade.emit)
            drawn.setSampling(self.sampling.coarseness)
        else:
            drawn = OrthogonalSlices(renderer, node)
        self._shown[nodeID] = (representation, drawn)

    def _representationOf(self, node) -> str:
        return self.representation if hasDepth(node) else SLICES

    def _isInView(self, node) -> bool:
        """Whether the middle of a volume is on the screen, and the volume not just a speck there or all around."""
        renderer = self.plotter.renderer
        corners = cornersOf(node)
        points = [_viewPoint(renderer, point) for point in [corners.mean(axis=0), *corners]]
        extent = np.ptp(points, axis=0).max()
        return bool(np.all(np.abs(points[0]) < 1)) and SMALLEST_EXTENT < extent < LARGEST_EXTENT

    def _isSoftware(self) -> bool:
        """Assumed until the plotter was first drawn: too coarse a picture is better than a stopped window."""
        return rendersInSoftware(self.plotter.render_window) is not False

    def _onNodesChanged(self) -> None:
        """Nodes come in bunches: observe them now, draw once Qt is back in its loop."""
        self._nodeObservers.removeAll()
        for node in self.scene.GetNodesByClass("vtkMRMLVolumeNode"):
            self._nodeObservers.addVolume(node, self._timer.start)
        self._timer.start()

    def _renderings(self) -> list[VolumeRendering]:
        return [drawn for representation, drawn in self._shown.values() if representation == VOLUME]

    def _setMoving(self, moving: bool) -> None:
        self.sampling.isMoving = moving
        for drawn in self._renderings():
            drawn.setSampling(self.sampling.coarseness)

    def _refine(self) -> None:
        """Nothing moves any more: draw once more, finely."""
        if self.isPlotterOpen and self.sampling.isMoving and self._renderings():
            self._setMoving(False)
            self.plotter.render()
            self._clock.accept()

    def _onFrameStart(self) -> None:
        self._frameStarted = time.perf_counter()
        camera = self.plotter.renderer.GetActiveCamera()
        cameraState = (*camera.GetPosition(), *camera.GetFocalPoint(), *camera.GetViewUp(), camera.GetParallelScale())
        if cameraState != self._cameraState:
            self._cameraState = cameraState
            self._setMoving(True)

    def _onFrameEnd(self) -> None:
        if self._renderings():
            self.sampling.learn(time.perf_counter() - self._frameStarted)


def _viewPoint(renderer, world: np.ndarray) -> np.ndarray:
    """RAS mm → place on the screen, -1 to 1 from edge to edge, shape (2,)."""
    renderer.SetWorldPoint(*world, 1.0)
    renderer.WorldToView()
    return np.array(renderer.GetViewPoint()[:2])


def _isVisible(node) -> bool:
    display = node.GetDisplayNode()
    return isVolume(node) and (display is None or bool(display.GetVisibility()))
