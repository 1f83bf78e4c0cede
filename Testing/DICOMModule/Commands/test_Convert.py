"""``dicommodule convert``: files of volumes, named after the series, never over others unless told so."""

from __future__ import annotations

import os
import re

import numpy
import pytest

from DICOMLib.Scene.Storage import readVolume
from DICOMModule.Commands import Session
from Testing.DICOMPlugins.VolumeSequence.TimeSeries import timeSeries


def filesIn(folder) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_everySeriesOfAFolderBecomesAFile(asked, hospital, tmp_path):
    converted = asked("convert", hospital, "-o", tmp_path / "out")
    assert len(converted) == 3 and all(len(facts["files"]) == 1 for facts in converted)
    assert len(filesIn(tmp_path / "out")) == 3
    for facts in converted:
        read = readVolume(facts["files"][0])
        assert list(read.GetDimensions()) == facts["dimensions"] and str(read.voxelArray().dtype) == facts["type"]


def test_namesAreProtocolOrDescriptionAndNumberAndNothingOfThePatient(run, hospital, tmp_path):
    assert run("convert", hospital, "-o", tmp_path)[0] == 0
    for name in filesIn(tmp_path):
        assert re.fullmatch(r"[\w.-]+_\d+\.nrrd", name), name


@pytest.mark.parametrize(
    ("name", "suffixes"),
    [("nrrd", {".nrrd"}), ("nhdr", {".nhdr", ".gz"}), ("nifti", {".gz"}), ("nii", {".nii"})],
)
def test_theFormatIsTheOneAskedFor(run, hospital, tmp_path, name, suffixes):
    assert run("convert", hospital, "-o", tmp_path, "--format", name)[0] == 0
    assert {file.suffix for file in tmp_path.iterdir()} == suffixes


def test_seriesOfADatabaseAreConvertedByUIDOrNumber(run, asked, database, tmp_path):
    everything = asked("convert", "--database", database, "-o", tmp_path / "all")
    uid = everything[0]["seriesInstanceUID"]
    one = asked("convert", "--database", database, "-o", tmp_path / "one", "--series", uid)
    assert [facts["seriesInstanceUID"] for facts in one] == [uid]
    code, _out, err = run("convert", "--database", database, "-o", tmp_path / "none", "--series", "4711")
    assert code == Session.NOTHING_FOUND and "4711: there is no such series. Series numbers here: " in err


def test_filesThatAreThereAreKeptUnlessForced(run, hospital, tmp_path):
    assert run("convert", hospital, "-o", tmp_path)[0] == 0
    first = tmp_path / filesIn(tmp_path)[0]
    first.write_bytes(b"precious")
    code, _out, err = run("convert", hospital, "-o", tmp_path)
    assert code == Session.FAILED and "there is such a file already. Give --force to replace it" in err
    assert first.read_bytes() == b"precious"
    assert run("convert", hospital, "-o", tmp_path, "--force")[0] == 0
    assert first.read_bytes() != b"precious"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_aFolderThatMayNotBeWrittenIsSaidInASentence(run, hospital, tmp_path):
    tmp_path.chmod(0o500)
    code, _out, err = run("convert", hospital, "-o", tmp_path)
    assert code == Session.FAILED and err.count("cannot be written") == 1


def test_aFolderThatCannotBeMadeIsSaidInASentence(run, hospital, tmp_path):
    (tmp_path / "file").touch()
    code, _out, err = run("convert", hospital, "-o", tmp_path / "file" / "out")
    assert code == Session.FAILED and "the folder for the files cannot be made" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device here")
def test_aFullDiskIsSaidInOneSentenceAndNothingHalfIsLeft(run, hospital, tmp_path, monkeypatch):
    from DICOMLib.Scene import ArrayFiles

    def onFullDisk(handle, mode):
        os.close(handle)
        return open("/dev/full", mode)

    monkeypatch.setattr(ArrayFiles.os, "fdopen", onFullDisk)
    code, _out, err = run("convert", hospital, "-o", tmp_path)
    assert code == Session.FAILED
    assert err.count("the file cannot be written (No space left on device)") == 1
    assert filesIn(tmp_path) == []


def test_aFolderToWriteToIsWanted(run, hospital):
    assert run("convert", hospital)[0] == Session.USAGE


@pytest.mark.data
def test_diffusionIsWrittenWithItsBValuesAndVectors(asked, sharedData, tmp_path):
    source = sharedData / "dwi/siemens_xa60_enhanced/dicom"
    (nifti,) = asked("convert", source, "-o", tmp_path, "--format", "nifti")
    (nrrd,) = asked("convert", source, "-o", tmp_path)
    assert [os.path.splitext(file)[1] for file in nifti["files"]] == [".gz", ".bval", ".bvec"]
    assert nifti["bValues"] == [0, *[1000] * 6]
    one, other = readVolume(nifti["files"][0]), readVolume(nrrd["files"][0])
    assert numpy.array_equal(one.voxelArray(), other.voxelArray())
    assert one.gradientsRAS() == pytest.approx(other.gradientsRAS(), abs=1e-6)
    assert one.ijkToRASArray() == pytest.approx(other.ijkToRASArray(), abs=1e-5)


def test_ofASequenceEveryVolumeIsConverted(run, tmp_path):
    timeSeries(tmp_path / "in", 5, TriggerTime=lambda number, _: 40 * number)
    assert run("convert", tmp_path / "in", "--output", tmp_path / "out")[0] == 0
    files = sorted((tmp_path / "out").iterdir())
    assert sorted(int(readVolume(file).voxelArray().min()) for file in files) == [0, 100, 200, 300, 400]
