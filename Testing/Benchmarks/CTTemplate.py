"""The elements of a CT image that are the same in every file of a scanner: most of a header."""

from __future__ import annotations

from functools import cache

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import correct_ambiguous_vr, write_data_element
from pydicom.sequence import Sequence

ELEMENTS = 265
"""Elements of a header beside file meta information and pixel data; those inside sequences are not counted."""

_CONSTANT = {
    "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL", "HELIX"],
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.2",
    "Modality": "CT", "Manufacturer": "Example Medical", "InstitutionName": "Benchmark Hospital",
    "InstitutionAddress": "1 Scanner Street, Sampletown", "StationName": "CT01", "ReferringPhysicianName": "Doe^Jane",
    "PhysiciansOfRecord": "Roe^Richard", "PerformingPhysicianName": "Poe^Pat", "OperatorsName": "Moe^Max",
    "InstitutionalDepartmentName": "Radiology", "ManufacturerModelName": "Example CT 256", "IrradiationEventUID":
    "1.2.826.0.1.3680043.8.498.7.1", "PatientAge": "052Y", "PatientSize": "1.74", "PatientWeight": "74.5",
    "MedicalAlerts": "none", "Allergies": "none", "SmokingStatus": "NO", "PregnancyStatus": 4,
    "PatientComments": "generated", "ContrastBolusAgent": "OMNIPAQUE 350", "BodyPartExamined": "CHEST",
    "ScanOptions": "HELICAL MODE", "SliceThickness": "1.25", "KVP": "120", "SpacingBetweenSlices": "1.25",
    "DataCollectionDiameter": "500", "DeviceSerialNumber": "000123", "SoftwareVersions": "gmp_vct.42",
    "ContrastBolusRoute": "Intravenous", "ContrastBolusVolume": "90", "ContrastBolusTotalDose": "90",
    "ContrastFlowRate": "3.5", "ContrastFlowDuration": "25", "ContrastBolusIngredient": "IODINE",
    "ContrastBolusIngredientConcentration": "350", "ReconstructionDiameter": "360", "DistanceSourceToDetector":
    "949.147", "DistanceSourceToPatient": "541", "GantryDetectorTilt": "0", "TableHeight": "152.5",
    "RotationDirection": "CW", "ExposureTime": "500", "FilterType": "BODY FILTER",
    "FocalSpots": "1.2", "ConvolutionKernel": "STANDARD", "PatientPosition": "FFS", "RevolutionTime": 0.5,
    "SingleCollimationWidth": 0.625, "TotalCollimationWidth": 40.0, "TableSpeed": 78.75,
    "TableFeedPerRotation": 39.375, "SpiralPitchFactor": 0.984375, "ExposureModulationType": "XYZ_EC",
    "DataCollectionCenterPatient": [0.0, 0.0, 0.0],
    "ReconstructionTargetCenterPatient": [0.0, 0.0, 0.0], "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
    "PositionReferenceIndicator": "SN", "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 512, "Columns": 512, "PixelSpacing": ["0.703125", "0.703125"], "BitsAllocated": 16, "BitsStored": 16,
    "HighBit": 15, "PixelRepresentation": 1, "PixelPaddingValue": -2000, "BurnedInAnnotation": "NO",
    "WindowCenter": ["40", "-600"], "WindowWidth": ["400", "1500"], "WindowCenterWidthExplanation":
    ["MEDIASTINUM", "LUNG"], "RescaleIntercept": "-1024", "RescaleSlope": "1", "RescaleType": "HU",
    "LossyImageCompression": "00", "RequestingPhysician": "Coe^Chris", "RequestingService": "Emergency",
    "RequestedProcedureDescription": "CT Chest with contrast", "AdmissionID": "A-77", "CurrentPatientLocation":
    "Ward 3", "PatientState": "stable", "PerformedStationAETitle": "CT01", "PerformedStationName": "CT01",
    "PerformedLocation": "Room 2", "PerformedProcedureStepID": "PPS-1", "PerformedProcedureStepDescription":
    "CT Chest", "RequestedProcedureID": "RP-1", "ReasonForTheRequestedProcedure": "Follow-up",
    "RequestedProcedurePriority": "ROUTINE", "PatientTransportArrangements": "bed", "ConfidentialityCode": "R",
    "TimezoneOffsetFromUTC": "+0100", "PresentationIntentType": "FOR PRESENTATION", "AcquisitionType": "SPIRAL",
    "TubeAngle": 0.0, "LongitudinalTemporalInformationModified": "UNMODIFIED", "PatientIdentityRemoved": "NO",
    "CountryOfResidence": "XX", "EthnicGroup": "unknown", "Occupation": "unknown", "QualityControlImage": "NO",
    "LossyImageCompressionRatio": "1", "CardiacSynchronizationTechnique": "NONE", "AcquisitionDuration": 8.1,
    "PixelPaddingRangeLimit": -1999, "PositionMeasuringDeviceUsed": "RIGID",
}  # fmt: skip
_PRIVATE_GROUPS = {
    0x0009: "EXMP_IDEN_01", 0x0019: "EXMP_ACQU_01", 0x0021: "EXMP_RELA_01", 0x0023: "EXMP_STDY_01",
    0x0027: "EXMP_IMAG_01", 0x0043: "EXMP_PARM_01", 0x0045: "EXMP_HELIOS_01",
}  # fmt: skip
# What scanners put into private elements, in turn.
_PRIVATE_VALUES = (
    ("LO", "CT_LIGHTSPEED"), ("SL", 1325077003), ("DS", "-135.250000"), ("SS", 1), ("FL", 1.25), ("SH", "1.2"),
    ("UL", 4096), ("DS", ["0.000000", "19.750000", "3.500000"]), ("OB", b"\x01\x02\x03\x04\x05\x06\x07\x08"),
    ("US", 900), ("UI", "1.2.826.0.1.3680043.8.498.99.1"), ("FD", 0.984375),
)  # fmt: skip


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _reference(sopClass: str, instance: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sopClass, instance
    return item


def _sequences() -> dict[str, Sequence]:
    request = Dataset()
    request.ScheduledProcedureStepDescription = "CT Chest with contrast"
    request.ScheduledProcedureStepID = "SPS-1"
    request.RequestedProcedureID = "RP-1"
    request.ScheduledProtocolCodeSequence = Sequence([_code("CTCHEST", "LOCAL", "CT Chest")])
    dose = Dataset()
    dose.CTDIvol = 9.7
    dose.CTDIPhantomTypeCodeSequence = Sequence([_code("113691", "DCM", "IEC Body Dosimetry Phantom")])
    return {
        "ReferencedStudySequence": Sequence([_reference("1.2.840.10008.3.1.2.3.1", "1.2.826.0.1.3680043.8.498.5.1")]),
        "ReferencedPerformedProcedureStepSequence": Sequence(
            [_reference("1.2.840.10008.3.1.2.3.3", "1.2.826.0.1.3680043.8.498.5.2")]
        ),
        "ProcedureCodeSequence": Sequence([_code("71260", "C4", "CT chest with contrast")]),
        "RequestAttributesSequence": Sequence([request]),
        "PerformedProtocolCodeSequence": Sequence([_code("CTCHEST", "LOCAL", "CT Chest")]),
        "CTDIPhantomTypeCodeSequence": dose.CTDIPhantomTypeCodeSequence,
        "AnatomicRegionSequence": Sequence([_code("51185008", "SCT", "Chest")]),
        "ContrastBolusAgentSequence": Sequence([_code("C-B0322", "SRT", "Iohexol")]),
    }


@cache
def constantElements(count: int) -> dict[int, bytes]:
    """So many elements, encoded in explicit VR little endian, by tag; the last ones are private.

    :raises ValueError: when the count is smaller than the number of standard elements
    """
    dataset = Dataset()
    for keyword, value in {**_CONSTANT, **_sequences()}.items():
        setattr(dataset, keyword, value)
    missing = count - len(dataset)
    if missing < 2 * len(_PRIVATE_GROUPS):
        raise ValueError(f"{count} elements leave no room for private ones")
    _addPrivate(dataset, missing)
    correct_ambiguous_vr(dataset, is_little_endian=True)
    return {int(element.tag): _encoded(element) for element in dataset}


def _addPrivate(dataset: Dataset, count: int) -> None:
    """As many private elements in all, the ones that name their creators included."""
    wanted = len(dataset) + count
    blocks = [dataset.private_block(group, creator, create=True) for group, creator in _PRIVATE_GROUPS.items()]
    number = 0
    while len(dataset) < wanted:
        vr, value = _PRIVATE_VALUES[number % len(_PRIVATE_VALUES)]
        blocks[number % len(blocks)].add_new(number // len(blocks) + 1, vr, value)
        number += 1


def _encoded(element) -> bytes:
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = True, False
    write_data_element(stream, element)
    return stream.getvalue()
