"""Texts of segments that DICOM cannot hold as they are."""

import numpy
import pytest

from DICOMLib.Errors import ExportError
from DICOMPlugins.Segmentation.Segments import Segment, segmentsOf
from DICOMPlugins.Segmentation.WrittenTexts import oneLine, someLines, writtenCode
from Testing.DICOMPlugins.Segmentation.LabelMaps import addLabelMap, export, exportableOf, reloaded, someLabels
from Testing.Fixtures.ExportOracles import dciodvfy


@pytest.mark.parametrize(
    ("text", "line"),
    [("left\\right", "left/right"), ("a\nb\tc\0", "a b c"), (" Ä ", "Ä"), ("x" * 200, "x" * 64), ("\ud800", "?")],
)  # fmt: skip
def test_aLineHoldsNoBackslashNoControlsAndSixtyFourCharacters(text, line):
    assert oneLine(text) == line


def test_longerTextsKeepTheirLinesAndBackslashesAndAreCut():
    assert someLines("C:\\a\r\nb\x07c") == "C:\\a\r\nb c"
    assert len(someLines("ä" * 3000).encode()) == 1024


@pytest.mark.parametrize("code", [("1", "S" * 17, "m"), ("1", "a\\b", "m"), ("1\0", "SCT", "m"), (" ", "SCT", "m")])
def test_aCodeThatCannotBeWrittenIsRefused(code):
    with pytest.raises(ExportError, match="a segment has a code"):
        writtenCode(code, "Leber")


def test_textsOfOneSegmentAreNotThoseOfAnother(bench, tmp_path):
    """A backslash is what separates values: it must not move names and descriptions to the next segment."""
    first = Segment(
        1, "left\\right", description="C:\\scans\\a\nsecond line", type=("x" * 20, "99TEST", "m" * 80),
        region=("urn:oid:2.25.123456789", "99TEST", "here\\there"), algorithmType="AUTOMATIC", algorithmName="a\\b",
        trackingID="no UID", trackingUID="none",
    )  # fmt: skip
    second = Segment(2, "second", description="plain", region=("1", "99TEST", "there"))
    item, _ = addLabelMap(bench, someLabels(), segments=[first, second])
    file = export(bench, item, tmp_path)
    assert dciodvfy(file).errors == []
    other, (node,) = reloaded(file)
    one, two = segmentsOf(node, [1, 2])
    assert (one.name, one.description, one.algorithmName) == ("left/right", "C:\\scans\\a\nsecond line", "a/b")
    assert one.type == ("x" * 20, "99TEST", "m" * 64)
    assert one.region == ("urn:oid:2.25.123456789", "99TEST", "here/there")
    assert (two.name, two.description, two.region) == ("second", "plain", ("1", "99TEST", "there"))
    assert (one.trackingUID, two.trackingUID, two.algorithmName) == ("", "", "")
    other.close()


@pytest.mark.parametrize(
    ("segment", "tags", "sentence"),
    [
        (Segment(1, "Leber", type=("1", "S" * 17, "m")), {}, "a segment has a code that the standard does not allow"),
        (Segment(1, "Leber"), {"SegmentAlgorithmType": "GUESSED"}, "the value of SegmentAlgorithmType is not one that"),
        (Segment(1, "Leber"), {"ContentCreatorName": "A\\B"}, "ContentCreatorName has one value, and so no"),
    ],
)
def test_whatCannotBeWrittenIsSaid(bench, tmp_path, segment, tags, sentence):
    item, _ = addLabelMap(bench, someLabels(labels=(1,)), segments=[segment])
    plugin, exportable = exportableOf(bench, item, tmp_path / "out", **tags)
    answer = plugin.export([exportable])
    assert sentence in answer and answer.endswith(".")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("count", [1, 2, 300])
def test_labelsThatAreInOnePlaneAreWritten(bench, tmp_path, count):
    """ITK takes the distance of slices from the first two frames, and refuses the file where that is zero."""
    array = numpy.zeros((3, 20, 40), "u2")
    array[1].flat[:count] = numpy.arange(1, count + 1)
    item, _ = addLabelMap(bench, array)
    other, (node,) = reloaded(export(bench, item, tmp_path))
    assert numpy.array_equal(node.voxelArray(), array)
    other.close()


def test_aFileInWhichASegmentHasAnotherNameFailsTheCheck(bench, tmp_path, monkeypatch):
    from DICOMPlugins.Segmentation import Exporting

    def writeWrong(dataset, folder):
        dataset.SegmentSequence[1].SegmentLabel = "Somebody else's"
        return write(dataset, folder)

    write = Exporting.writeDataset
    monkeypatch.setattr(Exporting, "writeDataset", writeWrong)
    item, _ = addLabelMap(bench, someLabels())
    plugin, exportable = exportableOf(bench, item, tmp_path / "out")
    assert "the segments read back are not those that were written" in plugin.export([exportable])
