"""Folders of the store are private and durable; errors of the disk say what is needed."""

import errno
import os
from pathlib import Path

import pytest

from DICOMLib.Database import Durability
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseError
from Testing.DICOMLib.Database.OwnedState import writeManyFiles


@pytest.fixture
def synced(monkeypatch):
    """Names of the folders that were made durable, in order."""
    names = []
    monkeypatch.setattr(Durability, "syncFolder", lambda folder: names.append(os.path.basename(os.fsdecode(folder))))
    return names


def test_foldersAreMadeTogetherAndEachParentIsSyncedOnce(tmp_path, synced):
    folders = [tmp_path / "store" / name for name in ("aa", "bb", "cc")]
    Durability.makePrivateFolders(folders)
    Durability.makePrivateFolders(folders)

    assert all(folder.is_dir() and folder.stat().st_mode & 0o777 == 0o700 for folder in folders)
    assert synced == [tmp_path.name, "store"]


def test_manyFoldersAreSyncedByThreads(tmp_path, synced):
    Durability.syncFolders(Path(str(number)) for number in range(50))
    assert sorted(synced, key=int) == [str(number) for number in range(50)]


def test_deletedFilesStayDeleted(tmp_path, synced):
    for name in ("a/1", "a/2", "b/3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    paths = [os.fsencode(tmp_path / name) for name in ("a/1", "a/2", "b/3", "b/none")]

    assert Durability.removeDurably(paths) == []
    assert synced == ["a", "b"]
    assert not any(map(os.path.exists, paths))


def test_whatCannotBeDeletedForSureIsNamed(tmp_path, monkeypatch):
    paths = [os.fsencode(tmp_path / name) for name in "12"]
    for path in paths:
        Path(os.fsdecode(path)).write_bytes(b"x")

    def fail(folder):
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(Durability, "syncFolder", fail)
    assert Durability.removeDurably(paths) == paths


def test_aFullDiskSaysWhatIsNeededAndFree(tmp_path):
    with pytest.raises(DatabaseError) as caught, Durability.storeErrors(tmp_path / "not yet", lambda: 123_456_789):
        raise OSError(errno.ENOSPC, "No space left on device")

    text = str(caught.value)
    assert text.startswith(f"{tmp_path / 'not yet'}: the disk is full (No space left on device, 123,456,789 bytes")
    assert "(123 MB) are needed" in text and "are free" in text and "what was imported before is safe" in text


def test_otherErrorsAreNotCalledFull(tmp_path):
    with pytest.raises(DatabaseError, match="cannot be written .*Permission denied"), Durability.storeErrors(tmp_path):
        raise OSError(errno.EACCES, "Permission denied")


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_everythingIsForTheUserAloneWhateverTheUmask(tmp_path):
    """Folders 0700, files 0600, while an import runs and afterwards, with a umask that would let all read."""
    former = os.umask(0o022)
    try:
        writeManyFiles(tmp_path / "files", 30)
        database, modes = DICOMDatabase(), set()
        database.openDatabase(tmp_path / "database" / "study.sqlite")

        def look(_event=""):
            for folder, _, names in os.walk(database.databaseDirectory):
                for path in (folder, *(os.path.join(folder, name) for name in names)):
                    modes.add((os.path.isdir(path), os.stat(path).st_mode & 0o777))

        database.addObserver(look)
        DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
        look()
        database.closeDatabase()
    finally:
        os.umask(former)

    assert modes == {(True, 0o700), (False, 0o600)}
