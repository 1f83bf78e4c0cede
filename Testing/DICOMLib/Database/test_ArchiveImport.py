"""Archives come into the database as copies, and are known again."""

import errno
import gzip
import io
import os
import tarfile
import threading

import pytest

from DICOMLib.Database import ArchiveImport
from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.Importing import counts, reasons
from Testing.DICOMLib.Database.OpenedFiles import openedFiles, openedOutside
from Testing.DICOMLib.Media.MediaFiles import directoryFile, zipOf
from Testing.DICOMLib.Media.test_MediaHelper import flatZip
from Testing.Fixtures import SeriesBuilder, notDICOM, validFile


def series(**options):
    return {f"study/IM{number}": contents for number, contents in enumerate(SeriesBuilder(**options).encoded())}


def write(path, contents):
    path.write_bytes(contents)
    return path


def incoming(database):
    folder = database.databaseFilename + "-files/Incoming"
    return os.listdir(folder) if os.path.isdir(folder) else []


def test_aZipBecomesCopiesUnderLabels(database, tmp_path):
    members = series(slices=5)
    path = write(tmp_path / "a.zip", zipOf({**members, "README": notDICOM()}))
    report = DICOMIndexer(database).importPaths([path])

    assert counts(database) == (1, 1, 1, 5)
    assert report.instancesAdded == 5 and report.seriesUIDs == database.allSeries()
    assert [(entry.path, entry.reason) for entry in report.skipped] == [
        (os.fsencode(path) + b"/README", "not a DICOM file")]
    assert {open(file, "rb").read() for file in database.allFiles()} == set(members.values())
    assert all(file.startswith(database.databaseFilename + "-files/") for file in database.allFiles())
    assert incoming(database) == []


def test_whereNoProcessCanBeStartedAnArchiveIsLeftOutAndFilesComeIn(database, tmp_path, monkeypatch):
    def refuse(*_arguments, **_options):
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr("DICOMLib.Media.MediaHelper.startHelper", refuse)
    archive = write(tmp_path / "a.zip", zipOf(series(slices=2)))
    report = DICOMIndexer(database).importPaths([archive, write(tmp_path / "one.dcm", validFile())])

    assert report.instancesAdded == 1
    ((path, reason),) = [(entry.path, entry.reason) for entry in report.skipped]
    assert path == os.fsencode(archive) and "could not be started (Resource temporarily unavailable)" in reason
    assert incoming(database) == []


def test_theFilesCanBeLoadedWithoutTheArchive(database, tmp_path):
    path = write(tmp_path / "a.zip", zipOf(series(slices=3)))
    DICOMIndexer(database).importPaths([path])
    path.unlink()
    from DICOMLib.Pixels.Volume import readVolume

    records = database.instancesForSeriesAsRecords(database.allSeries()[0])
    assert readVolume(records).array.shape == (3, 16, 12)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tarsComeInToo(database, tmp_path, mode):
    with tarfile.open(tmp_path / "a.tar", mode) as archive:
        for name, contents in series(slices=4).items():
            information = tarfile.TarInfo(name)
            information.size = len(contents)
            archive.addfile(information, io.BytesIO(contents))

    assert DICOMIndexer(database).importPaths([tmp_path / "a.tar"]).instancesAdded == 4


def test_aCompressedFileComesIn(database, tmp_path):
    path = write(tmp_path / "image.dcm.gz", gzip.compress(validFile()))

    assert DICOMIndexer(database).importPaths([path]).instancesAdded == 1
    assert DICOMIndexer(database).importPaths([tmp_path]).instancesUnchanged == 1


def test_anUnchangedArchiveIsNotOpened(database, tmp_path):
    path = write(tmp_path / "a.zip", zipOf({**series(slices=5), "README": notDICOM()}))
    DICOMIndexer(database).importPaths([path])
    with openedFiles() as opened:
        report = DICOMIndexer(database).importPaths([path])

    assert (report.instancesUnchanged, report.instancesAdded, report.skipped) == (5, 0, [])
    assert report.seriesUIDs == database.allSeries()
    assert os.fsencode(path) not in opened


def test_aChangedArchiveAddsWhatIsNew(database, tmp_path):
    members = series(slices=5)
    path = write(tmp_path / "a.zip", zipOf(dict(list(members.items())[:3])))
    DICOMIndexer(database).importPaths([path])
    before = set(database.allFiles())
    write(path, zipOf(members))
    report = DICOMIndexer(database).importPaths([path])

    assert (report.instancesAdded, report.instancesUnchanged, report.instancesUpdated) == (2, 3, 0)
    assert before < set(database.allFiles())


def test_aChangedMemberReplacesItsFormerSelf(database, tmp_path):
    builder = SeriesBuilder(slices=1)
    path = write(tmp_path / "a.zip", zipOf({"a": builder.encoded()[0]}))
    DICOMIndexer(database).importPaths([path])
    write(path, zipOf({"a": builder.encoded()[0] + bytes(2)}))
    report = DICOMIndexer(database).importPaths([path])

    assert (report.instancesUpdated, report.skipped) == (1, [])
    assert len(open(database.allFiles()[0], "rb").read()) == len(builder.encoded()[0]) + 2


def test_aRemovedSeriesComesBackFromItsArchive(database, tmp_path):
    path = write(tmp_path / "a.zip", zipOf({**series(slices=3), "other": validFile(seed=7, seriesNumber=9)}))
    DICOMIndexer(database).importPaths([path])
    database.removeSeries(database.allSeries()[0])
    report = DICOMIndexer(database).importPaths([path])

    assert database.imagesCount() == 4
    assert report.instancesAdded in (1, 3)


def test_nothingOfAnArchiveStaysWhenItsPatientIsRemoved(database, tmp_path):
    path = write(tmp_path / "ZZCANARY.zip", zipOf(series(slices=3)))
    DICOMIndexer(database).importPaths([path])
    database.removePatient(database.patients()[0])

    assert database._firstColumn("SELECT count(*) FROM importedArchives") == [0]
    assert database._firstColumn("SELECT path FROM folders") == []


def test_whatWasDamagedIsToldEveryTime(database, tmp_path):
    contents = bytearray(zipOf({"bad": validFile(), "good": validFile(seed=2)}))
    contents[contents.index(b"PK\1\2") + 16] ^= 1
    path = write(tmp_path / "a.zip", bytes(contents))
    for unchanged in (0, 1):
        report = DICOMIndexer(database).importPaths([path])
        assert report.instancesUnchanged == unchanged
        assert "checksum" in reasons(report)["bad"]
    assert database.imagesCount() == 1


def test_namesLeadNowhere(database, tmp_path):
    """Names with "..", absolute, with drives, twice, as long as can be: nothing is written outside the store."""
    names = ["../../../evil", "/etc/evil", "C:\\evil", "..\\evil", "a/../../evil", "x" * 255, "same", "same", "CON"]
    with pytest.warns(UserWarning):
        contents = zipOf([(name, validFile(seed=number)) for number, name in enumerate(names)])
    path = write(tmp_path / "a.zip", contents)
    before = {entry for entry in tmp_path.rglob("*") if "database" not in entry.parts}
    with openedFiles() as opened:
        report = DICOMIndexer(database).importPaths([path])
    labels = database._firstColumn("SELECT folders.path || '/' || name FROM instances JOIN folders ON folders.id ="
                                   " folderID")
    labels = [label if isinstance(label, bytes) else os.fsencode(label) for label in labels]

    assert report.instancesAdded == len(names)
    assert {entry for entry in tmp_path.rglob("*") if "database" not in entry.parts} == before
    assert openedOutside(opened, tmp_path / "database", path) == []
    assert len(set(labels)) == len(names)
    assert all(label.startswith(os.fsencode(path) + b"/") and b".." not in label for label in labels)


def test_aDirectoryOfMediaInAnArchiveIsPassedOver(database, tmp_path):
    path = write(tmp_path / "cd.zip", zipOf({**series(slices=2), "DICOMDIR": directoryFile([])}))
    report = DICOMIndexer(database).importPaths([path])

    assert report.instancesAdded == 2
    assert reasons(report)["DICOMDIR"].startswith("a DICOMDIR")
    assert DICOMIndexer(database).importPaths([path]).instancesUnchanged == 2


def test_anArchiveWithoutDICOMSaysSo(database, tmp_path):
    path = write(tmp_path / "a.zip", zipOf({"a": notDICOM()}))

    assert reasons(DICOMIndexer(database).importPaths([path])) == {
        "a": "not a DICOM file", "a.zip": "an archive without DICOM files"}


def test_duplicatesInsideAndOutsideAreOneInstance(database, tmp_path):
    member = validFile()
    (tmp_path / "files").mkdir()
    write(tmp_path / "files" / "linked", member)
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    path = write(tmp_path / "a.zip", zipOf({"a": member, "b": member, "c": validFile(seed=3)}))
    report = DICOMIndexer(database).importPaths([path])

    assert (report.instancesAdded, report.instancesUnchanged, database.imagesCount()) == (1, 2, 2)
    assert DICOMIndexer(database).importPaths([path]).instancesUnchanged == 2


def test_aDatabaseInMemoryKeepsNoCopies(tmp_path):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    path = write(tmp_path / "a.zip", zipOf(series(slices=1)))
    report = DICOMIndexer(database).importPaths([path])

    assert "keeps no copies" in reasons(report)["a.zip"]
    database.closeDatabase()


def test_anArchiveThatDoesNotFitOnTheDiskIsRefused(database, tmp_path, monkeypatch):
    path = write(tmp_path / "a.zip", zipOf(series(slices=2)))
    monkeypatch.setattr(ArchiveImport, "freeBytes", lambda place: ArchiveImport.DISK_RESERVE + 100)
    report = DICOMIndexer(database).importPaths([path])

    assert report.instancesAdded == 0
    assert "not enough room" in reasons(report)["a.zip"] and "100 bytes are free" in reasons(report)["a.zip"]
    assert incoming(database) == []


def test_aBombLeavesNothingBehind(database, tmp_path, promised):
    path = write(tmp_path / "bomb.zip", flatZip(1 << 30))
    with promised.within(3):
        report = DICOMIndexer(database).importPaths([path])
    size = sum(os.path.getsize(entry) for entry in (tmp_path / "database").rglob("*") if entry.is_file())

    assert "100-fold" in reasons(report)["flat"]
    assert database.imagesCount() == 0 and incoming(database) == []
    assert size < 1 << 20


def test_cancelAnswersAtOnceAndKeepsWhatWasWritten(database, tmp_path, monkeypatch, promised):
    monkeypatch.setattr(ArchiveImport, "BATCH_SIZE", 10)
    path = write(tmp_path / "a.zip", zipOf(series(slices=200)))
    progress = Progress()
    cancelled = []

    def cancel():
        progress.cancel()
        cancelled.append(promised.now())

    database.addObserver(lambda event: cancelled or cancel())
    report = DICOMIndexer(database).importPaths([path], progress=progress)
    promised.atMost(promised.now() - cancelled[0], 0.5, "the cancel")

    assert report.cancelled
    assert 10 <= database.imagesCount() < 200 and incoming(database) == []
    assert DICOMIndexer(database).importPaths([path]).instancesAdded == 200 - report.instancesAdded
    assert DICOMIndexer(database).importPaths([path]).instancesUnchanged == 200


def test_progressNamesTheArchiveAndCountsMembers(database, tmp_path):
    path = write(tmp_path / "a.zip", zipOf(series(slices=30)))
    seen = []
    clock = iter(range(100_000))
    progress = Progress(lambda state: seen.append((state.done, state.total, state.text)), clock=lambda: next(clock))
    DICOMIndexer(database).importPaths([path], progress=progress)

    assert any(text.startswith("Unpacking a.zip: ") for _, _, text in seen)
    assert max(done for done, _, _ in seen) >= 30
    assert all(total is None or done <= total for done, total, _ in seen)


def test_aProgramKilledWhileUnpackingLeavesNothingForLong(database, tmp_path):
    session = database.store.newSession()
    session.__enter__()
    part = session.newPart()
    part.write_bytes(b"half a member")
    session._lock.release()  # as the system does for a killed program
    name = database.databaseFilename
    database.closeDatabase()
    database.openDatabase(name)

    assert not part.exists() and incoming(database) == []


def test_archivesImportedAtTheSameTimeDoNotDisturbEachOther(database, tmp_path):
    paths = [write(tmp_path / f"{seed}.zip", zipOf(series(slices=20, seed=seed, patientID=str(seed))))
             for seed in range(3)]
    reports = []
    threads = [threading.Thread(target=lambda path=path: reports.append(DICOMIndexer(database).importPaths([path])))
               for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [report.instancesAdded for report in reports] == [20, 20, 20]
