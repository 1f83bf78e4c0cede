"""What was exported and a server has not stored: to be sent again, saved to a folder, or deleted."""

from __future__ import annotations

import os
from collections.abc import Callable

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..Errors import displayPath
from ..Export.ServerExport import UnsentObjects
from ..Networking.SendReport import SendReport
from ..Progress import Progress
from ..Settings import Settings
from ..Wording import counted
from ..Workers.WorkerPool import WorkerPool
from .BackgroundJobs import Job, JobRunner
from .BoldText import makeBold
from .DisplayText import plainText
from .ErrorReporting import ErrorReporter
from .ExportDestination import FOLDER_SETTING
from .FolderChooser import chooseFolder
from .MessageBar import MessageBar
from .ProgressPanel import REFRESH_MILLISECONDS
from .ProgressRow import ProgressRow
from .WrappedLabel import WrappedLabel

KEPT = "They are kept until they are sent, saved or deleted."


class UnsentDialog(QDialog):
    """Closing it asks first, since the files go with it.

    :param report: of the sending; None for what an earlier program left
    """

    ended = Signal(object)
    """This dialog: the files are with the server, in a folder, or deleted."""

    def __init__(
        self, unsent: UnsentObjects, report: SendReport | None, jobs: JobRunner, settings: Settings,
        workers: WorkerPool | None, parent: QWidget | None = None,
    ):  # fmt: skip
        super().__init__(parent)
        self.setObjectName("unsentDialog")
        self.setWindowTitle("Not sent")
        self.setModal(False)
        self._unsent, self._jobs, self._settings, self._workers = unsent, jobs, settings, workers
        self._job: Job | None = None
        self._isEnded = False
        self._row: ProgressRow | None = None
        self.question: QMessageBox | None = None
        self.reporter = ErrorReporter(self)
        self._build()
        self.reporter.reported.connect(self.messageBar.showMessage)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self._refreshRow)
        if report is None:
            self._showLeft()
        else:
            self._showReport(report)
        self.resize(620, 300)

    def sendAgain(self) -> None:
        """Send what is left, in the background."""
        unsent, workers = self._unsent, self._workers
        description = f"Sending {counted(len(unsent.files), 'file')} to {unsent.server.displayName}"
        self._start(lambda progress: unsent.send(progress, workers), self._sent, "send", description)

    def saveTo(self, folder: str) -> None:
        """Move the files to a folder, in the background, and close; when that fails or is stopped, they are kept."""
        unsent = self._unsent
        description = f"Saving {counted(len(unsent.files), 'file')}"
        self._start(
            lambda progress: unsent.saveTo(folder, progress), lambda _new: self._end(), "save the files", description
        )

    def discard(self) -> None:
        """Delete the files, and close."""
        if self._job is not None:
            self._job.cancel()
        self._unsent.discard()
        self._end()

    def leave(self) -> None:
        """Close without a question, on the way to the program's end; the files are left for the next start."""
        if self._job is not None:
            self._job.cancel()
        self._unsent.leave()
        self._end()

    def reject(self) -> None:
        """Stop what is under way; when nothing is, ask whether the files are to be deleted."""
        if self._job is not None:
            self._job.cancel()
        else:
            self._askToDelete()

    def closeEvent(self, event) -> None:
        event.ignore()
        self.reject()

    def _build(self) -> None:
        self.summaryLabel = WrappedLabel()
        makeBold(self.summaryLabel)
        self.messageBar = MessageBar(isWide=True)
        self.details = QPlainTextEdit(readOnly=True, objectName="unsentDetails")
        self.details.setAccessibleName("What was not sent, and why")
        self.againButton = _button("Send again", lambda: self.sendAgain())
        self.saveButton = _button("Save to folder…", lambda: self.choose())
        self.deleteButton = _button("Delete", lambda: self.reject())
        self.againButton.setDefault(True)
        row = QHBoxLayout()
        row.addWidget(WrappedLabel(KEPT), 1)
        for button in (self.deleteButton, self.saveButton, self.againButton):
            row.addWidget(button)
        self._rows = QVBoxLayout(self)
        self._rows.setSpacing(8)
        self._rows.addWidget(self.summaryLabel)
        self._rows.addWidget(self.details, 1)
        self._rows.addWidget(self.messageBar)
        self._rows.addLayout(row)

    def choose(self) -> QFileDialog:
        """Open the dialog for a folder."""
        return chooseFolder(self, "Folder to save to", self.saveTo, str(self._settings.value(FOLDER_SETTING)))

    def _showReport(self, report: SendReport) -> None:
        self.summaryLabel.setText(plainText(report.summary()))
        # Without the private folder, which nobody can do anything with.
        self.details.setPlainText(
            "\n".join(f"{displayPath(os.path.basename(one.path))}: {plainText(one.text)}" for one in report.findings)
        )

    def _showLeft(self) -> None:
        files, server = counted(len(self._unsent.files), "file"), self._unsent.server
        place = f" to {server.displayName}" if server.host else ""
        self.summaryLabel.setText(plainText(f"{files} could not be sent{place} before the program ended."))
        names = [displayPath(os.path.basename(path)) for path in self._unsent.files]
        self.details.setPlainText("\n".join(names))

    def _start(
        self, work: Callable[[Progress], object], done: Callable[[object], None], doing: str, description: str
    ) -> None:
        """:param doing: what is attempted, to follow the words: Could not"""
        if self._job is not None:
            return  # one at a time: both change which files are left
        self.messageBar.dismiss()
        self._job = self._jobs.start(
            work, lambda result: self._done(done, result), lambda error: self._failed(error, doing),
            description=description,
        )  # fmt: skip
        if self._job.isRunning:
            self._row = ProgressRow(self._job)
            self._rows.insertWidget(3, self._row)
            self._timer.start()
            self._setBusy(True)
        else:
            self._job = None

    def _done(self, done: Callable[[object], None], result: object) -> None:
        if self._isEnded:
            return  # on the way to the program's end, after the window
        self._endJob()
        done(result)

    def _sent(self, report: SendReport) -> None:
        self._showReport(report)
        if not self._unsent.files:
            self._end()

    def _failed(self, error: Exception, doing: str) -> None:
        if not self._isEnded:
            self._endJob()
            self.reporter.report(error, doing)

    def _endJob(self) -> None:
        self._timer.stop()
        self._job = None
        if self._row is not None:
            self._rows.removeWidget(self._row)
            self._row.deleteLater()
            self._row = None
        self._setBusy(False)

    def _setBusy(self, busy: bool) -> None:
        for button in (self.againButton, self.saveButton):
            button.setEnabled(not busy)
        self.deleteButton.setText("Stop" if busy else "Delete")

    def _refreshRow(self) -> None:
        if self._row is not None:
            self._row.refresh()

    def _askToDelete(self) -> None:
        files = counted(len(self._unsent.files), "file")
        self.question = box = QMessageBox(self)
        box.setIcon(QMessageBox.Question)
        box.setWindowTitle("Delete")
        box.setTextFormat(Qt.PlainText)  # the server's name may be anything
        box.setText(f"Delete the {files} that {self._unsent.server.displayName} has not stored?")
        box.setInformativeText("What is in the scene stays and can be exported again.")
        delete = box.addButton("Delete", QMessageBox.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.Cancel))
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.buttonClicked.connect(lambda pressed: self.discard() if pressed is delete else None)
        box.open()

    def _end(self) -> None:
        self._isEnded = True
        self._timer.stop()
        self.hide()
        self.ended.emit(self)
        self.deleteLater()


def _button(text: str, slot) -> QPushButton:
    button = QPushButton(text)
    button.setAutoDefault(False)
    button.clicked.connect(lambda _checked: slot())
    return button
