"""The text of an element's value, as the database keeps it: several values are joined by backslashes."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from functools import lru_cache

from ..NestedTags import ELEMENTS
from ..Tags import ALL_TAGS, DOUBLE_FLOAT_PIXEL_DATA, FLOAT_PIXEL_DATA, PIXEL_DATA, tagNumber
from .CharacterSets import TEXT_VRS, decodeText
from .Limits import MAX_BINARY_VALUE_LENGTH

# VR of every tag of Tags.py (PS3.6), for implicit VR where the file does not say it. "US or SS" depends on
# PixelRepresentation (PS3.3 C.7.6.3.1.5).
US_OR_SS = "US or SS"
_KEYWORDS_BY_VR = {
    "UI": "TransferSyntaxUID SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID FrameOfReferenceUID",
    "CS": "SpecificCharacterSet ImageType Modality ConversionType PatientSex BodyPartExamined ScanningSequence "
    "PatientPosition PhotometricInterpretation BurnedInAnnotation LossyImageCompression Units "
    "CorrectedImage SUVType DecayCorrection DoseUnits VOILUTFunction",
    "DA": "StudyDate SeriesDate AcquisitionDate ContentDate PatientBirthDate",
    "TM": "StudyTime SeriesTime AcquisitionTime ContentTime",
    "SH": "AccessionNumber StudyID StackID RTImageLabel StructureSetLabel RTPlanLabel ConvolutionKernel",
    "LO": "Manufacturer InstitutionName StudyDescription SeriesDescription ManufacturerModelName PatientID "
    "IssuerOfPatientID ContrastBolusAgent ProtocolName RescaleType WindowCenterWidthExplanation RTImageName "
    "StructureSetName RTPlanName",
    "PN": "ReferringPhysicianName PerformingPhysicianName PatientName",
    "AS": "PatientAge",
    "DS": "PatientWeight PatientSize FrameReferenceTime KVP FlipAngle "
    "InversionTime GridFrameOffsetVector NominalScannedPixelSpacing "
    "SliceThickness EchoTime SpacingBetweenSlices TriggerTime FrameTime GantryDetectorTilt "
    "ImagerPixelSpacing ImagePositionPatient ImageOrientationPatient PixelSpacing WindowCenter WindowWidth "
    "RescaleIntercept RescaleSlope DoseGridScaling",
    "LT": "PatientComments",
    "IS": "EchoNumbers ActualFrameDuration "
    "SeriesNumber AcquisitionNumber InstanceNumber TemporalPositionIdentifier NumberOfFrames "
    "PixelAspectRatio",
    "FD": "DiffusionBValue DiffusionGradientOrientation",
    "AT": "FrameIncrementPointer",
    "US": "EnergyWindowVector DetectorVector PhaseVector RRIntervalVector TimeSlotVector SliceVector TimeSliceVector "
    "SamplesPerPixel PlanarConfiguration Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation",
    US_OR_SS: "SmallestImagePixelValue LargestImagePixelValue PixelPaddingValue PixelPaddingRangeLimit",
}
_VR_BY_KEYWORD = {keyword: vr for vr, keywords in _KEYWORDS_BY_VR.items() for keyword in keywords.split()}
_PIXEL_DATA_VRS = {FLOAT_PIXEL_DATA: "OF", DOUBLE_FLOAT_PIXEL_DATA: "OD", PIXEL_DATA: "OW"}
_VR_BY_TAG = {
    **{tag.number: _VR_BY_KEYWORD[tag.keyword] for tag in ALL_TAGS if tag.keyword in _VR_BY_KEYWORD},
    **{tagNumber(tag): vr for tag, vr in _PIXEL_DATA_VRS.items()},
    **dict(ELEMENTS.values()),
}

_ASCII_VRS = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"))
_NUMBER_FORMATS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_PADDING = " \0"


@lru_cache(maxsize=4096)
def standardVR(number: int) -> str:
    """The VR of PS3.6 for a tag number; "UN" for private and unknown tags."""
    if number in _VR_BY_TAG:
        return _VR_BY_TAG[number]
    if number & 0xFFFF == 0:
        return "UL"  # group length
    if number >> 16 & 1:
        return "LO" if 0x10 <= number & 0xFFFF <= 0xFF else "UN"  # private creator (PS3.5 7.8.1)
    from pydicom.datadict import dictionary_VR

    try:
        return dictionary_VR(number)
    except KeyError:
        return "UN"


# UIH's diffusion weighting and grids of slices, by the table that UIH gave to dcm2niix (UIH/README.md there).
_VRS_UNKNOWN_TO_PYDICOM = {
    (0x00650000 | low, "Image Private Header"): vr
    for low, vr in ((0x09, "FD"), (0x0A, "FD"), (0x37, "FD"), (0x50, "DS"), (0x51, "SQ"))
}


@lru_cache(maxsize=1024)
def privateVR(number: int, creator: str) -> str:
    """The VR of a private element, where a file does not say it; "UN" when it is not known.

    :param number: group, and the low byte of the element
    """
    from pydicom.datadict import private_dictionary_VR

    known = _VRS_UNKNOWN_TO_PYDICOM.get((number, creator))
    if known:
        return known
    try:
        return private_dictionary_VR(number & 0xFFFF0000 | 0x1000 | number & 0xFF, creator)
    except KeyError:
        return "UN"


def decodeValue(raw: bytes, vr: str, order: str = "<", characterSet: Sequence[str] = (), signed: bool = False) -> str:
    """The text of a value.

    :param raw: the bytes in the file
    :param vr: two letters, or the dictionary's "US or SS"
    :param order: byte order, "<" or ">"
    :param characterSet: the values of (0008,0005)
    :param signed: whether "US or SS" means SS
    :returns: trailing padding removed; "" for sequences and for long vendor blocks
    """
    if vr in _ASCII_VRS:
        text = raw.decode("latin-1").rstrip(_PADDING)
        return _withoutSpaces(text) if " " in text else text
    if vr in TEXT_VRS:
        return decodeText(raw, vr, characterSet).rstrip(_PADDING)
    if vr.startswith("US or"):
        vr = "SS" if signed else "US"
    if vr in _NUMBER_FORMATS:
        return _numbers(raw, _NUMBER_FORMATS[vr], order)
    if vr == "AT":
        return _tags(raw, order)
    return "" if vr == "SQ" else _opaque(raw, vr)


def _withoutSpaces(text: str) -> str:
    """Leading and trailing spaces of these VRs are padding, of each value (PS3.5 6.2)."""
    return "\\".join([part.strip(" ") for part in text.split("\\")])


def _numbers(raw: bytes, form: str, order: str) -> str:
    if form == "H" and len(raw) == 2:
        return str(int.from_bytes(raw, "little" if order == "<" else "big"))
    count = len(raw) // struct.calcsize(order + form)
    return "\\".join(map(str, struct.unpack_from(f"{order}{count}{form}", raw)))


def _tags(raw: bytes, order: str) -> str:
    words = struct.unpack_from(f"{order}{len(raw) // 4 * 2}H", raw)
    return "\\".join(f"{group:04X},{element:04X}" for group, element in zip(words[::2], words[1::2], strict=True))


def _opaque(raw: bytes, vr: str) -> str:
    """Bytes of unknown meaning: text when they are plain, else hexadecimal numbers joined by backslashes."""
    if vr == "UN" and raw.isascii():
        text = raw.decode("ascii").rstrip(_PADDING)
        if all(character.isprintable() or character in "\r\n\t\f" for character in text):
            return text
    return raw.hex("\\") if len(raw) <= MAX_BINARY_VALUE_LENGTH else ""
