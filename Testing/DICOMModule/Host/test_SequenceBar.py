"""The row that steps through sequences: what it shows, what its controls do, and when it is there."""

import pytest
from qtpy.QtCore import QObject, Qt, Signal

from DICOMLib.Scene.Nodes import vtkMRMLSequenceNode
from DICOMLib.Scene.Scene import Scene
from DICOMModule.Host.SequenceBar import SequenceBar, valueText
from Testing.DICOMLib.Scene.SequencesForTests import browsed, filled, volume

from .conftest import settle

pytestmark = pytest.mark.gui


class Views(QObject):
    """What the bar knows of the views."""

    shownVolumesChanged = Signal()

    def __init__(self):
        super().__init__()
        self.shown = None

    def isShown(self, node) -> bool:
        return node is self.shown

    def setShown(self, node, shown: bool) -> None:
        self.shown = node
        self.shownVolumesChanged.emit()


@pytest.fixture
def made(qtbot):
    """A bar over a scene; make it visible with its parent."""
    bars = []

    def make(scene: Scene) -> SequenceBar:
        bar = SequenceBar(scene, Views())
        qtbot.addWidget(bar)
        bars.append(bar)
        return bar

    yield make
    for bar in bars:
        bar.closeBar()


def heart(*values: str, name: str = "heart") -> vtkMRMLSequenceNode:
    sequence = filled(*values, name=name)
    sequence.SetIndexName("trigger time")
    sequence.SetIndexUnit("ms")
    return sequence


def test_itShowsWhereTheBrowserIs(made):
    scene, browser = browsed(heart("0", "40", "80"))
    bar = made(scene)
    assert not bar.isHidden()
    browser.SetSelectedItemNumber(2)
    assert (bar.positionLabel.text(), bar.valueLabel.text()) == ("Item 3 of 3", "trigger time 80 ms")
    assert (bar.slider.maximum(), bar.slider.value()) == (2, 2)
    browser.SetPlaybackRateFps(2.5)
    assert bar.rateBox.value() == 2.5 and bar.rateBox.text() == "2.5 fps"
    browser.SetPlaybackLooped(False)
    assert not bar.loopButton.isChecked()


def test_itsControlsChangeTheBrowser(made, qtbot):
    scene, browser = browsed(heart("0", "40", "80"))
    bar = made(scene)
    found = []
    for button in (bar.nextButton, bar.lastButton, bar.previousButton, bar.firstButton, bar.previousButton):
        qtbot.mouseClick(button, Qt.LeftButton)
        found.append(browser.GetSelectedItemNumber())
    assert found == [1, 2, 1, 0, 2]
    bar.slider.setValue(1)
    assert browser.GetSelectedItemNumber() == 1
    bar.rateBox.setValue(4)
    bar.loopButton.click()
    assert browser.GetPlaybackRateFps() == 4 and not browser.GetPlaybackLooped()
    bar.playButton.click()
    assert browser.GetPlaybackActive() and bar.player.timer.isActive() and bar.playButton.toolTip().startswith("Pause")
    bar.playButton.click()
    assert not browser.GetPlaybackActive() and bar.playButton.toolTip().startswith("Play")


def test_itIsThereOnlyWhileThereIsSomethingToStepThrough(made):
    scene = Scene()
    bar = made(scene)
    assert bar.isHidden() and bar.browser() is None
    sequence = scene.AddNode(heart())
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    settle()
    assert bar.isHidden()
    sequence.SetDataNodeAtValue(volume(1), "1")
    settle()
    assert not bar.isHidden() and bar.browser() is browser and not bar.playButton.isEnabled()
    sequence.SetDataNodeAtValue(volume(2), "2")
    assert bar.playButton.isEnabled() and bar.positionLabel.text() == "Item 1 of 2"
    browser.SetPlaybackActive(True)
    scene.RemoveNode(sequence)
    settle()
    assert bar.isHidden()


def test_playingEndsWhenTheSceneCloses(made):
    scene, browser = browsed(heart("0", "40"))
    bar = made(scene)
    browser.SetPlaybackActive(True)
    scene.Clear()
    assert bar.browser() is None
    settle()
    assert bar.isHidden()
    bar.player.timer.stop()
    bar.player.step()
    assert not bar.player.timer.isActive()


def test_severalAreChosenFrom_andTheViewsShowTheChosenOne(made):
    name = "a series with a name that is far too long for a little box <b>of names</b>"
    scene, first = browsed(heart("0", "40", name=name))
    bar = made(scene)
    other = heart("1", "2", "3", name="lung")
    scene.AddNode(other)
    bar.browse(other)
    second = bar.browser()
    assert second.GetMasterSequenceNode() is other and not bar.browserBox.isHidden()
    assert bar._layoutManager.shown is second.GetProxyNode(other)
    assert bar.browserBox.count() == 2 and bar.browserBox.currentText() == "lung"
    assert len(bar.browserBox.itemText(0)) < 30 and "&lt;b&gt;" in bar.browserBox.itemData(0, Qt.ToolTipRole)
    bar.browserBox.activated.emit(0)
    assert bar.browser() is first and bar.positionLabel.text() == "Item 1 of 2"
    assert bar._layoutManager.shown is first.GetProxyNode(first.GetMasterSequenceNode())
    bar._layoutManager.setShown(second.GetProxyNode(other), True)
    assert bar.browser() is second and bar.browserBox.currentIndex() == 1
    other.SetName("lungs")
    settle()
    assert bar.browserBox.currentText() == "lungs"


def test_theOnlyOneIsNamedWhereTheViewsShowSomethingElse_andChoosingItShowsIt(made):
    scene, browser = browsed(heart("0", "40"))
    bar = made(scene)
    assert not bar.browserBox.isHidden() and bar.browserBox.currentText() == "heart"
    bar.browserBox.activated.emit(0)
    assert bar._layoutManager.shown is browser.GetProxyNode(browser.GetMasterSequenceNode())
    assert bar.browserBox.isHidden()
    bar._layoutManager.setShown(volume(1), True)
    assert not bar.browserBox.isHidden()


def test_aBrowserThatComesIsShown(made):
    scene, _ = browsed(heart("0", "40"))
    bar = made(scene)
    sequence = scene.AddNode(heart("1", "2", name="new"))
    new = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode")
    new.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    settle()
    assert bar.browser() is new


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0.30000000000000004", "trigger time 0.3 ms"),
        ("1e-7", "trigger time 1e-07 ms"),
        ("0.001", "trigger time 0.001 ms"),
    ],
)
def test_numbersAreShownWithoutDigitsThatSayNothing(value, expected):
    scene, browser = browsed(heart(value))
    assert scene is not None  # it is to live as long as the browser is asked
    assert valueText(browser, 0) == expected


def test_itFitsBelowTheViewsOfASmallWindow(made):
    scene, _ = browsed(heart("0", "40", name="a series with a long name"))
    sequence = heart("1", "2", name="another series with a long name")
    sequence.SetIndexName("time since the beginning of the injection of the contrast agent")
    scene.AddNode(sequence)
    bar = made(scene)
    bar.browse(sequence)
    assert bar.minimumSizeHint().width() <= 600
    bar.resize(600, bar.height())
    settle()
    assert bar.valueLabel.toolTip().startswith("<") and "contrast agent 1 ms" in bar.valueLabel.text()
    bar.valueLabel.setText("W" * 60 + " 1 ms")
    cut = bar.valueLabel.grab().toImage()
    bar.valueLabel.setText("W" * 60 + " 2 ms")
    assert bar.valueLabel.grab().toImage() != cut  # the number is seen however long its name is


def test_formatsAndTextsAreShownAsTheyAre():
    scene, browser = browsed(heart("40"))
    browser.SetIndexDisplayFormat("%.3f")
    assert valueText(browser, 0) == "trigger time 40.000 ms"
    browser.SetIndexDisplayMode(browser.IndexDisplayAsIndex)
    assert valueText(browser, 0) == ""
    texts = vtkMRMLSequenceNode()
    texts.SetIndexName("")
    texts.SetIndexUnit("")
    texts.SetIndexTypeFromString("text")
    texts.SetDataNodeAtValue(volume(1), "before contrast")
    scene, browser = browsed(texts)
    assert scene is not None and valueText(browser, 0) == "before contrast"
