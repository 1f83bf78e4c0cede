"""Browsers of sequences: selection, several sequences, formats, and what 3D Slicer's own class does."""

import pytest
from vtkmodules.vtkCommonCore import vtkCollection

from DICOMLib.Scene.Nodes import vtkMRMLSequenceBrowserNode, vtkMRMLSequenceNode
from DICOMLib.Scene.Scene import Scene
from Testing.DICOMLib.Scene.SequencesForTests import browsed, filled, shown, volume
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerProcess import askSlicer

_STEPS = """
from slicer_core import vtkSlicerSequencesModuleLogic as Logic, vtkSlicerSequencesModuleMRML as Sequences

def steps(given):
    logic = Logic.vtkSlicerSequencesLogic()
    logic.SetMRMLScene(scene)
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "phases")
    for number, value in enumerate(given["values"]):
        data, image = MRMLCore.vtkMRMLScalarVolumeNode(), vtkImageData()
        image.SetDimensions(2, 2, 1)
        image.AllocateScalars(4, 1)
        image.GetPointData().GetScalars().Fill(number)
        data.SetAndObserveImageData(image)
        data.SetAttribute("number", str(number))
        sequence.SetDataNodeAtValue(data, value)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    found = [browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())]
    proxy = browser.GetProxyNode(sequence)
    for name, *arguments in given["calls"]:
        result = getattr(browser, name)(*arguments)
        number = int(proxy.GetImageData().GetScalarRange()[0])
        found.append([result, browser.GetSelectedItemNumber(), browser.GetPlaybackActive(), number,
                      proxy.GetAttribute("number"), proxy.GetName()])
    return found
"""
_VALUES = ["0.5", "1.25", "30"]
_CALLS = [
    ["SelectNextItem"], ["SelectNextItem", 1], ["SelectNextItem", 1], ["SelectNextItem", -2], ["SelectNextItem", 7],
    ["SelectLastItem"], ["SetPlaybackActive", True], ["SetPlaybackLooped", False], ["SelectNextItem"],
    ["SetPlaybackActive", True], ["SelectNextItem", -1], ["SelectFirstItem"], ["SetSelectedItemNumber", 99],
    ["GetFormattedIndexValue", 1], ["SetIndexDisplayFormat", "v=%.1f ms!"], ["GetFormattedIndexValue", 2],
    ["SetIndexDisplayFormat", "%s|%s"], ["GetFormattedIndexValue", 2], ["SetIndexDisplayFormat", "none"],
    ["GetFormattedIndexValue", 2], ["GetFormattedIndexValue", 3], ["GetNumberOfItems"],
    ["SetSelectedItemByIndexValue", "30"], ["SetOverwriteProxyName", None, True], ["SelectFirstItem"],
    ["SetIndexDisplayMode", 0], ["SelectNextItem"], ["GetNumberOfSynchronizedSequenceNodes", True],
]  # fmt: skip


def test_itDoesWhatSlicersOwnDoes(slicerCore):  # noqa: F811
    theirs = askSlicer(slicerCore.python, _STEPS, "steps", given={"values": _VALUES, "calls": _CALLS})
    scene, sequence = Scene(), vtkMRMLSequenceNode()
    sequence.SetName("phases")
    for number, value in enumerate(_VALUES):
        data = volume(number)
        data.SetAttribute("number", str(number))
        sequence.SetDataNodeAtValue(data, value)
    scene.AddNode(sequence)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    ours = [browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())]
    proxy = browser.GetProxyNode(sequence)
    for name, *arguments in _CALLS:
        result = getattr(browser, name)(*arguments)
        state = browser.GetSelectedItemNumber(), browser.GetPlaybackActive(), int(proxy.voxelArray().max())
        # What is no getter gives the item that is selected, or nothing, in both.
        ours.append([result, *state, proxy.GetAttribute("number"), proxy.GetName()])
    for call, one, other in zip([["SetAndObserve…"], *_CALLS], ours, theirs, strict=True):
        assert one == other, call


def test_theSelectedItemIsShownInAProxyThatIsMade():
    sequence = filled("1", "2", "3")
    scene, browser = browsed(sequence)
    proxy = browser.GetProxyNode(sequence)
    assert proxy.GetName() == "phases" and proxy.GetScene() is scene and shown(browser, sequence) == 1
    assert proxy.GetDisplayNode() is not None and not proxy.GetDisplayNode().GetAutoWindowLevel()
    browser.SelectNextItem()
    assert shown(browser, sequence) == 2 and browser.GetProxyNode(sequence) is proxy
    assert browser.GetSequenceNode(proxy) is sequence and browser.IsProxyNodeID(proxy.GetID())
    assert not browser.IsProxyNode(sequence.GetID()) and browser.GetAllProxyNodes() == [proxy]


def test_aNodeOfTheSceneCanBeTheProxy():
    sequence = filled("1", "2")
    scene, browser = browsed(sequence)
    own = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "own")
    assert browser.AddProxyNode(own, sequence, False) is own
    assert browser.GetProxyNode(sequence) is own and shown(browser, sequence) == 1 and own.GetName() == "own"
    copy = browser.AddProxyNode(own, sequence)
    assert copy is not own and browser.GetProxyNode(sequence) is copy and copy.GetName() == "phases"


def test_aProxyThatWasMadeLeavesTheSceneWithItsSequence_orForAnotherOne_othersStay():
    sequence = filled("1", "2")
    scene, browser = browsed(sequence)
    made, own = browser.GetProxyNode(sequence), scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    browser.AddProxyNode(own, sequence, False)
    assert not scene.IsNodePresent(made) and scene.IsNodePresent(own)
    browser.RemoveAllSequenceNodes()
    assert scene.IsNodePresent(own)
    other = scene.AddNode(filled("1"))
    browser.AddProxyNode(own, other, False)  # nothing is made on the way
    assert list(scene.GetNodesByClass("vtkMRMLScalarVolumeNode")) == [own]
    browser.RemoveAllProxyNodes()
    browser.updateProxies()
    made = browser.GetProxyNode(other)
    browser.RemoveSynchronizedSequenceNode(other.GetID())
    assert made is not own and not scene.IsNodePresent(made)


def test_severalSequencesGoTogether_byTheMastersValues():
    master, other = filled("1", "2", "5", name="a"), filled("1", "4", name="b")
    scene, browser = browsed(master, other)
    assert browser.postfixes() == ["0", "1"] and browser.GetMasterSequenceNode() is master
    found, collection = [], vtkCollection()
    browser.GetSynchronizedSequenceNodes(found, True)
    browser.GetSynchronizedSequenceNodes(collection)
    assert found == [master, other] and collection.GetItemAsObject(0) is other
    assert browser.IsSynchronizedSequenceNodeID(other.GetID())
    assert not browser.IsSynchronizedSequenceNode(master) and browser.IsSynchronizedSequenceNode(master, True)
    browser.SetSelectedItemNumber(1)
    assert (shown(browser, master), shown(browser, other)) == (2, 1)
    browser.SetSelectedItemNumber(2)
    assert (shown(browser, master), shown(browser, other)) == (5, 4)
    assert browser.SetAndObserveMasterSequenceNodeID(other.GetID()) == "1"
    assert browser.postfixes() == ["1", "0"] and browser.GetSelectedItemNumber() == 1
    browser.SetPlaybackActive(True)
    browser.RemoveSynchronizedSequenceNode(master.GetID())
    assert browser.postfixes() == ["1"] and not browser.GetPlaybackActive()
    browser.SetAndObserveMasterSequenceNodeID(master.GetID())
    assert browser.postfixes() == ["0"] or browser.GetMasterSequenceNode() is master
    browser.SetAndObserveMasterSequenceNodeID(None)
    assert browser.GetNumberOfItems() == 0 and browser.SelectNextItem() == -1


def test_aSequenceWithoutPlaybackStaysAsItIs():
    master, other = filled("1", "2"), filled("1", "2", name="b")
    _, browser = browsed(master, other)
    browser.SetPlayback(other, False)
    browser.SelectNextItem()
    assert (shown(browser, master), shown(browser, other)) == (2, 1)
    browser.SetPlayback(None, True)
    assert shown(browser, other) == 2


def test_itFollowsWhatIsAddedToTheSequence_andTellsIt():
    sequence = vtkMRMLSequenceNode()
    _, browser = browsed(sequence)
    heard = []
    browser.AddObserver(browser.SequenceNodeModifiedEvent, lambda *_: heard.append(1))
    assert browser.GetProxyNode(sequence) is None and browser.GetNumberOfItems() == 0
    sequence.SetDataNodeAtValue(volume(4), "4")
    assert shown(browser, sequence) == 4 and browser.GetNumberOfItems() == 1 and heard


def test_removingTheSequenceOrTheProxyDoesNoHarm():
    sequence = filled("1", "2")
    scene, browser = browsed(sequence)
    scene.RemoveNode(browser.GetProxyNode(sequence))
    browser.SelectNextItem()
    assert shown(browser, sequence) == 2  # a new one, as in Slicer
    scene.RemoveNode(sequence)
    assert browser.GetMasterSequenceNode() is None and browser.GetNumberOfItems() == 0
    assert browser.SelectNextItem() == -1


def test_theNextSequenceIsTheMasterOnceThatHasGone_andTheSelectionStaysInside():
    master, other = filled("1", "2", "5"), filled("1", "4", name="b")
    scene, browser = browsed(master, other)
    browser.SelectLastItem()
    master.RemoveDataNodeAtValue("5")
    assert browser.GetSelectedItemNumber() == 1 and shown(browser, master) == 2
    scene.RemoveNode(master)
    assert browser.GetMasterSequenceNode() is other and browser.postfixes() == ["1"]
    other.RemoveAllDataNodes()
    assert browser.GetSelectedItemNumber() == -1


@pytest.mark.parametrize("isTakenOut", [False, True])
def test_whenTheMasterGoesTheOthersShowWhatTheNewOneSays(isTakenOut):
    master, other, third = filled("1", "2", "5"), filled("3", "4", name="b"), filled("3", "4", "9", name="c")
    scene, browser = browsed(master, other, third)
    browser.SetSelectedItemNumber(1)
    assert (shown(browser, other), shown(browser, third)) == (3, 3)  # the first: none is before 2
    (scene.RemoveNode(master) if isTakenOut else browser.RemoveSynchronizedSequenceNode(master.GetID()))
    assert browser.GetMasterSequenceNode() is other and browser.GetSelectedItemNumber() == 1
    assert (shown(browser, other), shown(browser, third)) == (4, 4)


def test_theIndexDisplayModeThatItHasChangesNoProxy():
    sequence = filled("1", "2")
    _, browser = browsed(sequence)
    browser.GetProxyNode(sequence).setVoxelArray(volume(9).voxelArray())
    browser.SetIndexDisplayMode(browser.GetIndexDisplayMode())
    assert shown(browser, sequence) == 9
    browser.SetIndexDisplayMode(browser.IndexDisplayAsIndex)
    assert shown(browser, sequence) == 1


def test_aCopyIsOneOfItsOwn():
    sequence = filled("1", "2", "3")
    scene, browser = browsed(sequence)
    browser.SetSaveChanges(sequence, True)
    browser.SetSelectedItemNumber(2)
    browser.SetPlaybackItemSkippingEnabled(False)
    copy = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    copy.Copy(browser)
    assert copy.GetMasterSequenceNode() is sequence and copy.GetSelectedItemNumber() == 2
    assert copy.GetSaveChanges(sequence) and not copy.GetPlaybackItemSkippingEnabled()
    copy.SetSaveChanges(sequence, False)
    assert browser.GetSaveChanges(sequence)


@pytest.mark.parametrize("text", ["%99999f", "%.999999999f", "%n", "%%", "%d", ""])
def test_aFormatThatIsNoneShowsTheValueAsItIs(text):
    _, browser = browsed(filled("1.5"))
    browser.SetIndexDisplayFormat(text)
    assert browser.GetFormattedIndexValue(0) == "1.5"


def test_modesHaveNames():
    browser = vtkMRMLSequenceBrowserNode()
    assert browser.GetIndexDisplayModeAsString() == "[indexValue]"
    browser.SetIndexDisplayModeFromString("[index]")
    assert browser.GetIndexDisplayMode() == browser.IndexDisplayAsIndex
    browser.SetRecordingSamplingModeFromString("all")
    assert browser.GetRecordingSamplingMode() == browser.SamplingAll
    with pytest.raises(ValueError, match="none of all"):
        browser.SetRecordingSamplingModeFromString("sometimes")


def test_whileASceneIsReadProxiesStayAsTheirFilesSay_andFollowOnceItIsIn():
    sequence, staging, shownScene = filled("1", "2"), Scene(), Scene()
    proxy, browser = volume(8), vtkMRMLSequenceBrowserNode()
    browser.SetNodeReferenceID("sequenceNodeRef0", "s")
    browser.SetNodeReferenceID("dataNodeRef0", "p")
    browser.setPostfixes(["0"])
    browser.SetSelectedItemNumber(1)
    staging.addNodesWithIDs({"b": browser, "s": sequence, "p": proxy})
    sequence.SetDataNodeAtValue(volume(3), "3")
    assert shown(browser, sequence) == 8
    shownScene.merge(staging)
    assert shown(browser, sequence) == 8 and browser.GetMasterSequenceNode() is sequence
    sequence.SetDataNodeAtValue(volume(4), "4")
    assert shown(browser, sequence) == 2
