"""The choices: what each plugin offers for the selected series, why, and check boxes to choose by."""

from __future__ import annotations

from qtpy.QtCore import QItemSelectionModel, Qt, Signal
from qtpy.QtGui import QGuiApplication
from qtpy.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSplitter,
    QStyle,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ..Wording import counted
from .BoldText import makeBold
from .Icons import namedIcon
from .LoadablesModel import CONFIDENCE, FILES, NAME, READER, WARNING, LoadablesModel, offerExplanation
from .LoadingChoices import LoadingChoices

WIDTH_FOR_ALL_COLUMNS = 620
FEWEST_ROWS, MOST_ROWS = 2, 8
FEWEST_LINES = 6  # of the explanation: title, warning and the first rules are seen without scrolling


class LoadablesTable(QWidget):
    """Shows a dictionary plugin → loadables; :attr:`loadRequested` asks to load what is ticked."""

    loadRequested = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("loadablesTable")
        self.model = LoadablesModel(namedIcon("Warning", self.palette(), QStyle.SP_MessageBoxWarning), self)
        self._build()
        self.model.checksChanged.connect(self._updateButtons)
        self.table.selectionModel().currentRowChanged.connect(lambda current, _previous: self._explain(current.row()))
        self._updateButtons()

    def setLoadables(self, loadablesByPlugin: dict) -> None:
        """Show these choices and explain the first."""
        self.model.setLoadables(loadablesByPlugin)
        if self.model.rowCount():
            first = self.model.index(0, NAME)
            whole = QItemSelectionModel.ClearAndSelect | QItemSelectionModel.Rows
            self.table.selectionModel().setCurrentIndex(first, whole)
        self._explain(0)
        rows = self._tableHeight(min(max(self.model.rowCount(), FEWEST_ROWS), MOST_ROWS))
        self.splitter.setSizes([rows, max(self.splitter.height() - rows, 1)])

    def _tableHeight(self, rows: int) -> int:
        """Of a table that shows so many rows."""
        header = self.table.horizontalHeader().sizeHint().height()
        return header + rows * self.table.verticalHeader().defaultSectionSize() + 2 * self.table.frameWidth()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        # A narrow panel has the icon beside the name and the pane below to tell of warnings.
        for column in (FILES, WARNING):
            self.table.setColumnHidden(column, self.width() < WIDTH_FOR_ALL_COLUMNS)

    def _build(self) -> None:
        self.table = QTableView(objectName="loadables")
        self.table.setModel(self.model)
        self.table.setSelectionBehavior(QAbstractItemView.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditKeyPressed | QAbstractItemView.DoubleClicked)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTextElideMode(Qt.ElideMiddle)  # names of one series differ at their ends
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 6)
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(NAME, QHeaderView.Stretch)
        header.setSectionResizeMode(WARNING, QHeaderView.Stretch)
        for column in (READER, CONFIDENCE, FILES):
            header.setSectionResizeMode(column, QHeaderView.ResizeToContents)
        self.explanation = QPlainTextEdit(readOnly=True, objectName="loadableExplanation")
        self.explanation.setPlaceholderText("Select a row to see why it would be read this way.")
        rowHeight = self.table.verticalHeader().defaultSectionSize()
        self.table.setMinimumHeight(self._tableHeight(FEWEST_ROWS))
        self.explanation.setMinimumHeight(FEWEST_LINES * rowHeight)
        self.choices = LoadingChoices()
        self.choices.decided.connect(self._onDecided)
        self.splitter = splitter = QSplitter(Qt.Vertical)
        splitter.addWidget(self.table)
        splitter.addWidget(self.explanation)
        splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 0)
        layout.setSpacing(3)
        layout.addLayout(self._headRow())
        layout.addWidget(splitter, 1)
        layout.addWidget(self.choices)
        layout.addLayout(self._buttonRow())

    def _headRow(self) -> QHBoxLayout:
        title = QLabel("Loading choices", objectName="tableTitle")
        makeBold(title)
        self.closeButton = QToolButton(text="Close", toolTip="Hide the loading choices")
        self.closeButton.setAutoRaise(True)
        self.closeButton.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self.closeButton)
        return row

    def _buttonRow(self) -> QHBoxLayout:
        self.loadButton = QPushButton("Load checked", objectName="loadCheckedButton")
        self.loadButton.clicked.connect(self.loadRequested)
        self.uncheckButton = QPushButton("Uncheck all")
        self.uncheckButton.clicked.connect(self.model.uncheckAll)
        self.copyButton = QPushButton("Copy explanation")
        self.copyButton.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.explanation.toPlainText()))
        row = QHBoxLayout()
        row.addWidget(self.copyButton)
        row.addStretch(1)
        row.addWidget(self.uncheckButton)
        row.addWidget(self.loadButton)
        return row

    def _explain(self, row: int) -> None:
        offer = self.model.offer(row)
        self.explanation.setPlainText(offerExplanation(offer) if offer else "")
        self.copyButton.setEnabled(offer is not None)
        self.choices.setOffer(offer)

    def _onDecided(self) -> None:
        """What the plugin makes of the decision: other files, another warning, another explanation."""
        row = self.table.currentIndex().row()
        self.model.dataChanged.emit(self.model.index(row, NAME), self.model.index(row, WARNING))
        offer = self.model.offer(row)
        self.explanation.setPlainText(offerExplanation(offer) if offer else "")

    def _updateButtons(self) -> None:
        checked = self.model.checkedCount()
        self.loadButton.setEnabled(checked > 0)
        self.loadButton.setToolTip(f"Load {counted(checked, 'item')}" if checked else "Tick what to load")
        self.uncheckButton.setEnabled(checked > 0)
