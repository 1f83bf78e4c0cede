"""How a database wants the columns of the browser's tables: names, visibility, order, widths, sorting.

Scripts set it with the database's methods, as in Slicer; it is kept in the database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QHeaderView

from ..Database.DisplayedFields import AUTOMATIC
from .DICOMTableView import DICOMTableView

_RESIZE_MODES = {
    "interactive": QHeaderView.Interactive,
    "fixed": QHeaderView.Fixed,
    "stretch": QHeaderView.Stretch,
    "resizetocontents": QHeaderView.ResizeToContents,
}
_ORDERS = {"ascending": Qt.AscendingOrder, "descending": Qt.DescendingOrder}


class ColumnSettings:
    """Brings one table in line with what the database says. What was set before and has not changed is left as the user
    arranged it since."""

    def __init__(self, view: DICOMTableView):
        self._view = view
        self._applied: Mapping[str, Mapping[str, object]] = {}

    def apply(self, settings: Mapping[str, Mapping[str, object]]) -> None:
        """
        :param settings: what ``DICOMDatabase.columnSettings`` gives for this table
        """
        if settings == self._applied:
            return
        before, self._applied = self._applied, dict(settings)
        for index, column in enumerate(self._view.model.columns):
            wanted, had = settings.get(column.key, {}), before.get(column.key, {})
            if wanted.get("displayedName", "") != had.get("displayedName", ""):
                self._view.model.setTitle(index, str(wanted.get("displayedName", "")))
            visible = wanted.get("visible", AUTOMATIC)
            if visible != had.get("visible", AUTOMATIC) and visible != AUTOMATIC:
                self._view.table.setColumnShown(index, bool(visible))
            if wanted.get("format", "") != had.get("format", ""):
                self._applyFormat(index, str(wanted.get("format", "")))
        self._arrange(settings)
        self._view.table.fitColumns()

    def _applyFormat(self, index: int, text: str) -> None:
        try:
            form = json.loads(text or "{}")
        except ValueError:
            return  # a format that is none changes nothing, as in Slicer
        if not isinstance(form, dict):
            return
        table = self._view.table
        mode = _RESIZE_MODES.get(str(form.get("resizeMode", "")).lower())
        if mode is not None:
            table.horizontalHeader().setSectionResizeMode(index, mode)
        order = _ORDERS.get(str(form.get("sort", "")).lower())
        if order is not None:
            table.sortByColumn(index, order)

    def _arrange(self, settings: Mapping[str, Mapping[str, object]]) -> None:
        """Columns by weight, light ones first; those of equal weight as they are without settings."""
        columns = self._view.model.columns
        weights = [settings.get(column.key, {}).get("weight", 0) for column in columns]
        header = self._view.table.horizontalHeader()
        for place, index in enumerate(sorted(range(len(columns)), key=lambda index: (weights[index], index))):
            header.moveSection(header.visualIndex(index), place)
