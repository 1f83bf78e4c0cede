"""The tables of the study database, and the numbered steps that bring an older file up to date."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing

from .Durability import syncFolder
from .Transactions import committed

# Endings of copies that lie beside a database file.
BACKUP_ENDINGS = ("backup", "replaced", "corrupt")
# "DCMd" in the file's header: tells our databases from those of other programs.
APPLICATION_ID = 0x44434D64

_VERSION_1 = (
    # identity: what makes two files' patients one (see Identity.py). PatientID and PatientName are the file's own.
    """CREATE TABLE patients(
        uid INTEGER PRIMARY KEY AUTOINCREMENT, identity TEXT NOT NULL UNIQUE,
        PatientID TEXT NOT NULL, PatientName TEXT NOT NULL, PatientBirthDate TEXT NOT NULL, PatientSex TEXT NOT NULL,
        PatientAge TEXT NOT NULL, PatientComments TEXT NOT NULL, IssuerOfPatientID TEXT NOT NULL,
        insertTimestamp INTEGER NOT NULL)""",
    """CREATE TABLE studies(
        id INTEGER PRIMARY KEY, StudyInstanceUID TEXT NOT NULL UNIQUE,
        patientUID INTEGER NOT NULL REFERENCES patients(uid) ON DELETE CASCADE,
        StudyDate TEXT NOT NULL, StudyTime TEXT NOT NULL, StudyID TEXT NOT NULL, StudyDescription TEXT NOT NULL,
        AccessionNumber TEXT NOT NULL, InstitutionName TEXT NOT NULL, ReferringPhysicianName TEXT NOT NULL,
        PerformingPhysicianName TEXT NOT NULL, insertTimestamp INTEGER NOT NULL)""",
    "CREATE INDEX studiesOfPatient ON studies(patientUID)",
    # referenceValues: the tag values of the series' first instance; others store only where they differ.
    """CREATE TABLE series(
        id INTEGER PRIMARY KEY, SeriesInstanceUID TEXT NOT NULL UNIQUE,
        studyKey INTEGER NOT NULL REFERENCES studies(id) ON DELETE CASCADE,
        SeriesNumber TEXT NOT NULL, SeriesDescription TEXT NOT NULL, Modality TEXT NOT NULL, SeriesDate TEXT NOT NULL,
        SeriesTime TEXT NOT NULL, BodyPartExamined TEXT NOT NULL, ProtocolName TEXT NOT NULL,
        FrameOfReferenceUID TEXT NOT NULL, AcquisitionNumber TEXT NOT NULL, ContrastBolusAgent TEXT NOT NULL,
        ScanningSequence TEXT NOT NULL, EchoNumbers TEXT NOT NULL, TemporalPositionIdentifier TEXT NOT NULL,
        Rows TEXT NOT NULL, Columns TEXT NOT NULL, referenceValues TEXT NOT NULL,
        instanceCount INTEGER NOT NULL DEFAULT 0, frameCount INTEGER NOT NULL DEFAULT 0,
        insertTimestamp INTEGER NOT NULL)""",
    "CREATE INDEX seriesOfStudy ON series(studyKey)",
    # Paths are bytes; the folder is stored once. Which tags an import looked for tells absent from unknown values.
    "CREATE TABLE folders(id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE)",
    "CREATE TABLE tagSets(id INTEGER PRIMARY KEY, tags TEXT NOT NULL UNIQUE)",
    # folderID, name, fileSize, modifiedTime: the file as it was when it was imported. digest: SHA-256 of the copy that
    # the database owns, which is also the copy's name; NULL when the original itself is linked to.
    """CREATE TABLE instances(
        id INTEGER PRIMARY KEY, SOPInstanceUID TEXT NOT NULL UNIQUE,
        seriesKey INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
        instanceNumber INTEGER, frames INTEGER NOT NULL,
        folderID INTEGER REFERENCES folders(id), name BLOB, fileSize INTEGER NOT NULL, modifiedTime INTEGER NOT NULL,
        digest BLOB, pixelDataOffset INTEGER NOT NULL, pixelDataLength INTEGER NOT NULL, truncated TEXT NOT NULL,
        tagSetID INTEGER NOT NULL REFERENCES tagSets(id), differingValues TEXT NOT NULL,
        insertTimestamp INTEGER NOT NULL)""",
    "CREATE INDEX instancesOfSeries ON instances(seriesKey)",
    "CREATE UNIQUE INDEX instanceOfFile ON instances(folderID, name)",
    "CREATE UNIQUE INDEX instanceOfCopy ON instances(digest) WHERE digest IS NOT NULL",
    """CREATE TABLE displayedColumns(
        tableName TEXT NOT NULL, fieldName TEXT NOT NULL, displayedName TEXT NOT NULL, visible INTEGER NOT NULL,
        weight INTEGER NOT NULL, format TEXT NOT NULL, PRIMARY KEY (tableName, fieldName)) WITHOUT ROWID""",
)

_VERSION_2 = (
    # Values of nested and per-frame elements, compressed JSON: see FrameValues.py. Only objects that have some.
    """CREATE TABLE frameValues(
        instanceID INTEGER PRIMARY KEY REFERENCES instances(id) ON DELETE CASCADE, contents BLOB NOT NULL)""",
    # A small picture of the series as PNG; empty for a series that has none, or when it cannot be made: problem says
    # why. In the database, so that nothing of a patient stays behind when the rows go. madeOfInstances, madeOf (the
    # instance's SOPInstanceUID, "" without one) and modifiedTime: what the series was like then.
    """CREATE TABLE thumbnails(
        seriesKey INTEGER PRIMARY KEY REFERENCES series(id) ON DELETE CASCADE,
        picture BLOB NOT NULL, problem TEXT NOT NULL, madeOfInstances INTEGER NOT NULL, madeOf TEXT NOT NULL,
        modifiedTime INTEGER NOT NULL)""",
    """CREATE TABLE watchedFolders(
        id INTEGER PRIMARY KEY, path BLOB NOT NULL UNIQUE, copyFiles INTEGER NOT NULL, enabled INTEGER NOT NULL,
        insertTimestamp INTEGER NOT NULL)""",
    # What came in whole from an archive: one row for each of its series, so that nothing of it stays when they go.
    # The archive is known while all its series have at least its instances.
    """CREATE TABLE importedArchives(
        path BLOB NOT NULL, seriesKey INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
        fileSize INTEGER NOT NULL, modifiedTime INTEGER NOT NULL, seriesCount INTEGER NOT NULL,
        instances INTEGER NOT NULL, PRIMARY KEY (path, seriesKey)) WITHOUT ROWID""",
    "CREATE INDEX archivesOfSeries ON importedArchives(seriesKey)",
)

# Step n (counted from 1) brings version n - 1 to version n. Steps are never changed once released, only added.
UPGRADE_STEPS: tuple[tuple[str, ...], ...] = (_VERSION_1, _VERSION_2)
CURRENT_VERSION = len(UPGRADE_STEPS)


def storedVersion(connection: sqlite3.Connection) -> int:
    """Version of the tables in the file; 0 for an empty file."""
    return connection.execute("PRAGMA user_version").fetchone()[0]


def storedApplication(connection: sqlite3.Connection) -> int:
    """Application number in the file's header; 0 when none was set."""
    return connection.execute("PRAGMA application_id").fetchone()[0]


def isEmpty(connection: sqlite3.Connection) -> bool:
    """Whether the file holds no tables yet."""
    return connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0


def upgrade(connection: sqlite3.Connection, path: str = "") -> str:
    """Carry out the missing steps in one transaction: the file has the old version or the new one, never a mixture.

    :param path: of the database file, to write a backup beside it first; "" for none
    :returns: path of the backup; "" when there is none
    :raises OSError: when the backup cannot be written; nothing was changed then
    """
    connection.execute("BEGIN IMMEDIATE")
    with committed(connection):
        version = storedVersion(connection)  # another program may have been faster
        backup = backUp(path, version) if path and 0 < version < CURRENT_VERSION else ""
        for statements in UPGRADE_STEPS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {CURRENT_VERSION}")
    return backup


def backUp(path: str, version: int) -> str:
    """Write a copy of a database file beside it, before an upgrade. A backup that is there is never overwritten.

    :returns: path of the copy, ``<path>.version<n>.backup``, with a number where there is one already
    :raises OSError: when it cannot be written
    """
    target = unusedPath(f"{path}.version{version}.backup")
    partial = f"{path}.backup.part"  # one upgrade at a time: the next one clears away what a killed one left
    os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(partial)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    syncFile(partial)
    os.rename(partial, target)
    syncFolder(os.path.dirname(target))
    return target


def backupsOf(path: str) -> list[str]:
    """Copies that upgrades, repairs and the user's own backups left beside a database file, under names of ours."""
    folder, name = os.path.split(os.path.abspath(path))
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    others = (other for other in names if other.startswith(name + ".") and _isBackup(other))
    return sorted(os.path.join(folder, other) for other in others)


def unusedPath(path: str) -> str:
    """The path, with a number added when something is there."""
    candidate, number = path, 1
    while os.path.lexists(candidate):
        number += 1
        candidate = f"{path}.{number}"
    return candidate


def syncFile(path: str) -> None:
    """Make what was written to a file durable."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _isBackup(name: str) -> bool:
    return any(part in BACKUP_ENDINGS for part in name.split(".")[-2:])
