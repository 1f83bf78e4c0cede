"""Pictures of series: which image, made once, made again when the files change, gone with the series."""

import io
import os
import sqlite3
import time

import numpy
import pytest
from pydicom import Dataset, dcmread

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Database.Thumbnails import SeriesThumbnail, evenlySpaced
from DICOMLib.Errors import CancelledError
from DICOMLib.Pixels import Thumbnail
from DICOMLib.Progress import Progress
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures import axialCT, compressibleCT, deterministicUID, encodeDataset, rgbSecondaryCapture

RLE = "1.2.840.10008.1.2.5"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
WHOLE_SLIDE_IMAGE = "1.2.840.10008.5.1.4.1.1.77.1.6"


@pytest.fixture
def made(monkeypatch):
    """Instances that pictures were made of, in order."""
    paths = []
    original = Thumbnail.makeThumbnail

    def counting(instance, *arguments, **options):
        paths.append(instance)
        return original(instance, *arguments, **options)

    monkeypatch.setattr(Thumbnail, "makeThumbnail", counting)
    return paths


def imported(database, builder, folder, copyFiles=False):
    """:returns: the series UID"""
    builder.write(folder)
    report = DICOMIndexer(database).importPaths([folder], copyFiles)
    assert report.skipped == []
    return builder.seriesUID


def pixels(picture):
    image = pytest.importorskip("PIL.Image")
    with image.open(io.BytesIO(picture)) as opened:
        return numpy.asarray(opened)


# Which image


def test_thePictureIsOfTheMiddleImageByNumber(database, tmp_path, made):
    builder = axialCT(slices=9)
    picture = database.thumbnailForSeries(imported(database, builder, tmp_path / "files"))
    assert [instance.instanceNumber for instance in made] == [5]
    assert pixels(picture).shape == Thumbnail.thumbnailShape(made[0])


def test_ofAStackThatIsRepeatedTheImageInTheMiddleOfTheHeadIsShown(database, tmp_path, made):
    """12 slices in 3 time points: the middle number, 19, is the seventh slice; with 2 time points the first one."""

    def edit(dataset, index):
        dataset.InstanceNumber = index + 1

    builder = axialCT(slices=24, edit=edit)
    positions = [builder.positionOfSlice(k % 12) for k in range(24)]
    builder.positionOfSlice = lambda k: positions[k]
    database.thumbnailForSeries(imported(database, builder, tmp_path / "files"))
    assert made[0].imagePosition[2] == pytest.approx(positions[6][2], abs=1.5 * builder.spacing[2])


def test_anIncompleteImageIsShownOnlyWhenThereIsNoOther(database, tmp_path, made):
    paths = axialCT(slices=3).write(tmp_path / "files")
    paths[1].write_bytes(paths[1].read_bytes()[:-20])
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    assert database.thumbnailForSeries(database.allSeries()[0]) and made[0].instanceNumber != 2


def test_ofASlideTheOverviewIsShownAndNeverTheLabelBeforeIt(database, tmp_path, made):
    kinds = ["VOLUME", "LABEL", "THUMBNAIL", "OVERVIEW"]

    def edit(dataset, index):
        dataset.ImageType = ["ORIGINAL", "PRIMARY", kinds[index], "NONE"]

    builder = rgbSecondaryCapture(slices=4, modality="SM", sopClassUID=WHOLE_SLIDE_IMAGE, edit=edit)
    assert database.thumbnailForSeries(imported(database, builder, tmp_path / "files"))
    assert made[0].value("ImageType").split("\\")[2] == "THUMBNAIL"


def test_candidatesAreSpreadOverTheWholeSeriesWithTheMiddleAmongThem():
    items = [str(number) for number in range(1001)]
    chosen = evenlySpaced(items, 17)
    assert len(chosen) == 17 and {"0", "500", "1000"} <= set(chosen)
    assert evenlySpaced(items[:3], 17) == ["0", "1", "2"] and evenlySpaced([], 17) == []


# Once, and again when the files change


def test_aPictureIsMadeOnceAndThenComesFromTheDatabase(database, tmp_path, made):
    uid = imported(database, axialCT(), tmp_path / "files")
    first = database.thumbnailForSeries(uid)
    database.closeDatabase()
    database.openDatabase(tmp_path / "database" / "study.sqlite")
    assert database.thumbnailForSeries(uid) == first and len(made) == 1
    assert database.thumbnailsForSeries([uid, "1.2.3"])[uid].picture == first


def test_itIsMadeAgainWhenTheSeriesHasGrown(database, tmp_path, made):
    builder = axialCT(slices=3)
    uid = imported(database, builder, tmp_path / "files")
    database.thumbnailForSeries(uid)
    builder.slices = 9
    imported(database, builder, tmp_path / "more")  # the first three once more, with equal bytes
    assert database.thumbnailsForSeries([uid]) == {}
    database.thumbnailForSeries(uid)
    assert [instance.instanceNumber for instance in made] == [2, 5]


def test_itIsMadeAgainWhenTheFileItWasMadeOfHasChanged(database, tmp_path, made):
    builder = axialCT(slices=3)
    uid = imported(database, builder, tmp_path / "files")
    before = database.thumbnailForSeries(uid)
    time.sleep(0.02)
    builder.pattern = lambda k, j, i: 3000 - 10 * i + 0 * j
    imported(database, builder, tmp_path / "files")
    assert database.thumbnailForSeries(uid) != before and len(made) == 2


def test_linkedFilesAndCopiesHaveTheSamePictures(database, tmp_path):
    uid = imported(database, axialCT(), tmp_path / "files")
    linked = database.thumbnailForSeries(uid)
    other = DICOMDatabase()
    other.openDatabase(tmp_path / "other" / "study.sqlite")
    imported(other, axialCT(), tmp_path / "files", copyFiles=True)
    for path in (tmp_path / "files").iterdir():
        path.unlink()
    assert other.thumbnailForSeries(uid) == linked != b""
    other.closeDatabase()


def test_aDatabaseInMemoryKeepsPicturesToo(tmp_path, made):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    uid = imported(database, axialCT(), tmp_path / "files")
    assert database.thumbnailForSeries(uid) == database.thumbnailForSeries(uid) != b""
    assert len(made) == 1
    database.closeDatabase()


def test_aDatabaseThatIsOnlyReadIsNotWrittenTo(database, tmp_path, made):
    uid = imported(database, axialCT(), tmp_path / "files")
    path = tmp_path / "database" / "study.sqlite"
    database.closeDatabase()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    database.openDatabase(path)
    assert database.readOnly
    before = path.read_bytes()
    assert database.thumbnailForSeries(uid) == database.thumbnailForSeries(uid) != b""
    assert len(made) == 2 and path.read_bytes() == before


# Series without pictures


def test_aSeriesWithoutImagesHasAnEmptyPictureAndNoProblem(database, tmp_path, made):
    report = Dataset()
    report.SOPClassUID, report.SOPInstanceUID = BASIC_TEXT_SR, deterministicUID("report")
    report.StudyInstanceUID, report.SeriesInstanceUID = deterministicUID("study"), deterministicUID("reports")
    report.PatientID, report.PatientName, report.Modality = "1", "A^B", "SR"
    (tmp_path / "report.dcm").write_bytes(encodeDataset(report))
    DICOMIndexer(database).importPaths([tmp_path / "report.dcm"])
    uid = str(report.SeriesInstanceUID)
    assert database.thumbnailForSeries(uid) == b"" and made == []
    assert database.thumbnailsForSeries([uid]) == {uid: SeriesThumbnail(madeOfInstances=1)}


def test_aFailureIsRememberedWithItsReasonAndNotTriedAgain(database, tmp_path, made):
    builder = compressibleCT(RLE, slices=1)
    path = builder.write(tmp_path / "Müller")[0]
    dataset = dcmread(path)
    dataset.PixelData = b"\xfe\xff\x00\xe0\x00\x00\x00\x00\xfe\xff\x00\xe0\x04\x00\x00\x00junk"
    dataset.save_as(path)
    DICOMIndexer(database).importPaths([path])
    assert database.thumbnailForSeries(builder.seriesUID) == b""
    kept = database.thumbnailsForSeries([builder.seriesUID])[builder.seriesUID]
    assert kept.problem.endswith("The file is damaged.") and "Müller" not in kept.problem
    assert database.thumbnailForSeries(builder.seriesUID) == b"" and len(made) == 1
    database.forgetFailedThumbnails()
    database.thumbnailForSeries(builder.seriesUID)
    assert len(made) == 2


def test_aFileThatIsAwayForNowIsTriedAgain(database, tmp_path):
    uid = imported(database, axialCT(slices=1), tmp_path / "disk")
    (tmp_path / "disk").rename(tmp_path / "unplugged")
    away = database.makeThumbnail(uid)
    assert away.problem.startswith("the file cannot be opened") and not away.isLasting
    database.keepThumbnails({uid: away})
    assert database.thumbnailsForSeries([uid]) == {}
    (tmp_path / "unplugged").rename(tmp_path / "disk")
    assert database.thumbnailForSeries(uid)


def test_nothingIsRememberedOfAPictureThatWasCancelled(database, tmp_path):
    uid = imported(database, compressibleCT(RLE, slices=1), tmp_path / "files")
    workers, progress = WorkerPool(size=1), Progress()
    workers.close()
    with pytest.raises(CancelledError):
        database.makeThumbnail(uid, workers, progress)
    assert database.thumbnailsForSeries([uid]) == {}


def test_aSeriesThatIsNotThereHasNoPicture(database):
    assert database.thumbnailForSeries("1.2.3") == b"" and database.thumbnailsForSeries([]) == {}


def test_aPictureOfASeriesThatWasRemovedMeanwhileIsNotKept(database, tmp_path):
    uid = imported(database, axialCT(), tmp_path / "files")
    made = database.makeThumbnail(uid)
    database.removeSeries(uid)
    database.keepThumbnails({uid: made})
    assert rowsOf(tmp_path / "database" / "study.sqlite") == 0


# Removal


def rowsOf(path):
    connection = sqlite3.connect(path)
    count = connection.execute("SELECT count(*) FROM thumbnails").fetchone()[0]
    connection.close()
    return count


@pytest.mark.parametrize("level", ["Series", "Study", "Patient"])
@pytest.mark.parametrize("copyFiles", [False, True])
def test_thePictureGoesWithWhatItShows(database, tmp_path, level, copyFiles):
    """After a removal no row, no file and no byte of the picture is left in the folder of the database."""
    uid = imported(database, axialCT(rows=64, columns=64), tmp_path / "files", copyFiles)
    picture = database.thumbnailForSeries(uid)
    folder, path = tmp_path / "database", tmp_path / "database" / "study.sqlite"
    assert rowsOf(path) == 1 and any(picture[50:90] in file.read_bytes() for file in folder.iterdir() if file.is_file())
    study = database.studyForSeries(uid)
    key = {"Series": uid, "Study": study, "Patient": database.patientForStudy(study)}[level]
    getattr(database, f"remove{level}")(key)
    assert rowsOf(path) == 0
    files = [os.path.join(place, name) for place, _folders, names in os.walk(folder) for name in names]
    assert {os.path.basename(name) for name in files} <= {"study.sqlite", "study.sqlite-wal", "study.sqlite-shm"}
    for name in files:
        with open(name, "rb") as file:
            assert picture[50:90] not in file.read()


# Time


def test_fiveHundredNativeSeriesTakeAFewSeconds(database, tmp_path, promised):
    """Previews of 50 native CT series of 512 × 512, a tenth of a large study list: half a second of a processor."""
    noise = numpy.random.default_rng(4).normal(0, 20, (512, 512))
    builder = axialCT(rows=512, columns=512, slices=1, pattern=lambda k, j, i: 2 * i - j + noise)
    contents = builder.datasets()[0]
    (tmp_path / "files").mkdir()
    for number in range(50):
        contents.SeriesInstanceUID = deterministicUID("many", number)
        contents.SOPInstanceUID = deterministicUID("many", number, 0)
        (tmp_path / "files" / f"{number}.dcm").write_bytes(encodeDataset(contents))
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    uids = database.allSeries()
    database.makeThumbnail(uids[0])
    with promised.within(0.5, ofProcessor=True):
        database.keepThumbnails({uid: database.makeThumbnail(uid) for uid in uids})
    kept = database.thumbnailsForSeries(uids)
    assert len(kept) == 50 and all(one.picture for one in kept.values())
