"""What every format of member files keeps to, whichever it is."""

from __future__ import annotations

import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles import (
    ColorFiles,
    ModelFiles,
    SegmentationFiles,
    SequenceFiles,
    TableFiles,
    TextFiles,
    TransformFiles,
    VolumeFiles,
)
from DICOMLib.SceneFiles.MemberFormat import MemberFormat, Reading

MODULES = (ColorFiles, ModelFiles, SegmentationFiles, SequenceFiles, TableFiles, TextFiles, TransformFiles, VolumeFiles)
FORMATS = pytest.mark.parametrize("one", [module.FORMAT for module in MODULES], ids=[one.__name__ for one in MODULES])
CONCRETE = {"vtkMRMLVolumeNode": "vtkMRMLScalarVolumeNode", "vtkMRMLTransformNode": "vtkMRMLLinearTransformNode"}


@FORMATS
def test_endingsAreInSmallLettersWithADot_andWhatIsWrittenIsReadToo(one: MemberFormat):
    assert one.suffixes and one.written
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in one.suffixes)
    assert set(one.written) <= set(one.suffixes)
    assert len(set(one.suffixes)) == len(one.suffixes)


@FORMATS
def test_theUsualEndingIsWritten_andSlicerHasAClassThatReadsIt(one: MemberFormat):
    for className in one.classNames:
        node = Scene().AddNewNodeByClass(CONCRETE.get(className, className))
        assert node.IsA(className)
        if one is SequenceFiles.FORMAT:  # an empty one is of no kind yet
            node.SetDataNodeAtValue(Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode"), "0")
        assert one.defaultSuffix(node) in one.written
        assert one.storageClassName(node).startswith("vtkMRML") and one.storageClassName(node).endswith("StorageNode")


def test_outsideOfASceneNothingIsSaidOfAFile():
    reading = Reading(None)
    assert (reading.progress, reading.attributes) == (None, None)
