"""Sessions of the store beside other programs that clean up, and files that cannot be deleted."""

import hashlib
import os
from pathlib import Path

import pytest

from DICOMLib.Database import Durability, StoreSession
from DICOMLib.Database.FileLock import FileLock
from DICOMLib.Database.FileStore import FileStore
from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress

CONTENTS = b"contents of a file"
DIGEST = hashlib.sha256(CONTENTS).digest()


@pytest.fixture
def store(tmp_path):
    return FileStore(tmp_path / "store")


@pytest.fixture
def source(tmp_path):
    (tmp_path / "source").write_bytes(CONTENTS)
    return os.fsencode(tmp_path / "source")


def published(store, source):
    """A session that has published a file and not heard of a commit."""
    session = store.newSession().__enter__()
    staged = session.stage(source)
    session.announce([staged.digest])
    session.publish([staged])
    return session


@pytest.mark.parametrize("moment", ["before the lock", "after the lock"])
def test_aSessionWhoseFolderIsTakenForAnAbandonedOneMakesAnother(store, source, monkeypatch, moment):
    """Another program opens the database between the making of the folder and its lock."""
    tryAcquire, times = FileLock.tryAcquire, []

    def cleanUpOnce(lock):
        monkeypatch.setattr(FileLock, "tryAcquire", tryAcquire)
        times.append(1)
        if moment == "after the lock":
            lock.tryAcquire()
            Durability.removeFolder(lock._path.parent)
            return True
        FileStore(store.folder).recover(lambda digest: False)
        return lock.tryAcquire()

    monkeypatch.setattr(FileLock, "tryAcquire", cleanUpOnce)
    with store.newSession() as session:
        assert session.stage(source).digest == DIGEST
    assert times == [1]


def test_aCopySaysWhetherItsOriginalStayedAsItWas(store, source, monkeypatch):
    copyContents = StoreSession.copyContents

    def appendMeanwhile(*arguments):
        found = copyContents(*arguments)
        with open(source, "ab") as stream:
            stream.write(b"more")
        return found

    with store.newSession() as session:
        assert session.stage(source).isWhole
        monkeypatch.setattr(StoreSession, "copyContents", appendMeanwhile)
        assert not session.stage(source).isWhole


def test_aCopyHasTheTimesOfItsOriginal(store, source):
    os.utime(source, ns=(10**18, 10**18 + 5))
    with store.newSession() as session:
        staged = session.stage(source)
        assert os.stat(staged.part).st_mtime_ns == staged.sourceModifiedTime == 10**18 + 5


def test_aCancelledCopyIsGone(store, source):
    progress = Progress()
    progress.cancel()
    with store.newSession() as session:
        with pytest.raises(CancelledError):
            session.stage(source, progress)
    assert [path for path in store.folder.rglob("*") if path.is_file()] == []


def test_whatCannotBeDeletedStaysAnnouncedForTheNextStart(store, source, monkeypatch):
    session = published(store, source)
    with monkeypatch.context() as patch:
        patch.setattr(Durability, "removeFile", lambda path: (_ for _ in ()).throw(PermissionError(13, "in use")))
        assert session.committed(lambda digest: False) == [store.pathOf(DIGEST)]
    session.__exit__()
    assert os.path.exists(store.pathOf(DIGEST))

    assert store.recover(lambda digest: False) == 1
    assert not os.path.exists(store.pathOf(DIGEST))
    assert list((store.folder / "Incoming").iterdir()) == []


def test_whatCannotBeDeletedAtTheStartEither(store, source, monkeypatch):
    """The database opens all the same, and the file is tried again next time."""
    published(store, source)._lock.release()
    with monkeypatch.context() as patch:
        patch.setattr(Durability, "removeFile", lambda path: (_ for _ in ()).throw(PermissionError(13, "in use")))
        assert store.recover(lambda digest: False) == 0
    assert store.hasAbandonedSessions()
    assert store.recover(lambda digest: False) == 1


def test_whenNobodyKnowsWhetherTheTransactionCameToItsEndTheNextStartFindsOut(store, source):
    session = published(store, source)
    session.leaveAnnounced()
    session.__exit__()
    assert Path(os.fsdecode(store.pathOf(DIGEST))).read_bytes() == CONTENTS

    assert store.recover(lambda digest: digest == DIGEST) == 0
    assert os.path.exists(store.pathOf(DIGEST))


def test_anAnnouncementTornByAPowerCutIsReadAsFarAsItMakesSense(tmp_path):
    torn = DIGEST.hex().encode()[:30] + bytes(34)
    (tmp_path / "names").write_bytes(DIGEST.hex().encode() + b"\n" + torn + b"\n" + b"z" * 64 + b"\n")

    assert StoreSession.readAnnouncement(tmp_path) == [DIGEST]
