"""Segmentations as nodes, and how their segments are shown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy

from ..Geometry.Patient import cornersRAS
from .DisplayableNode import vtkMRMLDisplayableNode
from .DisplayNodes import vtkMRMLDisplayNode
from .Matrices import NO_BOUNDS, arrayFromMatrix, boundsOfPoints, filledBounds
from .Node import MODIFIED_EVENT
from .Segmentation import vtkSegmentation
from .VolumeNodes import vtkMRMLVolumeNode


@dataclass(frozen=True)
class SegmentDisplay:
    """How one segment is shown."""

    visible: bool = True
    visible3D: bool = True
    visible2DFill: bool = True
    visible2DOutline: bool = True
    opacity3D: float = 1.0
    opacity2DFill: float = 1.0
    opacity2DOutline: float = 1.0
    kept: str = ""
    """What a scene file says besides (colours in place of the segment's own, whether it can be picked)."""


class vtkMRMLSegmentationDisplayNode(vtkMRMLDisplayNode):
    """Visibility and opacity of all segments and of each."""

    defaultName = "SegmentationDisplay"
    copiedFields = (*vtkMRMLDisplayNode.copiedFields, "_opacity2DFill", "_opacity2DOutline")

    def __init__(self):
        super().__init__()
        self._opacity2DFill = 0.5
        self._opacity2DOutline = 1.0
        self._segments: dict[str, SegmentDisplay] = {}

    def GetOpacity2DFill(self) -> float:
        return self._opacity2DFill

    def SetOpacity2DFill(self, opacity: float) -> None:
        self.setAndNotify("_opacity2DFill", float(opacity))

    def GetOpacity2DOutline(self) -> float:
        return self._opacity2DOutline

    def SetOpacity2DOutline(self, opacity: float) -> None:
        self.setAndNotify("_opacity2DOutline", float(opacity))

    def segmentDisplay(self, segmentID: str) -> SegmentDisplay:
        """How a segment is shown; as all are while nobody said otherwise."""
        return self._segments.get(segmentID, SegmentDisplay())

    def setSegmentDisplay(self, segmentID: str, display: SegmentDisplay) -> None:
        if self._segments.get(segmentID) != display:
            self._segments[segmentID] = display
            self.Modified()

    def segmentDisplays(self) -> dict[str, SegmentDisplay]:
        """A copy: what was said of segments, by identifier."""
        return dict(self._segments)

    def GetSegmentVisibility(self, segmentID: str) -> bool:
        return self.segmentDisplay(segmentID).visible

    def SetSegmentVisibility(self, segmentID: str, visible: bool) -> None:
        self.setSegmentDisplay(segmentID, replace(self.segmentDisplay(segmentID), visible=bool(visible)))

    def SetAllSegmentsVisibility(self, visible: bool) -> None:
        node = self.GetDisplayableNode()
        for segmentID in node.GetSegmentation().GetSegmentIDs() if node is not None else list(self._segments):
            self.SetSegmentVisibility(segmentID, visible)

    def GetSegmentOpacity2DFill(self, segmentID: str) -> float:
        return self.segmentDisplay(segmentID).opacity2DFill

    def SetSegmentOpacity2DFill(self, segmentID: str, opacity: float) -> None:
        self.setSegmentDisplay(segmentID, replace(self.segmentDisplay(segmentID), opacity2DFill=float(opacity)))

    def GetSegmentOpacity3D(self, segmentID: str) -> float:
        return self.segmentDisplay(segmentID).opacity3D

    def SetSegmentOpacity3D(self, segmentID: str, opacity: float) -> None:
        self.setSegmentDisplay(segmentID, replace(self.segmentDisplay(segmentID), opacity3D=float(opacity)))

    def CopyContent(self, node: vtkMRMLSegmentationDisplayNode, deepCopy: bool = True) -> None:
        self._segments = node.segmentDisplays()
        super().CopyContent(node, deepCopy)


class vtkMRMLSegmentationNode(vtkMRMLDisplayableNode):
    """Holds a :class:`vtkSegmentation`."""

    SegmentationChangedEvent = 62100
    defaultName = "Segmentation"
    displayClassName = "vtkMRMLSegmentationDisplayNode"
    storageClassName = "vtkMRMLSegmentationStorageNode"
    REFERENCE_GEOMETRY_ROLE = "referenceImageGeometryRef"

    def __init__(self):
        super().__init__()
        self._segmentation: vtkSegmentation | None = None
        self._segmentationTag = 0
        self.SetAndObserveSegmentation(vtkSegmentation())

    def GetSegmentation(self) -> vtkSegmentation:
        return self._segmentation

    def SetAndObserveSegmentation(self, segmentation: vtkSegmentation) -> None:
        if self._segmentation is not None:
            self._segmentation.RemoveObserver(self._segmentationTag)
        self._segmentation = segmentation
        self._segmentationTag = segmentation.AddObserver(MODIFIED_EVENT, self._onSegmentationModified)
        self._onSegmentationModified(segmentation, "ModifiedEvent")

    def _onSegmentationModified(self, caller: vtkSegmentation, event: str) -> None:
        self.InvokeEvent(self.SegmentationChangedEvent, self)
        self.Modified()

    def SetReferenceImageGeometryParameterFromVolumeNode(self, volume: vtkMRMLVolumeNode | None) -> None:
        """Segment the voxels of a volume: while there is no label map, its size and place are taken over."""
        self.SetNodeReferenceID(self.REFERENCE_GEOMETRY_ROLE, None if volume is None else volume.GetID())
        if volume is not None and not self._segmentation.layers() and volume.GetImageData() is not None:
            shape = volume.GetDimensions()[::-1]
            self._segmentation.setLayers([numpy.zeros(shape, numpy.uint8)], volume.ijkToRASArray())

    def GetRASBounds(self, bounds: list | None = None) -> tuple[float, ...]:
        """World RAS box around the label maps; minimum above maximum when there are none."""
        layers = self._segmentation.layers()
        if not layers:
            return filledBounds(NO_BOUNDS, bounds)
        matrix = self.transformToWorldArray() @ self._segmentation.ijkToRASArray()
        corners = cornersRAS(matrix, layers[0].shape[::-1], rim=0.5)
        return filledBounds(boundsOfPoints(corners.reshape(-1, 3)), bounds)

    GetBounds = GetRASBounds

    def ApplyTransformMatrix(self, matrix) -> None:
        moved = arrayFromMatrix(matrix) @ self._segmentation.ijkToRASArray()
        self._segmentation.setLayers(self._segmentation.layers(), moved)

    def CopyContent(self, node: vtkMRMLSegmentationNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        segmentation = node.GetSegmentation()
        if deepCopy:
            segmentation = vtkSegmentation()
            segmentation.DeepCopy(node.GetSegmentation())
        self.SetAndObserveSegmentation(segmentation)
