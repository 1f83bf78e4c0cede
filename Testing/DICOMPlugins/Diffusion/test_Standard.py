"""What the standard's elements say about the weighting of slices."""

from __future__ import annotations

import numpy
import pytest

from DICOMPlugins.Diffusion.Columns import fullMatrices, principalDirections
from DICOMPlugins.Diffusion.Standard import StandardRule
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, ISOTROPIC, UNKNOWN, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import X, Y, planesFrom, record, weighted


def read(*slices):
    return StandardRule().read(planesFrom([record(number, number, **values) for number, values in enumerate(slices)]))


def test_bValueAndDirectionAreThoseOfEachSlice():
    found = read(weighted(0), weighted(1000, Y), weighted(2000.5, X))
    assert found.bValues.tolist() == [0, 1000, 2000.5]
    assert found.directions.tolist() == [[0, 0, 0], list(Y), list(X)]
    assert found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL, DIRECTIONAL]
    assert found.sources == {"b-value": "DiffusionBValue (0018,9087)",
                             "direction": "DiffusionGradientOrientation (0018,9089)"}  # fmt: skip
    assert found.notes == []


def test_directionalityDecidesWhatASliceIs():
    found = read(
        weighted(0, None, DiffusionDirectionality="NONE"),
        weighted(1.25, None, DiffusionDirectionality="NONE"),
        weighted(1000, None, DiffusionDirectionality="ISOTROPIC"),
        weighted(1000, X, DiffusionDirectionality="DIRECTIONAL"),
        {"DiffusionDirectionality": "NONE"},
    )
    assert found.kinds.tolist() == [UNWEIGHTED, UNWEIGHTED, ISOTROPIC, DIRECTIONAL, UNWEIGHTED]
    assert found.bValues.tolist() == [0, 1.25, 1000, 1000, 0]


def test_noneContradictsALargeBValueAndLeavesTheSliceUnknown():
    assert read(weighted(1000, X, DiffusionDirectionality="NONE")).kinds.tolist() == [UNKNOWN]


def test_aDirectionOfNoLengthStandsForATraceImage():
    assert read(weighted(1000, (0, 0, 0))).kinds.tolist() == [ISOTROPIC]


def test_aDirectionOfNoLengthAtABValueThatScansHaveForZeroStandsForThat():
    found = read(weighted(5, (0, 0, 0)), weighted(5, (0, 0, 0), DiffusionDirectionality="ISOTROPIC"), weighted(5, X))
    assert found.kinds.tolist() == [UNWEIGHTED, ISOTROPIC, DIRECTIONAL]


def test_aBValueWithoutDirectionIsNotEnough():
    found = read(weighted(1000), weighted(0))
    assert found.kinds.tolist() == [UNKNOWN, UNWEIGHTED]
    assert numpy.isnan(found.directions[0]).all()


@pytest.mark.parametrize("value", [-5, 1e9, 1000004000])
def test_aBValueThatMakesNoSenseIsUnknownAndTold(value):
    found = read(weighted(value, X), weighted(500, X))
    assert numpy.isnan(found.bValues[0]) and found.bValues[1] == 500
    assert found.kinds.tolist() == [UNKNOWN, DIRECTIONAL]
    assert found.notes == [
        f"DiffusionBValue (0018,9087) makes no sense in 1 of 2 slices, e.g. {value:g}: not used."
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["abc", "1\\2", "nan", "inf", ""])
def test_damagedDirectionsAreUnknown(text):
    found = read(weighted(1000, None, DiffusionGradientOrientation=text), weighted(1000, X))
    assert found.kinds.tolist() == [UNKNOWN, DIRECTIONAL]


def test_directionsAreMadeUnitLengthAndOthersRefused():
    found = read(weighted(1000, (0.9, 0, 0)), weighted(1000, (0, 7, 0)))
    assert found.directions[0].tolist() == [1, 0, 0]
    assert found.kinds.tolist() == [DIRECTIONAL, UNKNOWN]
    assert "is no direction in 1 of 2 slices, e.g. of length 7" in found.notes[0]


def test_theBMatrixGivesWhatElseIsAbsent():
    direction = numpy.array([0.6, 0, 0.8])
    matrix = 1500 * numpy.outer(direction, direction)[numpy.triu_indices(3)]
    keywords = ("XX", "XY", "XZ", "YY", "YZ", "ZZ")
    values = {f"DiffusionBValue{name}": value for name, value in zip(keywords, matrix, strict=True)}
    found = read({**values, "DiffusionDirectionality": "BMATRIX"}, weighted(0))
    assert found.bValues[0] == pytest.approx(1500)
    assert abs(found.directions[0] @ direction) == pytest.approx(1)
    assert found.bMatrices[0] == pytest.approx(matrix)
    assert numpy.isnan(found.bMatrices[1]).all()
    assert found.kinds.tolist() == [DIRECTIONAL, UNWEIGHTED]
    assert found.sources["direction"] == "the principal vector of the b-matrix (0018,9601)"


def test_principalDirectionsOfUnknownAndZeroMatrices():
    found = principalDirections(numpy.array([[numpy.nan] * 6, [0.0] * 6, [0, 0, 0, 0, 0, 9.0]]))
    assert numpy.isnan(found[0]).all() and found[1].tolist() == [0, 0, 0] and abs(found[2]).tolist() == [0, 0, 1]


def test_matricesAreSymmetric():
    (full,) = fullMatrices(numpy.array([[1.0, 2, 3, 4, 5, 6]]))
    assert full.tolist() == [[1, 2, 3], [2, 4, 5], [3, 5, 6]]


@pytest.mark.parametrize(
    ("imageType", "kind"),
    [
        ("DERIVED\\PRIMARY\\DIFFUSION\\ADC", DERIVED),
        ("DERIVED\\PRIMARY\\DIFFUSION\\FA\\ND", DERIVED),
        ("DERIVED\\PRIMARY\\DIFFUSION\\TRACEW\\ND", ISOTROPIC),
        ("ORIGINAL\\PRIMARY\\DIFFUSION\\NONE", DIRECTIONAL),
        ("DERIVED\\PRIMARY\\DIFFUSION\\NONE\\MOCO", DIRECTIONAL),
    ],
)
def test_wordsOfTheImageTypeSetComputedImagesApart(imageType, kind):
    assert read(weighted(1000, X, ImageType=imageType)).kinds.tolist() == [kind]


def test_anAnisotropyTypeMeansAMapOfIt():
    assert read(weighted(1000, X, DiffusionAnisotropyType="FRACTIONAL")).kinds.tolist() == [DERIVED]


def test_evidenceNamesTagAndValue():
    rule = StandardRule()
    assert rule.evidence(planesFrom([record(1, 0, **weighted(700, X))])) == "DiffusionBValue (0018,9087) is up to 700"
    said = planesFrom([record(1, 0, DiffusionDirectionality="ISOTROPIC")])
    assert rule.evidence(said) == "DiffusionDirectionality (0018,9075) is ISOTROPIC"
    assert rule.evidence(planesFrom([record(1, 0), record(2, 1, **weighted(0))])) == ""
