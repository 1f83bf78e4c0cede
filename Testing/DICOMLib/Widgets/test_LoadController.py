"""Examining and loading series, one request after the other."""

from __future__ import annotations

import time

import pytest
from qtpy.QtTest import QTest

from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase, FakeLogic, FakePlugin

pytestmark = pytest.mark.gui


@pytest.fixture
def parts(qtbot):
    from DICOMLib.Widgets.BackgroundJobs import JobRunner
    from DICOMLib.Widgets.ErrorReporting import ErrorReporter
    from DICOMLib.Widgets.ImportController import ImportController
    from DICOMLib.Widgets.LoadController import LoadController

    logic, jobs, reporter = FakeLogic(FakeDatabase.withPatients(1)), JobRunner(), ErrorReporter()
    yield LoadController(logic, jobs, reporter), ImportController(logic, jobs, reporter), jobs
    jobs.shutdown()


def test_examiningOffersChoicesAndLoadsNothing(parts):
    loads, _, _ = parts
    offered, loaded = [], []
    loads.examined.connect(offered.append)
    loads.loaded.connect(loaded.append)
    loads.examine(["p1.s1.r1"])
    loads.wait()
    assert len(offered) == 1 and loaded == [] and not loads.isBusy


def test_loadingExaminesFirstAndIsDoneWhenTheNodesAreThere(parts):
    loads, _, _ = parts
    offered, loaded = [], []
    loads.examined.connect(offered.append)
    loads.loaded.connect(loaded.append)
    loads.loadSeries(["p1.s1.r1"])
    loads.wait()
    assert offered == [] and len(loaded) == 1 and not loads.isBusy


@pytest.mark.parametrize(
    ("messages", "rejections", "told"),
    [
        (["5 of 5 files cannot be found."], [], "5 of 5 files cannot be found."),
        ([], ["1 file is a report; it is not offered."], "1 file is a report; it is not offered."),
        ([], [], "No plugin can load what is selected."),
        (["a.", "b."], ["c."], "a. There is more to know; see the details."),
    ],
)
def test_whyNothingCanBeLoadedIsTheMessage(parts, messages, rejections, told):
    loads, _, _ = parts
    plugin, heard = FakePlugin(), []
    plugin.rejections = rejections
    loads._logic.examine = lambda _uids, _progress: ({plugin: []}, messages)
    loads._reporter.reported.connect(lambda message: heard.append(message.text))
    loads.loadSeries(["p1.s1.r1"])
    loads.wait()
    assert heard == [told] and not loads.isBusy


def test_waitingEndsAfterTheJobsWereShutDown(parts):
    loads, imports, jobs = parts
    jobs.shutdown()
    loads.loadSeries(["p1.s1.r1"])
    imports.importPaths(["/data/ct"])
    loads.wait()
    imports.waitForImportFinished()


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        (["Could not load: a. It died.", "1 decoding process died."], "Could not load: a. It died."),
        (
            ["Could not load: a.", "Could not load: b.", "2 decoding processes died."],
            "2 items could not be loaded; the rest was. 2 decoding processes died.",
        ),
    ],
)
def test_itemsThatFailedAreCountedAndDeathsOfDecodersTold(parts, messages, told):
    loads, _, _ = parts
    heard, load = [], loads._logic.load
    loads._logic.load = lambda loadables, *_: (load(loadables)[0], messages)
    loads._reporter.reported.connect(lambda message: heard.append(message.text))
    loads.loadSeries(["p1.s1.r1"])
    loads.wait()
    assert heard == [told]


def cancelled(loads, jobs, kind):
    """Ask for something that takes until it is cancelled. :returns: what was told"""
    heard, logic = [], loads._logic

    def untilCancelled(_what, progress, *_more):
        while True:
            progress.raiseIfCancelled()
            time.sleep(0.005)

    setattr(logic, "load" if kind == "load" else "examine", untilCancelled)
    loads._reporter.reported.connect(heard.append)
    (loads.loadSeries if kind == "load" else loads.examine)(["p1.s1.r1"])
    QTest.qWait(100)
    jobs.cancelAll()
    loads.wait()
    return [(message.text, message.severity) for message in heard]


@pytest.mark.parametrize(
    ("kind", "told"),
    [("load", "Loading was cancelled; nothing was added."), ("examine", "Looking for ways to load was cancelled.")],
)
def test_whoCancelsIsToldThatNothingWasAdded(parts, kind, told):
    loads, _, jobs = parts
    assert cancelled(loads, jobs, kind) == [(told, "information")]
    assert loads._logic.loadedNames == [] and not loads.isBusy


def test_referencesShowNoPreviewAndDoNotEndWhatWasTold(parts):
    loads, _, _ = parts
    requests, previews, load = [], [], loads._logic.load
    loads.requested.connect(lambda: requests.append(1))
    loads.loadSeries(["p1.s1.r1"])
    loads.wait()
    found, _messages = loads._logic.examine(["p1.s1.r2"])
    loads._logic.load = lambda some, progress, onPreview=None: (previews.append(onPreview), load(some))[1]
    loads.loadReferences(found)
    loads.wait()
    assert len(requests) == 1 and previews == [None] and loads._logic.isBeside
