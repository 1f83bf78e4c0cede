"""Methods that scripts written for Slicer's database call, beside those in the other parts of the class."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from ..Files.FileTimes import modifiedTimeOf
from ..PersonNames import displayedName
from ..TagPaths import parsedPath
from .DatabasePart import PATH_COLUMNS, PATH_TABLES
from .Hierarchy import Hierarchy

# Slicer's signals, without their arguments → our events (see ``DatabasePart.addObserver``).
_EVENTS_OF_SIGNALS = {
    "databaseChanged": ("changed",),
    "patientAdded": ("patientAdded",),
    "studyAdded": ("seriesAdded",),
    "seriesAdded": ("seriesAdded",),
    "instanceAdded": ("changed",),
    "patientRemoved": ("removed",),
    "studyRemoved": ("removed",),
    "seriesRemoved": ("removed",),
    "displayedFieldsUpdated": ("changed",),
}
_NANOSECONDS = 1_000_000_000


class SlicerNames(Hierarchy):
    """What is answered the same way in Slicer; each docstring says where ours differs."""

    def __init__(self):
        super().__init__()
        self._loadedSeries: tuple[str, ...] = ()
        self._connected: dict[tuple[str, Callable[[], None]], int] = {}

    @staticmethod
    def compositePatientID(patientID: str, patientsName: str, patientsBirthDate: str) -> str:
        """ID~birthdate~name, a text that is the same for the same three."""
        return f"{patientID}~{patientsBirthDate}~{patientsName}"

    @staticmethod
    def tagToGroupElement(tag: str) -> tuple[int, int]:
        """Group and element of "gggg,eeee" or of a keyword.

        :raises TagPathError: when it is neither
        """
        number = parsedPath(tag).last.number
        return number >> 16, number & 0xFFFF

    @staticmethod
    def groupElementToTag(group: int, element: int) -> str:
        """GGGG,EEEE in upper case."""
        return str(parsedPath((group, element)))

    def displayedNameForPatient(self, patientUID: str) -> str:
        """The name as people read it: "Last, First Middle, Suffix (Prefix)"."""
        return displayedName(self.nameForPatient(patientUID))

    def descriptionsForFile(self, path: str | bytes | os.PathLike) -> dict[str, str]:
        """SeriesDescription, StudyDescription and PatientsName of a file; empty when it is not in the database."""
        seriesUID = self.seriesForFile(path)
        if not seriesUID:
            return {}
        studyUID = self.studyForSeries(seriesUID)
        return {
            "SeriesDescription": self.descriptionForSeries(seriesUID),
            "StudyDescription": self.descriptionForStudy(studyUID),
            "PatientsName": self.nameForPatient(self.patientForStudy(studyUID)),
        }

    def allFilesModifiedTimes(self) -> dict[str, datetime]:
        """Path → when the file had been changed last when it was imported, in UTC."""
        with self._reading() as connection:
            rows = connection.execute(f"SELECT {PATH_COLUMNS}, modifiedTime FROM {PATH_TABLES}").fetchall()
        return {
            os.fsdecode(self.pathOfRow(row)): datetime.fromtimestamp(row[3] / _NANOSECONDS, timezone.utc)
            for row in rows
        }

    def fileExistsAndUpToDate(self, path: str | bytes | os.PathLike) -> bool:
        """Whether the database knows the file as it is on the disk now, by size and time."""
        absolute = os.path.abspath(os.fsencode(path))
        folder, name = os.path.split(absolute)
        try:
            status = os.stat(absolute)
        except OSError:
            return False
        return bool(self._firstColumn(
            "SELECT 1 FROM instances WHERE folderID = (SELECT id FROM folders WHERE path = ?) AND name = ?"
            " AND fileSize = ? AND modifiedTime = ?",
            folder, name, status.st_size, modifiedTimeOf(status),
        ))  # fmt: skip

    @property
    def loadedSeriesInstanceUIDs(self) -> tuple[str, ...]:
        """Series that the application has loaded; the application says so."""
        return self._loadedSeries

    @loadedSeriesInstanceUIDs.setter
    def loadedSeriesInstanceUIDs(self, seriesUIDs: Iterable[str]) -> None:
        self._loadedSeries = tuple(seriesUIDs)

    def setLoadedSeriesInstanceUIDs(self, seriesUIDs: Iterable[str]) -> None:
        """As setting :attr:`loadedSeriesInstanceUIDs`."""
        self.loadedSeriesInstanceUIDs = seriesUIDs

    def databaseChanged(self) -> None:
        """Tell everybody who shows the database to read it again."""
        self.notify("changed")

    def updateDisplayedFields(self) -> None:
        """Tell everybody who shows the database to read it again; what is displayed is computed when it is read."""
        self.notify("changed")

    def connect(self, signal: str, callback: Callable[[], None]) -> bool:
        """Call back after a change, by the name of Slicer's signal, "databaseChanged()" or "seriesAdded(QString)".

        The callback gets no arguments and runs on the thread that made the change.

        :returns: False for a signal that is never sent
        """
        events = _EVENTS_OF_SIGNALS.get(signal.partition("(")[0])
        if events is None:
            return False
        self.disconnect(signal, callback)
        token = self.addObserver(lambda event: callback() if event in events else None)
        self._connected[signal, callback] = token
        return True

    def disconnect(self, signal: str, callback: Callable[[], None]) -> bool:
        """End what :meth:`connect` began. :returns: False when it had not"""
        token = self._connected.pop((signal, callback), None)
        if token is not None:
            self.removeObserver(token)
        return token is not None
