"""What the tags of an exportable are before the user has seen them."""

from __future__ import annotations

from ..Scene.SubjectHierarchy import (
    DICOM_ATTRIBUTE_PREFIX,
    PATIENT_LEVEL,
    STUDY_LEVEL,
    vtkMRMLSubjectHierarchyNode,
)
from .SourceAttributes import modernText

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


def _attribute(hierarchy: vtkMRMLSubjectHierarchyNode, itemID: int, name: str) -> str:
    vr = "DA" if name.endswith("Date") else "TM" if name.endswith("Time") else ""
    return modernText(hierarchy.GetItemAttribute(itemID, DICOM_ATTRIBUTE_PREFIX + name).strip(), vr)
