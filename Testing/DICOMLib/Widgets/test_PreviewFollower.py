"""Previews come to the views in order, and only while their load goes on."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QWidget

from DICOMLib.LoadPreview import LoadPreview
from Testing.DICOMLib.Widgets.FakeLogic import FakeLogic

pytestmark = pytest.mark.gui


class Node:
    def __init__(self):
        self.updates = 0

    def imageDataModified(self):
        self.updates += 1


@pytest.fixture
def follower(qtbot):
    from DICOMLib.Widgets.PreviewFollower import PreviewFollower

    made = PreviewFollower(FakeLogic())
    yield made
    made.end()


def shown(follower):
    return follower._logic.previews


def test_aPreviewIsShownAndDrawnAgainOnlyWhenSlicesHaveArrived(qtbot, follower):
    preview = LoadPreview(Node(), None, 1)
    follower.begin()(preview)
    qtbot.waitUntil(lambda: shown(follower) == [preview.node])
    qtbot.wait(300)
    assert preview.node.updates == 0
    preview.slicesRead = 5
    qtbot.waitUntil(lambda: preview.node.updates == 1)
    qtbot.wait(300)
    assert preview.node.updates == 1
    follower.end()
    assert shown(follower) == [preview.node, None]


def test_whatComesAfterTheEndIsNotShown(qtbot, follower):
    late = follower.begin()
    follower.end()
    late(LoadPreview(Node(), None))
    qtbot.wait(50)
    offer = follower.begin()
    late(LoadPreview(Node(), None))
    offer(LoadPreview(Node(), None, isOver=True))
    qtbot.wait(50)
    assert shown(follower) == []


def test_aPreviewThatIsNotTrueAnyMoreGoes(qtbot, follower):
    preview = LoadPreview(Node(), None)
    follower.begin()(preview)
    qtbot.waitUntil(lambda: bool(shown(follower)))
    preview.isOver = True
    qtbot.waitUntil(lambda: shown(follower) == [preview.node, None])


class PaintedNode(Node):
    """Something that is drawn as views do it: when Qt paints, some turns of its loop later."""

    def __init__(self, widget):
        super().__init__()
        self._widget = widget

    def imageDataModified(self):
        super().imageDataModified()
        QTimer.singleShot(0, self._widget.update)


class SlowWidget(QWidget):
    """Each painting takes a tenth of a second of a clock that goes by nothing else."""

    painted, now = 0, 0.0

    def paintEvent(self, event):
        self.now += 0.1
        self.painted += 1


def test_drawingTakesAFifthOfTheTimeAtMost(qtbot, follower, monkeypatch):
    widget = SlowWidget()
    clock = SimpleNamespace(perf_counter=lambda: widget.now)
    monkeypatch.setattr("DICOMLib.Widgets.PreviewFollower.time", clock)
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    qtbot.wait(150)
    preview = LoadPreview(PaintedNode(widget), None, 1)
    follower.begin()(preview)
    qtbot.waitUntil(lambda: shown(follower) == [preview.node])
    qtbot.waitUntil(lambda: follower._drawingStarted is None)
    paintedBefore, end = widget.painted, widget.now + 2
    while widget.now < end:
        widget.now += 0.02
        preview.slicesRead += 1
        follower._timer.timeout.emit()
        qtbot.waitUntil(lambda: follower._drawingStarted is None)
    drawn = widget.painted - paintedBefore
    assert 2 <= drawn <= 4, "each costs 100 ms, and the next one comes 500 ms after it"
    assert preview.node.updates == drawn
