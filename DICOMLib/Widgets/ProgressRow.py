"""One job: text, bar, speed, time left, and a way to stop it."""

from __future__ import annotations

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QGridLayout, QProgressBar, QToolButton, QWidget

from ..Progress import Progress
from ..ProgressRate import progressParts
from .BackgroundJobs import Job
from .DisplayText import plainText
from .ElidedLabel import ElidedLabel

BAR_STEPS = 1000
BAR_HEIGHT = 6


class ProgressRow(QWidget):
    """Call :meth:`refresh` to show the job's present state."""

    def __init__(self, job: Job, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("progressRow")
        self.job = job
        self.titleLabel = ElidedLabel(plainText(job.description))
        self.titleLabel.setObjectName("progressTitle")
        self.stateLabel = ElidedLabel(elideMode=Qt.ElideMiddle)
        self.stateLabel.setObjectName("progressState")
        self.bar = QProgressBar(textVisible=False, objectName="progressBar")
        self.bar.setStyleSheet(f"QProgressBar {{ min-height: {BAR_HEIGHT}px; max-height: {BAR_HEIGHT}px; }}")
        self.cancelButton = QToolButton(text="Cancel", objectName="progressCancel")
        self.cancelButton.clicked.connect(self.cancel)
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setVerticalSpacing(3)
        layout.addWidget(self.titleLabel, 0, 0)
        layout.addWidget(self.bar, 1, 0)
        layout.addWidget(self.stateLabel, 2, 0)
        layout.addWidget(self.cancelButton, 0, 1, 3, 1, Qt.AlignVCenter)
        self.refresh()

    def cancel(self) -> None:
        self.job.cancel()
        self.refresh()

    def refresh(self) -> None:
        progress = self.job.progress
        fraction = progress.fraction
        self.bar.setRange(0, 0 if fraction is None else BAR_STEPS)
        if fraction is not None:
            self.bar.setValue(round(fraction * BAR_STEPS))
        self.cancelButton.setEnabled(not progress.cancelled)
        self.titleLabel.setText("Stopping…" if progress.cancelled else plainText(self.job.description))
        self.stateLabel.setText(progressText(progress, self.job.unit))


def progressText(progress: Progress, unit: str = "") -> str:
    """"1,200 of 3,400 files · 850 files/s · 3 s left · <what it is at>", as far as known."""
    text = [plainText(progress.text)] if progress.text else []
    return " · ".join(progressParts(progress, unit) + text)
