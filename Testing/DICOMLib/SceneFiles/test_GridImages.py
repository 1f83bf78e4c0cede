"""Displacement grids that 3D Slicer keeps as images, one or a sequence of them, move points as they do there."""

import numpy
import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Scene.GridTransforms import movedPoints
from DICOMLib.Scene.Nrrd import NrrdImage, writeNrrd
from DICOMLib.Scene.SequenceNodes import vtkMRMLSequenceNode
from DICOMLib.Scene.TransformNodes import vtkMRMLGridTransformNode
from DICOMLib.SceneFiles.MemberFiles import readMember
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)

WITHIN_MM = 1e-6
_SEQUENCE = """
import slicer_core
random = numpy.random.default_rng(5)
turn = numpy.eye(4)
turn[:3, :3] = numpy.linalg.qr(random.normal(size=(3, 3)))[0]
turn[:3, 2] *= numpy.linalg.det(turn[:3, :3])
sequence = make("vtkMRMLSequenceNode")
sequence.SetIndexName("phase")
sequence.SetIndexUnit("%")
points, moved = [], []
for value in ("0", "2.5", "10"):
    image = vtkImageData()
    image.SetDimensions(4, 3, 5)
    image.SetSpacing(2, 3, 4)
    image.SetOrigin(1, -2, 3)
    values = random.normal(size=(60, 3))
    image.GetPointData().SetScalars(numpy_to_vtk(values, deep=True))
    grid = slicer_core.vtkOrientedGridTransform()
    grid.SetGridDirectionMatrix(matrixOf(turn))
    grid.SetDisplacementGridData(image)
    node = getattr(slicer_core, "vtkMRMLGridTransformNode")()
    if given["isFromParent"]:
        node.SetAndObserveTransformFromParent(grid)
    else:
        node.SetAndObserveTransformToParent(grid)
    sequence.SetDataNodeAtValue(node, value)
    k, j, i = numpy.meshgrid(range(5), range(3), range(4), indexing="ij")
    nodes = numpy.stack([i, j, k], -1).reshape(-1, 3) * [2, 3, 4]
    points.append((nodes @ turn[:3, :3].T + [1, -2, 3]).tolist())
    way = node.GetTransformFromParent() if given["isFromParent"] else node.GetTransformToParent()
    moved.append([way.TransformPoint(point) for point in points[-1]])
save(sequence, "vtkMRMLTransformSequenceStorageNode", given["path"])
result.update(points=points, moved=moved)
"""


@pytest.mark.parametrize("isFromParent", [False, True])
def test_aSequenceOfGridsOfSlicerIsRead(slicerPrograms, tmp_path, isFromParent):  # noqa: F811
    """Exact at the points of the grids."""
    path = tmp_path / "g.seq.nrrd"
    told = slicerPrograms.run(_SEQUENCE, path=path, isFromParent=isFromParent)
    node = vtkMRMLSequenceNode()
    readMember(node, path, runWorkers())
    assert node.GetDataNodeClassName() == "vtkMRMLGridTransformNode"
    assert [node.GetNthIndexValue(n) for n in range(3)] == ["0", "2.5", "10"]
    assert (node.GetIndexName(), node.GetIndexUnit()) == ("phase", "%")
    for number in range(3):
        grid = node.GetNthDataNode(number)
        way = grid.GetTransformFromParent() if isFromParent else grid.GetTransformToParent()
        moved = movedPoints(way, numpy.array(told["points"][number]))
        assert numpy.abs(moved - told["moved"][number]).max() < WITHIN_MM
        assert grid.displacementGrid().isFromParent == isFromParent


@pytest.mark.parametrize(("told", "isFromParent"), [({"displacement field type": "modeling"}, False), ({}, True),
                                                    ({"displacement field type": "resampling"}, True)])  # fmt: skip
def test_anImageSaysInWhichDirectionItMoves(tmp_path, told, isFromParent):
    values = numpy.zeros((2, 3, 4, 3)) + [1.0, 2.0, 3.0]
    writeNrrd(NrrdImage(values, numpy.diag([-1.0, -1.0, 1.0, 1.0]), told, "vector"), tmp_path / "g.nrrd")
    node = vtkMRMLGridTransformNode()
    readMember(node, tmp_path / "g.nrrd", runWorkers())
    assert node.displacementGrid().isFromParent == isFromParent
    way = node.GetTransformFromParent() if isFromParent else node.GetTransformToParent()
    assert numpy.allclose(way.TransformPoint(-1.0, -1.0, 0.5), (-2.0, -3.0, 3.5))


def test_whatIsNoGridIsRefused(tmp_path):
    keys = {"intent_code": "1006"}
    shape = (2, 2, 3, 4, 3)
    for array in (numpy.zeros((2, 2, 3, 4, 2)), numpy.zeros(shape, "int16"), numpy.full(shape, numpy.nan)):
        writeNrrd(NrrdImage(array, numpy.eye(4), keys, "vector", isSeries=True), tmp_path / "g.seq.nrrd")
        with pytest.raises(FileError):
            readMember(vtkMRMLSequenceNode(), tmp_path / "g.seq.nrrd", runWorkers())
