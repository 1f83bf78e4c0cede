"""What is shown of a diffusion volume, in words."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMModule.Host.DiffusionTexts import (
    directionText,
    invariantTitle,
    isTensor,
    isWeighted,
    measurementCount,
    numberText,
    shortText,
    shownLines,
)


@pytest.fixture
def node():
    scene = Scene()
    made = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "dwi")
    made.setVoxelArray(numpy.zeros((2, 3, 4, 3), "int16"))
    made.SetDiffusionGradients(numpy.array([[0, 0, 0], [0.6, -0.8, 0], [0, 0, 1.0]]))
    made.SetBValues([0, 1000, 992.5])
    made.CreateDefaultDisplayNodes()
    yield made
    scene.Clear()


def test_aMeasurementIsNumberBValueAndDirection(node):
    assert isWeighted(node) and measurementCount(node) == 3
    assert shortText(node) == "1 / 3  b 0" and shownLines(node) == ["volume 1 of 3, b = 0 s/mm²"]
    node.GetDisplayNode().SetDiffusionComponent(1)
    assert shortText(node) == "2 / 3  b 1000"
    assert shownLines(node) == ["volume 2 of 3, b = 1000 s/mm²", "direction R 0.60  P 0.80  S 0.00"]


def test_aMeasurementWithoutWeightingIsANumber(node):
    node.SetNumberOfGradients(1)
    node.GetDisplayNode().SetDiffusionComponent(2)
    assert shortText(node) == "3 / 3" and shownLines(node) == ["volume 3 of 3"]


def test_directionsNameTheSidesOfThePatient():
    assert directionText(numpy.array([-1, 0.0, -0.004])) == "L 1.00  A 0.00  S 0.00"
    assert directionText(numpy.zeros(3)) == ""


def test_tensorsSayWhichNumberIsShown():
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLDiffusionTensorVolumeNode")
    assert isTensor(node) and shortText(node) == "Fractional anisotropy" == shownLines(node)[0]
    assert invariantTitle(10) == "Direction in colour" and invariantTitle(1000) == "Mean diffusivity"


def test_otherVolumesNeedNoWords():
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    assert shortText(node) == "" and shownLines(node) == [] and not isWeighted(None)


@pytest.mark.parametrize(
    ("value", "text"), [(1000, "1000"), (992.5, "992"), (12.345, "12.35"), (0.5, "0.5"), (0, "0"), (1e-3, "0.001")]
)
def test_numbersAreWholeWhereThatSaysEnough(value, text):
    assert numberText(value) == text
