"""Reading rows out of damaged database files, row by row."""

import sqlite3
from contextlib import closing

import pytest

from DICOMLib.Database.Salvage import salvage
from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress


@pytest.fixture
def source(filled):
    """The file of a closed database with two patients."""
    path = filled.databaseFilename
    filled.closeDatabase()
    return path


def execute(path, *statements):
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)


def test_allRowsOfASoundFileAreRead(source, files, tmp_path):
    found = salvage(source, str(tmp_path / "target"), Progress())

    assert found["patients"] == 2
    assert found["instances"] == sum(map(len, files.values()))


@pytest.mark.parametrize("number", [2**40, 2**63 - 1])
def test_aRowNumberThatDamageMadeHugeTakesNoLonger(source, tmp_path, number):
    first = "(SELECT min(id) FROM folders)"
    execute(source, "PRAGMA foreign_keys = OFF", f"UPDATE folders SET id = {number} WHERE id = {first}")
    with closing(sqlite3.connect(source)) as connection:
        folders = connection.execute("SELECT count(*) FROM folders").fetchone()[0]
    found = salvage(source, str(tmp_path / "target"), Progress())

    assert found["folders"] == folders
    assert found["patients"] == 2


def test_aCancelEndsIt(source, tmp_path):
    progress = Progress()
    progress.cancel()

    with pytest.raises(CancelledError):
        salvage(source, str(tmp_path / "target"), progress)
