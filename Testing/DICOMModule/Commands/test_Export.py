"""export from the command line: volume files and stored series to DICOM."""

from __future__ import annotations

import os
import tempfile

import numpy
import pydicom
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.Export.Exporting import ExportType
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.Storage import writeVolume
from DICOMModule.CommandLine import main
from DICOMModule.Commands.Export import chosenType
from DICOMModule.Commands.Session import UsageError
from Testing.Fixtures.StoreServers import StoreServer, freePort

ARRAY = numpy.arange(3 * 4 * 5, dtype="i2").reshape(3, 4, 5)
GEOMETRY = numpy.array([[-1.5, 0, 0, 10], [0, -1.25, 0, 20], [0, 0, 3, -30], [0, 0, 0, 1.0]])


@pytest.fixture(scope="module")
def volumes(tmp_path_factory):
    """ramp.nrrd and ramp.nii.gz, labels.nrrd (0, 1, 2), real.nrrd."""
    folder = tmp_path_factory.mktemp("volumes")
    scene = Scene()
    for name, array in (("ramp", ARRAY), ("labels", ARRAY % 3), ("real", ARRAY / 7)):
        node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        node.setVoxelArray(array)
        node.SetIJKToRASMatrix(GEOMETRY)
        writeVolume(node, folder / f"{name}.nrrd")
        writeVolume(node, folder / f"{name}.nii.gz")
    return folder


def datasets(folder):
    return [pydicom.dcmread(path) for path in sorted(folder.rglob("*.dcm"))]


def firstSeries(file):
    database = DICOMDatabase()
    database.openDatabase(file)
    try:
        return database.allSeries()[0]
    finally:
        database.closeDatabase()


@pytest.mark.parametrize("name", ["ramp.nrrd", "ramp.nii.gz"])
def test_aVolumeFileBecomesASeries(run, volumes, tmp_path, name):
    tags = ("--tag", "Modality=MR", "--tag", "PatientName=Müller^Jürgen", "--tag", "PatientID=P-1")
    code, out, err = run("export", volumes / name, "-o", tmp_path / "out", *tags)

    assert (code, err) == (0, "")
    assert out.startswith(f"3 files of 1 series written to {tmp_path / 'out'}, and read back without a difference.")
    found = datasets(tmp_path / "out")
    assert [str(found[0][keyword].value) for keyword in ("PatientName", "PatientID", "Modality")] == [
        "Müller^Jürgen", "P-1", "MR",
    ]  # fmt: skip
    assert found[0].SeriesDescription == "ramp" and found[0].SOPClassUID.name == "MR Image Storage"
    found.sort(key=lambda dataset: dataset.ImagePositionPatient[2])
    assert [float(x) for x in found[0].PixelSpacing] == [1.25, 1.5]
    assert sorted(int(one.pixel_array.sum()) for one in found) == sorted(int(plane.sum()) for plane in ARRAY)


def test_severalFilesAreSeriesOfOneStudy(asked, volumes, tmp_path):
    facts = asked("export", volumes / "ramp.nrrd", volumes / "real.nrrd", "-o", tmp_path, "--tag", "Modality=CT")

    assert [one["files"] for one in facts] == [3, 3] and facts[0]["largestError"] == 0 < facts[1]["largestError"]
    found = datasets(tmp_path)
    assert len({one.StudyInstanceUID for one in found}) == 1 and len({one.SeriesInstanceUID for one in found}) == 2


def test_typesAreListedAndChosenByAPartOfTheirName(run, asked, volumes, tmp_path):
    tags = ("--tag", "Modality=CT")
    listed = asked("export", volumes / "ramp.nrrd", "--list-types", *tags)
    assert listed[0]["type"] == "Scalar Volume" and "enhanced" in listed[1]["type"]
    assert "Scalar Volume (enhanced)" in run("export", volumes / "ramp.nrrd", "--list-types", *tags)[1]
    assert listed[-1]["type"] == "Slicer Data Bundle" and listed[-1]["confidence"] == 0.1

    assert run("export", volumes / "ramp.nrrd", "-o", tmp_path, "--type", "Enhanced", *tags)[0] == 0
    (only,) = datasets(tmp_path)
    assert int(only.NumberOfFrames) == 3
    assert run("export", volumes / "ramp.nrrd", "-o", tmp_path / "scene", "--type", "data bundle")[0] == 0
    (scene,) = datasets(tmp_path / "scene")
    assert scene.SOPClassUID.name == "Secondary Capture Image Storage" and scene.Modality == "OT"
    code, _, err = run("export", volumes / "ramp.nrrd", "-o", tmp_path, "--type", "hologram", *tags)
    assert code == 2 and "cannot be written so (hologram). There are: Scalar Volume" in err


def test_labelsBecomeASegmentation(run, volumes, tmp_path):
    assert run("export", volumes / "labels.nii.gz", "-o", tmp_path, "--labelmap")[0] == 0
    (only,) = datasets(tmp_path)
    assert only.Modality == "SEG" and len(only.SegmentSequence) == 2

    code, _, err = run("export", volumes / "real.nrrd", "-o", tmp_path / "no", "--labelmap")
    assert code == 2 and "no whole numbers" in err and not (tmp_path / "no").exists()


def test_aStoredSeriesIsWrittenAnewWithWhatStillHolds(asked, database, tmp_path):
    uid = firstSeries(database)
    (facts,) = asked("export", uid, "--database", database, "-o", tmp_path, "--tag", "SeriesDescription=Again")

    found = datasets(tmp_path)
    assert facts["files"] == len(found) == 5 and facts["seriesInstanceUID"] != uid
    assert found[0].SeriesDescription == "Again" and found[0].SourceImageSequence


def test_anotherPatientThanTheSourcesIsToldToBeNoDeidentification(run, database, tmp_path):
    arguments = ("export", firstSeries(database), "--database", database, "-o", tmp_path)
    assert "no de-identification" not in run(*arguments)[1]
    other = ("--tag", "PatientName=Other", "--tag", "PatientID=O-1", "--tag", "StudyInstanceUID=")
    code, text, _ = run(*arguments, *other)
    assert code == 0 and "This is no de-identification: frame of reference" in text


def test_aFileWithASourceIsOfItsStudyAndPlace(asked, run, database, tmp_path):
    uid = firstSeries(database)
    assert run("convert", uid, "--database", database, "-o", tmp_path / "n")[0] == 0
    (file,) = (tmp_path / "n").glob("*.nrrd")
    asked("export", file, "--source", uid, "--database", database, "-o", tmp_path / "out")

    opened = DICOMDatabase()
    opened.openDatabase(database)
    source = pydicom.dcmread(opened.filesForSeries(uid)[0], stop_before_pixels=True)
    opened.closeDatabase()
    written = datasets(tmp_path / "out")[0]
    for keyword in ("PatientID", "PatientName", "StudyInstanceUID", "FrameOfReferenceUID", "Modality"):
        assert written[keyword].value == source[keyword].value, keyword
    assert written.SeriesInstanceUID != uid


def test_theDatabaseGetsTheSeries(run, asked, volumes, tmp_path):
    file = tmp_path / "d.sqlite"
    arguments = (volumes / "ramp.nrrd", "--to-database", "--database", file, "--tag", "Modality=CT")
    (facts,) = asked("export", *arguments)

    database = DICOMDatabase()
    database.openDatabase(file)
    assert database.allSeries() == [facts["seriesInstanceUID"]]
    assert len(database.filesForSeries(facts["seriesInstanceUID"])) == 3
    database.closeDatabase()
    code, _, err = run("export", *arguments, "--tag", f"SeriesInstanceUID={facts['seriesInstanceUID']}")
    assert code == 1 and "exists already" in err


def test_eachSeriesOfAStudyGetsTheFirstNumberThatIsFree(asked, volumes, tmp_path):
    tags = ("--tag", "Modality=CT", "--tag", "StudyInstanceUID=1.2.3", "--tag", "PatientID=P-1")
    arguments = ("export", volumes / "ramp.nrrd", "--to-database", "--database", tmp_path / "d.sqlite", *tags)
    for more in ((), (), ("--tag", "SeriesNumber=301")):
        asked(*arguments, *more)

    database = DICOMDatabase()
    database.openDatabase(tmp_path / "d.sqlite")
    numbers = [database.fieldForSeries("SeriesNumber", uid) for uid in database.allSeries()]
    database.closeDatabase()
    assert sorted(numbers) == ["301", "301", "302"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["ramp.nrrd"], 2, "say where to write"),
        (["ramp.nrrd", "-o", "out"], 1, "The Modality is empty"),
        (["ramp.nrrd", "-o", "out", "--tag", "Modality"], 2, "KEYWORD=VALUE"),
        (["ramp.nrrd", "-o", "out", "--tag", "Modalty=CT"], 2, "there is no such tag (Modalty)"),
        (["ramp.nrrd", "-o", "out", "--tag", "Modality=CT", "--tag", "PatientBirthDate=1980"], 1, "YYYYMMDD"),
        (["ramp.nrrd", "-o", "out", "--tag", "Modality=CT", "--compression", "zip"], 2, "compress"),
        (["ramp.nrrd", "--to-database", "--database", "new.sqlite"], 1, "The Modality is empty"),
        (["ramp.nrrd", "1.2.3", "-o", "out"], 2, "not both"),
        (["1.2.3", "-o", "out", "--database", ":memory:"], 3, "neither a file"),
        (["gone.nrrd", "-o", "out", "--database", ":memory:"], 3, ""),
        (["ramp.nrrd", "-o", "ramp.nrrd", "--tag", "Modality=CT"], 1, "cannot be written"),
        ([".", "-o", "out"], 3, "there is no series"),
        ([".", "-o", "out", "--labelmap"], 2, "go with NRRD"),
    ],
)
def test_whatIsWrongIsOneSentenceAndLeavesNothing(run, volumes, monkeypatch, arguments, code, words):
    monkeypatch.chdir(volumes)
    before = sorted(volumes.iterdir())
    found = run("export", *arguments)

    assert found[0] == code and words in found[2], found
    assert sorted(volumes.iterdir()) == before


def test_theCommandIsInTheHelp(capsys):
    assert main(["export", "--help"]) == 0
    assert "--list-types" in capsys.readouterr().out


def test_filesAreCompressedWithoutLossIfWanted(run, tmp_path):
    node = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", "big")
    array = numpy.arange(2 * 20 * 24, dtype="i2").reshape(2, 20, 24)
    node.setVoxelArray(array)
    writeVolume(node, tmp_path / "big.nrrd")
    arguments = ("export", tmp_path / "big.nrrd", "-o", tmp_path / "out", "--tag", "Modality=MR")

    assert run(*arguments, "--compression", "jpegls")[0] == 0
    found = datasets(tmp_path / "out")
    assert {one.file_meta.TransferSyntaxUID.name for one in found} == {"JPEG-LS Lossless Image Compression"}
    assert sum(int(one.pixel_array.sum(dtype="i8")) for one in found) == int(array.sum(dtype="i8"))
    code, _, err = run(*arguments, "--compression", "zip")
    assert code == 2 and "There are: none, RLE, JPEG-LS, JPEG 2000" in err


def test_theWholeSceneIsWrittenWhenItIsAskedForOnly():
    whole = ExportType("Bundle", "Slicer Data Bundle", 0.1, [DICOMExportable(isOfWholeScene=True)], [], "", "")
    with pytest.raises(UsageError, match="only the whole scene can be written"):
        chosenType([whole], None)
    assert chosenType([whole], "bundle") is whole


@pytest.mark.network
def test_whatIsExportedGoesToAServerAndNothingStays(run, asked, volumes, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with StoreServer() as server:
        address = f"TESTSCP@127.0.0.1:{server.port}"
        code, out, err = run("export", volumes / "ramp.nrrd", "--tag", "Modality=CT", "--server", address)
        assert (code, err, len(server.uids)) == (0, "", 3)
        assert out.startswith(f"3 files of 1 series written and sent to {address}, and read back without a difference.")
        (facts,) = asked("export", volumes / "ramp.nrrd", "--tag", "Modality=CT", "--server", address)
        assert facts["isSent"] is True and len(set(server.uids)) == 6
    assert os.listdir(tmp_path) == []


@pytest.mark.network
def test_whatAServerDoesNotStoreOfAnExportIsNamedAndCodeOne(run, volumes, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with StoreServer(answer=lambda number, _uid: 0xA700 if number == 1 else 0) as server:
        address = f"TESTSCP@127.0.0.1:{server.port}"
        code, out, err = run("export", volumes / "ramp.nrrd", "--tag", "Modality=CT", "--server", address)
        assert code == 1 and "1 object was not sent" in out
        assert "1 object was not sent: the server has no room or means to store it (status A700)" in err
    code, out, err = run("export", volumes / "ramp.nrrd", "--tag", "Modality=CT", "--server", f"localhost:{freePort()}")
    assert code == 1 and err.startswith("dicommodule: 3 objects were not sent: nothing listens there")
    assert os.listdir(tmp_path) == []


def test_aServerThatCannotBeIsRefusedBeforeAnyWork(run, tmp_path):
    code, out, err = run("export", tmp_path / "none.nrrd", "--server", "host:99999")
    assert (code, out) == (1, "") and "The port must be a number from 1 to 65535" in err
    assert run("export", tmp_path / "none.nrrd", "--server", "host:1", "-o", tmp_path)[0] == 2
