"""Folders that are locked by who uses them: what was left is had by one program, what is in use by none."""

from __future__ import annotations

import os

import pytest

from DICOMLib.Database.LockedFolders import LOCK, isOwnFolder, lockLeft, newLockedFolder, ownFolders, removeLocked


@pytest.fixture
def left(tmp_path):
    """A folder with a file, a folder, and the mark that it counts."""
    path, lock = newLockedFolder(tmp_path, "ours-")
    (tmp_path / path / "about").write_text("it counts")
    (tmp_path / path / "below").mkdir()
    (tmp_path / path / "below" / "file").write_text("something")
    lock.release()
    return tmp_path / path


def test_aNewOneIsForTheUserAlone_andNobodyElseHasIt(tmp_path):
    path, lock = newLockedFolder(tmp_path, "ours-")
    assert os.stat(path).st_mode & 0o777 == 0o700
    assert lock.isHeld and lockLeft(tmp_path / path) is None
    lock.release()
    assert lockLeft(tmp_path / path).isHeld


def test_onlyFoldersThatAreNamedSoAreOurs(tmp_path, left):
    (tmp_path / "theirs-1").mkdir()
    (tmp_path / "ours-file").write_text("a file")
    (tmp_path / "ours-link").symlink_to(left)
    assert ownFolders(tmp_path, "ours-") == [left]
    assert not isOwnFolder(tmp_path / "ours-gone", "ours-")
    assert ownFolders(tmp_path / "gone", "ours-") == []


def test_whatHasNoLockIsOnlyTakenAwayWhenItIsEmpty(tmp_path):
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "a").write_text("mine")
    assert lockLeft(tmp_path / "empty") is None and lockLeft(tmp_path / "full") is None
    assert os.listdir(tmp_path) == ["full"]


def test_allOfItIsRemoved_whatMakesItCountFirstAndTheLockLast(left, monkeypatch):
    order, unlink = [], os.unlink

    def told(path, *arguments, **options):
        order.append(os.path.basename(path))
        unlink(path, *arguments, **options)

    monkeypatch.setattr(os, "unlink", told)
    lock = lockLeft(left)
    removeLocked(left, lock, "about")
    assert not left.exists() and not lock.isHeld
    assert order[0] == "about" and order[-1] == LOCK
    removeLocked(left, lock, "about")
