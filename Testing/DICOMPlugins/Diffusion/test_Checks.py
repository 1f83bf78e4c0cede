import math
import warnings

import numpy
import pytest

from DICOMLib.Diffusion.Coverage import evenDirections
from DICOMLib.Geometry.Findings import NOTE, WARNING
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins.Diffusion.Checks import NodeMeasurements, checkWeighting
from DICOMPlugins.Diffusion.Weighting import DIRECTIONAL, UNWEIGHTED


def measured(bValues, directions, bMatrices=None) -> NodeMeasurements:
    bValues, directions = numpy.array(bValues, float), numpy.array(directions, float)
    kinds = numpy.where(directions.any(axis=1), DIRECTIONAL, UNWEIGHTED)
    matrices = numpy.full((len(kinds), 6), math.nan) if bMatrices is None else bMatrices
    return NodeMeasurements(bValues, directions, kinds, matrices)


def scheme(count: int = 30, bValue: float = 1000) -> NodeMeasurements:
    return measured([0] + [bValue] * count, numpy.vstack([numpy.zeros(3), evenDirections(count)]))


def finding(measurements: NodeMeasurements, code: str):
    """The one finding of a code, None without."""
    found = [one for one in checkWeighting(measurements) if one.code == code]
    assert len(found) <= 1
    return found[0] if found else None


def bMatricesOf(bValues, directions) -> numpy.ndarray:
    x, y, z = numpy.array(directions, float).T
    return numpy.array(bValues)[:, None] * numpy.stack([x * x, x * y, x * z, y * y, y * z, z * z], axis=1)


def test_anEvenSchemePassesEveryCheck():
    found = checkWeighting(scheme())
    assert {one.severity for one in found} == {NOTE}
    assert [one.code for one in found] == ["unitLength", "directions", "coverage", "baseline"]


def test_directionsOfAnotherLengthAreAWarning():
    bad = measured([0, 1000], [[0, 0, 0], [0, 0, 0.9]])
    assert finding(bad, "unitLength").severity == WARNING
    assert finding(bad, "unitLength").value == pytest.approx(0.1)


def test_roundingIsNotTold():
    fine = measured([0, 1000], [[0, 0, 0], [0, 0, 1 + 1e-9]])
    assert finding(fine, "unitLength").text == "every direction has unit length, or none at b = 0"


def test_bMatricesThatAgreeAreANoteWithNumbers():
    good = scheme()
    good.bMatrices[:] = bMatricesOf(good.bValues, good.directions)
    assert finding(good, "bMatrix").severity == NOTE
    assert "30 measurements: the trace differs from b by at most 0.0%" in finding(good, "bMatrix").text


@pytest.mark.parametrize(("factor", "turn"), [(1.1, 0), (1.0, 3)])
def test_bMatricesThatContradictBOrDirectionAreAWarning(factor, turn):
    bad = scheme()
    angle = math.radians(turn)
    rotation = numpy.array([[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]])
    bad.bMatrices[:] = bMatricesOf(factor * bad.bValues, bad.directions @ rotation.T)
    assert finding(bad, "bMatrix").severity == WARNING


def test_matricesOfWhatImagingGradientsMakeAreNotHeldAgainstB():
    """b = 5 for b = 0, as in the Human Connectome Project: its matrix is that of the imaging gradients."""
    directions = evenDirections(30)
    good = measured([5] + [1000] * 30, numpy.vstack([[0, 0, 1], directions]))
    good.bMatrices[:] = bMatricesOf([14] + [1000] * 30, numpy.vstack([[1, 0, 0], directions]))
    assert finding(good, "bMatrix").severity == NOTE


def test_aDirectionAtNoWeightingIsAWarningAndDividesNothingByZero():
    bad = measured([0, 0], [[0, 0, 0], [0, 0, 1]], numpy.zeros((2, 6)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        checkWeighting(bad)
    assert "1 measurement with a direction but b = 0" in finding(bad, "weakWeighting").text


def test_weightingWithoutADirectionIsAWarning():
    assert finding(measured([0, 900], numpy.zeros((2, 3))), "strongBaseline").value == 900


def test_repeatedDirectionsAreCountedOnceWhateverTheirSign():
    repeated = evenDirections(12)
    both = measured([1000] * 24, numpy.vstack([repeated, -repeated]))
    assert "24 weighted measurements in 12 different directions" in finding(both, "directions").text
    assert "12 measurements more along the same ones" in finding(both, "coverage").text


def test_fewDirectionsAreToldToBeTooFewForATensor():
    few = measured([0, 800, 800, 800], [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    assert finding(few, "directions").text.endswith("fewer than the 6 that determine a tensor")
    assert finding(few, "coverage") is None


def test_directionsInAPlaneAreAWarning():
    angles = numpy.linspace(0, 3, 12)
    plane = numpy.column_stack([numpy.cos(angles), numpy.sin(angles), numpy.zeros(12)])
    bad = measured([1000] * 12, plane)
    assert finding(bad, "directions").severity == WARNING
    assert "spread unevenly" in finding(bad, "coverage").text
    assert finding(bad, "coverage").value == pytest.approx(90, abs=2)


def test_coverageIsToldForEachShell():
    two = measured([700] * 12 + [2000] * 30, numpy.vstack([evenDirections(12), evenDirections(30)]))
    texts = [one.text for one in checkWeighting(two) if one.code == "coverage"]
    assert [text.split(",")[0] for text in texts] == ["b = 700: 12 directions", "b = 2000: 30 directions"]
    assert all(text.endswith("spread evenly") for text in texts)


def test_missingBaselineIsTold():
    assert finding(measured([1000], [[0, 0, 1]]), "baseline").text == "no measurement at b = 0"


def test_aNodeIsCheckedInRAS():
    node = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    node.SetBValues([0, 1000])
    node.SetDiffusionGradients(numpy.array([[0, 0, 0], [1.0, 0, 0]]))
    node.SetMeasurementFrameMatrix(numpy.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]]))
    found = NodeMeasurements.of(node)
    assert found.directions[1].tolist() == [0, 1, 0] and found.kinds.tolist() == [UNWEIGHTED, DIRECTIONAL]
