import gc

import numpy
import pytest
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Nodes import vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode
from DICOMLib.Scene.Scene import Scene


def obliqueMatrix(shear=0.0):
    """Turned by 30° about S, spacing 0.5, 0.7, 3, origin (10, -20, 30); each slice shifted by ``shear`` mm along A."""
    c, s = numpy.cos(numpy.pi / 6), numpy.sin(numpy.pi / 6)
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ numpy.diag([0.5, 0.7, 3.0])
    matrix[:3, 2] += [0, shear, 0]
    matrix[:3, 3] = [10, -20, 30]
    return matrix


def volumeWith(array, matrix=None, nodeClass=vtkMRMLScalarVolumeNode):
    node = nodeClass()
    node.setVoxelArray(array)
    if matrix is not None:
        node.SetIJKToRASMatrix(matrix)
    return node


@pytest.fixture
def numbers():
    return numpy.arange(2 * 3 * 4, dtype="int16").reshape(2, 3, 4)


def test_voxelsAreIndexedSliceRowColumnOverTheNodesOwnMemory(numbers):
    node = volumeWith(numbers)
    assert node.GetDimensions() == (4, 3, 2)
    assert node.GetImageData().GetScalarComponentAsDouble(3, 2, 1, 0) == numbers[1, 2, 3]
    node.voxelArray()[1, 2, 3] = -7
    assert node.GetImageData().GetScalarComponentAsDouble(3, 2, 1, 0) == -7
    assert numbers[1, 2, 3] == -7


def test_theArrayStaysAliveWithTheNode():
    node = volumeWith(numpy.full((20, 50, 50), 7, dtype="int32"))
    gc.collect()
    pressure = [numpy.zeros((20, 50, 50), dtype="int32") for _ in range(20)]
    assert node.voxelArray().min() == 7
    assert len(pressure) == 20


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "int64", "float32", "float64"])
def test_eachNumberTypeIsKept(dtype):
    node = volumeWith(numpy.ones((2, 2, 2), dtype=dtype))
    assert node.voxelArray().dtype == numpy.dtype(dtype)


@pytest.mark.parametrize(("dtype", "kept"), [("bool", "uint8"), ("float16", "float32"), (">i2", "int16")])
def test_typesThatVTKDoesNotHaveAreWidened(dtype, kept):
    node = volumeWith(numpy.array([[[0, 1, 1]]]).astype(dtype))
    assert node.voxelArray().dtype == numpy.dtype(kept)
    assert node.voxelArray().tolist() == [[[0, 1, 1]]]


def test_anArrayThatIsNotContiguousIsCopied(numbers):
    node = volumeWith(numbers[:, ::-1, :])
    assert numpy.array_equal(node.voxelArray(), numbers[:, ::-1, :])


@pytest.mark.parametrize("array", [numpy.zeros((2, 2)), numpy.zeros((0, 2, 2)), numpy.zeros((2, 2, 2), dtype=complex)])
def test_whatIsNotAVolumeIsRefused(array):
    with pytest.raises(SceneError):
        volumeWith(array)


def test_aVectorVolumeHasTheComponentsLast():
    colors = numpy.arange(2 * 3 * 4 * 3, dtype="uint8").reshape(2, 3, 4, 3)
    node = volumeWith(colors, nodeClass=vtkMRMLVectorVolumeNode)
    assert node.GetImageData().GetNumberOfScalarComponents() == 3
    assert numpy.array_equal(node.voxelArray(), colors)


def test_aVolumeWithoutVoxelsSaysSo():
    node = vtkMRMLScalarVolumeNode()
    with pytest.raises(SceneError, match="no voxels"):
        node.voxelArray()
    assert node.GetDimensions() == (0, 0, 0)
    bounds = node.GetRASBounds()
    assert bounds[0] > bounds[1]


def test_geometryOfTheImageItselfIsDroppedAndTheCallersImageIsLeftAlone():
    image = vtkImageData()
    image.SetDimensions(2, 2, 2)
    image.SetSpacing(2, 3, 4)
    image.SetOrigin(5, 6, 7)
    image.AllocateScalars(4, 1)
    node = vtkMRMLScalarVolumeNode()
    node.SetAndObserveImageData(image)
    assert node.GetImageData().GetSpacing() == (1, 1, 1)
    assert node.GetImageData().GetOrigin() == (0, 0, 0)
    assert image.GetSpacing() == (2, 3, 4)


def test_theMatrixIsKeptExactlyShearIncluded():
    matrix = obliqueMatrix(shear=0.4)
    node = vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(matrixFromArray(matrix))
    assert numpy.array_equal(node.ijkToRASArray(), matrix)
    filled = vtkMatrix4x4()
    node.GetIJKToRASMatrix(filled)
    assert numpy.array_equal(arrayFromMatrix(filled), matrix)
    assert numpy.allclose(arrayFromMatrix(node.GetRASToIJKMatrix()) @ matrix, numpy.eye(4))
    assert node.isSheared()


def test_theMatrixHandedOutIsACopy():
    node = vtkMRMLScalarVolumeNode()
    node.GetIJKToRASMatrix().SetElement(0, 3, 99)
    assert node.GetOrigin() == (0, 0, 0)


def test_spacingOriginAndDirectionsComeFromTheMatrix():
    node = vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(obliqueMatrix())
    assert node.GetSpacing() == pytest.approx((0.5, 0.7, 3.0))
    assert node.GetOrigin() == (10, -20, 30)
    directions = arrayFromMatrix(node.GetIJKToRASDirectionMatrix())
    assert directions[:3, 0] == pytest.approx([numpy.cos(numpy.pi / 6), 0.5, 0])
    assert not node.isSheared()


def test_settingSpacingKeepsDirectionsAndOrigin():
    node = vtkMRMLScalarVolumeNode()
    node.SetIJKToRASMatrix(obliqueMatrix())
    before = arrayFromMatrix(node.GetIJKToRASDirectionMatrix())
    node.SetSpacing(1, 2, 4)
    assert node.GetSpacing() == pytest.approx((1, 2, 4))
    assert arrayFromMatrix(node.GetIJKToRASDirectionMatrix()) == pytest.approx(before)
    assert node.GetOrigin() == (10, -20, 30)


def test_directionsAreSetRowsFirst():
    node = vtkMRMLScalarVolumeNode()
    node.SetSpacing([2, 3, 4])
    node.SetOrigin([1, 2, 3])
    node.SetIJKToRASDirections(0, -1, 0, 1, 0, 0, 0, 0, 1)
    assert numpy.array_equal(node.ijkToRASArray()[:3], [[0, -3, 0, 1], [2, 0, 0, 2], [0, 0, 4, 3]])


@pytest.mark.parametrize("matrix", [numpy.zeros((4, 4)), numpy.eye(3), numpy.full((4, 4), numpy.nan)])
def test_aMatrixThatDescribesNoVolumeIsRefused(matrix):
    with pytest.raises(SceneError, match="does not describe a volume"):
        vtkMRMLScalarVolumeNode().SetIJKToRASMatrix(matrix)


def test_boundsReachToTheOuterFacesOfTheVoxels(numbers):
    matrix = numpy.diag([-2.0, -2.0, 5.0, 1.0])
    matrix[:3, 3] = [100, 50, -30]
    bounds = volumeWith(numbers, matrix).GetRASBounds()
    assert bounds == pytest.approx((100 - 2 * 3.5, 101, 50 - 2 * 2.5, 51, -32.5, -22.5))
    filled = [0.0] * 6
    volumeWith(numbers, matrix).GetRASBounds(filled)
    assert tuple(filled) == bounds


def test_boundsInTheWorldIncludeTheParentTransform(numbers):
    scene = Scene()
    node = scene.AddNode(volumeWith(numbers))
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtkMatrix4x4()
    matrix.SetElement(0, 3, 100)
    transform.SetMatrixTransformToParent(matrix)
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert node.GetRASBounds()[:2] == (99.5, 103.5)
    assert node.GetNodeBounds()[:2] == (-0.5, 3.5)
    node.HardenTransform()
    assert node.GetOrigin() == (100, 0, 0)
    assert node.GetParentTransformNode() is None


def test_changingVoxelsInPlaceTellsObservers(numbers):
    node = volumeWith(numbers)
    calls = []
    node.AddObserver(node.ImageDataModifiedEvent, lambda caller, event: calls.append(event))
    node.voxelArray()[:] = 0
    assert calls == []
    node.imageDataModified()
    assert len(calls) == 1
    node.GetImageData().Modified()
    assert len(calls) == 2


def test_theDisplayNodeFollowsTheVoxels():
    scene = Scene()
    node = scene.AddNode(volumeWith(numpy.zeros((4, 10, 10), dtype="float32")))
    node.CreateDefaultDisplayNodes()
    display = node.GetDisplayNode()
    node.CreateDefaultDisplayNodes()
    assert node.GetDisplayNode() is display
    node.setVoxelArray(numpy.linspace(0, 1000, 400, dtype="float32").reshape(4, 10, 10))
    assert display.GetLevel() == pytest.approx(500, abs=2)
    assert display.GetWindow() == pytest.approx(1000, rel=0.01)


def test_changingTheDisplayNodeTellsObserversOfTheVolume(numbers):
    scene = Scene()
    node = scene.AddNode(volumeWith(numbers))
    node.CreateDefaultDisplayNodes()
    calls = []
    node.AddObserver(node.DisplayModifiedEvent, lambda caller, event: calls.append(event))
    node.GetDisplayNode().SetWindowLevel(10, 20)
    assert len(calls) == 1


def test_anOrthogonalVolumeIsAnImageDataInPatientCoordinates(numbers):
    mesh = volumeWith(numbers, obliqueMatrix()).toPyVista()
    assert type(mesh).__name__ == "ImageData"
    ijk = (3, 2, 1)
    expected = obliqueMatrix() @ [*ijk, 1]
    assert mesh.points[mesh.FindPoint(expected[:3])] == pytest.approx(expected[:3])
    assert mesh.active_scalars[mesh.FindPoint(expected[:3])] == numbers[1, 2, 3]


def test_aShearedVolumeIsAStructuredGridWithEachVoxelAtItsPlace(numbers):
    matrix = obliqueMatrix(shear=0.9)
    mesh = volumeWith(numbers, matrix).toPyVista()
    assert type(mesh).__name__ == "StructuredGrid"
    assert mesh.dimensions == (4, 3, 2)
    for k, j, i in numpy.ndindex(2, 3, 4):
        point = (k * 3 + j) * 4 + i
        assert mesh.points[point] == pytest.approx((matrix @ [i, j, k, 1])[:3], abs=1e-5)
        assert mesh.active_scalars[point] == numbers[k, j, i]


def test_pyVistaMeshesShareTheVoxels(numbers):
    node = volumeWith(numbers)
    mesh = node.toPyVista()
    node.voxelArray()[0, 0, 0] = 99
    assert mesh.active_scalars[0] == 99


def test_aCopyHasVoxelsOfItsOwn(numbers):
    source = volumeWith(numbers, obliqueMatrix())
    source.SetVoxelValueUnits("HU")
    copy = vtkMRMLScalarVolumeNode()
    copy.Copy(source)
    source.voxelArray()[:] = 0
    assert copy.voxelArray()[1, 2, 3] == 23
    assert numpy.array_equal(copy.ijkToRASArray(), obliqueMatrix())
    assert copy.GetVoxelValueUnits() == "HU"
