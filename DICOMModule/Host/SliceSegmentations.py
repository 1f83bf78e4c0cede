"""The segmentations of a scene over the volumes of one slice view. VTK only."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkRenderer
from vtkmodules.vtkRenderingImage import vtkImageResliceMapper

from DICOMLib.Scene.Images import imageDataFromArray
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMLib.Scene.Resampling import sampleable

from .SliceGeometry import SliceGeometry
from .WarpedSlice import WarpedSlice, WarpedVoxels
from .WarpedSurfaces import isWarped, placeOf

# Above background and foreground, which are a hundredth of a millimetre apart.
LIFT_MM = 0.02
# A table of more colours is no use: labels above have none.
MOST_LABELS = 65536


class SliceSegmentations:
    """Label maps of segments in their colours, cut by the plane of a view."""

    def __init__(self, renderer: vtkRenderer):
        self._renderer = renderer
        self._plane = vtkPlane()
        self._geometry: SliceGeometry | None = None
        self._actors: list[vtkImageSlice] = []
        self._warped: list[WarpedSlice] = []
        self._nodes: list = []
        self._state: tuple = ()

    @property
    def actors(self) -> list[vtkImageSlice]:
        """What is in the renderer: one for each layer of each visible segmentation."""
        return list(self._actors)

    def grid(self) -> tuple[np.ndarray, tuple[int, int, int]] | None:
        """IJK to world (4x4, RAS mm) and voxels along i, j, k of the first that is drawn; None where none is.

        Under a transform that is not linear it is where the segmentation is without it: near enough to look at.
        """
        drawn = next((node for node in self._nodes if _layerCount(node)), None)
        if drawn is None:
            return None
        segmentation = drawn.GetSegmentation()
        toWorld = np.eye(4) if isWarped(drawn) else drawn.transformToWorldArray()
        return toWorld @ segmentation.ijkToRASArray(), segmentation.layers()[0].shape[::-1]

    def place(self, geometry: SliceGeometry) -> None:
        """Where the view is."""
        self._geometry = geometry
        self._plane.SetNormal(*geometry.towardsViewer)
        self._plane.SetOrigin(*(geometry.centre + LIFT_MM * geometry.towardsViewer))
        for warped in self._warped:
            warped.place(geometry, LIFT_MM)

    def show(self, nodes: list) -> None:
        """Draw segmentation nodes as their display nodes say."""
        nodes = [node for node in nodes if _isDrawn(node)]
        state = tuple(_stateOf(node) for node in nodes)
        if state == self._state:
            return
        for actor in self._actors:
            self._renderer.RemoveViewProp(actor)
        self._actors, self._warped = [], []
        for node in nodes:
            for layer in range(_layerCount(node)):
                self._actors.append(self._warpedActor(node, layer) if isWarped(node) else self._actor(node, layer))
        self._nodes, self._state = nodes, state

    def _warpedActor(self, node, layer: int) -> vtkImageSlice:
        """Of a layer that no matrix places."""
        segmentation, warped = node.GetSegmentation(), WarpedSlice(self._renderer)
        self._warped.append(warped)
        if self._geometry is not None:
            warped.place(self._geometry, LIFT_MM)
        voxels = WarpedVoxels(
            node, imageDataFromArray(segmentation.layers()[layer]), segmentation.ijkToRASArray(), placeOf(node),
            _tableOf(node, layer), isNearest=True, keepsType=True,
        )  # fmt: skip
        warped.show(voxels, 1.0)
        return warped.actor

    def _actor(self, node, layer: int) -> vtkImageSlice:
        segmentation = node.GetSegmentation()
        mapper = vtkImageResliceMapper()
        mapper.SetSlicePlane(self._plane)
        mapper.BorderOn()
        mapper.SetInputData(sampleable(imageDataFromArray(segmentation.layers()[layer])))
        actor = vtkImageSlice()
        actor.SetMapper(mapper)
        actor.PickableOff()
        actor.SetUserMatrix(matrixFromArray(node.transformToWorldArray() @ segmentation.ijkToRASArray()))
        appearance = actor.GetProperty()
        appearance.SetLookupTable(_tableOf(node, layer))
        appearance.SetUseLookupTableScalarRange(True)
        appearance.SetInterpolationTypeToNearest()
        self._renderer.AddViewProp(actor)
        return actor


def _layerCount(node) -> int:
    return node.GetSegmentation().GetNumberOfLayers()


def _isDrawn(node) -> bool:
    display = node.GetDisplayNode()
    return display is not None and display.GetVisibility() and display.GetVisibility2D()


def _stateOf(node) -> tuple:
    parts = (node, node.GetSegmentation(), node.GetDisplayNode())
    return (node.GetID(), placeOf(node), *(part.GetMTime() for part in parts))


def _tableOf(node, layer: int) -> vtkLookupTable:
    """Colours of the segments of a layer by label value; everything else is transparent."""
    segmentation, display = node.GetSegmentation(), node.GetDisplayNode()
    shown = {}
    for segmentID in segmentation.GetSegmentIDs():
        segment = segmentation.GetSegment(segmentID)
        if segment.layer == layer and 0 < segment.labelValue < MOST_LABELS:
            how = display.segmentDisplay(segmentID)
            isShown = how.visible and how.visible2DFill
            opacity = display.GetOpacity() * display.GetOpacity2DFill() * how.opacity2DFill if isShown else 0.0
            shown[segment.labelValue] = (*segment.GetColor(), opacity)
    table = vtkLookupTable()
    # One more than the highest label: labels above have the last colour.
    table.SetNumberOfTableValues(max(shown, default=0) + 2)
    table.SetTableRange(0, table.GetNumberOfTableValues() - 1)
    for label in range(table.GetNumberOfTableValues()):
        table.SetTableValue(label, *shown.get(label, (0.0, 0.0, 0.0, 0.0)))
    return table
