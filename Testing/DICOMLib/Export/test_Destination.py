import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.StoreSession import StoreSession
from DICOMLib.Database.TemporaryFolders import PREFIX
from DICOMLib.Errors import CancelledError, DatabaseError, ExportError
from DICOMLib.Export.Destination import Destination, exportToDatabase, writingErrors
from Testing.Fixtures import axialCT, obliqueMR

ROOT = Path(__file__).resolve().parents[3]


def test_nothingIsInPlaceUntilEverythingIs(tmp_path):
    with Destination(tmp_path) as destination:
        for name in ("a", "b"):
            (Path(destination.folder(name)) / "file").write_text(name)
        assert not (tmp_path / "a").exists()
        assert list(destination.publish().values()) == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert (tmp_path / "b" / "file").read_text() == "b"


def test_whatFailsLeavesNothingNotEvenFoldersThatWereMade(tmp_path):
    with pytest.raises(KeyError):
        with Destination(tmp_path / "new" / "deep") as destination:
            (Path(destination.folder("a")) / "file").write_text("x")
            raise KeyError
    assert os.listdir(tmp_path) == []


def test_aFolderWithSomethingInItIsNotWrittenTo(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "mine").write_text("mine")
    with pytest.raises(ExportError, match="not empty"):
        with Destination(tmp_path) as destination:
            destination.folder("a")
    assert os.listdir(tmp_path) == ["a"]
    assert os.listdir(tmp_path / "a") == ["mine"]


def test_aPlaceThatCannotBeWrittenToIsNamed(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="cannot be written"):
        with Destination(tmp_path / "file"):
            pytest.fail("a file is no folder")


def test_aFullDiskIsNamedWithoutThePrivateFolders(tmp_path):
    place = tmp_path / "DICOMModule-results"
    with Destination(place) as destination, pytest.raises(ExportError) as caught:  # noqa: SIM117
        with writingErrors(os.path.join(destination.privateFolder(), "1", "a.dcm")):
            raise OSError(errno.ENOSPC, "No space left on device")
    assert str(caught.value) == (
        f"{place / '1' / 'a.dcm'}: the disk is full (No space left on device). "
        "Nothing was left behind. Make room or choose another folder."
    )


def test_aDatabaseThatCannotBeWrittenSaysThatNothingWasAdded(database, monkeypatch):
    def fail(*_, **__):
        raise DatabaseError("the disk is full", hint="Import again")

    monkeypatch.setattr(DICOMIndexer, "importPaths", fail)
    with pytest.raises(DatabaseError, match=r"^the disk is full. Nothing was added to the database\.$"):
        exportToDatabase(database, lambda folder: axialCT().write(Path(folder)))


@pytest.mark.parametrize("place", ["stage", "announce", "publish"])
def test_aFullDiskLeavesNoStoreThatWasNotThere(database, tmp_path, monkeypatch, place):
    def write(folder):
        axialCT().write(Path(folder))

    function = getattr(StoreSession, place)

    def full(session, *arguments):
        if place != "stage":
            function(session, *arguments)
        raise DatabaseError("the disk is full")

    store = tmp_path / "database" / "ctkDICOM.sql-files"
    monkeypatch.setattr(StoreSession, place, full)
    with pytest.raises(DatabaseError, match="the disk is full"):
        exportToDatabase(database, write)
    assert database.allSeries() == [] and not store.exists()

    store.mkdir()
    with pytest.raises(DatabaseError, match="the disk is full"):
        exportToDatabase(database, write)
    assert store.exists() and not [path for path in store.rglob("*") if path.is_file()]

    monkeypatch.setattr(StoreSession, place, function)
    assert exportToDatabase(database, write).instancesAdded == 5


def test_whatAKilledProgramLeftGoesWithTheNextExport(tmp_path):
    code = "import os, sys; from DICOMLib.Export.Destination import Destination\n" \
           "with Destination(sys.argv[1]) as d: d.folder('a'); os._exit(1)"  # fmt: skip
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert len(os.listdir(tmp_path)) == 1
    with Destination(tmp_path) as destination:
        destination.folder("b")
        destination.publish()
    assert os.listdir(tmp_path) == ["b"]


def test_exportToDatabaseKeepsCopiesAndNoFolder(database, tmp_path):
    folders = []

    def write(folder):
        folders.append(folder)
        axialCT().write(Path(folder))

    report = exportToDatabase(database, write)
    assert report.instancesAdded == 5
    assert not os.path.exists(folders[0])
    assert all(os.path.exists(path) for path in database.filesForSeries(report.seriesUIDs[0]))


def test_whatCannotAllBeImportedIsNotImportedAtAll(database):
    def write(folder):
        axialCT().write(Path(folder))
        (Path(folder) / "other.dcm").write_bytes(b"no DICOM")

    with pytest.raises(ExportError, match="1 file could not be added"):
        exportToDatabase(database, write)
    assert database.allSeries() == []


KILLED = """
import os, signal, sys
from pathlib import Path
from DICOMLib.Database import Indexer
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Export.Destination import exportToDatabase
from Testing.Fixtures import axialCT
Indexer.COPIED_BATCH_BYTES = (1, 1)  # what is written bit by bit is written file by file
database = DICOMDatabase()
database.openDatabase(sys.argv[1])
database.addObserver(lambda event: os.kill(os.getpid(), signal.SIGKILL))
exportToDatabase(database, lambda folder: axialCT().write(Path(folder)))
"""


def test_aProgramThatIsKilledHasAddedAllFilesOrNone(tmp_path):
    path = tmp_path / "database" / "ctkDICOM.sql"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", KILLED, str(path)], cwd=ROOT, env=environment, check=False)
    assert run.returncode == -9
    again = DICOMDatabase()
    again.openDatabase(str(path))
    (series,) = again.allSeries()  # it was killed by the first news of the database, which is the last
    assert len(again.filesForSeries(series)) == 5
    again.closeDatabase()


def test_whatOthersImportMeanwhileStaysWhenAnExportFails(database, tmp_path, monkeypatch):
    other = obliqueMR()
    other.write(tmp_path / "other")
    importPaths = DICOMIndexer.importPaths

    def importBoth(indexer, paths, **options):
        importPaths(indexer, [tmp_path / "other"])
        return importPaths(indexer, paths, **options)

    def write(folder):
        axialCT().write(Path(folder))
        (Path(folder) / "other.dcm").write_bytes(b"no DICOM")

    monkeypatch.setattr(DICOMIndexer, "importPaths", importBoth)
    with pytest.raises(ExportError, match="1 file could not be added"):
        exportToDatabase(database, write)
    assert database.allSeries() == [other.seriesUID]


def test_aCancelLeavesNothingInTheDatabase(database):
    from DICOMLib.Progress import Progress

    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        exportToDatabase(database, lambda folder: axialCT().write(Path(folder)), progress)
    assert database.allSeries() == []


def test_whatAKilledExportToTheDatabaseLeftGoesWithTheNextOne(database, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    left = temporary / f"{PREFIX}killed"
    left.mkdir(parents=True)
    (left / ".inUse").touch()
    (left / "patient.dcm").touch()
    with pytest.raises(ExportError):
        exportToDatabase(database, lambda folder: Path(folder, "no image.dcm").write_text("x"))
    assert list(temporary.iterdir()) == []
