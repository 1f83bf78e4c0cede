"""Segmentation nodes: segments over label maps, with the names of Slicer."""

import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.Segmentation import vtkSegment


@pytest.fixture
def node():
    scene = Scene()
    found = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organs")
    found.scene = scene  # a node does not keep its scene
    return found


def block(start: int, end: int) -> numpy.ndarray:
    array = numpy.zeros((4, 3, 2), bool)
    array[start:end] = True
    return array


def withLayers(node):
    node.GetSegmentation().setLayers([numpy.zeros((4, 3, 2), numpy.uint8)], numpy.diag([2.0, 3, 4, 1]))
    return node.GetSegmentation()


def test_itHasAnItemInTheHierarchy_aDisplayAndAStorageNode(node):
    node.CreateDefaultDisplayNodes()
    assert node.GetDisplayNode().GetClassName() == "vtkMRMLSegmentationDisplayNode"
    assert node.AddDefaultStorageNode("a.seg.nrrd").GetClassName() == "vtkMRMLSegmentationStorageNode"
    assert node.scene.GetSubjectHierarchyNode().GetItemByDataNode(node) != 0
    node.scene.RemoveNode(node)
    assert node.scene.GetNumberOfNodesByClass("vtkMRMLStorageNode") == 0
    assert node.scene.GetNumberOfNodesByClass("vtkMRMLDisplayNode") == 0


def test_segmentsAreFoundByIdentifierNumberAndName(node):
    segmentation = node.GetSegmentation()
    first = segmentation.AddEmptySegment("", "Liver", (1, 0, 0))
    second = segmentation.AddEmptySegment("", "Spleen")
    assert segmentation.GetSegmentIDs() == [first, second]
    assert segmentation.GetSegmentIdBySegmentName("liver") == first
    assert segmentation.GetNthSegment(1).GetName() == "Spleen"
    assert segmentation.GetSegmentIndex(second) == 1
    assert segmentation.GetSegment("none") is None
    assert segmentation.GetSegment(first).GetColor() == (1, 0, 0)
    with pytest.raises(SceneError):
        segmentation.AddSegment(vtkSegment(), first)
    between = segmentation.AddSegment(vtkSegment(), "between", second)
    assert segmentation.GetSegmentIDs() == [first, between, second]


def test_segmentsThatOverlapGetLayersOfTheirOwn(node):
    segmentation = withLayers(node)
    names = [segmentation.AddEmptySegment() for _ in range(3)]
    for name, array in zip(names, (block(0, 2), block(2, 4), block(1, 3)), strict=True):
        segmentation.setSegmentArray(name, array)
    assert [segmentation.GetLayerIndex(name) for name in names] == [0, 0, 1]
    assert numpy.array_equal(segmentation.segmentArray(names[0]), block(0, 2))
    assert numpy.array_equal(segmentation.segmentArray(names[2]), block(1, 3))
    segmentation.RemoveSegment(names[1])
    assert segmentation.layers()[0].max() == 1
    assert segmentation.GetNumberOfSegments() == 2


def test_moreThan255SegmentsInALayerMakeItWider(node):
    segmentation = node.GetSegmentation()
    segmentation.setLayers([numpy.zeros((300, 1, 1), numpy.uint8)], numpy.eye(4))
    for number in range(300):
        inside = numpy.zeros((300, 1, 1), bool)
        inside[number] = True
        segmentation.setSegmentArray(segmentation.AddEmptySegment(), inside)
    assert segmentation.GetNumberOfLayers() == 1
    assert segmentation.layers()[0].ravel().tolist() == list(range(1, 301))


def test_anArrayOfAnotherSizeIsRefused(node):
    segmentation = withLayers(node)
    name = segmentation.AddEmptySegment()
    with pytest.raises(SceneError, match="another size"):
        segmentation.setSegmentArray(name, numpy.ones((1, 1, 1)))
    with pytest.raises(SceneError, match="no such segment"):
        segmentation.segmentArray("none")
    with pytest.raises(SceneError, match="label maps of one size"):
        segmentation.setLayers([numpy.zeros((1, 1, 1))], numpy.eye(4))


def test_boundsReachTheFacesOfTheVoxels_andFollowTransforms(node):
    withLayers(node)
    assert node.GetRASBounds() == (-1, 3, -1.5, 7.5, -2, 14)
    transform = node.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = transform.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 10)
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert node.GetRASBounds()[:2] == (9, 13)
    node.HardenTransform()
    assert node.GetSegmentation().ijkToRASArray()[0, 3] == 10


def test_theSizeOfAVolumeIsTakenOver(node):
    volume = node.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.setVoxelArray(numpy.zeros((5, 6, 7), numpy.int16))
    volume.SetSpacing(1, 2, 3)
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    assert node.GetSegmentation().layers()[0].shape == (5, 6, 7)
    assert numpy.array_equal(node.GetSegmentation().ijkToRASArray(), volume.ijkToRASArray())


def test_changesOfASegmentationAreHeardFromTheNode(node):
    heard = []
    node.AddObserver(node.SegmentationChangedEvent, lambda caller, event: heard.append(event))
    withLayers(node)
    assert heard


def test_aCopyHasMemoryOfItsOwn(node):
    segmentation = withLayers(node)
    name = segmentation.AddEmptySegment("", "Liver")
    segmentation.setSegmentArray(name, block(0, 1))
    segmentation.GetSegment(name).SetTag("a", "b")
    copy = node.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    copy.Copy(node)
    segmentation.setSegmentArray(name, block(0, 0))
    assert numpy.array_equal(copy.GetSegmentation().segmentArray(name), block(0, 1))
    assert copy.GetSegmentation().GetSegment(name).GetTag("a") == "b"


def test_eachSegmentIsShownByItself(node):
    first, second = (node.GetSegmentation().AddEmptySegment() for _ in range(2))
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    display.SetSegmentVisibility(first, False)
    display.SetSegmentOpacity2DFill(second, 0.25)
    assert [display.GetSegmentVisibility(one) for one in (first, second)] == [False, True]
    assert [display.GetSegmentOpacity2DFill(one) for one in (first, second)] == [1, 0.25]
    display.SetAllSegmentsVisibility(False)
    assert not display.GetSegmentVisibility(second)
