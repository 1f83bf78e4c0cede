"""What an import did: counts, time, and a reason for every file that was left out."""

from __future__ import annotations

from typing import Protocol

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..Wording import durationText
from .BoldText import makeBold
from .DialogButtons import closeButtons
from .DisplayText import numberText
from .ErrorReporting import ErrorReporter
from .ReportedFiles import ReportedFiles
from .ReportFile import askForReportFile, writeReport
from .ReportGroups import IMPORTED, NOT_IMPORTED

SCREEN_MARGIN = QSize(20, 60)


class ShownReport(Protocol):
    """What is read of an import report (``DICOMLib.Database``)."""

    patientsAdded: int
    studiesAdded: int
    seriesAdded: int
    instancesAdded: int
    instancesUpdated: int
    instancesUnchanged: int
    skipped: list
    notes: list
    seriesUIDs: list
    cancelled: bool
    seconds: float

    def summary(self) -> str: ...

    def asText(self) -> str: ...

    def asCSV(self) -> str: ...


def reportedEntries(report: ShownReport) -> list[tuple[str, object]]:
    """(outcome, SkippedFile) pairs: skipped files, then notes on imported ones."""
    left = [(NOT_IMPORTED, entry) for entry in report.skipped]
    return left + [(IMPORTED, entry) for entry in report.notes]


class ImportReportDialog(QDialog):
    """Stays beside the main window; work goes on while it is open.

    :param report: an ImportReport
    """

    def __init__(self, report: ShownReport, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("importReportDialog")
        self.setWindowTitle("Import report")
        self.setModal(False)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.report = report
        self._reporter = reporter
        self.files = ReportedFiles(reportedEntries(report))
        self._hasFiles = bool(report.skipped or report.notes)
        self._build()
        screen = QGuiApplication.primaryScreen().availableSize()
        self.resize(QSize(860, 560 if self._hasFiles else 200).boundedTo(screen - SCREEN_MARGIN))

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(_label(self._headline(), bold=True))
        layout.addLayout(self._countsGrid())
        if self._hasFiles:
            layout.addWidget(self.files, 1)
        else:
            self.files.hide()
            layout.addWidget(_label(self._emptyText()))
            layout.addStretch(1)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        self.copyButton = QPushButton("Copy report")
        self.copyButton.setToolTip("Copy the whole report as text")
        self.copyButton.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report.asText()))
        self.saveButton = QPushButton("Save as CSV…")
        self.saveButton.clicked.connect(self._chooseFile)
        self.showButton = QPushButton("Show in file manager")
        self.showButton.setToolTip("Open the folder of the selected file")
        self.showButton.clicked.connect(self.files.showInFileManager)
        return closeButtons(self, (self.showButton, self.copyButton, self.saveButton)[0 if self._hasFiles else 1 :])

    def _emptyText(self) -> str:
        if self.report.seriesUIDs or self.report.cancelled:
            return "No file was left out."
        return "There were no files to import."

    def _headline(self) -> str:
        if self.report.cancelled:
            return f"Stopped after {durationText(self.report.seconds)}. What had been imported stays."
        duration = f"{self.report.seconds:.1f} s" if self.report.seconds < 10 else durationText(self.report.seconds)
        return f"Import finished in {duration}."

    def _countsGrid(self) -> QGridLayout:
        report = self.report
        counts = (
            ("Patients added", report.patientsAdded),
            ("Studies added", report.studiesAdded),
            ("Series added", report.seriesAdded),
            ("Objects added", report.instancesAdded),
            ("Objects updated", report.instancesUpdated),
            ("Known already", report.instancesUnchanged),
            ("Not imported", len(report.skipped)),
            ("Imported with a note", len(report.notes)),
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        for number, (title, count) in enumerate(counts):
            row, column = number % 4, number // 4 * 3
            value = _label(numberText(count), bold=count > 0)
            value.setAlignment(Qt.AlignRight)
            grid.addWidget(_label(title), row, column)
            grid.addWidget(value, row, column + 1)
            grid.setColumnMinimumWidth(column + 2, 24)
        grid.setColumnStretch(5, 1)
        return grid

    def saveAsCSV(self, path: str) -> None:
        """Write every skipped file with its reason. :raises OSError: when the file cannot be written"""
        writeReport(path, self.report.asCSV())

    def _chooseFile(self) -> None:
        askForReportFile(self, "Save import report", "import-report.csv", "CSV (*.csv)", self._save)

    def _save(self, path: str) -> None:
        with self._reporter.guard("save the report"):
            self.saveAsCSV(path)


def _label(text: str, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.PlainText)
    label.setTextInteractionFlags(Qt.TextSelectableByMouse)
    if bold:
        makeBold(label)
    return label
