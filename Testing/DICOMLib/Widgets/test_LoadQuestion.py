"""What has to be agreed to is asked before it is loaded, and not loaded without."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QMessageBox

from DICOMLib.DICOMLoadable import DICOMLoadable
from Testing.DICOMLib.Widgets.FakeLogic import FakeDatabase, FakeLogic, FakePlugin

pytestmark = pytest.mark.gui


@pytest.fixture
def controller(qtbot):
    from DICOMLib.Widgets.BackgroundJobs import JobRunner
    from DICOMLib.Widgets.ErrorReporting import ErrorReporter
    from DICOMLib.Widgets.LoadController import LoadController

    logic, jobs = FakeLogic(FakeDatabase.withPatients(1)), JobRunner()
    made = LoadController(logic, jobs, ErrorReporter())
    made.heard = []
    made.loaded.connect(made.heard.append)
    yield made
    jobs.shutdown()


def loadables(*questions: str) -> dict:
    return {FakePlugin(): [DICOMLoadable(["/a"], question=one, selected=True) for one in questions]}


def answer(controller, agrees: bool) -> None:
    box = controller.question
    assert box is not None and box.isVisible()
    (box.openButton if agrees else box.defaultButton()).click()
    controller.wait()


def test_whatIsAgreedToIsLoaded(controller):
    some = loadables("A scene of 7 nodes\nfrom <b>elsewhere</b>.")
    controller.loadLoadables(some)
    assert "A scene of 7 nodes" in controller.question.text() and "<b>" in controller.question.text()
    assert controller.heard == []
    assert controller.question.icon() == QMessageBox.NoIcon and not controller.question.iconPixmap().isNull()
    answer(controller, True)
    assert len(controller.heard) == 1 and controller.question is None
    assert next(iter(some.values()))[0].isAgreedTo


def test_whatIsNotAgreedToIsNotLoaded_andOthersAre(controller):
    controller.loadLoadables(loadables("A scene."))
    answer(controller, False)
    assert controller.heard == [] and not controller.isBusy
    some = loadables("A scene.", "")
    controller.loadLoadables(some)
    answer(controller, False)
    assert len(controller.heard) == 1 and [one.selected for one in next(iter(some.values()))] == [False, True]


def test_nothingIsAskedWhereThereIsNothingToAsk_orTwice(controller):
    controller.loadLoadables(loadables(""))
    assert controller.question is None
    controller.wait()
    some = loadables("A scene.")
    next(iter(some.values()))[0].isAgreedTo = True
    controller.loadLoadables(some)
    assert controller.question is None


@pytest.mark.parametrize("agrees", [True, False])
def test_aSeriesThatIsLoadedFromTheBrowserIsAskedForAfterItWasExamined(controller, agrees):
    some = loadables("A scene.")
    controller._logic.examine = lambda _uids, _progress: (some, [])
    controller.loadSeries(["p1.s1.r1"])
    controller.wait()
    assert controller.heard == []
    answer(controller, agrees)
    assert len(controller.heard) == int(agrees) and not controller.isBusy
    controller._logic.examine = lambda _uids, _progress: (loadables(""), [])
    controller.loadSeries(["p1.s1.r2"])
    controller.wait()
    assert len(controller.heard) == 1 + int(agrees)


def test_closingTheQuestionIsNoAgreement(controller):
    controller.loadLoadables(loadables("A scene."))
    controller.question.reject()
    controller.wait()
    assert controller.heard == []
