"""What is being worked on, job by job; hidden while nothing is."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

from .BackgroundJobs import Job, JobRunner
from .ProgressRow import ProgressRow

# Work that is over sooner would only flicker.
DELAY_SECONDS = 0.25
REFRESH_MILLISECONDS = 100


class ProgressPanel(QWidget):
    """A strip with one row for each job that has been running for a moment.

    :param runner: the jobs to show
    :param delaySeconds: how long a job runs before it is shown
    """

    def __init__(self, runner: JobRunner, parent: QWidget | None = None, delaySeconds: float = DELAY_SECONDS):
        super().__init__(parent)
        self.setObjectName("progressPanel")
        self._runner = runner
        self._delaySeconds = delaySeconds
        self._rows: dict[Job, ProgressRow] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        runner.jobStarted.connect(self._expect)
        runner.jobFinished.connect(self._remove)
        self.hide()

    def rows(self) -> list[ProgressRow]:
        """The rows shown, oldest first."""
        return list(self._rows.values())

    def refresh(self) -> None:
        """Show the state of each running job as it is now."""
        for job in self._runner.jobs:
            if job not in self._rows and job.progress.elapsedSeconds >= self._delaySeconds:
                self._add(job)
            if job in self._rows:
                self._rows[job].refresh()

    def _expect(self, _job: Job) -> None:
        self._timer.start()
        if self._delaySeconds <= 0:
            self.refresh()

    def _add(self, job: Job) -> None:
        self._rows[job] = row = ProgressRow(job)
        self.layout().addWidget(row)
        self.show()

    def _remove(self, job: Job) -> None:
        row = self._rows.pop(job, None)
        if row is not None:
            self.layout().removeWidget(row)
            row.hide()
            row.deleteLater()
        if not self._runner.jobs:
            self._timer.stop()
        self.setVisible(bool(self._rows))
