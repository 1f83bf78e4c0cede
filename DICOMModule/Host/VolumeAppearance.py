"""How a volume node looks: its place in the world, the VTK image property of its display node, its values in words.

Works with nodes named as in MRML; needs VTK and no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkCommonCore import vtkLookupTable, vtkScalarsToColors
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkImageProperty

from DICOMLib.Errors import SceneError
from DICOMLib.Geometry.Patient import cornersRAS
from DICOMLib.Scene.Colors import colorNameOfID, vtkMRMLColorTableNode
from DICOMLib.Scene.Resampling import sampleable

# UCUM codes people would not read → what they write.
UNIT_TEXTS = {"[hnsf'U]": "HU", "1": "", "g/ml{SUVbw}": "SUVbw", "{SUVbw}g/ml": "SUVbw", "{counts}": "counts"}

# Windows radiologists know, in Hounsfield units: name → (window, level).
CT_WINDOWS = {
    "Abdomen": (350.0, 40.0),
    "Brain": (100.0, 50.0),
    "Bone": (1000.0, 400.0),
    "Lung": (1400.0, -500.0),
    "Soft tissue": (400.0, 50.0),
}


def ijkToWorld(node) -> np.ndarray:
    """4x4 float64 voxel indices → RAS mm of the scene, the linear parent transforms of the volume included.

    Of a volume under a transform that is not linear (see ``isWarped``) its own matrix: right for the size of voxels
    and the directions of axes, not for places, which :func:`cornersOf` and :func:`voxelAt` know.
    """
    try:
        return node.ijkToWorldArray()
    except SceneError:
        return node.ijkToRASArray()


def placeState(node) -> tuple:
    """Something that differs when the place of a volume has changed."""
    times, parent = [], node.GetParentTransformNode() if node.isWarped() else None
    while parent is not None:
        times.append((parent.GetID(), parent.GetTransformToParent().GetMTime()))
        parent = parent.GetParentTransformNode()
    return (ijkToWorld(node).tobytes(), *times)


def cornersOf(node) -> np.ndarray:
    """RAS mm of the outer corners of a volume, shape (n, 3): eight, or those of all slices where they lie unevenly."""
    if node.isWarped():
        return node.sliceOutlines().reshape(-1, 3)
    return cornersRAS(ijkToWorld(node), dimensionsOf(node), rim=0.5).reshape(-1, 3)


def dimensionsOf(node) -> tuple[int, int, int]:
    """Voxels along i, j, k; zeros when the node holds no image."""
    image = node.GetImageData()
    return (0, 0, 0) if image is None else tuple(image.GetDimensions())


def isVolume(node) -> bool:
    """Whether a node is a volume with an image that the views can show."""
    return node is not None and node.IsA("vtkMRMLVolumeNode") and 0 not in dimensionsOf(node)


def isColor(node) -> bool:
    """Whether voxels are red, green, blue."""
    return node.shownImageData().GetNumberOfScalarComponents() >= 3


def isLabelMap(node) -> bool:
    """Whether voxels are labels."""
    return node.IsA("vtkMRMLLabelMapVolumeNode")


def hasDepth(node) -> bool:
    """Whether volume rendering makes sense: grey values and at least a few slices in every direction."""
    return not isColor(node) and not isLabelMap(node) and min(dimensionsOf(node)) >= 3


def modalityOf(node) -> str:
    """DICOM modality of the series a node came from, "" when it is not known."""
    scene = node.GetScene()
    if scene is None:
        return ""
    hierarchy = scene.GetSubjectHierarchyNode()
    itemID = hierarchy.GetItemByDataNode(node)
    return hierarchy.GetItemAttribute(itemID, "DICOM.Modality") if itemID else ""


@dataclass(frozen=True)
class VoxelReading:
    """The voxel of a volume at a place: index along i, j, k and its value in words."""

    ijk: tuple[int, int, int]
    text: str


def voxelAt(node, ras: np.ndarray) -> VoxelReading | None:
    """The voxel whose box holds a RAS point; None outside of the volume. Values are not interpolated."""
    index = np.floor(node.ijkFromWorld(np.asarray(ras, dtype=float)) + 0.5).astype(int)
    if np.any(index < 0) or np.any(index >= dimensionsOf(node)):
        return None
    ijk = tuple(int(component) for component in index)
    image = node.shownImageData()
    values = [image.GetScalarComponentAsDouble(*ijk, c) for c in range(image.GetNumberOfScalarComponents())]
    return VoxelReading(ijk, ", ".join(f"{value:.6g}" for value in values))


def volumeUnit(node) -> str:
    """Short unit of the voxel values ("HU" for CT), "" when it is not known."""
    units = node.GetVoxelValueUnits() if hasattr(node, "GetVoxelValueUnits") else ""
    code = units.strip("()").split(",")[0].strip() if units else ""
    return UNIT_TEXTS.get(code, code)


class SampleableImage:
    """What VTK can interpolate in place of an image; a copy that this takes is made once for all slices."""

    def __init__(self):
        self.forget()

    def of(self, image: vtkImageData) -> vtkImageData:
        """The image itself, or its copy; see ``Resampling.sampleable``."""
        version = (image, max(image.GetMTime(), image.GetPointData().GetScalars().GetMTime()))
        if version != self._version:
            self._version, self._image = version, sampleable(image)
        return self._image

    def forget(self) -> None:
        """Let go of image and copy."""
        self._version: tuple = ()
        self._image: vtkImageData | None = None


def applyDisplay(node, imageProperty: vtkImageProperty) -> None:
    """Make an image property show what the display node says: window and level, colours, interpolation."""
    display = node.GetDisplayNode()
    window, level = windowLevel(node)
    imageProperty.SetColorWindow(window)
    imageProperty.SetColorLevel(level)
    imageProperty.SetLookupTable(None if isColor(node) else colorTable(display))
    imageProperty.SetUseLookupTableScalarRange(isLabelMap(node))
    if display is None or display.GetInterpolate():
        imageProperty.SetInterpolationTypeToLinear()
    else:
        imageProperty.SetInterpolationTypeToNearest()


def windowLevel(node) -> tuple[float, float]:
    """Window width and level of the display node; the whole range of values when there is none."""
    display = node.GetDisplayNode()
    if display is not None and hasattr(display, "GetWindow"):
        return float(display.GetWindow()), float(display.GetLevel())
    low, high = node.shownImageData().GetScalarRange()
    return max(high - low, 1.0), (low + high) / 2


def colorTable(display) -> vtkScalarsToColors | None:
    """The table of a display node: None for plain grey, which VTK draws fastest without one."""
    own = display.GetColorNode() if display is not None and not colorNameOfID(display.GetColorNodeID()) else None
    if own is not None:
        return own.GetLookupTable()
    name = display.GetColorName() if display is not None else "Grey"
    inverted = bool(hasattr(display, "GetInvert") and display.GetInvert())
    if name == "Grey" and not inverted:
        return None
    table = vtkMRMLColorTableNode(name).GetLookupTable()
    return reversedTable(table) if inverted else table


def reversedTable(table: vtkLookupTable) -> vtkLookupTable:
    """The same colours from last to first (PS3.3 C.7.6.3.1.2: MONOCHROME1 shows its lowest value white)."""
    result = vtkLookupTable()
    count = table.GetNumberOfTableValues()
    result.SetNumberOfTableValues(count)
    for index in range(count):
        result.SetTableValue(index, table.GetTableValue(count - 1 - index))
    return result
