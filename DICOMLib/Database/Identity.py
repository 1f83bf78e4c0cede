"""Who is the same patient, and which files have a place in the database: the written rules.

- Two files belong to one patient when PatientID and PatientName agree, padding aside. Where they differ in birth date
  or issuer of the ID, all values are shown (see PatientDetails.py).
- Without a PatientID nothing says that two studies show the same person: the study's UID stands in for it, so that
  strangers are never merged.
- A study stays with the patient it came in with first, a series with its study.
- A file needs StudyInstanceUID, SeriesInstanceUID and SOPInstanceUID, each at most 64 characters.
- A DICOMDIR describes other files and is not one of them.
"""

from __future__ import annotations

from ..Files.Header import Header
from ..Files.Limits import MAX_UID_LENGTH
from ..Tags import MEDIA_STORAGE_SOP_CLASS_UID, tagText

_PATIENT_ID, _PATIENT_NAME, _STUDY = tagText("PatientID"), tagText("PatientName"), tagText("StudyInstanceUID")
_SOP_CLASS = tagText("SOPClassUID")
_REQUIRED = {tagText(keyword): keyword for keyword in ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID")}
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
IS_DICOMDIR = "a DICOMDIR: it lists other files, which are imported themselves"


def patientIdentity(header: Header) -> str:
    """The text that is equal for files of one patient and differs for strangers."""
    patientID = header.value(_PATIENT_ID).strip()
    if not patientID:
        return f"study\0{header.value(_STUDY)}"
    return f"patient\0{patientID}\0{comparableName(header.value(_PATIENT_NAME))}"


def comparableName(name: str) -> str:
    """A person name without trailing separators and padding, which writers add or leave out at will (PS3.5 6.2.1)."""
    groups = ["^".join(part.strip() for part in group.split("^")).rstrip("^") for group in name.split("=")]
    return "=".join(groups).rstrip("=")


def reasonToSkip(header: Header) -> str:
    """Why a file has no place in the database; "" when it has."""
    values = header.values
    sopClass = values.get(_SOP_CLASS) or values.get(MEDIA_STORAGE_SOP_CLASS_UID)
    if sopClass == MEDIA_STORAGE_DIRECTORY:
        return IS_DICOMDIR
    for tag, keyword in _REQUIRED.items():
        uid = values.get(tag)
        if not uid:
            return f"it has no {keyword}"
        if len(uid) > MAX_UID_LENGTH:
            return f"its {keyword} is longer than {MAX_UID_LENGTH} characters"
    return ""
