"""What lies out of sight is scrolled to, and nothing goes on scrolling for a panel that is gone."""

from __future__ import annotations

import gc

import pytest
from qtpy.QtCore import QCoreApplication, QEvent
from qtpy.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from DICOMLib.Widgets.ScrollIntoView import SCROLL_MILLISECONDS, scrollIntoView

pytestmark = pytest.mark.gui


def panelOf(labels: int) -> tuple[QScrollArea, list[QLabel]]:
    area, content = QScrollArea(), QWidget()
    layout = QVBoxLayout(content)
    rows = [QLabel(f"row {number}") for number in range(labels)]
    for row in rows:
        layout.addWidget(row)
    area.setWidget(content)
    area.resize(200, 150)
    return area, rows


def test_theWidgetIsSeenAndNothingStaysBehind(qtbot):
    area, rows = panelOf(60)
    qtbot.addWidget(area)
    with qtbot.waitExposed(area):
        area.show()
    assert rows[-1].visibleRegion().isEmpty()
    scrollIntoView(rows[-1])
    qtbot.waitUntil(lambda: not rows[-1].visibleRegion().isEmpty())
    qtbot.waitUntil(lambda: rows[-1].children() == [], timeout=20 * max(SCROLL_MILLISECONDS))


def test_aPanelThatGoesMeanwhileTakesItsTimersAlong(qtbot, quickGarbage):
    for number in range(50):
        area, rows = panelOf(3)
        scrollIntoView(rows[-1])
        if number % 2:
            area.deleteLater()
        del area, rows
        gc.collect()
    QCoreApplication.sendPostedEvents(None, QEvent.DeferredDelete)
    qtbot.wait(2 * max(SCROLL_MILLISECONDS))


def test_whatIsInNoScrollAreaStaysAsItIs(qtbot):
    lone = QLabel("alone")
    qtbot.addWidget(lone)
    scrollIntoView(lone)
    qtbot.waitUntil(lambda: lone.children() == [], timeout=20 * max(SCROLL_MILLISECONDS))
