"""Whether a database with copies is sound: what every test that harms it asks afterwards."""

import hashlib
import os
import pickle
from pathlib import Path

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Files.HeaderScanner import scanBytes
from Testing.Fixtures import SeriesBuilder

STORE = "-files"


def filesInStore(databaseFile):
    """Names below the store's folder, those of empty folders left out."""
    store = Path(f"{databaseFile}{STORE}")
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())


def soundRows(database):
    """{SOPInstanceUID: SHA-256 of the copy}, after everything that must hold of a database that was opened is checked:
    SQLite finds nothing wrong, every row has a file with the bytes of its name, no file is there without a row."""
    assert database.integrityProblems() == []
    with database.connections().reading() as connection:
        rows = dict(connection.execute("SELECT SOPInstanceUID, digest FROM instances"))
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        (counted,) = connection.execute("SELECT coalesce(sum(instanceCount), 0) FROM series").fetchone()
    assert counted == len(rows)
    for digest in rows.values():
        contents = Path(os.fsdecode(database.store.pathOf(digest))).read_bytes()
        assert hashlib.sha256(contents).digest() == digest
    expected = sorted(f"{digest.hex()[:2]}/{digest.hex()[2:]}.dcm" for digest in rows.values())
    assert filesInStore(database.databaseFilename) == expected
    return rows


def openedAndSound(databaseFile):
    """The rows of a database file, as :func:`soundRows` has them; it is opened and closed."""
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    try:
        return soundRows(database)
    finally:
        database.closeDatabase()


def importCopies(databaseFile, folder, **options):
    """Open, import copies, close. :returns: the report"""
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    try:
        return DICOMIndexer(database).importPaths([folder], copyFiles=True, **options)
    finally:
        database.closeDatabase()


def writeManyFiles(folder, count, rows=4, perFolder=500, **values):
    """Files of one series, quickly: they differ in SOPInstanceUID only. :returns: paths"""
    (first,) = SeriesBuilder(slices=1, rows=rows, columns=rows, **values).write(folder)
    contents = first.read_bytes()
    first.unlink()
    uid = scanBytes(contents).value("0008,0018")
    assert contents.count(uid.encode()) == 2
    paths = [folder / f"{number // perFolder:03d}" / f"{number:06d}.dcm" for number in range(count)]
    for parent in {path.parent for path in paths}:
        parent.mkdir(parents=True)
    for number, path in enumerate(paths):
        path.write_bytes(contents.replace(uid.encode(), f"{uid[:-6]}{number:06d}".encode()))
    return paths


class Child:
    """A forked process that runs a function and may die in it."""

    def __init__(self, function, *arguments):
        self._reader, writer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            code = 1
            try:
                os.close(self._reader)
                try:
                    outcome = function(*arguments)
                except BaseException as error:  # noqa: BLE001 - everything goes to the parent, which looks at it
                    outcome = error
                with os.fdopen(writer, "wb") as stream:
                    stream.write(pickle.dumps(outcome))
                code = 0
            finally:
                os._exit(code)
        os.close(writer)

    def end(self):
        """What the function returned or raised; None when the process died. Waits for it."""
        with os.fdopen(self._reader, "rb") as stream:
            contents = stream.read()
        os.waitpid(self.pid, 0)
        return pickle.loads(contents) if contents else None
