"""``dicommodule list``: what is in the study database."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from DICOMLib.Wording import dateText, timeText

from . import Session
from .Console import Console

HELP = "list patients, studies, series or instances of the study database"

# Level → (heading, key of the row) of each column.
_COLUMNS = {
    "patients": (
        ("Patient", "patientUID"), ("Name", "PatientName"), ("ID", "PatientID"), ("Born", "PatientBirthDate"),
        ("Sex", "PatientSex"), ("Studies", "studyCount"), ("Last study", "lastStudyDate"),
    ),
    "studies": (
        ("Date", "StudyDate"), ("Time", "StudyTime"), ("Description", "StudyDescription"),
        ("Modalities", "ModalitiesInStudy"), ("Series", "seriesCount"), ("Study UID", "StudyInstanceUID"),
    ),
    "series": (
        ("No.", "SeriesNumber"), ("Description", "SeriesDescription"), ("Modality", "Modality"), ("Size", "size"),
        ("Images", "instanceCount"), ("Frames", "frameCount"), ("Series UID", "SeriesInstanceUID"),
    ),
    "instances": (("No.", "InstanceNumber"), ("Instance UID", "SOPInstanceUID"), ("File", "file")),
}  # fmt: skip
# Keys whose values are spelled for people; JSON has them as they are.
_SPELLED = {"PatientBirthDate": dateText, "lastStudyDate": dateText, "StudyDate": dateText, "StudyTime": timeText}


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("level", nargs="?", choices=tuple(_COLUMNS), default="patients", help="default: patients")
    parser.add_argument("uid", nargs="?", metavar="UID", help="only those of this patient, study or series")


def run(arguments: Namespace, console: Console) -> int:
    """Show the rows of one level as a table. :returns: the exit code"""
    with Session.openApplication(arguments.database, console) as application:
        rows = _ROWS[arguments.level](application.database, arguments.uid)
    if not rows:
        console.result([])
        raise Session.NothingFoundError(f"there are no {arguments.level}", arguments.uid)
    columns = _COLUMNS[arguments.level]
    console.table([heading for heading, _ in columns], [[_shown(row, key) for _, key in columns] for row in rows])
    console.result(rows)
    return Session.OK


def _shown(row: dict, key: str) -> object:
    return _SPELLED[key](row[key]) if key in _SPELLED else row[key]


def _patients(database, uid: str | None) -> list[dict]:
    return [row for row in database.patientRows() if uid in (None, row["patientUID"], str(row["patientUID"]))]


def _studies(database, uid: str | None) -> list[dict]:
    rows = database.studyRows(database.patients() if uid is None else [uid])
    if uid is None or rows:
        return rows
    owner = database.patientForStudy(uid)
    return [row for row in database.studyRows([owner]) if row["StudyInstanceUID"] == uid] if owner else []


def _series(database, uid: str | None) -> list[dict]:
    wanted = Session.seriesOf(database, [] if uid is None else [uid])
    studies = dict.fromkeys(database.studyForSeries(series) for series in wanted)
    return [row for row in database.seriesRows(list(studies)) if row["SeriesInstanceUID"] in wanted]


def _instances(database, uid: str | None) -> list[dict]:
    series = Session.seriesOf(database, [] if uid is None else [uid])
    records = (record for one in series for record in database.instancesForSeriesAsRecords(one))
    return [
        {"InstanceNumber": record.instanceNumber, "SOPInstanceUID": record.SOPInstanceUID, "file": record.filePath}
        for record in records
    ]


_ROWS: dict[str, Callable] = {"patients": _patients, "studies": _studies, "series": _series, "instances": _instances}
