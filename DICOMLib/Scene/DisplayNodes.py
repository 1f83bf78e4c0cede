"""How nodes are shown: visibility, colour, window and level. No rendering happens here."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from ..Errors import SceneError
from .Colors import DEFAULT_COLOR_NAME, LABELS, colorNameOfID, colorNodeID
from .Node import MODIFIED_EVENT, vtkMRMLNode

# The darkest and brightest thousandth are mostly noise, metal and padding; MRML leaves out the same share.
AUTO_WINDOW_PERCENTILES = (0.1, 99.9)
# More samples change the percentiles of real images by less than a grey level.
AUTO_WINDOW_SAMPLES = 200_000


def windowLevelOf(voxels: numpy.ndarray) -> tuple[float, float]:
    """(window, level) that shows nearly all values, from percentiles of an even subsample; NaN and infinity ignored."""
    step = max(1, voxels.size // AUTO_WINDOW_SAMPLES)
    while math.gcd(step, voxels.shape[-1]) > 1:  # else only a few columns of the image would be seen
        step += 1
    sample = voxels.reshape(-1)[::step]
    if sample.dtype.kind == "f":
        sample = sample[numpy.isfinite(sample)]
    if not sample.size:
        return 1.0, 0.5
    low, high = (float(value) for value in numpy.percentile(sample, AUTO_WINDOW_PERCENTILES))
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    return (high - low if high > low else 1.0), (low + high) / 2


class vtkMRMLDisplayNode(vtkMRMLNode):
    """Visibility, colour and opacity of one displayable node."""

    defaultName = "Display"
    hiddenByDefault = True
    COLOR_ROLE = "color"

    def __init__(self):
        super().__init__()
        self._visibility = True
        self._visibility2D = True
        self._visibility3D = True
        self._opacity = 1.0
        self._color = (0.5, 0.5, 0.5)

    def GetVisibility(self) -> bool:
        return self._visibility

    def SetVisibility(self, visible: bool) -> None:
        self.setAndNotify("_visibility", bool(visible))

    def GetVisibility2D(self) -> bool:
        return self._visibility2D

    def SetVisibility2D(self, visible: bool) -> None:
        self.setAndNotify("_visibility2D", bool(visible))

    def GetVisibility3D(self) -> bool:
        return self._visibility3D

    def SetVisibility3D(self, visible: bool) -> None:
        self.setAndNotify("_visibility3D", bool(visible))

    def GetOpacity(self) -> float:
        return self._opacity

    def SetOpacity(self, opacity: float) -> None:
        self.setAndNotify("_opacity", min(1.0, max(0.0, float(opacity))))

    def GetColor(self) -> tuple[float, float, float]:
        """RGB, 0 to 1."""
        return self._color

    def SetColor(self, red, green=None, blue=None) -> None:
        """RGB, 0 to 1, as three numbers or one sequence."""
        color = (red, green, blue) if green is not None else tuple(red)
        self.setAndNotify("_color", tuple(float(value) for value in color))

    def GetDisplayableNode(self) -> vtkMRMLNode | None:
        """The node shown with these properties, None outside of a scene."""
        scene, nodeID = self.GetScene(), self.GetID()
        nodes = scene.nodes() if scene is not None and nodeID else ()
        return next((node for node in nodes if node.HasNodeReferenceID("display", nodeID)), None)

    # Colour table

    def SetAndObserveColorNodeID(self, nodeID: str | None) -> None:
        """Show values through a colour table, by its node ID.

        :raises SceneError: when the ID is no colour table's
        """
        if nodeID is not None and colorNameOfID(nodeID) is None and not self._isColorNode(nodeID):
            raise SceneError("there is no such color table", nodeID)
        self.SetNodeReferenceID(self.COLOR_ROLE, nodeID)

    def _isColorNode(self, nodeID: str) -> bool:
        scene = self.GetScene()
        node = None if scene is None else scene.GetNodeByID(nodeID)
        return node is not None and node.IsA("vtkMRMLColorNode")

    def GetColorNodeID(self) -> str | None:
        return self.GetNodeReferenceID(self.COLOR_ROLE)

    def GetColorNode(self) -> vtkMRMLNode | None:
        return self.GetNodeReference(self.COLOR_ROLE)

    def SetColorName(self, name: str) -> None:
        """Show values through a colour table, by its name. :raises SceneError: for an unknown name"""
        self.SetAndObserveColorNodeID(colorNodeID(name))

    def GetColorName(self) -> str:
        """The name of a built-in table; of any other the one it is like: plain grey."""
        return colorNameOfID(self.GetColorNodeID()) or DEFAULT_COLOR_NAME

    def onImageDataModified(self, voxels: numpy.ndarray | None) -> None:
        """Called by a volume shown so when its voxels (None: none) are new; subclasses adapt to them."""

    copiedFields: tuple[str, ...] = ("_visibility", "_visibility2D", "_visibility3D", "_opacity", "_color")

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        for field in self.copiedFields:
            value = getattr(node, field)
            setattr(self, field, list(value) if isinstance(value, list) else value)
        self.Modified()


@dataclass(frozen=True)
class WindowLevelPreset:
    """One pair of window width and centre of the file, in voxel values."""

    window: float
    level: float
    explanation: str = ""
    """Value of WindowCenterWidthExplanation, e.g. BONE; "" when the file gives none."""


class vtkMRMLVolumeDisplayNode(vtkMRMLDisplayNode):
    """What all volumes have: interpolation."""

    defaultName = "VolumeDisplay"
    copiedFields = (*vtkMRMLDisplayNode.copiedFields, "_interpolate")

    def __init__(self):
        super().__init__()
        self._interpolate = True

    def GetInterpolate(self) -> bool:
        return self._interpolate

    def SetInterpolate(self, interpolate: bool) -> None:
        self.setAndNotify("_interpolate", bool(interpolate))


class vtkMRMLScalarVolumeDisplayNode(vtkMRMLVolumeDisplayNode):
    """Window and level (in voxel values), threshold, inversion and colour table of a scalar volume."""

    defaultName = "ScalarVolumeDisplay"
    copiedFields = (
        *vtkMRMLVolumeDisplayNode.copiedFields, "_window", "_level", "_autoWindowLevel", "_invert", "_presets",
        "_applyThreshold", "_threshold",
    )  # fmt: skip

    def __init__(self):
        super().__init__()
        self._window = 256.0
        self._level = 128.0
        self._autoWindowLevel = True
        self._invert = False
        self._presets: list[WindowLevelPreset] = []
        self._applyThreshold = False
        self._threshold = (0.0, 0.0)
        self._references[self.COLOR_ROLE] = [colorNodeID(DEFAULT_COLOR_NAME)]

    def GetWindow(self) -> float:
        return self._window

    def GetLevel(self) -> float:
        return self._level

    def SetWindow(self, window: float) -> None:
        self.SetWindowLevel(window, self._level)

    def SetLevel(self, level: float) -> None:
        self.SetWindowLevel(self._window, level)

    def SetWindowLevel(self, window: float, level: float) -> None:
        """Width and centre of the shown range of values; turns automatic window/level off."""
        self._autoWindowLevel = False
        self._applyWindowLevel(window, level)

    def SetWindowLevelMinMax(self, low: float, high: float) -> None:
        self.SetWindowLevel(high - low, (low + high) / 2)

    def GetWindowLevelMin(self) -> float:
        return self._level - self._window / 2

    def GetWindowLevelMax(self) -> float:
        return self._level + self._window / 2

    def _applyWindowLevel(self, window: float, level: float) -> None:
        if (window, level) != (self._window, self._level):
            self._window, self._level = float(window), float(level)
            self.Modified()

    def GetAutoWindowLevel(self) -> bool:
        return self._autoWindowLevel

    def SetAutoWindowLevel(self, automatic: bool) -> None:
        """Follow the voxels: at once, and whenever they change."""
        changed = self.setAndNotify("_autoWindowLevel", bool(automatic))
        volume = self.GetDisplayableNode()
        if automatic and changed and volume is not None and volume.GetImageData() is not None:
            self.onImageDataModified(volume.voxelArray())

    def onImageDataModified(self, voxels: numpy.ndarray | None) -> None:
        if self._autoWindowLevel and voxels is not None and voxels.size:
            self._applyWindowLevel(*windowLevelOf(voxels))

    def GetInvert(self) -> bool:
        """Whether high values are dark, as MONOCHROME1 wants (PS3.3 C.7.6.3.1.2)."""
        return self._invert

    def SetInvert(self, invert: bool) -> None:
        self.setAndNotify("_invert", bool(invert))

    GetInvertDisplayScalarRange = GetInvert
    SetInvertDisplayScalarRange = SetInvert

    def GetApplyThreshold(self) -> bool:
        return self._applyThreshold

    def SetApplyThreshold(self, apply: bool) -> None:
        """Show only values inside the threshold range."""
        self.setAndNotify("_applyThreshold", bool(apply))

    def SetThreshold(self, lower: float, upper: float) -> None:
        self.setAndNotify("_threshold", (float(lower), float(upper)))

    def GetLowerThreshold(self) -> float:
        return self._threshold[0]

    def GetUpperThreshold(self) -> float:
        return self._threshold[1]

    # Presets from the file

    def AddWindowLevelPreset(self, window: float, level: float, explanation: str = "") -> int:
        """Remember a window/level of the file. :returns: its index"""
        self._presets.append(WindowLevelPreset(float(window), float(level), explanation))
        self.Modified()
        return len(self._presets) - 1

    def ResetWindowLevelPresets(self) -> None:
        self._presets.clear()
        self.Modified()

    def GetNumberOfWindowLevelPresets(self) -> int:
        return len(self._presets)

    def GetWindowPreset(self, index: int) -> float:
        return self._presets[index].window

    def GetLevelPreset(self, index: int) -> float:
        return self._presets[index].level

    def GetWindowLevelPresetExplanation(self, index: int) -> str:
        return self._presets[index].explanation

    def SetWindowLevelFromPreset(self, index: int) -> None:
        """Show with a preset of the file. :raises SceneError: when there is no preset of this number"""
        if not 0 <= index < len(self._presets):
            raise SceneError("there is no such window/level preset", self.GetName(), index)
        self.SetWindowLevel(self._presets[index].window, self._presets[index].level)


class vtkMRMLLabelMapVolumeDisplayNode(vtkMRMLVolumeDisplayNode):
    """Labels: one colour each, never interpolated."""

    defaultName = "LabelMapVolumeDisplay"
    # A colour table of its own leaves with it, and what changes there changes what is shown.
    ownedRoles = (vtkMRMLDisplayNode.COLOR_ROLE,)
    referenceEvents = {vtkMRMLDisplayNode.COLOR_ROLE: MODIFIED_EVENT}

    def __init__(self):
        super().__init__()
        self._interpolate = False
        self._references[self.COLOR_ROLE] = [colorNodeID(LABELS)]

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        super().processReferencedNode(role, node)
        if role == self.COLOR_ROLE:
            self.Modified()


class vtkMRMLVectorVolumeDisplayNode(vtkMRMLScalarVolumeDisplayNode):
    """Colour volumes: window and level stay at the full range of the component type."""

    defaultName = "VectorVolumeDisplay"

    def onImageDataModified(self, voxels: numpy.ndarray | None) -> None:
        if self._autoWindowLevel and voxels is not None and voxels.dtype.kind in "iu":
            limits = numpy.iinfo(voxels.dtype)
            self._applyWindowLevel(float(limits.max) - limits.min, (float(limits.max) + limits.min) / 2)
        else:
            super().onImageDataModified(voxels)


class vtkMRMLModelDisplayNode(vtkMRMLDisplayNode):
    """How a surface is drawn."""

    defaultName = "ModelDisplay"
    copiedFields = (*vtkMRMLDisplayNode.copiedFields, "_edgeVisibility", "_scalarVisibility", "_activeScalarName")

    def __init__(self):
        super().__init__()
        self._visibility2D = False  # outlines in slices are for those who ask for them
        self._edgeVisibility = False
        self._scalarVisibility = False
        self._activeScalarName = ""

    def GetEdgeVisibility(self) -> bool:
        return self._edgeVisibility

    def SetEdgeVisibility(self, visible: bool) -> None:
        self.setAndNotify("_edgeVisibility", bool(visible))

    def GetScalarVisibility(self) -> bool:
        return self._scalarVisibility

    def SetScalarVisibility(self, visible: bool) -> None:
        """Colour by the active point scalars through the colour table."""
        self.setAndNotify("_scalarVisibility", bool(visible))

    def GetActiveScalarName(self) -> str:
        return self._activeScalarName

    def SetActiveScalarName(self, name: str) -> None:
        self.setAndNotify("_activeScalarName", name)
