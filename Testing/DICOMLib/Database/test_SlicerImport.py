"""Importing what a database of 3D Slicer lists."""

import os
import shutil

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from Testing.DICOMLib.Database.Importing import counts, reasons
from Testing.DICOMLib.Media.SlicerDatabases import writeSlicerDatabase
from Testing.DICOMLib.Media.test_SlicerFileList import stateOf
from Testing.Fixtures import SeriesBuilder


@pytest.fixture
def slicer(tmp_path):
    """Slicer's folder: a copied series of 3, a linked one of 2 elsewhere, one file that is gone, one not listed."""
    folder = tmp_path / "slicer"
    copied = SeriesBuilder(slices=4).write(folder / "dicom" / "0a" / "0b")
    linked = SeriesBuilder(slices=2, seed=3, patientID="LINKED").write(tmp_path / "elsewhere")
    (folder / "thumbs" / "0a").mkdir(parents=True)
    (folder / "thumbs" / "0a" / "1.png").write_bytes(b"\x89PNG" + bytes(300))
    names = [str(path.relative_to(folder)) for path in copied[:3]] + [str(path) for path in linked] + ["dicom/gone.dcm"]
    writeSlicerDatabase(folder / "ctkDICOM.sql", names).close()
    shutil.copyfile(folder / "ctkDICOM.sql", folder / "ctkDICOMTagCache.sql")
    return folder


def test_theDatabaseFileBringsInWhatItLists(database, slicer):
    before = stateOf(slicer)
    report = DICOMIndexer(database).importPaths([slicer / "ctkDICOM.sql"])

    assert counts(database) == (2, 2, 2, 5)
    assert reasons(report) == {"gone.dcm": "cannot be read: No such file or directory"}
    assert [note.reason for note in report.notes] == [
        "the database of 3D Slicer lists 6 files (4 copied, 2 linked)"]
    assert stateOf(slicer) == before


def test_itsFolderBringsInThatAndEverythingElseInItButPictures(database, slicer):
    before = stateOf(slicer)
    report = DICOMIndexer(database).importPaths([slicer])

    assert counts(database) == (2, 2, 2, 6)
    assert set(reasons(report)) == {"gone.dcm", "ctkDICOMTagCache.sql"}
    assert stateOf(slicer) == before


def test_inAFolderAboveOnlyWhatLiesThereComesIn(database, slicer, tmp_path):
    shutil.move(tmp_path / "elsewhere", tmp_path.parent / f"{tmp_path.name} elsewhere")
    report = DICOMIndexer(database).importPaths([tmp_path])
    shutil.rmtree(tmp_path.parent / f"{tmp_path.name} elsewhere")

    assert counts(database) == (1, 1, 1, 4)
    assert "import it directly to bring in the files it links to" in reasons(report)["ctkDICOM.sql"]


def test_copiesCanBeMadeOfAllOfThem(database, slicer, tmp_path):
    DICOMIndexer(database).importPaths([slicer / "ctkDICOM.sql"], copyFiles=True)
    shutil.rmtree(slicer)
    shutil.rmtree(tmp_path / "elsewhere")

    assert len([path for path in database.allFiles() if os.path.exists(path)]) == 5


def test_aDatabaseThatCannotBeReadIsNamedAndTheFolderComesIn(database, slicer):
    (slicer / "ctkDICOM.sql").unlink()
    writeSlicerDatabase(slicer / "ctkDICOM.sql", [], version="").close()
    report = DICOMIndexer(database).importPaths([slicer])

    assert "before its tables had a version" in reasons(report)["ctkDICOM.sql"]
    assert database.imagesCount() == 4
