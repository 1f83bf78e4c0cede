"""Uptake values against numbers worked out by hand from the QIBA profile's rules."""

import math

import pytest

from DICOMLib.Instance import Instance
from DICOMLib.Pixels.UptakeValue import (
    GE_SCAN_DATE_TIME,
    PHILIPS_ACTIVITY_FACTOR,
    PHILIPS_UPTAKE_FACTOR,
    UptakeError,
    uptakeFactor,
)
from DICOMLib.TagPaths import normalizedPath

DOSE = "RadiopharmaceuticalInformationSequence[0]."
WEIGHT_KG, DOSE_BQ, HALF_LIFE_S = 70, 3.5e8, 6586.2
PLAIN = 70_000 / 3.5e8  # g/ml for a Bq/ml at the time of injection
HOUR = math.pow(2, 3600 / HALF_LIFE_S)
COMPLETE = {
    "Modality": "PT",
    "Units": "BQML",
    "CorrectedImage": "NORM\\ATTN\\SCAT\\DECY",
    "DecayCorrection": "START",
    "PatientWeight": WEIGHT_KG,
    f"{DOSE}RadionuclideTotalDose": DOSE_BQ,
    f"{DOSE}RadionuclideHalfLife": HALF_LIFE_S,
    f"{DOSE}RadiopharmaceuticalStartTime": "120000",
    "SeriesDate": "20240229",
    "SeriesTime": "130000.000",
    "AcquisitionDate": "20240229",
    "AcquisitionTime": "130500",
}


def pet(**changes):
    tags = {**COMPLETE, **changes}
    return Instance(b"/pet", {normalizedPath(tag): str(value) for tag, value in tags.items() if value is not None})


def factor(**changes):
    return uptakeFactor(pet(**changes)).factor


def test_activityCorrectedToTheScanUsesTheDoseThatIsLeftThen():
    assert factor() == pytest.approx(PLAIN * HOUR, rel=1e-12)


def test_activityCorrectedToTheInjectionUsesTheWholeDose():
    assert factor(DecayCorrection="ADMIN") == pytest.approx(PLAIN, rel=1e-12)
    assert factor(DecayCorrection="ADMIN", **{f"{DOSE}RadionuclideHalfLife": None}) == pytest.approx(PLAIN, rel=1e-12)


def test_aScanAfterMidnightBeganOnTheDayBefore():
    night = {"SeriesTime": "003000", "AcquisitionTime": "003000", f"{DOSE}RadiopharmaceuticalStartTime": "233000"}
    assert factor(**night) == pytest.approx(PLAIN * HOUR, rel=1e-12)


def test_theDateOfTheInjectionCountsWhereThereIsOne():
    stated = {f"{DOSE}RadiopharmaceuticalStartDateTime": "20240229110000.000+0000"}
    assert factor(**stated) == pytest.approx(PLAIN * HOUR**2, rel=1e-12)


def test_fractionsOfSecondsCount():
    later = factor(**{f"{DOSE}RadiopharmaceuticalStartTime": "115959.5"})
    assert later / factor() == pytest.approx(math.pow(2, 0.5 / HALF_LIFE_S), rel=1e-12)


PROCESSED = {"SeriesTime": "180000"}


def test_aProcessedSeriesOfGEUsesThePrivateTime():
    assert factor(**PROCESSED, **{GE_SCAN_DATE_TIME: "20240229130000.00"}) == pytest.approx(PLAIN * HOUR, rel=1e-12)


def test_aProcessedSeriesOfOthersCountsBackFromTheFrame():
    """A short frame that begins 5 minutes into the scan has its reference time in its middle, a hair earlier."""
    stated = {"FrameReferenceTime": 5 * 60_000 + 1_000, "ActualFrameDuration": 2_000}
    assert factor(**PROCESSED, **stated) == pytest.approx(PLAIN * HOUR, rel=1e-8)


def test_aProcessedSeriesWithoutEitherIsRefused():
    with pytest.raises(UptakeError, match="SeriesTime is later than AcquisitionTime"):
        factor(**PROCESSED)


def test_countsOfPhilipsComeWithTheirFactor():
    counts = {"Units": "CNTS", PHILIPS_UPTAKE_FACTOR: "0.000551"}
    assert factor(**counts, PatientWeight=None) == 0.000551


def test_countsWithTheFactorToActivityAreActivity():
    counts = {"Units": "CNTS", PHILIPS_UPTAKE_FACTOR: "0", PHILIPS_ACTIVITY_FACTOR: "1.5"}
    assert factor(**counts) == pytest.approx(1.5 * PLAIN * HOUR, rel=1e-12)


def test_valuesThatAreUptakeAlreadyStay():
    assert factor(Units="GML", PatientWeight=None) == 1
    with pytest.raises(UptakeError, match="SUVType"):
        factor(Units="GML", SUVType="LBM")


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        ("Units", "Units are missing"),
        ("PatientWeight", "PatientWeight"),
        ("DecayCorrection", "DecayCorrection"),
        (f"{DOSE}RadionuclideTotalDose", "RadionuclideTotalDose"),
        (f"{DOSE}RadionuclideHalfLife", "RadionuclideHalfLife"),
        (f"{DOSE}RadiopharmaceuticalStartTime", "RadiopharmaceuticalStartTime"),
    ],
)
@pytest.mark.parametrize("value", [None, ""])
def test_whatIsMissingIsNamed(tag, named, value):
    with pytest.raises(UptakeError, match=f"uptake values cannot be computed: .*{named}"):
        factor(**{tag: value})


@pytest.mark.parametrize("corrected", ["NORM\\DECY", "ATTN", ""])
def test_imagesThatWereNotCorrectedAreRefused(corrected):
    with pytest.raises(UptakeError, match="CorrectedImage does not name (ATTN|DECY)"):
        factor(CorrectedImage=corrected)


@pytest.mark.parametrize(
    "changes", [{"PatientWeight": 0}, {"DecayCorrection": "NONE"}, {"Units": "CNTS"}, {"Units": "PROPCPS"},
                {f"{DOSE}RadiopharmaceuticalStartDateTime": "20240229140000"}, {"SeriesTime": "9"}],
)  # fmt: skip
def test_senselessValuesAreRefused(changes):
    with pytest.raises(UptakeError):
        factor(**changes)


# Enhanced images

MAPPING = "RealWorldValueMappingSequence[*]."
UNITS = f"{MAPPING}MeasurementUnitsCodeSequence[0]."
ENHANCED = {
    "SOPClassUID": "1.2.840.10008.5.1.4.1.1.130", "Modality": "PT", "PatientWeight": WEIGHT_KG,
    "RescaleSlope": 2, "RescaleIntercept": 0, "0018,9758": "YES", "0018,9759": "YES",
    "0018,9701": "20240229130000.0+0100", f"{DOSE}RadiopharmaceuticalStartDateTime": "20240229120000",
    f"{DOSE}RadionuclideTotalDose": DOSE_BQ, f"{DOSE}RadionuclideHalfLife": HALF_LIFE_S,
    f"{MAPPING}RealWorldValueSlope": "2", f"{MAPPING}RealWorldValueIntercept": "0",
    f"{UNITS}CodeValue": "Bq/ml", f"{UNITS}CodingSchemeDesignator": "UCUM",
}  # fmt: skip


def enhanced(**changes):
    tags = {**ENHANCED, **changes}
    return Instance(b"/pet", {normalizedPath(tag): str(value) for tag, value in tags.items() if value is not None})


@pytest.mark.parametrize(("dose", "unit"), [(DOSE_BQ, "Bq"), (DOSE_BQ / 1e6, "MBq")])
def test_anEnhancedImageIsCorrectedToTheMomentThatItNames(dose, unit):
    found = uptakeFactor(enhanced(**{f"{DOSE}RadionuclideTotalDose": dose}))
    assert found.factor == pytest.approx(PLAIN * HOUR, rel=1e-12)
    assert found.explanation.endswith(f"a dose in {unit}")


def test_realWorldValuesThatAreAMultipleOfTheModalityValuesCountAsWell():
    found = uptakeFactor(enhanced(**{f"{MAPPING}RealWorldValueSlope": "6"}))
    assert found.factor == pytest.approx(3 * PLAIN * HOUR, rel=1e-12)


def test_anEnhancedImageWithItsOwnUptakeValuesNeedsNothingElse():
    own = {f"{MAPPING}RealWorldValueSlope": "2\\0.5", f"{MAPPING}RealWorldValueIntercept": "0\\0",
           f"{UNITS}CodeValue": "Bq/ml\\{SUVbw}g/ml", f"{UNITS}CodingSchemeDesignator": "UCUM\\UCUM"}  # fmt: skip
    found = uptakeFactor(enhanced(**own, PatientWeight=None))
    assert found.factor == 0.25 and "SUVbw" in found.explanation


@pytest.mark.parametrize(
    ("tag", "value", "what"),
    [
        ("0018,9758", "NO", "DecayCorrected"),
        ("0018,9759", None, "AttenuationCorrected"),
        ("0018,9701", None, "DecayCorrectionDateTime"),
        (f"{DOSE}RadiopharmaceuticalStartDateTime", None, "RadiopharmaceuticalStartDateTime"),
        ("PatientWeight", None, "PatientWeight"),
        (f"{UNITS}CodeValue", "{counts}", "Bq/ml"),
        (f"{MAPPING}RealWorldValueIntercept", "5", "Bq/ml"),
    ],
)
def test_whatAnEnhancedImageLacksIsNamed(tag, value, what):
    with pytest.raises(UptakeError, match=what):
        uptakeFactor(enhanced(**{tag: value}))
