"""Which database scripts work with: opened, emptied, or exchanged for one that is gone afterwards.

The names are those of 3D Slicer's DICOMUtils, where scripts find them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from .Errors import DatabaseError
from .ScriptingContext import currentContext, needed, openedDatabase

if TYPE_CHECKING:
    from .Database.DICOMDatabase import DICOMDatabase

DATABASE_FILE_NAME = "DICOM.sqlite"


def openDatabase(databaseDir: str | os.PathLike, *, database: DICOMDatabase | None = None) -> bool:
    """Close the current database and open the one in a folder, which is made when it does not exist."""
    database = needed(database, "database")
    folder = Path(databaseDir)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if database.isOpen:
        database.closeDatabase()
    database.openDatabase(str(folder / DATABASE_FILE_NAME))
    return bool(database.isOpen)


def clearDatabase(dicomDatabase: DICOMDatabase | None = None) -> None:
    """Forget every patient; files that the database owns are deleted, linked files stay."""
    openedDatabase(dicomDatabase).initializeDatabase()


def openTemporaryDatabase(
    directory: str | os.PathLike | None = None, *, database: DICOMDatabase | None = None
) -> str:
    """Exchange the current database for an empty one.

    :returns: the original, for :func:`closeTemporaryDatabase`: its folder, or its file where that has a name of its
        own; "" when none was open
    :raises DatabaseError: when the original is in memory only, and would be lost
    """
    from .Database.Connections import IN_MEMORY

    database = needed(database, "database")
    original = database.databaseFilename if database.isOpen else ""
    if original == IN_MEMORY:
        hint = "Use TemporaryDICOMDatabase, which leaves it open"
        raise DatabaseError("a database in memory is lost when another is opened in its place", hint=hint)
    folder, name = os.path.split(original)
    openDatabase(_temporaryFolder(directory), database=database)
    clearDatabase(database)
    return folder if name == DATABASE_FILE_NAME else original


def closeTemporaryDatabase(
    originalDatabaseDir: str, cleanup: bool = True, *, database: DICOMDatabase | None = None
) -> bool:
    """Undo :func:`openTemporaryDatabase`. :returns: whether the original database is open again"""
    database = needed(database, "database")
    temporary = database.databaseDirectory
    if cleanup:
        clearDatabase(database)
    database.closeDatabase()
    if cleanup:
        _removeTemporaryFolder(temporary)
    if os.path.isfile(originalDatabaseDir):
        database.openDatabase(originalDatabaseDir)
        return bool(database.isOpen)
    return openDatabase(originalDatabaseDir, database=database) if originalDatabaseDir else True


def createTemporaryDatabase(directory: str | os.PathLike | None = None) -> DICOMDatabase:
    """A database of its own, independent of the current one, in a new folder (or an empty subfolder of `directory`)."""
    from .Database.DICOMDatabase import DICOMDatabase

    database = DICOMDatabase()
    openDatabase(_temporaryFolder(directory), database=database)
    return database


def deleteTemporaryDatabase(dicomDatabase: DICOMDatabase, cleanup: bool = True) -> bool:
    """Close a database made by :func:`createTemporaryDatabase` and, if `cleanup`, delete its folder."""
    folder = dicomDatabase.databaseDirectory
    dicomDatabase.closeDatabase()
    if cleanup:
        _removeTemporaryFolder(folder)
    return True


@contextmanager
def TemporaryDICOMDatabase(directory: str | os.PathLike | None = None) -> Iterator[DICOMDatabase]:  # noqa: N802
    """``with TemporaryDICOMDatabase() as database``: an independent database that is gone afterwards.

    Inside the block it is the current database, as in Slicer: functions called without ``database=`` work with it.
    """
    context = currentContext()
    original = context.database
    database = createTemporaryDatabase(directory)
    if context.registry is not None:
        database.tagsToPrecache = context.registry.tagsToPrecache()
    context.database = database
    try:
        yield database
    finally:
        context.database = original
        deleteTemporaryDatabase(database)


def _temporaryFolder(directory: str | os.PathLike | None) -> str:
    """A new private folder, always one we made: only such a folder is ever deleted again."""
    from .Database.TemporaryFolders import TemporaryFolder

    if directory is not None:
        Path(directory).mkdir(parents=True, exist_ok=True, mode=0o700)
    made = TemporaryFolder(directory)
    currentContext().temporaryFolders[made.path] = made
    return made.path


def _removeTemporaryFolder(folder: str) -> None:
    from .Database.TemporaryFolders import PREFIX

    made = currentContext().temporaryFolders.pop(folder, None)
    if made is not None:
        made.remove()
    elif os.path.basename(folder).startswith(PREFIX):  # made before the context was another one
        shutil.rmtree(folder)
