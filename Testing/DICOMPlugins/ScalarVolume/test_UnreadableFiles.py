"""A file of a series cannot be read: the rest is loaded, the slice counts as missing, and the file is named."""

import numpy
import pytest
from pydicom.uid import RLELossless

from DICOMLib.Errors import CancelledError
from DICOMLib.Geometry.Patient import rasFromLPS
from DICOMLib.Progress import Progress
from Testing.Fixtures import SeriesBuilder, axialCT


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def placesAndValuesAreThoseOf(builder, numbers, node):
    voxels = node.voxelArray()
    assert numpy.array_equal(voxels, builder.array[numbers])
    places = node.worldFromIJK(numpy.array([[0.0, 0.0, k] for k in range(len(numbers))]))
    headers = rasFromLPS(numpy.array([builder.positionOfSlice(k) for k in numbers]))
    assert places == pytest.approx(headers, abs=1e-3)
    uids = node.GetAttribute("DICOM.instanceUIDs").split()
    assert len(uids) == len(numbers)


def test_aFileCutShortIsLeftOutAndTheOthersKeepTheirPlaces(bench, tmp_path):
    builder = axialCT(slices=9)
    paths = builder.write(tmp_path)
    cut(paths[3])
    (loadable,) = [one for one in bench.loadables(tmp_path) if one.selected]
    assert f"{paths[3]} cannot be read (pixel data short: have " in loadable.warning
    assert "1 slice of the volume is not there" in loadable.warning
    assert str(paths[3]) not in loadable.files
    (node,) = bench.load(tmp_path)
    placesAndValuesAreThoseOf(builder, [0, 1, 2, 4, 5, 6, 7, 8], node)
    assert node.GetParentTransformNode() is not None
    assert node.GetAttribute("DICOM.slicesLeftOut") == "1"


@pytest.mark.parametrize("damage", ["changed", "undecodable"])
def test_aFileThatFailsOnlyWhileItIsReadIsLeftOutWithANote(bench, tmp_path, damage):
    builder = axialCT(slices=9, transferSyntax=RLELossless if damage == "undecodable" else axialCT().transferSyntax)
    paths = builder.write(tmp_path)
    if damage == "undecodable":
        spoilFrame(paths[3])
    found = bench.examine(tmp_path)
    if damage == "changed":
        cut(paths[3])
    (nodeID,) = bench.registry.load(found, bench.context, bench.messages)
    placesAndValuesAreThoseOf(builder, [0, 1, 2, 4, 5, 6, 7, 8], bench.scene.GetNodeByID(nodeID))
    (message,) = bench.messages
    assert f"{paths[3]} cannot be read (" in message
    assert "1 slice of the volume is not there" in message
    assert "missing" in message


def spoilFrame(path):
    """A table of segments that lead nowhere."""
    data = bytearray(path.read_bytes())
    header = data.rindex(b"\xfe\xff\x00\xe0") + 8
    data[header : header + 64] = b"\xff" * 64
    path.write_bytes(data)


def test_theLastSliceIsMissedTooThoughNoGapShowsIt(bench, tmp_path):
    builder = axialCT()
    paths = builder.write(tmp_path)
    cut(paths[4])
    (node,) = bench.load(tmp_path)
    placesAndValuesAreThoseOf(builder, [0, 1, 2, 3], node)
    assert node.GetAttribute("DICOM.slicesLeftOut") == "1"


@pytest.mark.parametrize("damaged", [[0, 1, 2], [0, 1, 2, 3, 4]])
def test_whereMuchIsUnreadableNothingIsOffered(bench, tmp_path, damaged):
    paths = axialCT().write(tmp_path)
    for number in damaged:
        cut(paths[number])
    assert bench.load(tmp_path) == []
    (message,) = bench.messages
    assert "Could not load" in message and "pixel data short" in message


def test_framesOfOneFileAreNotTornApart(bench, tmp_path):
    (path,) = SeriesBuilder(multiframe=True, modality="MR").write(tmp_path)
    cut(path)
    assert bench.load(tmp_path) == []
    assert str(path) in bench.messages[0]


def test_noVoxelIsEverMadeUp(bench, tmp_path):
    builder = axialCT(slices=8, pattern=lambda k, j, i: 500 + 10 * k + j + i)
    paths = builder.write(tmp_path)
    cut(paths[5])
    (node,) = bench.load(tmp_path)
    assert node.voxelArray().min() >= 500


def test_lookingForTheFileCanBeCancelled(bench, tmp_path):
    paths = axialCT(slices=9).write(tmp_path)
    found = bench.examine(tmp_path)
    cut(paths[3])
    progress = Progress()
    report = progress.report

    def cancelLater(done, total=None, text=None, **more):
        report(done, total, text, **more)
        if text == "Looking for files that cannot be read":
            progress.cancel()

    progress.report = cancelLater
    with pytest.raises(CancelledError):
        bench.registry.load(found, bench.context, progress=progress)
    assert bench.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
