"""What Canon and Toshiba write about the weighting of slices."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.Canon import CanonRule
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import planesFrom, record, weighted
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.Fixtures.DiffusionBuilder import ORIENTATIONS, DiffusionBuilder, oblique, spreadDirections, volumesOf

VOLUMES = volumesOf((0, 1000), spreadDirections(6))
CANON = {"Manufacturer": "CANON_MEC", "InPlanePhaseEncodingDirection": "COL", "ImageType": "ORIGINAL\\PRIMARY\\GDC"}


def comment(text, **others):
    return {**CANON, "ImageComments": text, **others}


def planes(*slices):
    return planesFrom([record(number, number, **values) for number, values in enumerate(slices)])


def read(*slices):
    return CanonRule().read(planes(*slices))


def test_theCommentHasBAndTheDirectionAlongPhaseFrequencyAndSlice():
    found = read(comment("b=1500(0.445,0.000,0.895)"), comment("b=700(-0.6,0.8,0)"))
    assert found.bValues.tolist() == [1500, 700]
    assert found.directions == pytest.approx(numpy.array([[0, 0.4452, -0.8954], [0.8, -0.6, 0]]), abs=1e-3)
    assert found.kinds.tolist() == [DIRECTIONAL, DIRECTIONAL]
    assert found.sources == {"b-value": "ImageComments (0020,4000)",
                             "direction": "ImageComments (0020,4000), along phase, frequency and slice"}  # fmt: skip


def test_thePhaseAlongRowsTurnsTheDirection():
    found = read(comment("b=1500(1,0,0)", InPlanePhaseEncodingDirection="ROW"))
    assert found.directions.tolist() == [[1, 0, 0]]


@pytest.mark.parametrize("text", [
    "", "a fine picture", "b=1500", "b=1500(1,0)", "b=(1,0,0)", "b=1500(x,0,0)", "b=1500(nan,0,0)", "bb=1500(1,0,0)",
    "b=1500(1,0,0", "b=" + "9" * 400 + "(1,0,0)", "b=1500(1e308,0,0)", "(" * 5000,
])  # fmt: skip
def test_otherCommentsSayNothing(text):
    found = read(comment(text))
    assert found.kinds.tolist() == [UNKNOWN] and found.notes == []


@pytest.mark.parametrize("text", ["b=-5(1,0,0)", "b=1000(7,0,0)"])
def test_numbersThatMakeNoSenseAreToldInOneSentence(text):
    found = read(comment(text))
    assert found.kinds.tolist() == [UNKNOWN] and len(found.notes) == 1


def test_aBValueLeftOutIsZeroWhereOtherSlicesHaveOne():
    found = read(CANON, CANON | weighted(1000, (1, 0, 0)), CANON | {"ImageType": "DERIVED\\SECONDARY"})
    assert found.bValues[0] == 0 and numpy.isnan(found.bValues[1:]).all()
    assert found.kinds.tolist() == [UNWEIGHTED, UNKNOWN, UNKNOWN]
    assert found.notes == ["1 of 3 slices have no b-value: Toshiba leaves it out at b = 0."]
    assert read(CANON, CANON).kinds.tolist() == [UNKNOWN, UNKNOWN]


def test_otherVendorsLeaveNothingOut():
    others = [{"Manufacturer": "Nobody"}, weighted(1000, (1, 0, 0), Manufacturer="Nobody")]
    assert read(*others).kinds.tolist() == [UNKNOWN, UNKNOWN]


def test_computedImagesAreSaidByTheirType():
    found = read(comment("b=1000(0,0,0)"), comment("b=1000(1,0,0)", ImageType="DERIVED\\PRIMARY\\ADC"))
    assert found.kinds.tolist() == [ISOTROPIC, DERIVED]


def test_evidenceIsACommentOrTheVendorsNameBesideABValue():
    rule = CanonRule()
    anonymous = planes({"Manufacturer": "", "ImageComments": "b=1500(0.445,0.000,0.895)"})
    assert rule.evidence(anonymous) == "ImageComments (0020,4000) is b=1500(0.445,0.000,0.895)"
    toshiba = planes(weighted(1000, Manufacturer="TOSHIBA_MEC"))
    assert rule.evidence(toshiba) == "Manufacturer is Canon or Toshiba, and there are b-values"
    assert rule.evidence(planes(CANON, weighted(1000), comment("b=0(0,0,0)"))) == ""


def test_theStandardsDirectionComesFirst():
    values = comment("b=1000(1,0,0)") | weighted(1000, (0, 0, 1))
    chosen = chooseWeighting(planes(values))
    assert chosen.weighting.directions.tolist() == [[0, 0, 1]]
    assert any(
        line.startswith("Contradiction: directions of the standard and the Canon") for line in chosen.explanation
    )


# Against dcm2niix, on the same files (orientations with the comment: test_LogicalFrame)


def withBoth(dataset, volume, number):
    """Another direction than the comment's, and zeros at b = 0."""
    dataset.DiffusionGradientOrientation = list(reversed(VOLUMES[volume].direction))


def withoutZero(dataset, volume, number):
    if not volume:
        del dataset.DiffusionBValue, dataset.ImageComments


def bothRead(tmp_path, edit):
    folder = DiffusionBuilder("canon", oblique(), VOLUMES, edit=edit, dtype="int16").write(tmp_path / "in")
    (node,), (reference,) = diffusionNodes(folder), dcm2niixDiffusion(folder, tmp_path / "out")
    return difference(node, reference), node


@pytest.mark.parametrize("edit", [withBoth, withoutZero], ids=lambda edit: edit.__name__)
def test_theSameAsDcm2niix(tmp_path, edit):
    found, _ = bothRead(tmp_path, edit)
    assert found.isNone, found


def test_dcm2niixTakesTheFrameOfAllDirectionsFromTheFirstFile(tmp_path):
    """A difference: without 0018,9089 in the first file it takes all of them for directions in the image."""

    def edit(dataset, volume, number):
        if volume:
            withBoth(dataset, volume, number)

    found, node = bothRead(tmp_path, edit)
    assert found.bValues == 0 and found.degrees > 30
    expected = [list(reversed(volume.direction)) for volume in VOLUMES]
    alike = abs((node.gradientsRAS() * [-1, -1, 1] * expected).sum(axis=1))
    assert alike[1:].min() > 0.99999


@pytest.mark.parametrize("name", [*ORIENTATIONS, "oblique"])
def test_toshibasDirectionsAreThoseOfThePatient(tmp_path, name):
    acquisition = oblique() if name == "oblique" else name
    builder = DiffusionBuilder("toshiba", acquisition, VOLUMES, dtype="int16")
    folder = builder.write(tmp_path / "in")
    (node,), (reference,) = diffusionNodes(folder), dcm2niixDiffusion(folder, tmp_path / "out")
    found = difference(node, reference)
    assert found.isNone, found
