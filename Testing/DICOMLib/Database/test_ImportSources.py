"""DICOMDIR media, and what lies in folders beside DICOM files."""

import os
import shutil

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.DICOMLib.Database.Importing import counts, reasons
from Testing.DICOMLib.Database.OpenedFiles import openedFiles, openedOutside
from Testing.DICOMLib.Media.MediaFiles import directoryFile, zipOf
from Testing.Fixtures import SeriesBuilder


@pytest.fixture
def media(tmp_path):
    """A folder with four images, three of them listed in its DICOMDIR, and the records of that."""
    builder = SeriesBuilder(slices=4)
    for number, path in enumerate(builder.write(tmp_path / "media" / "IMAGES")):
        path.rename(path.parent / f"IM{number}")
    records = [("PATIENT", None, ""), ("STUDY", None, ""), ("SERIES", None, "")]
    records += [("IMAGE", rb"IMAGES\IM%d" % number, builder.datasets()[number].SOPInstanceUID) for number in range(3)]
    write(tmp_path / "media", records)
    return tmp_path / "media", records


def write(folder, records, name="DICOMDIR", **options):
    (folder / name).write_bytes(directoryFile(records, **options))


@pytest.mark.parametrize("name", ["DICOMDIR", "dicomdir", "DICOMDIR.dcm", "index"])
@pytest.mark.parametrize("chosen", ["folder", "file"])
def test_mediaComeInWithWhatTheirDirectoryDoesNotList(database, media, name, chosen):
    folder, records = media
    (folder / "DICOMDIR").rename(folder / name)
    if name == "index" and chosen == "file":
        pytest.skip("only a file called DICOMDIR stands for its folder")
    report = DICOMIndexer(database).importPaths([folder if chosen == "folder" else folder / name])

    assert counts(database) == (1, 1, 1, 4)
    assert reasons(report) == {name: "a DICOMDIR: it lists 3 other files, which are imported themselves"}
    assert report.notes == []


def test_theSecondImportOpensOnlyTheDirectory(database, media):
    folder, _ = media
    DICOMIndexer(database).importPaths([folder])
    with openedFiles() as opened:
        report = DICOMIndexer(database).importPaths([folder])

    assert report.instancesUnchanged == 4
    assert {path for path in opened if path.startswith(os.fsencode(folder / "IMAGES") + b"/")} == set()


def test_whatTheDirectorySaysOfPatientsIsNotTaken(database, media):
    folder, records = media
    assert b"Invented^Name" in (folder / "DICOMDIR").read_bytes()
    DICOMIndexer(database).importPaths([folder])

    assert len(database.patients()) == 1
    assert "Invented" not in str(database.patientRows())


def test_wrongRecordsAreNamedAndNothingOutsideIsOpened(database, media, tmp_path, promised):
    """DICOMDIR attacks: no open outside the medium, every bad record named, in less than 5 s, all good files in."""
    folder, records = media
    outside = SeriesBuilder(slices=1, seed=9, patientID="SECRET").write(tmp_path / "outside")[0]
    os.symlink(outside, folder / "LINK")
    os.symlink(outside.parent, folder / "LINKS")
    bad = [rb"..\outside\%s" % outside.name.encode(), os.fsencode(outside), rb"C:\outside", b"LINK",
           rb"LINKS\%s" % outside.name.encode(), rb"\\server\share\file", b"GONE", rb"IMAGES\GONE"]
    wrongCase = ("IMAGE", rb"images\im1.;1", records[4][2])
    wrongObject = ("IMAGE", rb"IMAGES\IM3", "1.2.3.4")
    write(folder, [*records, *(("IMAGE", name, "1.2") for name in bad), wrongCase, wrongObject],
          links={5: (5, None), 6: (1, 2)})
    with openedFiles() as opened, promised.within(5):
        report = DICOMIndexer(database).importPaths([folder])
    said = report.asText()

    outside = openedOutside(opened, folder, tmp_path / "database")
    print(f"DICOMDIR attacks: {len(outside)} opens outside")
    assert outside == []
    assert os.fsencode(folder / "IMAGES" / "IM0") in opened
    assert database.imagesCount() == 4 and "SECRET" not in str(database.patientRows())
    assert said.count("outside of the medium") == 4
    assert said.count("leads out of the medium through a symbolic link") == 2
    assert said.count("there is no such file") == 2
    assert said.count("another object") == 1 and said.count("a loop") == 3
    for name in (r"..\outside", "C:\\outside", r"\\server\share\file", "IMAGES/GONE", "LINK", "byte "):
        assert name in said


@pytest.mark.slow
def test_manyWrongRecordsEndInTime(database, media, promised):
    """A hundred thousand records, each wrong in one of six ways: the import takes less than 5 s of processor time."""
    folder, records = media
    kinds = [rb"..\%d", rb"\etc\%d", rb"C:\%d", rb"IMAGES\%d", rb"GONE%d\X", rb"a\b\c\d\%d"]
    write(folder, [("IMAGE", kinds[number % 6] % number, "1.2") for number in range(100_000)])
    with promised.within(5, ofProcessor=True):
        report = DICOMIndexer(database).importPaths([folder])

    assert database.imagesCount() == 4
    assert len(report.skipped) == 10_001


def test_archivesInFoldersAreNamedAndLookedIntoOnDemand(database, tmp_path):
    contents = {f"{number}": path.read_bytes()
                for number, path in enumerate(SeriesBuilder(slices=3).write(tmp_path / "files"))}
    shutil.rmtree(tmp_path / "files")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "study.zip").write_bytes(zipOf(contents))
    (tmp_path / "files" / "old.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(600))
    report = DICOMIndexer(database).importPaths([tmp_path / "files"])

    assert reasons(report) == {
        "study.zip": "a zip archive; import it directly to bring in what is in it",
        "old.7z": "a 7z archive, which is not read here; unpack it and import the folder",
    }
    assert DICOMIndexer(database).importPaths([tmp_path / "files"], archivesInFolders=True).instancesAdded == 3


def test_theDatabasesOwnFilesAreNotReportedNotEvenAnEmptyLog(database, tmp_path):
    SeriesBuilder(slices=1).write(tmp_path / "database" / "files")
    database.connections().close()
    name = database.databaseFilename
    database.openDatabase(name)
    assert os.path.getsize(name + "-wal") == 0
    report = DICOMIndexer(database).importPaths([tmp_path / "database"])

    assert (report.instancesAdded, report.skipped) == (1, [])
