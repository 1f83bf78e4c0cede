"""Copying series out: what arrives is what was stored, under safe names, or nothing is there at all."""

from __future__ import annotations

import errno
import hashlib
import logging
import multiprocessing
import os
import shutil
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest
from pydicom import dcmread

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.UpkeepReport import CHANGED, DAMAGED, MISSING
from DICOMLib.Errors import CancelledError, ExportError
from DICOMLib.Export import FileCopies
from DICOMLib.Export.CopyOut import LAYOUTS, copyOut, targetProblem, zipFile
from DICOMLib.Export.CopyOutPlan import planCopyOut
from DICOMLib.Progress import Progress
from Testing.Fixtures import SeriesBuilder, twoPatients

HOSTILE = ["../../x", "CON", "x" * 300, '|/\\:*?"', "Müller^Jürgen", "..", "a\u202eb"]


@pytest.fixture
def database(database, tmp_path):
    """Three linked series of two patients, and one that the database owns."""
    twoPatients(tmp_path / "files")
    SeriesBuilder(slices=4, patientID="OWNED", patientName="Owned^One").write(tmp_path / "owned")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    DICOMIndexer(database).importPaths([tmp_path / "owned"], copyFiles=True)
    return database


def digests(folder):
    return sorted(hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).rglob("*")
                  if path.is_file() and path.name != "DICOMDIR")  # fmt: skip


def stored(database):
    return sorted(hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in database.allFiles())


def unpacked(report, folder):
    if report.layout != "zip":
        return Path(report.target)
    with zipfile.ZipFile(report.target) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


def leftovers(folder):
    return [path for path in Path(folder).rglob("*") if "DICOMModule-" in path.name]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_whatIsCopiedOutComesInElsewhereAsTheSameInstances(database, tmp_path, layout):
    report = copyOut(database, database.allSeries(), tmp_path / "out", layout)
    folder = unpacked(report, tmp_path / "unpacked")
    other = DICOMDatabase()
    other.openDatabase(":memory:")
    imported = DICOMIndexer(other).importPaths([folder])

    assert (report.files, report.series, report.isComplete) == (19, 4, True)
    assert imported.instancesAdded == 19
    assert all(entry.path.endswith(b"DICOMDIR") for entry in imported.skipped)
    assert digests(folder) == stored(database)
    assert {uid: sorted(other.instancesForSeries(uid)) for uid in other.allSeries()} == {
        uid: sorted(database.instancesForSeries(uid)) for uid in database.allSeries()
    }
    assert not leftovers(tmp_path)
    other.closeDatabase()


def test_theTreeIsByPatientStudyAndSeries(database, tmp_path):
    copyOut(database, database.allSeries(), tmp_path / "out")
    folder = tmp_path / "out" / "Müller, Jürgen - P-002" / "2026-03-14 Fixture study" / "2 CT Axial CT"

    assert sorted(os.listdir(folder)) == [f"000{number}.dcm" for number in range(1, 6)]
    assert (folder / "0001.dcm").stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_aSecondCopyGetsNumbersAndTouchesNothing(database, tmp_path):
    series = database.allSeries()
    copyOut(database, series, tmp_path / "out")
    (tmp_path / "out" / "mine.txt").write_text("mine")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    report = copyOut(database, series, tmp_path / "out")

    assert all(name.endswith(" (2)") for name in report.places) and len(report.places) == 3
    assert {path: path.read_bytes() for path in before} == before
    assert len(digests(tmp_path / "out")) == 2 * 19 + 1


def test_hostileNamesStayInTheFolder(tmp_path):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    for number, name in enumerate(HOSTILE):
        plain = name.encode("latin-1", "replace").decode("latin-1")[:60]
        builder = SeriesBuilder(slices=1, patientID=plain, studyDescription=plain, seriesDescription=plain)
        for path in builder.write(tmp_path / "files" / str(number)):
            dataset = dcmread(path)
            dataset.SpecificCharacterSet, dataset.PatientName = "ISO_IR 192", name
            dataset.save_as(path)
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    report = copyOut(database, database.allSeries(), tmp_path / "deep" / "out")

    assert report.files == len(database.allFiles())
    assert os.listdir(tmp_path / "deep") == ["out"] and sorted(os.listdir(tmp_path)) == ["deep", "files"]
    assert digests(tmp_path / "deep" / "out") == stored(database)
    database.closeDatabase()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_missingChangedAndDamagedFilesAreNamedAndTheRestGoesOn(database, tmp_path, layout):
    linked = [path for path in database.allFiles() if "-files" not in path]
    owned = [path for path in database.allFiles() if "-files" in path]
    os.unlink(linked[0])
    Path(linked[1]).write_bytes(Path(linked[1]).read_bytes() + b"more")
    contents = bytearray(Path(owned[0]).read_bytes())
    contents[-1] ^= 1
    os.chmod(owned[0], 0o600)
    Path(owned[0]).write_bytes(contents)
    report = copyOut(database, database.allSeries(), tmp_path / "out", layout)

    assert {finding.kind: os.fsdecode(finding.path) for finding in report.findings} == {
        MISSING: linked[0], CHANGED: linked[1], DAMAGED: owned[0],
    }  # fmt: skip
    assert report.files == 16 and not report.isComplete
    assert "3 files were not copied" in report.summary()
    assert len(digests(unpacked(report, tmp_path / "unpacked"))) == 16


def test_nothingIsMadeWhenNothingCanBeCopied(database, tmp_path):
    shutil.rmtree(tmp_path / "files")
    linked = [uid for uid in database.allSeries() if "-files" not in database.filesForSeries(uid)[0]]
    with pytest.raises(ExportError, match="there is nothing to copy"):
        copyOut(database, linked, tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_aFullDiskLeavesNothingAndSaysWhatIsNeeded(database, tmp_path, layout, monkeypatch):
    def full(_descriptor, _block):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileCopies, "writeAll", full)
    monkeypatch.setattr("zipfile._ZipWriteFile.write", lambda _self, _data: full(0, b""))
    with pytest.raises(ExportError, match=r"the disk is full .* are needed"):
        copyOut(database, database.allSeries(), tmp_path / "new" / "out", layout)

    assert not (tmp_path / "new").exists()


def test_tooLittleRoomIsSaidBeforeAnythingIsWritten(database, tmp_path, monkeypatch):
    monkeypatch.setattr("DICOMLib.Export.CopyOutPlace.freeBytes", lambda _place: 1000)
    with pytest.raises(ExportError, match=r"not enough room on the disk \(.* are needed, 1.0 kB are free\)"):
        copyOut(database, database.allSeries(), tmp_path / "out")

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_anUnwritablePlaceIsOneSentence(database, tmp_path, layout, monkeypatch):
    def refused(*_arguments, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("DICOMLib.Database.TemporaryFolders.tempfile.mkdtemp", refused)
    with pytest.raises(ExportError, match="nothing can be written there"):
        copyOut(database, database.allSeries(), tmp_path / "out", layout)

    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_aCancelledCopyLeavesNothing(database, tmp_path, layout):
    progress = Progress()
    progress._callback = lambda seen: seen.done >= 2 and seen.cancel()
    progress._lastReport = float("-inf")
    progress._clock = iter(range(10**6)).__next__
    with pytest.raises(CancelledError):
        copyOut(database, database.allSeries(), tmp_path / "new" / "out", layout, progress)

    assert not (tmp_path / "new").exists()


def test_whatIsThereIsNotReplaced(database, tmp_path):
    series = database.allSeries()
    (tmp_path / "file").write_text("mine")
    (tmp_path / "a.zip").write_text("mine")
    for target, layout in (("file", "tree"), ("file", "media"), ("a.zip", "zip")):
        with pytest.raises(ExportError, match="something of this name"):
            copyOut(database, series, tmp_path / target, layout)
        assert (tmp_path / target).read_text() == "mine"
        assert targetProblem(str(tmp_path / target), layout)


def test_aFolderWithAMediaSetIsRefusedAndStaysAsItIs(database, tmp_path):
    copyOut(database, database.allSeries(), tmp_path / "out", "media")
    before = digests(tmp_path / "out")
    with pytest.raises(ExportError, match="there is a media set in the folder already"):
        copyOut(database, database.allSeries(), tmp_path / "out", "media")

    assert digests(tmp_path / "out") == before


def test_aMediaSetGoesIntoAFolderWithOtherThings(database, tmp_path):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "readme.txt").write_text("mine")
    report = copyOut(database, database.allSeries(), tmp_path / "stick", "media")

    assert sorted(os.listdir(tmp_path / "stick")) == ["DICOM", "DICOMDIR", "readme.txt"]
    assert report.places == (str(tmp_path / "stick" / "DICOM"), str(tmp_path / "stick" / "DICOMDIR"))


def test_aZipInAFolderGetsAFreeName(database, tmp_path):
    first = copyOut(database, database.allSeries(), tmp_path, "zip").target
    second = copyOut(database, database.allSeries(), tmp_path, "zip").target

    assert (first, second) == (str(tmp_path / "DICOM.zip"), str(tmp_path / "DICOM (2).zip"))
    assert zipFile(tmp_path / "x") == str(tmp_path / "x.zip")


def test_aZipMayHoldAMediaSet(database, tmp_path):
    os.unlink(next(path for path in database.allFiles() if "-files" not in path))
    report = copyOut(database, database.allSeries(), tmp_path / "a.zip", "zip", zipWithDirectory=True)
    folder = unpacked(report, tmp_path / "unpacked")
    from pydicom.fileset import FileSet

    assert sorted(os.listdir(folder)) == ["DICOM", "DICOMDIR"]
    assert len(FileSet(folder / "DICOMDIR")) == 18 == report.files


def _killedWhileCopying(databaseFile, target):
    database = DICOMDatabase()
    database.openDatabase(databaseFile)
    FileCopies.syncFiles = lambda *_: None
    done = []
    original = FileCopies._copyFile

    def copyAndDie(*arguments):
        done.append(original(*arguments))
        if len(done) == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return done[-1]

    FileCopies._copyFile = copyAndDie
    copyOut(database, database.allSeries(), target)


@pytest.mark.skipif(os.name == "nt", reason="kills a process as POSIX does")
def test_aKilledProgramLeavesNothingUnderAFinalNameAndTheNextOneTidies(database, tmp_path):
    (tmp_path / "out").mkdir()
    child = multiprocessing.get_context("spawn").Process(
        target=_killedWhileCopying, args=(database.databaseFilename, tmp_path / "out")
    )
    child.start()
    child.join()

    assert child.exitcode == -signal.SIGKILL
    assert len(leftovers(tmp_path / "out")) == 1 == len(os.listdir(tmp_path / "out"))
    copyOut(database, database.allSeries(), tmp_path / "out")
    assert not leftovers(tmp_path / "out")
    assert digests(tmp_path / "out") == stored(database)


def test_noValueOfAPatientIsLogged(database, tmp_path, caplog):
    with caplog.at_level(logging.DEBUG):
        for layout in LAYOUTS:
            copyOut(database, database.allSeries(), tmp_path / layout, layout)

    assert "ller" not in caplog.text and "P-00" not in caplog.text


def test_anUnknownSeriesOrLayoutIsOneSentence(database, tmp_path):
    with pytest.raises(ExportError, match="no such series"):
        copyOut(database, ["1.2.3"], tmp_path / "out")
    with pytest.raises(ExportError, match="no such layout"):
        copyOut(database, database.allSeries(), tmp_path / "out", "tape")


def test_thePlanSaysWhatGoes(database):
    plan = planCopyOut(database, database.allSeries())

    assert plan.fileCount == 19 and plan.bytesTotal == sum(map(os.path.getsize, database.allFiles()))
    assert plan.bytesNeeded >= 19 * 4096
    assert plan.summary().startswith("19 files, ") and plan.summary().endswith(" in 4 series.")


def test_progressTellsFilesAndBytesAndEndsOnce(database, tmp_path):
    seen = []
    progress = Progress(lambda one: seen.append((one.done, one.total, one.bytesDone)))
    report = copyOut(database, database.allSeries(), tmp_path / "out", progress=progress)

    assert seen[-1] == (19, 19, report.bytesWritten)
    assert [entry for entry in seen if entry[0] == 19] == [seen[-1]]


def test_cancellingIsNoticedWithinHalfASecond(tmp_path, promised):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    SeriesBuilder(slices=40, rows=512, columns=512).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    asked = []

    def cancel(progress):
        if progress.done >= 2 and not asked:
            asked.append(promised.now())
            progress.cancel()

    progress = Progress(cancel, clock=iter(range(10**6)).__next__)  # every report is told
    with pytest.raises(CancelledError):
        copyOut(database, database.allSeries(), tmp_path / "out", "zip", progress)
    promised.atMost(promised.now() - asked[0], 0.5, "the cancel")
    database.closeDatabase()

    assert os.listdir(tmp_path) == ["files"]


@pytest.mark.skipif(shutil.which("dcmdump") is None, reason="needs dcmdump of DCMTK")
def test_dcmtkReadsTheDICOMDIR(database, tmp_path):
    copyOut(database, database.allSeries(), tmp_path / "out", "media")
    done = subprocess.run(["dcmdump", "+W", str(tmp_path), str(tmp_path / "out" / "DICOMDIR")], capture_output=True)
    text = done.stdout.decode("utf-8", "replace")

    assert done.returncode == 0 and b"rror" not in done.stderr
    assert text.count('"Directory Record" IMAGE') == 19 and text.count('"Directory Record" PATIENT') == 3


@pytest.mark.skipif(os.name == "nt" or not shutil.which("mount"), reason="makes a small disk in memory, as Linux can")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_aDiskThatReallyGetsFullHoldsNothingAfterwards(tmp_path, layout, monkeypatch):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    SeriesBuilder(slices=20, rows=128, columns=128).write(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    (tmp_path / "disk").mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20k", "tmpfs", str(tmp_path / "disk")],
                             capture_output=True)  # fmt: skip
    if mounted.returncode != 0:
        pytest.skip("no file system may be mounted here")
    monkeypatch.setattr("DICOMLib.Export.CopyOutPlace.requireRoom", lambda *_: None)  # as if it got full meanwhile
    try:
        with pytest.raises(ExportError, match="the disk is full"):
            copyOut(database, database.allSeries(), tmp_path / "disk" / "out", layout)
        assert os.listdir(tmp_path / "disk") == []
    finally:
        subprocess.run(["umount", str(tmp_path / "disk")], check=True)
        database.closeDatabase()
