"""How the browser's columns are shown, kept with the database. Method names are those of Slicer's database."""

from __future__ import annotations

from .DatabasePart import DatabasePart

_DEFAULTS = {"displayedName": "", "visible": 1, "weight": 0, "format": ""}


class DisplayedFields(DatabasePart):
    """A column is named by its table ("Patients", "Studies", "Series") and its field. What was never set is "" or 0,
    and visible."""

    def displayedNameForField(self, table: str, field: str) -> str:
        """The column's heading; the field's own name when none was set."""
        return self._property(table, field, "displayedName") or field

    def setDisplayedNameForField(self, table: str, field: str, displayedName: str) -> None:
        self._setProperty(table, field, "displayedName", displayedName)

    def visibilityForField(self, table: str, field: str) -> bool:
        return bool(self._property(table, field, "visible"))

    def setVisibilityForField(self, table: str, field: str, visibility: bool) -> None:
        self._setProperty(table, field, "visible", int(visibility))

    def weightForField(self, table: str, field: str) -> int:
        """Columns are ordered by weight, light ones first."""
        return self._property(table, field, "weight")

    def setWeightForField(self, table: str, field: str, weight: int) -> None:
        self._setProperty(table, field, "weight", int(weight))

    def formatForField(self, table: str, field: str) -> str:
        """JSON with "resizeMode" and "sort", as in Slicer."""
        return self._property(table, field, "format")

    def setFormatForField(self, table: str, field: str, format: str) -> None:
        self._setProperty(table, field, "format", format)

    def _property(self, table: str, field: str, name: str) -> object:
        return self._single(
            f"SELECT {name} FROM displayedColumns WHERE tableName = ? AND fieldName = ?",
            table,
            field,
            default=_DEFAULTS[name],
        )

    def _setProperty(self, table: str, field: str, name: str, value: object) -> None:
        values = {**_DEFAULTS, name: value}
        with self.connections().writing() as connection:
            connection.execute(
                "INSERT INTO displayedColumns VALUES(?, ?, :displayedName, :visible, :weight, :format)".replace(
                    "?, ?", ":table, :field"
                )
                + f" ON CONFLICT DO UPDATE SET {name} = excluded.{name}",
                {**values, "table": table, "field": field},
            )
        self.notify("changed")
