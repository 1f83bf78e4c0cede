"""The written list, by module, of attributes that a volume computed from stored images still has (PS3.3 A and C).

Why each module is kept, and what is not, is told in Resources/Docs/Export.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_CODE = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")


def _codes(*sequences: str) -> tuple[str, ...]:
    """The three parts of the first item of code sequences (PS3.3 8.8)."""
    return tuple(f"{sequence}[0].{part}" for sequence in sequences for part in _CODE)


def _within(sequence: str, names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{sequence}[0].{name}" for name in names)


PATIENT, STUDY = "Patient", "General Study"
TRIAL_SUBJECT, TRIAL_STUDY, TRIAL_SERIES = "Clinical Trial Subject", "Clinical Trial Study", "Clinical Trial Series"

MODULES: dict[str, tuple[str, ...]] = {
    # PS3.3 C.7.1.1: of the same person
    PATIENT: (
        "IssuerOfPatientID", "EthnicGroup", "PatientComments", "PatientBirthTime", "OtherPatientNames",
        "QualityControlSubject", "PatientSpeciesDescription", "PatientBreedDescription", "PatientSexNeutered",
        "StrainDescription", "ResponsiblePerson", "ResponsiblePersonRole", "ResponsibleOrganization",
    ),
    # PS3.3 C.7.2.1, C.7.2.2: of the same visit
    STUDY: (
        "ReferringPhysicianName", "AccessionNumber", "PhysiciansOfRecord", "NameOfPhysiciansReadingStudy",
        "PatientAge", "PatientSize", "PatientWeight", "AdditionalPatientHistory", "AdmittingDiagnosesDescription",
        "AdmissionID", "MedicalAlerts", "Allergies", "SmokingStatus", "PregnancyStatus", "LastMenstrualDate",
        "PatientState", "Occupation", *_codes("ProcedureCodeSequence"),
    ),
    # PS3.3 C.7.1.3, C.7.2.3, C.7.3.2
    TRIAL_SUBJECT: (
        "ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "ClinicalTrialProtocolName", "ClinicalTrialSiteID",
        "ClinicalTrialSiteName", "ClinicalTrialSubjectID", "ClinicalTrialSubjectReadingID",
        "ClinicalTrialProtocolEthicsCommitteeName", "ClinicalTrialProtocolEthicsCommitteeApprovalNumber",
    ),
    TRIAL_STUDY: ("ClinicalTrialTimePointID", "ClinicalTrialTimePointDescription"),
    TRIAL_SERIES: (
        "ClinicalTrialCoordinatingCenterName", "ClinicalTrialSeriesID", "ClinicalTrialSeriesDescription",
    ),
    # PS3.3 C.7.3.1, C.7.4.1
    "General Series": (
        "Laterality", "BodyPartExamined", "PatientPosition", "ProtocolName", "PerformingPhysicianName", "OperatorsName",
        "PositionReferenceIndicator",
    ),
    # PS3.3 C.7.5.1; manufacturer and model can be set
    "General Equipment": (
        "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber",
        "SoftwareVersions", "SpatialResolution", "DateOfLastCalibration", "TimeOfLastCalibration",
    ),
    # PS3.3 C.7.6.1, C.7.6.4: when and with what the patient was imaged
    "Acquisition": (
        "AcquisitionNumber", "AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime", "ContrastBolusAgent",
        "ContrastBolusRoute", "ContrastBolusVolume", "ContrastBolusStartTime", "ContrastBolusStopTime",
        "ContrastBolusTotalDose", "ContrastFlowRate", "ContrastFlowDuration", "ContrastBolusIngredient",
        "ContrastBolusIngredientConcentration",
    ),
}  # fmt: skip

_XRAY = (
    "KVP", "ExposureTime", "XRayTubeCurrent", "Exposure", "ExposureInuAs", "GeneratorPower", "FilterType",
    "FocalSpots", "DistanceSourceToDetector", "DistanceSourceToPatient", "ViewPosition",
    "AcquisitionDeviceProcessingDescription", "AcquisitionDeviceProcessingCode", "RelativeXRayExposure", "Sensitivity",
)  # fmt: skip
_RADIOPHARMACEUTICAL = _within("RadiopharmaceuticalInformationSequence", (
    "Radiopharmaceutical", "RadiopharmaceuticalRoute", "RadiopharmaceuticalVolume", "RadiopharmaceuticalStartTime",
    "RadiopharmaceuticalStopTime", "RadionuclideTotalDose", *_codes("RadionuclideCodeSequence"),
))  # fmt: skip

MODALITY_MODULES: dict[str, tuple[str, ...]] = {
    # PS3.3 C.8.2.1
    "CT": (
        "KVP", "ScanOptions", "DataCollectionDiameter", "DistanceSourceToDetector", "DistanceSourceToPatient",
        "TableHeight", "ExposureTime", "XRayTubeCurrent", "Exposure", "FilterType", "ConvolutionKernel",
        "GeneratorPower", "FocalSpots", "RotationDirection", "RevolutionTime", "SingleCollimationWidth",
        "TotalCollimationWidth", "TableSpeed", "TableFeedPerRotation", "SpiralPitchFactor", "CTDIvol",
        "ExposureModulationType", "EstimatedDoseSaving",
    ),
    # PS3.3 C.8.3.1
    "MR": (
        "ScanningSequence", "SequenceVariant", "ScanOptions", "MRAcquisitionType", "SequenceName", "RepetitionTime",
        "EchoTime", "EchoTrainLength", "InversionTime", "TriggerTime", "NumberOfAverages", "ImagingFrequency",
        "ImagedNucleus", "EchoNumbers", "MagneticFieldStrength", "FlipAngle", "VariableFlipAngleFlag", "SAR", "dBdt",
        "ReceiveCoilName", "TransmitCoilName", "InPlanePhaseEncodingDirection", "PixelBandwidth", "AngioFlag",
        "NumberOfPhaseEncodingSteps", "PercentSampling", "PercentPhaseFieldOfView", "HeartRate",
    ),
    # PS3.3 C.8.9.1, C.8.9.2, C.8.9.4: what uptake values are computed from stays with the image
    "PT": (
        # Uptake values are counted from the start of the series (C.8.9.1).
        "SeriesDate", "SeriesTime",
        "CountsSource", "CorrectedImage", "DecayCorrection", "CollimatorType", "AttenuationCorrectionMethod",
        "ScatterCorrectionMethod", "ReconstructionMethod", "ConvolutionKernel", "RandomsCorrectionMethod",
        "FrameReferenceTime", "ActualFrameDuration", "DoseCalibrationFactor", "DecayFactor", "ScatterFractionFactor",
        "DeadTimeFactor", "AxialAcceptance", "CoincidenceWindowWidth", *_RADIOPHARMACEUTICAL,
        *_within("RadiopharmaceuticalInformationSequence", (
            "RadiopharmaceuticalStartDateTime", "RadiopharmaceuticalStopDateTime", "RadionuclideHalfLife",
            "RadionuclidePositronFraction",
        )),
    ),
    # PS3.3 C.8.4.8, C.8.4.10, C.8.4.15
    "NM": (
        "CorrectedImage", "CountsSource", "ConvolutionKernel",
        *_within("EnergyWindowInformationSequence", (
            "EnergyWindowName", "EnergyWindowRangeSequence[0].EnergyWindowLowerLimit",
            "EnergyWindowRangeSequence[0].EnergyWindowUpperLimit",
        )),
        *_RADIOPHARMACEUTICAL,
    ),
    # PS3.3 C.8.5.6
    "US": (
        "TransducerData", "ProcessingFunction", "MechanicalIndex", "BoneThermalIndex", "CranialThermalIndex",
        "SoftTissueThermalIndex", "DepthOfScanField", "StageName", "ViewName", "HeartRate",
        *_codes("AnatomicRegionSequence"),
    ),
    # PS3.3 C.8.1.1, C.8.1.2
    "CR": (
        *_XRAY, "PlateType", "PhosphorType", "CassetteOrientation", "CassetteSize", "ExposuresOnPlate",
    ),
    # PS3.3 C.8.11.2 to C.8.11.4, C.8.7.10: anatomy, detector, exposure. Rows and columns are not turned by writing.
    "DX": (
        *_XRAY, *_codes("AnatomicRegionSequence", "ViewCodeSequence"), "ImageLaterality", "PatientOrientation",
        "DetectorType", "DetectorDescription", "DetectorID", "DateOfLastDetectorCalibration", "DetectorTemperature",
        "Grid", "BodyPartThickness", "AnodeTargetMaterial", "PixelIntensityRelationship",
        "PixelIntensityRelationshipSign",
    ),
    # PS3.3 C.8.6.1: what was captured, not by what: the capturing is ours
    "SC": (),
}  # fmt: skip

# Kept for the same PatientID, and for the same study of it.
OF_PATIENT = (PATIENT, TRIAL_SUBJECT)
OF_STUDY = (STUDY, TRIAL_STUDY, TRIAL_SERIES)
# What a module has to say where it is there at all (type 1): of a source that does not, it is left out.
REQUIRED_OF_MODULE = {
    TRIAL_SUBJECT: ("ClinicalTrialSponsorName", "ClinicalTrialProtocolID", "ClinicalTrialSubjectID"),
}
# What they have to have with it, be it empty (type 2 and 2C).
_EMPTY_WITH = {
    "ClinicalTrialSponsorName": (
        "ClinicalTrialProtocolName", "ClinicalTrialSiteID", "ClinicalTrialSiteName",
    ),
    "PatientSpeciesDescription": (
        "PatientBreedDescription", "PatientBreedCodeSequence", "BreedRegistrationSequence", "ResponsiblePerson",
        "ResponsibleOrganization", "PatientSexNeutered",
    ),
}  # fmt: skip
_CONTRAST = "ContrastBolusAgent"


def completeModules(dataset: Dataset) -> None:
    """Add what the standard asks for beside carried attributes, and take away what may not be without others."""
    for keyword, names in _EMPTY_WITH.items():
        for name in names if dataset.get(keyword) else ():
            if name not in dataset:
                setattr(dataset, name, [] if name.endswith("Sequence") else "")
    if dataset.get("ResponsiblePersonRole") and not dataset.get("ResponsiblePerson"):
        del dataset.ResponsiblePersonRole
    if _CONTRAST not in dataset and any(name.startswith("Contrast") for name in dataset.dir()):
        setattr(dataset, _CONTRAST, "")
