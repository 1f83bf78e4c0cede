"""The DICOM module: its logic without Qt, its self-test, and its panel in a window."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.uid import ExplicitVRLittleEndian, RLELossless
from qtpy.QtWidgets import QVBoxLayout, QWidget

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import CancelledError
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMLib.Workers.WorkerPool import WorkerPool
from DICOMPlugins import registerBuiltins
from Testing.Fixtures import axialCT, obliqueMR, tiltedCT, truncated, twoPatientBuilders, twoPatients

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def logic(tmp_path):
    from DICOMModule.DICOM import DICOMLogic

    registry = PluginRegistry()
    registerBuiltins(registry)
    database = DICOMDatabase()
    database.openDatabase(str(tmp_path / "database" / "DICOM.sqlite"))
    database.tagsToPrecache = registry.tagsToPrecache()
    yield DICOMLogic(database=database, scene=Scene(), registry=registry, settings=Settings())
    database.closeDatabase()


def loadAll(logic, report):
    loadables, messages = logic.examine(report.seriesUIDs)
    staging, problems = logic.load(loadables)
    return logic.showInScene(staging), messages + problems


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR(), tiltedCT()], ids=["axial", "oblique", "tilted"])
def testFilesBecomeAVolumeWithItsTrueGeometryAndValues(logic, tmp_path, builder):
    builder.write(tmp_path / "files", shuffle=True)
    report = logic.importPaths([str(tmp_path / "files")])
    nodes, messages = loadAll(logic, report)
    assert messages == []
    assert nodes[0].ijkToRASArray() == pytest.approx(builder.ijkToRAS, abs=1e-4)
    assert (nodes[0].voxelArray() == builder.array).all()


def testWhatIsLoadedBesideComesHiddenButForTheFirstVolume(logic, tmp_path):
    axialCT().write(tmp_path / "files")
    loadables, _messages = logic.examine(logic.importPaths([str(tmp_path / "files")]).seriesUIDs)
    shown = []
    for _ in range(2):
        staging, _problems = logic.load(loadables)
        shown += [bool(node.GetDisplayNode().GetVisibility()) for node in logic.showInScene(staging, isBeside=True)]
    assert shown == [True, False]


def testLoadingLeavesTheSceneAloneUntilTheResultIsShown(logic, tmp_path):
    axialCT().write(tmp_path / "files")
    report = logic.importPaths([str(tmp_path / "files")])
    loadables, _messages = logic.examine(report.seriesUIDs)
    staging, _problems = logic.load(loadables)
    assert logic.scene.GetNodesByClass("vtkMRMLVolumeNode") == []
    assert len(logic.showInScene(staging)) == 1
    assert len(logic.scene.GetNodesByClass("vtkMRMLVolumeNode")) == 1


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless], ids=["native", "compressed"])
def testOnlyACompressedSeriesIsPreparedForByStartingDecoders(logic, tmp_path, syntax):
    axialCT(transferSyntax=syntax).write(tmp_path / "files")
    report = logic.importPaths([str(tmp_path / "files")])
    logic.prepareToLoad(report.seriesUIDs)  # without decoders of its own there is nothing to prepare
    with WorkerPool(size=1) as logic.workers:
        logic.prepareToLoad(report.seriesUIDs)
        started = bool(logic.workers._starting)
    assert started == (syntax == RLELossless)


def testPatientsAndStudiesAreFoundAboveSeries(logic, tmp_path):
    twoPatients(tmp_path / "files")
    report = logic.importPaths([str(tmp_path / "files")])
    studies, patients = logic.parentsOfSeries(report.seriesUIDs)
    assert studies == {builder.studyUID for builder in twoPatientBuilders().values()}
    assert len(patients) == 2


def testRemovalSaysBeforehandWhatGoesAndThenDoesIt(logic, tmp_path):
    linked, copied = axialCT(slices=4), obliqueMR(slices=3, patientID="OTHER")
    linkedFiles = linked.write(tmp_path / "linked")
    copied.write(tmp_path / "copied")
    logic.importPaths([str(tmp_path / "linked")])
    logic.importPaths([str(tmp_path / "copied")], copyFiles=True)
    owned = [Path(path) for path in logic.database.filesForSeries(copied.seriesUID)]
    counts = logic.removalCounts("series", [linked.seriesUID, copied.seriesUID])
    assert (counts.copiesDeleted, counts.originalsKept) == (3, 4)
    logic.remove("study", [linked.studyUID, copied.studyUID])
    assert logic.database.patients() == []
    assert all(path.exists() for path in linkedFiles)
    assert not any(path.exists() for path in owned)


def testAnImportThatIsCancelledSaysSo(logic, tmp_path):
    axialCT(slices=20).write(tmp_path / "files")
    progress = Progress()
    progress.cancel()
    try:
        report = logic.importPaths([str(tmp_path / "files")], progress=progress)
    except CancelledError:
        return
    assert report.cancelled


def testABrokenSliceIsAMessageNotAnEnd(logic, tmp_path):
    builder = axialCT(slices=3)
    files = builder.write(tmp_path / "ct")
    files[1].write_bytes(truncated(files[1].read_bytes(), 700))
    other = obliqueMR()
    other.write(tmp_path / "mr")
    report = logic.importPaths([str(tmp_path)])
    nodes, _messages = loadAll(logic, report)
    assert [node.GetName() for node in nodes if node.GetName().startswith("4:")] == ["4: Oblique MR"]


def testTheSelfTestRunsWithoutQt():
    code = (
        "import sys; from DICOMModule.DICOM import DICOMTest; DICOMTest().runTest(); "
        "assert not [name for name in sys.modules if name.startswith(('PyQt', 'qtpy', 'pyvistaqt'))]"
    )
    finished = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, timeout=100)
    assert finished.returncode == 0, finished.stderr
    assert "Found 8 spheres where they belong" in finished.stdout
    assert finished.stdout.endswith("The DICOM module works.\n")


def testTheSelfTestFailsWhenGeometryIsWrong(monkeypatch):
    from DICOMModule import DICOM

    monkeypatch.setattr(DICOM, "MATRIX_TOLERANCE", -1.0)
    with pytest.raises(AssertionError):
        DICOM.DICOMTest().runTest()


@pytest.fixture
def module(qtbot):
    """The module's widget in a window, on an application of its own."""
    from DICOMModule.DICOM import DICOMWidget
    from DICOMModule.Host.Application import HostApplication

    with HostApplication.create(private=True, scripting=False) as application:
        page = QWidget()
        page.setLayout(QVBoxLayout())
        page.resize(400, 800)
        page.hostApplication = application
        qtbot.addWidget(page)
        widget = DICOMWidget(page)
        widget.setup()
        page.show()
        yield widget
        widget.cleanup()


@pytest.mark.gui
def testFromDropToVolumeInTheRealThing(qtbot, module, tmp_path):
    builder = tiltedCT(patientName="Müller^Jürgen", charset="ISO_IR 192")
    builder.write(tmp_path / "ct")
    (tmp_path / "ct" / "notes.txt").write_text("not DICOM")
    with qtbot.waitSignal(module.browserWidget.nodesLoaded, timeout=60000) as loaded:
        module.importPaths([str(tmp_path)], loadAfterImport=True)
    node = loaded.args[0][0]
    assert node.GetScene() is module.application.scene
    assert node.ijkToRASArray() == pytest.approx(builder.ijkToRAS, abs=1e-4)
    tables = module.browserWidget.dicomBrowser.tables
    assert tables.patientsTable.model.index(0, 0).data() == "Müller, Jürgen"
    assert tables.selectedSeries() == [builder.seriesUID]
    report = module.browserWidget.dicomBrowser.lastReport
    assert [Path(entry.path.decode()).name for entry in report.skipped] == ["notes.txt"]


@pytest.mark.gui
def testSlicersScriptStepsWork(module, tmp_path):
    builder = axialCT()
    builder.write(tmp_path / "ct")
    module.browserWidget.dicomBrowser.importDirectory(str(tmp_path / "ct"))
    module.browserWidget.dicomBrowser.waitForImportFinished()
    module.onSeriesSelected([builder.seriesUID])
    loadables = module.examineForLoading()
    assert [one.selected for found in loadables.values() for one in found] == [True]
    module.loadCheckedLoadables()
    assert module.application.scene.GetFirstNodeByName("2: Axial CT") is not None


@pytest.mark.gui
def testImportingFoldersFromAScriptCanBeWaitedFor(module, tmp_path):
    axialCT().write(tmp_path / "ct")
    module.importPaths([str(tmp_path / "ct")], loadAfterImport=True)
    module.waitForImportFinished()
    assert len(module.application.scene.GetNodesByClass("vtkMRMLScalarVolumeNode")) == 1
