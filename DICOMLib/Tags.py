"""Every DICOM tag the project reads, once: its keyword, its number, and why it is kept in the database at import.

A tag is written "GGGG,EEEE" in upper-case hexadecimal, as in 3D Slicer's database. Source of names and numbers: PS3.6.
"""

from __future__ import annotations

from dataclasses import dataclass

from .NestedTags import ELEMENTS


@dataclass(frozen=True)
class Tag:
    """A tag the project reads."""

    keyword: str
    """DICOM keyword, spelled as in PS3.6."""
    text: str
    """"GGGG,EEEE" in upper-case hexadecimal."""
    reason: str
    """Why the header scanner keeps it at import."""

    @property
    def number(self) -> int:
        """32-bit tag number, group in the upper half."""
        return int(self.text[:4], 16) << 16 | int(self.text[5:], 16)


_HIERARCHY = "identifies and names patient, study, series, instance"
_BROWSER = "shown in the browser"
_GEOMETRY = "places the slice in space"
_PIXELS = "needed to read the pixel data"
_DISPLAY = "initial display"
_SPLIT = "splits a series into volumes"

ALL_TAGS: tuple[Tag, ...] = tuple(
    Tag(keyword, text, reason)
    for keyword, text, reason in (
        ("TransferSyntaxUID", "0002,0010", _PIXELS),
        ("SpecificCharacterSet", "0008,0005", "decodes text"),
        ("ImageType", "0008,0008", _SPLIT),
        ("SOPClassUID", "0008,0016", _HIERARCHY),
        ("SOPInstanceUID", "0008,0018", _HIERARCHY),
        ("StudyDate", "0008,0020", _BROWSER),
        ("SeriesDate", "0008,0021", _BROWSER),
        ("AcquisitionDate", "0008,0022", _SPLIT),
        ("ContentDate", "0008,0023", _SPLIT),
        ("StudyTime", "0008,0030", _BROWSER),
        ("SeriesTime", "0008,0031", _BROWSER),
        ("AcquisitionTime", "0008,0032", _SPLIT),
        ("ContentTime", "0008,0033", _SPLIT),
        ("AccessionNumber", "0008,0050", _BROWSER),
        ("Modality", "0008,0060", _HIERARCHY),
        ("ConversionType", "0008,0064", "tells a secondary capture's origin"),
        ("Manufacturer", "0008,0070", "vendor rules; shown in the data tree"),
        ("InstitutionName", "0008,0080", _BROWSER),
        ("ReferringPhysicianName", "0008,0090", _BROWSER),
        ("StudyDescription", "0008,1030", _BROWSER),
        ("SeriesDescription", "0008,103E", _BROWSER),
        ("PerformingPhysicianName", "0008,1050", _BROWSER),
        ("ManufacturerModelName", "0008,1090", "shown in the data tree"),
        ("PatientName", "0010,0010", _HIERARCHY),
        ("PatientID", "0010,0020", _HIERARCHY),
        ("IssuerOfPatientID", "0010,0021", "tells patients of two hospitals apart"),
        ("PatientBirthDate", "0010,0030", _BROWSER),
        ("PatientSex", "0010,0040", _BROWSER),
        ("PatientAge", "0010,1010", _BROWSER),
        ("PatientSize", "0010,1020", "standardised uptake value"),
        ("PatientWeight", "0010,1030", "standardised uptake value"),
        ("PatientComments", "0010,4000", _BROWSER),
        ("ContrastBolusAgent", "0018,0010", _BROWSER),
        ("BodyPartExamined", "0018,0015", _BROWSER),
        ("ScanningSequence", "0018,0020", _BROWSER),
        ("SliceThickness", "0018,0050", _GEOMETRY),
        ("KVP", "0018,0060", _SPLIT),
        ("EchoTime", "0018,0081", _SPLIT),
        ("InversionTime", "0018,0082", _SPLIT),
        ("EchoNumbers", "0018,0086", _SPLIT),
        ("SpacingBetweenSlices", "0018,0088", _GEOMETRY),
        ("ProtocolName", "0018,1030", _BROWSER),
        ("TriggerTime", "0018,1060", _SPLIT),
        ("FrameTime", "0018,1063", "speed of a cine"),
        ("GantryDetectorTilt", "0018,1120", "confirms a tilted gantry"),
        ("ImagerPixelSpacing", "0018,1164", _GEOMETRY),
        ("ConvolutionKernel", "0018,1210", _SPLIT),
        ("ActualFrameDuration", "0018,1242", "standardised uptake value"),
        ("FlipAngle", "0018,1314", _SPLIT),
        ("NominalScannedPixelSpacing", "0018,2010", _GEOMETRY),
        ("PatientPosition", "0018,5100", _GEOMETRY),
        ("DiffusionBValue", "0018,9087", _SPLIT),
        ("DiffusionGradientOrientation", "0018,9089", _SPLIT),
        ("StudyInstanceUID", "0020,000D", _HIERARCHY),
        ("SeriesInstanceUID", "0020,000E", _HIERARCHY),
        ("StudyID", "0020,0010", _BROWSER),
        ("SeriesNumber", "0020,0011", _BROWSER),
        ("AcquisitionNumber", "0020,0012", _SPLIT),
        ("InstanceNumber", "0020,0013", _HIERARCHY),
        ("ImagePositionPatient", "0020,0032", _GEOMETRY),
        ("ImageOrientationPatient", "0020,0037", _GEOMETRY),
        ("FrameOfReferenceUID", "0020,0052", _GEOMETRY),
        ("TemporalPositionIdentifier", "0020,0100", _SPLIT),
        ("StackID", "0020,9056", _SPLIT),
        ("SamplesPerPixel", "0028,0002", _PIXELS),
        ("PhotometricInterpretation", "0028,0004", _PIXELS),
        ("PlanarConfiguration", "0028,0006", _PIXELS),
        ("NumberOfFrames", "0028,0008", _PIXELS),
        ("FrameIncrementPointer", "0028,0009", _SPLIT),
        ("Rows", "0028,0010", _PIXELS),
        ("Columns", "0028,0011", _PIXELS),
        ("PixelSpacing", "0028,0030", _GEOMETRY),
        ("PixelAspectRatio", "0028,0034", _GEOMETRY),
        ("CorrectedImage", "0028,0051", "standardised uptake value"),
        ("BitsAllocated", "0028,0100", _PIXELS),
        ("BitsStored", "0028,0101", _PIXELS),
        ("HighBit", "0028,0102", _PIXELS),
        ("PixelRepresentation", "0028,0103", _PIXELS),
        ("SmallestImagePixelValue", "0028,0106", _DISPLAY),
        ("LargestImagePixelValue", "0028,0107", _DISPLAY),
        ("PixelPaddingValue", "0028,0120", _DISPLAY),
        ("PixelPaddingRangeLimit", "0028,0121", _DISPLAY),
        ("BurnedInAnnotation", "0028,0301", "warns of a name in the picture"),
        ("WindowCenter", "0028,1050", _DISPLAY),
        ("WindowWidth", "0028,1051", _DISPLAY),
        ("RescaleIntercept", "0028,1052", _PIXELS),
        ("RescaleSlope", "0028,1053", _PIXELS),
        ("RescaleType", "0028,1054", "unit of the voxels"),
        ("WindowCenterWidthExplanation", "0028,1055", _DISPLAY),
        ("VOILUTFunction", "0028,1056", _DISPLAY),
        ("LossyImageCompression", "0028,2110", "warns of lossy compression"),
        ("EnergyWindowVector", "0054,0010", _SPLIT),
        ("DetectorVector", "0054,0020", _SPLIT),
        ("PhaseVector", "0054,0030", _SPLIT),
        ("RRIntervalVector", "0054,0060", _SPLIT),
        ("TimeSlotVector", "0054,0070", _SPLIT),
        ("SliceVector", "0054,0080", _GEOMETRY),
        ("TimeSliceVector", "0054,0100", _SPLIT),
        ("Units", "0054,1001", "unit of the voxels"),
        ("SUVType", "0054,1006", "standardised uptake value"),
        ("DecayCorrection", "0054,1102", "standardised uptake value"),
        ("FrameReferenceTime", "0054,1300", "standardised uptake value"),
        ("RTImageLabel", "3002,0002", _BROWSER),
        ("RTImageName", "3002,0003", _BROWSER),
        ("DoseUnits", "3004,0002", "unit of the voxels"),
        ("GridFrameOffsetVector", "3004,000C", _GEOMETRY),
        ("DoseGridScaling", "3004,000E", _PIXELS),
        ("StructureSetLabel", "3006,0002", _BROWSER),
        ("StructureSetName", "3006,0004", _BROWSER),
        ("RTPlanLabel", "300A,0002", _BROWSER),
        ("RTPlanName", "300A,0003", _BROWSER),
    )
)

# Looked at in a file and not kept in the database.
MEDIA_STORAGE_SOP_CLASS_UID = "0002,0002"
FLOAT_PIXEL_DATA = "7FE0,0008"
DOUBLE_FLOAT_PIXEL_DATA = "7FE0,0009"
PIXEL_DATA = "7FE0,0010"

_BY_KEYWORD = {tag.keyword: tag for tag in ALL_TAGS}


def tagText(keyword: str) -> str:
    """"GGGG,EEEE" of a keyword listed here. :raises KeyError: when the project does not use that keyword"""
    return _BY_KEYWORD[keyword].text


def normalizedTag(tag: str | int | tuple[int, int]) -> str:
    """"GGGG,EEEE" in upper case from "gggg,eeee", "ggggeeee", 0xggggeeee or (group, element).

    :raises ValueError: when it is none of these
    """
    if isinstance(tag, tuple):
        tag = tag[0] << 16 | tag[1]
    if isinstance(tag, int):
        return f"{tag >> 16:04X},{tag & 0xFFFF:04X}"
    digits = tag.replace(",", "").strip(" ()")
    if len(digits) != 8:
        raise ValueError(f'A tag is written "gggg,eeee", not "{tag}"')
    number = int(digits, 16)
    return f"{number >> 16:04X},{number & 0xFFFF:04X}"


def tagOfKeyword(keyword: str) -> int | None:
    """32-bit number of a keyword of PS3.6; None when the standard has no such keyword."""
    if keyword in _BY_KEYWORD:
        return _BY_KEYWORD[keyword].number
    if keyword in ELEMENTS:
        return ELEMENTS[keyword][0]
    from pydicom.datadict import tag_for_keyword

    return tag_for_keyword(keyword)


def keywordOfTag(number: int) -> str:
    """The keyword of PS3.6 for a tag number; "" for private and unknown tags."""
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(number)


def tagNumber(tag: str) -> int:
    """32-bit number of "gggg,eeee"."""
    text = normalizedTag(tag)
    return int(text[:4], 16) << 16 | int(text[5:], 16)
