"""The rows of one batch, inside its transaction."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable

from ..Files.Completeness import UNMARKED_END
from ..Files.Header import Header
from ..Tags import tagText
from .DatabasePart import folderAndName, inGroups, placeholders
from .FrameValues import packed
from .Hierarchy import PATIENT_FIELDS, SERIES_FIELDS, STUDY_FIELDS
from .Identity import patientIdentity
from .ImportReport import ImportReport
from .PatientDetails import addWhatDiffers
from .Placement import Action, Placement
from .Removal import removeIfEmpty
from .StoredHeader import SOP_INSTANCE_UID, SeriesReference, asText, differencesText, parsedReference, storedValues
from .StoreSession import StagedFile

_STUDY_UID, _SERIES_UID = tagText("StudyInstanceUID"), tagText("SeriesInstanceUID")
_INSTANCE_NUMBER, _FRAMES = tagText("InstanceNumber"), tagText("NumberOfFrames")
_LARGEST_INTEGER = 2**63 - 1
_LARGEST_COUNT = 2**31 - 1  # what VR IS allows (PS3.5 6.2); sums of such numbers fit in a column
_COLUMNS = (
    "SOPInstanceUID", "seriesKey", "instanceNumber", "frames", "folderID", "name", "fileSize", "modifiedTime",
    "digest", "pixelDataOffset", "pixelDataLength", "truncated", "tagSetID", "differingValues", "insertTimestamp",
)
_INSERT = f"INSERT INTO instances({','.join(_COLUMNS)}) VALUES({placeholders(len(_COLUMNS))})"


class BatchRows:
    """Adds instances and what is above them. Each series is looked up once.

    :param outcome: counts and lists what was done; it holds only when the transaction is committed
    :param tagSet: the tags the import looked for, as ``TagValues.tagSetText`` writes them

    :ivar touched: numbers of the series that instances were placed in
    """

    def __init__(self, connection: sqlite3.Connection, outcome: ImportReport, tagSet: str):
        self._connection = connection
        self._outcome = outcome
        self._now = int(time.time())
        self._tagSetID = self._idOf("tagSets", "tags", tagSet)
        self._folderIDs: dict[bytes, int] = {}
        self._series: dict[str, tuple[int, SeriesReference]] = {}
        self._rows: dict[tuple[int, bytes], tuple] = {}
        self._newFolders: set[int] = set()
        self._added: dict[int, list[int]] = defaultdict(lambda: [0, 0])
        self.touched: set[int] = set()

    def place(self, placement: Placement, copy: StagedFile | None) -> None:
        """Carry out what was decided for one file.

        :param copy: the file's copy; None when it is linked to
        """
        header = placement.header
        if placement.action is Action.SKIP:
            self._outcome.addSkipped(header.path, placement.reason)
        elif placement.action is Action.UNCHANGED:
            self._outcome.instancesUnchanged += 1
            if placement.seriesKey:
                self.touched.add(placement.seriesKey)
        else:
            isNew = placement.action is Action.ADD or not self._removeInstance(header.values[SOP_INSTANCE_UID])
            self._insert(header, copy)
            if isNew:
                self._outcome.instancesAdded += 1
            else:
                self._outcome.instancesUpdated += 1

    def finish(self) -> None:
        """Add what is left to add, and bring the counts of the series up to date. One that all its files have left for
        another series goes."""
        self.addPlaced()
        for seriesKey, (instances, frames) in self._added.items():
            self._connection.execute(
                "UPDATE series SET instanceCount = instanceCount + ?, frameCount = frameCount + ? WHERE id = ?",
                (instances, frames, seriesKey),
            )
            if instances <= 0 and removeIfEmpty(self._connection, seriesKey):
                self.touched.discard(seriesKey)

    def digestsReplacedBy(self, placements: list[Placement]) -> list[bytes]:
        """SHA-256 of copies whose row is taken by another file."""
        uids = [item.header.values[SOP_INSTANCE_UID] for item in placements if item.action is Action.REPLACE]
        found = []
        for group in inGroups(uids):
            query = f"SELECT digest FROM instances WHERE SOPInstanceUID IN ({placeholders(len(group))})"
            found += [row[0] for row in self._connection.execute(query, group) if row[0] is not None]
        return found

    def addPlaced(self) -> None:
        """Add the rows of the files placed so far; until then they are collected, because many at once take less."""
        rows, self._rows = self._rows, {}
        self._forgetFormerFiles(rows)
        self._newFolders.clear()
        self._connection.executemany(_INSERT, rows.values())

    def _insert(self, header: Header, copy: StagedFile | None) -> None:
        values = header.values
        seriesKey, reference = self._seriesOf(header)
        folder, name = folderAndName(header.path)
        folderID = self._folderIDs.get(folder)
        if folderID is None:
            folderID = self._folderIDs[folder] = self._folderID(folder)
        frames = min(max(1, integerOrNone(values.get(_FRAMES)) or 1), _LARGEST_COUNT)
        if (folderID, name) in self._rows:
            self.addPlaced()
        self._rows[folderID, name] = (
            values[SOP_INSTANCE_UID], seriesKey, integerOrNone(values.get(_INSTANCE_NUMBER)), frames,
            folderID, name, header.fileSize, header.modifiedTime, copy.digest if copy else None,
            header.pixelDataOffset, header.pixelDataLength, header.truncated, self._tagSetID,
            differencesText(reference.differences(header), values), self._now,
        )
        self._count(seriesKey, 1, frames)
        if header.functionalGroups:
            self._addFrameValues(header)
        if header.note:
            isDamage = header.note != UNMARKED_END
            treated = "; what could not be read there is treated as absent" if isDamage else ""
            self._outcome.addNote(header.path, f"{header.note}{treated}")
        if header.truncated:
            self._outcome.addNote(header.path, f"the file is incomplete ({header.truncated}); copy or send it again")

    def _addFrameValues(self, header: Header) -> None:
        self.addPlaced()
        self._connection.execute(
            "INSERT INTO frameValues(instanceID, contents) SELECT id, ? FROM instances WHERE SOPInstanceUID = ?",
            (packed(header.functionalGroups), header.values[SOP_INSTANCE_UID]),
        )

    def _folderID(self, folder: bytes) -> int:
        row = self._connection.execute("SELECT id FROM folders WHERE path = ?", (folder,)).fetchone()
        if row is not None:
            return row[0]
        folderID = self._connection.execute("INSERT INTO folders(path) VALUES(?)", (folder,)).lastrowid
        self._newFolders.add(folderID)
        return folderID

    def _count(self, seriesKey: int, instances: int, frames: int) -> None:
        self.touched.add(seriesKey)
        counts = self._added[seriesKey]
        counts[0] += instances
        counts[1] += frames

    def _removeInstance(self, sopInstanceUID: str) -> bool:
        row = self._connection.execute(
            "DELETE FROM instances WHERE SOPInstanceUID = ? RETURNING seriesKey, frames", (sopInstanceUID,)
        ).fetchone()
        if row:
            self._count(row[0], -1, -row[1])
        return row is not None

    def _forgetFormerFiles(self, places: Iterable[tuple[int, bytes]]) -> None:
        """The file at a path was another object before: a link to it is void, a copy of it remains."""
        namesOf: dict[int, list[bytes]] = defaultdict(list)
        for folderID, name in places:
            if folderID not in self._newFolders:
                namesOf[folderID].append(name)
        for folderID, names in namesOf.items():
            for group in inGroups(names):
                found = self._connection.execute(
                    "SELECT id, SOPInstanceUID, digest FROM instances WHERE folderID = ? AND name IN"
                    f" ({placeholders(len(group))})",
                    (folderID, *group),
                ).fetchall()
                for instanceID, uid, digest in found:
                    if digest is None:
                        self._removeInstance(uid)
                    else:
                        self._connection.execute(
                            "UPDATE instances SET folderID = NULL, name = NULL WHERE id = ?", (instanceID,)
                        )

    def _seriesOf(self, header: Header) -> tuple[int, SeriesReference]:
        uid = header.values[_SERIES_UID]
        if uid in self._series:
            return self._series[uid]
        row = self._connection.execute(
            "SELECT series.id, referenceValues, StudyInstanceUID, identity FROM series JOIN studies ON studies.id ="
            " studyKey JOIN patients ON patients.uid = patientUID WHERE SeriesInstanceUID = ?",
            (uid,),
        ).fetchone()
        if row is None:
            values = storedValues(header)
            found = self._newSeries(header, values), SeriesReference(values)
        else:
            found = row[0], SeriesReference(parsedReference(row[1]))
            if row[2] != header.values[_STUDY_UID]:
                self._outcome.addNote(header.path, "its series is in the database under another study, and stays there")
            elif row[3] != patientIdentity(header):
                self._noteOtherPatient(header)
        self._series[uid] = found
        return found

    def _noteOtherPatient(self, header: Header) -> None:
        self._outcome.addNote(
            header.path, "its study is in the database under another patient ID or name, and stays there"
        )

    def _newSeries(self, header: Header, values: dict[str, str]) -> int:
        studyKey = self._studyOf(header, values)
        for words in addWhatDiffers(self._connection, studyKey, values):
            self._outcome.addNote(header.path, f"its patient's {words} is another one in earlier files; both are shown")
        self._outcome.seriesAdded += 1
        fields = {name: values.get(tagText(name), "") for name in SERIES_FIELDS}
        return self._insertRow("series", {**fields, "studyKey": studyKey, "referenceValues": asText(values)})

    def _studyOf(self, header: Header, values: dict[str, str]) -> int:
        row = self._connection.execute(
            "SELECT id, identity FROM studies JOIN patients ON patients.uid = patientUID WHERE StudyInstanceUID = ?",
            (values[_STUDY_UID],),
        ).fetchone()
        if row is not None:
            if row[1] != patientIdentity(header):
                self._noteOtherPatient(header)
            return row[0]
        patientUID = self._patientOf(header, values)
        self._outcome.studiesAdded += 1
        fields = {name: values.get(tagText(name), "") for name in STUDY_FIELDS}
        return self._insertRow("studies", {**fields, "patientUID": patientUID})

    def _patientOf(self, header: Header, values: dict[str, str]) -> int:
        identity = patientIdentity(header)
        row = self._connection.execute("SELECT uid FROM patients WHERE identity = ?", (identity,)).fetchone()
        if row is not None:
            return row[0]
        self._outcome.patientsAdded += 1
        fields = {name: values.get(tagText(name), "") for name in PATIENT_FIELDS}
        return self._insertRow("patients", {**fields, "identity": identity})

    def _insertRow(self, table: str, fields: dict[str, object]) -> int:
        fields = {**fields, "insertTimestamp": self._now}
        query = f"INSERT INTO {table}({','.join(fields)}) VALUES({placeholders(len(fields))})"
        return self._connection.execute(query, tuple(fields.values())).lastrowid

    def _idOf(self, table: str, column: str, value: object) -> int:
        row = self._connection.execute(f"SELECT id FROM {table} WHERE {column} = ?", (value,)).fetchone()
        if row is not None:
            return row[0]
        return self._connection.execute(f"INSERT INTO {table}({column}) VALUES(?)", (value,)).lastrowid


def integerOrNone(text: str | None) -> int | None:
    """The first number of a value; None when there is none, or one that no column holds."""
    try:
        number = int(text or "")
    except ValueError:
        try:
            number = int(float((text or "").split("\\")[0]))
        except (ValueError, OverflowError):
            return None
    return number if abs(number) <= _LARGEST_INTEGER else None
