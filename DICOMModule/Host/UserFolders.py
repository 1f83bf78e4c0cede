"""Where the program keeps the user's database, settings and sample data."""

from __future__ import annotations

from pathlib import Path

import platformdirs

PROGRAM = "DICOMModule"


def defaultDatabaseFile() -> Path:
    """The study database of a user who has not chosen another."""
    return Path(platformdirs.user_data_dir(PROGRAM, appauthor=False)) / "DICOMDatabase" / "DICOM.sqlite"


def autosaveFolder() -> Path:
    """Where scenes that are in no file are kept in case the program ends unexpectedly."""
    return Path(platformdirs.user_data_dir(PROGRAM, appauthor=False)) / "Autosave"


def settingsFile() -> Path:
    """The user's settings."""
    return Path(platformdirs.user_config_dir(PROGRAM, appauthor=False)) / "settings.json"


def sampleDataFolder() -> Path:
    """Where generated sample data is kept; it can be deleted at any time."""
    return Path(platformdirs.user_cache_dir(PROGRAM, appauthor=False)) / "SampleData"
