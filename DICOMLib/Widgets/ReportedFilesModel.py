"""Files of an import report as a table that makes no row before it is seen."""

from __future__ import annotations

import os
from collections.abc import Sequence

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt

from ..Errors import displayPath
from .DisplayText import plainText, searchKey, toolTipText
from .RecordTableModel import Column

FILE, FOLDER, REASON = range(3)


class ReportedFilesModel(QAbstractTableModel):
    """:param entries: (outcome, SkippedFile) pairs; all are shown until :meth:`setShown`"""

    columns = (
        Column("file", "File", characters=22, importance=9),
        Column("folder", "Folder", characters=24, importance=7),
        Column("reason", "Reason", characters=26, importance=10),
    )

    def __init__(self, entries: Sequence[tuple[str, object]], parent=None):
        super().__init__(parent)
        self._entries = entries
        self._shown: Sequence[int] = range(len(entries))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole) -> object:
        if orientation != Qt.Horizontal or not 0 <= section < len(self.columns):
            return None
        if role == Qt.TextAlignmentRole:
            return int(Qt.AlignLeft | Qt.AlignVCenter)
        return self.columns[section].title if role == Qt.DisplayRole else None

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        if not index.isValid() or role not in (Qt.DisplayRole, Qt.ToolTipRole):
            return None
        text = self._text(self.entryAt(index.row()), index.column())
        return toolTipText(text) if role == Qt.ToolTipRole else text

    def isAutomatic(self, _section: int) -> bool:
        """Whether a column is shown when there is room for it: as :meth:`RecordTableModel.isAutomatic`."""
        return True

    def entryAt(self, row: int) -> object:
        """The SkippedFile of a row."""
        return self._entries[self._shown[row]][1]

    def setShown(self, positions: Sequence[int]) -> None:
        """Show these entries only, in this order."""
        self.beginResetModel()
        self._shown = positions
        self.endResetModel()

    def matches(self, position: int, words: Sequence[str]) -> bool:
        """Whether path and reason of an entry hold all words, which are search keys."""
        entry = self._entries[position][1]
        text = searchKey(f"{displayPath(entry.path)}\n{entry.reason}")
        return all(word in text for word in words)

    def rowText(self, row: int) -> str:
        """Path and reason with a tab between, for the clipboard."""
        entry = self.entryAt(row)
        return f"{displayPath(entry.path)}\t{plainText(entry.reason)}"

    @staticmethod
    def _text(entry, column: int) -> str:
        if column == REASON:
            return plainText(entry.reason)
        folder, name = os.path.split(os.fsencode(entry.path))
        return displayPath(folder if column == FOLDER else name or folder)
