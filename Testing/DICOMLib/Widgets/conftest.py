"""A browser's panel on rows in memory, and one with a scene to export from."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from Testing.DICOMLib.Widgets.ExportBench import FakeExporter, addStudy, addVolume
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
        with qtbot.waitExposed(widget):
            widget.show()
        made.append(PanelUnderTest(widget, logic, jobs, settings, reporter, messages))
        return made[-1]

    yield make
    for panel in made:
        assert panel.jobs.shutdown(60)
        if panel.widget is not None:
            panel.widget.close()


@pytest.fixture
def panel(makePanel):
    """Three patients with two studies of two series each."""
    return makePanel()


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def registry():
    made = PluginRegistry()
    made.register("FakeExportPlugin", FakeExporter)
    return made


@pytest.fixture
def exportPanel(makePanel, database, scene, registry):
    """With a database on disk."""
    from DICOMModule.DICOM import DICOMLogic

    settings = Settings()
    return makePanel(DICOMLogic(database=database, scene=scene, registry=registry, settings=settings), settings)


@pytest.fixture
def exports(exportPanel):
    return exportPanel.widget.exports


@pytest.fixture
def openDialog(exports, qtbot):
    """Opens the dialog with items ticked."""

    def open(*items):
        dialog = exports.ask(items)
        with qtbot.waitExposed(dialog):
            dialog.show()
        return dialog

    yield open
    exports.close()


@pytest.fixture
def head(scene):
    """A volume in a study."""
    return addVolume(scene, "Head", addStudy(scene))
