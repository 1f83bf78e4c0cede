"""Tables, versions and upgrades."""

import os
import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from DICOMLib.Database import Schema
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Errors import DatabaseError
from Testing.Fixtures.ForkedWork import countedCalls, killedAfterChange, killedAtCall


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


@pytest.fixture
def oldFile(filled):
    """A database of version 1 with two patients, made by that version's own step."""
    path = filled.databaseFilename
    with filled.connections().writing() as connection:
        asVersion1(connection)
    filled.closeDatabase()
    return path


def asVersion1(connection):
    """Take back what later steps added; what is left must be what the first step makes."""
    with closing(sqlite3.connect(":memory:")) as fresh:
        for statement in Schema.UPGRADE_STEPS[0]:
            fresh.execute(statement)
        first = dict(fresh.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    for name, kind in connection.execute("SELECT name, type FROM sqlite_master WHERE sql IS NOT NULL").fetchall():
        if name not in first and not name.startswith("sqlite_"):
            connection.execute(f"DROP {kind} IF EXISTS {name}")
    for name, columns in tables(connection).items():
        with closing(sqlite3.connect(":memory:")) as fresh:
            fresh.execute(first[name])
            for column in columns - tables(fresh)[name]:
                connection.execute(f"ALTER TABLE {name} DROP COLUMN {column}")
    connection.execute("PRAGMA user_version = 1")


def tables(connection):
    names = [row[0] for row in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    return {name: {row[1] for row in connection.execute(f"PRAGMA table_info({name})")} for name in names}


def contents(path):
    """Every row of the tables that version 1 has, by its columns, and the version."""
    with closing(sqlite3.connect(path)) as connection, closing(sqlite3.connect(":memory:")) as fresh:
        for statement in Schema.UPGRADE_STEPS[0]:
            fresh.execute(statement)
        rows = {
            name: connection.execute(f"SELECT {','.join(sorted(columns))} FROM {name}").fetchall()
            for name, columns in tables(fresh).items()
        }
        return rows, Schema.storedVersion(connection)


def test_aDatabaseOfVersionOneIsUpgradedAndKeepsEverything(oldFile):
    before, version = contents(oldFile)
    assert version == 1
    database = DICOMDatabase()
    database.openDatabase(oldFile)
    rows = database.patientRows()
    database.closeDatabase()

    assert contents(oldFile) == (before, Schema.CURRENT_VERSION)
    assert len(rows) == 2
    assert sum(map(len, before.values())) > 20


def test_aBackupIsWrittenBeforeTheUpgradeForTheUserAlone(oldFile):
    before = contents(oldFile)
    database = DICOMDatabase()
    database.openDatabase(oldFile)
    database.closeDatabase()
    backup = oldFile + ".version1.backup"

    assert contents(backup) == before
    assert os.stat(backup).st_mode & 0o777 == 0o600
    assert Schema.backupsOf(oldFile) == [backup]
    assert sorted(os.listdir(os.path.dirname(oldFile))) == sorted(map(os.path.basename, (oldFile, backup)))


def test_aBackupIsNeverOverwritten(oldFile):
    with open(oldFile + ".version1.backup", "w") as stream:
        stream.write("another one")
    database = DICOMDatabase()
    database.openDatabase(oldFile)
    database.closeDatabase()

    with open(oldFile + ".version1.backup") as stream:
        assert stream.read() == "another one"
    assert contents(oldFile + ".version1.backup.2")[1] == 1
    assert len(Schema.backupsOf(oldFile)) == 2


def test_withoutABackupThereIsNoUpgrade(oldFile, monkeypatch):
    before = contents(oldFile)

    def refuse(*_arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Schema, "backUp", refuse)
    with pytest.raises(DatabaseError, match="No space left on device"):
        DICOMDatabase().openDatabase(oldFile)

    assert contents(oldFile) == before


def test_anUpgradeThatFailsChangesNothing(filled, monkeypatch):
    path = filled.databaseFilename
    filled.closeDatabase()
    steps = (*Schema.UPGRADE_STEPS, ("ALTER TABLE patients ADD COLUMN Remark TEXT", "NO SQL"))
    version = str(Schema.CURRENT_VERSION)
    with monkeypatch.context() as patch:
        patch.setattr(Schema, "UPGRADE_STEPS", steps)
        patch.setattr(Schema, "CURRENT_VERSION", len(steps))
        with pytest.raises(Exception, match="syntax error"):
            filled.openDatabase(path)
    database = DICOMDatabase()
    database.openDatabase(path)

    assert database.schemaVersionLoaded() == version
    with database.connections().reading() as connection:
        assert "Remark" not in [row[1] for row in connection.execute("PRAGMA table_info(patients)")]


@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.slow)])
def test_aKilledUpgradeLeavesTheOldVersionOrTheNewOne(oldFile, kills):
    """An upgrade is killed at places all over its way: the file then has the old version or the new one with every row,
    never a mixture, and the next start upgrades it."""
    before, _ = contents(oldFile)
    original = open(oldFile, "rb").read()
    seen = Counter()

    def upgrade():
        DICOMDatabase().openDatabase(oldFile)

    calls, changes = countedCalls(upgrade)
    for number in range(kills):
        restore(oldFile, original)
        place = (number + 0.5) / kills
        if number % 2:
            assert killedAtCall(upgrade, round(calls * place))
        else:
            assert killedAfterChange(upgrade, max(1, round(changes * place)))
        seen[contents(oldFile)[1]] += 1
        assert contents(oldFile)[0] == before
        database = DICOMDatabase()
        database.openDatabase(oldFile)
        assert (database.schemaVersionLoaded(), database.integrityProblems()) == (str(Schema.CURRENT_VERSION), [])
        database.closeDatabase()

    print(f"{kills} of {kills} kills during the upgrade left version 1 ({seen[1]}) or {Schema.CURRENT_VERSION}"
          f" ({seen[Schema.CURRENT_VERSION]}) with every row")
    assert set(seen) <= {1, Schema.CURRENT_VERSION} and seen[1] > 0


def restore(path, original):
    """The old file again, without logs or backups."""
    folder, name = os.path.split(path)
    for other in os.listdir(folder):
        if other.startswith(name):
            os.unlink(os.path.join(folder, other))
    with open(path, "wb") as stream:
        stream.write(original)
