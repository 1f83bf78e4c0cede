"""Damaged and strange segmentation objects: a sentence, and nothing in the scene."""

from __future__ import annotations

import pydicom
import pytest

from DICOMLib.Errors import DICOMError
from DICOMPlugins.Segmentation.Layers import readLayers
from DICOMPlugins.Segmentation.SegmentationObject import readSegmentationObject
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.Segmentation.LabelMaps import addLabelMap, export, someLabels


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    bench = Bench()
    item, _ = addLabelMap(bench, someLabels())
    made = export(bench, item, tmp_path_factory.mktemp("seg"))
    bench.close()
    return made


def _noSegments(dataset):
    del dataset.SegmentSequence


def _sameNumbers(dataset):
    dataset.SegmentSequence[1].SegmentNumber = 1


def _noSegmentOfAFrame(dataset):
    del dataset.PerFrameFunctionalGroupsSequence[2].SegmentIdentificationSequence


def _noPlaceOfAFrame(dataset):
    del dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence


def _far(dataset):
    dataset.PerFrameFunctionalGroupsSequence[2].PlanePositionSequence[0].ImagePositionPatient = [0, 0, 1e8]


def _hugeFrames(dataset):
    dataset.NumberOfFrames = 900000


def _fewerFrames(dataset):
    dataset.NumberOfFrames -= 1


def _noFrames(dataset):
    dataset.NumberOfFrames = 0


def _hugeSpacing(dataset):
    dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [1e300, 1e300]


def _hugeSize(dataset):
    dataset.Rows = dataset.Columns = 65535


def _short(dataset):
    dataset.PixelData = dataset.PixelData[:10]


def _otherType(dataset):
    dataset.SegmentationType = "WHATEVER"


def _noSpacing(dataset):
    dataset.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [0, 0]


REFUSED = {
    _sameNumbers: "two segments have the same number",
    _noSegmentOfAFrame: "a frame does not say which segment it is of",
    _noPlaceOfAFrame: "some frames of the segmentation do not say where they are",
    _far: "not above each other|too far from each other|not evenly spaced",
    _fewerFrames: "describes another number of frames than it has",
    _noFrames: "describes another number of frames than it has",
    _hugeSpacing: "the pixel spacing of the segmentation makes no sense",
    _hugeFrames: ".",
    _hugeSize: ".",
    _short: ".",
    _otherType: "its SegmentationType is WHATEVER",
    _noSpacing: "the pixel spacing of the segmentation makes no sense",
}


@pytest.mark.parametrize("damage", REFUSED, ids=lambda one: one.__name__)
def test_whatCannotBeTrueIsRefusedInASentence(file, tmp_path, workers, damage):
    dataset = pydicom.dcmread(file)
    damage(dataset)
    path = tmp_path / "damaged.dcm"
    dataset.save_as(path)
    with pytest.raises(DICOMError, match=REFUSED[damage]) as error:
        readLayers(readSegmentationObject(str(path)), workers)
    assert "\n" not in str(error.value) and str(error.value).endswith(".")


def test_segmentsThatNobodyDescribesAreThereAllTheSame(file, tmp_path, workers):
    dataset = pydicom.dcmread(file)
    _noSegments(dataset)
    dataset.save_as(tmp_path / "bare.dcm")
    source = readSegmentationObject(str(tmp_path / "bare.dcm"))
    assert [one.displayName for one in source.segments.values()] == ["Segment 1", "Segment 2"]
    (layer,) = readLayers(source, workers)
    assert set(layer.array.ravel().tolist()) == {0, 1, 2}


def test_twoFramesOfASegmentInOnePlaneArePutTogetherAndThatIsSaid(file, tmp_path, workers):
    dataset = pydicom.dcmread(file)
    first, second = dataset.PerFrameFunctionalGroupsSequence[:2]
    second.PlanePositionSequence = first.PlanePositionSequence
    dataset.save_as(tmp_path / "twice.dcm")
    source = readSegmentationObject(str(tmp_path / "twice.dcm"))
    assert source.grid.notes == ("Segments have more than one frame in a plane, which are put together: 1 frame.",)
    frames = dataset.pixel_array
    (layer,) = readLayers(source, workers)
    assert ((layer.array[source.grid.planeOfFrame[0]] == 1) == (frames[0] | frames[1])).all()


def test_manySegmentsWithoutVoxelsTakeNoLongTime(file, tmp_path, workers, promised):
    dataset = pydicom.dcmread(file)
    for number in range(3, 5003):
        segment = pydicom.Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, "empty"
        dataset.SegmentSequence.append(segment)
    dataset.save_as(tmp_path / "many.dcm")
    with promised.within(2, ofProcessor=True):
        (layer,) = readLayers(readSegmentationObject(str(tmp_path / "many.dcm")), workers)
    assert len(layer.segments) == 5002


def test_someBytesMissingAtTheEndIsSaid(file, tmp_path):
    path = tmp_path / "cut" / "cut.dcm"
    path.parent.mkdir()
    path.write_bytes(file.read_bytes()[:-20])
    bench = Bench()
    assert bench.load(path.parent) == [] or bench.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    bench.close()
