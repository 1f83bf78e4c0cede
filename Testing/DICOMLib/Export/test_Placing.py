"""Finding or making the patient and study of what has none."""

from __future__ import annotations

import datetime

import numpy
import pytest

from DICOMLib.Errors import SceneError
from DICOMLib.Export.Placing import isPlaced, makePatientAndStudy, placeBelow, studies, suggestedStudy
from DICOMLib.Export.UIDs import isValidUID
from DICOMLib.Scene.Scene import Scene

NOW = datetime.datetime(2026, 11, 21, 10, 20, 30)


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def hierarchy(scene):
    return scene.GetSubjectHierarchyNode()


def volume(scene, name="Volume"):
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    return node, scene.GetSubjectHierarchyNode().GetItemByDataNode(node)


def test_whatIsAtTheTopOrInAFolderIsNotPlaced(scene, hierarchy):
    _, item = volume(scene)
    folder = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "f")
    assert not isPlaced(hierarchy, item) and not isPlaced(hierarchy, folder)

    study = hierarchy.CreateStudyItem(hierarchy.GetSceneItemID(), "no patient")
    hierarchy.SetItemParent(item, study)
    assert not isPlaced(hierarchy, item) and not isPlaced(hierarchy, study)


def test_aNewPatientAndStudySayWhatSlicersSay(hierarchy):
    study = makePatientAndStudy(hierarchy, now=NOW)
    patient = hierarchy.GetItemParent(study)
    identifier = hierarchy.GetItemAttribute(patient, "DICOM.PatientID")

    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientName") == "Anonymous"
    assert len(identifier) == 6 and identifier.isalpha() and identifier.isupper()
    assert hierarchy.GetItemName(patient) == f"Anonymous ({identifier})"
    assert hierarchy.GetItemUID(patient, "DICOM") == identifier
    assert hierarchy.GetItemName(study) == "No study description (2026-11-21)"
    assert hierarchy.GetItemAttribute(study, "DICOM.StudyDate") == "20261121"
    assert hierarchy.GetItemAttribute(study, "DICOM.StudyTime") == "102030"
    uid = hierarchy.GetItemAttribute(study, "DICOM.StudyInstanceUID")
    assert isValidUID(uid) and hierarchy.GetItemUID(study, "DICOM") == uid
    assert isPlaced(hierarchy, study)


def test_aPatientThatIsThereGetsAFurtherStudy(hierarchy):
    first = makePatientAndStudy(hierarchy, "Müller^Jürgen", "P-1", "Knie", now=NOW)
    second = makePatientAndStudy(hierarchy, "", "P-1", "Hüfte", now=NOW)

    assert hierarchy.GetItemParent(first) == hierarchy.GetItemParent(second)
    assert studies(hierarchy) == [
        (first, "Müller, Jürgen (P-1) / Knie (2026-11-21)"), (second, "Müller, Jürgen (P-1) / Hüfte (2026-11-21)"),
    ]  # fmt: skip


def test_placingMovesWhatIsNotPlacedAndLeavesTheRest(scene, hierarchy):
    first, second = makePatientAndStudy(hierarchy), makePatientAndStudy(hierarchy)
    (_, one), (_, two) = volume(scene, "1"), volume(scene, "2")
    placeBelow(hierarchy, [one], first)
    placeBelow(hierarchy, [one, two], second)

    assert (hierarchy.GetItemParent(one), hierarchy.GetItemParent(two)) == (first, second)


def test_whatAnItemWasMadeFromComesAlongAndItsStudyIsSuggested(scene, hierarchy):
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    item = hierarchy.GetItemByDataNode(labels)
    node, source = volume(scene)
    labels.SetNodeReferenceID("referenceImageGeometryRef", node.GetID())
    assert suggestedStudy(hierarchy, item) == 0

    study = makePatientAndStudy(hierarchy)
    placeBelow(hierarchy, [item], study)
    assert hierarchy.GetItemParent(source) == hierarchy.GetItemParent(item) == study

    hierarchy.SetItemParent(item, hierarchy.GetSceneItemID())
    assert suggestedStudy(hierarchy, item) == study


def test_theStudyOfReferencedObjectsIsSuggested(scene, hierarchy):
    study = makePatientAndStudy(hierarchy)
    (_, source), (_, item) = volume(scene), volume(scene)
    placeBelow(hierarchy, [source], study)
    hierarchy.SetItemUID(source, "DICOMInstanceUID", "1.2.1 1.2.2")
    hierarchy.SetItemAttribute(item, "DICOM.ReferencedInstanceUIDs", "1.2.2")

    assert suggestedStudy(hierarchy, item) == study


def onGrid(scene, spacing, slices=2):
    node, item = volume(scene)
    node.setVoxelArray(numpy.zeros((slices, 3, 4), numpy.int16))
    node.SetIJKToRASMatrix(numpy.diag([-spacing, -spacing, 3, 1]))
    return item


def test_theStudyOfAVolumeOnTheSameGridIsSuggestedIfThereIsOnlyOne(scene, hierarchy):
    study, item = makePatientAndStudy(hierarchy), onGrid(scene, 0.7)
    placeBelow(hierarchy, [onGrid(scene, 0.8), onGrid(scene, 0.7, slices=5), onGrid(scene, 1)], study)
    assert suggestedStudy(hierarchy, item) == 0

    placeBelow(hierarchy, [onGrid(scene, 0.7), onGrid(scene, 0.7)], study)
    assert suggestedStudy(hierarchy, item) == study

    placeBelow(hierarchy, [onGrid(scene, 0.7)], makePatientAndStudy(hierarchy))
    assert suggestedStudy(hierarchy, item) == 0


def test_volumesWithoutAPlaceAreNotTakenForThoseOfOneGrid(scene, hierarchy):
    (one, item), (other, placed) = volume(scene), volume(scene)
    for node in (one, other):
        node.setVoxelArray(numpy.zeros((2, 3, 4), numpy.int16))
    placeBelow(hierarchy, [placed], makePatientAndStudy(hierarchy))
    assert suggestedStudy(hierarchy, item) == 0


def test_nothingIsPlacedBelowWhatIsNotThere(scene, hierarchy):
    _, item = volume(scene)
    with pytest.raises(SceneError):
        placeBelow(hierarchy, [item], 4711)
    assert hierarchy.GetItemParent(item) == hierarchy.GetSceneItemID()
