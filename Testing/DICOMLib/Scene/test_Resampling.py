"""A ramp stays a ramp: each voxel computed anew holds the value of its place."""

import numpy
import pytest

from DICOMLib.Errors import CancelledError, SceneError
from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Geometry.Patient import isRightHanded, transformedPoints
from DICOMLib.Progress import Progress
from DICOMLib.Scene import Resampling
from DICOMLib.Scene.GridTransforms import movedPoints, vtkTransformOf
from DICOMLib.Scene.Matrices import isSheared
from DICOMLib.Scene.Resampling import RectangularGrid, rectangularGrid
from DICOMLib.Scene.Scene import Scene

SHEARED = numpy.array([[-0.9, 0, 0.2, 20], [0, -0.7, 0.8, 30], [0, 0.1, 2.5, -40], [0, 0, 0, 1.0]])
PLACES = numpy.array([0, 1, 2, 5, 5.5, 6.5, 9.0])


@pytest.fixture
def scene():
    return Scene()


def ramp(ras):
    return 3 * ras[..., 0] - 2 * ras[..., 1] + 5 * ras[..., 2] + 400


def rampVolume(scene, places=None, matrix=SHEARED, dtype=numpy.float32, className="vtkMRMLScalarVolumeNode"):
    """Voxels hold the ramp's value at their true places; slices at the given places in units of the even distance."""
    places = numpy.arange(len(PLACES), dtype=float) if places is None else places
    k, j, i = numpy.meshgrid(places, numpy.arange(9.0), numpy.arange(11.0), indexing="ij")
    node = scene.AddNewNodeByClass(className)
    node.setVoxelArray(ramp(transformedPoints(matrix, numpy.stack([i, j, k], axis=-1))).astype(dtype))
    node.SetIJKToRASMatrix(matrix)
    displacements = numpy.zeros((len(places), 2, 2, 3))
    displacements[..., 2] = (places - numpy.arange(len(places)))[:, None, None]
    grid = DisplacementGrid(displacements, (0, 0, 0), (11, 9, 1))
    transform = scene.AddNewNodeByClass("vtkMRMLGridTransformNode")
    transform.setDisplacementGrid(matrix, grid)
    node.SetAndObserveTransformNodeID(transform.GetID())
    return node


def trueValues(node):
    k, j, i = numpy.indices(node.voxelArray().shape[:3], dtype=float)
    return ramp(transformedPoints(node.ijkToRASArray(), numpy.stack([i, j, k], axis=-1)))


@pytest.mark.parametrize("places", [None, PLACES], ids=["sheared", "sheared and uneven"])
@pytest.mark.parametrize("harden", ["makeRectangular", "HardenTransform"])
def test_aHardenedRampIsTheSameRampOnARectangularGrid(scene, places, harden):
    node = rampVolume(scene, places)
    lowest, steepest = node.voxelArray().min(), abs(numpy.diff(node.voxelArray(), axis=0)).max() + 5
    getattr(node, harden)()
    assert node.GetParentTransformNode() is None
    assert not isSheared(node.ijkToRASArray()) and isRightHanded(node.ijkToRASArray())
    voxels = node.voxelArray()
    differences = abs(trueValues(node) - voxels)[voxels > lowest]
    assert differences.size > 0.3 * voxels.size
    assert numpy.median(differences) < 1e-2
    # What is more than that repeats the volume's border, half a voxel beyond its outer voxels' centres.
    assert differences.max() < 0.51 * steepest


def test_theSlicesOfTheGridAreAsCloseAsTheClosestButNotCloserThanHalfTheUsualDistance():
    ends = numpy.array([[[0, 0, 0], [10, 0, 0]], [[0, 10, 0], [10, 10, 0.0]]])

    def step(*distances):
        outline = numpy.array([ends + [0, 0, distance] for distance in distances])
        return rectangularGrid(outline, numpy.eye(4)).ijkToRAS[2, 2]

    assert step(0, 2, 4, 8) == pytest.approx(2)
    assert step(0, 2, 4, 5, 7) == pytest.approx(1)
    assert step(0, 2, 4, 4.01, 6) == pytest.approx(1, rel=0.01)
    assert step(0, 2, 2, 4) == pytest.approx(2)


def test_labelsAreNeverMixed(scene):
    node = rampVolume(scene, PLACES, dtype=numpy.int16, className="vtkMRMLLabelMapVolumeNode")
    before = set(node.voxelArray().ravel().tolist())
    node.makeRectangular()
    assert set(node.voxelArray().ravel().tolist()) <= before
    assert node.voxelArray().dtype == numpy.int16


def test_cancellingLeavesTheVolumeAsItWas(scene):
    node, progress = rampVolume(scene, PLACES), Progress()
    image, matrix = node.GetImageData(), node.ijkToRASArray()
    progress.cancel()
    with pytest.raises(CancelledError):
        node.makeRectangular(progress)
    assert node.GetImageData() is image and (node.ijkToRASArray() == matrix).all()
    assert node.GetParentTransformNode() is not None


def test_aGridWithoutBoundsIsRefused(scene, monkeypatch):
    monkeypatch.setattr(Resampling, "MOST_VOXELS", 1000)
    node = rampVolume(scene, numpy.array([0, 1, 2, 3, 4, 5, 1e6]))
    with pytest.raises(SceneError, match="too many"):
        node.makeRectangular()


def test_workDoneInPartsIsTheSame(scene, monkeypatch):
    whole, parts = rampVolume(scene, PLACES), rampVolume(scene, PLACES)
    whole.makeRectangular()
    monkeypatch.setattr(Resampling, "VOXELS_AT_ONCE", 100)
    parts.makeRectangular()
    assert numpy.array_equal(whole.voxelArray(), parts.voxelArray())


def test_aThinnedGridCoversTheSameBoxWithNoMoreVoxelsThanAllowed():
    matrix = numpy.diag([0.5, 0.5, 2, 1])
    thinned = RectangularGrid(matrix, (512, 512, 300)).thinned(1_000_000)
    assert numpy.prod(thinned.dimensions) <= 1_000_000
    extent = numpy.array(thinned.dimensions) * numpy.diag(thinned.ijkToRAS)[:3]
    assert extent == pytest.approx([256, 256, 600], rel=0.05)


def test_vtkInterpolatesDisplacementsAsWeDo():
    generator = numpy.random.default_rng(3)
    grid = DisplacementGrid(generator.normal(size=(5, 2, 3, 3)), (-1, 2, 0.5), (4, 8, 1.5))
    points = generator.uniform(-5, 15, (500, 3))
    assert movedPoints(vtkTransformOf(grid), points) == pytest.approx(grid.moved(points), abs=1e-4)


def test_theWayBackIsTheInverseWithOrWithoutAGridOfItsOwn(scene):
    node = rampVolume(scene, PLACES)
    indices = numpy.array([[1.5, 2, 0.2], [7, 3, 3.4], [10, 8, 6]])
    assert node.ijkFromWorld(node.worldFromIJK(indices)) == pytest.approx(indices, abs=1e-2)


def test_aPyVistaMeshHasItsPointsInTheTruePlaces(scene):
    node = rampVolume(scene, PLACES)
    mesh = node.toPyVista()
    assert mesh.n_points == node.voxelArray().size
    assert mesh.point_data.active_scalars == pytest.approx(ramp(numpy.asarray(mesh.points)), abs=1e-2)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float64"])
def test_voxelsOfEveryTypeKeepTheirTypeAndValues(scene, dtype):
    wide, node = rampVolume(scene, PLACES, dtype="float32"), rampVolume(scene, PLACES, dtype=dtype)
    values = (wide.voxelArray() / 5).astype(dtype)
    wide.setVoxelArray(values.astype("float32"))
    node.setVoxelArray(values)
    wide.makeRectangular()
    node.makeRectangular()
    assert node.voxelArray().dtype == numpy.dtype(dtype)
    assert abs(node.voxelArray().astype(float) - wide.voxelArray()).max() <= 0.51
