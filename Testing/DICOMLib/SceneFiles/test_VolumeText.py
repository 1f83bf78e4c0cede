"""What the text of a scene says of volumes and linear transforms, attribute by attribute."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Scene.Nodes import (
    vtkMRMLDiffusionTensorVolumeNode,
    vtkMRMLDiffusionWeightedVolumeNode,
    vtkMRMLGridTransformNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLScalarVolumeNode,
)
from DICOMLib.SceneFiles.VolumeText import FRAMED_FIELDS, LINEAR_TRANSFORM_FIELDS, VOLUME_FIELDS

# Axes of a slice that is turned by 30° about the first, with a spacing that floats do not hold exactly.
PLACE = numpy.array([[-0.7, 0, 0, 12.5], [0, -0.5, 1.5, -40.25], [0, 0.8, 2, 7], [0, 0, 0, 1]])
SHEARED = numpy.array([[0.5, 0.1, 0, 1], [0, 2, 0.3, 2], [0, 0, 3, 3], [0, 0, 0, 1.0]])


def said(fields, node) -> dict[str, str | None]:
    return {field.name: field.text(node) for field in fields}


def apply(fields, node, **attributes: str) -> None:
    for field in fields:
        if field.name in attributes:
            field.apply(node, attributes[field.name])


def test_aVolumeSaysSpacingOriginAndDirections():
    node = vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(numpy.diag([-2.0, 0.5, 3.0, 1.0]) + numpy.array([[0, 0, 0, 10.5]] + [[0] * 4] * 3))
    assert said(VOLUME_FIELDS, node) == {
        "spacing": "2 0.5 3", "origin": "10.5 0 0", "ijkToRASDirections": "-1 0 0 0 1 0 0 0 1",
        "voxelVectorType": "undefined",
    }  # fmt: skip


@pytest.mark.parametrize("place", [PLACE, SHEARED, numpy.eye(4)])
def test_theirPlaceComesBack(place):
    node, again = vtkMRMLScalarVolumeNode(), vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(place)
    apply(VOLUME_FIELDS, again, **said(VOLUME_FIELDS, node))
    numpy.testing.assert_allclose(again.ijkToRASArray(), place, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "text"),
    [("spacing", "1 1"), ("spacing", "1 1 x"), ("spacing", "1 1 nan"), ("origin", "0 0 0 0"), ("origin", "inf 0 0"),
     ("ijkToRASDirections", "1 0 0 0 1 0 0 0"), ("ijkToRASDirections", "1 0 0 0 1 0 0 0 x")],
)  # fmt: skip
def test_placesThatAreNoneAreRefused_andTheNodeStaysAsItWas(name, text):
    node = vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(PLACE)
    with pytest.raises((ValueError, SceneError)):
        apply(VOLUME_FIELDS, node, **{name: text})
    assert numpy.array_equal(node.ijkToRASArray(), PLACE)


FRAME = numpy.array([[0, 1, 0], [-1, 0, 0], [0, 0, 1.0]])


@pytest.mark.parametrize(
    ("nodeClass", "name"),
    [(vtkMRMLDiffusionWeightedVolumeNode, "measurementFrameMatrix"),
     (vtkMRMLDiffusionTensorVolumeNode, "measurementFrame")],
)  # fmt: skip
def test_measurementFramesAreNineNumbersRowByRow(nodeClass, name):
    fields = FRAMED_FIELDS[nodeClass.__name__]
    node, again = nodeClass(), nodeClass()
    node.SetMeasurementFrameMatrix(FRAME)
    assert said(fields, node)[name] == "0 1 0 -1 0 0 0 0 1"
    apply(fields, again, **{name: "0 1 0 -1 0 0 0 0 1"})
    assert numpy.array_equal(again.measurementFrameArray(), FRAME)
    with pytest.raises(ValueError, match="not 9 numbers"):
        apply(fields, again, **{name: "1 0 0"})


def test_gradientsAreThoseOfTheFileOfTheVoxels():
    node = vtkMRMLDiffusionWeightedVolumeNode()
    node.SetDiffusionGradients(numpy.eye(3))
    node.SetBValues(numpy.array([0.0, 1, 2]))
    fields = FRAMED_FIELDS["vtkMRMLDiffusionWeightedVolumeNode"]
    assert (said(fields, node)["gradients"], said(fields, node)["bValues"]) == (None, None)
    apply(fields, node, gradients="9 9 9", bValues="9")
    assert node.bValuesArray().tolist() == [0, 1, 2] and numpy.array_equal(node.gradientsArray(), numpy.eye(3))


def test_tensorsAreOfSecondOrder():
    fields = FRAMED_FIELDS["vtkMRMLDiffusionTensorVolumeNode"]
    node = vtkMRMLDiffusionTensorVolumeNode()
    assert said(fields, node)["order"] == "2"
    apply(fields, node, order="whatever")


def test_linearTransformsSayTheirMatrixRowByRow_toTheLastDigit():
    node, again = vtkMRMLLinearTransformNode(), vtkMRMLLinearTransformNode()
    matrix = node.GetMatrixTransformToParent()
    for row, column, value in ((0, 3, 1 / 3), (1, 3, -20), (2, 0, 0.1)):
        matrix.SetElement(row, column, value)
    node.SetMatrixTransformToParent(matrix)
    (field,) = LINEAR_TRANSFORM_FIELDS
    text = "1 0 0 0.3333333333333333 0 1 0 -20 0.1 0 1 0 0 0 0 1"
    assert said(LINEAR_TRANSFORM_FIELDS, node) == {"matrixTransformToParent": text}
    apply(LINEAR_TRANSFORM_FIELDS, again, matrixTransformToParent=text)
    assert field.text(again) == text
    with pytest.raises(ValueError, match="not 16 numbers"):
        field.apply(again, "1 0 0")


def test_aTransformThatIsNoMatrixSaysNone():
    node = vtkMRMLGridTransformNode()
    node.setDisplacementGrid(numpy.eye(4), DisplacementGrid(numpy.ones((2, 2, 2, 3)), (0, 0, 0), (1, 1, 1)))
    assert LINEAR_TRANSFORM_FIELDS[0].text(node) is None
