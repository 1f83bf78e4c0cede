"""The timer that plays: when it runs, and how long it waits."""

import pytest

from DICOMLib.Scene.SequencesLogic import vtkSlicerSequencesLogic
from DICOMModule.Host.SequencePlayer import LEAST_PAUSE_MS, LONGEST_PAUSE_MS, SequencePlayer
from Testing.DICOMLib.Scene.SequencesForTests import browsed, filled

pytestmark = pytest.mark.gui


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def parts(qtbot, clock):
    """A browser of three items, and a player whose timer is started but waited for by nobody."""
    scene, browser = browsed(filled("1", "2", "3"))
    player = SequencePlayer(vtkSlicerSequencesLogic(scene, lambda: clock[0]))
    yield browser, player, scene
    player.stop()


def test_itRunsWhileSomethingPlays(parts, clock):
    browser, player, scene = parts
    player.follow()
    assert not player.timer.isActive()
    browser.SetPlaybackActive(True)
    player.follow()
    assert player.timer.isActive() and player.timer.interval() == 100
    clock[0] = 0.1
    player.step()
    assert browser.GetSelectedItemNumber() == 1 and player.timer.isActive()
    browser.SetPlaybackActive(False)
    player.timer.stop()
    player.step()
    assert not player.timer.isActive()


def test_whatDrawsTooSlowlySkipsItems(parts, clock):
    browser, player, _ = parts
    browser.SetPlaybackActive(True)
    player.follow()
    clock[0] = 0.2
    player.step()
    assert browser.GetSelectedItemNumber() == 2


@pytest.mark.parametrize(
    ("rate", "pause"),
    [
        (1000, LEAST_PAUSE_MS),
        (0.1, LONGEST_PAUSE_MS),
        (0, LONGEST_PAUSE_MS),
        (float("nan"), LONGEST_PAUSE_MS),
        (4, 250),
    ],
)
def test_theWindowGetsItsTurnAtAnyRate(parts, rate, pause):
    browser, player, _ = parts
    browser.SetPlaybackRateFps(rate)
    browser.SetPlaybackActive(True)
    player.follow()
    assert player.timer.interval() == pause


def test_itEndsWithTheSequenceOrTheScene(parts):
    browser, player, scene = parts
    browser.SetPlaybackActive(True)
    player.follow()
    scene.Clear()
    player.timer.stop()
    player.step()
    assert not player.timer.isActive()
