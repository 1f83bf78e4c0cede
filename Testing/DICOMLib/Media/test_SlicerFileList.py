"""The file list of a database of 3D Slicer, read without touching it."""

import hashlib
import os
import shutil

import pytest

from DICOMLib.Media.SlicerFileList import filesOfSlicerDatabase, isSlicerDatabase
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Media.SlicerDatabases import writeSlicerDatabase

FILES = ["/data/linked/1.dcm", "dicom/0a/0b/1.dcm", "dicom/0a/0b/2.dcm"]


def listed(path, privateFolder=None):
    return filesOfSlicerDatabase(os.fsencode(path), privateFolder, Progress())


def stateOf(folder):
    """Everything that reading might change: names, sizes, times and bytes."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in sorted(folder.rglob("*")) if path.is_file()} | {folder: folder.stat().st_mtime_ns}


@pytest.mark.parametrize("version", ["0.6.2", "0.7.0", "0.8.0", "0.8.1"])
def test_linkedAndCopiedFilesAreListedAndNothingIsTouched(tmp_path, version):
    folder = tmp_path / "Slicer's DICOM %20"
    folder.mkdir()
    writeSlicerDatabase(folder / "ctkDICOM.sql", FILES, version).close()
    before = stateOf(folder)
    found = listed(folder / "ctkDICOM.sql")

    assert found.paths == [b"/data/linked/1.dcm", *(os.fsencode(folder / name) for name in FILES[1:])]
    assert (found.copies, found.withoutFile, found.problem, found.wasUnfinished) == (2, 0, "", False)
    assert stateOf(folder) == before


def test_notEvenALockIsTaken(tmp_path):
    """SQLite would make two files beside a database of this mode, and take them away again."""
    (tmp_path / "slicer").mkdir()
    writeSlicerDatabase(tmp_path / "slicer" / "ctkDICOM.sql", FILES, journal_mode="WAL").close()
    before = stateOf(tmp_path / "slicer")

    assert len(listed(tmp_path / "slicer" / "ctkDICOM.sql").paths) == 3
    assert stateOf(tmp_path / "slicer") == before


def test_aReadOnlyFolderIsNoObstacle(tmp_path):
    writeSlicerDatabase(tmp_path / "ctkDICOM.sql", FILES).close()
    (tmp_path / "ctkDICOM.sql").chmod(0o400)
    tmp_path.chmod(0o500)
    found = listed(tmp_path / "ctkDICOM.sql")
    tmp_path.chmod(0o700)

    assert len(found.paths) == 3


def test_aLogThatIsNotEmptyIsReadInAPrivateCopy(tmp_path):
    (tmp_path / "slicer").mkdir()
    (tmp_path / "private").mkdir()
    live = writeSlicerDatabase(tmp_path / "live.sql", FILES, journal_mode="WAL")
    shutil.copyfile(tmp_path / "live.sql", tmp_path / "slicer" / "ctkDICOM.sql")
    shutil.copyfile(tmp_path / "live.sql-wal", tmp_path / "slicer" / "ctkDICOM.sql-wal")
    live.close()
    before = stateOf(tmp_path / "slicer")
    found = listed(tmp_path / "slicer" / "ctkDICOM.sql", tmp_path / "private")

    assert len(found.paths) == 3 and found.wasUnfinished
    assert found.paths[1] == os.fsencode(tmp_path / "slicer" / "dicom" / "0a" / "0b" / "1.dcm")
    assert "a private copy of it was read" in found.text()
    assert stateOf(tmp_path / "slicer") == before
    assert "close 3D Slicer" in listed(tmp_path / "slicer" / "ctkDICOM.sql").problem


def test_instancesOnServersAreCounted(tmp_path):
    writeSlicerDatabase(tmp_path / "ctkDICOM.sql", [*FILES, None, None]).close()
    found = listed(tmp_path / "ctkDICOM.sql")

    assert (len(found.paths), found.withoutFile) == (3, 2)
    assert found.text() == (
        "the database of 3D Slicer lists 3 files (2 copied, 1 linked); 2 more instances are only on a server")


def test_filesOnOtherComputersAreNotAskedFor(tmp_path):
    writeSlicerDatabase(tmp_path / "ctkDICOM.sql", ["\\\\server\\share\\1", "//server/share/2", *FILES]).close()

    assert len(listed(tmp_path / "ctkDICOM.sql").paths) == 3


def test_manyFilesAreListed(tmp_path):
    names = [f"dicom/{number:06d}.dcm" for number in range(20_000)]
    writeSlicerDatabase(tmp_path / "ctkDICOM.sql", names).close()

    assert listed(tmp_path / "ctkDICOM.sql").paths == [os.fsencode(tmp_path / name) for name in names]


@pytest.mark.parametrize(("version", "reason"), [
    ("", "from before its tables had a version"), ("0.9.0", "version 0.9.0, which is not known"),
    ("1\x1b[2J", "not known"),
])  # fmt: skip
def test_versionsThatAreNotKnownAreRefusedWithASentence(tmp_path, version, reason):
    writeSlicerDatabase(tmp_path / "ctkDICOM.sql", FILES, version).close()
    found = listed(tmp_path / "ctkDICOM.sql")

    assert reason in found.problem and found.paths == [] and "\x1b" not in found.problem


def test_otherDatabasesAreRefused(tmp_path):
    import sqlite3

    sqlite3.connect(tmp_path / "a.sql").execute("CREATE TABLE Images(Filename)").connection.close()
    (tmp_path / "b.sql").write_bytes(b"SQLite format 3\0" + bytes(5000))
    writeSlicerDatabase(tmp_path / "c.sql", FILES * 1).close()
    contents = bytearray((tmp_path / "c.sql").read_bytes())
    contents[4096:] = os.urandom(len(contents) - 4096)
    (tmp_path / "c.sql").write_bytes(contents)

    assert "no database of 3D Slicer" in listed(tmp_path / "a.sql").problem
    assert "cannot be read as a database" in listed(tmp_path / "b.sql").problem
    assert "cannot be read as a database" in listed(tmp_path / "c.sql").problem


def test_itIsToldByContentsAndName(tmp_path):
    writeSlicerDatabase(tmp_path / "ctkDICOM.sql", []).close()
    shutil.copyfile(tmp_path / "ctkDICOM.sql", tmp_path / "other.sql")
    shutil.copyfile(tmp_path / "ctkDICOM.sql", tmp_path / "study.sqlite")
    (tmp_path / "script.sql").write_text("SELECT 1")

    found = {name: isSlicerDatabase(os.fsencode(tmp_path / name))
             for name in ("ctkDICOM.sql", "other.sql", "study.sqlite", "script.sql", "nothing.sql")}
    assert found == {"ctkDICOM.sql": True, "other.sql": True, "study.sqlite": False, "script.sql": False,
                     "nothing.sql": False}
