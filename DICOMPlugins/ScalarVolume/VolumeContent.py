"""What of a volume node is written: taken on the scene's thread, used on any."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from DICOMLib.Errors import ExportError, SceneError
from DICOMLib.Geometry.Patient import ijkToLPSFromRAS
from DICOMLib.Scene.Node import vtkMRMLNode

SOURCE_UIDS_ATTRIBUTE = "DICOM.sourceInstanceUIDs"
"""Of a computed volume: SOP instance UIDs of the images it was computed from, separated by spaces."""

EXPORTED_CLASSES = ("vtkMRMLScalarVolumeNode", "vtkMRMLLabelMapVolumeNode", "vtkMRMLVectorVolumeNode")


@dataclass(frozen=True)
class VolumeContent:
    """A volume as it is in the world.

    :ivar array: the node's own memory, shape (slices, rows, columns[, components])
    :ivar ijkToLPS: 4×4 in mm, transforms above the node included
    :ivar hasPlace: whether it is known where in the patient it is
    :ivar window: (width, centre) of the display in voxel values; None for colours and where there is no display
    :ivar units: code text, e.g. '([hnsf'U], UCUM, "Hounsfield unit")'; "" when unknown
    :ivar instanceUIDs: SOP instance UIDs that it was made of, in slice order
    :ivar isComputed: whether voxels are something else than those of the objects that it was made of
    """

    name: str
    array: numpy.ndarray
    ijkToLPS: numpy.ndarray
    hasPlace: bool = True
    window: tuple[float, float] | None = None
    isInverted: bool = False
    quantity: str = ""
    units: str = ""
    instanceUIDs: tuple[str, ...] = ()
    isComputed: bool = False

    @property
    def dimensions(self) -> tuple[int, int, int]:
        """(columns, rows, slices)."""
        return self.array.shape[2], self.array.shape[1], self.array.shape[0]


def contentOf(node: vtkMRMLNode) -> VolumeContent:
    """What is written of a node.

    :raises ExportError: when it has no voxels, or a transform above it has no matrix
    """
    if node.isWarped():
        hint = 'Harden the transform, or load the series again with the setting "Uneven slices" at "hardened"'
        raise ExportError("the volume is under a transform that is not linear", node.GetName(), hint=hint)
    try:
        array = node.voxelArray()
    except SceneError:
        raise ExportError("the volume has no voxels", node.GetName()) from None
    if not array.size:
        raise ExportError("the volume has no voxels", node.GetName())
    isColour = array.ndim == 4
    display = None if isColour else node.GetDisplayNode()
    hasWindow = display is not None and hasattr(display, "GetWindow")
    own, computedFrom = (node.GetAttribute(name) or "" for name in ("DICOM.instanceUIDs", SOURCE_UIDS_ATTRIBUTE))
    uids = (own or computedFrom).split()
    return VolumeContent(
        name=node.GetName() or "",
        array=array,
        ijkToLPS=ijkToLPSFromRAS(node.ijkToWorldArray()),
        hasPlace=node.hasPlaceInPatient(),
        window=_finite((display.GetWindow(), display.GetLevel()) if hasWindow else _windowOfLabels(node, array)),
        isInverted=hasWindow and bool(display.GetInvert()),
        quantity=node.GetVoxelValueQuantity(),
        units=node.GetVoxelValueUnits(),
        instanceUIDs=tuple(uid for uid in uids if uid != "Unknown"),
        isComputed=bool(computedFrom) and not own,
    )


def _finite(window: tuple[float, float] | None) -> tuple[float, float] | None:
    """None where nothing can be shown by it, as of labels some of which are no numbers."""
    return window if window is not None and all(map(math.isfinite, window)) else None


def _windowOfLabels(node: vtkMRMLNode, array: numpy.ndarray) -> tuple[float, float] | None:
    """Every label in its own grey (PS3.3 C.11.2.1.2.1); None of what are no labels, which readers window themselves."""
    if array.ndim == 4 or not node.IsA("vtkMRMLLabelMapVolumeNode"):
        return None
    low, high = float(array.min()), float(array.max())
    return high - low + 1, (low + high + 1) / 2
