"""What is kept of the objects a volume was made of: the written list, by module, and what becomes of the rest.

Kept is what is still true of an image that was computed from others of the same patient, study, equipment and
acquisition. Not on the list, and so dropped, is what describes the stored pixels (window, rescale, smallest and largest
value, padding, look-up tables, lossy compression), what places them (given anew from the volume), identifiers of the
objects, and everything private.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..Errors import FileError
from ..Files.HeaderScanner import scanFile
from ..TagPaths import normalizedPath
from ..Tags import keywordOfTag, tagNumber

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from ..Instance import Instance
    from ..Progress import Progress

PATIENT, STUDY = "Patient", "General Study"

MODULES: dict[str, tuple[str, ...]] = {
    # PS3.3 C.7.1.1, C.7.2.1, C.7.2.2: of the same person and visit; kept for the same PatientID and study only
    PATIENT: ("IssuerOfPatientID", "EthnicGroup", "PatientComments"),
    STUDY: (
        "ReferringPhysicianName", "AccessionNumber", "PatientAge", "PatientSize", "PatientWeight",
        "AdditionalPatientHistory",
    ),
    # PS3.3 C.7.3.1, C.7.4.1
    "General Series": (
        "Laterality", "BodyPartExamined", "PatientPosition", "ProtocolName", "PerformingPhysicianName", "OperatorsName",
        "PositionReferenceIndicator",
    ),
    # PS3.3 C.7.5.1; manufacturer and model can be set
    "General Equipment": (
        "InstitutionName", "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber", "SoftwareVersions",
    ),
    # PS3.3 C.7.6.1, C.7.6.4: when and with what the patient was imaged
    "Acquisition": (
        "AcquisitionNumber", "AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime", "ContrastBolusAgent",
        "ContrastBolusRoute", "ContrastBolusVolume", "ContrastBolusTotalDose",
    ),
}  # fmt: skip

MODALITY_MODULES: dict[str, tuple[str, ...]] = {
    # PS3.3 C.8.2.1
    "CT": (
        "KVP", "ScanOptions", "DataCollectionDiameter", "ExposureTime", "XRayTubeCurrent", "Exposure", "FilterType",
        "ConvolutionKernel", "GeneratorPower", "FocalSpots", "RotationDirection", "RevolutionTime",
        "SingleCollimationWidth", "TotalCollimationWidth", "TableSpeed", "SpiralPitchFactor", "CTDIvol",
    ),
    # PS3.3 C.8.3.1
    "MR": (
        "ScanningSequence", "SequenceVariant", "ScanOptions", "MRAcquisitionType", "SequenceName", "RepetitionTime",
        "EchoTime", "EchoTrainLength", "InversionTime", "TriggerTime", "NumberOfAverages", "ImagingFrequency",
        "ImagedNucleus", "EchoNumbers", "MagneticFieldStrength", "FlipAngle", "SAR", "dBdt", "ReceiveCoilName",
        "TransmitCoilName", "InPlanePhaseEncodingDirection", "PixelBandwidth", "AngioFlag",
    ),
    # PS3.3 C.8.9.1, C.8.9.2, C.8.9.4: what uptake values are computed from stays with the image
    "PT": (
        "CountsSource", "CorrectedImage", "DecayCorrection", "CollimatorType", "AttenuationCorrectionMethod",
        "ScatterCorrectionMethod", "ReconstructionMethod", "RandomsCorrectionMethod", "FrameReferenceTime",
        "ActualFrameDuration", "DoseCalibrationFactor", "DecayFactor",
        "RadiopharmaceuticalInformationSequence[0].Radiopharmaceutical",
        "RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartTime",
        "RadiopharmaceuticalInformationSequence[0].RadiopharmaceuticalStartDateTime",
        "RadiopharmaceuticalInformationSequence[0].RadionuclideTotalDose",
        "RadiopharmaceuticalInformationSequence[0].RadionuclideHalfLife",
        "RadiopharmaceuticalInformationSequence[0].RadionuclidePositronFraction",
        "RadiopharmaceuticalInformationSequence[0].RadionuclideCodeSequence[0].CodeValue",
        "RadiopharmaceuticalInformationSequence[0].RadionuclideCodeSequence[0].CodingSchemeDesignator",
        "RadiopharmaceuticalInformationSequence[0].RadionuclideCodeSequence[0].CodeMeaning",
    ),
}  # fmt: skip
# Uptake values are counted from the start of the series (PS3.3 C.8.9.1).
MODALITY_MODULES["PT"] += ("SeriesDate", "SeriesTime")


# May be there only where another attribute has one of some values.
_CONDITIONS = {
    "InversionTime": ("ScanningSequence", ("IR",)),
    "TriggerTime": ("ScanOptions", ("CG", "PPG")),
}

# What decides about the others, and what the written objects refer to.
_IDENTIFYING = (
    "PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID", "FrameOfReferenceUID",
    "Modality", "ImageType", "RescaleType",
)  # fmt: skip


@dataclass
class Carried:
    """Attributes of the source that still hold, as paths (see ``TagPaths``) → text of the value.

    :ivar common: those that all objects of the source agree on
    :ivar ofSlices: those that differ, one mapping for each slice; empty where slices are not those of the source
    :ivar dropped: path → why it was not kept, of those on the list
    """

    common: dict[str, str] = field(default_factory=dict)
    ofSlices: list[dict[str, str]] = field(default_factory=list)
    dropped: dict[str, str] = field(default_factory=dict)


def sourceHeaders(instances: Iterable[Instance], progress: Progress | None = None) -> list[Mapping[str, str]]:
    """What the files say themselves, path → text; files that cannot be read any more are left out."""
    wanted = [path for modules in (MODULES, MODALITY_MODULES) for names in modules.values() for path in names]
    wanted += _IDENTIFYING
    found = []
    for instance in instances:
        if progress is not None:
            progress.raiseIfCancelled()
        try:
            found.append(scanFile(instance.path, wanted).values)
        except FileError:
            continue
    return found


def carriedAttributes(
    headers: Sequence[Mapping[str, str]], target: Mapping[str, str], slicesAreTheSame: bool
) -> Carried:
    """What of the source is written again.

    :param headers: of :func:`sourceHeaders`, in slice order
    :param target: keyword → value of what is written: PatientID, StudyInstanceUID, Modality decide
    :param slicesAreTheSame: whether headers and slices belong together one by one
    """
    result = Carried()
    if not headers:
        return result
    if slicesAreTheSame:
        result.ofSlices = [{} for _ in headers]
    for module, names in {**MODULES, **MODALITY_MODULES}.items():
        reason = _reasonToDrop(module, headers[0], target)
        for name in names:
            _carry(name, headers, reason or _unfulfilled(name, headers), result)
    return result


def _unfulfilled(name: str, headers: Sequence[Mapping[str, str]]) -> str:
    """Why a conditional attribute may not be there (PS3.3 C.8.3.1), though many scanners write it always."""
    if name not in _CONDITIONS:
        return ""
    condition, allowed = _CONDITIONS[name]
    texts = [header.get(normalizedPath(condition), "") for header in headers]
    isFulfilled = all(any(one in text.split("\\") for one in allowed) for text in texts)
    return "" if isFulfilled else f"{condition} does not ask for it"


def _reasonToDrop(module: str, header: Mapping[str, str], target: Mapping[str, str]) -> str:
    if module == PATIENT and not _agree("PatientID", header, target):
        return "it is of another patient"
    if module == STUDY and not (_agree("PatientID", header, target) and _agree("StudyInstanceUID", header, target)):
        return "it is of another study"
    if module in MODALITY_MODULES and not (target.get("Modality") == module and _agree("Modality", header, target)):
        return "it is of another modality"
    return ""


def _agree(keyword: str, header: Mapping[str, str], target: Mapping[str, str]) -> bool:
    return header.get(normalizedPath(keyword), "").strip() == target.get(keyword, "").strip()


def _carry(name: str, headers: Sequence[Mapping[str, str]], reason: str, result: Carried) -> None:
    key = normalizedPath(name)
    values = [header.get(key, "") for header in headers]
    if not any(values):
        return
    if reason:
        result.dropped[name] = reason
    elif all(value == values[0] for value in values):
        result.common[name] = values[0]
    elif result.ofSlices:
        for mapping, value in zip(result.ofSlices, values, strict=True):
            if value:
                mapping[name] = value
    else:
        result.dropped[name] = "it differs from slice to slice"


def putInto(dataset: Dataset, attributes: Mapping[str, str]) -> dict[str, str]:
    """Write attributes into a data set, making the sequences on their way.

    :returns: path → reason, of those whose value the standard does not allow, which are left out
    """
    refused = {}
    for path, text in attributes.items():
        try:
            _put(dataset, path, text)
        except (ValueError, TypeError, OverflowError):
            refused[path] = "its value is not valid"
    return refused


def _put(dataset: Dataset, path: str, text: str) -> None:
    from pydicom import config
    from pydicom.datadict import dictionary_VR, tag_for_keyword
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset
    from pydicom.sequence import Sequence

    *sequences, keyword = path.replace("[0]", "").split(".")
    tag = tag_for_keyword(keyword)
    vr = dictionary_VR(tag)
    values = [_typed(part, vr) for part in text.split("\\")] if vr not in ("LT", "ST", "UT") else [text]
    element = DataElement(tag, vr, values if len(values) > 1 else values[0], validation_mode=config.RAISE)
    for name in sequences:
        if not dataset.get(name):
            setattr(dataset, name, Sequence([Dataset()]))
        dataset = getattr(dataset, name)[0]
    dataset.add(element)


def _typed(text: str, vr: str) -> object:
    text = text.strip()
    if vr in ("US", "SS", "UL", "SL"):
        return int(text)
    return float(text) if vr in ("FL", "FD") else text


def differenceText(header: Mapping[str, str], written: Dataset, dropped: Mapping[str, str] | None = None) -> str:
    """What became of the attributes of a source object, a line for each that is not the same: it is for people to read.

    :param header: of :func:`sourceHeaders`
    :param dropped: path → why, where that is known
    """
    reasons = {normalizedPath(path): reason for path, reason in (dropped or {}).items()}
    lines = []
    present = {f"{element.tag.group:04X},{element.tag.element:04X}": element for element in written}
    for key in sorted({*(key for key in header if len(key) == 9 and not key.startswith("0002")), *present}):
        name = keywordOfTag(tagNumber(key)) or key
        before = header.get(key, "").strip()
        after = _text(present.get(key))
        if key not in present and before:
            reason = reasons.get(key, "it describes the stored objects of the source")
            lines.append(f"dropped  {name}: {before!r} ({reason})")
        elif key in present and before != after:
            lines.append(f"changed  {name}: {before!r} -> {after!r}" if before else f"new      {name}: {after!r}")
    return "\n".join(lines)


def _text(element) -> str:
    if element is None or element.value is None:
        return ""
    if element.VR == "SQ":
        return f"{len(element.value)} items"
    if element.VR in ("OB", "OW", "UN"):
        return "binary data"
    values = element.value if element.VM > 1 else [element.value]
    return "\\".join(str(value) for value in values)
