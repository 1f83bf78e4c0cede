"""What a verification, a repair, … found and did, to be read, copied and saved."""

from __future__ import annotations

import os

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from ..Database.UpkeepReport import UpkeepReport, VerificationReport
from ..Errors import displayPath
from .BoldText import makeBold
from .DialogButtons import closeButtons
from .DICOMTableView import DICOMTableView
from .ErrorReporting import ErrorReporter
from .RecordTableModel import Column, RecordTableModel
from .ReportFile import askForReportFile, writeReport
from .WrappedLabel import WrappedLabel

_WITH_ROWS, _WITHOUT_ROWS = QSize(900, 480), QSize(560, 130)
_SCREEN_MARGIN = QSize(20, 60)


class FindingsModel(RecordTableModel):
    """One row a finding."""

    keyName = "number"
    columns = (
        Column("kind", "What", characters=13, importance=10),
        Column("file", "File", characters=20, importance=8),
        Column("text", "Details", characters=44, importance=9),
        Column("folder", "Folder", characters=22, importance=5),
    )


class UpkeepReportDialog(QDialog):
    """Stays beside the main window; work goes on while it is open."""

    repairRequested = Signal(object)
    """The user wants what this VerificationReport found to be mended."""

    def __init__(self, report: UpkeepReport, reporter: ErrorReporter, canRepair: bool = False,
                 parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("upkeepReportDialog")
        self.setWindowTitle(report.title)
        self.setModal(False)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.report = report
        self._reporter = reporter
        self.summaryLabel = WrappedLabel(report.summary())
        makeBold(self.summaryLabel)
        self.findings = DICOMTableView(FindingsModel(findingRecords(report)), "Findings", "entry", "entries")
        self.findings.table.sortByColumn(0, Qt.AscendingOrder)
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self.summaryLabel)
        layout.addWidget(self.findings, 1)
        self.findings.setVisible(bool(report.findings))
        if not report.findings:
            layout.addStretch(1)
        layout.addWidget(self._buttons(canRepair))
        self.findChild(QDialogButtonBox).button(QDialogButtonBox.Close).setFocus()  # else Enter copies
        screen = QGuiApplication.primaryScreen().availableSize()
        wanted = _WITH_ROWS if report.findings else _WITHOUT_ROWS
        self.resize(wanted.boundedTo(screen - _SCREEN_MARGIN))

    def saveTo(self, path: str) -> None:
        """Write the report, as a table when the name ends in .csv, else as text.

        :raises OSError: when the file cannot be written
        """
        contents = self.report.asCSV() if path.lower().endswith(".csv") else self.report.asText() + "\n"
        writeReport(path, contents)

    def _buttons(self, canRepair: bool) -> QDialogButtonBox:
        self.copyButton = QPushButton("Copy")
        self.copyButton.setToolTip("Copy the whole report as text")
        self.copyButton.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report.asText()))
        self.saveButton = QPushButton("Save…")
        self.saveButton.clicked.connect(self._chooseFile)
        self.repairButton = QPushButton("Repair…", self)
        self.repairButton.setToolTip("Mend what was found; nothing goes without being named")
        self.repairButton.clicked.connect(self._repair)
        isUseful = canRepair and isinstance(self.report, VerificationReport) and bool(self.report.findings)
        self.repairButton.setVisible(isUseful)
        return closeButtons(self, (self.copyButton, self.saveButton, *([self.repairButton] if isUseful else [])))

    def _repair(self) -> None:
        self.repairRequested.emit(self.report)
        self.close()

    def _chooseFile(self) -> None:
        name = f"{self.report.title.lower().replace(' ', '-')}-report.csv"
        askForReportFile(self, "Save report", name, "Table (*.csv);;Text (*.txt)", self._save)

    def _save(self, path: str) -> None:
        with self._reporter.guard("save the report"):
            self.saveTo(path)


def findingRecords(report: UpkeepReport) -> list[dict]:
    """Rows of the table."""
    records = []
    for number, finding in enumerate(report.findings):
        folder, name = os.path.split(finding.path)
        texts = {"file": displayPath(name or folder), "folder": displayPath(folder)}
        records.append({"number": number, "kind": finding.kind, "text": finding.text, **texts})
    return records
