"""What the text of a scene says of each kind of node comes back."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SegmentationNodes import SegmentDisplay
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerProcess import askSlicer


@pytest.fixture
def scene() -> Scene:
    return Scene()


def again(scene: Scene, node):
    return mrmlToScene(sceneToMrml(scene).text, ".").scene.GetNodeByID(node.GetID())


def attributes(scene: Scene, tag: str) -> dict[str, str]:
    return next(one for one in parseXML(sceneToMrml(scene).text).children if one.tag == tag).attributes


def test_howSegmentsAreShownIsAsSlicerWritesItAndNothingOfItIsLost():
    said = ("a%20b OverrideColorR:0.5 Visible:false Visible3D:true Visible2DFill:true Visible2DOutline:false "
            "Opacity3D:0.5 Opacity2DFill:1 Opacity2DOutline:1 Pickable:true|S2 Visible:true|")  # fmt: skip
    text = f'<MRML><SegmentationDisplay id="d" SegmentationDisplayProperties="{said}"/></MRML>'
    scene = mrmlToScene(text, ".").scene
    display = scene.GetNodeByID("d")
    assert display.segmentDisplay("a b") == SegmentDisplay(
        visible=False, visible2DOutline=False, opacity3D=0.5, kept="OverrideColorR:0.5 Pickable:true"
    )
    assert display.segmentDisplay("S2") == SegmentDisplay()
    written = attributes(scene, "SegmentationDisplay")["SegmentationDisplayProperties"]
    first, second = written.split("|")
    assert set(first.split()) == set(said.split("|")[0].split()) and second.startswith("S2 Visible:true ")


def test_sequencesAndBrowsersComeBack(scene):
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "s")
    sequence.SetIndexName("trigger; time")
    sequence.SetIndexUnit("ms")
    sequence.SetIndexType(sequence.TextIndex)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "t")
    for value in ("first one", "b"):
        sequence.SetDataNodeAtValue(transform, value)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "b")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    browser.SetPlaybackRateFps(2.5)
    assert attributes(scene, "Sequence")["indexValues"] == (
        "vtkMRMLLinearTransformNode1:first%20one;vtkMRMLLinearTransformNode2:b"
    )
    read = again(scene, sequence)
    assert (read.GetIndexName(), read.GetIndexUnit(), read.GetIndexTypeAsString()) == ("trigger; time", "ms", "text")
    copy = mrmlToScene(sceneToMrml(scene).text, ".").scene
    read = copy.GetNodeByID(browser.GetID())
    assert read.GetMasterSequenceNode() is copy.GetNodeByID(sequence.GetID())
    assert (read.GetSelectedItemNumber(), read.GetPlaybackRateFps()) == (0, 2.5)


def test_tablesAndTextsComeBack(scene):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "t")
    table.SetLocked(True)
    table.SetUseFirstColumnAsRowHeader(True)
    text = scene.AddNewNodeByClass("vtkMRMLTextNode", "x")
    text.SetText(" two\nlines\t&<>\"' ", text.ENCODING_US_ASCII)
    assert (again(scene, table).GetLocked(), again(scene, table).GetUseFirstColumnAsRowHeader()) == (True, True)
    assert (again(scene, text).GetText(), again(scene, text).GetEncoding()) == (" two\nlines\t&<>\"' ", 1)


def test_displaysOfVolumesAndModelsComeBack(scene):
    for className, said in {
        "vtkMRMLLabelMapVolumeDisplayNode": {"Opacity": 0.25, "Visibility": False},
        "vtkMRMLVectorVolumeDisplayNode": {"Window": 12.5, "AutoWindowLevel": False},
        "vtkMRMLDiffusionWeightedVolumeDisplayNode": {"DiffusionComponent": 3, "Interpolate": False},
        "vtkMRMLDiffusionTensorVolumeDisplayNode": {"ScalarInvariant": 0, "Level": 7.25},
        "vtkMRMLModelDisplayNode": {"EdgeVisibility": True, "Visibility2D": True, "ActiveScalarName": "a b"},
        "vtkMRMLScalarVolumeDisplayNode": {"ApplyThreshold": True, "Window": 2.5},
        "vtkMRMLGPURayCastVolumeRenderingDisplayNode": {"CroppingEnabled": True, "Visibility3D": False},
    }.items():
        node = scene.AddNewNodeByClass(className)
        for name, value in said.items():
            getattr(node, f"Set{name}")(value)
        read = again(scene, node)
        assert {name: getattr(read, f"Get{name}")() for name in said} == said, className


def test_aVolumeOfSlicersIsNotHiddenInSlicesThoughItSaysSo():
    text = '<MRML><VolumeDisplay id="d" visibility="true" visibility2D="false" visibility3D="true"/></MRML>'
    scene = mrmlToScene(text, ".").scene
    display = scene.GetNodeByID("d")
    assert display.GetVisibility() and display.GetVisibility2D()
    assert attributes(scene, "VolumeDisplay")["visibility2D"] == "false"


def test_theWindowOfATensorVolumeIsThatOfTheFile():
    said = 'window="3" level="2" autoWindowLevel="0" scalarInvariant="0"'
    display = mrmlToScene(f'<MRML><DiffusionTensorVolumeDisplay id="d" {said}/></MRML>', ".").scene.GetNodeByID("d")
    assert (display.GetWindow(), display.GetLevel(), display.GetScalarInvariant()) == (3, 2, 0)
    assert display.GetAutoWindowLevel() is False


def test_measurementFramesComeBack(scene):
    node = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", "d")
    frame = numpy.array([[0, -1, 0], [1, 0, 0], [0, 0, 1.0]])
    node.SetMeasurementFrameMatrix(frame)
    assert again(scene, node).measurementFrameArray().tolist() == frame.tolist()


def test_aTransformThatIsNoMatrixHasNoneInTheText(scene):
    scene.AddNewNodeByClass("vtkMRMLGridTransformNode", "g")
    assert "matrixTransformToParent" not in sceneToMrml(scene).text


def test_whatKnownNodesDoNotUnderstandIsWrittenBack():
    text = '<MRML><Model id="m" name="m" odd="x&#10;y" selectable="false" userTags="a"/></MRML>'
    scene = mrmlToScene(text, ".").scene
    said = attributes(scene, "Model")
    assert (said["odd"], said["selectable"], said["selected"], said["userTags"]) == ("x\ny", "false", "false", "a")


_BROWSER = """
from slicer_core import vtkSlicerSequencesModuleMRML as Sequences

def browserText(given):
    scene.RegisterNodeClass(Sequences.vtkMRMLSequenceBrowserNode())
    for name in ("a", "b"):
        scene.AddNewNodeByClass("vtkMRMLSequenceNode", name)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    for number in (2, 1):
        browser.AddSynchronizedSequenceNodeID("vtkMRMLSequenceNode%d" % number)
    first = browser.GetMasterSequenceNode()
    for name, *values in given["calls"]:
        if name == "SetMissingItemMode":
            values[1] = browser.MissingItemDisplayHidden
        getattr(browser, name)(*[first if value == "first" else value for value in values])
    scene.SetURL(given["path"])
    scene.Commit()
    return open(given["path"]).read()
"""
_CALLS = [
    ["SetPlaybackRateFps", 12.5], ["SetPlaybackLooped", False], ["SetPlaybackItemSkippingEnabled", False],
    ["SetSelectedItemNumber", 3], ["SetRecordingActive", True], ["SetRecordMasterOnly", True],
    ["SetRecordingSamplingMode", 0], ["SetIndexDisplayMode", 0], ["SetIndexDisplayFormat", "%.1f ms"],
    ["SetSaveChanges", "first", True], ["SetPlayback", "first", False], ["SetRecording", "first", True],
    ["SetOverwriteProxyName", "first", True], ["SetMissingItemMode", "first", 4],
]  # fmt: skip


@pytest.mark.parametrize("calls", [[], _CALLS])
def test_aBrowserIsWrittenAsSlicerWritesIt(slicerCore, tmp_path, calls):  # noqa: F811
    given = {"path": str(tmp_path / "theirs.mrml"), "calls": calls}
    theirs = askSlicer(slicerCore.python, _BROWSER, "browserText", given=given)
    scene = mrmlToScene(theirs, ".").scene
    expected = next(one for one in parseXML(theirs).children if one.tag == "SequenceBrowser").attributes
    expected.setdefault("userTags", "")  # Slicer leaves empty ones out of some nodes
    assert attributes(scene, "SequenceBrowser") == expected
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    first = browser.GetMasterSequenceNode()
    assert browser.keptAttributes.keys() <= {"selectable", "selected", "userTags"} and first.GetName() == "b"
    assert browser.GetSaveChanges(first) == bool(calls) and browser.GetMissingItemMode(first) == (4 if calls else 0)
    # And one that is made here, in the same way.
    own = Scene()
    for name in ("a", "b"):
        own.AddNewNodeByClass("vtkMRMLSequenceNode", name)
    browser = own.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    for number in (2, 1):
        browser.AddSynchronizedSequenceNodeID(f"vtkMRMLSequenceNode{number}")
    first = browser.GetMasterSequenceNode()
    for name, *values in calls:
        getattr(browser, name)(*[first if value == "first" else value for value in values])
    assert attributes(own, "SequenceBrowser") == expected


def test_aBrowserOfAnOldSceneIsUnderstood_andOneThatSaysNonsenseIsTold():
    text = (
        '<MRML><Sequence id="s" name="s"/><SequenceBrowser id="b" references="rootNodeRef_0:s;" '
        'indexDisplayDecimals="1" virtualNodePostfixes="_0" playbackActive="maybe" recordingSamplingMode="now"/>'
        '<SequenceBrowser id="c" virtualNodePostfixes="0 a&lt;b&quot;"/></MRML>'
    )
    staged = mrmlToScene(text, ".")
    browser = staged.scene.GetNodeByID("b")
    assert browser.GetMasterSequenceNode().GetName() == "s" and browser.GetIndexDisplayFormat() == "%.1f"
    assert browser.GetRecordingSamplingMode() == browser.SamplingLimitedToPlaybackFrameRate
    assert staged.scene.GetNodeByID("c").postfixes() == [] and len(staged.problems) == 3
    parseXML(sceneToMrml(staged.scene).text)
