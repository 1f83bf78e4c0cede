"""Typed settings, their defaults, and the file they are kept in."""

import errno
import json
import os

import pytest

from DICOMLib.Errors import SettingsError
from DICOMLib.Settings import ALL_KEYS, Settings, SettingsFile


@pytest.mark.parametrize("key", ALL_KEYS, ids=lambda key: key.name)
def test_every_setting_has_its_default_and_accepts_it(key):
    settings = Settings()
    settings.setValue(key.name, key.default)

    assert settings.value(key.name) == key.default
    assert key.meaning


def test_an_unknown_name_is_an_error():
    with pytest.raises(SettingsError, match="no such setting"):
        Settings().value("DICOM/NoSuchThing")


def test_a_value_of_the_wrong_type_or_choice_is_refused():
    with pytest.raises(SettingsError):
        Settings().setValue("DICOM/CopyOnImport", "yes")
    with pytest.raises(SettingsError, match="FourUp"):
        Settings().setValue("MainWindow/Layout", "NineUp")


def test_a_stored_value_of_the_wrong_type_reads_as_the_default():
    assert Settings({"DICOM/CopyOnImport": "yes"}).value("DICOM/CopyOnImport") is False
    assert Settings({"Modules/AdditionalPaths": [5, None]}).value("Modules/AdditionalPaths") == []


def test_observers_hear_of_changes_until_removed():
    heard = []
    settings = Settings()
    settings.addObserver(heard.append)
    settings.setValue("DICOM/CopyOnImport", True)
    settings.removeObserver(heard.append)
    settings.setValue("DICOM/CopyOnImport", False)

    assert heard == ["DICOM/CopyOnImport"]


def test_values_survive_in_the_file(tmp_path):
    path = tmp_path / "folder" / "settings.json"
    Settings(SettingsFile(path)).setValue("MainWindow/Layout", "Red")

    assert Settings(SettingsFile(path)).value("MainWindow/Layout") == "Red"
    assert json.loads(path.read_text()) == {"MainWindow/Layout": "Red"}
    assert path.stat().st_mode & 0o077 == 0


def test_a_damaged_file_is_kept_aside_and_defaults_apply(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text("{ half a fi")

    assert Settings(SettingsFile(path)).value("MainWindow/Layout") == "FourUp"
    assert (tmp_path / "settings.json.damaged").read_text() == "{ half a fi"


def test_a_file_nested_too_deeply_to_be_read_counts_as_damaged(tmp_path):
    path = tmp_path / "settings.json"
    path.write_text("[" * 100_000)

    assert Settings(SettingsFile(path)).value("MainWindow/Layout") == "FourUp"
    assert (tmp_path / "settings.json.damaged").exists()


def test_a_value_that_cannot_be_written_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "settings.json"
    settings = Settings(SettingsFile(path))
    settings.setValue("MainWindow/Layout", "Red")

    def diskFull(*_arguments, **_options):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(json, "dump", diskFull)
    with pytest.raises(SettingsError, match="No space left"):
        settings.setValue("MainWindow/Layout", "Green")
    assert [entry.name for entry in tmp_path.iterdir()] == ["settings.json"]
    assert json.loads(path.read_text()) == {"MainWindow/Layout": "Red"}


def test_a_folder_that_cannot_be_written_gives_one_sentence(tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(SettingsError, match="settings cannot be saved|cannot be read"):
        Settings(SettingsFile(blocker / "settings.json")).setValue("DICOM/CopyOnImport", True)
