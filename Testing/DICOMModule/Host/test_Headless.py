import subprocess
import sys
import textwrap

import numpy
import pytest

from DICOMLib.Scene.Nrrd import readNrrd
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.Headless import ScriptResult, runCode, runScript
from Testing.Fixtures.ReadyMade import axialCT, twoPatients

FOLDER_INTO_SCENE = """
    import sys
    from DICOMLib import DICOMUtils

    loaded = []
    with DICOMUtils.TemporaryDICOMDatabase() as db:
        DICOMUtils.importDicom(sys.argv[1], db)
        for patient in db.patients():
            loaded += DICOMUtils.loadPatientByUID(patient)
    assert loaded == ["vtkMRMLScalarVolumeNode1", "vtkMRMLScalarVolumeNode2", "vtkMRMLScalarVolumeNode3"], loaded
    assert all(slicer.mrmlScene.GetNodeByID(nodeID).GetImageData() for nodeID in loaded)
    assert slicer.dicomDatabase.patients() == []
"""

TAGS_OF_THE_FIRST_FILE = """
    import sys
    import pydicom
    from DICOMLib import DICOMUtils

    DICOMUtils.importDicom(sys.argv[1])
    db = slicer.dicomDatabase
    study = db.studiesForPatient(db.patients()[0])[0]
    files = db.filesForSeries(db.seriesForStudy(study)[0])
    assert db.fileValue(files[0], "0020,0032").count("\\\\") == 2
    tag = str(pydicom.tag.Tag("StudyDate"))[1:-1].replace(" ", "")
    assert db.fileValue(files[0], tag) == pydicom.dcmread(files[0]).StudyDate
    assert db.fileValue(files[0], "0010,1030") == ""
"""

TAGS_OF_A_LOADED_VOLUME = """
    import sys
    from DICOMLib import DICOMUtils

    DICOMUtils.importDicom(sys.argv[1])
    db = slicer.dicomDatabase
    DICOMUtils.loadPatientByPatientID("P-001")
    node = slicer.util.getNode("2: Axial CT")
    uids = node.GetAttribute("DICOM.instanceUIDs").split()
    assert len(uids) == node.GetImageData().GetDimensions()[2]
    assert db.fileValue(db.fileForInstance(uids[0]), "0018,5100") == "HFS"

    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemByDataNode(node)
    instances = db.instancesForSeries(hierarchy.GetItemUID(item, "DICOM"))
    assert db.instanceValue(instances[0], "0010,0010") == "First^Patient"
    assert node.GetStorageNode() is None
"""

DATABASE_INTO_NRRD = """
    import sys
    from DICOMLib import DICOMUtils

    DICOMUtils.importDicom(sys.argv[1])
    for patient in slicer.dicomDatabase.patients():
        for nodeID in DICOMUtils.loadPatientByUID(patient):
            node = slicer.mrmlScene.GetNodeByID(nodeID)
            if not node or not node.IsA("vtkMRMLScalarVolumeNode"):
                continue
            hierarchy = slicer.mrmlScene.GetSubjectHierarchyNode()
            series = hierarchy.GetItemByDataNode(node)
            study = hierarchy.GetItemParent(series)
            subject = hierarchy.GetItemParent(study)
            parts = [hierarchy.GetItemAttribute(subject, "DICOM.PatientID"),
                     hierarchy.GetItemAttribute(study, "DICOM.StudyDate"),
                     hierarchy.GetItemAttribute(series, "DICOM.SeriesNumber"),
                     hierarchy.GetItemAttribute(series, "DICOM.Modality")]
            name = slicer.app.ioManager().forceFileNameValidCharacters("_".join(parts)) + ".nrrd"
            assert slicer.util.saveNode(node, sys.argv[2] + "/" + name)
        slicer.mrmlScene.Clear()
    assert slicer.mrmlScene.GetNumberOfNodes() == 0
"""

SCRIPTS = {
    "a folder into the scene": FOLDER_INTO_SCENE,
    "tags of the first file": TAGS_OF_THE_FIRST_FILE,
    "tags of a loaded volume": TAGS_OF_A_LOADED_VOLUME,
}


@pytest.fixture
def application():
    with HostApplication.create(private=True) as application:
        yield application


@pytest.fixture(scope="module")
def hospital(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hospital")
    twoPatients(folder)
    return folder


def script(tmp_path, source):
    path = tmp_path / "script.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", SCRIPTS)
def test_scriptsWrittenForSlicerRun(application, tmp_path, hospital, capsys, name):
    result = runScript(application, script(tmp_path, SCRIPTS[name]), [str(hospital)])
    assert result == ScriptResult(), capsys.readouterr().err


def test_aScriptWrittenForSlicerExportsTheDatabaseAsNRRD(application, tmp_path, hospital, capsys):
    output = tmp_path / "out"
    output.mkdir()
    result = runScript(application, script(tmp_path, DATABASE_INTO_NRRD), [str(hospital), str(output)])
    assert result == ScriptResult(), capsys.readouterr().err
    written = sorted(path.name for path in output.iterdir())
    assert written == ["P-001_20260314_2_CT.nrrd", "P-001_20260401_4_MR.nrrd", "P-002_20260314_2_CT.nrrd"]
    assert readNrrd(output / written[0]).array.shape == (5, 16, 12)


def test_theOneLineConversionRuns(application, tmp_path, capsys):
    builder = axialCT()
    files = builder.write(tmp_path / "series")
    code = (
        f"node=slicer.util.loadVolume({str(files[0])!r}); "
        f"slicer.util.saveNode(node, {str(tmp_path / 'output.nrrd')!r}); exit()"
    )
    assert runCode(application, code) == ScriptResult(0, askedToLeave=True), capsys.readouterr().err
    assert numpy.array_equal(readNrrd(tmp_path / "output.nrrd").array, builder.array)


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("x = 1", ScriptResult(0)),
        ("import sys; sys.exit(7)", ScriptResult(7, True)),
        ("exit(3)", ScriptResult(3, True)),
        ("slicer.util.exit(4)", ScriptResult(4, True)),
        ("raise SystemExit('sorry')", ScriptResult(1, True)),
        ("1/0", ScriptResult(1)),
        ("def (", ScriptResult(1)),
    ],
)
def test_theExitCodeIsTheScripts(application, capsys, code, result):
    assert runCode(application, code) == result


def test_anExceptionIsShownFromTheScriptsFirstLine(application, tmp_path, capsys):
    path = script(tmp_path, "def inner():\n    raise ValueError('wrong')\ninner()\n")
    assert runScript(application, path).code == 1
    shown = capsys.readouterr().err
    assert "ValueError: wrong" in shown
    assert "Headless.py" not in shown
    assert "raise ValueError('wrong')" in shown


def test_aScriptIsAProgramOfItsOwn(application, tmp_path, capsys):
    (tmp_path / "helper.py").write_text("NAME = 'helper'", encoding="utf-8")
    path = script(tmp_path, "import sys, helper\nprint(__name__, __file__ == sys.argv[0], sys.argv[1:], helper.NAME)")
    before = list(sys.argv), list(sys.path)
    assert runScript(application, path, ["a", "b"]) == ScriptResult()
    assert capsys.readouterr().out == "__main__ True ['a', 'b'] helper\n"
    assert (sys.argv, sys.path) == before
    sys.modules.pop("helper")


def test_aMissingScriptIsSaidInOneLine(application, tmp_path, capsys):
    assert runScript(application, tmp_path / "absent.py").code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_nothingOfQtIsLoadedByAScriptThatUsesNone(hospital, tmp_path):
    source = FOLDER_INTO_SCENE + """
    import qt, ctk, vtk
    vtk.vtkPolyData()
    bindings = ("qtpy", "PyQt5", "PyQt6", "pyvistaqt", "sip")
    loadedQt = sorted(name for name in sys.modules if name.split(".")[0] in bindings)
    assert not loadedQt, loadedQt
    sys.exit(5)
"""
    command = [sys.executable, "-m", "DICOMModule", "--no-main-window", "--database", ":memory:"]
    command += ["--python-script", str(script(tmp_path, source)), str(hospital)]
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert finished.returncode == 5, finished.stderr
