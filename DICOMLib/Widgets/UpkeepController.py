"""Looking after the database: asks, works in the background, shows the report."""

from __future__ import annotations

import os
from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, Signal
from qtpy.QtWidgets import QCheckBox, QFileDialog, QMenu, QMessageBox, QWidget

from ..Database.UpkeepReport import MISSING, UpkeepReport, VerificationReport
from ..Progress import Progress
from .BackgroundJobs import Job, JobRunner
from .ErrorReporting import ErrorReporter
from .RepairDialog import RepairDialog
from .UpkeepReportDialog import UpkeepReportDialog

_NO_FILE = "A database in memory has no file."
_VERIFY_TEXT = (
    "Check every file of the database?\n\nCopied files are read whole and compared with their SHA-256, linked files by "
    "size and time. Nothing is changed, and you can go on working."
)
_REBUILD_TEXT = (
    "Make the index anew from the files?\n\nCopied files are read from the database's folder, linked ones where they "
    "are. Insert times, column settings and watched folders stay. The present index is kept beside the new one."
)
_COMPACT_TEXT = (
    "Make the database file as small as its contents?\n\nNo other program may have the database open, and no import "
    "may be running."
)


class UpkeepController(QObject):
    """One piece of work at a time.

    :param database: with ``verify``, ``repair``, ``rebuild``, ``compact``, ``backUp``, ``readOnlyReason``,
        ``isInMemory`` and ``databaseFilename``
    """

    finished = Signal(object)
    """The report of what was done."""

    def __init__(self, database, jobs: JobRunner, reporter: ErrorReporter, parent: QWidget):
        super().__init__(parent)
        self._database, self._jobs, self._reporter = database, jobs, reporter
        self._job: Job | None = None
        self.question: QWidget | None = None
        self.dialog: UpkeepReportDialog | None = None

    @property
    def isBusy(self) -> bool:
        return self._job is not None

    def menu(self, parent: QWidget) -> QMenu:
        """The entries, each enabled when it makes sense, else with the reason."""
        menu = QMenu("&Database", parent)
        menu.setObjectName("databaseMenu")
        menu.setToolTipsVisible(True)
        entries = (
            ("&Verify…", self.askToVerify, "Check every file and the index; nothing is changed", False),
            ("&Repair…", self.askToRepair, "Mend what can be mended, and say what was done", True),
            ("Re&build index…", self.askToRebuild, "Make the index anew from the files", True),
            ("&Compact…", self.askToCompact, "Make the database file as small as its contents", True),
            ("Back &up…", self.askWhereToBackUp, "Write a copy of the index into a file", False),
        )
        actions = []
        for text, ask, explanation, writes in entries:
            action = menu.addAction(text, ask)
            actions.append((action, explanation, writes, ask == self.askWhereToBackUp))
        menu.aboutToShow.connect(lambda: self._enable(actions))
        self._enable(actions)
        return menu

    # Questions

    def askToVerify(self) -> None:
        """Ask how thorough to be, and verify."""
        headers = QCheckBox("Also read the headers of linked files (slower)")
        self._ask("Verify database", _VERIFY_TEXT, "Verify", lambda: self.verify(headers.isChecked()), headers)

    def askToRepair(self, verification: VerificationReport | None = None) -> None:
        """Ask what to do about missing files, and repair."""
        missing = None if verification is None else len(verification.ofKind(MISSING))
        self.question = dialog = RepairDialog(missing, self.parent())
        dialog.repairRequested.connect(lambda folders, keep: self.repair(folders, keep, verification))
        dialog.finished.connect(self._forgetQuestion)
        dialog.open()

    def askToRebuild(self) -> None:
        """Explain, and rebuild."""
        self._ask("Rebuild index", _REBUILD_TEXT, "Rebuild", self.rebuild)

    def askToCompact(self) -> None:
        """Explain, and compact."""
        self._ask("Compact database", _COMPACT_TEXT, "Compact", self.compact)

    def askWhereToBackUp(self) -> None:
        """Ask for a file, and back up."""
        name = os.path.basename(self._database.databaseFilename)
        stem = os.path.splitext(name)[0].strip(":") or "database"
        self.question = dialog = QFileDialog(self.parent(), "Back up the index", f"{stem}-backup.sqlite",
                                             "Databases (*.sqlite)")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix("sqlite")
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.backUp)  # the dialog has asked whether to replace a file
        dialog.finished.connect(self._forgetQuestion)
        dialog.open()

    # Work

    def verify(self, readHeaders: bool = False) -> None:
        """Verify in the background."""
        self._start(lambda progress: self._database.verify(progress, readHeaders), "Verifying the database", "verify")

    def repair(self, movedTo: list[str], keepMissing: bool, verification: VerificationReport | None = None) -> None:
        """Repair in the background."""
        def work(progress: Progress) -> UpkeepReport:
            return self._database.repair(progress, movedTo, keepMissing, verification)

        self._start(work, "Repairing the database", "repair")

    def rebuild(self) -> None:
        """Rebuild the index in the background."""
        self._start(self._database.rebuild, "Rebuilding the index", "rebuild the index of")

    def compact(self) -> None:
        """Compact in the background."""
        self._start(self._database.compact, "Compacting the database", "compact")

    def backUp(self, path: str) -> None:
        """Back up in the background."""
        self._start(lambda progress: self._database.backUp(path, progress, overwrite=True), "Backing up", "back up")

    def wait(self) -> None:
        """Block until the work is done: for scripts."""
        while self._job is not None and self._job.isRunning:
            self._jobs.waitFor(self._job)

    def _start(self, work: Callable[[Progress], UpkeepReport], description: str, doing: str) -> None:
        if self._job is not None:
            self._reporter.warn(f"“{self._job.description}” is still running.")
            return
        self._job = self._jobs.start(
            work, self._done, lambda error: self._failed(error, doing), description=description
        )

    def _done(self, report: UpkeepReport) -> None:
        self._job = None
        self.dialog = dialog = UpkeepReportDialog(
            report, self._reporter, not self._database.readOnlyReason, self.parent().window()
        )
        dialog.repairRequested.connect(self.askToRepair)
        dialog.destroyed.connect(lambda _object: self._forgetDialog(dialog))
        dialog.show()
        self.finished.emit(report)

    def _failed(self, error: Exception, doing: str) -> None:
        self._job = None
        self._reporter.report(error, f"{doing} the database")

    # Helpers

    def _ask(self, title: str, text: str, verb: str, act: Callable[[], None], option: QCheckBox | None = None) -> None:
        box = QMessageBox(self.parent())
        box.setObjectName("upkeepQuestion")
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Question)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.PlainText)
        box.setText(text)
        agree = box.addButton(verb, QMessageBox.AcceptRole)
        box.addButton(QMessageBox.Cancel)
        box.setDefaultButton(agree)
        if option is not None:
            box.setCheckBox(option)
        box.buttonClicked.connect(lambda button: act() if button is agree else None)
        box.finished.connect(self._forgetQuestion)
        self.question = box
        box.open()

    def _enable(self, actions: list[tuple]) -> None:
        reason = self._database.readOnlyReason
        for action, explanation, writes, worksInMemory in actions:
            obstacle = reason if writes else ""
            if self._database.isInMemory and not worksInMemory:
                obstacle = obstacle or (_NO_FILE if writes else "")
            action.setEnabled(not obstacle)
            action.setToolTip(obstacle or explanation)

    def _forgetQuestion(self, _answer: int) -> None:
        self.question = None

    def _forgetDialog(self, dialog: UpkeepReportDialog) -> None:
        if self.dialog is dialog:  # else a newer report is open
            self.dialog = None
