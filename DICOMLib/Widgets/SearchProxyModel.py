"""Shows the rows in which every word of a search text occurs, in whichever column."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QSortFilterProxyModel, Qt

from .DisplayText import searchKey


class SearchProxyModel(QSortFilterProxyModel):
    """Filters by words: all must match; case and accents do not matter.

    Sorting is left to the source model, which does it in one pass where a proxy would ask for every pair.
    """

    def __init__(self, parent=None):
        super().__init__(parent)
        self._words: list[str] = []

    @property
    def words(self) -> list[str]:
        return list(self._words)

    def setSearchText(self, text: str) -> None:
        """Show the rows that match. What is selected has to be selected again: told row by row what comes and goes,
        as the milder ``invalidateFilter`` does, a view of thousands of rows is slower than typing."""
        self._words = searchKey(text).split()
        self.invalidate()

    def shownRows(self) -> list[int]:
        """Rows of the source model that match, in its order, which is that of the rows shown."""
        source = self.sourceModel()
        return [row for row in range(source.rowCount()) if self.filterAcceptsRow(row)]

    def filterAcceptsRow(self, sourceRow: int, _sourceParent: QModelIndex | None = None) -> bool:
        if not self._words:
            return True
        text = self.sourceModel().searchText(sourceRow)
        for word in self._words:  # written out: this is asked for every row at every key
            if word not in text:
                return False
        return True

    def sort(self, column: int, order: Qt.SortOrder = Qt.AscendingOrder) -> None:
        if self.sourceModel() is not None:
            self.sourceModel().sort(column, order)
