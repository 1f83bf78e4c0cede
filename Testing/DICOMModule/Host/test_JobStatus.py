import threading

import pytest

from DICOMLib.Widgets.BackgroundJobs import JobRunner
from DICOMModule.Host.JobStatus import JobStatus

pytestmark = pytest.mark.gui


@pytest.fixture
def runner(qapp):
    made = JobRunner()
    yield made
    made.shutdown()


def test_a_job_that_takes_a_while_is_shown_with_its_progress_and_can_be_cancelled(qtbot, runner):
    status = JobStatus(runner)
    qtbot.addWidget(status)
    reported = threading.Event()

    def work(progress):
        progress.report(30, 120)
        reported.set()
        while not progress.cancelled:
            reported.wait(0.01)
        progress.raiseIfCancelled()

    runner.start(work, description="Making sample data")
    assert not status.isVisible(), "it may be over at once"
    qtbot.waitUntil(lambda: reported.is_set() and status.isVisible(), timeout=60_000)
    assert status.label.text() == "Making sample data…  25 %"
    assert status.bar.value() == 250
    status.cancelButton.click()
    qtbot.waitUntil(lambda: not status.isVisible(), timeout=60_000)
    assert runner.jobs == []


def test_a_job_of_unknown_length_shows_a_busy_bar(qtbot, runner):
    status = JobStatus(runner)
    qtbot.addWidget(status)
    end = threading.Event()
    runner.start(lambda _progress: end.wait(60), description="Waiting")
    qtbot.waitUntil(status.isVisible, timeout=60_000)
    assert status.label.text() == "Waiting…" and status.bar.maximum() == 0
    end.set()
    qtbot.waitUntil(lambda: not status.isVisible(), timeout=60_000)


def test_what_an_earlier_job_said_is_not_seen_again(qtbot, runner):
    seen = []

    class Status(JobStatus):
        def showEvent(self, event):
            super().showEvent(event)
            seen.append(self.label.text())

    status = Status(runner)
    qtbot.addWidget(status)
    for description in ("Opening", "Saving"):
        end = threading.Event()
        runner.start(lambda _progress, end=end: end.wait(60), description=description)
        qtbot.waitUntil(status.isVisible, timeout=60_000)
        end.set()
        qtbot.waitUntil(lambda: not status.isVisible(), timeout=60_000)
    assert seen == ["Opening…", "Saving…"]


def test_jobs_of_panels_are_shown_too_the_oldest_first(qtbot, runner):
    status = JobStatus(runner)
    qtbot.addWidget(status)
    panel = JobRunner()
    status.watch(panel)
    status.watch(panel)
    ends = threading.Event(), threading.Event()
    panel.start(lambda _progress: ends[0].wait(60), description="Loading")
    qtbot.waitUntil(status.isVisible, timeout=60_000)
    runner.start(lambda _progress: ends[1].wait(60), description="Making sample data")
    assert status.label.text() == "Loading…"
    ends[0].set()
    qtbot.waitUntil(lambda: status.label.text() == "Making sample data…", timeout=60_000)
    ends[1].set()
    qtbot.waitUntil(lambda: not status.isVisible(), timeout=60_000)
    panel.shutdown()
