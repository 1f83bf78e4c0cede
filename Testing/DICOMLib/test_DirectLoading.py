"""Files are looked at without importing them: the same voxels in the same place, and nothing stays."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

from DICOMLib import DICOMUtils
from DICOMLib.Database.TemporaryFolders import removeAbandonedFolders
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.DirectLoading import loadFiles
from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from Testing.Fixtures import axialCT, missingSliceCT, tiltedCT, twoPatients


def filesBelow(folder):
    return sorted(os.path.join(place, name) for place, _, names in os.walk(folder) for name in names)


def test_theResultIsThatOfImportingAndLoading(context, tmp_path, systemTemp):
    builder = tiltedCT()
    builder.write(tmp_path / "data", shuffle=True)
    (looked,) = map(context.scene.GetNodeByID, DICOMUtils.loadFiles([tmp_path / "data"]))
    assert context.database.patientsCount() == 0
    assert DICOMUtils.importDicom(tmp_path / "data")
    (imported,) = map(context.scene.GetNodeByID, DICOMUtils.loadSeriesByUID([builder.seriesUID]))
    assert (looked.voxelArray() == builder.array).all()
    assert (looked.ijkToRASArray() == imported.ijkToRASArray()).all()
    for name in imported.GetAttributeNames():
        assert looked.GetAttribute(name) == imported.GetAttribute(name)
    assert filesBelow(systemTemp) == []


def test_oneFileIsOneSlice(context, tmp_path):
    axialCT().write(tmp_path / "data")
    first = filesBelow(tmp_path / "data")[0]
    (node,) = map(context.scene.GetNodeByID, DICOMUtils.loadFiles(first))
    assert node.GetDimensions()[2] == 1


def test_anArchiveIsUnpackedIntoAPrivateFolderThatIsGoneAfterwards(context, tmp_path, systemTemp):
    builder = axialCT()
    builder.write(tmp_path / "data")
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        for path in filesBelow(tmp_path / "data"):
            archive.write(path, os.path.basename(path))
    messages = []
    (node,) = map(context.scene.GetNodeByID, DICOMUtils.loadFiles([tmp_path / "study.zip"], messages))
    assert (node.voxelArray() == builder.array).all() and messages == []
    assert list(systemTemp.iterdir()) == []


def test_warningsAndWhatCannotBeLoadedAreMessages(context, tmp_path):
    missingSliceCT().write(tmp_path / "data")
    messages = []
    assert DICOMUtils.loadFiles([tmp_path / "data"], messages)
    assert len(messages) == 1 and "[Scalar Volume]" in messages[0]
    (tmp_path / "a.txt").write_text("no DICOM")
    messages = []
    assert DICOMUtils.loadFiles([tmp_path / "a.txt"], messages) == []
    assert len(messages) == 1 and "a.txt" in messages[0]


def test_ofManySeriesTheLargestAreLoaded(context, tmp_path):
    twoPatients(tmp_path / "data")
    scene, messages = Scene(), []
    target = PluginContext(None, scene)
    nodes = loadFiles([tmp_path / "data"], context.registry, target, messages, mostSeries=1)
    assert len(nodes) == 1 and "largest" in messages[0]


def test_cancellingLeavesTheSceneEmptyAndNothingOnDisk(context, tmp_path, systemTemp):
    axialCT().write(tmp_path / "data")
    progress = Progress(lambda progress: progress.cancel())
    scene = Scene()
    with pytest.raises(CancelledError):
        loadFiles([tmp_path / "data"], context.registry, PluginContext(None, scene), progress=progress)
    assert scene.GetNodesByClass("vtkMRMLVolumeNode") == [] and list(systemTemp.iterdir()) == []


KILLED = """
import os, signal, sys
from DICOMLib.DirectLoading import privateDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
with privateDatabase([sys.argv[1]]) as database:
    DICOMIndexer(database).importPaths([sys.argv[1]])
    assert database.imagesCount() > 0
    print("imported", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("archived", [False, True], ids=["files", "archive"])
def test_ofAKilledProgramNothingStays(tmp_path, systemTemp, archived):
    axialCT().write(tmp_path / "data")
    given = tmp_path / "data"
    if archived:
        given = tmp_path / "study.zip"
        with zipfile.ZipFile(given, "w") as archive:
            for path in filesBelow(tmp_path / "data"):
                archive.write(path, os.path.basename(path))
    run = subprocess.run([sys.executable, "-c", KILLED, str(given)], capture_output=True, text=True)
    assert run.returncode < 0 and "imported" in run.stdout
    assert bool(filesBelow(systemTemp)) == archived  # of files, not even the killed one leaves anything
    removeAbandonedFolders()
    assert list(systemTemp.iterdir()) == []
