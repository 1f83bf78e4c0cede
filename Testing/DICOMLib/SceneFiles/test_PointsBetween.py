"""What is between the points of a grid, at its rim and beyond, in splines and in thin plates: as 3D Slicer has it, both
ways, to 1e-6 mm; and what ITK, linear between the points, has instead."""

from types import SimpleNamespace

import numpy
import pytest
import SimpleITK

from DICOMLib.Errors import FileError, SceneError
from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Geometry.Patient import transformedPoints
from DICOMLib.Scene.GridTransforms import PlacedGrid, movedPoints
from DICOMLib.Scene.Nodes import vtkMRMLGridTransformNode, vtkMRMLTransformNode
from DICOMLib.Scene.TransformParts import PlacedMatrix, PlacedSpline, PlacedThinPlate
from DICOMLib.SceneFiles.MemberFiles import readMember, writeMember
from DICOMLib.SceneFiles.ThinPlateText import MOST_POINTS
from DICOMLib.SceneFiles.TransformTask import _plate
from Testing.DICOMModule.Host.Volumes import rotation
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

WITHIN = 1e-6
SIZE = (7, 6, 5)  # along i, j, k
_ASK = """
for name, points in given["points"].items():
    node = load("vtkMRMLTransformNode", "vtkMRMLTransformStorageNode", given["folder"] + "/" + name)
    ways = node.GetTransformToParent(), node.GetTransformFromParent()
    result[name] = [[way.TransformPoint(point) for point in points] for way in ways]
"""


def placeOf(angles=(18, -12, 25), spacing=(3.0, 4.0, 2.5), isMirrored=False) -> numpy.ndarray:
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(angles) * spacing
    matrix[:3, 3] = 10, -20, 5
    if isMirrored:
        matrix[:3, 2] *= -1
    return matrix


def grid(seed: int = 0) -> DisplacementGrid:
    """In voxels, small enough for a way back."""
    values = 0.15 * numpy.random.default_rng(seed).normal(size=(*SIZE[::-1], 3))
    return DisplacementGrid(values, (0, 0, 0), (1, 1, 1))


def gridNode(place: numpy.ndarray, isFromParent: bool, isCubic: bool = True) -> vtkMRMLGridTransformNode:
    node = vtkMRMLGridTransformNode()
    node.setPlacedGrid(PlacedGrid(place, grid(), isFromParent, isCubic))
    return node


def pointsOf(place: numpy.ndarray) -> numpy.ndarray:
    """Within a grid, in its outermost cells, where a spline has no neighbour on one side, on its rim, and beyond it."""
    last = numpy.array(SIZE) - 1.0
    inside = numpy.random.default_rng(1).random((20, 3)) * last
    outermost = inside[:4] / last
    rim = inside[:6].copy()
    for axis in range(3):
        rim[2 * axis : 2 * axis + 2, axis] = 0, last[axis]
    beyond = [[-0.4, 2, 2], [last[0] + 0.3, 3, 1], [-3, -4, 9], [20, 2.5, 2.5]]
    return transformedPoints(place, numpy.vstack([inside, outermost, last - outermost, rim, beyond]))


def spline(isFromParent: bool) -> vtkMRMLTransformNode:
    node = vtkMRMLTransformNode()
    values = numpy.random.default_rng(2).normal(size=(*SIZE[::-1], 3))
    node.setPartsFromParent([PlacedSpline(placeOf(), values, isFromParent)])
    return node


def plate(isFromParent: bool, count: int = 7) -> PlacedThinPlate:
    random = numpy.random.default_rng(3)
    sources = transformedPoints(placeOf(), random.random((count, 3)) * numpy.array(SIZE))
    return PlacedThinPlate(sources, sources + random.normal(size=(count, 3)), isFromParent)


def plateNode(*parts) -> vtkMRMLTransformNode:
    node = vtkMRMLTransformNode()
    node.setPartsFromParent(parts)
    return node


def bothWays(node: vtkMRMLTransformNode, points: numpy.ndarray) -> list[numpy.ndarray]:
    return [movedPoints(way, points) for way in (node.GetTransformToParent(), node.GetTransformFromParent())]


def places() -> dict[str, numpy.ndarray]:
    return {"turned": placeOf(), "mirrored": placeOf(isMirrored=True), "plain": placeOf((0, 0, 0))}


def test_slicerMovesPointsAlike_betweenThoseOfAGrid_atItsRim_andBeyondIt_bothWays(slicerPrograms, tmp_path):  # noqa: F811
    points = pointsOf(placeOf())
    shift, nodes = PlacedMatrix(placeOf((5, 6, 7), (1, 1, 1))), {}
    for isFromParent in (False, True):
        for name, place in places().items():
            nodes[f"{name} {isFromParent}.tfm"] = gridNode(place, isFromParent), pointsOf(place)
        nodes[f"spline {isFromParent}.tfm"] = spline(isFromParent), points
        nodes[f"plate {isFromParent}.tfm"] = plateNode(plate(isFromParent)), points
    nodes["plate and more.tfm"] = (plateNode(shift, plate(True), plate(False)), points)
    for name, (node, _points) in nodes.items():
        writeMember(node, tmp_path / name)
    told = slicerPrograms.run(_ASK, folder=tmp_path, points={name: one[1].tolist() for name, one in nodes.items()})
    for name, (node, points) in nodes.items():
        for ours, slicers in zip(bothWays(node, points), told[name], strict=True):
            assert numpy.abs(ours - slicers).max() < WITHIN, name


_WRITE_PLATES = """
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonTransforms import vtkGeneralTransform, vtkThinPlateSplineTransform, vtkTransform
plate = vtkThinPlateSplineTransform()
plate.SetBasisToR()
for name, use in (("sources", plate.SetSourceLandmarks), ("targets", plate.SetTargetLandmarks)):
    points = vtkPoints()
    points.SetDataTypeToDouble()
    for point in given[name]:
        points.InsertNextPoint(point)
    use(points)
shift = vtkTransform()
shift.Translate(3, 4, 5)
both = vtkGeneralTransform()
both.Concatenate(shift)
both.Concatenate(plate)
for name, transform in (("plate", plate), ("both", both)):
    for way in ("To", "From"):
        node = make("vtkMRMLTransformNode")
        getattr(node, f"SetAndObserveTransform{way}Parent")(transform)
        for suffix in (".h5", ".tfm"):
            save(node, "vtkMRMLTransformStorageNode", f"{given['folder']}/{name}{way}{suffix}")
        ways = node.GetTransformToParent(), node.GetTransformFromParent()
        result[name + way] = [[one.TransformPoint(point) for point in given["points"]] for one in ways]
"""


def test_thinPlatesOfSlicerMoveTheSamePointsHere(slicerPrograms, tmp_path):  # noqa: F811
    points, given = pointsOf(placeOf()), plate(True)
    told = slicerPrograms.run(
        _WRITE_PLATES, folder=tmp_path, points=points.tolist(), sources=given.sources.tolist(),
        targets=given.targets.tolist(),
    )  # fmt: skip
    for name in ("plateTo", "plateFrom", "bothTo", "bothFrom"):
        for suffix in (".h5", ".tfm"):
            node = vtkMRMLTransformNode()
            readMember(node, tmp_path / f"{name}{suffix}", runWorkers())
            assert not node.IsLinear()
            for ours, slicers in zip(bothWays(node, points), told[name], strict=True):
                assert numpy.abs(ours - slicers).max() < WITHIN, (name, suffix)


@pytest.mark.parametrize("isFromParent", [False, True])
def test_aThinPlateComesBackFromItsFile_alsoOneThatAScriptMade(tmp_path, isFromParent):
    given = plate(isFromParent)
    made = vtkMRMLTransformNode()
    moving = given.transform()
    made.SetAndObserveTransformToParent(moving.GetInverse() if isFromParent else moving)
    for node in (plateNode(given), made):
        writeMember(node, tmp_path / "a.tfm")
        read = vtkMRMLTransformNode()
        readMember(read, tmp_path / "a.tfm", runWorkers())
        (part,) = read.partsFromParent()
        assert part.isFromParent == isFromParent
        assert numpy.array_equal(part.sources, given.sources) and numpy.array_equal(part.targets, given.targets)
    way = read.GetTransformFromParent() if isFromParent else read.GetTransformToParent()
    assert numpy.allclose(movedPoints(way, given.sources), given.targets, atol=1e-9)
    copy = vtkMRMLTransformNode()
    copy.CopyContent(read)
    points = pointsOf(placeOf())
    assert numpy.array_equal(bothWays(copy, points)[0], bothWays(read, points)[0])


def test_aThinPlateByAnotherLawIsNotWrittenAsThis(tmp_path):
    moving = plate(False).transform()
    moving.SetBasisToR2LogR()
    node = vtkMRMLTransformNode()
    node.SetAndObserveTransformToParent(moving)
    with pytest.raises(SceneError, match="no data to be saved"):
        writeMember(node, tmp_path / "a.tfm")


@pytest.mark.parametrize("change", [
    lambda text: text.replace("\nParameters: ", "\nParameters: 1 "),
    lambda text: text.replace("\nParameters: ", "\nParameters: 1 2 3 "),
    lambda text: text.replace("FixedParameters: ", "FixedParameters: nan "),
])  # fmt: skip
def test_aDamagedThinPlateIsRefused(tmp_path, change):
    writeMember(plateNode(plate(True)), tmp_path / "a.tfm")
    text = (tmp_path / "a.tfm").read_text()
    assert change(text) != text
    (tmp_path / "a.tfm").write_text(change(text))
    with pytest.raises(FileError, match="damaged|not finite"):
        readMember(vtkMRMLTransformNode(), tmp_path / "a.tfm", runWorkers())


def test_aThinPlateOfTooManyPointsIsRefused_andOfTooFewFromHDF5(tmp_path):
    writeMember(plateNode(plate(True, MOST_POINTS + 1)), tmp_path / "a.tfm")
    with pytest.raises(FileError, match="more points than are accepted"):
        readMember(vtkMRMLTransformNode(), tmp_path / "a.tfm", runWorkers())
    few = SimpleNamespace(GetFixedParameters=lambda: (0.0,) * 9, GetParameters=lambda: (0.0,) * 9)
    with pytest.raises(FileError, match="fewer than four points"):
        _plate(few, False, "a.h5")


@pytest.mark.parametrize("isCubic", [False, True])
def test_whatIsBetweenThePointsOfAGridIsKept(tmp_path, isCubic):
    """Grids of other programs' files are cubic; one that corrects slices is linear between them, and stays so."""
    node, points = gridNode(placeOf(), False, isCubic), pointsOf(placeOf())
    writeMember(node, tmp_path / "a.tfm")
    read = vtkMRMLGridTransformNode()
    readMember(read, tmp_path / "a.tfm", runWorkers())
    assert read.displacementGrid().isCubic is isCubic
    copy = vtkMRMLGridTransformNode()
    copy.CopyContent(read)
    for ours in (read, copy):
        for one, other in zip(bothWays(ours, points), bothWays(node, points), strict=True):
            assert numpy.abs(one - other).max() < 1e-9
    text = (tmp_path / "a.tfm").read_text()
    (tmp_path / "a.tfm").write_text(text.replace("#Interpolation: linear\n", ""))
    readMember(read, tmp_path / "a.tfm", runWorkers())
    assert read.displacementGrid().isCubic


def test_ITKIsLinearBetweenThePoints(tmp_path):
    """So it agrees with a linear grid everywhere within, as far as VTK divides cells (into 65,536 parts), and with a
    cubic one at its points only."""
    place = placeOf()
    last = numpy.array(SIZE) - 1.0
    between = transformedPoints(place, 0.01 + numpy.random.default_rng(1).random((20, 3)) * (last - 0.02))
    writeMember(gridNode(place, True, False), tmp_path / "a.tfm")
    transform = SimpleITK.ReadTransform(str(tmp_path / "a.tfm"))
    flip = numpy.array([-1.0, -1, 1])
    itks = numpy.array([transform.TransformPoint(point) for point in (between * flip).tolist()]) * flip
    away = [numpy.abs(bothWays(gridNode(place, True, isCubic), between)[1] - itks).max() for isCubic in (False, True)]
    assert away[0] < 5e-5 and 0.01 < away[1] < 1


def test_aShearedGridIsMovedThroughItsIndices():
    """Right angles or not: the same points, and a way back that leads back."""
    sheared = placeOf()
    sheared[:3, 2] += sheared[:3, 1] * 0.3
    points = pointsOf(sheared)[:20]
    node = gridNode(sheared, False)
    there = movedPoints(node.GetTransformToParent(), points)
    assert numpy.abs(movedPoints(node.GetTransformFromParent(), there) - points).max() < 0.05
    indices = transformedPoints(numpy.linalg.inv(sheared), points)
    plain = gridNode(numpy.eye(4), False)
    expected = transformedPoints(sheared, movedPoints(plain.GetTransformToParent(), indices))
    assert numpy.abs(there - expected).max() < 1e-9


@pytest.mark.parametrize("name", places())
def test_aGridThatWasReadIsWrittenToTheLastDigit_unlessItWasChanged(tmp_path, name):
    path, again, read = tmp_path / "a.tfm", tmp_path / "b.tfm", vtkMRMLGridTransformNode()
    writeMember(gridNode(places()[name], True), path)
    readMember(read, path, runWorkers())
    writeMember(read, again)
    assert again.read_bytes() == path.read_bytes()
    read.displacementGrid().grid.displacements[0, 0, 0, 0] += 1
    writeMember(read, again)
    changed = vtkMRMLGridTransformNode()
    readMember(changed, again, runWorkers())
    moved = changed.displacementGrid().grid.displacements - read.displacementGrid().grid.displacements
    assert numpy.abs(moved).max() < WITHIN
