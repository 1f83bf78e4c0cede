"""Tables, versions and upgrades."""

import sqlite3

import pytest

from DICOMLib.Database import Schema
from DICOMLib.Database.DICOMDatabase import DICOMDatabase


def test_aDatabaseKnowsWhoseItIs(database):
    with database.connections().reading() as connection:
        assert Schema.storedApplication(connection) == Schema.APPLICATION_ID
        assert Schema.storedVersion(connection) == Schema.CURRENT_VERSION


def test_connectionsAreDurableAndKeepReferences(database):
    with database.connections().reading() as connection:
        settings = {name: connection.execute(f"PRAGMA {name}").fetchone()[0]
                    for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "temp_store")}

    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1, "temp_store": 2}


def test_rowsWithoutAParentAreImpossible(filled):
    with pytest.raises(sqlite3.IntegrityError), filled.connections().writing() as connection:
        connection.execute("UPDATE series SET studyKey = 999")


def test_anUpgradeKeepsTheDataAndABackup(filled, monkeypatch):
    path = filled.databaseFilename
    before = filled.patientRows()
    filled.closeDatabase()
    steps = (*Schema.UPGRADE_STEPS, ("ALTER TABLE patients ADD COLUMN Remark TEXT NOT NULL DEFAULT ''",))
    monkeypatch.setattr(Schema, "UPGRADE_STEPS", steps)
    monkeypatch.setattr(Schema, "CURRENT_VERSION", 2)
    filled.openDatabase(path)

    assert filled.patientRows() == before
    assert filled.schemaVersionLoaded() == "2"
    backup = sqlite3.connect(path + ".version1.backup")
    assert Schema.storedVersion(backup) == 1
    assert backup.execute("SELECT count(*) FROM patients").fetchone() == (2,)
    backup.close()


def test_anUpgradeThatFailsChangesNothing(filled, monkeypatch):
    path = filled.databaseFilename
    filled.closeDatabase()
    steps = (*Schema.UPGRADE_STEPS, ("ALTER TABLE patients ADD COLUMN Remark TEXT", "NO SQL"))
    with monkeypatch.context() as patch:
        patch.setattr(Schema, "UPGRADE_STEPS", steps)
        patch.setattr(Schema, "CURRENT_VERSION", 2)
        with pytest.raises(Exception, match="syntax error"):
            filled.openDatabase(path)
    database = DICOMDatabase()
    database.openDatabase(path)

    assert database.schemaVersionLoaded() == "1"
    with database.connections().reading() as connection:
        assert "Remark" not in [row[1] for row in connection.execute("PRAGMA table_info(patients)")]
