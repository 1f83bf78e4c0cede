"""Import: what comes in, what is left out and why."""

import os
import shutil

import pydicom
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import DatabaseError, DatabaseReadOnlyError
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.Importing import counts, reasons, write
from Testing.DICOMLib.Files.MischievousProgram import MischievousScan
from Testing.Fixtures import SeriesBuilder, deeplyNested, notDICOM, validFile
from Testing.Fixtures.BrokenFiles import part10, shortElement


def test_twoPatientsComeInWithTheirHierarchy(database, files, tmp_path):
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])
    total = sum(map(len, files.values()))

    assert counts(database) == (2, 3, 3, total)
    assert (report.patientsAdded, report.studiesAdded, report.seriesAdded, report.instancesAdded) == (2, 3, 3, total)
    assert (report.skipped, report.notes, report.cancelled) == ([], [], False)
    assert sorted(report.seriesUIDs) == sorted(database.allSeries())
    assert f"{total} instances of 2 new patients" in report.summary()


def test_secondImportOpensNothing(filled, files, tmp_path, monkeypatch):
    def fail(*arguments):
        raise AssertionError("a file was opened")

    monkeypatch.setattr("DICOMLib.Files.SeriesScanner.readFile", fail)
    report = DICOMIndexer(filled).importPaths([tmp_path / "files"])

    assert report.instancesUnchanged == sum(map(len, files.values()))
    assert (report.instancesAdded, report.seriesAdded, report.skipped) == (0, 0, [])
    assert sorted(report.seriesUIDs) == sorted(filled.allSeries())


def test_everySkippedFileHasItsReason(database, tmp_path):
    folder = tmp_path / "odd"
    SeriesBuilder(slices=2).write(folder)
    write(folder, "text.txt", notDICOM())
    write(folder, "deep", deeplyNested(100))
    write(folder, "cut", validFile(seed=7)[:700])
    write(folder, "empty", b"")
    write(folder, "no uid", part10() + shortElement(0x0008, 0x0060, b"CS", b"CT"))
    write(folder, "no series", validFile(seed=8, edit=lambda dataset, index: delattr(dataset, "SeriesInstanceUID")))
    write(folder, "long uid", validFile(studyUID="1." + "2" * 63, seed=9))
    os.mkfifo(folder / "pipe")
    report = DICOMIndexer(database).importPaths([folder])

    assert report.instancesAdded == 2
    assert reasons(report) == {
        "text.txt": "not a DICOM file",
        "deep": "sequences are too deeply nested (more than 64 levels)",
        "cut": reasons(report)["cut"],
        "empty": "an empty file",
        "no uid": "it has no SOPInstanceUID",
        "no series": "it has no SeriesInstanceUID",
        "long uid": "its StudyInstanceUID is longer than 64 characters",
        "pipe": "a named pipe, not a file",
    }
    assert "ends inside" in reasons(report)["cut"] or "has no" in reasons(report)["cut"]
    assert report.asText().count("skipped: ") == 8
    assert len(report.asCSV().splitlines()) == 9


def test_aSinglePathIsOnePath(database, files, tmp_path):
    report = DICOMIndexer(database).importPaths(str(tmp_path / "files" / "ct"))

    assert report.instancesAdded == len(files["ct"])
    assert report.skipped == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadableFilesAndFoldersAreNamedAndTheRestComesIn(database, files, tmp_path):
    files["ct"][0].chmod(0)
    (tmp_path / "files" / "mr").chmod(0)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])
    (tmp_path / "files" / "mr").chmod(0o700)

    assert reasons(report) == {files["ct"][0].name: "the file cannot be opened (Permission denied)",
                               "mr": "cannot be read: Permission denied"}
    assert report.instancesAdded == len(files["ct"]) - 1 + len(files["other"])


def test_DICOMDIRsAreLeftOut(database, tmp_path):
    from pydicom.fileset import FileSet

    SeriesBuilder(slices=2).write(tmp_path / "files")
    media = FileSet()
    for path in sorted((tmp_path / "files").iterdir()):
        media.add(path)
    media.write(tmp_path / "media")
    report = DICOMIndexer(database).importPaths([tmp_path / "media"])

    assert report.instancesAdded == 2
    assert "DICOMDIR" in reasons(report)["DICOMDIR"]


def test_truncatedPixelDataAreIndexedAndMarked(database, tmp_path):
    path = write(tmp_path / "files", "short", validFile(rows=64, columns=64)[:-100])
    report = DICOMIndexer(database).importPaths([path])
    (record,) = database.instancesForSeriesAsRecords(database.allSeries()[0])

    assert record.truncated == "pixel data short: have 8092 bytes, need 8192"
    (note,) = report.notes
    assert note.reason == "the file is incomplete (pixel data short: have 8092 bytes, need 8192); copy or send it again"


def test_patientsAreOneWhenIDAndNameAgree(database, tmp_path):
    people = [("1", "Doe^John"), ("1", "Doe^John^^"), ("1", "Roe^Jane"), ("2", "Doe^John"), ("", "Doe^John"),
              ("", "Doe^John")]
    for number, (patientID, name) in enumerate(people):
        SeriesBuilder(slices=1, patientID=patientID, patientName=name, seed=number).write(tmp_path / str(number))
    DICOMIndexer(database).importPaths([tmp_path])

    assert sorted((row["PatientID"], row["studyCount"]) for row in database.patientRows()) == [
        ("", 1), ("", 1), ("1", 1), ("1", 2), ("2", 1)]


def test_aStudyThatNamesTwoPatientsStaysWithTheFirstAndIsNoted(database, tmp_path):
    first = SeriesBuilder(slices=1)
    first.write(tmp_path / "1")
    SeriesBuilder(slices=1, patientID="OTHER", patientName="Secret^Name", studyUID=first.studyUID,
                  seriesNumber=9).write(tmp_path / "2")
    report = DICOMIndexer(database).importPaths([tmp_path / "1", tmp_path / "2"])

    assert counts(database) == (1, 1, 2, 2)
    assert len(report.notes) == 1
    assert "another patient" in report.notes[0].reason
    assert "Secret" not in report.asText()


def test_everyBatchIsCommittedAndAnnounced(database, tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.Database.Indexer.BATCH_SIZE", 4)
    SeriesBuilder(slices=10).write(tmp_path / "files")
    seen = []
    database.addObserver(lambda event: seen.append((event, database.imagesCount())))
    DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert seen == [("patientAdded", 4), ("seriesAdded", 4), ("changed", 4), ("changed", 8), ("changed", 10)]


def test_cancelKeepsWhatWasCommittedAndAnswersAtOnce(database, tmp_path, monkeypatch, promised):
    monkeypatch.setattr("DICOMLib.Database.Indexer.BATCH_SIZE", 10)
    SeriesBuilder(slices=60).write(tmp_path / "files")
    progress = Progress()
    database.addObserver(lambda event: progress.cancel())
    with promised.within(0.5):
        report = DICOMIndexer(database).importPaths([tmp_path / "files"], progress=progress)

    assert report.cancelled
    assert "cancelled" in report.summary()
    assert database.imagesCount() == report.instancesAdded == 10
    assert DICOMIndexer(database).importPaths([tmp_path / "files"]).instancesAdded == 50


def test_progressCountsFiles(database, tmp_path):
    SeriesBuilder(slices=30).write(tmp_path / "files")
    seen = []
    clock = iter(range(10_000))
    progress = Progress(lambda state: seen.append((state.done, state.total)), clock=lambda: next(clock))
    DICOMIndexer(database).importPaths([tmp_path / "files"], progress=progress)

    assert seen[-1] == (30, 30)
    assert (29, 30) in seen
    assert all(done <= (total or done) for done, total in seen)


def test_undecodableNamesComeInAndCanBeRead(database, tmp_path):
    name = b"\xff\xfe image.dcm"
    (tmp_path / "files").mkdir()
    with open(os.path.join(os.fsencode(tmp_path / "files"), name), "wb") as stream:
        stream.write(validFile())
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    (path,) = database.filesForSeries(database.allSeries()[0])

    assert os.fsencode(path).endswith(name)
    assert database.fileValue(path, "0008,0060") == "CT"
    assert database.instanceRecordsForFiles([path])[0].rows == 16


def test_valuesAreDataEverywhere(database, tmp_path):
    texts = ["'; DROP TABLE patients; --", "../../etc", "a\x1b[2Jb", "<img src=file:///x>", "=cmd()", "\u202egnp.x",
             "x" * 60]
    for number, text in enumerate(texts):
        SeriesBuilder(slices=1, patientName=text, patientID=text[:60], seriesDescription=text, studyDescription=text,
                      charset="ISO_IR 192", seed=number).write(tmp_path / "files" / str(number))
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert report.instancesAdded == len(texts)
    assert sorted(row["rawPatientName"] for row in database.patientRows()) == sorted(texts)
    assert database.integrityProblems() == []


def test_theDatabasesOwnFilesAreNotImported(database, tmp_path):
    SeriesBuilder(slices=3).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    report = DICOMIndexer(database).importPaths([database.databaseDirectory])

    assert (report.instancesAdded, report.instancesUpdated, report.instancesUnchanged) == (0, 0, 0)


def test_tagsAskedForAreKept(database, tmp_path, monkeypatch):
    database.tagsToPrecache = ["0018,1151", "0008,0060"]
    SeriesBuilder(slices=2, extra={"XRayTubeCurrent": "120"}).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    path = database.filesForSeries(database.allSeries()[0])[0]
    shutil.rmtree(tmp_path / "files")

    assert database.tagsToPrecache == ("0018,1151",)
    assert database.fileValue(path, "0018,1151") == "120"
    assert database.instancesForSeriesAsRecords(database.allSeries()[0])[1].value("0018,1151") == "120"


def test_manyFilesGoThroughHelpers(database, tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.FILES_WORTH_HELPERS", 50)
    SeriesBuilder(slices=100, rows=4, columns=4).write(tmp_path / "files")
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert report.instancesAdded == 100
    assert [record.instanceNumber for record in database.instancesForSeriesAsRecords(report.seriesUIDs[0])] == list(
        range(1, 101))


def test_readOnlyDatabasesRefuseBeforeAnythingIsRead(filled, tmp_path):
    path = filled.databaseFilename
    filled.closeDatabase()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("DICOMLib.Database.DICOMDatabase.os.access", lambda *arguments: False)
        readOnly = DICOMDatabase()
        readOnly.openDatabase(path)
    with pytest.raises(DatabaseReadOnlyError, match="reading only"):
        DICOMIndexer(readOnly).importPaths([tmp_path / "files"])
    assert readOnly.readOnly and readOnly.patientsCount() == 2
    readOnly.closeDatabase()


def test_copiesNeedAFolder(tmp_path):
    database = DICOMDatabase()
    database.openDatabase("")
    with pytest.raises(DatabaseError, match="in memory keeps no copies"):
        DICOMIndexer(database).importPaths([tmp_path], copyFiles=True)


# Copies


def test_copiesAreOwnedPrivateAndWhole(database, files, tmp_path):
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    originals = {path.read_bytes() for paths in files.values() for path in paths}
    shutil.rmtree(tmp_path / "files")
    copies = [path for uid in database.allSeries() for path in database.filesForSeries(uid)]

    assert report.instancesAdded == len(copies) == len(originals)
    assert {open(path, "rb").read() for path in copies} == originals
    for path in copies:
        assert path.startswith(database.databaseFilename + "-files")
        assert os.stat(path).st_mode & 0o777 == 0o600
        assert database.instanceForFile(path)
    for folder, _, names in os.walk(database.databaseDirectory):
        assert os.stat(folder).st_mode & 0o777 == 0o700
        assert all(os.stat(os.path.join(folder, name)).st_mode & 0o777 == 0o600 for name in names)


def test_namesOfCopiesComeFromTheContentsOnly(database, tmp_path):
    SeriesBuilder(slices=1, seriesUID="../../../escape", studyUID="/etc/x").write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    (path,) = database.allFiles()
    store = database.databaseFilename + "-files/"

    assert path.startswith(store)
    assert len(path.removeprefix(store)) == 2 + 1 + 62 + 4


def test_secondCopyImportCopiesNothing(database, tmp_path):
    SeriesBuilder(slices=3).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    before = database.allFiles()
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert (report.instancesUnchanged, report.instancesUpdated) == (3, 0)
    assert database.allFiles() == before


def test_linkedFilesAreTakenInByACopyImportAndStayTakenIn(database, tmp_path):
    SeriesBuilder(slices=3).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    again = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert (report.instancesUpdated, again.instancesUnchanged) == (3, 3)
    assert all(path.startswith(database.databaseDirectory) for path in database.allFiles())
    assert database.imagesCount() == 3


def test_aChangedObjectReplacesItsCopy(database, tmp_path):
    (path,) = SeriesBuilder(slices=1).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    (former,) = database.allFiles()
    dataset = pydicom.dcmread(path)
    dataset.WindowCenter = "5"
    dataset.save_as(path)
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    (now,) = database.allFiles()

    assert now != former
    assert not os.path.exists(former)
    assert open(now, "rb").read() == path.read_bytes()


def test_whatIsKeptAsACopyStaysACopyWhenALinkImportFindsItChanged(database, tmp_path):
    (path,) = SeriesBuilder(slices=1).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    path.write_bytes(path.read_bytes() + b"\0\0")
    DICOMIndexer(database).importPaths([path])
    (copy,) = database.allFiles()

    assert copy.startswith(database.databaseDirectory)
    assert open(copy, "rb").read() == path.read_bytes()


def test_cancelEndsTheCopyOfALargeFile(database, tmp_path, monkeypatch):
    (path,) = SeriesBuilder(slices=1).write(tmp_path / "files")
    monkeypatch.setattr("DICOMLib.Database.FileContents.BLOCK_SIZE", 64)
    progress = Progress()
    blocks = []

    def cancelAfterSome(*arguments):
        blocks.append(1)
        if len(blocks) == 3:
            progress.cancel()
        return readBlock(*arguments)

    readBlock = progress.raiseIfCancelled
    monkeypatch.setattr(progress, "raiseIfCancelled", cancelAfterSome)
    report = DICOMIndexer(database).importPaths([path], copyFiles=True, progress=progress)

    assert report.cancelled
    assert database.imagesCount() == 0
    assert list((tmp_path / "database" / "study.sqlite-files").rglob("*.part")) == []


def test_aDatabaseFolderCanBeMoved(database, tmp_path):
    SeriesBuilder(slices=3).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)
    database.closeDatabase()
    (tmp_path / "database").rename(tmp_path / "elsewhere")
    database.openDatabase(tmp_path / "elsewhere" / "study.sqlite")

    assert all(os.path.exists(path) for path in database.allFiles())
    assert len(database.allFiles()) == 3


def test_filesThatChangeWhileTheyAreCopiedAreReadAgainOnce(database, tmp_path, monkeypatch):
    from DICOMLib.Database.FileStore import StoreSession

    (path,) = SeriesBuilder(slices=1).write(tmp_path / "files")
    stage = StoreSession.stage
    changes = []

    def changeFirst(session, source, progress):
        if not changes:
            dataset = pydicom.dcmread(path)
            dataset.WindowCenter = "99"
            dataset.save_as(path)
            changes.append(1)
        return stage(session, source, progress)

    monkeypatch.setattr(StoreSession, "stage", changeFirst)
    report = DICOMIndexer(database).importPaths([path], copyFiles=True)
    (copy,) = database.allFiles()

    assert report.instancesAdded == 1
    assert database.fileValue(copy, "0028,1050") == "99"
    assert open(copy, "rb").read() == path.read_bytes()


def test_aFileThatLosesItsIdentityWhileItIsCopiedIsLeftOutAndTheOthersComeIn(database, tmp_path, monkeypatch):
    from DICOMLib.Database.FileStore import StoreSession

    paths = SeriesBuilder(slices=3).write(tmp_path / "files")
    stage = StoreSession.stage

    def damageOnce(session, source, progress):
        if source == os.fsencode(paths[1]):
            monkeypatch.setattr(StoreSession, "stage", stage)
            dataset = pydicom.dcmread(paths[1])
            del dataset.SeriesInstanceUID
            dataset.save_as(paths[1])
        return stage(session, source, progress)

    monkeypatch.setattr(StoreSession, "stage", damageOnce)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles=True)

    assert reasons(report) == {paths[1].name: "it changed while it was copied"}
    assert report.instancesAdded == database.imagesCount() == 2


def test_filesThatKeepChangingAreLeftOut(database, tmp_path, monkeypatch):
    from DICOMLib.Database.FileStore import StoreSession

    (path,) = SeriesBuilder(slices=1).write(tmp_path / "files")
    stage = StoreSession.stage

    def changeAlways(session, source, progress):
        with open(path, "ab") as stream:
            stream.write(b"\0\0")
        return stage(session, source, progress)

    monkeypatch.setattr(StoreSession, "stage", changeAlways)
    report = DICOMIndexer(database).importPaths([path], copyFiles=True)

    assert report.instancesAdded == 0
    assert report.skipped[0].reason == "it changed while it was copied"
    assert database.imagesCount() == 0


def test_aFileThatEndsItsReaderIsNamedAndTheRestComesIn(database, tmp_path, monkeypatch):
    """Small imports read in this process; only what is not plain goes to another one, and costs nothing but itself."""
    SeriesBuilder(slices=3).write(tmp_path / "files")
    for name in ("a die", "b hang", "c fill", "d good"):
        write(tmp_path / "files", name, validFile(transferSyntax="1.2.840.10008.1.2.1.99", seed=name))
    monkeypatch.setattr("DICOMLib.Files.ParallelScan.CarefulScan", MischievousScan)
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert report.instancesAdded == 4
    assert reasons(report) == {
        "a die": "reading it ended the process that read it", "b hang": "reading it took too long",
        "c fill": "reading it needed too much memory"}


def test_timesBeyondAllCalendarsComeInAndAreKnownAgain(database, tmp_path):
    """File systems keep times after the year 2262, which nanoseconds in 64 bits do not reach."""
    paths = SeriesBuilder(slices=3).write(tmp_path / "files")
    os.utime(paths[1], (13_000_000_000, 13_000_000_000))
    if os.stat(paths[1]).st_mtime_ns < 2**63:
        pytest.skip("this file system has no such times")

    assert DICOMIndexer(database).importPaths(tmp_path / "files").instancesAdded == 3
    assert DICOMIndexer(database).importPaths(tmp_path / "files").instancesUnchanged == 3
    assert DICOMIndexer(database).importPaths(tmp_path / "files", copyFiles=True).instancesUpdated == 3
    assert database.fileExistsAndUpToDate(paths[1])


def test_absurdNumbersOfFramesComeIn(database, tmp_path):
    """The sum of a series has to fit into a column, too."""
    def edit(dataset, index):
        dataset.add_new("NumberOfFrames", "LO", str(2**63 - 1))
    SeriesBuilder(slices=3, edit=edit).write(tmp_path / "files")
    report = DICOMIndexer(database).importPaths(tmp_path / "files")
    (series,) = database.seriesRows([database.studyForSeries(report.seriesUIDs[0])])

    assert report.instancesAdded == 3
    assert series["frameCount"] == 3 * (2**31 - 1)


def test_aSeriesThatItsLastFileLeavesGoesWithAllThatIsEmptyAbove(database, tmp_path):
    """A file whose patient was corrected must not leave the wrong patient behind."""
    (path,) = SeriesBuilder(slices=1).write(tmp_path / "files")
    DICOMIndexer(database).importPaths(path)
    dataset = pydicom.dcmread(path)
    dataset.PatientID, dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "corrected", "1.2.3", "1.2.3.4"
    dataset.save_as(path)
    report = DICOMIndexer(database).importPaths(path)

    assert report.instancesUpdated == 1
    assert report.seriesUIDs == ["1.2.3.4"]
    assert [row["PatientID"] for row in database.patientRows()] == ["corrected"]
    assert (database.studiesCount(), database.seriesCount(), database.imagesCount()) == (1, 1, 1)
