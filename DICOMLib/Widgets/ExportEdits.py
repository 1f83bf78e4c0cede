"""What the user has typed into the tables of tags, so that another choice of data or type does not lose it. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..Export.ExportTags import TagTable


class ExportEdits:
    """Values by what they belong to: a study, its patient, or an item."""

    def __init__(self):
        self._values: dict[tuple[str, int], dict[str, str]] = {}

    def __bool__(self) -> bool:
        return bool(self._values)

    def remember(self, table: TagTable, studyItem: int, keyword: str, value: str) -> None:
        """:param studyItem: the study whose series the tables are of"""
        self._values.setdefault(_key(table, studyItem), {})[keyword] = value

    def apply(self, tables: Sequence[TagTable], studyItem: int) -> None:
        """Set in new tables what was typed into earlier ones for the same items."""
        for table in tables:
            known = {row.keyword for row in table.rows}
            for keyword, value in self._values.get(_key(table, studyItem), {}).items():
                if keyword in known:
                    table.setValue(keyword, value)


def _key(table: TagTable, studyItem: int) -> tuple[str, int]:
    isSeries = table.level == "series"
    return table.level, table.exportables[0].subjectHierarchyItemID if isSeries else studyItem
