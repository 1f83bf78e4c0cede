"""An open database in a folder of its own, and files to import."""

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import twoPatients


@pytest.fixture
def database(tmp_path):
    opened = DICOMDatabase()
    opened.openDatabase(tmp_path / "database" / "study.sqlite")
    yield opened
    opened.closeDatabase()


@pytest.fixture
def files(tmp_path):
    """{"ct": paths, "mr": paths, "other": paths} of two patients."""
    return twoPatients(tmp_path / "files")


@pytest.fixture
def filled(database, files, tmp_path):
    """The database with the two patients linked."""
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    return database
