import numpy
import pytest

from DICOMLib.Diffusion.Coverage import evenDirections
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins.Diffusion.Summary import shellNumbers, summaryOf


@pytest.fixture
def node():
    """Baseline, three directions at b = 300, thirty at b = 1000."""
    node = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    node.SetBValues([0, 300, 300, 300] + [1000] * 30)
    node.SetDiffusionGradients(numpy.vstack([numpy.zeros(3), numpy.eye(3), evenDirections(30)]))
    return node


def test_headlineCountsMeasurementsByBValue(node):
    assert summaryOf(node).headline == "34 measurements: 1 at b = 0, 3 at b = 300, 30 at b = 1000"


def test_shellsTellDirectionsGapAndSpread(node):
    rows = [(one.coverage.axes, one.gapText, one.spreadText) for one in summaryOf(node).shells]
    assert rows[:2] == [(0, "", ""), (3, "", "")]
    assert rows[2][0] == 30 and 38 <= int(rows[2][1].rstrip("°")) <= 44 and rows[2][2] == "even"


def test_directionsInAPlaneAreDegenerateAndAWarning(node):
    flat = node.gradientsArray() * [1, 1, 0]
    lengths = numpy.linalg.norm(flat, axis=1, keepdims=True)
    node.SetDiffusionGradients(numpy.divide(flat, lengths, where=lengths > 0, out=numpy.zeros_like(flat)))
    summary = summaryOf(node)
    assert summary.shells[2].spreadText == "degenerate"
    assert any("cover the sphere badly" in text for text in summary.warnings)


def test_textIsTheExplanationOfTheReadingIfThereIsOne(node):
    assert "Every direction has unit length" in summaryOf(node).text
    assert "\nb = 1000: 30 directions" in summaryOf(node).text
    node.SetAttribute("DICOM.diffusionExplanation", "Siemens: B_value.")
    assert summaryOf(node).text == "Siemens: B_value."


def test_whatTheReadingDoubtedIsAWarningToo(node):
    lines = ["Manufacturer: GE.", "Warning: COL is assumed.", "Contradiction: b is 5 by one rule and 9 by another.",
             "Checked: nothing."]  # fmt: skip
    node.SetAttribute("DICOM.diffusionExplanation", "\n".join(lines))
    assert summaryOf(node).warnings == ["COL is assumed.", "b is 5 by one rule and 9 by another."]


def test_aVolumeWithoutBValuesHasASummary():
    empty = Scene().AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode")
    summary = summaryOf(empty)
    assert (summary.headline, summary.shells, summary.warnings) == ("No b-values", [], [])


def test_eachMeasurementHasTheNumberOfItsShell(node):
    shells = summaryOf(node).shells
    assert shellNumbers(shells, 36).tolist() == [0, 1, 1, 1] + [2] * 30 + [-1, -1]
