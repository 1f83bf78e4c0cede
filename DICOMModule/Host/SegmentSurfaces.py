"""Has the surfaces of segmentations that are shown in 3D computed in the background, and again when they change."""

from __future__ import annotations

from qtpy.QtCore import QObject, QTimer

from DICOMLib.Errors import CancelledError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Widgets.BackgroundJobs import Job, JobRunner
from DICOMLib.Widgets.DisplayText import plainText

from .NodeObservers import MODIFIED, NodeObservers

SEGMENTATION = "vtkMRMLSegmentationNode"
# Scripts change a segmentation many times in a row.
REST_MILLISECONDS = 200


class SegmentSurfaces(QObject):
    """Follows the segmentations of a scene. What is asked for (``wantsClosedSurface``) and missing is computed.

    :param report: gets what goes wrong, and what was being done
    """

    def __init__(self, scene: Scene, jobs: JobRunner, report, parent: QObject | None = None):
        super().__init__(parent)
        self._scene = scene
        self._jobs = jobs
        self._report = report
        # By node and not by ID, which another node may get.
        self._running: dict[object, Job] = {}
        self._refused: dict[object, tuple] = {}
        self._sceneObservers, self._observers = NodeObservers(), NodeObservers()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MILLISECONDS)
        self._timer.timeout.connect(self.computeMissing)
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent):
            self._sceneObservers.add(scene, event, self._onNodesChanged)
        self._onNodesChanged()

    def _onNodesChanged(self) -> None:
        self._observers.removeAll()
        nodes = list(self._scene.GetNodesByClass(SEGMENTATION))
        for node in nodes:
            self._observers.add(node, MODIFIED, self._timer.start)
            self._observers.add(node, node.DisplayModifiedEvent, self._timer.start)
        for node in [one for one in self._running if one not in nodes]:
            self._running.pop(node).cancel()
        self._refused = {node: stamp for node, stamp in self._refused.items() if node in nodes}
        if nodes:
            self._timer.start()

    def setShown(self, node, shown: bool) -> None:
        """:meth:`show` or :meth:`hide` a segmentation in 3D."""
        (self.show if shown else self.hide)(node)

    def show(self, node) -> None:
        """Show a segmentation in 3D: its surfaces are computed where they are missing."""
        self._refused.pop(node, None)
        display = node.GetDisplayNode()
        if display is None:
            node.CreateDefaultDisplayNodes()
            display = node.GetDisplayNode()
        display.SetVisibility(True)
        display.SetVisibility3D(True)
        node.GetSegmentation().wantsClosedSurface = True
        self.computeMissing()

    def hide(self, node) -> None:
        """Show a segmentation in slices only; its surfaces are kept, and a computation ends."""
        if node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility3D(False)
        if node in self._running:
            self._running[node].cancel()

    def isRunning(self, node) -> bool:
        """Whether surfaces of a segmentation are being computed."""
        return node in self._running

    def computeMissing(self) -> None:
        """Start a job for each segmentation that is to be shown in 3D, lacks surfaces and has none yet."""
        for node in self._scene.GetNodesByClass(SEGMENTATION):
            isWanted = isShownIn3D(node) and isIncomplete(node) and not self.isRunning(node)
            if isWanted and self._refused.get(node) != _stampOf(node):
                self._start(node)

    def _start(self, node) -> None:
        segmentation, stamp = node.GetSegmentation(), _stampOf(node)
        self._running[node] = self._jobs.start(
            lambda progress: segmentation.computedSurfaces(onlyMissing=True, progress=progress),
            lambda surfaces: self._onComputed(node, stamp, surfaces),
            lambda error: self._onFailed(node, stamp, error),
            description=f"Surfaces of {plainText(node.GetName() or 'a segmentation')}",
        )

    def _onComputed(self, node, stamp: tuple, surfaces: dict) -> None:
        if self._running.pop(node, None) is None:  # it left the scene
            return
        if _stampOf(node) == stamp:
            node.GetSegmentation().setClosedSurfaces(surfaces)
        else:  # voxels may be others by now: the surfaces are computed again
            self._timer.start()

    def _onFailed(self, node, stamp: tuple, error: Exception) -> None:
        if self._running.pop(node, None) is None:
            return
        if not isinstance(error, CancelledError):
            self._refused[node] = stamp  # not again until something changes, or somebody asks for it
            self._report(error, "compute the surfaces of a segmentation")
        elif node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility3D(False)

    def close(self) -> None:
        """Follow the scene no longer; jobs end with their runner."""
        self._timer.stop()
        self._observers.removeAll()
        self._sceneObservers.removeAll()


def isShownIn3D(node) -> bool:
    """Whether a segmentation is to be seen in 3D views."""
    display = node.GetDisplayNode()
    isVisible = display is not None and display.GetVisibility() and display.GetVisibility3D()
    return isVisible and node.GetSegmentation().wantsClosedSurface


def isIncomplete(node) -> bool:
    """Whether surfaces of a segmentation have to be computed."""
    segmentIDs = node.GetSegmentation().GetSegmentIDs()
    return any(node.GetClosedSurfaceRepresentation(segmentID) is None for segmentID in segmentIDs)


def _stampOf(node) -> tuple:
    """Differs after every change of voxels and segments."""
    return (node.GetSegmentation(), node.GetSegmentation().GetMTime())
