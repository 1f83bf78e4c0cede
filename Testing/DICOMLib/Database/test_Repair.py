"""What can be mended is mended; what cannot is named; nothing is thrown away in silence."""

import os
import shutil

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.OwnedFiles import DAMAGED_FOLDER
from DICOMLib.Database.UpkeepReport import DAMAGED, FORGOTTEN, LEFT, MENDED, ORPHAN
from DICOMLib.Errors import DatabaseReadOnlyError
from Testing.Fixtures import SeriesBuilder


@pytest.fixture
def owned(database, tmp_path):
    """Six copied files of one series."""
    SeriesBuilder(slices=6).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    return database


def outcomes(report):
    return {os.fsdecode(finding.path): finding.kind for finding in report.findings}


def isSound(database):
    report = database.verify(readHeaders=True)
    return report.isSound or report.asText()


def spoil(path):
    with open(path, "r+b") as stream:
        stream.seek(200)
        stream.write(b"\xff\xfe\xfd")


def test_aSoundDatabaseNeedsNoRepair(filled):
    report = filled.repair()

    assert report.findings == []
    assert report.summary().startswith("There was nothing to repair")


def test_missingLinkedFilesAreForgottenAndNamed(filled, files):
    for path in files["other"]:
        path.unlink()
    report = filled.repair()

    assert outcomes(report) == {str(path): FORGOTTEN for path in files["other"]}
    assert (filled.patientsCount(), filled.imagesCount()) == (1, len(files["ct"]) + len(files["mr"]))
    assert isSound(filled) is True


def test_missingLinkedFilesStayWhereTheUserWantsThat(filled, files):
    before = filled.imagesCount()
    files["ct"][0].unlink()
    report = filled.repair(keepMissing=True)

    assert outcomes(report) == {str(files["ct"][0]): LEFT}
    assert filled.imagesCount() == before


def test_filesThatWereMovedAreFoundBySizeAndUID(filled, files, tmp_path):
    moved = tmp_path / "new disk" / "deep" / "ct"
    times = [filled.insertDateTimeForInstance(uid) for uid in filled.instancesForSeries(filled.allSeries()[0])]
    shutil.move(tmp_path / "files" / "ct", moved)
    (moved / files["ct"][0].name).rename(moved / "renamed")
    report = filled.repair(movedTo=[tmp_path / "new disk"])

    assert outcomes(report) == {str(path): MENDED for path in files["ct"]}
    assert sorted(path for path in filled.allFiles() if "new disk" in path) == sorted(map(str, moved.iterdir()))
    assert [filled.insertDateTimeForInstance(uid)
            for uid in filled.instancesForSeries(filled.allSeries()[0])] == times
    assert isSound(filled) is True


def test_aFileOfTheSameSizeIsNotTakenForTheMissingOne(filled, files, tmp_path):
    elsewhere = SeriesBuilder(seed="stranger").write(tmp_path / "elsewhere")
    files["ct"][0].write_bytes(elsewhere[0].read_bytes()[:-1])
    size = os.path.getsize(files["ct"][0])
    files["ct"][0].unlink()
    elsewhere[0].write_bytes(elsewhere[0].read_bytes()[:size])
    report = filled.repair(movedTo=[tmp_path / "elsewhere"])

    assert outcomes(report) == {str(files["ct"][0]): FORGOTTEN}


def test_changedAndReplacedLinkedFilesAreReadAgain(filled, files):
    changed, replaced, text = files["ct"][:3]
    os.utime(changed, (1, 1))
    SeriesBuilder(slices=1, seed="another").write(replaced.parent, [replaced.name])
    text.write_text("no DICOM any more")
    report = filled.repair()

    assert outcomes(report) == {str(changed): MENDED, str(replaced): MENDED, str(text): FORGOTTEN}
    assert "not a DICOM file" in report.ofKind(FORGOTTEN)[0].text
    assert filled.seriesForFile(replaced) == SeriesBuilder(slices=1, seed="another").seriesUID
    assert isSound(filled) is True


def test_damagedCopiesComeAgainFromTheirOriginalsAndAreKeptAside(owned):
    damaged, gone = owned.allFiles()[:2]
    spoil(damaged)
    spoiled = open(damaged, "rb").read()
    os.unlink(gone)
    report = owned.repair()

    assert outcomes(report) == {damaged: MENDED, gone: MENDED}
    assert owned.imagesCount() == 6
    folder = owned.store.folder / DAMAGED_FOLDER
    (aside,) = folder.iterdir()
    assert aside.read_bytes() == spoiled
    assert str(aside) in report.asText()
    assert os.stat(folder).st_mode & 0o777 == 0o700
    assert isSound(owned) is True


def test_damagedCopiesWithoutAnOriginalAreForgottenWithAdvice(owned, tmp_path):
    damaged, gone = owned.allFiles()[:2]
    spoil(damaged)
    os.unlink(gone)
    shutil.rmtree(tmp_path / "files")
    report = owned.repair()

    assert outcomes(report) == {damaged: DAMAGED, gone: FORGOTTEN}
    assert all(f"import it again; it came from {tmp_path / 'files'}" in one.text for one in report.findings)
    assert owned.imagesCount() == 4
    assert isSound(owned) is True


def test_copiesWithoutAnEntryAreIndexedAgain(owned):
    orphan = owned.allFiles()[0]
    with owned.connections().writing() as connection:
        connection.execute("DELETE FROM instances WHERE digest = ?", (owned.store.digestOf(os.fsencode(orphan)),))
    report = owned.repair()

    assert outcomes(report)[orphan] == MENDED
    assert orphan in owned.allFiles() and owned.imagesCount() == 6
    assert isSound(owned) is True


def test_anotherCopyOfAnIndexedObjectIsPutAside(owned, tmp_path):
    other = SeriesBuilder(slices=6, patientName="Other^Contents").write(tmp_path / "others")[0]
    with owned.store.newSession() as session:
        staged = session.stage(os.fsencode(other))
        session.announce([staged.digest])
        session.publish([staged])
        session.committed()
    path = os.fsdecode(owned.store.pathOf(staged.digest))
    report = owned.repair()

    assert outcomes(report) == {path: DAMAGED}
    assert "another copy of the same object" in report.findings[0].text
    assert owned.imagesCount() == 6 and isSound(owned) is True


def test_filesThatCameBackSinceTheyWereMissedAreNotForgotten(filled, files, tmp_path):
    """The user reads what was found, connects the disk, and has it repaired."""
    before = filled.imagesCount()
    os.rename(tmp_path / "files", tmp_path / "elsewhere")
    verification = filled.verify()
    os.rename(tmp_path / "elsewhere", tmp_path / "files")
    report = filled.repair(verification=verification)

    assert len(verification.findings) == before
    assert report.findings == []
    assert filled.imagesCount() == before


def test_copiesThatWereImportedSinceTheyWereFoundStayWhereTheyAre(owned, tmp_path):
    """A copy without an entry that has got one since is no second copy of its object: putting it aside loses it."""
    with owned.connections().writing() as connection:
        connection.execute("DELETE FROM instances")
        connection.execute("UPDATE series SET instanceCount = 0, frameCount = 0")
    verification = owned.verify()
    DICOMIndexer(owned).importPaths([tmp_path / "files"], copyFiles=True)
    report = owned.repair(verification=verification)

    assert len(verification.ofKind(ORPHAN)) == 6
    assert not (owned.store.folder / DAMAGED_FOLDER).exists()
    assert report.ofKind(DAMAGED) == []
    assert isSound(owned) is True


def test_objectsThatCameFromElsewhereSinceKeepTheirEntries(owned, tmp_path):
    """What was found damaged was imported again meanwhile, with other contents."""
    path = owned.filesForSeries(owned.allSeries()[0])[0]
    uid = owned.instanceForFile(path)
    spoil(path)
    verification = owned.verify()
    os.unlink(path)
    DICOMIndexer(owned).importPaths([tmp_path / "files"], copyFiles=True)
    owned.repair(verification=verification)

    assert len(verification.ofKind(DAMAGED)) == 1
    assert os.path.exists(owned.fileForInstance(uid))
    assert not (owned.store.folder / DAMAGED_FOLDER).exists()
    assert isSound(owned) is True


def test_countsAndStrayRowsAreMended(filled):
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE series SET instanceCount = 77, frameCount = 1 WHERE id = 1")
        connection.execute("UPDATE instances SET seriesKey = 999 WHERE id = (SELECT max(id) FROM instances)")
        connection.execute("PRAGMA foreign_keys = ON")
    report = filled.repair()

    assert {finding.kind for finding in report.findings} == {MENDED, FORGOTTEN}
    assert isSound(filled) is True


def test_aDamagedTableIsMendedByANewIndex(owned):
    before = owned.instancesForSeries(owned.allSeries()[0])
    path = owned.databaseFilename
    damagePageOf(owned, "series")
    owned.openDatabase(path)
    report = owned.repair()

    assert report.ofKind(MENDED)
    assert owned.instancesForSeries(owned.allSeries()[0]) == before
    assert os.path.exists(path + ".replaced") or os.path.exists(path + ".corrupt")
    assert isSound(owned) is True


def damagePageOf(database, table):
    """Overwrite the first page of a table, or of an index, and close the database."""
    with database.connections().reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    path = database.databaseFilename
    database.closeDatabase()
    with open(path, "r+b") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xa5" * size)


def test_aDatabaseThatCanOnlyBeReadIsNotRepaired(filled):
    path = filled.databaseFilename
    with filled.connections().reading() as connection:
        connection.execute("PRAGMA user_version = 99")
    filled.closeDatabase()
    filled.openDatabase(path)
    with pytest.raises(DatabaseReadOnlyError, match="a newer version of this program made it"):
        filled.repair()
