"""Which database scripts work with."""

import os

import pytest

from DICOMLib import DICOMUtils
from DICOMLib.Errors import DatabaseError
from Testing.Fixtures import obliqueMR, twoPatients


def test_aTemporaryDatabaseLeavesNothingBehind(tmp_path):
    obliqueMR().write(tmp_path / "data")
    with DICOMUtils.TemporaryDICOMDatabase(tmp_path / "temporary") as database:
        folder = database.databaseDirectory
        assert DICOMUtils.importDicom(tmp_path / "data", database, copyFiles=True)
        assert len(DICOMUtils.allSeriesUIDsInDatabase(database)) == 1
    assert not os.path.exists(folder) and len(os.listdir(tmp_path / "data")) == 5


def test_theMainDatabaseCanBeExchangedForAWhile(context, patients, tmp_path):
    before = DICOMUtils.allSeriesUIDsInDatabase()
    file = context.database.databaseFilename
    original = DICOMUtils.openTemporaryDatabase(tmp_path / "temporary")
    assert DICOMUtils.allSeriesUIDsInDatabase() == []
    assert DICOMUtils.closeTemporaryDatabase(original)
    assert DICOMUtils.allSeriesUIDsInDatabase() == before and before
    assert context.database.databaseFilename == file
    assert not os.path.exists(os.path.join(os.path.dirname(file), DICOMUtils.DATABASE_FILE_NAME))
    assert os.listdir(tmp_path / "temporary") == []


def test_aDatabaseOfTheUsualNameIsExchangedByItsFolderAsInSlicer(context, tmp_path):
    folder = tmp_path / "usual"
    assert DICOMUtils.openDatabase(folder)
    original = DICOMUtils.openTemporaryDatabase()
    assert original == str(folder) and context.database.databaseDirectory != original
    assert DICOMUtils.closeTemporaryDatabase(original)
    assert context.database.databaseDirectory == original


def test_aDatabaseInMemoryIsNotLostToATemporaryOne(context, tmp_path):
    context.database.closeDatabase()
    context.database.openDatabase("")
    twoPatients(tmp_path / "data")
    DICOMUtils.importDicom(tmp_path / "data")
    with pytest.raises(DatabaseError, match="in memory is lost when another is opened"):
        DICOMUtils.openTemporaryDatabase()
    assert len(DICOMUtils.allSeriesUIDsInDatabase()) == 3


def test_clearingForgetsEveryPatientButKeepsLinkedFiles(context, patients, tmp_path):
    files = context.database.filesForSeries(patients[0].seriesUID)
    DICOMUtils.clearDatabase()
    assert DICOMUtils.allSeriesUIDsInDatabase() == []
    assert all(map(os.path.exists, files))
