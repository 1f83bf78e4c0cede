"""Exporting to a server: volume, segmentation and whole scene arrive as they are; what does not arrive is kept."""

from __future__ import annotations

import os
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from DICOMLib.Database.TemporaryFolders import PREFIX
from DICOMLib.Errors import CancelledError, ExportError, NetworkError
from DICOMLib.Export import ServerExport
from DICOMLib.Export.Exporting import examineItems
from DICOMLib.Export.ServerExport import exportToServer, leftUnsent
from DICOMLib.Export.UnsentFolder import UnsentFolder
from DICOMLib.Progress import Progress
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.Segmentation.LabelMaps import addLabelMap, someLabels
from Testing.Fixtures import axialCT
from Testing.Fixtures.StoreServers import StoreServer, freePort, hasStorescp, serverAt, storescp

pytestmark = pytest.mark.network


@pytest.fixture
def bench(tmp_path):
    """With a CT in its scene."""
    made = Bench()
    (tmp_path / "ct").mkdir()
    axialCT().write(tmp_path / "ct")
    (made.volume,) = made.load(tmp_path / "ct")
    yield made
    made.close()


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """A place of its own for temporary files, to see what is left there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def exportables(bench, label="Scalar Volume", item=0):
    item = item or bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(bench.volume)
    types = examineItems(bench.registry, [item], bench.context)
    return next(one for one in types if label in one.label).exportables


def leftIn(folder):
    return [name for name in os.listdir(folder) if name.startswith(PREFIX)]


@pytest.mark.skipif(not hasStorescp(), reason="DCMTK's storescp is not installed")
@pytest.mark.parametrize("kind", ["images", "segmentation", "scene"])
def test_whatIsSentLoadsAgainFromWhatTheServerHasStored(bench, tmp_path, temporary, kind):
    stored, item = tmp_path / "stored", 0
    stored.mkdir()
    array = bench.volume.voxelArray().copy()
    if kind == "segmentation":
        array = someLabels(labels=(1, 2))
        item, _ = addLabelMap(bench, array)
    label = {"images": "Scalar Volume", "segmentation": "egmentation", "scene": "Slicer Data Bundle"}[kind]
    with storescp(stored) as port:
        report, unsent = exportToServer(bench.registry, exportables(bench, label, item), serverAt(port), bench.context)

    assert unsent is None and report.sendReport.isComplete and report.results[0].isChecked
    assert leftIn(temporary) == []
    for number, path in enumerate(sorted(stored.iterdir())):
        path.rename(stored / f"{number}.dcm")
    other = Bench()
    try:
        loaded = [node for node in other.load(stored) if hasattr(node, "voxelArray")]
        assert any(numpy.array_equal(node.voxelArray(), array) for node in loaded)
    finally:
        other.close()


def test_whatTheServerDoesNotStoreIsKeptPrivatelyAndSentOrSavedLater(bench, tmp_path, temporary):
    wanted = exportables(bench)
    slices = bench.volume.voxelArray().shape[0]
    report, unsent = exportToServer(bench.registry, wanted, serverAt(freePort()), bench.context)
    assert not report.sendReport.isComplete and "and not all sent" in report.summary()
    assert len(unsent.files) == slices
    assert {oct(os.stat(os.path.dirname(path)).st_mode & 0o777) for path in unsent.files} == {"0o700"}
    assert {oct(os.stat(path).st_mode & 0o777) for path in unsent.files} == {"0o600"}

    with StoreServer(answer=lambda number, _uid: 0xA700 if number else 0) as server:
        unsent.server = replace(unsent.server, port=server.port)
        assert unsent.send().sent == 1 and len(unsent.files) == slices - 1
    with pytest.raises(ExportError):
        unsent.saveTo(os.fsdecode(unsent.files[0]))  # a file is no folder
    assert len(unsent.files) == slices - 1
    progress = Progress(lambda one: one.cancel())  # told of the first piece at once
    with pytest.raises(CancelledError):
        unsent.saveTo(tmp_path / "saved", progress)
    assert 0 < progress.bytesDone < progress.total == sum(map(os.path.getsize, unsent.files))
    assert len(unsent.files) == slices - 1 and not (tmp_path / "saved").exists()
    (folder,) = unsent.saveTo(tmp_path / "saved")
    assert {oct(path.stat().st_mode & 0o777) for path in Path(folder).rglob("*")} == {"0o600"}
    assert len(list(Path(folder).iterdir())) == slices - 1
    assert unsent.files == [] and leftIn(temporary) == []


def test_nothingIsWrittenForAServerThatCannotBeAndNothingSentOfWhatFails(bench, temporary):
    wanted = exportables(bench)
    with pytest.raises(NetworkError, match="The port must be"):
        exportToServer(bench.registry, wanted, serverAt(0), bench.context)
    with StoreServer() as server:
        progress = Progress()
        progress.cancel()
        context = replace(bench.context, progress=progress)
        with pytest.raises(CancelledError):
            exportToServer(bench.registry, wanted, serverAt(server.port), context)
        wanted[0].tags = {**wanted[0].tags, "SeriesInstanceUID": "no UID"}
        with pytest.raises(ExportError):
            exportToServer(bench.registry, wanted, serverAt(server.port), bench.context)
        assert server.uids == []
    assert leftIn(temporary) == []


# Kept for the next start


@pytest.fixture
def kept(bench, tmp_path):
    """Of an export while no server was there: where it is kept, what is unsent."""
    base = tmp_path / "Unsent"
    _, unsent = exportToServer(bench.registry, exportables(bench), serverAt(freePort()), bench.context, str(base))
    yield base, unsent
    unsent.discard()


def test_whatIsUnsentIsOfferedOnceItsProgramHasEnded(kept, bench, temporary):
    base, unsent = kept
    assert leftIn(temporary) == [] and leftUnsent(base) == []  # this program has it
    unsent.leave()
    (left,) = leftUnsent(base)
    assert (left.server, left.files) == (unsent.server, unsent.files) and len(left.files) > 1
    assert leftUnsent(base) == []  # it is offered to one program only
    assert {oct(os.stat(os.path.dirname(path)).st_mode & 0o777) for path in left.files} == {"0o700"}

    with StoreServer(answer=lambda number, _uid: 0xA700 if number == 0 else 0) as server:
        left.server = replace(left.server, port=server.port)
        assert left.send().sent == len(unsent.files) - 1
    assert left.files == unsent.files[:1]
    left.leave()
    (again,) = leftUnsent(base)
    assert again.files == unsent.files[:1]  # what is with the server is not sent another time
    again.discard()
    assert os.listdir(base) == []


def test_whatWasKilledWhileItWasSentIsOfferedAndWhatWasKilledWhileItWasWrittenIsRemoved(bench, tmp_path, monkeypatch):
    base = tmp_path / "Unsent"

    class Killed(BaseException):
        pass

    def kill(*_):
        raise Killed

    monkeypatch.setattr(UnsentFolder, "remove", lambda folder: folder.leave())
    for place in ("writeSeries", "sendFiles"):
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(ServerExport, place, kill)
            exportToServer(bench.registry, exportables(bench), serverAt(104), bench.context, str(base))
    assert len(os.listdir(base)) == 2
    (left,) = leftUnsent(base)
    assert len(left.files) == bench.volume.voxelArray().shape[0] and len(os.listdir(base)) == 1


def test_filesAreNotLostBecauseTheServersDataAreDamaged(kept, tmp_path):
    base, unsent = kept
    unsent.leave()
    (base / os.listdir(base)[0] / "about.json").write_bytes(b'{"host": \xff')
    (left,) = leftUnsent(base)
    assert left.files == unsent.files
    with pytest.raises(NetworkError, match="The host is missing"):
        left.send()
    assert len(left.saveTo(tmp_path / "saved")) == 1 and os.listdir(base) == []


def test_foldersThatAreNotOfThisAreLeftAlone(tmp_path):
    for name in ("other", "unsent-strange"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("mine")
    assert leftUnsent(tmp_path) == [] and leftUnsent(tmp_path / "none") == []
    assert sorted(path.name for path in tmp_path.rglob("file")) == ["file", "file"]


def test_whereNothingCanBeKeptItIsSentAllTheSame(bench, tmp_path, temporary):
    (tmp_path / "Unsent").write_text("a file is no folder")
    with StoreServer() as server:
        report, unsent = exportToServer(
            bench.registry, exportables(bench), serverAt(server.port), bench.context, str(tmp_path / "Unsent")
        )
    assert report.sendReport.isComplete and unsent is None and leftIn(temporary) == []
