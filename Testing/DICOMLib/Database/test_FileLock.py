"""Locks that vanish with their holder."""

import os

import pytest

from DICOMLib.Database import FileLock as module
from DICOMLib.Database.FileLock import FileLock


def test_onlyOneHoldsALock(tmp_path):
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")

    assert first.tryAcquire() and first.isHeld
    assert not second.tryAcquire() and second.isHeldElsewhere
    first.release()
    assert second.tryAcquire() and not second.isHeldElsewhere
    second.release()


@pytest.mark.skipif(os.name == "nt", reason="a file that is open cannot be deleted there")
@pytest.mark.parametrize("isMadeAgain", [False, True])
def test_aLockOnADeletedFileIsNone(tmp_path, monkeypatch, isMadeAgain):
    """The holder deletes the file and lets go just when another one has opened it: a third would lock a new file."""
    path = tmp_path / "lock"
    lock = FileLock(path)

    def deleteFirst(descriptor):
        path.unlink()
        if isMadeAgain:
            path.touch()

    monkeypatch.setattr(module, "_lock", deleteFirst)

    assert not lock.tryAcquire()
    assert lock.isHeldElsewhere and not lock.isHeld
