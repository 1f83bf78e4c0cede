"""The attributes of written image objects, module by module (PS3.3 A.2 to A.8)."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from DICOMLib.Errors import ExportError
from DICOMLib.Export.CarriedModules import completeModules
from DICOMLib.Export.DecimalString import decimalString, decimalStrings
from DICOMLib.Export.SourceAttributes import putInto

from .CodeItems import codeItem
from .ModalityModules import completeDX, completePET, ultrasoundRegion
from .PETUnits import termsOf
from .SlicePlanes import SlicePlanes
from .StorageClasses import CR, CT, DX, MR, NM, PT, SC, US, StorageClass
from .StoredVoxels import StoredVoxels
from .VolumeContent import VolumeContent

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

# Pseudo-tags that 3D Slicer names otherwise than the standard.
RENAMED_TAGS = {"Model": "ManufacturerModelName"}
# Given anew for every object or from the volume itself; a tag of this name is no wish of the user.
_OWN = {
    "SOPClassUID", "SOPInstanceUID", "Rows", "Columns", "BitsAllocated", "BitsStored", "HighBit", "PixelData",
    "PixelRepresentation", "SamplesPerPixel", "PhotometricInterpretation", "RescaleSlope", "RescaleIntercept",
    "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness", "SpacingBetweenSlices",
    "TransferSyntaxUID", "SpecificCharacterSet",
}  # fmt: skip
REQUIRED_EMPTY = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "ReferringPhysicianName",
    "StudyID", "AccessionNumber", "SeriesNumber", "Manufacturer", "PositionReferenceIndicator", "Laterality",
)  # fmt: skip
# Body parts of PS3.16 annex L that a person has two of: their side is to be told, or said to be unknown.
PAIRED_PARTS = {
    "ANKLE", "ARM", "BREAST", "CALF", "CLAVICLE", "EAR", "ELBOW", "EXTREMITY", "EYE", "FINGER", "FOOT", "FOREARM",
    "HAND", "HIP", "HUMERUS", "KIDNEY", "KNEE", "LEG", "LUNG", "ORBIT", "SCAPULA", "SHOULDER", "THIGH", "TOE", "WRIST",
}  # fmt: skip
# Kinds that may not be MONOCHROME1 (C.8.4.2, C.8.5.6.1.2, C.8.9.4.1.4), and the most bits GDCM turns around: of images
# with more it gives memory that was never written.
_BRIGHT_ON_DARK = (NM, PT, US)
_MOST_INVERTED_BITS = 16
_CODE = re.compile(r'\((?P<value>.+?), *(?P<scheme>[^,]+), *"(?P<meaning>.*)"\)')
_ANNOTATION = re.compile(r"\{([^}]*)\}(?=\w)")
# Of a quantity that has none, as fractional anisotropy.
NO_UNITS = ("1", "UCUM", "no units")
HOUNSFIELD = "[hnsf'U]"


def seriesObject(
    content: VolumeContent,
    storage: StorageClass,
    stored: StoredVoxels,
    planes: SlicePlanes,
    tags: Mapping[str, str],
    carried: Mapping[str, str],
    imageType: str = "",
    rescaleType: str = "",
) -> Dataset:
    """What all objects of the series have in common.

    :param tags: keyword → text, as the user set them; UIDs are in it
    :param carried: path → text, of the source
    :param imageType: third value of the source's image type
    :param rescaleType: of the source; it counts where the unit is not known
    :raises ExportError: when a tag has a value that the standard does not allow
    """
    from pydicom.dataset import Dataset

    dataset = Dataset()
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in REQUIRED_EMPTY:
        setattr(dataset, keyword, "")
    for keyword, value in storage.defaults.items():
        setattr(dataset, keyword, value)
    putInto(dataset, carried)
    putTags(dataset, tags)
    completeModules(dataset)
    putDates(dataset, storage)
    dataset.SOPClassUID = storage.uid
    third = imageType or storage.defaults.get("ImageType", "")
    # PET knows no secondary images (C.8.9.4.1.3).
    dataset.ImageType = ["DERIVED", "PRIMARY" if storage is PT else "SECONDARY"]
    if storage in (CT, MR):
        dataset.ImageType.append(third)
    _pixels(dataset, content, storage, stored)
    _geometry(dataset, content, storage, planes, tags)
    _values(dataset, content, storage, stored, rescaleType)
    if carried.get("LossyImageCompression") == "01":  # whatever was set: it stays true (C.7.6.1.1.5)
        dataset.LossyImageCompression = "01"
    if storage is US:
        ultrasoundRegion(dataset, planes)
    if storage is DX:
        completeDX(dataset, content, stored, planes)
    return dataset


def putTags(dataset: Dataset, tags: Mapping[str, str]) -> None:
    """What the user set; pseudo-tags and what is not his to set are left out.

    :raises ExportError: when a tag has a value that the standard does not allow
    """
    from pydicom.datadict import tag_for_keyword

    for name, text in tags.items():
        keyword = RENAMED_TAGS.get(name, name)
        if keyword in _OWN or tag_for_keyword(keyword) is None:
            continue
        if text.strip() and putInto(dataset, {keyword: text.strip()}):
            raise ExportError(f"the value of {keyword} is not one that the standard allows")


def putDates(dataset: Dataset, storage: StorageClass | None = None) -> None:
    """When the object was made, and the moments that were not set and have to be known for its kind."""
    now = datetime.datetime.now()
    date, time = now.strftime("%Y%m%d"), now.strftime("%H%M%S")
    dataset.InstanceCreationDate, dataset.InstanceCreationTime = date, time
    levels = ("Content", "Series") if storage is PT else ("Content",)
    for level in levels:
        if not dataset.get(f"{level}Date"):
            setattr(dataset, f"{level}Date", date)
            setattr(dataset, f"{level}Time", time)
        elif not dataset.get(f"{level}Time"):
            setattr(dataset, f"{level}Time", "000000")


def _pixels(dataset: Dataset, content: VolumeContent, storage: StorageClass, stored: StoredVoxels) -> None:
    bits = stored.dtype.itemsize * 8
    dataset.Columns, dataset.Rows, _ = content.dimensions
    dataset.SamplesPerPixel = 1 if content.array.ndim == 3 else 3
    isInverted = content.isInverted and storage not in _BRIGHT_ON_DARK and bits <= _MOST_INVERTED_BITS
    dataset.PhotometricInterpretation = "MONOCHROME1" if isInverted else "MONOCHROME2"
    if content.array.ndim == 4:
        dataset.PhotometricInterpretation, dataset.PlanarConfiguration = "RGB", 0
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")


def settleSide(dataset: Dataset, tags: Mapping[str, str], name: str) -> None:
    """Laterality is R or L of a part that a person has two of, empty where it is unknown, else absent (PS3.3 C.7.3.1).

    :param name: of the volume, for messages
    :raises ExportError: when a side was set of something else, which may not be lost unsaid
    """
    part = dataset.get("BodyPartExamined") or ""
    isPaired = part in PAIRED_PARTS
    if tags.get("Laterality", "").strip() and not isPaired:
        hint = "Set BodyPartExamined, for instance to KNEE, or leave the Laterality empty"
        raise ExportError("Laterality can only be said of a body part that a person has two of", name, part, hint)
    if not isPaired or dataset.get("Laterality") not in ("R", "L"):
        dataset.Laterality = ""
    if part and not isPaired:
        del dataset.Laterality


def _geometry(
    dataset: Dataset, content: VolumeContent, storage: StorageClass, planes: SlicePlanes, tags: Mapping[str, str]
) -> None:
    dataset.PixelSpacing = decimalStrings(planes.pixelSpacing)
    if not dataset.get("SliceThickness"):  # else it was carried: that of slices is not their distance
        dataset.SliceThickness = decimalString(planes.sliceSpacing)
    dataset.SpacingBetweenSlices = decimalString(planes.sliceSpacing)
    if content.hasPlace:
        dataset.ImageOrientationPatient = decimalStrings(planes.orientation)
    elif storage.needsPlace:
        raise ExportError(
            f"it is not known where in the patient the volume is, which {storage.name} objects have to say",
            content.name, hint="Choose the modality OT",
        )  # fmt: skip
    else:
        dataset.pop("FrameOfReferenceUID", None)
        dataset.pop("PositionReferenceIndicator", None)
    if not storage.needsPlace and storage is not DX:
        dataset.PatientOrientation = ""
    if storage is not DX:  # which says the side of the image instead
        settleSide(dataset, tags, content.name)
    if storage is PT:
        completePET(dataset)
    if storage in (CT, MR) and "PatientPosition" not in dataset:
        dataset.PatientPosition = ""


def _values(
    dataset: Dataset, content: VolumeContent, storage: StorageClass, stored: StoredVoxels, rescaleType: str
) -> None:
    """What stored values mean, and how they are shown."""
    hasQuantityOnly = not content.units.strip() and code(content.quantity) is not None
    units = NO_UNITS if hasQuantityOnly else code(content.units)
    if storage in (CT, PT) or stored.isRescaled:
        dataset.RescaleSlope = decimalString(stored.slope)
        dataset.RescaleIntercept = decimalString(stored.intercept)
    if storage is CT or (stored.isRescaled and storage in (SC, CR, MR)):
        unknown = rescaleType or ("HU" if storage is CT else "US")  # as in Slicer
        known = "HU" if units is not None and units[0] == HOUNSFIELD else "US"
        dataset.RescaleType = unknown if units is None else known
    if storage is PT:
        dataset.Units, dataset.SUVType = termsOf(units[0] if units else "")
        if not dataset.SUVType:
            del dataset.SUVType
        dataset.NumberOfSlices = content.dimensions[2]
    if units is not None and units[0] != HOUNSFIELD and stored.dtype.itemsize <= 2 and storage is not SC:
        dataset.RealWorldValueMappingSequence = [mappingItem(stored, units, code(content.quantity))]
    if content.window is not None:
        width, centre = content.window
        dataset.WindowCenter, dataset.WindowWidth = decimalString(centre), decimalString(width)
        if width < 1:  # C.11.2.1.2.1: else at least 1
            dataset.VOILUTFunction = "LINEAR_EXACT"
        if width <= 0:
            del dataset.WindowCenter, dataset.WindowWidth, dataset.VOILUTFunction


def code(text: str) -> tuple[str, str, str] | None:
    """(value, scheme, meaning) of a code's text, None when it is none, or longer than a file can hold (PS3.5 6.2)."""
    found = _CODE.fullmatch(text.strip())
    if "\\" in text or not text.strip().isprintable():
        return None
    if found is None or max(len(found["value"]), len(found["scheme"].strip())) > 16 or len(found["meaning"]) > 64:
        return None
    return found["value"], found["scheme"].strip(), found["meaning"]


def unitWord(units: str) -> str:
    """A unit's code text as people write it, "" where there is none: HU, mm2/s, SUVbw g/ml."""
    found = code(units)
    if found is None or found == NO_UNITS:
        return ""
    value, scheme, meaning = found
    if scheme != "UCUM":
        return meaning
    return "HU" if value == HOUNSFIELD else _ANNOTATION.sub(r"\1 ", value).replace("{", "").replace("}", "")


def mappingItem(stored: StoredVoxels, units: Sequence[str], quantity: Sequence[str] | None) -> Dataset:
    """PS3.3 C.7.6.16.2.11: which unit, and what, the rescaled values are."""
    import numpy

    item = meaningItem(units, quantity)
    limits, vr = numpy.iinfo(stored.dtype), "SS" if stored.dtype.kind == "i" else "US"
    item.add_new("RealWorldValueFirstValueMapped", vr, int(limits.min))
    item.add_new("RealWorldValueLastValueMapped", vr, int(limits.max))
    item.RealWorldValueSlope, item.RealWorldValueIntercept = stored.slope, stored.intercept
    return item


def meaningItem(units: Sequence[str], quantity: Sequence[str] | None) -> Dataset:
    """An item of a real world value mapping without its numbers (PS3.3 C.7.6.16.2.11): unit and quantity."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.LUTExplanation, item.LUTLabel = units[2][:64], units[0][:16]
    item.MeasurementUnitsCodeSequence = [codeItem(units)]
    if quantity is not None:
        definition = Dataset()
        definition.ValueType = "CODE"
        definition.ConceptNameCodeSequence = [codeItem(("246205007", "SCT", "Quantity"))]
        definition.ConceptCodeSequence = [codeItem(quantity)]
        item.QuantityDefinitionSequence = [definition]
    return item
