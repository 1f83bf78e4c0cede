"""Examining and loading series, one request after the other."""

from __future__ import annotations

import pytest

from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase, FakeLogic

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


def test_waitingEndsAfterTheJobsWereShutDown(parts):
    loads, imports, jobs = parts
    jobs.shutdown()
    loads.loadSeries(["p1.s1.r1"])
    imports.importPaths(["/data/ct"])
    loads.wait()
    imports.waitForImportFinished()
