"""Segmentations as nodes, and how their segments are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkTransform

from ..Geometry.Patient import cornersRAS
from ..Progress import Progress
from .ClosedSurface import boxAround
from .DisplayableNode import vtkMRMLDisplayableNode
from .DisplayNodes import vtkMRMLDisplayNode
from .Images import imageDataFromArray
from .Matrices import NO_BOUNDS, arrayFromMatrix, boundsOfPoints, filledBounds
from .ModelNodes import transformedSurface
from .Node import MODIFIED_EVENT
from .Segmentation import BINARY_LABELMAP, CLOSED_SURFACE, vtkSegmentation
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
        """Say how a segment is shown; nobody is told where it is so already."""
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
        """Segment the voxels of a volume: while there is nothing segmented, its size and place are taken over."""
        self.SetNodeReferenceID(self.REFERENCE_GEOMETRY_ROLE, None if volume is None else volume.GetID())
        if volume is None or volume.GetImageData() is None:
            self._segmentation.parameters.setReference(None, ())
            return
        self._segmentation.parameters.setReference(volume.ijkToRASArray(), volume.GetDimensions())
        hasVoxels = self._segmentation.layers() or self._segmentation.GetSourceRepresentationName() != BINARY_LABELMAP
        if not hasVoxels:
            shape = volume.GetDimensions()[::-1]
            self._segmentation.setLayers([numpy.zeros(shape, numpy.uint8)], volume.ijkToRASArray())

    # Representations

    def GetClosedSurfaceRepresentation(self, segmentID: str, surface: vtkPolyData | None = None) -> vtkPolyData | None:
        """The surface of a segment in this node's RAS mm (parent transforms are not applied); None: not computed.

        It is the segmentation's own: who changes it copies it. With ``surface`` that becomes a copy of it.
        """
        segment = self._segmentation.GetSegment(segmentID)
        found = None if segment is None else segment.GetRepresentation(CLOSED_SURFACE)
        if surface is not None and found is not None:
            surface.DeepCopy(found)
        return found

    GetClosedSurfaceInternalRepresentation = GetClosedSurfaceRepresentation

    def CreateClosedSurfaceRepresentation(self, progress: Progress | None = None) -> bool:
        """Compute the surfaces that are not there. :returns: whether there are any now

        :raises CancelledError: when progress was cancelled; nothing has changed then
        """
        return self._segmentation.CreateRepresentation(CLOSED_SURFACE, progress=progress)

    def RemoveClosedSurfaceRepresentation(self) -> None:
        self._segmentation.RemoveRepresentation(CLOSED_SURFACE)

    def CreateBinaryLabelmapRepresentation(self, progress: Progress | None = None) -> bool:
        """Compute label maps where surfaces are the source. :returns: whether there are any now

        :raises SceneError: when they would be too large
        :raises CancelledError: when progress was cancelled; nothing has changed then
        """
        return self._segmentation.CreateRepresentation(BINARY_LABELMAP, progress=progress)

    def RemoveBinaryLabelmapRepresentation(self) -> None:
        self._segmentation.RemoveRepresentation(BINARY_LABELMAP)

    def GetBinaryLabelmapRepresentation(self, segmentID: str, image: vtkImageData | None = None) -> vtkImageData | None:
        """1 where a segment is, in the smallest box that holds it; None when it is nowhere or there is no label map.

        The image has origin, spacing and directions (RAS mm). With ``image`` that is filled and returned.
        """
        segmentation = self._segmentation
        segment = segmentation.GetSegment(segmentID)
        if segment is None or segment.layer >= len(segmentation.layers()):
            return None
        layer = segmentation.layers()[segment.layer]
        box = boxAround(layer, segment.labelValue)
        if box is None:
            return None
        found = imageDataFromArray((layer[box] == segment.labelValue).astype(numpy.uint8))
        matrix = segmentation.ijkToRASArray()
        spacing = numpy.linalg.norm(matrix[:3, :3], axis=0)
        found.SetSpacing(*spacing)
        found.SetDirectionMatrix(*(matrix[:3, :3] / spacing).ravel())
        found.SetOrigin(*(matrix @ [*(one.start for one in box[::-1]), 1.0])[:3])
        if image is None:
            return found
        image.DeepCopy(found)
        return image

    GetBinaryLabelmapInternalRepresentation = GetBinaryLabelmapRepresentation

    def SetSourceRepresentationToClosedSurface(self) -> bool:
        """Save surfaces from now on, which are computed where they are not there. :returns: whether that is so"""
        if self.CreateClosedSurfaceRepresentation():
            self._segmentation.SetSourceRepresentationName(CLOSED_SURFACE)
        return self._segmentation.GetSourceRepresentationName() == CLOSED_SURFACE

    SetMasterRepresentationToClosedSurface = SetSourceRepresentationToClosedSurface

    def SetSourceRepresentationToBinaryLabelmap(self) -> bool:
        """Save label maps from now on, which are computed where they are not there. :returns: whether that is so"""
        if self.CreateBinaryLabelmapRepresentation():
            self._segmentation.SetSourceRepresentationName(BINARY_LABELMAP)
        return self._segmentation.GetSourceRepresentationName() == BINARY_LABELMAP

    SetMasterRepresentationToBinaryLabelmap = SetSourceRepresentationToBinaryLabelmap

    def AddSegmentFromClosedSurfaceRepresentation(
        self, surface: vtkPolyData, name: str = "", color: Iterable[float] | None = None, segmentID: str = ""
    ) -> str:
        """A segment with a copy of a surface, RAS mm; voxels inside of it where label maps are the source.

        :returns: its identifier
        :raises SceneError: when its voxels would be too many
        """
        copy = vtkPolyData()
        copy.DeepCopy(surface)
        return self._segmentation.addClosedSurface(copy, segmentID, name, color)

    def GetRASBounds(self, bounds: list | None = None) -> tuple[float, ...]:
        """World RAS box around the label maps, or else the surfaces; minimum above maximum when there are none."""
        layers = self._segmentation.layers()
        if not layers:
            return filledBounds(self._surfaceBounds(), bounds)
        matrix = self.transformToWorldArray() @ self._segmentation.ijkToRASArray()
        corners = cornersRAS(matrix, layers[0].shape[::-1], rim=0.5)
        return filledBounds(boundsOfPoints(corners.reshape(-1, 3)), bounds)

    GetBounds = GetRASBounds

    def _surfaceBounds(self) -> tuple[float, ...]:
        parent = self.GetParentTransformNode()
        surfaces = [self.GetClosedSurfaceRepresentation(one) for one in self._segmentation.GetSegmentIDs()]
        surfaces = [one for one in surfaces if one is not None and one.GetNumberOfPoints()]
        if parent is not None:
            surfaces = [transformedSurface(one, parent.GetTransformToWorld()) for one in surfaces]
        boxes = numpy.array([one.GetBounds() for one in surfaces])
        return NO_BOUNDS if not len(boxes) else boundsOfPoints(boxes.reshape(-1, 3, 2).swapaxes(1, 2).reshape(-1, 3))

    def CanApplyNonLinearTransforms(self) -> bool:
        """Where surfaces are the source."""
        return self._segmentation.GetSourceRepresentationName() == CLOSED_SURFACE

    def ApplyTransformMatrix(self, matrix: vtkMatrix4x4) -> None:
        if self.CanApplyNonLinearTransforms():
            transform = vtkTransform()
            transform.SetMatrix(matrix)
            self.ApplyTransform(transform)
            return
        moved = arrayFromMatrix(matrix) @ self._segmentation.ijkToRASArray()
        self._segmentation.setLayers(self._segmentation.layers(), moved)

    def ApplyTransform(self, transform: vtkAbstractTransform) -> None:
        """Move surfaces that are the source; label maps are forgotten. :raises SceneError: where label maps are it"""
        if not self.CanApplyNonLinearTransforms():
            super().ApplyTransform(transform)
        segmentation = self._segmentation
        found = {one: self.GetClosedSurfaceRepresentation(one) for one in segmentation.GetSegmentIDs()}
        moved = {one: transformedSurface(surface, transform) for one, surface in found.items() if surface is not None}
        segmentation.useClosedSurfaces(moved)

    def CopyContent(self, node: vtkMRMLSegmentationNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        segmentation = node.GetSegmentation()
        if deepCopy:
            segmentation = vtkSegmentation()
            segmentation.DeepCopy(node.GetSegmentation())
        self.SetAndObserveSegmentation(segmentation)
