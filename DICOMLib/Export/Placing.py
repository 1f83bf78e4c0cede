"""Items that belong to no patient and study: finding the study they should be in, or making one."""

from __future__ import annotations

import datetime
import random
import string
from collections.abc import Iterable, Iterator, Sequence

import numpy

from ..Scene.Node import vtkMRMLNode
from ..Scene.SubjectHierarchy import (
    DICOM_ATTRIBUTE_PREFIX,
    DICOM_INSTANCE_UID_NAME,
    DICOM_UID_NAME,
    PATIENT_LEVEL,
    STUDY_LEVEL,
    vtkMRMLSubjectHierarchyNode,
)
from ..Wording import NO_STUDY_DESCRIPTION, dateText
from .UIDs import newUID

DEFAULT_PATIENT_NAME = "Anonymous"
_LETTERS_OF_AN_ID = 6
# Of millimetres: more than files keep of a matrix, less than any two scans agree in by chance.
_GRID_DECIMALS = 4


def isPlaced(hierarchy: vtkMRMLSubjectHierarchyNode, item: int) -> bool:
    """Whether an item is below a study that is below a patient; a study needs its patient only, a patient nothing."""
    level = hierarchy.GetItemLevel(item)
    if level == PATIENT_LEVEL:
        return True
    study = item if level == STUDY_LEVEL else hierarchy.GetItemAncestorAtLevel(item, STUDY_LEVEL)
    return bool(study and hierarchy.GetItemAncestorAtLevel(study, PATIENT_LEVEL))


def studies(hierarchy: vtkMRMLSubjectHierarchyNode) -> list[tuple[int, str]]:
    """Every study that is below a patient, with words for people: "Doe (12) / Brain (2026-11-20)"."""
    found = []
    for item in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True):
        patient = hierarchy.GetItemAncestorAtLevel(item, PATIENT_LEVEL)
        if hierarchy.GetItemLevel(item) == STUDY_LEVEL and patient:
            found.append((item, f"{hierarchy.GetItemName(patient)} / {hierarchy.GetItemName(item)}"))
    return found


def suggestedStudy(hierarchy: vtkMRMLSubjectHierarchyNode, item: int) -> int:
    """The study of something that an item was made from or refers to, or whose voxels lie where its voxels lie.

    :returns: 0 when there is none, or volumes of several studies are on the same grid
    """
    for other in _related(hierarchy, item):
        if isPlaced(hierarchy, other):
            return hierarchy.GetItemAncestorAtLevel(other, STUDY_LEVEL)
    found = {hierarchy.GetItemAncestorAtLevel(other, STUDY_LEVEL) for other in _onTheSameGrid(hierarchy, item)}
    return found.pop() if len(found) == 1 else 0


def placeBelow(hierarchy: vtkMRMLSubjectHierarchyNode, items: Iterable[int], studyItem: int) -> None:
    """Move items below a study, with what they refer to and what is not placed either; placed ones stay.

    :raises SceneError: when one of them is the study itself or above it
    """
    for item in items:
        if isPlaced(hierarchy, item):
            continue
        for moved in (item, *_related(hierarchy, item)):
            if not isPlaced(hierarchy, moved):
                hierarchy.SetItemParent(moved, studyItem)


def makePatientAndStudy(
    hierarchy: vtkMRMLSubjectHierarchyNode,
    patientName: str = "",
    patientID: str = "",
    studyDescription: str = "",
    studyID: str = "",
    now: datetime.datetime | None = None,
) -> int:
    """A new study of a new patient, or of the one with this PatientID where there is one.

    What is left empty is as in 3D Slicer: "Anonymous", six random letters, no description; the study is of now.

    :returns: the study's item
    """
    now = now or datetime.datetime.now()
    patientID = patientID.strip() or "".join(random.choices(string.ascii_uppercase, k=_LETTERS_OF_AN_ID))
    patient = hierarchy.GetItemByUID(DICOM_UID_NAME, patientID)
    if not patient or hierarchy.GetItemLevel(patient) != PATIENT_LEVEL:
        patient = _makePatient(hierarchy, patientName.strip() or DEFAULT_PATIENT_NAME, patientID)
    uid, date = newUID(), now.strftime("%Y%m%d")
    description = studyDescription.strip()
    study = hierarchy.CreateStudyItem(patient, f"{description or NO_STUDY_DESCRIPTION} ({dateText(date)})")
    hierarchy.SetItemUID(study, DICOM_UID_NAME, uid)
    _setAttributes(hierarchy, study, {
        "StudyInstanceUID": uid, "StudyID": studyID.strip(), "StudyDescription": description, "StudyDate": date,
        "StudyTime": now.strftime("%H%M%S"),
    })  # fmt: skip
    return study


def _makePatient(hierarchy: vtkMRMLSubjectHierarchyNode, name: str, patientID: str) -> int:
    from ..PersonNames import firstSpelling

    shown = firstSpelling(name)
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), f"{shown} ({patientID})")
    hierarchy.SetItemUID(patient, DICOM_UID_NAME, patientID)
    _setAttributes(hierarchy, patient, {"PatientName": name, "PatientID": patientID})
    return patient


def _setAttributes(hierarchy: vtkMRMLSubjectHierarchyNode, item: int, values: dict[str, str]) -> None:
    for name, value in values.items():
        hierarchy.SetItemAttribute(item, DICOM_ATTRIBUTE_PREFIX + name, value)


def _onTheSameGrid(hierarchy: vtkMRMLSubjectHierarchyNode, item: int) -> Iterator[int]:
    """Placed volumes with the same rows, columns, slices and matrix."""
    grid = _grid(hierarchy.GetItemDataNode(item))
    for other in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True) if grid else ():
        if other != item and _grid(hierarchy.GetItemDataNode(other)) == grid and isPlaced(hierarchy, other):
            yield other


def _grid(node: vtkMRMLNode | None) -> tuple:
    """What has to be equal for two volumes to be on one grid; volumes without a place have the identity matrix."""
    if node is None or not node.IsA("vtkMRMLVolumeNode") or node.GetImageData() is None:
        return ()
    matrix = node.ijkToRASArray().round(_GRID_DECIMALS) + 0.0  # no negative zeros
    return () if (matrix == numpy.eye(4)).all() else (node.GetImageData().GetDimensions(), matrix.tobytes())


def _related(hierarchy: vtkMRMLSubjectHierarchyNode, item: int) -> Sequence[int]:
    """Items of data nodes that this one's node refers to, and of series whose objects it refers to."""
    found = [hierarchy.GetItemByDataNode(node) for node in _referencedNodes(hierarchy.GetItemDataNode(item))]
    uids = hierarchy.GetItemAttribute(item, DICOM_ATTRIBUTE_PREFIX + "ReferencedInstanceUIDs").split()
    found += [hierarchy.GetItemByUIDList(DICOM_INSTANCE_UID_NAME, uid) for uid in uids[:1]]
    return [other for other in dict.fromkeys(found) if other and other != item]


def _referencedNodes(node: vtkMRMLNode | None) -> Iterator[vtkMRMLNode]:
    if node is None:
        return
    for role in node.GetNodeReferenceRoles():
        for number in range(node.GetNumberOfNodeReferences(role)):
            referenced = node.GetNthNodeReference(role, number)
            # Transforms and displays are how it is shown, not what it is of.
            if referenced is not None and referenced.isDataNode and not referenced.IsA("vtkMRMLTransformNode"):
                yield referenced
