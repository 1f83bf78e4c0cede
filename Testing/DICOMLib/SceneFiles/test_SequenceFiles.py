"""Sequences in one file: images as NRRD, linear transforms as MetaImage headers, with the values of their index."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import FileError, SceneError
from DICOMLib.Scene.Matrices import arrayFromMatrix, matrixFromArray
from DICOMLib.Scene.Nodes import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLLinearTransformNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLSequenceNode,
    vtkMRMLTextNode,
    vtkMRMLVectorVolumeNode,
)
from DICOMLib.Scene.Nrrd import NrrdImage, readNrrd, writeNrrd
from DICOMLib.SceneFiles import SmallFileTask
from DICOMLib.SceneFiles.MemberFormat import Reading
from DICOMLib.SceneFiles.SequenceFiles import FORMAT, readSequenceInto, writeSequence
from Testing.Fixtures.TasksHere import TasksHere

PLACE = numpy.array([[-0.7, 0.1, 0, 12.5], [0.2, -1.9, 0.3, -40.25], [0.05, 0.1, 3.1, 7.125], [0, 0, 0, 1]])
MATRIX = numpy.array([[0.9, -0.1, 0.2, 10], [0.3, 1.1, 0.05, -20], [0, 0.2, 0.8, 1 / 3], [0, 0, 0, 1]])


def volume(nodeClass=vtkMRMLScalarVolumeNode, fill: int = 0, shape=(2, 3, 4), dtype="int16", place=PLACE):
    node = nodeClass()
    node.setVoxelArray(numpy.arange(fill, fill + numpy.prod(shape), dtype=dtype).reshape(shape))
    node.SetIJKToRASMatrix(place)
    return node


def linear(matrix=MATRIX) -> vtkMRMLLinearTransformNode:
    node = vtkMRMLLinearTransformNode()
    node.SetMatrixTransformToParent(matrixFromArray(matrix))
    return node


def sequence(*data, values=("0", "1.5", "10"), isText: bool = False) -> vtkMRMLSequenceNode:
    node = vtkMRMLSequenceNode()
    node.SetName("Beats é")
    if isText:
        node.SetIndexType(node.TextIndex)
    for one, value in zip(data, values, strict=False):
        node.SetDataNodeAtValue(one, value)
    return node


def read(path: Path) -> vtkMRMLSequenceNode:
    node = vtkMRMLSequenceNode()
    node.SetName("S")
    readSequenceInto(node, path, Reading(TasksHere()))
    return node


def valuesOf(node: vtkMRMLSequenceNode) -> list[str]:
    return [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]


@pytest.mark.parametrize(
    ("nodeClass", "shape", "dtype"),
    [(vtkMRMLScalarVolumeNode, (2, 3, 4), "int16"), (vtkMRMLScalarVolumeNode, (2, 3, 4), "float32"),
     (vtkMRMLLabelMapVolumeNode, (2, 3, 4), "uint8"), (vtkMRMLVectorVolumeNode, (2, 3, 4, 3), "float64"),
     (vtkMRMLVectorVolumeNode, (2, 3, 4, 1), "uint8")],
)  # fmt: skip
def test_imagesComeBackWithTheirPlaceAndIndex(tmp_path, nodeClass, shape, dtype):
    node, path = sequence(*(volume(nodeClass, n, shape, dtype) for n in (0, 7))), tmp_path / "a.seq.nrrd"
    node.SetIndexName("time")
    node.SetIndexUnit("ms")
    assert writeSequence(node, path, None) == [path]
    again = read(path)
    assert (again.GetIndexName(), again.GetIndexUnit(), again.GetIndexTypeAsString()) == ("time", "ms", "numeric")
    assert valuesOf(again) == ["0", "1.5"]
    for number in range(2):
        ours, theirs = node.GetNthDataNode(number), again.GetNthDataNode(number)
        assert theirs.GetClassName() == nodeClass.__name__ and theirs.GetName() == f"S_{valuesOf(again)[number]}"
        assert theirs.voxelArray().dtype == dtype
        assert numpy.array_equal(theirs.voxelArray().reshape(shape), ours.voxelArray().reshape(shape))
        numpy.testing.assert_allclose(theirs.ijkToRASArray(), PLACE, atol=1e-12)


def test_theFileSaysWhatSlicersSays(tmp_path):
    node = sequence(volume(), volume(), isText=True, values=("a b", "ü%"))
    node.SetIndexName("phase")
    node.SetIndexUnit("")
    writeSequence(node, tmp_path / "a.seq.nrrd", None)
    image = readNrrd(tmp_path / "a.seq.nrrd", withSeries=True)
    assert image.keyValues == {
        "DataNodeClassName": "vtkMRMLScalarVolumeNode", "axis 3 index type": "text",
        "axis 3 index values": "a%20b %C3%BC%25",
    }  # fmt: skip
    assert image.fields["labels"] == '"" "" "" "phase"' and image.fields["units"] == '"" "" "" ""'


@pytest.mark.parametrize("isText", [True, False])
def test_valuesOfAnyCharactersComeBack(tmp_path, isText):
    values = ["1", "-2.5e+3", "3 s"] if not isText else ["a\nb", " c ", "50%25", "+", "é"]
    writeSequence(sequence(*(volume() for _ in values), values=values, isText=isText), tmp_path / "a.seq.nrrd", None)
    again = read(tmp_path / "a.seq.nrrd")
    assert sorted(valuesOf(again)) == sorted(values)
    assert again.GetIndexType() == (again.TextIndex if isText else again.NumericIndex)


def test_numbersAreWrittenAsTheyAre(tmp_path):
    writeSequence(sequence(volume(), volume(), values=("-1.5e+3", "+2")), tmp_path / "a.seq.nrrd", None)
    assert b"axis 3 index values:=-1.5e+3 +2\n" in (tmp_path / "a.seq.nrrd").read_bytes()


def test_anEmptyValueIsRefusedWhereTheFileCannotHoldIt(tmp_path):
    node = sequence(volume(), volume(), values=("", "a"), isText=True)
    with pytest.raises(SceneError, match="Beats é: a sequence with an index value that is empty"):
        writeSequence(node, tmp_path / "a.seq.nrrd", None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["a\nb", " a", "a\t", "\u2028a b\u2028c", "a\rb"])
def test_valuesThatLinesCannotHoldAreRefusedForTransforms(tmp_path, value):
    node = sequence(linear(), linear(), values=("x", value), isText=True)
    with pytest.raises(SceneError, match="Beats é: the file holds no index values with ends of lines"):
        writeSequence(node, tmp_path / "a.seq.mha", None)
    assert list(tmp_path.iterdir()) == []


DIFFERENT = {
    "size": lambda: volume(shape=(2, 3, 5)), "type": lambda: volume(dtype="int32"),
    "place": lambda: volume(place=numpy.eye(4)),
}  # fmt: skip


@pytest.mark.parametrize("what", DIFFERENT)
def test_imagesThatDifferFitNoFileOfOneImage(tmp_path, what):
    with pytest.raises(SceneError, match="Beats é: the images of the sequence differ in size, type or place"):
        writeSequence(sequence(volume(), DIFFERENT[what]()), tmp_path / "a.seq.nrrd", None)


def test_aSequenceOfImagesIsNoneOfTransforms_andTheOtherWayRound(tmp_path):
    images, transforms = ".seq.nrrd", ".seq.mha"
    for node, suffix, other in ((sequence(linear()), images, transforms), (sequence(volume()), transforms, images)):
        with pytest.raises(FileError, match=f"ends in {other}"):
            writeSequence(node, tmp_path / f"a{suffix}", None)


def series(path: Path, keys: dict[str, str], array=None, fields=None) -> Path:
    array = numpy.zeros((2, 1, 1, 1), numpy.uint8) if array is None else array
    writeNrrd(NrrdImage(array, numpy.eye(4), keys, isSeries=True, fields=fields or {}), path)
    return path


def test_withoutValuesTheyAreNumbersFromZero_andTheClassIsThatOfTheVoxels(tmp_path):
    found = read(series(tmp_path / "a.seq.nrrd", {}))
    assert valuesOf(found) == ["0", "1"] and found.GetDataNodeClassName() == "vtkMRMLScalarVolumeNode"
    vectors = read(series(tmp_path / "a.seq.nrrd", {}, numpy.zeros((2, 1, 1, 1, 3))))
    assert vectors.GetDataNodeClassName() == "vtkMRMLVectorVolumeNode"


@pytest.mark.parametrize("values", ["1", "1 2 3", "1 1"])
def test_asManyDifferentValuesAsImages(tmp_path, values):
    with pytest.raises(FileError, match="other index values than images"):
        read(series(tmp_path / "a.seq.nrrd", {"axis 3 index values": values}))


def test_whatIsNoSequenceOfImagesIsRefusedByItsKind(tmp_path):
    node = sequence(vtkMRMLTextNode())
    with pytest.raises(SceneError, match="only sequences of volumes and of linear transforms can be saved in one file"):
        writeSequence(node, tmp_path / "a.seq.nrrd", None)
    with pytest.raises(FileError, match="vtkMRMLTextNode"):
        read(series(tmp_path / "a.seq.nrrd", {"DataNodeClassName": "vtkMRMLTextNode"}))


@pytest.mark.parametrize(("className", "last"), [("vtkMRMLVectorVolumeNode", ()), ("vtkMRMLScalarVolumeNode", (3,))])
def test_imagesAreOfTheClassThatTheFileSays(tmp_path, className, last):
    path = series(tmp_path / "a.seq.nrrd", {"DataNodeClassName": className}, numpy.zeros((2, 1, 1, 1, *last)))
    with pytest.raises(FileError, match="not of the class that the file says"):
        read(path)


def test_oneImageIsNoSequence(tmp_path):
    writeNrrd(NrrdImage(numpy.zeros((1, 2, 3), numpy.uint8), numpy.eye(4), {}), tmp_path / "a.seq.nrrd")
    with pytest.raises(FileError, match="the file holds no sequence of images"):
        read(tmp_path / "a.seq.nrrd")


def test_transformsAreWrittenAsSlicerDoes_toTheLastDigit(tmp_path):
    path = tmp_path / "a.seq.mha"
    assert writeSequence(sequence(linear(), linear(numpy.eye(4)), values=("0", "7.5")), path, None) == [path]
    lines = path.read_text().split("\n")
    assert lines[:11] == [
        "ObjectType = Image", "NDims = 3", "AnatomicalOrientation = RAI", "BinaryData = True", "CompressedData = False",
        "DimSize = 0 0 2", "ElementSpacing = 1 1 1", "Offset = 0 0 0", "TransformMatrix = 1 0 0 0 1 0 0 0 1",
        "ElementType = MET_UCHAR", "Kinds = domain domain list",
    ]  # fmt: skip
    assert lines[11:14] == [
        "Seq_Frame0000_Beats__Transform =" + " ".join(repr(float(one)) for one in MATRIX.ravel()) + " ",
        "Seq_Frame0000_Beats__TransformStatus = OK", "Seq_Frame0000_Timestamp = 0",
    ]  # fmt: skip
    assert lines[-1] == "ElementDataFile = LOCAL" and len(lines) == 11 + 6 + 1
    again = read(path)
    assert valuesOf(again) == ["0", "7.5"]
    assert numpy.array_equal(arrayFromMatrix(again.GetNthDataNode(0).GetMatrixTransformToParent()), MATRIX)


def mha(*lines: str, first: str = "ObjectType = Image", last: str = "ElementDataFile = LOCAL") -> str:
    return "\n".join([first, "NDims = 3", *lines, last])


IDENTITY = "1 0 0 0 0 1 0 0 0 0 1 0 0 0 0 1"


def test_framesStandInTheOrderOfTheirNumbers_andHaveThemWithoutTimes(tmp_path):
    path = tmp_path / "a.seq.mha"
    path.write_text(mha(f"Seq_Frame0010_xTransform = {IDENTITY}", f"Seq_Frame0002_xTransform = {IDENTITY}",
                        "Seq_Frame0002_Timestamp = 0.5", "other", "Seq_Frame0003_Unknown = 1"))  # fmt: skip
    assert valuesOf(read(path)) == ["0.5", "10"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "this is no sequence of transforms"), (mha(first="NDims = 3"), "this is no sequence"),
        (mha(f"Seq_Frame0_xTransform = {IDENTITY}", last=""), "this is no sequence"), (mha(), "is damaged"),
        (mha("Seq_Frame0_xTransform = 1 0 0"), "is damaged"), (mha("Seq_Frame0_xTransform = x"), "is damaged"),
        (mha(f"Seq_Frame0_xTransform = {IDENTITY.replace('1', 'nan')}"), "is damaged"),
        (mha(f"Seq_Frame0_xTransform = {IDENTITY.replace('1', '0')}"), "is damaged"),
        (mha(*(f"Seq_Frame{n}_xTransform = {IDENTITY}\nSeq_Frame{n}_Timestamp = 1" for n in (0, 1))), "is damaged"),
    ],
)  # fmt: skip
def test_whatIsNoSequenceOfTransformsIsRefused_andTheNodeStaysAsItWas(tmp_path, text, words):
    (tmp_path / "a.seq.mha").write_text(text)
    node = sequence(linear())
    with pytest.raises(FileError, match=words):
        readSequenceInto(node, tmp_path / "a.seq.mha", Reading(TasksHere()))
    assert valuesOf(node) == ["0"]


def test_transformsAreAsLongAsAccepted_andNotLonger(tmp_path, monkeypatch):
    text = mha(f"Seq_Frame0_xTransform = {IDENTITY}")
    (tmp_path / "a.seq.mha").write_text(text)
    monkeypatch.setattr(SmallFileTask, "LONGEST_TRANSFORMS", len(text))
    assert valuesOf(read(tmp_path / "a.seq.mha")) == ["0"]
    monkeypatch.setattr(SmallFileTask, "LONGEST_TRANSFORMS", len(text) - 1)
    with pytest.raises(FileError, match="too long for its kind"):
        read(tmp_path / "a.seq.mha")


def test_eachKindOfDataHasItsUsualEnding():
    assert FORMAT.defaultSuffix(sequence(volume())) == ".seq.nrrd"
    assert FORMAT.defaultSuffix(sequence(linear())) == ".seq.mha"
    assert FORMAT.written == (".seq.nrrd", ".seq.mha", ".seq.mrb")
    assert set(FORMAT.suffixes) >= {*FORMAT.written, ".seq.nhdr", ".nrrd", ".nhdr", ".mha"}
    assert not FORMAT.hasData(vtkMRMLSequenceNode()) and FORMAT.hasData(sequence(volume()))


def test_imagesAreWrittenFromWhereTheyAre_notGatheredFirst(tmp_path):
    count, path = 24, tmp_path / "a.seq.nrrd"
    images = [volume(fill=n, shape=(8, 256, 256), dtype="uint16") for n in range(count)]
    node = vtkMRMLSequenceNode()
    for number, image in enumerate(images):
        node.addDataNode(image, str(number))
    tracemalloc.start()
    try:
        writeSequence(node, path, None)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < count * images[0].voxelArray().nbytes / 2
    again = read(path)
    assert all(
        numpy.array_equal(again.GetNthDataNode(n).voxelArray(), image.voxelArray()) for n, image in enumerate(images)
    )
