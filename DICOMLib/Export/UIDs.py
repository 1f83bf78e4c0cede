"""Identifiers of what is written: given ones are kept when they may be, missing ones are made."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Mapping

from ..Errors import ExportError

LONGEST = 64
# PS3.5 9.1: components of digits, none with a zero in front of others.
_UID = re.compile(r"(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))+")


def newUID() -> str:
    """A UID that nobody else has: a random UUID below 2.25 (PS3.5 B.2)."""
    return f"2.25.{uuid.uuid4().int}"


def isValidUID(uid: str) -> bool:
    """Whether a text is a UID as PS3.5 9.1 wants it."""
    return len(uid) <= LONGEST and _UID.fullmatch(uid) is not None


def givenOrNew(keyword: str, uid: str) -> str:
    """A UID that was set, or a new one where none was. :raises ExportError: when it is not a UID"""
    uid = uid.strip()
    if uid and not isValidUID(uid):
        raise ExportError(f"the {keyword} is not valid", value=uid, hint="Leave it empty to have a new one made")
    return uid or newUID()


def newSeriesUID(uid: str, database, taken: Collection[str] = ()) -> str:
    """The UID of a series that is written: the one that was set, or a new one where none was.

    :param database: studies that are known; None when there are none
    :param taken: UIDs of series that are written at the same time
    :raises ExportError: when it is not a UID, or a series has it already
    """
    isGiven = bool(uid.strip())
    uid = givenOrNew("SeriesInstanceUID", uid)
    if isGiven and (uid in taken or (database is not None and database.isOpen and database.studyForSeries(uid))):
        raise ExportError(
            "a series with this SeriesInstanceUID exists already",
            value=uid,
            hint="Leave it empty to have a new one made",
        )
    return uid


def requireDifferent(tags: Mapping[str, str]) -> None:
    """:raises ExportError: when two things are given the same UID (PS3.5 9)"""
    owners: dict[str, str] = {}
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        uid = tags.get(keyword, "").strip()
        if uid and owners.setdefault(uid, keyword) != keyword:
            hint = "Leave one of them empty to have a new one made"
            raise ExportError(f"{owners[uid]} and {keyword} are the same", value=uid, hint=hint)


def requireStudyOfPatient(uid: str, patientID: str, database) -> None:
    """:raises ExportError: when a study is known, and is of a patient with another PatientID (PS3.3 A.1.2)"""
    if database is None or not database.isOpen:
        return
    patient = database.patientForStudy(uid)
    if patient and database.fieldForPatient("PatientID", patient).strip() != patientID:
        raise ExportError(
            "the study with this StudyInstanceUID is of a patient with another PatientID", value=uid,
            hint="Leave the StudyInstanceUID empty to have a new study made, or set the PatientID of that patient",
        )  # fmt: skip
