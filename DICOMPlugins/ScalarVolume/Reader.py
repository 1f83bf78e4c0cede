"""A stack of slices and its voxels to a volume node, with what the headers say about display and units."""

from __future__ import annotations

from collections.abc import Sequence

from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.LookupTable import LookupTable
from DICOMLib.Pixels.RealWorldValues import Code
from DICOMLib.Pixels.Rescale import rescaleOf
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Scene.DisplayNodes import windowLevelOf
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SliceSource import SliceSource

from .VoxelValues import MODALITY, UPTAKE_CODES, VoxelValues, voxelValues
from .WindowPresets import convertedPreset, paddingEnds, paddingRange, tablePresets, windowPresets, windowWithoutPadding

PET_COLOR_NAME = "PET-Heat"
# Kilobecquerels are for the scanner; what people look at is up to ten times the mean uptake of the body.
UPTAKE_WINDOW, UPTAKE_LEVEL = 10.0, 5.0

VALUES_ATTRIBUTE = "DICOM.voxelValues"
"""What was decided about voxel values, in words; absent for what the modality measured."""

READER_ATTRIBUTE, READER_NOTE_ATTRIBUTE = "DICOM.reader", "DICOM.readerNote"
"""Who read the voxels ("native" or "GDCM"), and why not the first choice, in words."""


def addVolumeNode(
    scene: Scene,
    name: str,
    stack: SliceStack,
    voxels: VoxelArray,
    values: VoxelValues | None = None,
    displayTables: Sequence[LookupTable] = (),
    windowedBy: VoxelArray | None = None,
) -> vtkMRMLNode:
    """A node with the voxels (their memory is shared), their place in the patient, display and units.

    :param values: what the voxels are; default: what the modality measured
    :param displayTables: of the middle slice's object; they become windows
    :param windowedBy: whose values decide the window where the file has none, and which then stays; default: all
    :returns: vtkMRMLScalarVolumeNode, or vtkMRMLVectorVolumeNode for colour, in the scene with its display node
    """
    values = values or voxelValues(stack.sources, MODALITY)
    node = scene.CreateNodeByClass("vtkMRMLVectorVolumeNode" if voxels.isColour else "vtkMRMLScalarVolumeNode")
    node.SetName(name)
    node.setVoxelArray(voxels.array)
    node.SetIJKToRASMatrix(stack.ijkToRAS)
    if voxels.isColour:
        node.SetVoxelVectorType(node.VoxelVectorTypeColorRGB)
    if not stack.located:
        node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    setInstanceAttributes(node, stack)
    if values.note:
        node.SetAttribute(VALUES_ATTRIBUTE, values.note)
    node.SetAttribute(READER_ATTRIBUTE, voxels.reader)
    if voxels.readerNote:
        node.SetAttribute(READER_NOTE_ATTRIBUTE, voxels.readerNote)
    if not voxels.isColour:
        setQuantityAndUnits(node, values)
        setPaddingValue(node, middleSource(stack), values)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    if not voxels.isColour:
        setDisplay(node.GetDisplayNode(), middleSource(stack), windowedBy or voxels, values, displayTables)
    if windowedBy is not None and node.GetDisplayNode().GetAutoWindowLevel():
        node.GetDisplayNode().SetWindowLevel(*windowLevelOf(windowedBy.array))
    return node


def middleSource(stack: SliceStack) -> SliceSource:
    """The slice whose header speaks for the display of all, as in Slicer."""
    return stack.sources[len(stack.sources) // 2]


def setInstanceAttributes(node: vtkMRMLNode, stack: SliceStack) -> None:
    """SOP instance UIDs and instance numbers in slice order, separated by spaces; "Unknown" and "?" where absent."""
    instances = stack.instances
    uids = (instance.SOPInstanceUID or "Unknown" for instance in instances)
    numbers = (instance.value("InstanceNumber").strip() or "?" for instance in instances)
    node.SetAttribute("DICOM.instanceUIDs", " ".join(uids))
    node.SetAttribute("DICOM.instanceNumbers", " ".join(numbers))


def setDisplay(
    display: vtkMRMLNode,
    source: SliceSource,
    voxels: VoxelArray,
    values: VoxelValues,
    displayTables: Sequence[LookupTable] = (),
) -> None:
    """Windows of the file as presets, the first one applied; MONOCHROME1 inverted; PET in its colours.

    Without a window of the file, padding does not count for the one that is computed. The file's windows are for what
    the modality measured: where a table takes its place, they mean nothing.
    """
    instance, frame = source.instance, source.frame
    measured, used = rescaleOf(instance, frame), values.rescaleOf(source)
    presets = windowPresets(instance, frame) + tablePresets(displayTables) if used is not None else []
    for preset in presets:
        display.AddWindowLevelPreset(*convertedPreset(preset, measured, used))
    if display.GetNumberOfWindowLevelPresets():
        display.SetWindowLevelFromPreset(0)
    else:
        _setComputedWindow(display, source, voxels, values)
    if voxels.photometricInterpretation == "MONOCHROME1":
        display.SetInvert(True)
    if instance.modality == "PT":
        display.SetColorName(PET_COLOR_NAME)


def _setComputedWindow(display: vtkMRMLNode, source: SliceSource, voxels: VoxelArray, values: VoxelValues) -> None:
    if values.units == UPTAKE_CODES[1]:
        display.SetWindowLevel(UPTAKE_WINDOW, UPTAKE_LEVEL)
        return
    used = values.rescaleOf(source)
    padding = None if used is None else paddingRange(source.instance, source.frame, used)
    window = None if padding is None else windowWithoutPadding(voxels.array, padding)
    if window is not None:
        display.SetWindowLevel(*window)


def setQuantityAndUnits(node: vtkMRMLNode, values: VoxelValues) -> None:
    """Codes of what the voxels are and in which unit, when the headers leave no doubt."""
    if values.quantity:
        node.SetVoxelValueQuantity(codeText(values.quantity))
    if values.units:
        node.SetVoxelValueUnits(codeText(values.units))


def setPaddingValue(node: vtkMRMLNode, source: SliceSource, values: VoxelValues) -> None:
    """What voxels are where there is no image, if the file says it: also beyond a volume that is computed anew."""
    used = values.rescaleOf(source)
    ends = None if used is None else paddingEnds(source.instance, source.frame, used)
    if ends:
        node.SetAttribute(node.BACKGROUND_ATTRIBUTE, f"{ends[0]:.10g}")


def codeText(code: Code) -> str:
    """'(112031, DCM, "Attenuation Coefficient")'."""
    value, scheme, meaning = code
    return f'({value}, {scheme}, "{meaning}")'


def unscaledText(instance: Instance) -> str:
    """What the user should know before loading about voxel values that may not be what they seem; mostly ""."""
    if instance.modality == "RTDOSE" and not instance.number("DoseGridScaling"):
        return "Dose values are shown as stored: the file has no DoseGridScaling."
    return ""
