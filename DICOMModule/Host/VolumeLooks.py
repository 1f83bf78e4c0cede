"""Which look a volume has when it is rendered: a preset, or the transfer functions of its volume property."""

from __future__ import annotations

from DICOMLib.Scene.DisplayNodes import windowLevelOf
from DICOMLib.Scene.Images import arrayFromImageData
from DICOMLib.Scene.VolumeRenderingNodes import renderingOf, setRendered, vtkMRMLVolumePropertyNode

from .VolumeAppearance import modalityOf
from .VolumePresets import LIGHTING, VolumePreset, absolutePoints, defaultPreset, presetNamed

# As 3D Slicer says that the size of gradients does not matter.
_ANY_GRADIENT = ((0.0, 1.0), (255.0, 1.0))


def propertyOf(volume) -> vtkMRMLVolumePropertyNode | None:
    """What the display node says the volume looks like; None where that is left to its modality."""
    display = renderingOf(volume)
    found = None if display is None else display.GetVolumePropertyNode()
    return found if found is not None and found.hasFunctions() else None


def fittingPreset(volume, modality: str | None = None) -> VolumePreset:
    """The look of a volume that nobody chose one for."""
    modality = modalityOf(volume) if modality is None else modality
    return defaultPreset(modality, lambda: volume.shownImageData().GetScalarRange()[0])


def lookName(volume) -> str:
    """Name of the look a volume has, or would have."""
    found = propertyOf(volume)
    return fittingPreset(volume).name if found is None else (found.GetName() or "Custom")


def setLook(volume, name: str) -> None:
    """Render a volume with a preset. :raises KeyError: for a name that is no preset's"""
    preset = presetNamed(name)
    if preset is None:
        raise KeyError(name)
    setRendered(volume, True)
    _write(volume, preset)


def keepLook(volume) -> None:
    """Have the look of a volume, of which display nodes for rendering have none so far, in a volume property."""
    if renderingOf(volume) is not None and propertyOf(volume) is None:
        _write(volume, fittingPreset(volume))
        propertyOf(volume).markAutomatic()


def followVoxels(node: vtkMRMLVolumePropertyNode, preset: VolumePreset, low: float, high: float) -> None:
    """Have a look that nobody chose fit voxels that have changed. :param low: and high: see :func:`valueRange`"""
    colors, _opacities = absolutePoints(preset, low, high)
    if node.isAutomatic() and [point[:4] for point in node.colorPoints()] != colors:
        fill(node, preset, low, high)
        node.markAutomatic()


def _write(volume, preset: VolumePreset) -> None:
    display, scene = renderingOf(volume), volume.GetScene()
    if display is None:
        return
    found = display.GetVolumePropertyNode()
    if found is None or len(scene.referencingNodes(found)) > 1:  # another volume keeps what it shares
        found = scene.AddNode(vtkMRMLVolumePropertyNode())
    fill(found, preset, *valueRange(volume))
    display.SetAndObserveVolumePropertyNodeID(found.GetID())


def valueRange(volume) -> tuple[float, float]:
    """Voxel values from which to which nearly all are: 0 and 1 of relative presets."""
    window, level = windowLevelOf(arrayFromImageData(volume.shownImageData()))
    return level - window / 2, level + window / 2


def fill(node: vtkMRMLVolumePropertyNode, preset: VolumePreset, low: float, high: float) -> None:
    """Give a volume property name and functions of a preset. :param low: and high: see :func:`valueRange`"""
    colors, opacities = absolutePoints(preset, low, high)
    wasModifying = node.StartModify()
    node.SetName(preset.name)
    node.setColorPoints(colors)
    node.setOpacityPoints(opacities)
    node.setGradientPoints(_ANY_GRADIENT)
    node.SetShade(preset.isShaded)
    node.setLighting(*LIGHTING)
    node.setProjection(preset.isProjection)
    node.EndModify(wasModifying)
