"""The views and how they are arranged."""

from __future__ import annotations

import numpy as np
from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtWidgets import QSplitter, QVBoxLayout, QWidget

from DICOMLib.Scene.VolumeRenderingNodes import isRendered, setRendered

from .Crosshair import Crosshair
from .NodeObservers import NodeObservers
from .PreviewInViews import PreviewInViews
from .SliceView import DEFAULT_ORIENTATIONS, SliceView
from .ThreeDView import ThreeDView
from .ViewLink import ViewLink
from .VolumeAppearance import dimensionsOf, hasDepth, ijkToWorld, isLabelMap, isVolume
from .WarpedSurfaces import WarpedSurfaces

SLICE_VIEWS = ("Red", "Yellow", "Green")
# Name → views in the upper and in the lower row, arranged as in 3D Slicer.
LAYOUTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "FourUp": (("Red", "ThreeD"), ("Green", "Yellow")),
    "Conventional": (("ThreeD",), ("Red", "Yellow", "Green")),
    "Red": (("Red",), ()),
    "Yellow": (("Yellow",), ()),
    "Green": (("Green",), ()),
    "ThreeD": (("ThreeD",), ()),
}
LAYOUT_TITLES = {
    "FourUp": "Four-up", "Conventional": "Conventional", "Red": "Red slice only", "Yellow": "Yellow slice only",
    "Green": "Green slice only", "ThreeD": "3D only",
}  # fmt: skip


class LayoutManager(QObject):
    """Owns the Red, Yellow and Green slice views and the 3D view, shows what is loaded in them, and arranges them.

    :ivar viewArea: the widget that holds the views
    :ivar layoutName: the present arrangement, a key of LAYOUTS
    :param scene: new volumes become the background of all slice views and are rendered in 3D
    """

    layoutChanged = Signal(str)
    shownVolumesChanged = Signal()
    contentChanged = Signal()

    def __init__(self, scene, parent: QWidget | None = None):
        super().__init__(parent)
        self.viewArea = QWidget(parent)
        self.viewArea.setObjectName("viewArea")
        self.scene = scene
        self.crosshair = Crosshair()
        self.link = ViewLink()
        self.layoutName = ""
        self._layoutBefore = "FourUp"
        self._views: dict[str, SliceView | ThreeDView] = {}
        self._turnedForPictures: set[str] = set()
        self._turnedBefore: set[str] = set()
        self._observers = NodeObservers()
        self._buildViews()
        self._arrivalTimer = QTimer(self)
        self._arrivalTimer.setSingleShot(True)
        self._arrivalTimer.setInterval(0)
        self._arrivalTimer.timeout.connect(self.showArrivals)
        self._known = {node.GetID() for node in self._volumes()}
        self._previews = PreviewInViews(self.sliceViews())
        self._observers.add(scene, scene.PreviewChangedEvent, self._onPreviewChanged)
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent):
            self._observers.add(scene, event, self._onNodesChanged)
        self.setLayout("FourUp")

    def _buildViews(self) -> None:
        self._rows = [QSplitter(Qt.Horizontal, self.viewArea), QSplitter(Qt.Horizontal, self.viewArea)]
        self._column = QSplitter(Qt.Vertical, self.viewArea)
        for row in self._rows:
            row.setChildrenCollapsible(False)
            row.setHandleWidth(3)
            self._column.addWidget(row)
        self._column.setChildrenCollapsible(False)
        self._column.setHandleWidth(3)
        holder = QVBoxLayout(self.viewArea)
        holder.setContentsMargins(0, 0, 0, 0)
        holder.addWidget(self._column)
        warped = WarpedSurfaces()
        threeD = ThreeDView(self.scene, self.crosshair, self.viewArea, warped)
        for name in SLICE_VIEWS:
            view = SliceView(name, self.scene, self.crosshair, self.viewArea, warped)
            self._views[name] = view
            self.link.add(view)
            threeD.addSliceView(view)
            view.volumesChanged.connect(self.shownVolumesChanged)
        self._views["ThreeD"] = threeD
        for name, view in self._views.items():
            view.maximizeRequested.connect(lambda chosen=name: self.toggleMaximized(chosen))

    # Views

    def sliceViewNames(self) -> tuple[str, ...]:
        return SLICE_VIEWS

    def sliceView(self, name: str) -> SliceView:
        """A slice view by name. :raises KeyError: for a name that is none of theirs"""
        return self.sliceViews()[name]

    def sliceViews(self) -> dict[str, SliceView]:
        return {name: self._views[name] for name in SLICE_VIEWS}

    sliceWidget = sliceView

    def views(self) -> dict[str, SliceView | ThreeDView]:
        """All views; the 3D view under the name ThreeD."""
        return dict(self._views)

    def threeDView(self) -> ThreeDView:
        return self._views["ThreeD"]

    def threeDWidget(self, _index: int = 0) -> ThreeDView:
        return self.threeDView()

    def resetSliceViews(self) -> None:
        """Fit every slice view to its volume."""
        for view in self.sliceViews().values():
            view.fit()

    def fitAll(self, toMiddleSlice: bool = False) -> None:
        """Fit every view to what it shows, or will show as soon as Qt comes to it."""
        for view in self.sliceViews().values():
            view.refreshVolumes()
            view.fit(toMiddleSlice)
        self.resetThreeDViews()

    def resetThreeDViews(self) -> None:
        self.threeDView().fit()

    # Layouts

    def setLayout(self, name: str) -> None:
        """Arrange the views.

        :param name: "FourUp", "Conventional", "Red", "Yellow", "Green" or "ThreeD"
        :raises KeyError: for another name
        """
        rows = LAYOUTS[name]
        if name == self.layoutName:
            return
        self.layoutName = name
        self._column.setUpdatesEnabled(False)
        shown = [viewName for row in rows for viewName in row]
        for viewName, view in self._views.items():
            if viewName not in shown:
                view.hide()
        for splitter, row in zip(self._rows, rows, strict=True):
            for place, viewName in enumerate(row):
                splitter.insertWidget(place, self._views[viewName])
                self._views[viewName].show()
            splitter.setVisible(bool(row))
            splitter.setSizes([1000 if index < len(row) else 0 for index in range(splitter.count())])
        self._column.setSizes([1000, 1000])
        self._column.setUpdatesEnabled(True)
        self.layoutChanged.emit(name)

    def toggleMaximized(self, viewName: str) -> None:
        """Give one view all the room, or go back to the layout before."""
        if self.layoutName == viewName:
            self.setLayout(self._layoutBefore)
        else:
            if self.layoutName in ("FourUp", "Conventional"):
                self._layoutBefore = self.layoutName
            self.setLayout(viewName)

    # Volumes

    def _volumes(self) -> list:
        return list(self.scene.GetNodesByClass("vtkMRMLVolumeNode"))

    def _onNodesChanged(self) -> None:
        self._arrivalTimer.start()

    def showArrivals(self) -> None:
        """Show what was loaded since the last call, but for what came hidden; stop showing what left the scene."""
        volumes = self._volumes()
        arrived = [node for node in volumes if node.GetID() not in self._known and isVolume(node)]
        self._known = {node.GetID() for node in volumes}
        self._forget(volumes)
        grey = [node for node in arrived if not isLabelMap(node) and _isVisible(node)]
        if grey:
            self._showArrived(max(grey, key=_depth))
        self._showLabels([node for node in arrived if isLabelMap(node) and _isVisible(node)])
        self.contentChanged.emit()

    def takeArrivalsAsShown(self) -> None:
        """Show nothing that was loaded since the last call of itself: a scene says what its views show."""
        self._arrivalTimer.stop()
        volumes = self._volumes()
        self._known = {node.GetID() for node in volumes}
        self._forget(volumes)
        self.contentChanged.emit()

    def _showLabels(self, arrived: list) -> None:
        """Draw labels over what is shown, in place of others; not over blended images; alone where nothing is shown."""
        views = self.sliceViews().values()
        blended = [view.foregroundVolume for view in views if view.foregroundVolume is not None]
        if not arrived or not all(map(isLabelMap, blended)):
            return
        if any(view.backgroundVolume is not None for view in views):
            self.setForegroundVolume(arrived[0])
        else:
            self.showVolume(arrived[0])

    def _showArrived(self, node) -> None:
        """Bring the views to a volume, but for those that show it already, as far as it was read."""
        isContinuation = self._previews.isContinuedBy(node)
        if isContinuation:
            self._previews.handWindowTo(node)
            self._previews.forget()
        self.showVolume(node, fit=not isContinuation)
        if isContinuation:
            self._fitBesides(node)

    def _onPreviewChanged(self) -> None:
        node = self.scene.previewNode
        if node is not None:
            if self._previews.node is None:
                self._turnedBefore = set(self._turnedForPictures)
            self._previews.show(node)
            for view in self.sliceViews().values():
                self._orient(view, node)
                view.fit(toMiddleSlice=True)
            self.contentChanged.emit()
            return
        self.showArrivals()  # what has come in its place
        if self._previews.end():
            self._turnedForPictures = self._turnedBefore
        self.contentChanged.emit()

    def _forget(self, volumes: list) -> None:
        volumes = [*volumes, *filter(None, [self._previews.node])]
        for view in self.sliceViews().values():
            if view.foregroundVolume is not None and view.foregroundVolume not in volumes:
                view.setForegroundVolume(None)
            if view.backgroundVolume is not None and view.backgroundVolume not in volumes:
                view.setBackgroundVolume(None)

    def showVolume(self, node, fit: bool = True) -> None:
        """Make a volume the background of all slice views and, where it has depth, the one that is rendered in 3D."""
        for view in self.sliceViews().values():
            if view.foregroundVolume is node:
                view.setForegroundVolume(None)
            view.setBackgroundVolume(node, fit=False)
        if node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(True)
        for other in self._volumes():
            if other is not node:
                self.setRendered(other, False)
        self.setRendered(node, hasDepth(node))
        if fit:
            self._fitTo(node)

    def _fitTo(self, node) -> None:
        """Bring all views to a volume: slices through its middle, the 3D view around it."""
        for view in self.sliceViews().values():
            self._orient(view, node)
            view.fit(toMiddleSlice=True)
        self._fitBesides(node)

    def _fitBesides(self, node) -> None:
        """What else follows a volume that the slice views show: the 3D view, slices in it, the crosshair."""
        deep = hasDepth(node)
        for view in self.sliceViews().values():
            # Beside a rendered volume slices would hide it; alone they are what there is to see.
            view.setVisibleIn3D(not deep and _liesInSlice(node, view))
        position = self.crosshair.position
        if position is not None and not _contains(node, position):
            self.crosshair.clear()
        self.threeDView().refresh()
        self.threeDView().fit()

    def _orient(self, view: SliceView, node) -> None:
        """Single pictures are seen only in their own plane; volumes along the patient, as the user turned the view."""
        if not hasDepth(node):
            view.setOrientation(DEFAULT_ORIENTATIONS[view.name])
            view.rotateToVolumePlane()
            self._turnedForPictures.add(view.name)
        elif view.name in self._turnedForPictures:
            view.setOrientation(DEFAULT_ORIENTATIONS[view.name])
            self._turnedForPictures.discard(view.name)

    def setRendered(self, node, rendered: bool) -> None:
        """Switch volume rendering of a volume on or off."""
        if isRendered(node) != rendered:
            setRendered(node, rendered)

    def setForegroundVolume(self, node, opacity: float | None = None) -> None:
        """Blend a volume over the background of all slice views; None for nothing."""
        if node is not None and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(True)
        for view in self.sliceViews().values():
            view.setForegroundVolume(node, opacity)

    def isForeground(self, node) -> bool:
        """Whether a volume is blended over another one."""
        return any(view.foregroundVolume is node for view in self.sliceViews().values())

    def isShown(self, node) -> bool:
        """Whether a slice view shows a volume."""
        return _isVisible(node) and any(node in view.shownVolumes() for view in self.sliceViews().values())

    def setShown(self, node, shown: bool) -> None:
        """Show a volume as the background of all slice views, or take it out of them and of the 3D view."""
        if shown and isLabelMap(node):
            self.setForegroundVolume(node)
            return
        if shown:
            self.showVolume(node, fit=not self._overlapsView(node))
            return
        self.setRendered(node, False)
        for view in self.sliceViews().values():
            if view.foregroundVolume is node:
                view.setForegroundVolume(None)
            if view.backgroundVolume is node:
                view.setBackgroundVolume(None)

    def _overlapsView(self, node) -> bool:
        """Whether the slices now shown pass through the volume, so that the views need not move to it."""
        views = self.sliceViews().values()
        return hasDepth(node) and all(
            view.shownVolumes() and _contains(node, view.geometryOfSlice.centre) for view in views
        )

    def hasContent(self) -> bool:
        """Whether there is anything the views could show, in the scene or on its way there."""
        volumes = [*self._volumes(), *filter(None, [self._previews.node])]
        others = ("vtkMRMLModelNode", "vtkMRMLSegmentationNode")
        return any(map(isVolume, volumes)) or any(self.scene.GetNodesByClass(name) for name in others)

    def closeViews(self) -> None:
        """Close every view's OpenGL context in order; call before Qt destroys the window."""
        self._arrivalTimer.stop()
        self._observers.removeAll()
        for view in self._views.values():
            view.closeView()


def _isVisible(node) -> bool:
    return node.GetDisplayNode() is None or bool(node.GetDisplayNode().GetVisibility())


def _contains(node, ras: np.ndarray) -> bool:
    """Whether a RAS point lies in the box around a volume."""
    bounds = np.array(node.GetRASBounds()).reshape(3, 2)
    return bool(np.all(ras >= bounds[:, 0]) and np.all(ras <= bounds[:, 1]))


def _liesInSlice(node, view: SliceView) -> bool:
    """Whether the thinnest direction of a volume is the normal of a view, so that the view shows all of it."""
    matrix = ijkToWorld(node)[:3, :3]
    thin = matrix[:, int(np.argmin(dimensionsOf(node)))]
    return abs(float(thin @ view.geometryOfSlice.normal)) > 0.9 * float(np.linalg.norm(thin))


def _depth(node) -> tuple[int, int]:
    """Sorts volumes that arrive together: real volumes before single pictures, then the larger ones."""
    i, j, k = dimensionsOf(node)
    return int(hasDepth(node)), i * j * k
