"""What GE's private elements say about the weighting of slices."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.GE import B_VALUE, DIRECTION, DIRECTION_COUNT, IMAGE_KIND, GERule
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import planesFrom, record
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.Fixtures.DiffusionBuilder import DiffusionBuilder, spreadDirections, volumesOf

NAME = "GE MEDICAL SYSTEMS"
SCALES = (1, 1, 0.5, 0.3162, 0.7071, 0.98, 0.05)


def ge(bValue, vector=(0, 0, 0), kind=None, count=None, **others):
    """Values of one slice."""
    values = {B_VALUE.path: f"{bValue}\\8\\0\\0", "Manufacturer": NAME, "InPlanePhaseEncodingDirection": "COL"}
    values |= {element.path: value for element, value in zip(DIRECTION, vector, strict=True)}
    values |= {
        element.path: value for element, value in ((IMAGE_KIND, kind), (DIRECTION_COUNT, count)) if value is not None
    }
    return {"ImageType": "ORIGINAL\\PRIMARY\\OTHER", **values, **others}


def planes(*slices):
    return planesFrom([record(number, number, **values) for number, values in enumerate(slices)])


def read(*slices):
    return GERule().read(planes(*slices))


def test_bIsTheFirstOfFourNumbersAndTheDirectionIsTurned():
    found = read(ge(0), ge(1000, (0.6, 0.8, 0)), ge(1000, (0, 0, 1)))
    assert found.bValues.tolist() == [0, 1000, 1000]
    assert found.directions == pytest.approx(numpy.array([[0, 0, 0], [0.6, 0.8, 0], [0, 0, -1]]))
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL]
    assert found.sources == {"b-value": "GEMS_PARM_01 (0043,xx39)",
                             "direction": "GEMS_ACQU_01 (0019,xxBB–BD), along frequency, phase and slice"}  # fmt: skip
    assert found.notes == []


@pytest.mark.parametrize(
    ("written", "bValue"), [(1_000_001_000, 1000), (1_000_000_000, 0), (1_000_030_000, 30000), (10000, 10000)]
)
def test_theOffsetOfSeriesWithSeveralBValuesIsTakenOff(written, bValue):
    assert read(ge(written, (1, 0, 0))).bValues.tolist() == [bValue]


def test_shortDirectionsTellTheShell():
    found = read(*(ge(1000, (0, scale, 0)) for scale in SCALES))
    assert found.bValues.tolist() == [1000, 1000, 250, 100, 500, 1000, 5]
    assert numpy.linalg.norm(found.directions, axis=1) == pytest.approx(1)
    assert found.notes == [
        "Directions shorter than 1 tell the shell in 4 of 7 slices: b is multiplied by the square of the length, e.g. "
        "1000 to 250."
    ]


def test_aMeasuredImageWithoutDirectionIsUnweightedWhateverItsBValue():
    found = read(ge(1000, (1, 0, 0), kind=16), ge(3000, kind=16), ge(0, kind=14))
    assert found.bValues.tolist() == [1000, 0, 0]
    assert found.kinds.tolist() == [DIRECTIONAL, UNWEIGHTED, UNWEIGHTED]
    assert found.notes == [
        "1 of 3 slices are of the table of directions and have none: they are b = 0, although GEMS_PARM_01 (0043,xx39) "
        "says 3000."
    ]


@pytest.mark.parametrize(("count", "kind"), [(None, UNWEIGHTED), (6, UNWEIGHTED), (0, ISOTROPIC)])
def test_withoutKindTheNumberOfDirectionsTellsTraceFromUnweighted(count, kind):
    assert read(ge(1000, (1, 0, 0), count=count), ge(1000, count=count)).kinds.tolist() == [DIRECTIONAL, kind]


def test_traceAndAnisotropyImagesAreSaidByTheirKind():
    found = read(ge(1000, (1, 0, 0), kind=16), ge(1000, kind=19), ge(1000, kind=18))
    assert found.kinds.tolist() == [DIRECTIONAL, ISOTROPIC, DERIVED]


def test_aSeriesWithoutAnyDirectionIsNoTableOfDirections():
    assert read(ge(0), ge(1000), ge(500)).kinds.tolist() == [UNWEIGHTED, ISOTROPIC, ISOTROPIC]


@pytest.mark.parametrize("text", ["", "abc", "-5", "nan", "inf", "999999999", "\\\\\\"])
def test_aSenselessBValueIsUnknown(text):
    values = ge(0, (1, 0, 0)) | {B_VALUE.path: text}
    found = read(values, ge(1000, (0, 1, 0)))
    assert numpy.isnan(found.bValues[0]) and found.bValues[1] == 1000
    assert found.kinds.tolist() == [UNKNOWN, DIRECTIONAL]
    assert len(found.notes) == (text in ("-5", "999999999"))


@pytest.mark.parametrize("vector", [("", 0, 1), ("x", 0, 1), (9, 9, 9), ("nan", 1, 0)])
def test_aSenselessDirectionIsUnknown(vector):
    found = read(ge(1000, vector), ge(1000, (0, 1, 0)))
    assert found.kinds.tolist() == [UNKNOWN, DIRECTIONAL]
    assert len(found.notes) == (vector == (9, 9, 9))


def test_elementsOfAnotherCreatorAreNotBelieved():
    values = {"0043,1039": "1000\\8\\0\\0", "0043,0010": "ACME", "0019,0010": "ACME", "Manufacturer": NAME,
              "0019,10BB": "1", "0019,10BC": "0", "0019,10BD": "0"}  # fmt: skip
    assert GERule().evidence(planes(values)) == ""
    assert read(values).kinds.tolist() == [UNKNOWN]


def test_elementsWithoutAnyCreatorAreBelievedAndTold():
    values = {"0043,1039": "1000\\8\\0\\0", "0019,10BB": "1", "0019,10BC": "0", "0019,10BD": "0",
              "InPlanePhaseEncodingDirection": "ROW"}  # fmt: skip
    named = values | {"Manufacturer": NAME}
    assert GERule().evidence(planes(named)) == "GEMS_PARM_01 (0043,xx39) is up to 1000"
    found = read(named)
    assert found.directions[0].tolist() == [0, -1, 0] and found.kinds.tolist() == [DIRECTIONAL]
    assert len(found.notes) == 2 and "perhaps removed by anonymising" in found.notes[0]
    unnamed = planes(values | {"Manufacturer": ""})
    assert GERule().evidence(unnamed) == ""
    assert chooseWeighting(unnamed, "GE").weighting.kinds.tolist() == [DIRECTIONAL]


def test_evidenceIsAPrivateBValue():
    assert GERule().evidence(planes(ge(0), ge(1_000_000_800))) == "GEMS_PARM_01 (0043,xx39) is up to 800"
    assert GERule().evidence(planes(ge(1_000_000_000), {"Manufacturer": NAME})) == ""


def test_theStandardsBValueOfTheOutermostShellDoesNotCount():
    chosen = chooseWeighting(planes(ge(0, DiffusionBValue=0), ge(2000, (0.5, 0.5, 0), DiffusionBValue=2000)))
    assert chosen.weighting.bValues.tolist() == [0, 1000]
    assert any(line.startswith("Contradiction: b is 1000 by the GE rule and 2000") for line in chosen.explanation)


def test_theStandardsDirectionCountsWhereThePrivateOneIsAbsent():
    values = ge(1000) | {element.path: "" for element in DIRECTION}
    chosen = chooseWeighting(planes(values | {"DiffusionGradientOrientation": "0\\0\\1", "DiffusionBValue": "1000"}))
    assert chosen.weighting.directions.tolist() == [[0, 0, 1]]


# Against dcm2niix, on the same files


def againstDcm2niix(tmp_path, edit):
    volumes = volumesOf((0, 1000), spreadDirections(6))
    folder = DiffusionBuilder("ge", volumes=volumes, edit=edit, dtype="int16").write(tmp_path / "in")
    (node,), (reference,) = diffusionNodes(folder), dcm2niixDiffusion(folder, tmp_path / "out")
    return difference(node, reference), node, reference


def scaled(dataset, volume, number):
    block = dataset.private_block(0x0019, "GEMS_ACQU_01")
    for low in (0xBB, 0xBC, 0xBD):
        block.add_new(low, "DS", f"{float(block[low].value) * SCALES[volume]:.6f}")


def withoutDirection(dataset, volume, number):
    if volume == 3:
        for low in (0xBB, 0xBC, 0xBD):
            dataset.private_block(0x0019, "GEMS_ACQU_01").add_new(low, "DS", "0")


def withAnotherStandardDirection(dataset, volume, number):
    dataset.DiffusionBValue = 1000.0 if volume else 0.0
    if volume:
        dataset.DiffusionGradientOrientation = [0.0, 0.0, 1.0]


def feetFirst(dataset, volume, number):
    dataset.PatientPosition = "FFP"


def highBValue(dataset, volume, number):
    b = 1_000_030_000 if volume else 1_000_000_000
    dataset.private_block(0x0043, "GEMS_PARM_01").add_new(0x39, "IS", [b, 8, 0, 0])


@pytest.mark.parametrize(
    "edit", [withoutDirection, withAnotherStandardDirection, feetFirst, highBValue], ids=lambda edit: edit.__name__
)
def test_theSameAsDcm2niix(tmp_path, edit):
    found, *_ = againstDcm2niix(tmp_path, edit)
    assert found.isNone, found


def test_shellsAreThoseOfDcm2niix(tmp_path):
    """Lengths of its directions are left out: it keeps those of more than 0.97, and of shells rounded to 5."""
    found, node, reference = againstDcm2niix(tmp_path, scaled)
    assert found.bValues == 0 and found.voxels == 0
    lengths = numpy.linalg.norm(reference.directions, axis=1)
    assert lengths[6] == pytest.approx(0.05 * (1000 / 5) ** 0.5, abs=1e-3)
    alike = abs((node.gradientsRAS() * reference.directions).sum(axis=1))[1:] / lengths[1:]
    assert alike.min() > 0.99999


def test_withoutPhaseDirectionDcm2niixLeavesDirectionsUnturned(tmp_path):
    """A difference: it writes the three numbers as they are, along its own axes, where rows count upwards."""

    def edit(dataset, volume, number):
        del dataset.InPlanePhaseEncodingDirection

    found, node, reference = againstDcm2niix(tmp_path, edit)
    assert found.bValues == 0 and found.degrees > 30
    assert abs(node.gradientsRAS() * [1, -1, 1]) == pytest.approx(abs(reference.directions), abs=1e-4)
