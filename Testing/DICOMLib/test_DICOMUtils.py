import os

import numpy
import pytest

from DICOMLib import DICOMUtils
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import DatabaseClosedError, DatabaseError, DICOMError
from DICOMLib.Geometry.Slices import analyzeStack
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from Testing.DICOMLib.Geometry.test_PackedSlices import mosaicFile
from Testing.Fixtures import axialCT, missingSliceCT


def test_withoutAContextTheErrorSaysWhatToPass():
    DICOMUtils.setContext(None)
    with pytest.raises(DICOMError, match=r"no database to work with. Pass database=..., or call DICOMUtils.setContext"):
        DICOMUtils.allSeriesUIDsInDatabase()


def test_aClosedDatabaseSaysSo(context):
    context.database.closeDatabase()
    with pytest.raises(DatabaseClosedError):
        DICOMUtils.loadSeriesByUID([])


def test_importingAFolderFillsTheDatabase(context, patients):
    expected = {builder.seriesUID for builder in patients}
    assert set(DICOMUtils.allSeriesUIDsInDatabase()) == expected
    files = context.database.filesForSeries(patients[0].seriesUID)
    assert DICOMUtils.seriesUIDsForFiles(files) == {patients[0].seriesUID}


def test_importingNothingOfUseIsFalseAndSaysWhy(context, tmp_path):
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.txt").write_text("no DICOM")
    messages = []
    assert not DICOMUtils.importDicom(str(tmp_path / "text"), messages=messages)
    assert any("a.txt" in line for line in messages)


def test_aSeriesIsLoadedByItsUID(context, patients):
    (nodeID,) = DICOMUtils.loadSeriesByUID([patients[0].seriesUID])
    assert numpy.array_equal(context.scene.GetNodeByID(nodeID).voxelArray(), patients[0].array)
    with pytest.raises(TypeError):
        DICOMUtils.loadSeriesByUID(patients[0].seriesUID)


def test_databaseSceneAndRegistryCanBePassedInstead(context, patients):
    DICOMUtils.setContext(None)
    scene = Scene()
    passed = {"database": context.database, "registry": context.registry}
    (nodeID,) = DICOMUtils.loadSeriesByUID([patients[0].seriesUID], scene=scene, **passed)
    assert scene.GetNodeByID(nodeID) is not None
    with pytest.raises(DICOMError, match="no scene to work with"):
        DICOMUtils.loadSeriesByUID([patients[0].seriesUID], **passed)


def test_patientsAreLoadedByUIDNameOrID(context, patients):
    name, patientID = patients[0].patientName, patients[0].patientID
    count = sum(builder.patientID == patientID for builder in patients)
    uid = DICOMUtils.getDatabasePatientUIDByPatientID(patientID)
    assert uid is not None and DICOMUtils.getDatabasePatientUIDByPatientID("nobody") is None
    shown = context.database.nameForPatient(uid)
    assert DICOMUtils.getDatabasePatientUIDByPatientName(shown) == uid, name
    for arguments in ({"uid": uid}, {"name": shown}, {"patientID": patientID}):
        assert len(DICOMUtils.loadPatient(**arguments)) == count
    with pytest.raises(ValueError):
        DICOMUtils.loadPatient()
    with pytest.raises(DatabaseError):
        DICOMUtils.loadPatientByPatientID("nobody")
    with pytest.raises(DatabaseError):
        DICOMUtils.loadPatientByName("nobody")
    with pytest.raises(DatabaseError):
        DICOMUtils.loadPatientByUID("999")


def test_theSeriesOfAnInstanceIsLoaded(context, patients):
    (nodeID,) = DICOMUtils.loadByInstanceUID(patients[0].sopInstanceUID(1))
    assert patients[0].sopInstanceUID(1) in context.scene.GetNodeByID(nodeID).GetAttribute("DICOM.instanceUIDs")
    with pytest.raises(DatabaseError):
        DICOMUtils.loadByInstanceUID("1.2.3.4.5")


def test_loadingCanBeVerified(context, patients):
    uids = [patients[0].seriesUID]
    messages = []
    assert DICOMUtils.loadSeriesWithVerification(uids, {"Scalar Volume": 1}, {"vtkMRMLScalarVolumeNode": 1}, messages)
    assert not DICOMUtils.loadSeriesWithVerification(uids, {"Scalar Volume": 2}, {"vtkMRMLModelNode": 1}, messages)
    assert messages == [
        "Expected 2 selected by Scalar Volume, found 1.", "Expected 1 nodes of class vtkMRMLModelNode, found 0."
    ]  # fmt: skip


def test_theStepsOfLoadingAreOpenToScripts(context, patients):
    files = context.database.filesForSeries(patients[0].seriesUID)
    plugins = {}
    found, any_ = DICOMUtils.getLoadablesFromFileLists([files], pluginInstances=plugins)
    names = ["DICOMScalarVolumePlugin", "DICOMDiffusionVolumePlugin", "DICOMSegmentationPlugin",
             "DICOMSlicerDataBundlePlugin", "DICOMVolumeSequencePlugin"]  # fmt: skip
    assert any_ and list(plugins) == DICOMUtils.getDefaultPluginClassNames() == names
    DICOMUtils.selectHighestConfidenceLoadables(found)
    calls = []
    DICOMUtils.loadLoadables(found, progressCallback=lambda text, percent: calls.append((text, percent)))
    assert calls and calls[-1][1] == 100


def test_theProgressCallbackCancels(context, patients):
    with pytest.raises(DICOMError, match="cancelled"):
        DICOMUtils.loadSeriesByUID([patients[0].seriesUID], progressCallback=lambda text, percent: True)


def test_filesAreSortedAlongTheSliceNormal(context, tmp_path):
    builder = axialCT()
    paths = [str(path) for path in builder.write(tmp_path / "ct", shuffle=True)]
    files, distances, warning = DICOMUtils.getSortedImageFiles(sorted(paths))
    assert files == paths and warning == ""
    assert [distances[path] for path in paths] == pytest.approx([0, 2.5, 5, 7.5, 10])
    gap = [str(path) for path in missingSliceCT().write(tmp_path / "gap")]
    assert "seems to be missing" in DICOMUtils.getSortedImageFiles(gap)[2]
    assert DICOMUtils.getSortedImageFiles([]) == ([], {}, "")


@pytest.mark.parametrize(("epsilon", "isQuiet"), [(0.01, False), (0.5, True)])
def test_harmlessNotesDoNotMakeGapsLoudThatAScriptAllows(context, tmp_path, epsilon, isQuiet):
    builder = axialCT(gaps=[2.5, 2.6, 2.5, 2.4])
    builder.edit = lambda dataset, _index: setattr(dataset, "SpacingBetweenSlices", 9)
    files = [str(path) for path in builder.write(tmp_path)]
    stack = analyzeStack(context.database.instanceRecordsForFiles(files))
    assert {finding.severity for finding in stack.findings} == {"note", "warning"}
    assert (DICOMUtils.getSortedImageFiles(files, epsilon)[2] == "") == isQuiet


def test_aFileOfManySlicesIsSortedByItsFirstOne(context, tmp_path):
    path, *_ = mosaicFile(tmp_path, 4, -1, numpy.eye(3))
    assert DICOMUtils.getSortedImageFiles([str(path)]) == ([str(path)], {str(path): 0.0}, "")


def test_emptyFoldersAreRemovedAndOthersKept(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "file").touch()
    DICOMUtils.removeEmptyDirs(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["c"]


def test_publicNamesOfTheLibraryAreLoadedOnDemand():
    import DICOMLib

    assert DICOMLib.DICOMDatabase is DICOMDatabase and DICOMLib.PluginRegistry is PluginRegistry
    assert isinstance(DICOMLib.DICOMPlugin, type), "a module file of the same name must not hide the class"
    assert set(DICOMLib.__all__) <= set(dir(DICOMLib))
    assert all(getattr(DICOMLib, name) is not None for name in DICOMLib.__all__)
    with pytest.raises(AttributeError):
        DICOMLib.noSuchName  # noqa: B018
