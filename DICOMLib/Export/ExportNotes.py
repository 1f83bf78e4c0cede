"""What a person should know about an export as a whole: sentences for the dialog and for the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..Database.Identity import comparableName
from ..DICOMExportable import DICOMExportable
from .SeriesExport import ExportedSeries
from .SourceAttributes import isChanged

if TYPE_CHECKING:
    from ..Database.DICOMDatabase import DICOMDatabase

NAME_STAYS = (
    "The study is in the database with another PatientName, which the browser goes on showing: only the new files have"
    " the one that was set."
)

NOT_ANONYMOUS = (
    "PatientID or PatientName is not the source's. This is no de-identification: frame of reference, references to the"
    " source's images, dates, devices and names of persons and institutions still follow the source."
)
_IDENTITY = ("PatientID", "PatientName")


def identityNote(exportables: Sequence[DICOMExportable], results: Sequence[ExportedSeries]) -> str:
    """What it does not mean that patients got another ID or name than that of the source; "" where none did.

    :param results: what was written; their differences tell it where the scene's patient was changed before
    """
    isOther = any(isChanged(one.difference, _IDENTITY) for one in results)
    isEdited = any(
        one.tag(keyword).strip() != one.offeredTags.get(keyword, "").strip()
        for one in exportables
        if one.isOfWholeScene and one.offeredTags is not None
        for keyword in _IDENTITY
    )
    return NOT_ANONYMOUS if isOther or isEdited else ""


def nameNote(exportables: Sequence[DICOMExportable], database: DICOMDatabase | None) -> str:
    """What becomes of a patient's name that is not the one of the study in the database; "" where it is.

    A study stays with the patient it came in with first (see ``Database.Identity``). Who writes a corrected name has
    reason to, and the PatientID agrees, so that it is no error.
    """
    if database is None or not database.isOpen:
        return ""
    for exportable in exportables:
        study = exportable.tag("StudyInstanceUID").strip()
        patient = database.patientForStudy(study) if study else ""
        known = database.fieldForPatient("PatientName", patient) if patient else ""
        if patient and comparableName(known) != comparableName(exportable.tag("PatientName")):
            return NAME_STAYS
    return ""
