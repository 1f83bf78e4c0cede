"""Which file stays when two claim to be one object, and what becomes of files that changed or moved."""

import hashlib
import shutil
from pathlib import Path

import pydicom
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.Placement import PlacementRules
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Database.Importing import reasons, write
from Testing.Fixtures import SeriesBuilder, validFile


def test_duplicatesWithEqualBytesChangeNothing(filled, files, tmp_path):
    shutil.copytree(tmp_path / "files" / "ct", tmp_path / "again")
    before = filled.allFiles()
    report = DICOMIndexer(filled).importPaths([tmp_path / "again"])

    assert (report.instancesUnchanged, report.skipped) == (len(files["ct"]), [])
    assert filled.allFiles() == before


def test_duplicatesWithOtherBytesAreNamedAndNotMixedIn(filled, files, tmp_path):
    dataset = pydicom.dcmread(files["ct"][0])
    dataset.PatientName = "Somebody^Else"
    (tmp_path / "other").mkdir()
    dataset.save_as(tmp_path / "other" / "same uid")
    report = DICOMIndexer(filled).importPaths([tmp_path / "other"])

    assert str(files["ct"][0]) in report.skipped[0].reason
    assert "other contents" in report.skipped[0].reason
    assert filled.patientsCount() == 2
    assert filled.fileForInstance(dataset.SOPInstanceUID) == str(files["ct"][0])


@pytest.mark.parametrize("copyFiles", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_aWholeFileTakesThePlaceOfAnIncompleteOneOfTheSameObjectAndNeverTheOtherWayRound(
    database, tmp_path, copyFiles, together
):
    whole = validFile()
    write(tmp_path / "files", "1 cut short", whole[:-50])
    if not together:
        DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles)
    write(tmp_path / "files", "2 whole", whole)
    write(tmp_path / "files", "3 cut short", whole[:-60])
    report = DICOMIndexer(database).importPaths([tmp_path / "files"], copyFiles)

    (record,) = database.instancesForSeriesAsRecords(database.allSeries()[0])
    assert record.truncated == "" and Path(record.filePath).read_bytes() == whole
    assert report.instancesAdded + report.instancesUpdated == 1
    assert "3 cut short" in reasons(report)
    assert len(list(tmp_path.glob("database/*-files/??/*.dcm"))) == (1 if copyFiles else 0)


def test_duplicatesWithinOneImportAreFoundToo(database, tmp_path):
    contents = validFile()
    write(tmp_path / "files", "1", contents)
    write(tmp_path / "files", "2", contents)
    write(tmp_path / "files", "3", contents + b"\0\0")
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert (report.instancesAdded, report.instancesUnchanged) == (1, 1)
    assert list(reasons(report)) == ["3"]


def test_changedFilesAreReadAgain(filled, files):
    dataset = pydicom.dcmread(files["ct"][0])
    dataset.WindowCenter = "77"
    dataset.save_as(files["ct"][0])
    report = DICOMIndexer(filled).importPaths([files["ct"][0]])

    assert (report.instancesAdded, report.instancesUpdated) == (0, 1)
    assert filled.instanceValue(dataset.SOPInstanceUID, "0028,1050") == "77"
    assert filled.imagesCount() == sum(map(len, files.values()))


def test_aFileThatBecameAnotherObjectReplacesItsFormerRow(filled, files):
    former = scanFile(files["ct"][0]).toInstance().SOPInstanceUID
    files["ct"][0].write_bytes(validFile(patientID="NEW", seed="new"))
    report = DICOMIndexer(filled).importPaths([files["ct"][0]])

    assert report.instancesAdded == 1
    assert filled.fileForInstance(former) == ""
    assert filled.imagesCount() == sum(map(len, files.values()))


def test_movedFilesAreFollowed(filled, files, tmp_path):
    (tmp_path / "files" / "ct").rename(tmp_path / "moved")
    report = DICOMIndexer(filled).importPaths([tmp_path / "moved"])

    assert (report.instancesUpdated, report.instancesAdded, report.skipped) == (len(files["ct"]), 0, [])
    assert filled.fileForInstance(scanFile(tmp_path / "moved" / files["ct"][0].name).value("0008,0018")).startswith(
        str(tmp_path / "moved"))


def test_decisionsHoldUntilSomebodyElseWritesTheSameObjects(database, tmp_path, monkeypatch):
    """While nothing is written the objects are not even looked at again."""
    headers = [scanFile(path) for path in SeriesBuilder(slices=3).write(tmp_path / "files")]
    other = DICOMDatabase()
    other.openDatabase(database.databaseFilename)
    rules = PlacementRules(database, copyFiles=False)
    placements = rules.decide(headers, Progress())
    asked = []
    existing = rules._existing
    monkeypatch.setattr(rules, "_existing", lambda *arguments: asked.append(1) or existing(*arguments))

    def stillHold():
        with database.connections().writing() as connection:
            return rules.stillHold(connection, placements)

    assert stillHold() and not asked
    DICOMIndexer(other).importPaths(SeriesBuilder(slices=2, seriesNumber=77).write(tmp_path / "others"))
    assert stillHold() and asked
    DICOMIndexer(other).importPaths([headers[1].path])
    other.closeDatabase()
    assert not stillHold()


def test_twoContentsOfOneObjectAreToldAndTheirDigestsLogged(filled, files, tmp_path, caplog):
    other = files["ct"][0].read_bytes() + b"\0\0"
    path = write(tmp_path / "other", "same uid", other)
    digests = [hashlib.sha256(contents).hexdigest() for contents in (files["ct"][0].read_bytes(), other)]
    with caplog.at_level("INFO"):
        report = DICOMIndexer(filled).importPaths([path])

    assert all(digest[:12] in report.skipped[0].reason for digest in digests)
    (message,) = caplog.messages
    assert message == f"two contents for one object: SHA-256 {digests[0]} is kept, {digests[1]} is left out"
    assert filled.imagesCount() == sum(map(len, files.values()))


def test_aChangedCopyIsReplacedAndBothDigestsAreLogged(database, tmp_path, caplog):
    path = write(tmp_path / "files", "1", validFile())
    DICOMIndexer(database).importPaths([path], copyFiles=True)
    write(tmp_path / "files", "1", validFile() + b"\0\0")
    with caplog.at_level("INFO"):
        report = DICOMIndexer(database).importPaths([path], copyFiles=True)

    former, now = (hashlib.sha256(validFile() + more).hexdigest() for more in (b"", b"\0\0"))
    assert caplog.messages == [f"SHA-256 {now} takes the place of {former}"]
    assert report.instancesUpdated == 1


def test_aFileThatAnotherProgramHasJustBroughtInIsThereAlready(database, tmp_path, monkeypatch):
    """It was new when the folder was listed, and is known when its batch is written: it is not opened again."""
    path = write(tmp_path / "files", "1", validFile())
    monkeypatch.setattr("DICOMLib.Database.KnownFiles.KnownFiles.seriesIfUnchanged", lambda *arguments: None)
    reports = [DICOMIndexer(database).importPaths([path], copyFiles=True) for _ in range(2)]

    assert [(report.instancesAdded, report.instancesUpdated, report.instancesUnchanged) for report in reports] == [
        (1, 0, 0), (0, 0, 1)]
