"""What the tags of an exportable are before the user has seen them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

from ..DICOMExportable import DICOMExportable
from ..Scene.SubjectHierarchy import (
    DICOM_ATTRIBUTE_PREFIX,
    DICOM_UID_NAME,
    PATIENT_LEVEL,
    STUDY_LEVEL,
    vtkMRMLSubjectHierarchyNode,
)
from .SourceAttributes import modernText

if TYPE_CHECKING:
    from ..Database.DICOMDatabase import DICOMDatabase

PATIENT_TAGS = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientComments")
STUDY_TAGS = ("StudyInstanceUID", "StudyID", "StudyDescription", "StudyDate", "StudyTime")
# 3D Slicer's defaults; its names too.
SERIES_DEFAULTS = {
    "SeriesDescription": "No series description",
    "Modality": "CT",
    "Manufacturer": "Unknown manufacturer",
    "Model": "Unknown model",
    "SeriesNumber": "301",
    "SeriesDate": "",
    "SeriesTime": "",
    "ContentDate": "",
    "ContentTime": "",
    "SeriesInstanceUID": "",
    "FrameOfReferenceUID": "",
}
# Of the series the node was loaded from; what is written is another series at another time.
KEPT_OF_ITEM = ("SeriesDescription", "Modality", "Manufacturer", "Model")
DEFAULT_STUDY_ID = "SLICER10001"
LONGEST_DESCRIPTION = 64


def exportableTags(hierarchy: vtkMRMLSubjectHierarchyNode, itemID: int) -> dict[str, str] | None:
    """Tags of patient, study and series; None for an item that is not below a study below a patient."""
    study = hierarchy.GetItemAncestorAtLevel(itemID, STUDY_LEVEL)
    patient = hierarchy.GetItemAncestorAtLevel(study, PATIENT_LEVEL) if study else 0
    if not patient:
        return None
    tags = {name: _attribute(hierarchy, patient, name) for name in PATIENT_TAGS}
    tags.update((name, _attribute(hierarchy, study, name)) for name in STUDY_TAGS)
    tags["StudyID"] = tags["StudyID"] or DEFAULT_STUDY_ID
    tags.update(SERIES_DEFAULTS)
    tags.update((name, text) for name in KEPT_OF_ITEM if (text := _attribute(hierarchy, itemID, name)))
    return tags


def replaceMadeUpTags(hierarchy: vtkMRMLSubjectHierarchyNode, exportable: DICOMExportable) -> None:
    """Take back what scripts of 3D Slicer expect and nobody knows, before a person is asked.

    A volume of unknown modality is not said to be a CT: the Modality becomes empty, and so has to be set. The
    description of what was computed or read from a volume file is its name; of stored series without one it is empty.
    """
    item = exportable.subjectHierarchyItemID
    isKnown = {name: bool(_attribute(hierarchy, item, name)) for name in ("Modality", "SeriesDescription")}
    for name, known in isKnown.items():
        isMadeUp = exportable.tag(name) == SERIES_DEFAULTS[name] and not known and name not in exportable.choices
        if isMadeUp:
            exportable.setTag(name, _nameOfComputed(hierarchy, item) if name == "SeriesDescription" else "")


def numberSeries(exportables: Sequence[DICOMExportable], database: DICOMDatabase | None = None) -> None:
    """Give series that are written together numbers of their own, from the default one on; what was set stays.

    :param database: numbers that series of the same study have there are passed over
    """
    default = SERIES_DEFAULTS["SeriesNumber"]
    taken = {one.tag("SeriesNumber") for one in exportables} - {default} | _storedNumbers(exportables, database)
    numbers = (text for text in map(str, count(int(default))) if text not in taken)
    for exportable in exportables:
        if exportable.tag("SeriesNumber") == default:
            exportable.setTag("SeriesNumber", next(numbers))


def _storedNumbers(exportables: Sequence[DICOMExportable], database: DICOMDatabase | None) -> set[str]:
    """SeriesNumbers of the exportables' studies in a database, without padding and zeros before them."""
    if database is None or not database.isOpen:
        return set()
    studies = {uid for one in exportables if (uid := one.tag("StudyInstanceUID").strip())}
    series = [uid for study in studies for uid in database.seriesForStudy(study)]
    texts = [database.fieldForSeries("SeriesNumber", uid).strip() for uid in series]
    return {text.lstrip("+0") or text for text in texts}


def _nameOfComputed(hierarchy: vtkMRMLSubjectHierarchyNode, itemID: int) -> str:
    """The name of what was not loaded from DICOM, as far as a description can hold it (PS3.5 6.2: LO)."""
    node = hierarchy.GetItemDataNode(itemID)
    if node is None or hierarchy.GetItemUID(itemID, DICOM_UID_NAME):
        return ""
    letters = (" " if letter in "\\\r\n\t\f" else letter for letter in hierarchy.GetItemName(itemID))
    return "".join(letters)[:LONGEST_DESCRIPTION].strip()


def _attribute(hierarchy: vtkMRMLSubjectHierarchyNode, itemID: int, name: str) -> str:
    vr = "DA" if name.endswith("Date") else "TM" if name.endswith("Time") else ""
    return modernText(hierarchy.GetItemAttribute(itemID, DICOM_ATTRIBUTE_PREFIX + name).strip(), vr)
