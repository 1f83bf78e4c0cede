"""Copies are written in an order that survives being killed anywhere."""

import hashlib
import os
import signal
from pathlib import Path

import pytest

from DICOMLib.Database import FileStore as FileStoreModule
from DICOMLib.Database.Connections import Connections
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.FileLock import FileLock
from DICOMLib.Database.FileStore import FileStore
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseError, UnreadableFileError
from Testing.Fixtures import SeriesBuilder
from Testing.Fixtures.ForkedWork import exitCode

CONTENTS = b"contents of a file"
DIGEST = hashlib.sha256(CONTENTS).digest()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(CONTENTS)
    return os.fsencode(path)


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "store")


def filesIn(folder):
    return sorted(str(path.relative_to(folder)) for path in Path(folder).rglob("*") if path.is_file())


def test_aPublishedCopyIsFoundByItsDigest(store, source):
    with store.newSession() as session:
        staged = session.stage(source)
        session.announce([staged.digest])
        session.publish([staged])
        session.committed()

    assert staged.digest == DIGEST
    assert Path(os.fsdecode(store.pathOf(DIGEST))).read_bytes() == CONTENTS
    assert store.digestOf(store.pathOf(DIGEST)) == DIGEST
    assert filesIn(store.folder) == [os.path.join(DIGEST.hex()[:2], DIGEST.hex()[2:] + ".dcm")]


def test_stagedCopiesVanishWithoutACommit(store, source):
    with store.newSession() as session:
        session.stage(source)

    assert filesIn(store.folder) == []


def test_onlyAnEmptyStoreThatNobodyUsesIsTakenAway(store, source):
    store.removeIfEmpty()  # there is none
    with store.newSession() as session:
        store.removeIfEmpty()
        assert session.folder.is_dir()
    lock = FileLock(store.folder, isFolder=True)
    assert lock.tryAcquire()
    store.removeIfEmpty()
    assert store.folder.is_dir()
    lock.release()
    store.removeIfEmpty()
    assert not store.folder.exists()

    with store.newSession() as session:
        staged = session.stage(source)
        session.announce([staged.digest])
        session.publish([staged])
        session.committed()
    store.removeIfEmpty()
    assert os.path.exists(store.pathOf(DIGEST))


def test_pathsElsewhereHaveNoDigest(store):
    assert store.digestOf(b"/elsewhere/ab/cdef.dcm") is None
    assert store.digestOf(os.fsencode(store.folder / "ab" / "not hex.dcm")) is None


def test_everythingIsDurableBeforeTheNextStep(database, tmp_path, monkeypatch):
    """fsync of the copy < announcement < rename < fsync of the folder < commit."""
    SeriesBuilder(slices=1).write(tmp_path / "files")
    steps = []

    def record(name, function, target):
        def recorded(*arguments, **options):
            steps.append((name, target(*arguments)))
            return function(*arguments, **options)

        return recorded

    def descriptorName(descriptor):
        return os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}"))

    monkeypatch.setattr(os, "fsync", record("fsync", os.fsync, descriptorName))
    monkeypatch.setattr(os, "replace", record("rename", os.replace, lambda *names: os.path.basename(str(names[0]))))
    connect = Connections._connect

    def traced(connections):
        connection = connect(connections)
        connection.set_trace_callback(lambda text: steps.append(("sql", text)))
        return connection

    monkeypatch.setattr(Connections, "_connect", traced)
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    order = [steps.index(step) for step in (
        ("fsync", "0.part"), ("sql", "BEGIN IMMEDIATE"), ("fsync", "names"), ("rename", "0.part"))]
    (copy,) = database.allFiles()
    folderSync = steps.index(("fsync", Path(copy).parent.name), order[-1])
    commit = steps.index(("sql", "COMMIT"), order[1])

    assert order == sorted(order)
    assert order[-1] < folderSync < commit


def importAndDie(databaseFile, folder, step):
    """In a child process: import copies, and end without any cleaning up at the given step."""
    count = [0]

    def dieAtStep(function):
        def counted(*arguments, **options):
            count[0] += 1
            if count[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*arguments, **options)

        return counted

    for name in ("fsync", "replace", "unlink", "mkdir", "utime"):
        setattr(os, name, dieAtStep(getattr(os, name)))
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    DICOMIndexer(database).importPaths([folder], copyFiles=True)


@pytest.mark.parametrize("step", [*range(1, 30, 2)])
def test_aKilledImportLeavesRowsWithFilesAndNoOrphans(tmp_path, step):
    SeriesBuilder(slices=4, rows=2, columns=2).write(tmp_path / "files")
    databaseFile = tmp_path / "database" / "study.sqlite"
    DICOMDatabase().openDatabase(databaseFile)
    assert exitCode(lambda: importAndDie(databaseFile, tmp_path / "files", step)) < 0
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    paths = database.allFiles()

    assert database.integrityProblems() == []
    for path in paths:
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == Path(path).parent.name + Path(path).stem
    assert len(filesIn(database.store.folder)) == len(paths)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    assert report.instancesAdded + len(paths) == database.imagesCount() == 4
    database.closeDatabase()


def test_sessionsOfLivingProcessesAreLeftAlone(store, source):
    with store.newSession() as session:
        staged = session.stage(source)

        assert FileStore(store.folder).recover(lambda digest: False) == 0
        assert staged.part.exists()


def test_announcedFilesWithoutARowAreRemovedAtStart(store, source, tmp_path):
    session = store.newSession().__enter__()
    staged = session.stage(source)
    session.announce([staged.digest])
    session.publish([staged])
    session._lock.release()  # as the end of the process does

    assert store.recover(lambda digest: False) == 1
    assert filesIn(store.folder) == []


def test_announcedFilesWithARowStay(store, source):
    session = store.newSession().__enter__()
    staged = session.stage(source)
    session.announce([staged.digest])
    session.publish([staged])
    session._lock.release()

    assert store.recover(lambda digest: digest == DIGEST) == 0
    assert os.path.exists(store.pathOf(DIGEST))


@pytest.mark.parametrize("failing", ["fsync", "replace", "mkdir"])
def test_errorsOfTheDiskNameThePlaceAndLeaveNothingHalfWritten(database, tmp_path, monkeypatch, failing):
    SeriesBuilder(slices=3).write(tmp_path / "files")
    with monkeypatch.context() as patch:
        def fail(*arguments, **options):
            raise OSError(28, "No space left on device")

        patch.setattr(os, failing, fail)
        with pytest.raises(DatabaseError, match="No space left on device") as caught:
            DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert "free space" in str(caught.value)
    assert database.imagesCount() == 0
    assert [name for name in filesIn(database.databaseDirectory) if name.endswith((".dcm", ".part"))] == []
    assert DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True).instancesAdded == 3


def test_aSourceThatVanishesIsNamed(store):
    with store.newSession() as session, pytest.raises(UnreadableFileError, match="/nowhere"):
        session.stage(b"/nowhere")


def test_halfAnAnnouncementIsIgnored(tmp_path):
    (tmp_path / "names").write_text(DIGEST.hex() + "\n" + DIGEST.hex()[:10])

    assert FileStoreModule.readAnnouncement(tmp_path) == [DIGEST]
