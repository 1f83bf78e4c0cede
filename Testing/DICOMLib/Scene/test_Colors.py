import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Colors import colorNameOfID, colorNames, colorNodeID, colorTable
from DICOMLib.Scene.Scene import Scene


@pytest.mark.parametrize("name", colorNames())
def test_everyTableHasOpaqueColorsInRange(name):
    table = colorTable(name)
    assert table.shape == (256, 4)
    assert table.min() >= 0
    assert table.max() <= 1
    assert (table[1:, 3] == 1).all()
    assert colorNameOfID(colorNodeID(name)) == name


def test_greyIsALinearRamp():
    assert numpy.allclose(colorTable("Grey")[:, 0], numpy.linspace(0, 1, 256))


def test_labelZeroIsTransparentAndNeighboursDiffer():
    table = colorTable("Labels")
    assert table[0].tolist() == [0, 0, 0, 0]
    differences = numpy.abs(numpy.diff(table[1:, :3], axis=0)).sum(axis=1)
    assert differences.min() > 0.3


def test_unknownNamesAreRefused():
    with pytest.raises(SceneError, match="no such color table"):
        colorTable("Plaid")
    assert colorNameOfID("vtkMRMLModelNode1") is None
    assert colorNameOfID("Grey") is None
    assert colorNameOfID(None) is None


def test_aSceneGivesColorNodesByIDWithoutListingThem():
    scene = Scene()
    node = scene.GetNodeByID("vtkMRMLColorTableNodeFileGenericColors.txt")
    assert node.GetName() == "Labels"
    assert scene.GetNodeByID("vtkMRMLColorTableNodeLabels") is node
    assert scene.nodes() == []
    assert node.GetLookupTable().GetTableValue(1) == pytest.approx(tuple(colorTable("Labels")[1]), abs=1 / 255)
    rgba = [0.0] * 4
    assert node.GetColor(1, rgba)
    assert not node.GetColor(999, rgba)
