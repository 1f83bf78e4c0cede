"""Removing from the database, after saying what happens to the files."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QCheckBox, QMessageBox, QWidget

from ..Errors import displayPath
from ..Settings import Settings
from ..Wording import counted, sizeText
from .BackgroundJobs import JobRunner
from .BrowserLogic import BrowserLogic, RemovalCounts
from .ErrorReporting import ErrorReporter

_BACKUPS_NAMED = 3
NOUNS = {"patient": ("patient", "patients"), "study": ("study", "studies"), "series": ("series", "series")}


class RemovalController(QObject):
    """Counts, asks, removes; :attr:`removed` when it is done."""

    removed = Signal()

    def __init__(
        self, logic: BrowserLogic, jobs: JobRunner, settings: Settings, reporter: ErrorReporter, parent: QWidget
    ):
        super().__init__(parent)
        self._logic, self._jobs, self._settings, self._reporter = logic, jobs, settings, reporter
        self.question: QMessageBox | None = None

    def remove(self, level: str, uids: Sequence) -> None:
        """Ask whether to remove patients, studies or series, and do so."""
        if not uids:
            return
        if not self._settings.value("DICOM/ConfirmRemove"):
            self._start(level, uids)
            return
        self._jobs.start(
            lambda _progress: self._logic.removalCounts(level, uids),
            lambda counts: self._ask(level, uids, counts),
            lambda error: self._reporter.report(error, "find the files concerned"),
            description="Counting files",
        )

    def _ask(self, level: str, uids: Sequence, counts: RemovalCounts) -> None:
        box = QMessageBox(self.parent())
        box.setObjectName("removalQuestion")
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Question)
        box.setWindowTitle("Remove from database")
        box.setTextFormat(Qt.PlainText)
        box.setText(f"Remove {counted(len(uids), *NOUNS[level])} from the database?\n\n{removalSentence(counts)}")
        removeButton = box.addButton("Remove", QMessageBox.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.Cancel))
        doNotAsk = QCheckBox("Do not ask again")
        box.setCheckBox(doNotAsk)
        box.buttonClicked.connect(
            lambda button: self._answered(level, uids, doNotAsk.isChecked()) if button is removeButton else None
        )
        self.question = box
        box.finished.connect(self._forgetQuestion)
        box.open()

    def _answered(self, level: str, uids: Sequence, doNotAsk: bool) -> None:
        if doNotAsk:
            with self._reporter.guard("keep the setting"):
                self._settings.setValue("DICOM/ConfirmRemove", False)
        self._start(level, uids)

    def _start(self, level: str, uids: Sequence) -> None:
        self._jobs.start(
            lambda progress: self._logic.remove(level, uids, progress),
            lambda _result: self.removed.emit(),
            self._failed,
            description=f"Removing {counted(len(uids), *NOUNS[level])}",
        )

    def _failed(self, error: Exception) -> None:
        self._reporter.report(error, "remove everything that was selected")
        self.removed.emit()

    def _forgetQuestion(self, _answer: int) -> None:
        self.question = None


def removalSentence(counts: RemovalCounts) -> str:
    """What happens to the files, so that nobody has to guess."""
    parts = []
    if counts.copiesDeleted:
        verb = "lies" if counts.copiesDeleted == 1 else "lie"
        what = counted(counts.copiesDeleted, "file")
        size = f" ({sizeText(counts.bytesDeleted)})" if counts.bytesDeleted else ""
        parts.append(f"{what}{size} that {verb} in the database folder will be deleted. This cannot be undone.")
    if counts.originalsKept:
        verb = "stays" if counts.originalsKept == 1 else "stay"
        where = "it is" if counts.originalsKept == 1 else "they are"
        parts.append(f"{counted(counts.originalsKept, 'linked file')} {verb} where {where}; only the entries go.")
    if counts.backups:
        holders = counted(len(counts.backups), "backup")
        names = ", ".join(displayPath(path) for path in counts.backups[:_BACKUPS_NAMED])
        verb = "holds" if len(counts.backups) == 1 else "hold"
        parts.append(f"{holders} beside the database still {verb} what is removed: {names}.")
    return "\n\n".join(parts) or "No files are concerned."
