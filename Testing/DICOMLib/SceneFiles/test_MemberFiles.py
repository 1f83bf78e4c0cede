"""Member files by themselves: what is written reads back equal, to the last digit."""

from __future__ import annotations

import gzip
import tracemalloc

import numpy
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkDoubleArray, vtkStringArray, vtkTypeFloat32Array, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import CancelledError, FileError, SceneError
from DICOMLib.Geometry.DisplacementGrid import DisplacementGrid
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Nodes import (
    vtkMRMLColorTableNode,
    vtkMRMLDiffusionTensorVolumeNode,
    vtkMRMLDiffusionWeightedVolumeNode,
    vtkMRMLGridTransformNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLModelNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkMRMLTableNode,
    vtkMRMLTextNode,
    vtkMRMLTransformNode,
    vtkMRMLVectorVolumeNode,
)
from DICOMLib.Scene.Nrrd import NrrdImage, writeNrrd
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MemberFiles import (
    ALLOWED_SUFFIXES,
    defaultFileName,
    formatOf,
    readMember,
    storageClassName,
    suffixOfMember,
    writeMember,
)
from DICOMLib.Workers.WorkerPool import WorkerPool

PLACE = numpy.array([[-0.7, 0.1, 0, 12.5], [0.2, -1.9, 0.3, -40.25], [0.05, 0.1, 3.1, 7.125], [0, 0, 0, 1]])


@pytest.fixture(scope="module")
def workers():
    with WorkerPool(size=1) as pool:
        yield pool


def reread(node, folder, workers, suffix=""):
    path = folder / f"a{suffix or defaultFileName(node)}"
    writeMember(node, path)
    read = type(node)()
    readMember(read, path, workers)
    return read


def test_endingsOfTwoPartsComeBeforeWhatTheyEndWith():
    assert suffixOfMember("Data/Liver.SEG.NRRD") == ".seg.nrrd"
    assert suffixOfMember("a.nrrd") == ".nrrd"
    assert suffixOfMember("a.mrb") == ""
    assert set(ALLOWED_SUFFIXES) >= {".nrrd", ".vtp", ".h5", ".tsv", ".txt", ".csv", ".seq.nrrd"}


def test_nodesWhoseDataIsInTheSceneAloneHaveNoFile():
    assert formatOf(vtkMRMLSequenceBrowserNode()) is None
    assert defaultFileName(vtkMRMLSequenceBrowserNode()) == ""
    assert defaultFileName(vtkMRMLScalarVolumeNode()) == ""  # it has no voxels
    short = vtkMRMLTextNode()
    short.SetText("short")
    assert defaultFileName(short) == ""
    short.SetText("long" * 100)
    assert defaultFileName(short) == ".txt"
    assert storageClassName(vtkMRMLDiffusionWeightedVolumeNode()) == "vtkMRMLNRRDStorageNode"


def test_aNodeWithoutDataIsRefusedByName(tmp_path):
    node = vtkMRMLModelNode()
    node.SetName("Skull")
    with pytest.raises(SceneError, match="Skull: the node has no data"):
        writeMember(node, tmp_path / "a.vtp")
    with pytest.raises(FileError, match="ends in .vtp"):
        writeMember(node, tmp_path / "a.stl")
    assert list(tmp_path.iterdir()) == []


def test_diffusionVolumesReadBackEqual(tmp_path, workers):
    weighted = vtkMRMLDiffusionWeightedVolumeNode()
    weighted.setVoxelArray(numpy.arange(48, dtype="int16").reshape(2, 3, 4, 2))
    weighted.SetIJKToRASMatrix(PLACE)
    weighted.SetDiffusionGradients(numpy.array([[0, 0, 0], [0.6, 0, 0.8]]))
    weighted.SetBValues(numpy.array([0.0, 1000.0]))
    read = reread(weighted, tmp_path, workers)
    assert numpy.array_equal(read.voxelArray(), weighted.voxelArray())
    assert read.bValuesArray().tolist() == [0, 1000]
    assert numpy.allclose(read.gradientsArray(), weighted.gradientsArray())
    tensors = vtkMRMLDiffusionTensorVolumeNode()
    tensors.setVoxelArray(numpy.random.default_rng(1).uniform(0, 1, (2, 3, 4, 6)))
    assert numpy.array_equal(reread(tensors, tmp_path, workers).voxelArray(), tensors.voxelArray())
    with pytest.raises(FileError, match="another kind of volume"):
        readMember(vtkMRMLVectorVolumeNode(), tmp_path / "a.nrrd", workers)


def test_aLinearTransformReadsBackToTheLastDigit(tmp_path, workers):
    node = vtkMRMLLinearTransformNode()
    matrix = numpy.array([[0.9, -0.1, 0.2, 10], [0.3, 1.1, 0.05, -20], [0, 0.2, 0.8, 1 / 3], [0, 0, 0, 1]])
    node.SetMatrixTransformToParent(matrixFromArray(matrix))
    read = reread(node, tmp_path, workers)
    assert numpy.array_equal(arrayFromMatrix(read.GetMatrixTransformToParent()), matrix)


def test_aTransformFileThatWasEditedHoldsWhatItSays_notTheRemark(tmp_path, workers):
    node, path = vtkMRMLLinearTransformNode(), tmp_path / "a.tfm"
    writeMember(node, path)
    path.write_text(path.read_text().replace("0.0 0.0 0.0\nFixed", "0.0 0.0 5.0\nFixed"))
    readMember(node, path, workers)
    assert node.GetMatrixTransformToParent().GetElement(2, 3) == -5


@pytest.mark.parametrize("isFromParent", [True, False])
def test_aGridReadsBackEqual_alsoWithAxesThatAreNotAtRightAngles(tmp_path, workers, isFromParent):
    node = vtkMRMLGridTransformNode()
    values = numpy.random.default_rng(3).uniform(-0.3, 0.3, (2, 3, 4, 3))
    grid = DisplacementGrid(values, (-1, 0, 2), (1, 2, 0.5))
    (node.setDisplacementGridFromParent if isFromParent else node.setDisplacementGrid)(PLACE, grid)
    read = reread(node, tmp_path, workers)
    assert read.displacementGrid().isFromParent is isFromParent
    for point in ([3, -40, 8], [10, -44, 9]):
        ways = [(one.GetTransformToParent(), one.GetTransformFromParent()) for one in (node, read)]
        for ours, theirs in zip(*ways, strict=True):
            assert numpy.allclose(ours.TransformPoint(point), theirs.TransformPoint(point), atol=1e-9)


def test_aTransformThatIsNeitherIsRefused(tmp_path):
    from vtkmodules.vtkCommonTransforms import vtkThinPlateSplineTransform

    node = vtkMRMLTransformNode()
    node.SetName("Spline")
    node.SetAndObserveTransformToParent(vtkThinPlateSplineTransform())
    assert defaultFileName(node) == ""
    with pytest.raises(SceneError, match="Spline"):
        writeMember(node, tmp_path / "a.tfm")


def test_aModelReadsBackEqual_withNormalsAndValues(tmp_path, workers):
    source, node = vtkSphereSource(), vtkMRMLModelNode()
    source.SetCenter(10, 20, 30)
    source.Update()
    surface = source.GetOutput()
    labels = vtkUnsignedCharArray()
    labels.SetName("label of the cell")
    labels.SetNumberOfTuples(surface.GetNumberOfCells())
    labels.Fill(3)
    surface.GetCellData().SetScalars(labels)
    node.SetAndObservePolyData(surface)
    read = reread(node, tmp_path, workers).GetPolyData()
    for get in (lambda one: one.GetPoints().GetData(), lambda one: one.GetPointData().GetNormals()):
        assert numpy.array_equal(vtk_to_numpy(get(read)), vtk_to_numpy(get(surface)))
    polys = [vtk_to_numpy(one.GetPolys().GetConnectivityArray()) for one in (read, surface)]
    assert numpy.array_equal(*polys)
    assert read.GetCellData().GetScalars().GetName() == "label of the cell"
    assert vtk_to_numpy(read.GetCellData().GetScalars()).tolist() == [3] * surface.GetNumberOfCells()


@pytest.mark.parametrize(("attributes", "x"), [(None, -1), ({}, 1), ({"coordinateSystem": "LPS"}, -1)])
def test_aModelThatDoesNotSayItsCoordinatesHasThoseOfTheScene(tmp_path, workers, attributes, x):
    path = tmp_path / "a.obj"
    path.write_text("v 1 0 0\nv 1 1 0\nv 1 0 1\nf 1 2 3\n")
    node = vtkMRMLModelNode()
    readMember(node, path, workers, attributes=attributes)
    assert node.GetPolyData().GetPoint(0)[0] == x


def segmentationNode() -> vtkMRMLSegmentationNode:
    node = vtkMRMLSegmentationNode()
    segmentation = node.GetSegmentation()
    segmentation.setLayers([numpy.zeros((3, 4, 5), numpy.uint8)], PLACE)
    for number, name in enumerate(["Left lobe", "Größe 2", "line\nfeed", "overlaps"]):
        one = segmentation.AddEmptySegment(f"Segment {number}", name, (0.1 * number, 1 / 3, 0.7))
        segmentation.GetSegment(one).SetTag("TerminologyEntry", "a~b^c^d~e")
        segmentation.GetSegment(one).SetTag("with", "bar | and : colon")
        array = numpy.zeros((3, 4, 5), bool)
        array[min(number, 2)] = True
        segmentation.setSegmentArray(one, array)
    return node


def test_aSegmentationReadsBackEqual(tmp_path, workers):
    node = segmentationNode()
    ours, read = node.GetSegmentation(), reread(node, tmp_path, workers).GetSegmentation()
    assert read.GetSegmentIDs() == ours.GetSegmentIDs()
    assert read.GetNumberOfLayers() == ours.GetNumberOfLayers() == 2
    assert numpy.allclose(read.ijkToRASArray(), PLACE, atol=1e-12)
    for one in ours.GetSegmentIDs():
        found, expected = read.GetSegment(one), ours.GetSegment(one)
        assert (found.GetName(), found.GetColor()) == (expected.GetName(), expected.GetColor())
        assert found.GetTerminology() == "a~b^c^d~e"
        assert numpy.array_equal(read.segmentArray(one), ours.segmentArray(one))


def test_whatIsEmptyReadsBackEmpty_orNeedsNoFile(tmp_path, workers):
    node = vtkMRMLSegmentationNode()
    node.GetSegmentation().AddEmptySegment("liver", "Liver")
    read = reread(node, tmp_path, workers).GetSegmentation()
    assert (read.GetSegmentIDs(), read.layers()) == (["liver"], [])
    model, colors = vtkMRMLModelNode(), vtkMRMLColorTableNode()
    model.SetAndObservePolyData(vtkPolyData())
    colors.SetNumberOfColors(3)
    assert defaultFileName(model) == defaultFileName(colors) == defaultFileName(vtkMRMLTableNode()) == ""


def test_aLabelMapWithoutSegmentsHasOneForEachLabel(tmp_path, workers):
    volume = vtkMRMLScalarVolumeNode()
    volume.setVoxelArray(numpy.array([[[0, 2, 7]]], numpy.uint8))
    writeMember(volume, tmp_path / "a.nrrd")
    node = vtkMRMLSegmentationNode()
    readMember(node, tmp_path / "a.nrrd", workers)
    labels = [node.GetSegmentation().GetNthSegment(n).GetLabelValue() for n in range(2)]
    assert labels == [2, 7]


def test_sequencesThatDoNotFitIntoOneImageAreNotWrittenAsOne(tmp_path):
    node = vtkMRMLSequenceNode()
    node.SetName("Beats")
    for number in (1, 2):
        volume = vtkMRMLScalarVolumeNode()
        volume.setVoxelArray(numpy.zeros((number, 2, 2), numpy.uint8))
        node.SetDataNodeAtValue(volume, str(number))
    with pytest.raises(SceneError, match="Beats: the images of the sequence differ in size"):
        writeMember(node, tmp_path / "a.seq.nrrd")
    texts = vtkMRMLSequenceNode()
    texts.SetDataNodeAtValue(vtkMRMLTextNode(), "0")
    with pytest.raises(SceneError, match="only sequences of volumes and of linear transforms can be saved in one file"):
        writeMember(texts, tmp_path / "b.seq.nrrd")
    assert [defaultFileName(one) for one in (node, texts)] == [".seq.mrb"] * 2


def test_aSequenceOfOtherDataIsNotReadAsVolumes(tmp_path, workers):
    array = numpy.zeros((2, 2, 2, 2, 3))
    keys = {"DataNodeClassName": "vtkMRMLGridTransformNode"}
    writeNrrd(NrrdImage(array, numpy.eye(4), keys, isSeries=True), tmp_path / "a.seq.nrrd")
    with pytest.raises(FileError, match="only sequences of volumes and of linear transforms can be read"):
        readMember(vtkMRMLSequenceNode(), tmp_path / "a.seq.nrrd", workers)


def test_indexValuesOfTextReadBackEqual(tmp_path, workers):
    node = vtkMRMLSequenceNode()
    node.SetIndexType(node.TextIndex)
    for value in ("before %", "ü and\nline"):
        volume = vtkMRMLScalarVolumeNode()
        volume.setVoxelArray(numpy.zeros((1, 2, 2), numpy.uint8))
        node.SetDataNodeAtValue(volume, value)
    read = reread(node, tmp_path, workers)
    assert [read.GetNthIndexValue(n) for n in range(2)] == ["before %", "ü and\nline"]
    assert read.GetIndexTypeAsString() == "text"


@pytest.mark.parametrize("suffix", [".tsv", ".csv"])
def test_tablesReadBackEqual_withAnyTextAndAllDigits(tmp_path, workers, suffix):
    node = vtkMRMLTableNode()
    for column, name, values in (
        (vtkStringArray(), "te,xt", ["a\tb", 'say "x"', "two\nlines", "", "ü"]),
        (vtkDoubleArray(), "double", [1 / 3, -2e-300, float("inf"), 0.1 + 0.2, 5]),
        (vtkTypeFloat32Array(), "float", [0.1, 2, 3, 4, 5]),
    ):
        column.SetName(name)
        for value in values:
            column.InsertNextValue(value)
        node.AddColumn(column)
    node.SetColumnUnitLabel("double", "mm")
    node.SetColumnTitle("te,xt", 'a "title"')
    vector = vtkDoubleArray()
    vector.SetName("vector")
    vector.SetNumberOfComponents(3)
    vector.SetComponentName(0, "x")
    for number in range(5):
        vector.InsertNextTuple3(number, 2, 3)
    node.AddColumn(vector)
    read = reread(node, tmp_path, workers, suffix)
    assert [read.GetColumnName(n) for n in range(4)] == ["te,xt", "double", "float", "vector"]
    assert read.columnProperties() == node.columnProperties()
    for index in range(1, 4):
        ours, theirs = (vtk_to_numpy(one.GetTable().GetColumn(index)) for one in (node, read))
        assert ours.dtype == theirs.dtype
        assert numpy.array_equal(ours, theirs)
    assert [read.GetCellText(row, 0) for row in range(5)] == ["a\tb", 'say "x"', "two\nlines", "", "ü"]


def test_aTableWithoutASchemaIsText(tmp_path, workers):
    (tmp_path / "a.csv").write_text("name,size\nx,1.5\n")
    node = vtkMRMLTableNode()
    readMember(node, tmp_path / "a.csv", workers)
    assert node.GetTable().GetColumn(1).GetDataTypeAsString() == "string"
    assert node.GetCellText(0, 1) == "1.5"


def test_colorTablesReadBackToTheLastDigit_andNamesWithSpaces(tmp_path, workers):
    node = Scene().AddNode(vtkMRMLColorTableNode())
    node.SetNumberOfColors(300)
    node.SetColor(1, "left_lobe of it", 0.3, 1 / 3, 0.123456789, 0.5)
    node.SetColor(7, "12", 1, 0, 0)
    read = reread(node, tmp_path, workers)
    assert read.GetNumberOfColors() == 300
    assert [read.GetColorName(n) for n in (0, 1, 7)] == ["", "left_lobe of it", "12"]
    assert read.GetColor(1) == (0.3, 1 / 3, 0.123456789, 0.5)
    assert read.GetColor(0) == (0, 0, 0, 0)


def test_textsThatAreNoUtf8AreWrittenAsTheyWere(tmp_path, workers):
    path = tmp_path / "a.txt"
    path.write_bytes(b"caf\xe9\r\n\x00")
    node = vtkMRMLTextNode()
    node.SetForceCreateStorageNode(node.CreateStorageNodeAlways)
    readMember(node, path, workers)
    writeMember(node, tmp_path / "b.txt")
    assert (tmp_path / "b.txt").read_bytes() == b"caf\xe9\r\n\x00"


def test_aCancelledWriteLeavesTheOldFile(tmp_path):
    node, path = vtkMRMLScalarVolumeNode(), tmp_path / "a.nrrd"
    node.setVoxelArray(numpy.zeros((4, 8, 8), numpy.int16))
    path.write_text("old")
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        writeMember(node, path, progress)
    assert [one.name for one in tmp_path.iterdir()] == ["a.nrrd"]
    assert path.read_text() == "old"


def test_writingALargeVolumeTakesLittleMemoryBesideIt(tmp_path):
    node = vtkMRMLScalarVolumeNode()
    node.setVoxelArray(numpy.zeros((32, 1024, 512), numpy.int16))
    tracemalloc.start()
    writeMember(node, tmp_path / "a.nrrd")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 << 20
    content = (tmp_path / "a.nrrd").read_bytes()
    packed = content[content.index(b"\n\n") + 2 :]
    assert gzip.decompress(packed) == bytes(32 << 20)  # one gzip stream, whoever reads it
