"""A stack of slices and its voxels to a volume node, with what the headers say about display and units."""

from __future__ import annotations

from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.Volume import VoxelArray
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene

PET_COLOR_NAME = "PET-Heat"

# Meaning of voxel values by modality (Slicer's map): quantity and unit as (code, scheme, meaning).
MR_CODES = (("110852", "DCM", "MR signal intensity"), ("1", "UCUM", "no units"))
CT_CODES = (("112031", "DCM", "Attenuation Coefficient"), ("[hnsf'U]", "UCUM", "Hounsfield unit"))
PET_UNITS = {
    "BQML": ("Bq/ml", "UCUM", "Becquerels/milliliter"),
    "CNTS": ("{counts}", "UCUM", "Counts"),
    "GML": ("g/ml{SUVbw}", "UCUM", "Standardized Uptake Value body weight"),
}


def addVolumeNode(scene: Scene, name: str, stack: SliceStack, voxels: VoxelArray) -> vtkMRMLNode:
    """A node with the voxels (their memory is shared), their place in the patient, display and units.

    :returns: vtkMRMLScalarVolumeNode, or vtkMRMLVectorVolumeNode for colour, in the scene with its display node
    """
    node = scene.CreateNodeByClass("vtkMRMLVectorVolumeNode" if voxels.isColour else "vtkMRMLScalarVolumeNode")
    node.SetName(name)
    node.setVoxelArray(voxels.array)
    node.SetIJKToRASMatrix(stack.ijkToRAS)
    setInstanceAttributes(node, stack)
    middle = stack.instances[len(stack.instances) // 2]
    if not voxels.isColour:
        setQuantityAndUnits(node, middle)
    scene.AddNode(node)
    node.CreateDefaultDisplayNodes()
    if not voxels.isColour:
        setDisplay(node.GetDisplayNode(), middle, voxels)
    return node


def setInstanceAttributes(node: vtkMRMLNode, stack: SliceStack) -> None:
    """SOP instance UIDs and instance numbers in slice order, separated by spaces; "Unknown" and "?" where absent."""
    instances = stack.instances
    uids = (instance.SOPInstanceUID or "Unknown" for instance in instances)
    numbers = (instance.value("InstanceNumber").strip() or "?" for instance in instances)
    node.SetAttribute("DICOM.instanceUIDs", " ".join(uids))
    node.SetAttribute("DICOM.instanceNumbers", " ".join(numbers))


def setDisplay(display: vtkMRMLNode, instance: Instance, voxels: VoxelArray) -> None:
    """Window presets of the file, the first one applied; MONOCHROME1 inverted; PET in its colours."""
    for window, level, explanation in windowPresets(instance):
        display.AddWindowLevelPreset(window, level, explanation)
    if display.GetNumberOfWindowLevelPresets():
        display.SetWindowLevelFromPreset(0)
    if voxels.photometricInterpretation == "MONOCHROME1":
        display.SetInvert(True)
    if instance.modality == "PT":
        display.SetColorName(PET_COLOR_NAME)


def windowPresets(instance: Instance) -> list[tuple[float, float, str]]:
    """(width, centre, explanation) of each window in the header (PS3.3 C.11.2.1.2); none when their numbers differ."""
    centres, widths = instance.numbers("WindowCenter") or (), instance.numbers("WindowWidth") or ()
    if len(centres) != len(widths):
        return []
    explanations = instance.value("WindowCenterWidthExplanation").split("\\")
    explanations += [""] * (len(centres) - len(explanations))
    triples = zip(widths, centres, explanations[: len(centres)], strict=True)
    return [(width, centre, explanation.strip()) for width, centre, explanation in triples if width > 0]


def setQuantityAndUnits(node: vtkMRMLNode, instance: Instance) -> None:
    """Codes of what the voxels are and in which unit, when the headers leave no doubt."""
    quantity, units = quantityAndUnits(instance)
    if quantity:
        node.SetVoxelValueQuantity(codeText(quantity))
    if units:
        node.SetVoxelValueUnits(codeText(units))


def quantityAndUnits(instance: Instance) -> tuple[tuple[str, str, str] | None, tuple[str, str, str] | None]:
    """Quantity and unit as (code, scheme, meaning); None where unknown."""
    if instance.modality == "CT" and instance.value("RescaleType").strip() in ("", "HU"):
        return CT_CODES
    if instance.modality == "MR":
        return MR_CODES
    if instance.modality == "PT":
        return None, PET_UNITS.get(instance.value("Units").strip())
    return None, None


def codeText(code: tuple[str, str, str]) -> str:
    """'(112031, DCM, "Attenuation Coefficient")'."""
    value, scheme, meaning = code
    return f'({value}, {scheme}, "{meaning}")'
