"""What objects of one modality have to say besides: uptake, ultrasound regions, digital X-rays."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy

from DICOMLib.Export.DecimalString import decimalString, decimalStrings

from .CodeItems import codeItem
from .SlicePlanes import SlicePlanes
from .StoredVoxels import StoredVoxels
from .VolumeContent import VolumeContent

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MM_PER_CM = 10.0
# PS3.3 C.8.5.5: a picture of tissue, its axes in centimetres
_TWO_DIMENSIONAL, _TISSUE, _CENTIMETRES = 1, 1, 3
# PS3.3 C.7.6.1.1.1
_DIRECTIONS = (("L", "R"), ("P", "A"), ("H", "F"))
# A direction this far along an axis is named after it, too.
_NAMED_COSINE = 0.3
# PS3.16 CID 4009 by the body part of PS3.16 annex L; of others nobody knows more than that it is of a body.
ENTIRE_BODY = ("38266002", "Entire body")
ANATOMY = {
    "ABDOMEN": ("818981001", "Abdomen"), "ABDOMENPELVIS": ("818982008", "Abdomen and Pelvis"),
    "ANKLE": ("70258002", "Ankle joint"), "BREAST": ("76752008", "Breast"), "CHEST": ("816094009", "Chest"),
    "CLAVICLE": ("51299004", "Clavicle"), "COCCYX": ("64688005", "Coccyx"), "CSPINE": ("122494005", "Cervical spine"),
    "ELBOW": ("16953009", "Elbow joint"), "EXTREMITY": ("66019005", "Extremity"), "FEMUR": ("71341001", "Femur"),
    "FINGER": ("7569003", "Finger"), "FOOT": ("56459004", "Foot"), "FOREARM": ("14975008", "Forearm"),
    "HAND": ("85562004", "Hand"), "HEAD": ("69536005", "Head"), "HEART": ("80891009", "Heart"),
    "HIP": ("29836001", "Hip"), "HUMERUS": ("85050009", "Humerus"), "JAW": ("661005", "Jaw region"),
    "KNEE": ("72696002", "Knee"), "LSPINE": ("122496007", "Lumbar spine"), "NECK": ("45048000", "Neck"),
    "PATELLA": ("64234005", "Patella"), "PELVIS": ("816092008", "Pelvis"), "PHANTOM": ("706342009", "Phantom"),
    "RIB": ("113197003", "Rib"), "SCAPULA": ("79601000", "Scapula"), "SHOULDER": ("16982005", "Shoulder"),
    "SKULL": ("89546000", "Skull"), "SPINE": ("421060004", "Spine"), "STERNUM": ("56873002", "Sternum"),
    "THIGH": ("68367000", "Thigh"), "THUMB": ("76505004", "Thumb"), "TOE": ("29707007", "Toe"),
    "TSPINE": ("122495006", "Thoracic spine"), "WRIST": ("74670003", "Wrist joint"),
}  # fmt: skip


def completePET(dataset: Dataset) -> None:
    """PS3.3 C.8.4.6: orientation codes take the place of PatientPosition; C.8.9.2: empty where unknown."""
    dataset.pop("PatientPosition", None)
    for item in dataset.RadiopharmaceuticalInformationSequence:
        if "RadionuclideCodeSequence" not in item:
            item.RadionuclideCodeSequence = []


def ultrasoundRegion(dataset: Dataset, planes: SlicePlanes) -> None:
    """One region that is the whole picture (PS3.3 C.8.5.5): readers of ultrasound take the size of pixels from it."""
    from pydicom.dataset import Dataset

    region = Dataset()
    region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = _TWO_DIMENSIONAL, _TISSUE, 0
    region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, 0
    region.RegionLocationMaxX1, region.RegionLocationMaxY1 = dataset.Columns - 1, dataset.Rows - 1
    region.PhysicalUnitsXDirection = region.PhysicalUnitsYDirection = _CENTIMETRES
    rowSpacing, columnSpacing = planes.pixelSpacing
    region.PhysicalDeltaX, region.PhysicalDeltaY = columnSpacing / _MM_PER_CM, rowSpacing / _MM_PER_CM
    dataset.SequenceOfUltrasoundRegions = [region]


def completeDX(dataset: Dataset, content: VolumeContent, stored: StoredVoxels, planes: SlicePlanes) -> None:
    """PS3.3 C.8.11.2 to C.8.11.4, C.7.6.14: anatomy, values, detector. What was carried or set counts first."""
    _anatomy(dataset)
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.ImagerPixelSpacing = decimalStrings(planes.pixelSpacing)
    dataset.RescaleSlope, dataset.RescaleIntercept, dataset.RescaleType = "1", "0", "US"
    isInverted = dataset.PhotometricInterpretation == "MONOCHROME1"
    dataset.PresentationLUTShape = "INVERSE" if isInverted else "IDENTITY"
    if content.hasPlace:
        row, column = planes.orientation[:3], planes.orientation[3:]
        dataset.PatientOrientation = [directionLetters(row), directionLetters(column)]
    if "WindowWidth" not in dataset:  # has to be there: everything is shown
        centre, width = fullWindow(stored.array)
        dataset.WindowCenter, dataset.WindowWidth = decimalString(centre), decimalString(width)


def _anatomy(dataset: Dataset) -> None:
    part = (dataset.get("BodyPartExamined") or "").strip()
    if not dataset.get("AnatomicRegionSequence"):
        value, meaning = ANATOMY.get(part, ENTIRE_BODY)
        dataset.AnatomicRegionSequence = [codeItem((value, "SCT", meaning))]
    if not dataset.get("ImageLaterality"):
        side = dataset.get("Laterality") or ""
        dataset.ImageLaterality = side if side in ("L", "R") else "U"
    dataset.pop("Laterality", None)  # C.7.3.1: not beside that of the image


def directionLetters(direction: numpy.ndarray) -> str:
    """Where a direction in LPS points to, the axis that it follows most first, e.g. "LP" (PS3.3 C.7.6.1.1.1)."""
    order = sorted(range(3), key=lambda axis: -abs(direction[axis]))
    named = [axis for axis in order if abs(direction[axis]) >= _NAMED_COSINE]
    return "".join(_DIRECTIONS[axis][int(direction[axis] < 0)] for axis in named)


def fullWindow(array: numpy.ndarray) -> tuple[float, float]:
    """(centre, width) that shows every value in its own grey (PS3.3 C.11.2.1.2.1)."""
    low, high = float(array.min()), float(array.max())
    return (low + high + 1) / 2, high - low + 1
