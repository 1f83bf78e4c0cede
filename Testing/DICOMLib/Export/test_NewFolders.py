"""Folders on the way to what is written."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import ExportError
from DICOMLib.Export import Destination as module
from DICOMLib.Export.Destination import Destination
from DICOMLib.Export.NewFolders import NewFolders


def test_missingFoldersAreMadeForThisUserAloneAndGoAgain(tmp_path):
    folders = NewFolders()
    folders.make(str(tmp_path / "a" / "b"))
    folders.make(str(tmp_path / "a" / "b"))
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("a", "a/b")] == [0o700, 0o700]
    folders.remove()
    assert list(tmp_path.iterdir()) == []


def test_whatWasThereOrIsUsedStays(tmp_path):
    (tmp_path / "mine").mkdir()
    folders = NewFolders()
    folders.make(str(tmp_path / "mine" / "used" / "empty"))
    (tmp_path / "mine" / "used" / "file").touch()
    folders.remove()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine", "used"]


def test_aDestinationThatCannotBeginLeavesNoFolders(tmp_path, monkeypatch):
    def full(_directory):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "TemporaryFolder", full)
    with pytest.raises(ExportError), Destination(tmp_path / "a" / "b"):
        pytest.fail("there is no room to begin")
    assert list(tmp_path.iterdir()) == []
