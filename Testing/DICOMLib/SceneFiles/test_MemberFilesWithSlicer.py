"""Member files beside 3D Slicer's own storage nodes: it reads what we write, and we read what it writes."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Nodes import (
    vtkMRMLColorTableNode,
    vtkMRMLGridTransformNode,
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceNode,
    vtkMRMLTableNode,
    vtkMRMLTextNode,
    vtkMRMLVectorVolumeNode,
)
from DICOMLib.Scene.Segmentation import vtkSegment
from DICOMLib.Scene.Storage import writeVolume
from DICOMLib.SceneFiles.DetachedVoxels import attachedHeader, dataFileBeside
from DICOMLib.SceneFiles.MemberFiles import defaultFileName, readMember, storageClassName, writeMember
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures.SlicerMembers import slicerMembers  # noqa: F401  (a fixture)

PLACE = [[-0.7, 0.1, 0.0, 12.5], [0.2, -1.9, 0.3, -40.25], [0.05, 0.1, 3.1, 7.125], [0, 0, 0, 1]]
TO_PARENT = [[0.9, -0.1, 0.2, 10], [0.3, 1.1, 0.05, -20], [0, 0.2, 0.8, 30], [0, 0, 0, 1]]
# The part of a grid transform that both interpolate alike: at the points of the grid.
GRID_PLACE = numpy.array([[-2.0, 0, 0, 10], [0, -3, 0, 20], [0, 0, 4, 30], [0, 0, 0, 1]])
TERMS = (
    "Segmentation category and type - DICOM master list~SCT^123037004^Anatomical Structure~SCT^10200004^Liver~^^~"
    "Anatomic codes - DICOM master list~^^~^^"
)


@pytest.fixture(scope="module")
def workers():
    with WorkerPool(size=1) as pool:
        yield pool


def voxels(dtype, components=1):
    values = numpy.random.default_rng(4).integers(0, 120, (4, 3, 5, components))
    return values.astype(dtype)


# Volumes


@pytest.mark.parametrize(
    ("nodeClass", "dtype"),
    [
        (vtkMRMLScalarVolumeNode, "int16"),
        (vtkMRMLScalarVolumeNode, "float64"),
        (vtkMRMLLabelMapVolumeNode, "uint8"),
        (vtkMRMLVectorVolumeNode, "uint8"),
    ],
)
def test_volumesAreEqualBothWays(slicerMembers, workers, tmp_path, nodeClass, dtype):  # noqa: F811
    array = voxels(dtype, 3 if nodeClass.isVector else 1)
    ours = nodeClass()
    ours.setVoxelArray(array if nodeClass.isVector else array[..., 0])
    ours.SetIJKToRASMatrix(numpy.array(PLACE))
    path = tmp_path / "a.nrrd"
    writeMember(ours, path)
    read = slicerMembers.read(nodeClass.__name__, storageClassName(ours), path)
    assert numpy.array_equal(read["voxels"], array)
    assert read["dtype"] == dtype
    assert numpy.allclose(read["place"], PLACE, atol=1e-9)

    assert slicerMembers.write(
        nodeClass.__name__, storageClassName(ours), path, voxels=array.tolist(), dtype=dtype, place=PLACE
    )
    theirs = nodeClass()
    readMember(theirs, path, workers)
    assert numpy.array_equal(theirs.voxelArray(), ours.voxelArray())
    assert numpy.allclose(theirs.ijkToRASArray(), PLACE, atol=1e-9)


@pytest.mark.parametrize("nodeClass", [vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode])
def test_voxelsInAFileBesideTheHeaderAreEqualBothWays(slicerMembers, workers, tmp_path, nodeClass):  # noqa: F811
    dtype = "int16"
    array = voxels(dtype, 3 if nodeClass.isVector else 1)
    path = tmp_path / "2%3a CT%ffc3%ffa9.nhdr"
    given = {"voxels": array.tolist(), "dtype": dtype, "place": PLACE}
    assert slicerMembers.write(nodeClass.__name__, "vtkMRMLNRRDStorageNode", path, **given)
    assert len(list(tmp_path.iterdir())) == 2
    node = nodeClass()
    readMember(node, path, workers)
    assert numpy.array_equal(node.voxelArray(), array if nodeClass.isVector else array[..., 0])
    assert numpy.allclose(node.ijkToRASArray(), PLACE, atol=1e-9)

    # As those of nodes that are not known here are kept: in one file.
    data = path.with_name(dataFileBeside(path.name, path.read_bytes()))
    (tmp_path / "kept.nhdr").write_bytes(attachedHeader(path.read_bytes()) + data.read_bytes())
    kept = slicerMembers.read(nodeClass.__name__, "vtkMRMLNRRDStorageNode", tmp_path / "kept.nhdr")
    assert numpy.array_equal(kept["voxels"], array)

    writeVolume(node, tmp_path / "ours.nhdr")
    read = slicerMembers.read(nodeClass.__name__, "vtkMRMLNRRDStorageNode", tmp_path / "ours.nhdr")
    assert numpy.array_equal(read["voxels"], array)
    assert numpy.allclose(read["place"], PLACE, atol=1e-9)


def test_weReadSlicersSegmentationAndSequenceWithTheirVoxelsInAFileBeside(slicerMembers, workers, tmp_path):  # noqa: F811
    path = tmp_path / "a.seg.nhdr"
    segments = [{**one, "terminology": TERMS} for one in SEGMENTS]
    given = {"layers": [one.tolist() for one in layers()], "place": PLACE, "segments": segments}
    assert slicerMembers.write("vtkMRMLSegmentationNode", "vtkMRMLSegmentationStorageNode", path, **given)
    read = vtkMRMLSegmentationNode()
    readMember(read, path, workers)
    assert read.GetSegmentation().GetSegmentIDs() == [one["id"] for one in SEGMENTS]

    ours, given = sequenceOfVolumes(vtkMRMLScalarVolumeNode)
    path = tmp_path / "a.seq.nhdr"
    assert slicerMembers.write("vtkMRMLSequenceNode", storageClassName(ours), path, **given)
    theirs = vtkMRMLSequenceNode()
    readMember(theirs, path, workers)
    assert [theirs.GetNthIndexValue(n) for n in range(3)] == given["values"]
    assert numpy.array_equal(theirs.GetNthDataNode(2).voxelArray(), ours.GetNthDataNode(2).voxelArray())


# Transforms


@pytest.mark.parametrize("suffix", [".h5", ".tfm", ".txt"])
def test_linearTransformsAreEqualBothWays(slicerMembers, workers, tmp_path, suffix):  # noqa: F811
    ours = vtkMRMLLinearTransformNode()
    ours.SetMatrixTransformToParent(matrixFromArray(numpy.array(TO_PARENT, float)))
    path = tmp_path / f"a{suffix}"
    writeMember(ours, path)
    read = slicerMembers.read("vtkMRMLLinearTransformNode", storageClassName(ours), path, points=[[1, 2, 3]])
    assert numpy.allclose(read["matrix"], TO_PARENT, atol=1e-12)

    assert slicerMembers.write("vtkMRMLLinearTransformNode", storageClassName(ours), path, matrix=TO_PARENT)
    theirs = vtkMRMLLinearTransformNode()
    readMember(theirs, path, workers)
    assert numpy.allclose(arrayFromMatrix(theirs.GetMatrixTransformToParent()), TO_PARENT, atol=1e-12)


def gridNode(isFromParent: bool) -> vtkMRMLGridTransformNode:
    values = numpy.random.default_rng(2).uniform(-0.2, 0.2, (2, 3, 4, 3))
    node = vtkMRMLGridTransformNode()
    grid = DisplacementGrid(values, (0, 0, 0), (1, 1, 1))
    (node.setDisplacementGridFromParent if isFromParent else node.setDisplacementGrid)(GRID_PLACE, grid)
    return node


def gridPoints() -> list[list[float]]:
    return [(GRID_PLACE @ [i, j, k, 1])[:3].tolist() for k in range(2) for j in range(3) for i in range(4)]


@pytest.mark.parametrize("isFromParent", [True, False])
def test_slicerMovesTheSamePointsThroughOurGrid(slicerMembers, tmp_path, isFromParent):  # noqa: F811
    node = gridNode(isFromParent)
    path = tmp_path / "a.tfm"
    writeMember(node, path)
    points = gridPoints()
    read = slicerMembers.read("vtkMRMLGridTransformNode", storageClassName(node), path, points=points)
    assert not read["linear"]
    way = node.GetTransformFromParent() if isFromParent else node.GetTransformToParent()
    expected = [way.TransformPoint(point) for point in points]
    assert numpy.allclose(read["from" if isFromParent else "to"], expected, atol=1e-9)


@pytest.mark.parametrize("isFromParent", [True, False])
@pytest.mark.parametrize("suffix", [".h5", ".tfm"])
def test_weReadTheGridThatSlicerWrites(slicerMembers, workers, tmp_path, isFromParent, suffix):  # noqa: F811
    node = gridNode(isFromParent)
    first, second = tmp_path / "a.tfm", tmp_path / f"b{suffix}"
    writeMember(node, first)
    assert slicerMembers.convert("vtkMRMLGridTransformNode", storageClassName(node), first, second)
    read = vtkMRMLGridTransformNode()
    readMember(read, second, workers)
    placed, expected = read.displacementGrid(), node.displacementGrid()
    assert placed.isFromParent is isFromParent
    assert numpy.allclose(placed.ijkToRAS, expected.ijkToRAS, atol=1e-9)
    assert numpy.allclose(placed.grid.displacements, expected.grid.displacements, atol=1e-12)


# Models

MODEL = {
    "points": [[1, 2, 3], [4, 2, 3], [1, 7, 3], [1, 2, 9]],
    "cells": [[0, 1, 2], [0, 1, 3]],
    "normals": [[0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0.6, 0.8]],
    "values": [0.5, 1.5, -2, 1 / 3],
}


@pytest.mark.parametrize("suffix", [".vtp", ".vtk", ".stl", ".obj", ".ply"])
def test_weReadTheModelsThatSlicerWrites(slicerMembers, workers, tmp_path, suffix):  # noqa: F811
    path = tmp_path / f"a{suffix}"
    assert slicerMembers.write("vtkMRMLModelNode", "vtkMRMLModelStorageNode", path, **MODEL)
    node = vtkMRMLModelNode()
    readMember(node, path, workers)
    assert numpy.allclose(node.GetRASBounds(), [1, 4, 2, 7, 3, 9])
    assert node.GetPolyData().GetNumberOfPolys() == 2
    if suffix in (".vtp", ".vtk"):
        data = node.GetPolyData().GetPointData()
        assert numpy.allclose(data.GetNormals().GetTuple3(3), [0, 0.6, 0.8])
        assert data.GetArray("values").GetValue(3) == 1 / 3


def test_slicerReadsTheModelsThatWeWrite(slicerMembers, workers, tmp_path):  # noqa: F811
    path, ours = tmp_path / "a.vtp", tmp_path / "b.vtp"
    assert slicerMembers.write("vtkMRMLModelNode", "vtkMRMLModelStorageNode", path, **MODEL)
    node = vtkMRMLModelNode()
    readMember(node, path, workers)
    writeMember(node, ours)
    read = slicerMembers.read("vtkMRMLModelNode", "vtkMRMLModelStorageNode", ours)
    assert numpy.allclose(read["points"], MODEL["points"])
    assert numpy.allclose(read["normals"], MODEL["normals"])
    assert read["cells"] == [0, 1, 2, 0, 1, 3]
    assert read["values"] == MODEL["values"]


# Segmentations

SEGMENTS = [
    {"id": "Segment_1", "name": "Left lobe", "color": [0.25, 0.5, 1.0], "layer": 0, "label": 1},
    {"id": "seg 2", "name": "Nierenstück", "color": [0.1, 0.2, 0.3], "layer": 0, "label": 2},
    {"id": "über", "name": "肝臓", "color": [1.0, 0.0, 0.0], "layer": 1, "label": 1},
]


def layers() -> list[numpy.ndarray]:
    first, second = numpy.zeros((2, 4, 5, 6), numpy.uint8)
    first[1:3, 1:3, 1:4] = 1
    first[3, 4, 5] = 2
    second[0:2, 0:2, 0:5] = 1
    return [first, second]


def segmentationNode() -> vtkMRMLSegmentationNode:
    node = vtkMRMLSegmentationNode()
    node.GetSegmentation().setLayers(layers(), numpy.array(PLACE))
    for one in SEGMENTS:
        segment = vtkSegment()
        segment.SetName(one["name"])
        segment.SetColor(one["color"])
        segment.SetTerminology(TERMS)
        segment.layer, segment.labelValue = one["layer"], one["label"]
        node.GetSegmentation().AddSegment(segment, one["id"])
    return node


def worldOf(node: vtkMRMLSegmentationNode, segmentID: str) -> numpy.ndarray:
    kji = numpy.argwhere(node.GetSegmentation().segmentArray(segmentID))
    ijk = numpy.column_stack([kji[:, ::-1], numpy.ones(len(kji))])
    return (ijk @ node.GetSegmentation().ijkToRASArray().T)[:, :3]


def test_slicerReadsOurSegmentation(slicerMembers, tmp_path):  # noqa: F811
    node, path = segmentationNode(), tmp_path / "a.seg.nrrd"
    writeMember(node, path)
    read = slicerMembers.read("vtkMRMLSegmentationNode", storageClassName(node), path)["segments"]
    assert [one["id"] for one in read] == [one["id"] for one in SEGMENTS]
    for found, expected in zip(read, SEGMENTS, strict=True):
        assert (found["name"], found["layer"]) == (expected["name"], expected["layer"])
        assert numpy.allclose(found["color"], expected["color"])
        assert found["terminology"] == TERMS
        assert numpy.allclose(sorted(found["world"]), sorted(worldOf(node, expected["id"]).tolist()), atol=1e-5)


def test_weReadSlicersSegmentation(slicerMembers, workers, tmp_path):  # noqa: F811
    node, path = segmentationNode(), tmp_path / "a.seg.nrrd"
    segments = [{**one, "terminology": TERMS} for one in SEGMENTS]
    given = {"layers": [one.tolist() for one in layers()], "place": PLACE, "segments": segments}
    assert slicerMembers.write("vtkMRMLSegmentationNode", storageClassName(node), path, **given)
    read = vtkMRMLSegmentationNode()
    readMember(read, path, workers)
    assert read.GetSegmentation().GetSegmentIDs() == [one["id"] for one in SEGMENTS]
    assert read.GetSegmentation().GetNumberOfLayers() == 2
    for expected in SEGMENTS:
        segment = read.GetSegmentation().GetSegment(expected["id"])
        assert (segment.GetName(), segment.GetTerminology()) == (expected["name"], TERMS)
        assert numpy.allclose(segment.GetColor(), expected["color"])
        assert numpy.allclose(worldOf(read, expected["id"]), worldOf(node, expected["id"]), atol=1e-5)


# Sequences


def sequenceOfVolumes(nodeClass) -> tuple[vtkMRMLSequenceNode, dict]:
    node = vtkMRMLSequenceNode()
    given = {"name": "heart phase", "unit": "%", "type": "numeric", "values": ["0", "12.5", "50"], "data": []}
    node.SetIndexName(given["name"])
    node.SetIndexUnit(given["unit"])
    for number, value in enumerate(given["values"]):
        volume = nodeClass()
        array = voxels("uint8", 3 if nodeClass.isVector else 1) + number
        volume.setVoxelArray(array if nodeClass.isVector else array[..., 0])
        volume.SetIJKToRASMatrix(numpy.array(PLACE))
        node.SetDataNodeAtValue(volume, value)
        content = {"voxels": array.tolist(), "dtype": "uint8", "place": PLACE}
        given["data"].append({"class": nodeClass.__name__, **content})
    return node, given


@pytest.mark.parametrize("nodeClass", [vtkMRMLScalarVolumeNode, vtkMRMLLabelMapVolumeNode, vtkMRMLVectorVolumeNode])
def test_sequencesOfVolumesAreEqualBothWays(slicerMembers, workers, tmp_path, nodeClass):  # noqa: F811
    ours, given = sequenceOfVolumes(nodeClass)
    path = tmp_path / "a.seq.nrrd"
    writeMember(ours, path)
    read = slicerMembers.read("vtkMRMLSequenceNode", storageClassName(ours), path)
    assert (read["values"], read["name"], read["unit"]) == (given["values"], "heart phase", "%")
    for found, expected in zip(read["data"], given["data"], strict=True):
        assert (found["class"], found["voxels"]) == (nodeClass.__name__, expected["voxels"])
        assert numpy.allclose(found["place"], PLACE, atol=1e-9)

    assert slicerMembers.write("vtkMRMLSequenceNode", storageClassName(ours), path, **given)
    theirs = vtkMRMLSequenceNode()
    readMember(theirs, path, workers)
    assert [theirs.GetNthIndexValue(n) for n in range(3)] == given["values"]
    assert (theirs.GetIndexName(), theirs.GetIndexUnit()) == ("heart phase", "%")
    for number in range(3):
        found, expected = theirs.GetNthDataNode(number), ours.GetNthDataNode(number)
        assert isinstance(found, nodeClass)
        assert numpy.array_equal(found.voxelArray(), expected.voxelArray())
        assert numpy.allclose(found.ijkToRASArray(), PLACE, atol=1e-9)


def test_sequencesOfTransformsAreEqualBothWays(slicerMembers, workers, tmp_path):  # noqa: F811
    ours, path = vtkMRMLSequenceNode(), tmp_path / "a.seq.mha"
    matrices = [numpy.array(TO_PARENT, float) + numpy.diag([0, n, 0, 0]) for n in range(2)]
    for value, matrix in zip(("0.5", "2"), matrices, strict=True):
        transform = vtkMRMLLinearTransformNode()
        transform.SetMatrixTransformToParent(matrixFromArray(matrix))
        ours.SetDataNodeAtValue(transform, value)
    assert defaultFileName(ours) == ".seq.mha"
    writeMember(ours, path)
    read = slicerMembers.read("vtkMRMLSequenceNode", storageClassName(ours), path)
    assert [float(value) for value in read["values"]] == [0.5, 2]
    assert numpy.allclose([one["matrix"] for one in read["data"]], matrices, atol=1e-9)

    data = [{"class": "vtkMRMLLinearTransformNode", "matrix": matrix.tolist()} for matrix in matrices]
    given = {"name": "time", "unit": "s", "type": "numeric", "values": ["0.5", "2"], "data": data}
    assert slicerMembers.write("vtkMRMLSequenceNode", storageClassName(ours), path, **given)
    theirs = vtkMRMLSequenceNode()
    readMember(theirs, path, workers)
    found = [arrayFromMatrix(theirs.GetNthDataNode(n).GetMatrixTransformToParent()) for n in range(2)]
    assert numpy.allclose(found, matrices, atol=1e-5)


# Tables, texts, colours


@pytest.mark.parametrize("suffix", [".tsv", ".csv"])
def test_tablesAreEqualBothWays(slicerMembers, workers, tmp_path, suffix):  # noqa: F811
    path = tmp_path / f"a{suffix}"
    columns = [["na me", "string", "", ["a b", "ü"]], ["size", "double", "mm", [0.5, -2e-9]], ["n", "int", "", [1, -7]]]
    assert slicerMembers.write("vtkMRMLTableNode", "vtkMRMLTableStorageNode", path, columns=columns)
    node = vtkMRMLTableNode()
    readMember(node, path, workers)
    assert [node.GetColumnName(n) for n in range(3)] == ["na me", "size", "n"]
    assert [node.GetTable().GetColumn(n).GetDataTypeAsString() for n in range(3)] == ["string", "double", "int"]
    assert [node.GetTable().GetValue(1, n).ToString() for n in range(3)] == ["ü", "-2e-09", "-7"]
    assert node.GetColumnUnitLabel("size") == "mm"

    node.GetTable().GetColumn(1).SetValue(0, 1 / 3)
    node.SetColumnDescription("n", "how many")
    writeMember(node, path)
    read = slicerMembers.read("vtkMRMLTableNode", "vtkMRMLTableStorageNode", path)
    assert (read["names"], read["types"]) == (["na me", "size", "n"], ["string", "double", "int"])
    assert (read["units"], read["descriptions"]) == (["", "mm", ""], ["", "", "how many"])
    assert [read["cells"][0][0], read["cells"][0][2], read["cells"][1]] == ["a b", "1", ["ü", "-2e-09", "-7"]]
    assert float(read["cells"][0][1]) == pytest.approx(1 / 3, rel=1e-5)  # as many digits as it shows


@pytest.mark.parametrize("suffix", [".txt", ".json", ".xml"])
def test_textsAreEqualBothWays(slicerMembers, workers, tmp_path, suffix):  # noqa: F811
    path, text = tmp_path / f"a{suffix}", 'zwölf\n{"a": "<b>"}\n'
    node = vtkMRMLTextNode()
    node.SetText(text)
    node.SetForceCreateStorageNode(node.CreateStorageNodeAlways)
    writeMember(node, path)
    assert slicerMembers.read("vtkMRMLTextNode", "vtkMRMLTextStorageNode", path)["text"] == text
    path.unlink()
    assert slicerMembers.write("vtkMRMLTextNode", "vtkMRMLTextStorageNode", path, text=text)
    read = vtkMRMLTextNode()
    readMember(read, path, workers)
    assert read.GetText() == text


@pytest.mark.parametrize("suffix", [".csv", ".ctbl", ".txt"])
def test_colorTablesAreEqualBothWays(slicerMembers, workers, tmp_path, suffix):  # noqa: F811
    path = tmp_path / f"a{suffix}"
    colors = [["back ground", [0, 0, 0, 0]], ["Leber ü", [128 / 255, 64 / 255, 1, 1]], ["x,y", [1, 1, 0, 128 / 255]]]
    assert slicerMembers.write("vtkMRMLColorTableNode", "vtkMRMLColorTableStorageNode", path, colors=colors)
    node = vtkMRMLColorTableNode()
    readMember(node, path, workers)
    assert [node.GetColorName(n) for n in range(3)] == [name for name, _ in colors]
    assert numpy.allclose([node.GetColor(n) for n in range(3)], [rgba for _, rgba in colors])
    node.SetColorName(1, "Leber")
    writeMember(node, path)
    read = slicerMembers.read("vtkMRMLColorTableNode", "vtkMRMLColorTableStorageNode", path)["colors"]
    assert [name for name, _ in read] == ["back ground", "Leber", "x,y"]
    assert numpy.allclose([rgba for _, rgba in read], [rgba for _, rgba in colors], atol=1e-6)
