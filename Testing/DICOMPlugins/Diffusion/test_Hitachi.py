"""What Hitachi writes about the weighting of slices: the standard's elements."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.Hitachi import PRIVATE_B_VALUE, HitachiRule
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from DICOMPlugins.Diffusion.Weighting import DIRECTIONAL, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import X, Y, planesFrom, record, weighted
from Testing.DICOMPlugins.DiffusionComparison import dcm2niixDiffusion, difference, diffusionNodes
from Testing.Fixtures.DiffusionBuilder import ORIENTATIONS, DiffusionBuilder, oblique, spreadDirections, volumesOf

HITACHI = {"Manufacturer": "Hitachi Medical Corporation"}


def planes(*slices):
    return planesFrom([record(number, number, **values) for number, values in enumerate(slices)])


def test_bValuesAndDirectionsAreTheStandards():
    chosen = chooseWeighting(planes(HITACHI | weighted(0), HITACHI | weighted(1000, X), HITACHI | weighted(1000, Y)))
    assert chosen.weighting.bValues.tolist() == [0, 1000, 1000]
    assert chosen.weighting.directions.tolist() == [[0, 0, 0], list(X), list(Y)]
    assert chosen.problems == []


def test_aBValueLeftOutIsZeroWhereOtherSlicesHaveOne():
    chosen = chooseWeighting(planes(HITACHI, HITACHI | weighted(1000, X)))
    assert chosen.weighting.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]
    assert "1 of 2 slices have no b-value: Hitachi leaves it out at b = 0." in chosen.explanation
    assert chosen.problems == []


@pytest.mark.parametrize("text", ["abc", "-4", "1e30"])
def test_aSenselessBValueIsNotTakenForZero(text):
    found = HitachiRule().read(planes(HITACHI | {"DiffusionBValue": text}, HITACHI | weighted(1000, X)))
    assert found.kinds.tolist() == [UNKNOWN, UNKNOWN] and numpy.isnan(found.bValues).all()


def test_computedImagesAreNotUnweighted():
    found = HitachiRule().read(planes(HITACHI | {"ImageType": "DERIVED\\SECONDARY"}, HITACHI | weighted(1000, X)))
    assert found.kinds.tolist() == [UNKNOWN, UNKNOWN]


def test_evidenceIsTheVendorsNameBesideABValue():
    rule = HitachiRule()
    assert rule.evidence(planes(HITACHI | weighted(800, X))) == "Manufacturer is Hitachi, and there are b-values"
    assert rule.evidence(planes(HITACHI, weighted(800, X))) == ""
    renamed = planes({"Manufacturer": "FUJIFILM Healthcare Corporation"} | weighted(800, X))
    assert rule.evidence(renamed).startswith("Manufacturer is Hitachi")


def test_thePrivateBValueCountsWhereTheStandardsIsAbsent():
    slices = [
        {PRIVATE_B_VALUE.path: b, "Manufacturer": "", "DiffusionGradientOrientation": "1\\0\\0"} for b in (0, 900)
    ]
    rule = HitachiRule()
    assert rule.evidence(planes(*slices)) == "MMCPrivate (0029,xx30) is up to 900"
    chosen = chooseWeighting(planes(*slices, slices[1] | {"DiffusionBValue": 1000}))
    assert chosen.weighting.bValues.tolist() == [0, 900, 1000]
    assert chosen.weighting.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL]
    assert any(line.startswith("Contradiction: b is 1000 by the standard rule and 900") for line in chosen.explanation)


def test_thePrivateBValueOfAnotherCreatorIsNotBelieved():
    values = HITACHI | {"0029,1030": "1000", "0029,0010": "ACME"}
    assert HitachiRule().evidence(planes(values)) == ""
    assert numpy.isnan(HitachiRule().read(planes(values)).bValues).all()


@pytest.mark.parametrize("name", [*ORIENTATIONS, "oblique"])
def test_directionsAreThoseOfDcm2niix(tmp_path, name):
    acquisition = oblique() if name == "oblique" else name
    builder = DiffusionBuilder("hitachi", acquisition, volumesOf((0, 1000), spreadDirections(6)), dtype="int16")
    folder = builder.write(tmp_path / "in")
    (node,), (reference,) = diffusionNodes(folder), dcm2niixDiffusion(folder, tmp_path / "out")
    found = difference(node, reference)
    assert found.isNone, found
