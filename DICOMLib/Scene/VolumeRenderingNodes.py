"""How a volume is drawn by ray casting: 3D Slicer's display nodes for that, and the transfer functions they refer to.

The functions are VTK's own objects, as scripts for 3D Slicer expect them; nothing is rendered here.
"""

from __future__ import annotations

from collections.abc import Iterable

from .DisplayableNode import vtkMRMLDisplayableNode
from .DisplayNodes import vtkMRMLDisplayNode
from .Node import MODIFIED_EVENT, vtkMRMLNode
from .StorableNode import vtkMRMLStorableNode
from .WeakCallback import weakCallback

PROPERTY_ROLE = "volumeProperty"
REGION_ROLE = "roi"
RENDERING_CLASS = "vtkMRMLGPURayCastVolumeRenderingDisplayNode"
PROJECTION_ATTRIBUTE = "VolumeRendering.Projection"
"""Attribute of a volume property whose volume is shown by the brightest value along each ray. Slicer says that of a
whole 3D view."""
LINEAR, NEAREST = 1, 0


class vtkMRMLVolumePropertyNode(vtkMRMLStorableNode):
    """Colour and opacity of voxel values, and how light falls on them: a vtkVolumeProperty.

    Its name is that of the preset it was made from.
    """

    defaultName = "VolumeProperty"
    storageClassName = "vtkMRMLVolumePropertyStorageNode"

    def __init__(self):
        super().__init__()
        from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
        from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolumeProperty

        self._automatic: tuple | None = None
        # Empty functions of its own: VTK's first ones have points that no preset has.
        self._property = vtkVolumeProperty()
        self._property.SetColor(vtkColorTransferFunction())
        self._property.SetScalarOpacity(vtkPiecewiseFunction())
        self._property.SetGradientOpacity(vtkPiecewiseFunction())
        self._property.SetInterpolationTypeToLinear()
        for part in (self._property, *self._functions()):
            part.AddObserver(MODIFIED_EVENT, weakCallback(self._onPartModified))

    def _functions(self) -> tuple:
        return self.GetColor(), self.GetScalarOpacity(), self.GetGradientOpacity()

    def _onPartModified(self) -> None:
        self.Modified()

    def GetVolumeProperty(self):
        """The live vtkVolumeProperty."""
        return self._property

    def GetColor(self, component: int = 0):
        """The live vtkColorTransferFunction of voxel values."""
        return self._property.GetRGBTransferFunction(component)

    def GetScalarOpacity(self, component: int = 0):
        """The live vtkPiecewiseFunction of voxel values."""
        return self._property.GetScalarOpacity(component)

    def GetGradientOpacity(self, component: int = 0):
        """The live vtkPiecewiseFunction of the size of gradients, a factor of the opacity."""
        return self._property.GetGradientOpacity(component)

    def colorPoints(self) -> list[tuple[float, ...]]:
        """(value, red, green, blue, midpoint, sharpness), ascending."""
        return _pointsOf(self.GetColor(), 6)

    def opacityPoints(self) -> list[tuple[float, ...]]:
        """(value, opacity, midpoint, sharpness), ascending."""
        return _pointsOf(self.GetScalarOpacity(), 4)

    def gradientPoints(self) -> list[tuple[float, ...]]:
        """(gradient, factor, midpoint, sharpness), ascending."""
        return _pointsOf(self.GetGradientOpacity(), 4)

    def setColorPoints(self, points: Iterable[Iterable[float]]) -> None:
        """:param points: as :meth:`colorPoints` gives them; midpoint and sharpness may be left out"""
        self._setPoints(self.GetColor(), self.GetColor().AddRGBPoint, points)

    def setOpacityPoints(self, points: Iterable[Iterable[float]]) -> None:
        """:param points: as :meth:`opacityPoints` gives them; midpoint and sharpness may be left out"""
        self._setPoints(self.GetScalarOpacity(), self.GetScalarOpacity().AddPoint, points)

    def setGradientPoints(self, points: Iterable[Iterable[float]]) -> None:
        """:param points: as :meth:`gradientPoints` gives them; midpoint and sharpness may be left out"""
        self._setPoints(self.GetGradientOpacity(), self.GetGradientOpacity().AddPoint, points)

    def _setPoints(self, function, add, points: Iterable[Iterable[float]]) -> None:
        wasModifying = self.StartModify()
        function.RemoveAllPoints()
        for point in points:
            add(*point)
        self.EndModify(wasModifying)

    def markAutomatic(self) -> None:
        """Say that nobody chose these functions: they may follow the voxels until somebody changes them."""
        self._automatic = self._content()

    def isAutomatic(self) -> bool:
        """Whether the functions are still those that nobody chose. Not kept in files: a file says what it says."""
        return self._automatic == self._content()

    def _content(self) -> tuple:
        return self.colorPoints(), self.opacityPoints(), self.gradientPoints(), self.GetShade(), self.lighting()

    def hasFunctions(self) -> bool:
        """Whether there is anything to draw by."""
        return bool(self.GetColor().GetSize() and self.GetScalarOpacity().GetSize())

    def GetShade(self) -> bool:
        return bool(self._property.GetShade())

    def SetShade(self, shade: bool) -> None:
        self._property.SetShade(int(bool(shade)))

    def GetInterpolationType(self) -> int:
        return self._property.GetInterpolationType()

    def SetInterpolationType(self, kind: int) -> None:
        """:param kind: LINEAR or NEAREST"""
        self._property.SetInterpolationType(NEAREST if int(kind) == NEAREST else LINEAR)

    def lighting(self) -> tuple[float, float, float, float]:
        """Ambient, diffuse, specular, specular power."""
        found = self._property
        return found.GetAmbient(), found.GetDiffuse(), found.GetSpecular(), found.GetSpecularPower()

    def setLighting(self, ambient: float, diffuse: float, specular: float, power: float) -> None:
        """Say how light falls on it, as one change. :param power: of the specular part: how small its spots are"""
        wasModifying = self.StartModify()
        self._property.SetAmbient(ambient)
        self._property.SetDiffuse(diffuse)
        self._property.SetSpecular(specular)
        self._property.SetSpecularPower(power)
        self.EndModify(wasModifying)

    def isProjection(self) -> bool:
        """Whether the brightest value along each ray is shown."""
        return self.GetAttribute(PROJECTION_ATTRIBUTE) == "Maximum"

    def setProjection(self, isProjection: bool) -> None:
        """Show the brightest value along each ray; else all of them, by colours and opacities."""
        self.SetAttribute(PROJECTION_ATTRIBUTE, "Maximum" if isProjection else None)

    def CopyContent(self, node: vtkMRMLVolumePropertyNode, deepCopy: bool = True) -> None:
        wasModifying = self.StartModify()
        self.setColorPoints(node.colorPoints())
        self.setOpacityPoints(node.opacityPoints())
        self.setGradientPoints(node.gradientPoints())
        self.SetShade(node.GetShade())
        self.SetInterpolationType(node.GetInterpolationType())
        self.setLighting(*node.lighting())
        self.EndModify(wasModifying)


def _pointsOf(function, count: int) -> list[tuple[float, ...]]:
    values, found = [0.0] * count, []
    for n in range(function.GetSize()):
        function.GetNodeValue(n, values)
        found.append(tuple(values))
    return found


class vtkMRMLVolumeRenderingDisplayNode(vtkMRMLDisplayNode):
    """A volume in 3D views. Without a volume property it has the look that fits its modality."""

    defaultName = "VolumeRendering"
    ownedRoles = (PROPERTY_ROLE,)
    referenceEvents = {PROPERTY_ROLE: MODIFIED_EVENT, REGION_ROLE: MODIFIED_EVENT}
    copiedFields = (*vtkMRMLDisplayNode.copiedFields, "_croppingEnabled")

    def __init__(self):
        super().__init__()
        self._croppingEnabled = False

    def GetVolumePropertyNode(self) -> vtkMRMLVolumePropertyNode | None:
        node = self.GetNodeReference(PROPERTY_ROLE)
        return node if isinstance(node, vtkMRMLVolumePropertyNode) else None

    def GetVolumePropertyNodeID(self) -> str | None:
        return self.GetNodeReferenceID(PROPERTY_ROLE)

    def SetAndObserveVolumePropertyNodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(PROPERTY_ROLE, nodeID)

    def GetROINode(self) -> vtkMRMLNode | None:
        """The region that the volume is cut to while cropping is enabled."""
        return self.GetNodeReference(REGION_ROLE)

    def GetROINodeID(self) -> str | None:
        return self.GetNodeReferenceID(REGION_ROLE)

    def SetAndObserveROINodeID(self, nodeID: str | None) -> None:
        self.SetNodeReferenceID(REGION_ROLE, nodeID)

    def GetCroppingEnabled(self) -> bool:
        return self._croppingEnabled

    def SetCroppingEnabled(self, enabled: bool) -> None:
        self.setAndNotify("_croppingEnabled", bool(enabled))

    def GetVolumeNode(self) -> vtkMRMLNode | None:
        return self.GetDisplayableNode()

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        """What it is drawn by has changed. A scene file may name anything there, looks that name each other in a circle
        too: only what is no look changes this one."""
        super().processReferencedNode(role, node)
        if role in (PROPERTY_ROLE, REGION_ROLE) and not isinstance(node, vtkMRMLDisplayNode):
            self.Modified()


class vtkMRMLGPURayCastVolumeRenderingDisplayNode(vtkMRMLVolumeRenderingDisplayNode):
    """By the graphics card, as far as there is one."""


class vtkMRMLCPURayCastVolumeRenderingDisplayNode(vtkMRMLVolumeRenderingDisplayNode):
    """By the processor in 3D Slicer; drawn as others here."""


class vtkMRMLMultiVolumeRenderingDisplayNode(vtkMRMLVolumeRenderingDisplayNode):
    """Together with other volumes in 3D Slicer; drawn as others here."""


VOLUME_RENDERING_CLASSES: tuple[type[vtkMRMLNode], ...] = (
    vtkMRMLVolumePropertyNode,
    vtkMRMLGPURayCastVolumeRenderingDisplayNode,
    vtkMRMLCPURayCastVolumeRenderingDisplayNode,
    vtkMRMLMultiVolumeRenderingDisplayNode,
)


def renderingOf(volume: vtkMRMLDisplayableNode) -> vtkMRMLVolumeRenderingDisplayNode | None:
    """The first display node of a volume that is for ray casting; None when it has none."""
    displays = (volume.GetNthDisplayNode(n) for n in range(volume.GetNumberOfDisplayNodes()))
    return next((one for one in displays if isinstance(one, vtkMRMLVolumeRenderingDisplayNode)), None)


def isRendered(volume: vtkMRMLDisplayableNode) -> bool:
    """Whether a volume is to be drawn in 3D views."""
    display = renderingOf(volume)
    return display is not None and display.GetVisibility() and display.GetVisibility3D()


def setRendered(volume: vtkMRMLDisplayableNode, rendered: bool) -> None:
    """Switch drawing in 3D views on or off; the display node is made when it is first needed, in a scene only."""
    display = renderingOf(volume)
    if display is None and rendered and volume.GetScene() is not None:
        volume.CreateDefaultDisplayNodes()  # the first display node is the slices', here and in Slicer
        display = volume.GetScene().CreateNodeByClass(RENDERING_CLASS)
        display.SetName(f"{volume.GetName() or ''} volume rendering".strip())
        volume.GetScene().AddNode(display)
        volume.AddAndObserveDisplayNodeID(display.GetID())
    if display is not None:
        display.SetVisibility(rendered)
        if rendered:
            display.SetVisibility3D(True)
