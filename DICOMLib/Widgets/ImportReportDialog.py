"""What an import did: counts, time, and a reason for every file that was left out."""

from __future__ import annotations

import os
from collections import Counter
from typing import Protocol

from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication, QIcon
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ..Errors import displayPath
from ..Wording import durationText
from .DICOMTableView import DICOMTableView
from .DisplayText import numberText
from .ErrorReporting import ErrorReporter
from .RecordTableModel import Column, RecordTableModel


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
    cancelled: bool
    seconds: float

    def summary(self) -> str: ...

    def asText(self) -> str: ...

    def asCSV(self) -> str: ...


class ReportedFilesModel(RecordTableModel):
    """One row a file that was not imported or has something the user should know."""

    keyName = "number"
    columns = (
        Column("file", "File", characters=20, importance=9),
        Column("outcome", "Outcome", characters=10, importance=7),
        Column("reason", "Reason", characters=26, importance=10),
        Column("folder", "Folder", characters=18, importance=5),
    )


def reportedRecords(report: ShownReport) -> list[dict]:
    """Rows of the table: skipped files, then notes on imported ones."""
    records = []
    for outcome, entries in (("not imported", report.skipped), ("imported", report.notes)):
        for entry in entries:
            folder, name = os.path.split(os.fsencode(entry.path))
            texts = {"file": displayPath(name or folder), "folder": displayPath(folder)}
            records.append({"number": len(records), "outcome": outcome, "reason": entry.reason, **texts})
    return records


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
        self.filesTable = DICOMTableView(ReportedFilesModel(reportedRecords(report)), "Files to look at", "file")
        self.filesTable.searchBox.setPlaceholderText("Search files and reasons")
        self.filesTable.table.sortByColumn(0, Qt.AscendingOrder)
        self._build()
        self.resize(860, 460 if self._hasFiles else 200)

    @property
    def _hasFiles(self) -> bool:
        return self.filesTable.model.rowCount() > 0

    def _build(self) -> None:
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(_label(self._headline(), bold=True))
        layout.addLayout(self._countsGrid())
        if self._hasFiles:
            entries = [*self.report.skipped, *self.report.notes]
            reasons = Counter(entry.reason for entry in entries).most_common(3)
            counted = "; ".join(f"{number:,} × {reason.rstrip('.')}" for reason, number in reasons)
            summary = _label(f"Most frequent: {counted}")
            summary.setWordWrap(True)
            layout.addWidget(self.filesTable, 1)
            layout.addWidget(summary)
        else:
            self.filesTable.hide()
            layout.addStretch(1)
        buttons = QDialogButtonBox(QDialogButtonBox.Close)
        buttons.button(QDialogButtonBox.Close).setIcon(QIcon())  # some styles paint theirs for light windows
        self.copyButton = QPushButton("Copy")
        self.copyButton.setToolTip("Copy the whole report as text")
        self.copyButton.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report.asText()))
        self.saveButton = QPushButton("Save as CSV…")
        self.saveButton.clicked.connect(self._chooseFile)
        for button in (self.copyButton, self.saveButton):
            button.setAutoDefault(False)
            buttons.addButton(button, QDialogButtonBox.ActionRole)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)

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
        with open(path, "w", encoding="utf-8", newline="", errors="backslashreplace") as stream:
            stream.write(self.report.asCSV())

    def _chooseFile(self) -> None:
        dialog = QFileDialog(self, "Save import report", "import-report.csv", "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._save)
        dialog.open()

    def _save(self, path: str) -> None:
        with self._reporter.guard("save the report"):
            self.saveAsCSV(path)


def _label(text: str, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.PlainText)
    label.setTextInteractionFlags(Qt.TextSelectableByMouse)
    if bold:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label
