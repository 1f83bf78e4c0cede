"""Files to import, and a database that has them."""

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.Fixtures import twoPatients


@pytest.fixture
def files(tmp_path):
    """{"ct": paths, "mr": paths, "other": paths} of two patients."""
    return twoPatients(tmp_path / "files")


@pytest.fixture
def filled(database, files, tmp_path):
    """The database with the two patients linked."""
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    return database
