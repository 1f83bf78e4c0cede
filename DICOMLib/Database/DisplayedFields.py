"""How the browser's columns are shown, kept with the database. Method names are those of Slicer's database."""

from __future__ import annotations

from .DatabasePart import DatabasePart
from .Hierarchy import SLICER_NAMES

# How the visibility of a column is kept: hidden, as the table thinks best, shown.
HIDDEN, AUTOMATIC, SHOWN = range(3)
_DEFAULTS = {"displayedName": "", "visible": AUTOMATIC, "weight": 0, "format": ""}
# Slicer's names of columns that are computed → the keys of the browser's rows.
_KEYS_OF_ROWS = {
    "DisplayedPatientsName": "PatientName",
    "DisplayedNumberOfStudies": "studyCount",
    "DisplayedStudyDate": "lastStudyDate",
    "DisplayedNumberOfSeries": "seriesCount",
    "DisplayedCount": "instanceCount",
    "DisplayedNumberOfFrames": "frameCount",
    "DisplayedSize": "size",
}


def keyOfColumn(table: str, field: str) -> str:
    """The key of the browser's rows for a column's name, Slicer's or ours."""
    if table != "Patients" and field == "DisplayedStudyDate":
        return "StudyDate"
    return _KEYS_OF_ROWS.get(field) or SLICER_NAMES.get(field, field)


class DisplayedFields(DatabasePart):
    """A column is named by its table ("Patients", "Studies", "Series") and its field. What was never set is "" or 0,
    and visible."""

    def displayedNameForField(self, table: str, field: str) -> str:
        """The column's heading; the field's own name when none was set."""
        return self._property(table, field, "displayedName") or field

    def setDisplayedNameForField(self, table: str, field: str, displayedName: str) -> None:
        """Set the column's heading; "" returns to the field's own name."""
        self._setProperty(table, field, "displayedName", displayedName)

    def visibilityForField(self, table: str, field: str) -> bool:
        """Whether the column is shown."""
        return bool(self._property(table, field, "visible"))

    def setVisibilityForField(self, table: str, field: str, visibility: bool) -> None:
        """Show or hide the column."""
        self._setProperty(table, field, "visible", SHOWN if visibility else HIDDEN)

    def weightForField(self, table: str, field: str) -> int:
        """Columns are ordered by weight, light ones first."""
        return self._property(table, field, "weight")

    def setWeightForField(self, table: str, field: str, weight: int) -> None:
        """Set the column's place among the others."""
        self._setProperty(table, field, "weight", int(weight))

    def formatForField(self, table: str, field: str) -> str:
        """JSON with "resizeMode" and "sort", as in Slicer."""
        return self._property(table, field, "format")

    def setFormatForField(self, table: str, field: str, format: str) -> None:
        """Set how the column is sized and sorted."""
        self._setProperty(table, field, "format", format)

    def columnSettings(self, table: str) -> dict[str, dict[str, object]]:
        """All columns of a table for which something was set: key of the browser's rows → displayedName, visible,
        weight, format."""
        rows = self._dictionaries("SELECT * FROM displayedColumns WHERE tableName = ?", (table,))
        return {row["fieldName"]: {name: row[name] for name in _DEFAULTS} for row in rows}

    def _property(self, table: str, field: str, name: str) -> object:
        field = keyOfColumn(table, field)
        return self._single(
            f"SELECT {name} FROM displayedColumns WHERE tableName = ? AND fieldName = ?",
            table,
            field,
            default=_DEFAULTS[name],
        )

    def _setProperty(self, table: str, field: str, name: str, value: object) -> None:
        values = {**_DEFAULTS, name: value}
        field = keyOfColumn(table, field)
        with self.connections().writing() as connection:
            connection.execute(
                "INSERT INTO displayedColumns(tableName, fieldName, displayedName, visible, weight, format)"
                f" VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET {name} = excluded.{name}",
                (table, field, *values.values()),
            )
        self.notify("changed")
