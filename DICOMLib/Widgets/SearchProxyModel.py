"""Shows the rows in which every word of a search text occurs, in whichever column."""

from __future__ import annotations

from qtpy.QtCore import QModelIndex, QSortFilterProxyModel, Qt

from .DisplayText import searchKey
from .RecordTableModel import SEARCH_ROLE


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
        self._words = searchKey(text).split()
        self.invalidateFilter()

    def filterAcceptsRow(self, sourceRow: int, sourceParent: QModelIndex) -> bool:
        if not self._words:
            return True
        model = self.sourceModel()
        text = model.data(model.index(sourceRow, 0, sourceParent), SEARCH_ROLE)
        return all(word in text for word in self._words)

    def sort(self, column: int, order: Qt.SortOrder = Qt.AscendingOrder) -> None:
        if self.sourceModel() is not None:
            self.sourceModel().sort(column, order)
