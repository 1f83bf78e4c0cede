"""Work in threads, results on the GUI thread."""

from __future__ import annotations

import threading
import time

import pytest

from DICOMLib.Errors import CancelledError
from Testing.Fixtures.LoopTurns import LoopTurns

pytestmark = pytest.mark.gui


@pytest.fixture
def runner(qtbot):
    from DICOMLib.Widgets.BackgroundJobs import JobRunner

    runner = JobRunner()
    yield runner
    runner.shutdown()


def untilCancelled(progress):
    while True:
        progress.raiseIfCancelled()
        time.sleep(0.002)


def testTheFunctionRunsElsewhereAndItsResultComesBackHere(qtbot, runner):
    threads = []

    def work(progress):
        threads.append(threading.current_thread())
        return 42

    def done(result):
        threads.append((result, threading.current_thread()))

    with qtbot.waitSignal(runner.jobFinished):
        runner.start(work, done)
    assert threads[0] is not threading.main_thread()
    assert threads[1] == (42, threading.main_thread())
    assert runner.jobs == []


def testWhatTheFunctionRaisesComesBackAsAnError(qtbot, runner):
    errors = []

    def fail(progress):
        raise KeyError("missing")

    with qtbot.waitSignal(runner.jobFinished):
        runner.start(fail, pytest.fail, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert isinstance(errors[0], KeyError)


def testAnErrorInTheResultsCallbackGoesToTheErrorCallback(qtbot, runner):
    errors = []
    runner.start(lambda progress: 1, lambda result: result / 0, errors.append)
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert isinstance(errors[0], ZeroDivisionError)


def testWithoutAnErrorCallbackTheRunnerSaysSo(qtbot, runner):
    with qtbot.waitSignal(runner.callbackFailed) as caught:
        runner.start(lambda progress: 1 / 0)
    assert isinstance(caught.args[0], ZeroDivisionError)


def testCancellingEndsTheJobAsCancelled(qtbot, runner):
    errors = []
    job = runner.start(untilCancelled, onError=errors.append)
    job.cancel()
    qtbot.waitUntil(lambda: len(errors) == 1)
    assert isinstance(errors[0], CancelledError)


def testProgressArrivesHereAndOldReportsDoNotPileUp(qtbot, runner):
    seen, finished = [], []

    def work(progress):
        for step in range(10_000):
            progress.report(step, 10_000)
        progress.report(10_000, 10_000, "ready")

    job = runner.start(
        work, finished.append, onProgress=lambda progress: seen.append((progress.done, threading.get_ident()))
    )
    job.thread.join()  # meanwhile nothing is heard here
    qtbot.waitUntil(lambda: finished == [None])
    assert seen == [(10_000, threading.get_ident())]


def testWaitingInAScriptDeliversTheResultWithoutAnEventLoop(runner):
    results = []
    job = runner.start(lambda progress: time.sleep(0.05) or "ready", results.append)
    assert runner.waitFor(job, 60)
    assert results == ["ready"]


def testShutdownCancelsJoinsAndSilencesEverything(qtbot, runner, promised):
    called = []
    jobs = [runner.start(untilCancelled, called.append, called.append) for _ in range(3)]
    with promised.within(2):
        assert runner.shutdown(60)
    assert not any(job.thread.is_alive() for job in jobs)
    qtbot.wait(30)
    assert called == []


def testShutdownDoesNotWaitForAJobThatDoesNotListen(runner, promised):
    released = threading.Event()
    runner.start(lambda progress: released.wait())
    with promised.within(2):
        assert not runner.shutdown(0.2)
    released.set()


def testAfterShutdownAJobIsCancelledAtOnce(runner):
    errors = []
    runner.shutdown()
    job = runner.start(pytest.fail, onError=errors.append)
    assert not job.isRunning
    assert isinstance(errors[0], CancelledError)


def testTheEventLoopKeepsTurningBesideABusyJob(qtbot, runner, promised):
    finished = []

    def busy(progress):
        while len(loop.turns) < 50:
            sum(range(1000))

    with LoopTurns() as loop:
        runner.start(busy, finished.append)
        qtbot.waitUntil(lambda: finished == [None], timeout=10_000)
    promised.atMost(loop.nearlyLongest, 0.1, "a turn of the loop")
