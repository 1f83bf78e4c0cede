"""What files of one patient disagree about. ID and name make a patient one; birth date and issuer of the ID do not, and
where they differ all are kept, joined by backslashes, and shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from ..Tags import tagText

_COMPARED = {"PatientBirthDate": "birth date", "IssuerOfPatientID": "issuer of the ID"}


def addWhatDiffers(connection: sqlite3.Connection, studyKey: int, values: Mapping[str, str]) -> list[str]:
    """Add a file's details to those of the patient its study is of.

    :param values: "GGGG,EEEE" → text
    :returns: what differs from all files before, in words without the values
    """
    patientUID, *known = connection.execute(
        f"SELECT patients.uid, {', '.join(_COMPARED)} FROM patients JOIN studies ON studies.patientUID = patients.uid"
        " WHERE studies.id = ?",
        (studyKey,),
    ).fetchone()
    differing = []
    for (keyword, words), text in zip(_COMPARED.items(), known, strict=True):
        own = values.get(tagText(keyword), "")
        if not own or own in text.split("\\"):
            continue
        joined = f"{text}\\{own}" if text else own
        connection.execute(f"UPDATE patients SET {keyword} = ? WHERE uid = ?", (joined, patientUID))
        if text:
            differing.append(words)
    return differing
