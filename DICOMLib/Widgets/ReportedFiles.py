"""What was left out of an import, and why: kinds of reasons above, the files of the chosen kinds below."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from qtpy.QtCore import Qt, QTimer, QUrl, Signal
from qtpy.QtGui import QDesktopServices, QGuiApplication, QKeySequence
from qtpy.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QShortcut,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ..Wording import counted
from .DisplayText import numberText, searchKey
from .PiecewiseWork import PiecewiseWork
from .RecordTableModel import Column, RecordTableModel
from .RecordTableView import RecordTableView
from .ReportedFilesModel import ReportedFilesModel
from .ReportGroups import GroupsOfReport, ReportGroup

TYPING_MILLISECONDS = 150
MOST_ROWS_OF_REASONS = 5
PART_FOR_REASONS = 0.4


class ReasonsModel(RecordTableModel):
    """One row a kind of reason."""

    keyName = "number"
    columns = (
        Column("count", "Files", numberText, characters=7, importance=9, alignRight=True),
        Column("outcome", "Outcome", characters=12, importance=8),
        Column("reason", "Reason", characters=30, importance=10),
    )


class ReportedFiles(QWidget):
    """:param entries: (outcome, SkippedFile) pairs"""

    ready = Signal()
    """The files shown are those that were asked for."""

    def __init__(self, entries: Sequence[tuple[str, object]], parent: QWidget | None = None):
        super().__init__(parent)
        self._entries = entries
        self._groups: list[ReportGroup] = []
        self._collector = GroupsOfReport(entries)
        self._work = PiecewiseWork(self)
        self.model = ReportedFilesModel(entries, self)
        self.reasons = ReasonsModel(parent=self)
        self._build()
        self._connect()
        self._work.start(self._collector.collect(), self._showReasons)

    @property
    def isWorking(self) -> bool:
        """Whether grouping or searching is not finished yet."""
        return self._work.isRunning or self._typing.isActive()

    def finish(self) -> None:
        """Group and search to the end at once."""
        while self.isWorking:
            if self._typing.isActive():
                self._typing.stop()
                self._select()
            self._work.finish()

    def selectedText(self) -> str:
        """The selected files with their reasons, a line each."""
        return "\n".join(self.model.rowText(row) for row in self.files.selectedRows())

    def showInFileManager(self) -> None:
        """Open the folder of the selected file, or of the first one."""
        row = max(0, self.files.currentIndex().row())
        if row < self.model.rowCount():
            folder = os.path.dirname(os.fsdecode(self.model.entryAt(row).path))
            while folder and not os.path.isdir(folder):  # a member of an archive, or gone meanwhile
                folder = os.path.dirname(folder) if os.path.dirname(folder) != folder else ""
            QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    def _build(self) -> None:
        self.reasonsTable = RecordTableView()
        self.reasonsTable.setAccessibleName("Reasons")
        self.reasonsTable.setModel(self.reasons)
        self.reasonsTable.setColumns(self.reasons.columns)
        self.files = RecordTableView()
        self.files.setAccessibleName("Files")
        self.files.setModel(self.model)
        self.files.setColumns(self.model.columns)
        self.files.setTextElideMode(Qt.ElideMiddle)
        self.searchBox = QLineEdit()
        self.searchBox.setPlaceholderText("Search files and reasons")
        self.searchBox.setClearButtonEnabled(True)
        self.countLabel = QLabel()
        self.countLabel.setTextFormat(Qt.PlainText)
        head = QHBoxLayout()
        head.addWidget(self.countLabel)
        head.addStretch(1)
        head.addWidget(self.searchBox, 1)
        below = QWidget()
        lower = QVBoxLayout(below)
        lower.setContentsMargins(0, 4, 0, 0)
        lower.addLayout(head)
        lower.addWidget(self.files, 1)
        self.splitter = QSplitter(Qt.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.reasonsTable)
        self.splitter.addWidget(below)
        self.splitter.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _connect(self) -> None:
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self._typing.timeout.connect(self._select)
        self.searchBox.textChanged.connect(lambda _text: self._typing.start())
        self.reasonsTable.selectionModel().selectionChanged.connect(lambda *_: self._select())
        self.files.doubleClicked.connect(lambda _index: self.showInFileManager())
        self.files.customContextMenuRequested.connect(self._showMenu)
        copy = QShortcut(QKeySequence.Copy, self.files)
        copy.setContext(Qt.WidgetShortcut)
        copy.activated.connect(self._copySelected)

    def _showReasons(self) -> None:
        self._groups = self._collector.groups()
        self.reasons.setRecords(
            {"number": number, "count": len(group.entries), "outcome": group.outcome, "reason": group.reason}
            for number, group in enumerate(self._groups)
        )
        rows = min(len(self._groups), MOST_ROWS_OF_REASONS)
        self.reasonsTable.setMinimumHeight(self.reasonsTable.heightForRows(min(rows, 2)))
        self._divideRoom()
        self._select()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        self._divideRoom()

    def _divideRoom(self) -> None:
        """Reasons get what they need, the files the rest, and of little room most."""
        rows = min(len(self._groups), MOST_ROWS_OF_REASONS)
        height = min(self.reasonsTable.heightForRows(rows), int(self.height() * PART_FOR_REASONS))
        self.splitter.setSizes([height, self.height() - height])

    def _select(self) -> None:
        """Show the files of the selected kinds of reasons, of all when none is selected, that match the search."""
        chosen = self.reasonsTable.selectedRows()
        positions: Sequence[int] = range(len(self._entries))
        if chosen:
            groups = [self._groups[self.reasons.recordAt(row)["number"]] for row in chosen]
            positions = sorted(position for group in groups for position in group.entries)
        words = searchKey(self.searchBox.text()).split()
        if not words:
            self._work.stop()
            self._show(positions)
            return
        found: list[int] = []
        self._work.start(self._search(positions, words, found), lambda: self._show(found))

    def _search(self, positions: Sequence[int], words: list[str], found: list[int]) -> Iterator[None]:
        for position in positions:
            if self.model.matches(position, words):
                found.append(position)
            yield

    def _show(self, positions: Sequence[int]) -> None:
        self.model.setShown(positions)
        total = len(self._entries)
        shown = f"{len(positions):,} of " if len(positions) < total else ""
        self.countLabel.setText(f"{shown}{counted(total, 'file')}")
        self.files.placeholderText = "Nothing matches the search."
        self.files.fitColumns()
        self.ready.emit()

    def _showMenu(self, place) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.addAction("Copy", self._copySelected)
        menu.addAction("Show in file manager", self.showInFileManager)
        menu.popup(self.files.viewport().mapToGlobal(place))

    def _copySelected(self) -> None:
        text = self.selectedText()
        if text:
            QGuiApplication.clipboard().setText(text)
