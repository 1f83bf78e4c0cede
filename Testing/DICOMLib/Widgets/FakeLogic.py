"""A browser's logic without files: rows in memory, an import as slow and as bad as a test wants it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field

from DICOMLib.Database.Removal import RemovalReport
from DICOMLib.Database.Thumbnails import SeriesThumbnail
from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.Errors import LoadError
from DICOMLib.PluginRegistry import PluginRegistry


@dataclass
class Skipped:
    path: bytes
    reason: str


@dataclass
class FakeReport:
    patientsAdded: int = 1
    studiesAdded: int = 1
    seriesAdded: int = 1
    instancesAdded: int = 5
    instancesUpdated: int = 0
    instancesUnchanged: int = 0
    skipped: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    seriesUIDs: list = field(default_factory=list)
    cancelled: bool = False
    seconds: float = 0.1

    def summary(self):
        text = f"Imported {self.instancesAdded} objects in {self.seriesAdded} series"
        return text + (f"; {len(self.skipped)} files were not imported." if self.skipped else ".")

    def asText(self):
        return "\n".join([self.summary(), *(f"{entry.path!r}: {entry.reason}" for entry in self.skipped)])

    def asCSV(self):
        return "file,reason\r\n" + "".join(f"{os.fsdecode(entry.path)},{entry.reason}\r\n" for entry in self.skipped)


def patientRow(uid, name="Doe, Jane", patientID="P-1", **values):
    return {
        "patientUID": uid, "PatientName": name, "PatientID": patientID, "PatientBirthDate": "19700102",
        "PatientSex": "F", "studyCount": 1, "lastStudyDate": "20261120", "insertTimestamp": "2026-11-20T10:00:00",
        **values,
    }  # fmt: skip


def studyRow(uid, patientUID, description="Head", **values):
    return {
        "StudyInstanceUID": uid, "patientUID": patientUID, "StudyDate": "20261120", "StudyTime": "101112",
        "StudyID": "1", "StudyDescription": description, "ModalitiesInStudy": "CT, MR", "seriesCount": 2,
        "insertTimestamp": "2026-11-20T10:00:00", **values,
    }  # fmt: skip


def seriesRow(uid, studyUID, number="1", description="Axial", **values):
    return {
        "SeriesInstanceUID": uid, "StudyInstanceUID": studyUID, "SeriesNumber": number,
        "SeriesDescription": description, "Modality": "CT", "instanceCount": 120, "frameCount": 120,
        "size": "512×512", "insertTimestamp": "2026-11-20T10:00:00", **values,
    }  # fmt: skip


class FakeDatabase:
    """Rows in lists; ``announce`` plays the thread that changed something."""

    isInMemory = False
    readOnlyReason = ""
    warnings = ()

    def __init__(self, patients=(), studies=(), series=()):
        self.patientsList, self.studiesList, self.seriesList = list(patients), list(studies), list(series)
        self.observers = {}
        self.error = None

    @classmethod
    def withPatients(cls, count=3):
        """Each patient has two studies of two series: UIDs "p1", "p1.s1", "p1.s1.r1"."""
        patients = [patientRow(f"p{p}", f"Family{p}, Given{p}", f"ID-{p}") for p in range(1, count + 1)]
        studies = [studyRow(f"p{p}.s{s}", f"p{p}", f"Study {s}") for p in range(1, count + 1) for s in (1, 2)]
        series = [seriesRow(f"{study['StudyInstanceUID']}.r{r}", study["StudyInstanceUID"], str(r)) for study in studies
                  for r in (1, 2)]
        return cls(patients, studies, series)

    def columnSettings(self, table):
        return {}

    def patientRows(self):
        if self.error is not None:
            raise self.error
        return [dict(row) for row in self.patientsList]

    def studyRows(self, patientUIDs):
        return [dict(row) for row in self.studiesList if row["patientUID"] in patientUIDs]

    def seriesRows(self, studyUIDs):
        return [dict(row) for row in self.seriesList if row["StudyInstanceUID"] in studyUIDs]

    def thumbnailsForSeries(self, seriesUIDs):
        return {uid: SeriesThumbnail() for uid in seriesUIDs}

    def forgetFailedThumbnails(self):
        self.failedWereForgotten = True

    def filesForSeries(self, uid, hits=-1):
        count = next(row["instanceCount"] for row in self.seriesList if row["SeriesInstanceUID"] == uid)
        return [f"/data/{uid}/{number}.dcm" for number in range(count)]

    def addObserver(self, callback):
        token = len(self.observers) + 1
        self.observers[token] = callback
        return token

    def removeObserver(self, token):
        del self.observers[token]

    def announce(self, event="changed"):
        for callback in list(self.observers.values()):
            callback(event)


class FakePlugin:
    loadType = "Scalar Volume"


class FakeLogic:
    """Remembers what it was asked to do; ``importSteps`` × ``secondsAStep`` is how long an import takes."""

    workers = None
    watcher = None
    registry = PluginRegistry()

    def __init__(self, database=None):
        self.database = database or FakeDatabase()
        self.importSteps, self.secondsAStep = 1, 0.0
        self.report = FakeReport()
        self.rowsAStep = []
        self.imported, self.examinedSeries, self.loadedNames, self.removed = [], [], [], []
        self.lookedAt, self.referenced, self.previews, self.preparedFor = [], {}, [], []
        self.warning = ""
        self.loadError = None
        self.threads = set()

    def importPaths(self, paths, copyFiles=False, progress=None):
        self.imported.append((list(paths), copyFiles))
        self.threads.add(threading.current_thread())
        for step in range(self.importSteps):
            if progress.cancelled:
                self.report.cancelled = True
                break
            deadline = time.monotonic() + self.secondsAStep
            while time.monotonic() < deadline:  # busy, like a scanner written in Python
                sum(range(100))
            if step < len(self.rowsAStep):
                self.database.patientsList.append(self.rowsAStep[step])
            self.database.announce()
            progress.report(step + 1, self.importSteps, f"file {step}")
        return self.report

    def parentsOfSeries(self, seriesUIDs):
        database = self.database
        studies = {row["StudyInstanceUID"] for row in database.seriesList if row["SeriesInstanceUID"] in seriesUIDs}
        return studies, {row["patientUID"] for row in database.studiesList if row["StudyInstanceUID"] in studies}

    def removalCounts(self, level, uids):
        return RemovalReport(instances=123, copiesDeleted=120, originalsKept=3)

    def remove(self, level, uids, progress=None):
        self.removed.append((level, list(uids)))
        if level == "patient":
            self.database.patientsList = [row for row in self.database.patientsList if row["patientUID"] not in uids]

    def examine(self, seriesUIDs, progress=None):
        self.examinedSeries.append(list(seriesUIDs))
        loadables = [
            DICOMLoadable(files=[f"/data/{uid}.dcm"], name=f"volume {uid}", selected=True, confidence=0.9,
                          warning=self.warning, explanation="Even spacing of 2.5 mm.", seriesInstanceUID=uid)
            for uid in seriesUIDs
        ]
        return {FakePlugin(): loadables}, []

    def load(self, loadablesByPlugin, progress=None, onPreview=None):
        if self.loadError is not None:
            raise self.loadError
        names = [one.name for loadables in loadablesByPlugin.values() for one in loadables if one.selected]
        if not names:
            raise LoadError("nothing is ticked")
        return names, []

    def loadFiles(self, paths, progress=None, onPreview=None):
        self.lookedAt.append(list(paths))
        return [f"volume {path}" for path in paths], []

    def references(self, loadablesByPlugin, loaded, progress=None):
        return self.referenced

    def loadedInstances(self):
        return set()

    def prepareToLoad(self, seriesUIDs):
        self.preparedFor.append(list(seriesUIDs))

    def showPreview(self, preview):
        self.previews.append(preview and preview.node)

    def showInScene(self, staging, isBeside=False):
        self.isBeside = isBeside
        self.loadedNames.extend(staging)
        return list(staging)
