"""Where a loaded series belongs in the tree: below its patient and study, with the attributes Slicer keeps there."""

from __future__ import annotations

from collections.abc import Iterable

from ..Instance import Instance
from ..PersonNames import firstSpelling
from ..Wording import NO_PATIENT_NAME, NO_STUDY_DESCRIPTION, dateText
from .Node import vtkMRMLNode
from .Scene import Scene
from .SubjectHierarchy import (
    DICOM_ATTRIBUTE_PREFIX,
    DICOM_INSTANCE_UID_NAME,
    DICOM_UID_NAME,
    vtkMRMLSubjectHierarchyNode,
)

# Attribute (after the prefix) → keyword, where the two differ in Slicer.
_RENAMED = {"Model": "ManufacturerModelName"}
_PATIENT_ATTRIBUTES = ("PatientName", "PatientID", "PatientSex", "PatientBirthDate", "PatientComments")
_STUDY_ATTRIBUTES = ("StudyInstanceUID", "StudyID", "StudyDescription", "StudyDate", "StudyTime")
_SERIES_ATTRIBUTES = (
    "Modality", "SeriesNumber", "FrameOfReferenceUID", "SeriesDescription", "SeriesDate", "SeriesTime", "ContentDate",
    "ContentTime", "Manufacturer", "Model",
)  # fmt: skip


def addSeriesInSubjectHierarchy(
    scene: Scene,
    node: vtkMRMLNode,
    instance: Instance,
    instanceUIDs: Iterable[str] = (),
    referencedInstanceUIDs: Iterable[str] = (),
) -> int:
    """Put a node below its study below its patient; both are found by UID or made.

    :param instance: header of the series' first instance
    :param instanceUIDs: SOP instance UIDs the node was made of, in slice order
    :param referencedInstanceUIDs: SOP instance UIDs the series refers to
    :returns: the series' item
    """
    hierarchy = scene.GetSubjectHierarchyNode()
    study = _studyItem(hierarchy, instance)
    series = hierarchy.CreateItem(study, node)
    _setAttributes(hierarchy, series, instance, _SERIES_ATTRIBUTES)
    hierarchy.SetItemUID(series, DICOM_UID_NAME, instance.SeriesInstanceUID)
    hierarchy.SetItemUID(series, DICOM_INSTANCE_UID_NAME, " ".join(instanceUIDs))
    references = " ".join(referencedInstanceUIDs)
    hierarchy.SetItemAttribute(series, DICOM_ATTRIBUTE_PREFIX + "ReferencedInstanceUIDs", references)
    return series


def patientUID(instance: Instance) -> str:
    """UID of the patient's item: PatientID, or one made of the study when there is no PatientID (Slicer's rule)."""
    return instance.value("PatientID").strip() or f"Patient-{instance.value('StudyInstanceUID')}"


def patientItemName(instance: Instance) -> str:
    """The readable name, "No name" when the file gives none, with the patient ID in brackets when there is one."""
    return _named(firstSpelling(instance.value("PatientName")) or NO_PATIENT_NAME, instance.value("PatientID"))


def studyItemName(instance: Instance) -> str:
    """The description, "No study description" when the file gives none, with the study date in brackets.

    The date reads 2026-11-20; Slicer shows it as the file spells it, which the attribute ``StudyDate`` keeps.
    """
    description = instance.value("StudyDescription").strip() or NO_STUDY_DESCRIPTION
    return _named(description, dateText(instance.value("StudyDate")))


def _named(name: str, detail: str) -> str:
    return f"{name} ({detail.strip()})" if detail.strip() else name


def _studyItem(hierarchy: vtkMRMLSubjectHierarchyNode, instance: Instance) -> int:
    studyUID = instance.value("StudyInstanceUID")
    study = hierarchy.GetItemByUID(DICOM_UID_NAME, studyUID)
    if not study:
        study = hierarchy.CreateStudyItem(_patientItem(hierarchy, instance), studyItemName(instance))
        hierarchy.SetItemUID(study, DICOM_UID_NAME, studyUID)
        _setAttributes(hierarchy, study, instance, _STUDY_ATTRIBUTES)
    return study


def _patientItem(hierarchy: vtkMRMLSubjectHierarchyNode, instance: Instance) -> int:
    uid = patientUID(instance)
    patient = hierarchy.GetItemByUID(DICOM_UID_NAME, uid)
    if not patient:
        patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), patientItemName(instance))
        hierarchy.SetItemUID(patient, DICOM_UID_NAME, uid)
        _setAttributes(hierarchy, patient, instance, _PATIENT_ATTRIBUTES)
    return patient


def _setAttributes(hierarchy, itemID: int, instance: Instance, names: Iterable[str]) -> None:
    for name in names:
        hierarchy.SetItemAttribute(itemID, DICOM_ATTRIBUTE_PREFIX + name, instance.value(_RENAMED.get(name, name)))
