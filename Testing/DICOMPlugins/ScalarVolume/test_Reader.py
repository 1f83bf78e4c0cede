"""What becomes of display and units, on files of each kind, through the whole of examine and load."""

import numpy
import pytest

from DICOMPlugins.ScalarVolume.Reader import VALUES_ATTRIBUTE, codeText
from DICOMPlugins.ScalarVolume.VoxelValues import MODALITY, REAL_WORLD, UPTAKE, VALUES_SETTING
from Testing.DICOMLib.Pixels.PixelFiles import pixelFile
from Testing.Fixtures import axialCT

RAMP = numpy.arange(100, dtype="<u2").reshape(10, 10)
IDENTIFIED = {"SeriesInstanceUID": "1.2.3", "StudyInstanceUID": "1.2.4", "PatientID": "P", "InstanceNumber": 1}


def load(bench, tmp_path, pixels=RAMP, sequences=None, **tags):
    pixelFile(tmp_path / "a", pixels.tobytes(), *pixels.shape[:2], sequences=sequences, **{**IDENTIFIED, **tags})
    (node,) = bench.load(tmp_path)
    return node


def test_codesReadAsInTheStandard():
    assert codeText(("112031", "DCM", "Attenuation Coefficient")) == '(112031, DCM, "Attenuation Coefficient")'


def test_theDisplayTableOfAnXRayBecomesItsWindow(bench, tmp_path):
    entries = numpy.concatenate([numpy.zeros(20), numpy.linspace(0, 255, 41), numpy.full(39, 255)]).astype("<u2")
    table = {"LUTDescriptor": [100, 0, 16], "LUTExplanation": "CHEST", "LUTData": entries.tobytes()}
    display = load(bench, tmp_path, sequences={"VOILUTSequence": [table]}, Modality="DX").GetDisplayNode()
    assert display.GetNumberOfWindowLevelPresets() == 1
    assert display.GetWindowLevelPresetExplanation(0).startswith("CHEST (table")
    assert (display.GetWindow(), display.GetLevel()) == pytest.approx((40, 40), abs=0.5)


def test_aDamagedDisplayTableDoesNotKeepTheImageFromBeingRead(bench, tmp_path):
    table = {"LUTDescriptor": [100, 0, 16], "LUTData": b"\0\0"}
    node = load(bench, tmp_path, sequences={"VOILUTSequence": [table]}, Modality="DX")
    assert numpy.array_equal(node.voxelArray()[0], RAMP)
    assert node.GetDisplayNode().GetNumberOfWindowLevelPresets() == 0


def test_windowsOfFramesArePresets(bench, tmp_path):
    groups = [{"FrameVOILUTSequence": [{"WindowCenter": 40, "WindowWidth": 80, "WindowCenterWidthExplanation": "X"}]}]
    node = load(bench, tmp_path, sequences={"PerFrameFunctionalGroupsSequence": groups}, NumberOfFrames=1)
    display = node.GetDisplayNode()
    assert (display.GetWindow(), display.GetLevel(), display.GetWindowLevelPresetExplanation(0)) == (80, 40, "X")


def test_paddingDoesNotDarkenTheImage(bench, tmp_path):
    pixels = numpy.full((20, 20), 60000, "<u2")
    pixels[5:15, 5:15] = RAMP
    display = load(bench, tmp_path, pixels, PixelPaddingValue=60000).GetDisplayNode()
    assert display.GetLevel() == pytest.approx(50, abs=3) and display.GetWindow() == pytest.approx(99, abs=3)


def test_MONOCHROME1IsInvertedAndKeepsItsValues(bench, tmp_path):
    node = load(bench, tmp_path, PhotometricInterpretation="MONOCHROME1")
    assert node.GetDisplayNode().GetInvert() and numpy.array_equal(node.voxelArray()[0], RAMP)


def test_anImageThatDoesNotSayWhereItIsInThePatientKeepsThatInMind(bench, tmp_path):
    assert not load(bench, tmp_path, Modality="DX").hasPlaceInPatient()


def test_aPlacedImageHasItsPlace(bench, tmp_path):
    tags = {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
    assert load(bench, tmp_path, **tags).hasPlaceInPatient()


# Units


@pytest.mark.parametrize(
    ("tags", "quantity", "units"),
    [
        ({"Modality": "CT"}, "112031", "[hnsf'U]"),
        ({"Modality": "CT", "RescaleType": "US"}, "", ""),
        ({"Modality": "MR"}, "110852", "1"),
        ({"Modality": "PT", "Units": "BQML"}, "", "Bq/ml"),
        ({"Modality": "PT", "Units": "GML"}, "126400", "{SUVbw}g/ml"),
        ({"Modality": "PT"}, "", ""),
        ({"Modality": "US"}, "", ""),
        ({"Modality": "RTDOSE", "DoseUnits": "GY", "DoseGridScaling": "0.1"}, "", "Gy"),
    ],
)
def test_unitsAreGivenWhereTheHeaderLeavesNoDoubt(bench, tmp_path, tags, quantity, units):
    node = load(bench, tmp_path, **tags)
    assert node.GetVoxelValueQuantity().startswith(f"({quantity}," if quantity else "")
    assert node.GetVoxelValueUnits().startswith(f"({units}," if units else "")
    assert bool(node.GetVoxelValueQuantity()) == bool(quantity) and bool(node.GetVoxelValueUnits()) == bool(units)


UNITS = {"CodeValue": "ml/100ml/s", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "flow"}
QUANTITY = {"ConceptCodeSequence": [{"CodeValue": "113055", "CodingSchemeDesignator": "DCM", "CodeMeaning": "RCBF"}]}


def realWorld(slope, intercept):
    return [
        {"RealWorldValueMappingSequence": [{
            "RealWorldValueSlope": slope, "RealWorldValueIntercept": intercept, "LUTLabel": "FLOW",
            "MeasurementUnitsCodeSequence": [UNITS], "QuantityDefinitionSequence": [QUANTITY],
        }]}
    ]  # fmt: skip


def test_realWorldUnitsHoldWhereTheySayTheSameAsTheRescale(bench, tmp_path):
    node = load(
        bench, tmp_path, sequences={"SharedFunctionalGroupsSequence": realWorld(2.0, -10.0)}, Modality="CT",
        RescaleSlope=2, RescaleIntercept=-10,
    )  # fmt: skip
    assert node.GetVoxelValueUnits() == '(ml/100ml/s, UCUM, "flow")'
    assert node.GetVoxelValueQuantity() == '(113055, DCM, "RCBF")'
    assert numpy.array_equal(node.voxelArray()[0], RAMP.astype(int) * 2 - 10)


def test_realWorldValuesAreAChoice(bench, tmp_path):
    bench.context.settings.setValue(VALUES_SETTING, REAL_WORLD)
    node = load(
        bench, tmp_path, sequences={"SharedFunctionalGroupsSequence": realWorld(0.5, 3.0)}, Modality="CT",
        WindowCenter=50, WindowWidth=100,
    )  # fmt: skip
    assert numpy.array_equal(node.voxelArray()[0], RAMP * 0.5 + 3)
    assert node.GetVoxelValueUnits() == '(ml/100ml/s, UCUM, "flow")'
    assert node.GetAttribute(VALUES_ATTRIBUTE) == "real world values FLOW"
    assert (node.GetDisplayNode().GetWindow(), node.GetDisplayNode().GetLevel()) == (50, 28)


def tabulated(data, first=10, last=None, label="CURVE"):
    return {
        "RealWorldValueLUTData": [float(value) for value in data], "RealWorldValueFirstValueMapped": first,
        "RealWorldValueLastValueMapped": first + len(data) - 1 if last is None else last, "LUTLabel": label,
        "MeasurementUnitsCodeSequence": [UNITS], "QuantityDefinitionSequence": [QUANTITY],
    }  # fmt: skip


@pytest.mark.parametrize("place", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence", ""])
def test_realWorldValuesByATableAreReadFromIt(bench, tmp_path, place):
    """Stored values 10 to 89 are mapped to their square roots; nothing says what the others mean."""
    bench.context.settings.setValue(VALUES_SETTING, REAL_WORLD)
    curve = numpy.sqrt(numpy.arange(10, 90))
    mapping = {"RealWorldValueMappingSequence": [tabulated(curve)]}
    node = load(
        bench, tmp_path, sequences={place: [mapping]} if place else mapping, Modality="CT", RescaleSlope=2,
        RescaleIntercept=-10, WindowCenter=50, WindowWidth=100, PixelPaddingValue=0,
    )  # fmt: skip
    voxels = node.voxelArray()[0].reshape(-1)
    assert numpy.array_equal(voxels[10:90], curve) and numpy.isnan(voxels[[0, 9, 90, 99]]).all()
    assert node.GetVoxelValueUnits() == '(ml/100ml/s, UCUM, "flow")'
    assert node.GetVoxelValueQuantity() == '(113055, DCM, "RCBF")'
    assert node.GetAttribute(VALUES_ATTRIBUTE) == "real world values CURVE by a table"
    display = node.GetDisplayNode()
    assert display.GetNumberOfWindowLevelPresets() == 0
    assert 5 < display.GetLevel() < 8 and 5 < display.GetWindow() < 7  # of the square roots, from 3.2 to 9.4


def test_framesHaveTablesOfTheirOwn(bench, tmp_path):
    bench.context.settings.setValue(VALUES_SETTING, REAL_WORLD)
    curves = [numpy.arange(100) ** 2 * 0.5, numpy.arange(100) * 0.25]
    frames = [
        {"PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 4 * number]}],
         "RealWorldValueMappingSequence": [tabulated(curve, 0)]}
        for number, curve in enumerate(curves)
    ]  # fmt: skip
    shared = [{"PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}],
               "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 4}]}]  # fmt: skip
    pixelFile(
        tmp_path / "a", RAMP.tobytes() * 2, 10, 10, NumberOfFrames=2, Modality="MR", **IDENTIFIED,
        sequences={"PerFrameFunctionalGroupsSequence": frames, "SharedFunctionalGroupsSequence": shared},
        SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1",
    )  # fmt: skip
    (node,) = bench.load(tmp_path)
    assert numpy.array_equal(node.voxelArray().reshape(2, 100), curves)
    assert node.voxelArray().dtype == numpy.float32  # exact in single precision


@pytest.mark.parametrize(("first", "last"), [(10, 200), (20, 10)])
def test_ADamagedTableOfRealWorldValuesLeavesTheModalityValues(bench, tmp_path, first, last):
    bench.context.settings.setValue(VALUES_SETTING, REAL_WORLD)
    mapping = {"RealWorldValueMappingSequence": [tabulated(range(80), first, last)]}
    node = load(bench, tmp_path, sequences=mapping, Modality="CT", RescaleSlope=2, RescaleIntercept=-10)
    assert numpy.array_equal(node.voxelArray()[0], RAMP.astype(int) * 2 - 10)
    assert "short of entries: not used" in node.GetAttribute(VALUES_ATTRIBUTE)


def test_withoutRealWorldValuesTheNodeSaysSo(bench, tmp_path):
    bench.context.settings.setValue(VALUES_SETTING, REAL_WORLD)
    node = load(bench, tmp_path, Modality="MR")
    assert "no real world values" in node.GetAttribute(VALUES_ATTRIBUTE)
    assert numpy.array_equal(node.voxelArray()[0], RAMP)


# Uptake

PET = {
    "Modality": "PT", "Units": "BQML", "CorrectedImage": ["ATTN", "DECY"], "DecayCorrection": "ADMIN",
    "PatientWeight": "70", "RescaleSlope": "2", "RescaleIntercept": "0",
}  # fmt: skip
DOSE = {"RadiopharmaceuticalInformationSequence": [{"RadionuclideTotalDose": "1400"}]}


def test_uptakeIsAChoice(bench, tmp_path):
    """70 kg and 1400 Bq: 50 g/ml for each Bq/ml."""
    bench.context.settings.setValue(VALUES_SETTING, UPTAKE)
    node = load(bench, tmp_path, sequences=DOSE, **PET)
    assert numpy.array_equal(node.voxelArray()[0], RAMP.astype(int) * 2 * 50)
    assert node.GetVoxelValueUnits().startswith("({SUVbw}g/ml, UCUM")
    assert node.GetAttribute(VALUES_ATTRIBUTE).startswith("SUVbw from activity")
    assert node.GetDisplayNode().GetColorName() == "PET-Heat"


def test_aScriptMayChooseForOneVolume(bench, tmp_path):
    pixelFile(tmp_path / "a", RAMP.tobytes(), 10, 10, sequences=DOSE, **IDENTIFIED, **PET)
    (loadable, *_) = bench.loadables(tmp_path)
    loadable.details["voxelValues"] = UPTAKE
    plugin = next(one for one in bench.examine(tmp_path) if one.loadType == "Scalar Volume")
    assert plugin.load(loadable).voxelArray().max() == 99 * 2 * 50


def test_framesOfAnEnhancedImageAreEachScaledToUptake(bench, tmp_path):
    """70 kg and 1400 Bq, an hour and a half-life of an hour: 100 g/ml for each Bq/ml; slopes of 2 and 3."""
    bench.context.settings.setValue(VALUES_SETTING, UPTAKE)
    isotope = {
        "RadionuclideTotalDose": "0.0014", "RadionuclideHalfLife": "3600",
        "RadiopharmaceuticalStartDateTime": "20240229120000",
    }  # fmt: skip
    units = {"CodeValue": "Bq/ml", "CodingSchemeDesignator": "UCUM", "CodeMeaning": "Becquerels/milliliter"}
    frames = [
        {
            "PlanePositionSequence": [{"ImagePositionPatient": [0, 0, 4 * number]}],
            "PixelValueTransformationSequence": [{"RescaleSlope": slope, "RescaleIntercept": 0, "RescaleType": "US"}],
            "RealWorldValueMappingSequence": [
                {"RealWorldValueSlope": float(slope), "RealWorldValueIntercept": 0.0,
                 "MeasurementUnitsCodeSequence": [units]}
            ],
        }
        for number, slope in enumerate((2, 3))
    ]  # fmt: skip
    shared = [{"PlaneOrientationSequence": [{"ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}],
               "PixelMeasuresSequence": [{"PixelSpacing": [1, 1], "SliceThickness": 4}]}]  # fmt: skip
    sequences = {"RadiopharmaceuticalInformationSequence": [isotope], "PerFrameFunctionalGroupsSequence": frames,
                 "SharedFunctionalGroupsSequence": shared}  # fmt: skip
    pixelFile(
        tmp_path / "a", RAMP.tobytes() * 2, 10, 10, sequences=sequences, NumberOfFrames=2, DecayCorrected="YES",
        SOPClassUID="1.2.840.10008.5.1.4.1.1.130", PatientWeight="70", AttenuationCorrected="YES",
        DecayCorrectionDateTime="20240229130000", **{**IDENTIFIED, "Modality": "PT"},
    )  # fmt: skip
    (node,) = bench.load(tmp_path)
    assert numpy.allclose(node.voxelArray(), [RAMP * 2.0 * 100, RAMP * 3.0 * 100], rtol=1e-6)
    assert node.GetVoxelValueUnits().startswith("({SUVbw}g/ml, UCUM")
    assert "real world values" in node.GetAttribute(VALUES_ATTRIBUTE)


def test_withoutTheDoseTheVoxelsStayActivityAndTheNodeSaysWhatIsMissing(bench, tmp_path):
    bench.context.settings.setValue(VALUES_SETTING, UPTAKE)
    node = load(bench, tmp_path, **PET)
    assert numpy.array_equal(node.voxelArray()[0], RAMP * 2)
    assert node.GetVoxelValueUnits().startswith("(Bq/ml")
    assert node.GetAttribute(VALUES_ATTRIBUTE) == "uptake values cannot be computed: RadionuclideTotalDose is missing"


def test_uptakeIsForPETOnly(bench, tmp_path):
    bench.context.settings.setValue(VALUES_SETTING, UPTAKE)
    axialCT().write(tmp_path)
    (node,) = bench.load(tmp_path)
    assert node.GetAttribute(VALUES_ATTRIBUTE) is None and node.GetVoxelValueUnits().startswith("([hnsf'U]")


def test_whatTheModalityMeasuredIsTheDefault(bench):
    assert bench.context.settings.value(VALUES_SETTING) == MODALITY
