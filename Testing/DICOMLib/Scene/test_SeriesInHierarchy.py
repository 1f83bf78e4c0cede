import pytest

from DICOMLib.Instance import Instance
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SeriesInHierarchy import addSeriesInSubjectHierarchy
from DICOMLib.Tags import tagText

HEADER = {
    "PatientName": "Müller^Anna^Maria", "PatientID": "77", "PatientSex": "F", "StudyInstanceUID": "1.2", "StudyID": "9",
    "StudyDescription": "Head", "StudyDate": "20260314", "SeriesInstanceUID": "1.2.3", "Modality": "CT",
    "SeriesNumber": "4", "ManufacturerModelName": "Scanner X", "FrameOfReferenceUID": "1.9",
}  # fmt: skip


def instance(**changes):
    header = {**HEADER, **changes}
    return Instance(b"/x", {tagText(keyword): value for keyword, value in header.items() if value is not None})


def added(scene, header, name="4: Head"):
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    return addSeriesInSubjectHierarchy(scene, volume, header, ["1.2.3.1", "1.2.3.2"], ["5.6"])


@pytest.fixture
def scene():
    return Scene()


def test_theSeriesStandsBelowItsStudyBelowItsPatient(scene):
    series = added(scene, instance())
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(series)
    patient = hierarchy.GetItemParent(study)
    assert [hierarchy.GetItemLevel(item) for item in (patient, study, series)] == ["Patient", "Study", ""]
    assert hierarchy.GetItemName(patient) == "Müller, Anna Maria (77)"
    assert hierarchy.GetItemName(study) == "Head (2026-03-14)"
    assert [hierarchy.GetItemUID(item, "DICOM") for item in (patient, study, series)] == ["77", "1.2", "1.2.3"]
    assert hierarchy.GetItemUID(series, "DICOMInstanceUID") == "1.2.3.1 1.2.3.2"


def test_attributesHaveSlicersNames(scene):
    series = added(scene, instance())
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(series)
    patient = hierarchy.GetItemParent(study)
    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientName") == "Müller^Anna^Maria"
    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientSex") == "F"
    assert hierarchy.GetItemAttribute(study, "DICOM.StudyDate") == "20260314"
    assert hierarchy.GetItemAttribute(series, "DICOM.Modality") == "CT"
    assert hierarchy.GetItemAttribute(series, "DICOM.Model") == "Scanner X"
    assert hierarchy.GetItemAttribute(series, "DICOM.ReferencedInstanceUIDs") == "5.6"


def test_aSecondSeriesOfTheStudyJoinsIt(scene):
    first = added(scene, instance())
    second = added(scene, instance(SeriesInstanceUID="1.2.4", StudyDescription="changed"), "5: Neck")
    hierarchy = scene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemParent(first) == hierarchy.GetItemParent(second)
    assert hierarchy.GetItemName(hierarchy.GetItemParent(first)) == "Head (2026-03-14)"


def test_aSecondStudyOfThePatientJoinsThePatient(scene):
    first = added(scene, instance())
    second = added(scene, instance(StudyInstanceUID="1.3"))
    hierarchy = scene.GetSubjectHierarchyNode()
    studies = [hierarchy.GetItemParent(item) for item in (first, second)]
    assert studies[0] != studies[1]
    assert hierarchy.GetItemParent(studies[0]) == hierarchy.GetItemParent(studies[1])


def test_missingNamesAndIDsAreReplacedAndPatientsWithoutIDAreKeptApart(scene):
    anonymous = {"PatientName": None, "PatientID": None, "StudyDescription": None, "StudyDate": None}
    first = added(scene, instance(**anonymous))
    second = added(scene, instance(**anonymous, StudyInstanceUID="1.5"))
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(first)
    patient = hierarchy.GetItemParent(study)
    assert hierarchy.GetItemName(patient) == "No name"
    assert hierarchy.GetItemName(study) == "No study description"
    assert hierarchy.GetItemUID(patient, "DICOM") == "Patient-1.2"
    assert hierarchy.GetItemParent(hierarchy.GetItemParent(second)) != patient
