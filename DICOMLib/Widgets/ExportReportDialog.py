"""What was exported, where it is, what was rounded, and what became of the source's attributes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, QUrl, Signal
from qtpy.QtGui import QDesktopServices, QGuiApplication
from qtpy.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ..Errors import displayPath
from .BoldText import makeBold
from .DialogButtons import closeButtons
from .DICOMTableView import DICOMTableView
from .DisplayText import plainText
from .RecordTableModel import Column, RecordTableModel
from .WrappedLabel import WrappedLabel

if TYPE_CHECKING:
    from ..Export.Exporting import ExportReport
    from ..Export.SeriesExport import ExportedSeries

USUAL_SIZE = QSize(880, 500)
SCREEN_MARGIN = QSize(24, 60)
MOST_ROWS_SEEN = 6
HEAD_HEIGHT = 40  # title and search field of the table
AS_WRITTEN = -1  # no column
NO_DIFFERENCE = "It has no source whose attributes could have been carried over."


class ExportedSeriesModel(RecordTableModel):
    """One row a series."""

    keyName = "number"
    columns = (
        Column("name", "Series", characters=24, importance=10),
        Column("kind", "Written as", characters=26, importance=9),
        Column("files", "Files", characters=6, importance=8),
        Column("error", "Rounding error", characters=12, importance=7),
    )


class SeriesInFoldersModel(ExportedSeriesModel):
    """With the folder of each below that of the export."""

    columns = (*ExportedSeriesModel.columns, Column("folder", "Folder", characters=16, importance=5))


class ExportReportDialog(QDialog):
    """Stays beside the main window."""

    browserRequested = Signal(list)
    """SeriesInstanceUIDs that are to be shown in the browser."""

    def __init__(self, report: ExportReport, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportReportDialog")
        self.setWindowTitle("Exported to DICOM")
        self.setModal(False)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.report = report
        self.summaryLabel = WrappedLabel(report.summary())
        makeBold(self.summaryLabel)
        self.notesLabel = WrappedLabel("\n".join(report.notes))
        if not report.notes:
            self.notesLabel.hide()
        modelClass = SeriesInFoldersModel if report.folder else ExportedSeriesModel
        self.series = DICOMTableView(modelClass(), "Series", "series", "series")
        self.series.table.sortByColumn(AS_WRITTEN, Qt.AscendingOrder)
        self.series.setRecords(seriesRecords(report))
        self.series.selectKeys([0])
        self.differenceLabel = QLabel()
        self.differenceLabel.setTextFormat(Qt.PlainText)
        self.difference = QPlainTextEdit(readOnly=True, objectName="exportDifference")
        self.difference.setAccessibleName("Attributes of the source")
        self.difference.setLineWrapMode(QPlainTextEdit.NoWrap)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.summaryLabel)
        layout.addWidget(self.notesLabel)
        layout.addWidget(self._content(), 1)
        layout.addWidget(self._buttons())
        self.series.selectionChanged.connect(self._showDifference)
        self._showDifference()
        self.findChild(QDialogButtonBox).button(QDialogButtonBox.Close).setFocus()
        screen = QGuiApplication.primaryScreen().availableSize()
        self.resize(USUAL_SIZE.boundedTo(screen - SCREEN_MARGIN))

    def openFolder(self) -> None:
        """Show the folder in the file manager; where the system has none, its path can be pasted elsewhere."""
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(self.report.folder)):
            QGuiApplication.clipboard().setText(self.report.folder)
            self.placeButton.setText("Path copied")
            self.placeButton.setToolTip("The system has no program that shows folders; the path is on the clipboard")

    def copy(self) -> None:
        """Put the whole report on the clipboard."""
        QGuiApplication.clipboard().setText(self.report.asText())

    def _content(self) -> QSplitter:
        lower = QWidget()
        rows = QVBoxLayout(lower)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.differenceLabel)
        rows.addWidget(self.difference, 1)
        splitter = QSplitter(Qt.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.series)
        splitter.addWidget(lower)
        splitter.setStretchFactor(1, 1)
        rows = min(len(self.report.results), MOST_ROWS_SEEN)
        splitter.setSizes([self.series.table.heightForRows(rows) + HEAD_HEIGHT, USUAL_SIZE.height()])
        return splitter

    def _buttons(self) -> QDialogButtonBox:
        self.copyButton = QPushButton("Copy")
        self.copyButton.setToolTip("Copy the whole report as text")
        self.copyButton.clicked.connect(lambda _checked: self.copy())
        isFolder = bool(self.report.folder)
        self.placeButton = QPushButton("Open folder" if isFolder else "Show in browser")
        self.placeButton.clicked.connect(lambda _checked: self.openFolder() if isFolder else self._showInBrowser())
        isHere = self.report.sendReport is None  # a box shows all of its buttons, hidden ones as well
        return closeButtons(self, (self.copyButton, *([self.placeButton] if isHere else [])))

    def _showInBrowser(self) -> None:
        self.browserRequested.emit([result.seriesInstanceUID for result in self.report.results])

    def _showDifference(self) -> None:
        result = self._selected()
        name = "" if result is None else plainText(result.name)
        self.differenceLabel.setText(f"Attributes of the source in {name}:" if name else "Attributes of the source:")
        self.difference.setPlainText((result.difference if result is not None else "") or NO_DIFFERENCE)

    def _selected(self) -> ExportedSeries | None:
        """The series that is selected, or the first."""
        records = self.series.selectedRecords()
        number = records[0]["number"] if records else 0
        return self.report.results[number] if self.report.results else None


def seriesRecords(report: ExportReport) -> Sequence[dict]:
    """Rows of the table."""
    return [
        {
            "number": number,
            "name": plainText(result.name),
            "kind": plainText(result.storageName),
            "files": result.files,
            "error": plainText(result.errorText()) or "none",
            "folder": displayPath(_below(report.folder, result.folder)) if report.folder else "",
        }
        for number, result in enumerate(report.results)
    ]


def _below(folder: str, path: str) -> str:
    """What leads from a folder to a path in it; "" for itself."""
    return "" if path == folder else os.path.relpath(path, folder)
