"""What is shown of a series where that is not what a tag says: rules, which programs may add to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..Tags import tagText
from .Browse import BrowserRows
from .DatabasePart import inGroups, placeholders
from .StoredHeader import parsedReference

Rule = Callable[[Mapping[str, object], Mapping[str, str]], Mapping[str, object]]
"""Row as it is, values of the series' first instance ("GGGG,EEEE" → text) → fields of the row to show instead."""

# Modality → where radiotherapy objects have their names, the better ones first, and what stands for none.
_RADIOTHERAPY_NAMES = {
    "RTPLAN": (("RTPlanName", "RTPlanLabel"), "Unnamed RT Plan"),
    "RTSTRUCT": (("StructureSetName", "StructureSetLabel"), "Unnamed RT Structure Set"),
    "RTIMAGE": (("RTImageName", "RTImageLabel"), "Unnamed RT Image"),
}


def radiotherapyDescription(row: Mapping[str, object], values: Mapping[str, str]) -> Mapping[str, object]:
    """Plans, structure sets and images of radiotherapy are known by their own names; Slicer shows those too."""
    keywords, unnamed = _RADIOTHERAPY_NAMES[str(row["Modality"])]
    names = (values.get(tagText(keyword), "").strip() for keyword in keywords)
    return {"SeriesDescription": next(filter(None, names), "") or row["SeriesDescription"] or unnamed}


class DisplayedSeries(BrowserRows):
    """Applies the rules when rows are read, so that they hold for what was imported before too."""

    def __init__(self):
        super().__init__()
        self._rules: list[tuple[frozenset[str], Rule]] = [(frozenset(_RADIOTHERAPY_NAMES), radiotherapyDescription)]

    def addDisplayedFieldRule(self, rule: Rule, modalities: Sequence[str] = ()) -> None:
        """Change what :meth:`seriesRows` shows of a series. A later rule sees what earlier ones have changed.

        :param rule: gets the row and the values of the series' first instance that are kept at import; returns the
            fields of the row to show instead
        :param modalities: of the series that the rule is for; none stands for all
        """
        self._rules.append((frozenset(modalities), rule))
        self.notify("changed")

    def seriesRows(self, studyUIDs: Sequence[str]) -> list[dict]:
        """As :meth:`BrowserRows.seriesRows`, with the rules applied."""
        rows = super().seriesRows(studyUIDs)
        concerned = [row for row in rows if any(self._isFor(rule, row) for rule in self._rules)]
        values = self._referenceValues([row["SeriesInstanceUID"] for row in concerned])
        for row in concerned:
            for rule in self._rules:
                if self._isFor(rule, row):
                    row.update(rule[1](row, values.get(row["SeriesInstanceUID"], {})))
        return rows

    @staticmethod
    def _isFor(rule: tuple[frozenset[str], Rule], row: Mapping[str, object]) -> bool:
        return not rule[0] or row["Modality"] in rule[0]

    def _referenceValues(self, seriesUIDs: Sequence[str]) -> dict[str, Mapping[str, str]]:
        found = {}
        with self._reading() as connection:
            for group in inGroups(seriesUIDs):
                rows = connection.execute(
                    "SELECT SeriesInstanceUID, referenceValues FROM series WHERE SeriesInstanceUID IN"
                    f" ({placeholders(len(group))})",
                    group,
                )
                found.update((uid, parsedReference(text)) for uid, text in rows)
        return found
