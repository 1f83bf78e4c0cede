"""A scene with a node of every kind, as one DICOM object, through databases, networks and other programs: it comes back
the same, attribute by attribute and digest by digest, and its SHA-256 is verified every time."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pydicom
import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRBigEndian, ImplicitVRLittleEndian

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Export.Exporting import examineItems, exportToDatabase
from DICOMPlugins.SceneBundle.BundleReading import extractBundle
from Testing.DICOMLib.SceneFiles.EveryKind import differences, everyKindScene, everythingOf
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import ExportOracles
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.StoreServers import storescp

LITTLE = "1.2.840.10008.1.2.1"


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """What the scene says, and the object in a database's folder."""
    folder = tmp_path_factory.mktemp("exported")
    bench = Bench(scene=everyKindScene())
    database = DICOMDatabase()
    database.openDatabase(str(folder / "database" / "ctk.sql"))
    bench.context.database = database
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(bench.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"))
    types = examineItems(bench.registry, [item], bench.context)
    (found,) = [one for one in types if one.label == "Slicer Data Bundle"]
    report = exportToDatabase(bench.registry, found.exportables, bench.context)
    (uid,) = report.importReport.seriesUIDs
    (stored,) = database.filesForSeries(uid)
    before = everythingOf(bench.scene, folder / "before")
    database.closeDatabase()
    bench.close()
    return before, Path(stored)


def assertSame(before: dict, received: Path, folder: Path) -> None:
    """Import it into a database that copies, and load it from there into an empty scene."""
    database = DICOMDatabase()
    database.openDatabase(str(folder / "other database" / "ctk.sql"))
    (uid,) = DICOMIndexer(database).importPaths([received], copyFiles=True).seriesUIDs
    (stored,) = database.filesForSeries(uid)
    bench = Bench(database=database)
    try:
        assert extractBundle(stored, str(folder / "scene.mrb"), runWorkers()).isVerified
        assert bench.load(Path(stored))
        assert [one for one in bench.messages if "nobody could be asked" not in one] == []
        assert differences(before, everythingOf(bench.scene, folder / "after")) == []
    finally:
        bench.close()


def test_throughADatabase(exported, tmp_path):
    assertSame(*exported, tmp_path)


SERVERS = {
    "as it is": ([], LITTLE),
    "bit by bit": (["+B"], LITTLE),
    "sent implicit": (["+xi"], str(ImplicitVRLittleEndian)),
    "sent deflated": (["+xd"], str(DeflatedExplicitVRLittleEndian)),
    "stored implicit": (["+ti"], str(ImplicitVRLittleEndian)),
    "stored deflated": (["+td"], str(DeflatedExplicitVRLittleEndian)),
    "stored with big numbers first": (["+tb"], str(ExplicitVRBigEndian)),
    "with group lengths and undefined lengths": (["+g", "-e"], LITTLE),
}


@pytest.mark.network
@pytest.mark.parametrize("how", SERVERS)
def test_throughAServer(exported, tmp_path, how):
    options, syntax = SERVERS[how]
    received = tmp_path / "received"
    received.mkdir()
    ExportOracles.needed("storescp", "dcmtk")
    with storescp(received, *options) as port:
        _send(exported[1], str(port), options)
    (file,) = received.iterdir()
    assert pydicom.dcmread(file, stop_before_pixels=True).file_meta.TransferSyntaxUID == syntax
    assertSame(exported[0], file, tmp_path)


def _send(file: Path, port: str, options: list[str]) -> None:
    """With the program that can propose what the server is to prefer."""
    prefers = [option.replace("+x", "-x") for option in options if option in ("+xi", "+xd")]
    command = [ExportOracles.needed("storescu", "dcmtk"), *prefers] if prefers else [
        ExportOracles.needed("dcmsend", "dcmtk")
    ]  # fmt: skip
    subprocess.run([*command, "127.0.0.1", port, str(file)], capture_output=True, timeout=60, check=True)


@pytest.mark.parametrize("options", [["+ti"], ["+td"], ["+tb"], ["+te", "-e", "+g"], ["+te", "-u"]], ids=" ".join)
def test_rewrittenByDCMTK(exported, tmp_path, options):
    rewritten = tmp_path / "rewritten.dcm"
    subprocess.run([ExportOracles.needed("dcmconv", "dcmtk"), *options, str(exported[1]), str(rewritten)], check=True)
    assertSame(exported[0], rewritten, tmp_path)


@pytest.mark.network
def test_throughOrthanc(exported, orthanc, tmp_path):
    orthanc.upload([exported[1]])
    uid = str(pydicom.dcmread(exported[1], stop_before_pixels=True).SOPInstanceUID)
    file = tmp_path / "from Orthanc.dcm"
    file.write_bytes(orthanc.file(uid))
    assertSame(exported[0], file, tmp_path)
