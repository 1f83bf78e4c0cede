"""Segments keep their names and tags whatever characters are in them."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Scene.Nodes import vtkMRMLSegmentationNode
from DICOMLib.Scene.Nrrd import readNrrd, writeNrrd
from DICOMLib.SceneFiles.MemberFormat import Reading
from DICOMLib.SceneFiles.SegmentationFiles import readSegmentationInto, writeSegmentation
from Testing.Fixtures.TasksHere import TasksHere

TAGS = {"weird": "a|b:c|d", "with:colon": "x", "with|bar": "y", "path": "C:\\new\\x\ny", "empty": "", "plain": "z"}


def writtenSegmentation(path, tags) -> None:
    node = vtkMRMLSegmentationNode()
    segmentation = node.GetSegmentation()
    segmentation.setLayers([numpy.ones((2, 3, 4), numpy.uint8)], numpy.eye(4))
    segment = segmentation.GetSegment(segmentation.AddEmptySegment("one", "left\\nerve"))
    for name, value in tags.items():
        segment.SetTag(name, value)
    writeSegmentation(node, path, None)


def readSegment(path):
    node = vtkMRMLSegmentationNode()
    readSegmentationInto(node, path, Reading(TasksHere(), None, None))
    return node.GetSegmentation().GetNthSegment(0)


@pytest.mark.parametrize("tags", [TAGS, {"TerminologyEntry": "a~b^c^d~e^^|", "next": "x"}])
def test_tagsAndNamesReadBackEqual(tmp_path, tags):
    writtenSegmentation(tmp_path / "a.seg.nrrd", tags)
    segment = readSegment(tmp_path / "a.seg.nrrd")
    assert segment.tags() == tags
    assert segment.GetName() == "left\\nerve"


def test_tagsThatAnotherProgramChangedAreItsOwn(tmp_path):
    writtenSegmentation(tmp_path / "a.seg.nrrd", TAGS)
    image = readNrrd(tmp_path / "a.seg.nrrd")
    image.keyValues["Segment0_Tags"] = "plain:changed|"
    writeNrrd(image, tmp_path / "b.seg.nrrd")
    assert readSegment(tmp_path / "b.seg.nrrd").tags() == {"plain": "changed"}
