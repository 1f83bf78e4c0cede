"""Voxels within surfaces: the same as Slicer's own classes find, in a grid of the right place."""

import numpy
import pytest
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import CancelledError, SceneError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.SurfaceRaster import VoxelGrid, gridAroundSurfaces, insideOfSurface, labelMapsOf
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

PLACE = numpy.array([[-1, 0, 0, 10], [0, -1.5, 0.2, 20], [0, 0.1, 2, -30], [0, 0, 0, 1.0]])


def sphere(center=(0, 0, 0), radius=10.0) -> vtkPolyData:
    source = vtkSphereSource()
    source.SetCenter(*center)
    source.SetRadius(radius)
    source.SetThetaResolution(24)
    source.SetPhiResolution(24)
    source.Update()
    return source.GetOutput()


def test_theVoxelsAreThoseOfSlicerInAReferenceGeometry(slicerPrograms):  # noqa: F811
    found = slicerPrograms.run(
        """
from vtkmodules.vtkFiltersSources import vtkSphereSource
source = vtkSphereSource()
source.SetCenter(3, 4, 5); source.SetRadius(10); source.SetThetaResolution(24); source.SetPhiResolution(24)
source.Update()
node = make("vtkMRMLSegmentationNode")
numbers = [*numpy.array(given["place"]).ravel().tolist(), 0, 4, 0, 4, 0, 4]
node.GetSegmentation().SetConversionParameter("Reference image geometry", "".join(f"{one!r};" for one in numbers))
node.AddSegmentFromClosedSurfaceRepresentation(source.GetOutput(), "ball", [1, 0, 0], "S1")
assert node.CreateBinaryLabelmapRepresentation()
image = node.GetSegmentation().GetSegment("S1").GetRepresentation("Binary labelmap")
place = vtkMatrix4x4()
image.GetImageToWorldMatrix(place)
extent = image.GetExtent()
values = vtk_to_numpy(image.GetPointData().GetScalars()).reshape([extent[2*n+1] - extent[2*n] + 1 for n in (2, 1, 0)])
ijk = numpy.argwhere(values)[:, ::-1] + [extent[0], extent[2], extent[4]]
result["inside"] = ijk.tolist()
""",
        place=PLACE.tolist(),
    )
    grid = gridAroundSurfaces([sphere((3, 4, 5))], PLACE)
    inside = insideOfSurface(sphere((3, 4, 5)), grid)
    offset = numpy.linalg.inv(PLACE) @ grid.ijkToRAS[:, 3]
    ijk = numpy.argwhere(inside)[:, ::-1] + numpy.round(offset[:3]).astype(int)
    assert numpy.allclose(offset, numpy.round(offset))  # the same voxels, shifted by whole ones
    assert sorted(map(tuple, ijk.tolist())) == sorted(map(tuple, found["inside"]))
    assert len(ijk) > 1000


def test_centresOfVoxelsWithinASphereAreInside():
    grid = VoxelGrid(numpy.array([[2.0, 0, 0, -20], [0, 0, 1, -15], [0, 1, 0, -15], [0, 0, 0, 1]]), (31, 31, 21))
    inside = insideOfSurface(sphere(), grid)
    k, j, i = numpy.indices(grid.shape)
    distance = numpy.linalg.norm(numpy.stack([2.0 * i - 20, k - 15.0, j - 15.0]), axis=0)
    assert inside[distance < 9.7].all()  # flat triangles are a little within the sphere
    assert not inside[distance > 10.01].any()


def test_withoutAReferenceTheGridHasAsManyVoxelsAsSlicerMakes():
    grid = gridAroundSurfaces([sphere()])
    assert numpy.prod(grid.shape) == pytest.approx(250**3, rel=0.03)
    spacing = numpy.linalg.norm(grid.ijkToRAS[:3, :3], axis=0)
    assert numpy.allclose(spacing, spacing[0])


def test_aFlatSurfaceHasAGridToo():
    flat = sphere()
    points = flat.GetPoints()
    for number in range(points.GetNumberOfPoints()):
        x, y, _ = points.GetPoint(number)
        points.SetPoint(number, x, y, 0)
    grid = gridAroundSurfaces([flat])
    assert grid.shape[0] == 1
    assert insideOfSurface(flat, grid).shape == grid.shape


def test_surfacesThatOverlapGetLayersOfTheirOwn():
    maps = labelMapsOf({"a": sphere(), "b": sphere((30, 0, 0)), "c": sphere((5, 0, 0))}, numpy.diag([1.0, 1, 1, 1]))
    assert {name: place for name, place in maps.places.items()} == {"a": (0, 1), "b": (0, 2), "c": (1, 1)}
    volume = 4 / 3 * numpy.pi * 1000
    assert [(maps.layers[layer] == value).sum() for layer, value in maps.places.values()] == pytest.approx(
        [volume] * 3, rel=0.05
    )


def test_nothingToHoldMakesNoLabelMaps():
    maps = labelMapsOf({"a": vtkPolyData()})
    assert maps.layers == [] and maps.places == {"a": (0, 1)}


def test_moreVoxelsThanMakeSenseAreRefused():
    with pytest.raises(SceneError, match="too large"):
        gridAroundSurfaces([sphere(radius=1e6)], numpy.eye(4))


def test_pointsThatAreNotFiniteAreRefused():
    broken = sphere()
    broken.GetPoints().SetPoint(0, float("nan"), 0, 0)
    with pytest.raises(SceneError, match="not finite"):
        gridAroundSurfaces([broken])


def test_cancellingStopsIt():
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        labelMapsOf({"a": sphere()}, numpy.eye(4), progress)
