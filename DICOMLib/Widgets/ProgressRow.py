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
        self.stateLabel = ElidedLabel()
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
        title, state = progressLines(plainText(self.job.description), progress, self.job.unit)
        self.titleLabel.setText(title)
        self.stateLabel.setText(state)


def progressLines(description: str, progress: Progress, unit: str = "") -> tuple[str, str]:
    """What is done, and how far it is. Where items are counted, nothing but numbers is in the second line, for nothing
    may push them out of a narrow panel."""
    parts, text = progressParts(progress, unit), plainText(progress.text)
    titles = [description]
    if text:
        (titles if unit else parts).append(text)
    return "Stopping…" if progress.cancelled else " · ".join(titles), " · ".join(parts)
