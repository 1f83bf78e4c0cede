"""Proxies: filled without copies of voxels, named, saved into their sequence, and what stands for missing items."""

import numpy
import pytest

from DICOMLib.Scene.Nodes import vtkMRMLLinearTransformNode, vtkMRMLScalarVolumeDisplayNode, vtkMRMLSequenceNode
from Testing.DICOMLib.Scene.SequencesForTests import browsed, filled, shown, volume


def test_voxelsAreShared_butTheImageIsTheProxysOwn():
    sequence = filled("1", "2")
    _, browser = browsed(sequence)
    proxy, item = browser.GetProxyNode(sequence), sequence.GetNthDataNode(0)
    assert numpy.shares_memory(proxy.voxelArray(), item.voxelArray())
    assert proxy.GetImageData() is not item.GetImageData()
    proxy.setVoxelArray(numpy.zeros((1, 2, 2), numpy.int16))
    assert (item.voxelArray() == 1).all()


def test_voxelsOfItsOwnAreWrittenIntoWithoutTouchingTheSequence_untilTheNextStep():
    sequence = filled("1", "2")
    _, browser = browsed(sequence)
    proxy = browser.GetProxyNode(sequence)
    proxy.ownVoxels()
    proxy.voxelArray()[:] = 9
    assert (sequence.GetNthDataNode(0).voxelArray() == 1).all()
    own = proxy.GetImageData()
    proxy.ownVoxels()
    assert proxy.GetImageData() is own
    browser.SelectNextItem()
    browser.SelectFirstItem()
    assert shown(browser, sequence) == 1


def test_nameDisplayAndTransformOfTheProxyStay_attributesAreThoseOfTheItem():
    sequence = filled("1", "2")
    for number in range(2):
        sequence.GetNthDataNode(number).SetAttribute("DICOM.instanceUIDs", f"1.2.{number}")
    scene, browser = browsed(sequence)
    proxy = browser.GetProxyNode(sequence)
    proxy.SetName("mine")
    display, transform = proxy.GetDisplayNode(), scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    display.SetWindowLevel(3, 2)
    proxy.SetAndObserveTransformNodeID(transform.GetID())
    browser.SelectNextItem()
    assert (
        proxy.GetName() == "mine"
        and proxy.GetDisplayNode() is display
        and proxy.GetAttribute("DICOM.instanceUIDs") == "1.2.1"
    )
    assert (display.GetWindow(), display.GetLevel()) == (3, 2) and proxy.GetParentTransformNode() is transform


def test_allProxiesHaveTheirDataBeforeAnybodyIsTold():
    master, other = filled("1", "2"), filled("1", "2", name="b")
    _, browser = browsed(master, other)
    seen = []
    browser.GetProxyNode(master).AddObserver("ModifiedEvent", lambda *_: seen.append(shown(browser, other)))
    browser.SelectNextItem()
    assert seen and set(seen) == {2}


def test_theNameTellsTheIndexWhereThatIsWanted():
    sequence = filled("1", "2")
    sequence.SetIndexName("trigger")
    sequence.SetIndexUnit("ms")
    _, browser = browsed(sequence)
    browser.SetOverwriteProxyName(None, True)
    browser.SelectNextItem()
    assert browser.GetProxyNode(sequence).GetName() == "phases [trigger=2ms]"
    browser.SetIndexDisplayMode(browser.IndexDisplayAsIndex)
    assert browser.GetProxyNode(sequence).GetName() == "phases [2/2]"


def transforms(*shifts: float) -> vtkMRMLSequenceNode:
    sequence = vtkMRMLSequenceNode()
    sequence.SetName("moves")
    for shift in shifts:
        node, matrix = vtkMRMLLinearTransformNode(), numpy.eye(4)
        matrix[0, 3] = shift
        node.SetMatrixTransformToParent(_matrix(matrix))
        sequence.SetDataNodeAtValue(node, str(shift))
    return sequence


def _matrix(array):
    from DICOMLib.Scene.Matrices import matrixFromArray

    return matrixFromArray(array)


def _shift(node) -> float:
    return node.GetMatrixTransformToParent().GetElement(0, 3)


@pytest.mark.parametrize("saves", [False, True])
def test_changesOfTheProxyGoIntoTheSequence_onlyWhereTheyAreSaved(saves):
    sequence = transforms(1.0, 2.0)
    _, browser = browsed(sequence)
    browser.SetSaveChanges(sequence, saves)
    proxy = browser.GetProxyNode(sequence)
    moved = numpy.eye(4)
    moved[0, 3] = 7
    proxy.SetMatrixTransformToParent(_matrix(moved))
    assert _shift(sequence.GetNthDataNode(0)) == (7 if saves else 1)
    browser.SelectNextItem()
    assert (_shift(proxy), _shift(sequence.GetNthDataNode(1))) == (2, 2)
    browser.SelectFirstItem()
    assert _shift(proxy) == (7 if saves else 1)
    browser.SetPlaybackActive(True)
    proxy.SetMatrixTransformToParent(_matrix(numpy.eye(4)))
    assert _shift(sequence.GetNthDataNode(0)) == (7 if saves else 1)


def test_savedVolumesShareEverythingWithTheirItem():
    sequence = filled("1", "2")
    _, browser = browsed(sequence)
    browser.SetSaveChanges(sequence, True)
    proxy = browser.GetProxyNode(sequence)
    assert proxy.GetImageData() is sequence.GetNthDataNode(0).GetImageData()
    proxy.setVoxelArray(numpy.full((1, 2, 2), 5, numpy.int16))
    assert (sequence.GetNthDataNode(0).voxelArray() == 5).all()


@pytest.mark.parametrize(
    ("mode", "saves", "expected", "count"),
    [
        ("MissingItemCreateFromPrevious", False, 1, 1),
        ("MissingItemCreateFromPrevious", True, 1, 2),
        ("MissingItemIgnore", False, 1, 1),
        ("MissingItemCreateFromDefault", False, None, 1),
        ("MissingItemCreateFromDefault", True, None, 2),
        ("MissingItemSetToDefault", True, None, 1),
    ],
)
def test_whatStandsForMissingItems(mode, saves, expected, count):
    master, other = filled("1", "2"), filled("1", name="b")
    _, browser = browsed(master, other)
    browser.SetSaveChanges(other, saves)
    browser.SetMissingItemMode(other, getattr(browser, mode))
    browser.SelectNextItem()
    image = browser.GetProxyNode(other).GetImageData()
    assert (None if image is None else shown(browser, other)) == expected
    assert other.GetNumberOfDataNodes() == count


def test_displaysAreHiddenWhereTheyAreMissing():
    master, other = filled("1", "2"), vtkMRMLSequenceNode()
    other.SetDataNodeAtValue(vtkMRMLScalarVolumeDisplayNode(), "1")
    _, browser = browsed(master, other)
    browser.SetMissingItemMode(other, browser.MissingItemDisplayHidden)
    assert browser.GetProxyNode(other).GetVisibility()
    browser.SelectNextItem()
    assert not browser.GetProxyNode(other).GetVisibility()


def test_aProxyOfAnotherClassIsReplaced():
    sequence = filled("1")
    scene, browser = browsed(sequence)
    browser.AddProxyNode(scene.AddNewNodeByClass("vtkMRMLTextNode"), sequence, False)
    assert browser.GetProxyNode(sequence).GetClassName() == "vtkMRMLScalarVolumeNode"


def test_aNewProxyIsCalledAfterWhatWasRecorded():
    sequence = filled("1")
    sequence.SetAttribute("Sequences.Source", "probe")
    _, browser = browsed(sequence)
    assert browser.GetProxyNode(sequence).GetName() == "browser-probe"


def test_anEmptySequenceThatSavesChangesBeginsWithItsProxy():
    master, other = filled("1", "2"), vtkMRMLSequenceNode()
    scene, browser = browsed(master, other)
    browser.AddProxyNode(scene.AddNode(volume(6)), other, False)
    assert other.GetNumberOfDataNodes() == 0
    browser.SetSaveChanges(other, True)
    assert other.GetNthDataNode(0).voxelArray().max() == 6 and other.GetNthIndexValue(0) == "1"


def test_whileTheMasterIsEmptyOthersShowWhatIsAtNought_andNothingIsSaved():
    master, other = vtkMRMLSequenceNode(), filled("1", "2", name="b")
    _, browser = browsed(master, other)
    browser.SetSaveChanges(other, True)
    assert browser.GetSelectedItemNumber() == -1 and shown(browser, other) == 1
    assert other.GetNumberOfDataNodes() == 2


def test_aTextThatAnotherSequenceDoesNotHaveLeavesItsProxy_alsoWhereChangesAreSaved():
    master, other = vtkMRMLSequenceNode(), vtkMRMLSequenceNode()
    for sequence, texts in ((master, "ab"), (other, "a")):
        sequence.SetIndexType(sequence.TextIndex)
        for number, text in enumerate(texts, 1):
            sequence.SetDataNodeAtValue(volume(number), text)
    _, browser = browsed(master, other)
    browser.SetSaveChanges(None, True)
    browser.SelectNextItem()
    assert (shown(browser, master), shown(browser, other)) == (2, 1) and other.GetNumberOfDataNodes() == 1


def test_aChangeThatNoItemTakesIsUndone_whereMissingItemsAreEmpty():
    master, other = filled("1", "2"), transforms(1.0)
    _, browser = browsed(master, other)
    browser.SetSaveChanges(other, True)
    browser.SetMissingItemMode(other, browser.MissingItemSetToDefault)
    browser.SelectNextItem()
    moved = numpy.eye(4)
    moved[0, 3] = 7
    browser.GetProxyNode(other).SetMatrixTransformToParent(_matrix(moved))
    assert _shift(browser.GetProxyNode(other)) == 0 and other.GetNumberOfDataNodes() == 1
