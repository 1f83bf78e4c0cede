"""A browser's panel on rows in memory."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from DICOMLib.Settings import Settings
from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase, FakeLogic


@dataclass
class PanelUnderTest:
    """The panel (None once a test has deleted it) and everything injected; ``messages`` are those reported."""

    widget: object
    logic: FakeLogic
    jobs: object
    settings: Settings
    reporter: object
    messages: list

    @property
    def browser(self):
        return self.widget.dicomBrowser

    @property
    def tables(self):
        return self.widget.dicomBrowser.tables


@pytest.fixture
def makePanel(qtbot):
    """``makePanel(logic)`` shows a panel 400 × 800."""
    from DICOMLib.Widgets import ErrorReporter, JobRunner, SlicerDICOMBrowser

    made = []

    def make(logic=None, settings=None):
        logic = logic or FakeLogic(FakeDatabase.withPatients(3))
        jobs, reporter, messages = JobRunner(), ErrorReporter(), []
        settings = settings or Settings()
        reporter.reported.connect(messages.append)
        widget = SlicerDICOMBrowser(logic, jobs, settings, reporter)
        widget.resize(400, 800)
        qtbot.addWidget(widget)
        widget.show()
        qtbot.waitExposed(widget)
        made.append(PanelUnderTest(widget, logic, jobs, settings, reporter, messages))
        return made[-1]

    yield make
    for panel in made:
        assert panel.jobs.shutdown()
        if panel.widget is not None:
            panel.widget.close()


@pytest.fixture
def panel(makePanel):
    """Three patients with two studies of two series each."""
    return makePanel()
