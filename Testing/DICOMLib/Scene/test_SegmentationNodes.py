"""Segmentation nodes: segments over label maps, with the names of Slicer."""

import numpy
import pytest
from vtkmodules.vtkCommonDataModel import vtkImageData

from DICOMLib.Errors import CancelledError, SceneError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Matrices import matrixFromArray
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


# Surfaces and label maps, one of the other


def withTwoBlocks(node):
    segmentation = node.GetSegmentation()
    place = numpy.array([[0, 0, 1, 5], [0, -2, 0, 6], [1, 0, 0, 7], [0, 0, 0, 1.0]])
    segmentation.setLayers([numpy.zeros((12, 12, 12), numpy.uint8)], place)
    for name, span in (("a", slice(1, 5)), ("b", slice(6, 12))):
        inside = numpy.zeros((12, 12, 12), bool)
        inside[span, 2:9, 2:9] = True
        segmentation.setSegmentArray(segmentation.AddEmptySegment(name), inside)
    return segmentation


def test_surfacesAreComputedWhenAskedFor_andAreInTheNodesOwnCoordinates(node):
    segmentation = withTwoBlocks(node)
    assert node.GetClosedSurfaceRepresentation("a") is None
    assert segmentation.GetContainedRepresentationNames() == ["Binary labelmap"]
    segmentation.SetConversionParameter("Smoothing factor", 0)
    assert node.CreateClosedSurfaceRepresentation()
    assert segmentation.GetContainedRepresentationNames() == ["Binary labelmap", "Closed surface"]
    # Slices are along x here, columns along z, rows along −y.
    assert node.GetClosedSurfaceRepresentation("a").GetBounds() == pytest.approx((5.5, 9.5, -11, 3, 8.5, 15.5))
    transform = node.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert node.GetClosedSurfaceRepresentation("a").GetBounds() == pytest.approx((5.5, 9.5, -11, 3, 8.5, 15.5))
    assert node.GetClosedSurfaceRepresentation("nobody") is None


def test_onlyTheSurfaceOfWhatChangedIsForgotten(node):
    segmentation = withTwoBlocks(node)
    node.CreateClosedSurfaceRepresentation()
    kept = node.GetClosedSurfaceRepresentation("b")
    segmentation.setSegmentArray("a", segmentation.segmentArray("a")[:, ::-1])
    assert node.GetClosedSurfaceRepresentation("a") is None
    assert node.GetClosedSurfaceRepresentation("b") is kept
    node.CreateClosedSurfaceRepresentation()
    assert node.GetClosedSurfaceRepresentation("a").GetNumberOfPoints() > 0
    assert node.GetClosedSurfaceRepresentation("b") is kept
    node.RemoveClosedSurfaceRepresentation()
    assert not segmentation.ContainsRepresentation("Closed surface")
    assert segmentation.ContainsRepresentation("Binary labelmap")


def test_computedSurfacesChangeNothingUntilTheyAreSet(node):
    segmentation, heard = withTwoBlocks(node), []
    node.AddObserver("ModifiedEvent", lambda caller, event: heard.append(event))
    surfaces = segmentation.computedSurfaces()
    assert list(surfaces) == ["a", "b"] and heard == []
    segmentation.RemoveSegment("b")  # meanwhile
    segmentation.setClosedSurfaces(surfaces)
    assert node.GetClosedSurfaceRepresentation("a") is surfaces["a"]
    assert segmentation.computedSurfaces() == {}
    assert heard


def test_aCancelledComputationChangesNothing(node):
    segmentation, progress = withTwoBlocks(node), Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        node.CreateClosedSurfaceRepresentation(progress)
    assert not segmentation.ContainsRepresentation("Closed surface")


def test_labelMapsOfSurfacesAreWhatTheSurfacesWereMadeOf(node):
    segmentation = withTwoBlocks(node)
    before = {name: segmentation.segmentArray(name).copy() for name in ("a", "b")}
    segmentation.SetConversionParameter("Smoothing factor", 0)
    segmentation.parameters.setReference(segmentation.ijkToRASArray(), (12, 12, 12))
    place = segmentation.ijkToRASArray()
    assert node.SetSourceRepresentationToClosedSurface()
    node.RemoveBinaryLabelmapRepresentation()
    assert segmentation.layers() == []
    assert node.CreateBinaryLabelmapRepresentation()
    shift = numpy.round((numpy.linalg.inv(place) @ segmentation.ijkToRASArray())[:3, 3]).astype(int)
    for name, expected in before.items():
        assert ((numpy.argwhere(segmentation.segmentArray(name)) + shift[::-1]) == numpy.argwhere(expected)).all()
    assert segmentation.GetSourceRepresentationName() == "Closed surface"
    assert node.GetClosedSurfaceRepresentation("a") is not None


def test_editingVoxelsMakesTheLabelMapsTheSource(node):
    segmentation = withTwoBlocks(node)
    node.SetSourceRepresentationToClosedSurface()
    segmentation.setSegmentArray("a", segmentation.segmentArray("b"))
    assert segmentation.GetSourceRepresentationName() == "Binary labelmap"
    assert node.GetClosedSurfaceRepresentation("a") is None


def test_aSegmentCanBeMadeOfASurface(node):
    from Testing.DICOMLib.Scene.test_SurfaceRaster import sphere

    name = node.AddSegmentFromClosedSurfaceRepresentation(sphere(), "Ball", (1, 0, 0))
    segmentation = node.GetSegmentation()
    assert segmentation.GetSourceRepresentationName() == "Closed surface"
    assert segmentation.GetSegment(name).GetColor() == (1, 0, 0)
    assert node.GetRASBounds() == pytest.approx((-9.9, 9.9, -9.9, 9.9, -10, 10), abs=0.2)
    other = node.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    withTwoBlocks(other)
    name = other.AddSegmentFromClosedSurfaceRepresentation(sphere(), "Ball")
    assert other.GetSegmentation().GetSourceRepresentationName() == "Binary labelmap"
    assert other.GetSegmentation().segmentArray(name).any()


def test_surfacesThatAreTheSourceCanBeMovedByAnyTransform(node):
    from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform

    from Testing.DICOMLib.Scene.test_SurfaceRaster import sphere

    node.AddSegmentFromClosedSurfaceRepresentation(sphere(), "Ball")
    matrix = numpy.diag([2.0, 1, 1, 1])
    matrix[0, 3] = 100
    transform = node.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    transform.SetMatrixTransformToParent(matrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert node.GetRASBounds()[:2] == pytest.approx((80, 120), abs=0.5)
    node.HardenTransform()
    assert node.GetTransformNodeID() is None
    assert node.GetRASBounds()[:2] == pytest.approx((80, 120), abs=0.5)
    assert node.CanApplyNonLinearTransforms()
    node.ApplyTransform(vtkThinPlateSplineTransform())


def test_aLabelMapOfOneSegmentIsAnImageInItsPlace(node):
    withTwoBlocks(node)
    image = node.GetBinaryLabelmapRepresentation("a")
    assert image.GetDimensions() == (7, 7, 4)
    assert image.GetScalarRange() == (1, 1)
    for index, place in (((0, 0, 0), (6, 2, 9)), ((6, 6, 3), (9, -10, 15))):
        found = [0.0, 0.0, 0.0]
        image.TransformContinuousIndexToPhysicalPoint(index, found)
        assert found == pytest.approx(place)
    given = vtkImageData()
    assert node.GetBinaryLabelmapRepresentation("b", given) is given
    assert given.GetDimensions() == (7, 7, 6)
    assert node.GetBinaryLabelmapRepresentation("nobody") is None


def test_aCopyHasSurfacesOfItsOwn(node):
    segmentation = withTwoBlocks(node)
    node.SetSourceRepresentationToClosedSurface()
    segmentation.SetConversionParameter("Other parameter", "5", "kept")
    copy = node.scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    copy.CopyContent(node)
    assert copy.GetSegmentation().GetSourceRepresentationName() == "Closed surface"
    assert copy.GetClosedSurfaceRepresentation("a") is not node.GetClosedSurfaceRepresentation("a")
    assert copy.GetClosedSurfaceRepresentation("a").GetBounds() == node.GetClosedSurfaceRepresentation("a").GetBounds()
    assert copy.GetSegmentation().GetConversionParameter("Other parameter") == "5"
    segmentation.SetConversionParameter("Other parameter", "6")
    assert copy.GetSegmentation().GetConversionParameter("Other parameter") == "5"


def test_aRepresentationThatIsNotThereCannotBeTheSource(node):
    with pytest.raises(SceneError, match="no such representation"):
        node.GetSegmentation().SetSourceRepresentationName("Closed surface")
