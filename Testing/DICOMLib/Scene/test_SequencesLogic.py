"""The logic of sequences: playing by a clock, and who browses what."""

import numpy
import pytest

from DICOMLib.Scene.Nodes import vtkMRMLSequenceNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SequencesLogic import vtkSlicerSequencesLogic
from Testing.DICOMLib.Scene.SequencesForTests import browsed, filled, shown


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def playing():
    """A browser of ten items that plays four a second, its logic, and the clock of that."""
    sequence, clock = filled(*map(str, range(10))), Clock()
    scene, browser = browsed(sequence)
    browser.SetPlaybackRateFps(4)
    browser.SetPlaybackActive(True)
    logic = vtkSlicerSequencesLogic(scene, clock)
    logic.UpdateAllProxyNodes()
    return browser, logic, clock


def after(playing, seconds: float) -> int:
    browser, logic, clock = playing
    clock.now += seconds
    logic.UpdateAllProxyNodes()
    return browser.GetSelectedItemNumber()


def test_itemsFollowTheRate_andAreSkippedWhereDrawingIsSlower(playing):
    assert after(playing, 0.0) == 0
    assert after(playing, 0.05) == 0  # cumulates
    assert after(playing, 0.2) == 1
    assert after(playing, 1.0) == 5
    playing[0].SetPlaybackItemSkippingEnabled(False)
    assert after(playing, 1.0) == 6


def test_playingBeginsAnewAfterAPause_andEndsAtTheLastItemUnlessItIsLooped(playing):
    browser, *_ = playing
    browser.SetPlaybackActive(False)
    assert after(playing, 60) == 0
    browser.SetPlaybackActive(True)
    assert after(playing, 60) == 0
    assert after(playing, 2.5) == 0  # ten items, looped
    browser.SetPlaybackLooped(False)
    assert after(playing, 2.25) == 9
    assert after(playing, 0.25) == 0 and not browser.GetPlaybackActive()


@pytest.mark.parametrize("rate", [0, -3, float("nan"), float("inf")])
def test_aRateThatIsNoneDoesNoHarm(playing, rate):
    playing[0].SetPlaybackRateFps(rate)
    assert after(playing, 1) == 0


def test_aSequenceIsBrowsedByOneBrowser():
    scene, sequence = Scene(), filled("1", "2")
    scene.AddNode(sequence)
    logic = vtkSlicerSequencesLogic(scene)
    assert logic.GetFirstBrowserNodeForSequenceNode(sequence) is None
    browser = logic.browse(sequence)
    assert browser.GetName() == "phases browser" and shown(browser, sequence) == 1
    assert logic.browse(sequence) is browser and logic.browsers() == [browser]
    proxy, found = browser.GetProxyNode(sequence), []
    assert logic.GetFirstBrowserNodeForProxyNode(proxy) is browser
    logic.GetBrowserNodesForSequenceNode(sequence, found)
    assert found == logic.GetBrowserNodesForProxyNode(proxy) == [browser]
    scene.RemoveNode(proxy)
    assert logic.browse(sequence) is browser and shown(browser, sequence) == 1


def test_sequencesOfOneKindOfIndexGoTogether():
    master, other, foreign = filled("1"), filled("1", name="b"), filled("1", name="c")
    foreign.SetIndexUnit("mm")
    scene, browser = browsed(master)
    scene.AddNode(other)
    scene.AddNode(foreign)
    logic = vtkSlicerSequencesLogic(scene)
    assert logic.GetCompatibleNodesFromScene(None, master) == [other]
    browser.SetPlaybackActive(True)
    assert logic.AddSynchronizedNode(other, None, browser) is other and not browser.GetPlaybackActive()
    assert logic.AddSynchronizedNode(foreign, None, browser) is None
    proxy = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "tool")
    new = logic.AddSynchronizedNode(None, proxy, browser)
    assert isinstance(new, vtkMRMLSequenceNode) and new.GetName() == "tool-Sequence"
    assert browser.GetProxyNode(new) is proxy and browser.GetSynchronizedSequenceNodes() == [other, new]


@pytest.mark.parametrize("left", ["whole", "empty", "none"])
def test_proxiesThatAComingSceneLacksAreMade_othersStayAsTheyAre(left):
    shownScene, sequence = Scene(), filled("1", "2")
    logic = vtkSlicerSequencesLogic(shownScene)
    staging, browser = browsed(sequence)
    proxy = browser.GetProxyNode(sequence)
    proxy.setVoxelArray(numpy.full((1, 2, 2), 8, numpy.int16))
    if left == "empty":
        proxy.SetAndObserveImageData(None)
    elif left == "none":
        staging.RemoveNode(proxy)
    shownScene.merge(staging)
    assert shown(browser, sequence) == (8 if left == "whole" else 1)
    shownScene.RemoveNode(browser.GetProxyNode(sequence))
    logic.completeArrivals()
    assert browser.GetProxyNode(sequence) is None  # somebody wanted it so


def test_proxiesAndSequencesAreUpdatedOnRequest():
    sequence = filled("1", "2")
    scene, browser = browsed(sequence)
    logic = vtkSlicerSequencesLogic(scene)
    assert logic.GetMRMLScene() is scene
    proxy = browser.GetProxyNode(sequence)
    proxy.ownVoxels()
    proxy.voxelArray()[:] = 8
    logic.UpdateSequencesFromProxyNodes(browser, proxy)
    logic.UpdateProxyNodesFromSequences(browser)
    assert shown(browser, sequence) == 1
