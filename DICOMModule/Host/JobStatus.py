"""Background work of the window and its panels, in one line of the status bar."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt, QTimer
from qtpy.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QToolButton, QWidget

from DICOMLib.Widgets.BackgroundJobs import Job, JobRunner

from .Icons import icon

# Work that is over sooner would only flicker.
DELAY_SECONDS = 0.25
REFRESH_MILLISECONDS = 100
BAR_STEPS = 1000


class JobStatus(QWidget):
    """Says what runs and how far it is, with a button to stop it; hidden while nothing does.

    :param runner: the jobs to show, and those of runners given to :meth:`watch`; of several the oldest is shown
    """

    def __init__(self, runner: JobRunner, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("jobStatus")
        self._runners: list[JobRunner] = []
        self.label = QLabel(self)
        self.label.setTextFormat(Qt.PlainText)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setStyleSheet("min-height: 6px; max-height: 6px;")
        self.bar.setFixedWidth(120)
        self.cancelButton = QToolButton(self)
        self.cancelButton.setIcon(icon("Cancel"))
        self.cancelButton.setIconSize(QSize(12, 12))
        self.cancelButton.setFixedSize(18, 18)
        self.cancelButton.setToolTip("Cancel")
        self.cancelButton.setAccessibleName("Cancel")
        self.cancelButton.clicked.connect(lambda _checked=False: self._cancel())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(8, 0, 0, 0)
        layout.addWidget(self.label)
        layout.addWidget(self.bar)
        layout.addWidget(self.cancelButton)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self.watch(runner)
        self.hide()

    def watch(self, runner: JobRunner) -> None:
        """Also show the jobs of this runner; once is enough."""
        if runner not in self._runners:
            self._runners.append(runner)
            runner.jobStarted.connect(lambda _job: self._timer.start())
            runner.jobFinished.connect(lambda _job: self.refresh())

    def _jobs(self) -> list[Job]:
        jobs = [job for runner in self._runners for job in runner.jobs]
        return sorted(jobs, key=lambda job: job.progress.elapsedSeconds, reverse=True)

    def job(self) -> Job | None:
        """The job shown; None while none has run for a moment."""
        old = (job for job in self._jobs() if job.progress.elapsedSeconds >= DELAY_SECONDS)
        return next(old, None)

    def refresh(self) -> None:
        """Show the state as it is now."""
        if not self._jobs():
            self._timer.stop()
        job = self.job()
        if job is None:
            self.hide()
            return
        fraction = job.progress.fraction
        self.bar.setRange(0, 0 if fraction is None else BAR_STEPS)
        self.bar.setValue(round(BAR_STEPS * (fraction or 0.0)))
        percent = "" if fraction is None else f"  {round(100 * fraction)} %"
        self.label.setText(f"{job.description}…{percent}")
        self.cancelButton.setEnabled(not job.progress.cancelled)
        self.show()  # not before: what another job said would be seen

    def _cancel(self) -> None:
        job = self.job()
        if job is not None:
            job.cancel()
            self.refresh()
