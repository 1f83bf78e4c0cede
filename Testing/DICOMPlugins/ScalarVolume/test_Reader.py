import pytest

from DICOMPlugins.ScalarVolume.Reader import codeText
from DICOMPlugins.ScalarVolume.VoxelValues import quantityAndUnits
from DICOMPlugins.ScalarVolume.WindowPresets import windowPresets
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice


@pytest.mark.parametrize(
    ("tags", "presets"),
    [
        ({}, []),
        ({"WindowCenter": "40", "WindowWidth": "400"}, [(400, 40, "")]),
        ({"WindowCenter": "40\\300", "WindowWidth": "400\\1500", "WindowCenterWidthExplanation": "BRAIN"},
         [(400, 40, "BRAIN"), (1500, 300, "")]),
        ({"WindowCenter": "40\\300", "WindowWidth": "400"}, []),
        ({"WindowCenter": "40\\50", "WindowWidth": "400\\0"}, [(400, 40, "")]),
        ({"WindowCenter": "nonsense", "WindowWidth": "400"}, []),
    ],
)  # fmt: skip
def test_windowsAreReadInPairs(tags, presets):
    assert windowPresets(memorySlice(1, None, **tags)) == presets


@pytest.mark.parametrize(
    ("tags", "unit"),
    [
        ({"Modality": "CT"}, "[hnsf'U]"),
        ({"Modality": "CT", "RescaleType": "US"}, None),
        ({"Modality": "MR"}, "1"),
        ({"Modality": "PT", "Units": "BQML"}, "Bq/ml"),
        ({"Modality": "PT"}, None),
        ({"Modality": "US"}, None),
    ],
)
def test_unitsAreGivenWhereTheHeaderLeavesNoDoubt(tags, unit):
    _, units = quantityAndUnits(memorySlice(1, None, **tags))
    assert (units and units[0]) == unit


def test_codesReadAsInTheStandard():
    assert codeText(("112031", "DCM", "Attenuation Coefficient")) == '(112031, DCM, "Attenuation Coefficient")'
