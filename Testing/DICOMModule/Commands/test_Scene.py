"""``dicommodule scene``: series become a scene file, which is looked into, unpacked and converted."""

from __future__ import annotations

import hashlib
import zipfile

import pydicom
import pytest

from DICOMModule.CommandLine import main
from DICOMModule.Commands import Session
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.SlicerUtil import SlicerUtil
from DICOMPlugins.SceneBundle.Screenshot import readPicture


@pytest.fixture
def bundle(asked, hospital, tmp_path):
    """The series of two patients as one bundle."""
    asked("scene", "save", hospital, "-o", tmp_path / "day.mrb")
    return tmp_path / "day.mrb"


@pytest.fixture(scope="module")
def oneStudy(hospital):
    """The files of one series."""
    byStudy: dict[str, list] = {}
    for path in sorted(path for path in hospital.rglob("*") if path.is_file()):
        byStudy.setdefault(pydicom.dcmread(path, stop_before_pixels=True).SeriesInstanceUID, []).append(path)
    return next(iter(byStudy.values()))


@pytest.fixture(scope="module")
def objectFile(oneStudy, tmp_path_factory):
    """One series as a scene in a DICOM object of its study, under a name without an ending for the tests of reading."""
    folder = tmp_path_factory.mktemp("object")
    assert main(["scene", "save", *map(str, oneStudy), "-o", str(folder / "scene.dcm"), "--json"]) == 0
    return (folder / "scene.dcm").rename(folder / "IM0001")


@pytest.fixture(scope="module")
def archive(objectFile, oneStudy, tmp_path_factory):
    """A database with the object, and a series of its study that holds no scene."""
    file = tmp_path_factory.mktemp("archive") / "d.sqlite"
    assert main(["import", str(objectFile), *map(str, oneStudy), "--database", str(file), "--json"]) == 0
    return file


def test_seriesBecomeASceneThatTellsWhatIsInIt(asked, bundle):
    facts = asked("scene", "info", bundle)
    assert facts["size"] == bundle.stat().st_size
    assert facts["problems"] == []
    assert len([one for one in facts["files"] if one["isRead"] and one["name"].endswith(".nrrd")]) == 3
    assert facts["writer"].startswith("DICOMModule")


def test_aPictureOfSlicesIsInTheSceneOfACommandOrAScript(asked, bundle, tmp_path):
    asked("scene", "convert", bundle, "-o", tmp_path / "a.mrb")
    with HostApplication.create(databaseFile=":memory:") as application:
        util = SlicerUtil(application)
        assert util.loadScene(str(bundle)) and util.saveScene(str(tmp_path / "b.mrb"))
    for file, name in ((bundle, "day/day.png"), (tmp_path / "a.mrb", "a/a.png"), (tmp_path / "b.mrb", "b/b.png")):
        with zipfile.ZipFile(file) as archive:
            (tmp_path / "a.png").write_bytes(archive.read(name))
        picture = readPicture(str(tmp_path / "a.png"))
        assert picture.shape == (256, 768, 3) and picture.max() > 200


def test_itsFilesAreUnpackedIntoANewFolderOnly(asked, run, bundle, tmp_path):
    files = asked("scene", "extract", bundle, "-o", tmp_path / "out")
    assert files[0].endswith("day/day.mrml")
    assert len(list((tmp_path / "out" / "day" / "Data").glob("*.nrrd"))) == 3
    assert run("scene", "extract", bundle, "-o", tmp_path / "out")[0] == Session.FAILED


def test_itIsConvertedAndAFileThatIsThereStays(asked, run, bundle, tmp_path):
    facts = asked("scene", "convert", bundle, "-o", tmp_path / "day.mrml")
    assert facts["nodes"] == asked("scene", "info", tmp_path / "day.mrml")["nodes"]
    before = bundle.read_bytes()
    code, _out, err = run("scene", "convert", tmp_path / "day.mrml", "-o", bundle)
    assert (code, "--force" in err) == (Session.FAILED, True)
    assert bundle.read_bytes() == before
    assert run("scene", "convert", tmp_path / "day.mrml", "-o", bundle, "--force")[0] == Session.OK


def test_wrongUsesHaveTheirExitCodes(run, tmp_path):
    assert run("scene", "info", tmp_path / "none.mrb")[0] == Session.NOTHING_FOUND
    (tmp_path / "bad.mrb").write_bytes(b"PK no zip")
    assert run("scene", "info", tmp_path / "bad.mrb")[0] == Session.FAILED
    assert run("scene", "extract", tmp_path / "bad.mrb")[0] == Session.USAGE


def test_withoutAWindowSceneFilesThatAreNamedAreOpened(run, bundle):
    code, out, _err = run("--no-main-window", bundle, "--database", ":memory:", "--python-code",
                          "print(len(slicer.mrmlScene.GetNodesByClass('vtkMRMLScalarVolumeNode')))")  # fmt: skip
    assert code == Session.OK
    assert out.rstrip().endswith("3")


def test_withoutAWindowFilesOfNodesThatAreNamedAreLoaded(run, tmp_path):
    (tmp_path / "notes.txt").write_text("Monday")
    (tmp_path / "bad.nrrd").write_text("no header")
    code, out, _err = run("--no-main-window", tmp_path / "notes.txt", "--database", ":memory:", "--python-code",
                          "print(slicer.util.getNode('notes').GetText())")  # fmt: skip
    assert (code, out) == (Session.OK, "notes (vtkMRMLTextNode)\nMonday\n")
    code, _out, err = run("--no-main-window", tmp_path / "bad.nrrd", "--database", ":memory:")
    assert code == Session.FAILED and "this is not a NRRD file" in err


def test_slicerUtilSavesAndLoadsScenes(bundle, tmp_path, capsys):
    with HostApplication.create(databaseFile=":memory:") as application:
        util = SlicerUtil(application)
        assert util.loadScene(bundle)
        count = len(application.scene.GetNodesByClass("vtkMRMLScalarVolumeNode"))
        assert util.saveScene(tmp_path / "again.mrb")
        assert util.loadScene(tmp_path / "again.mrb", {"clear": False})
        assert len(application.scene.GetNodesByClass("vtkMRMLScalarVolumeNode")) == 2 * count
        assert not util.loadScene(tmp_path / "none.mrb")
        assert "no such file" in capsys.readouterr().err


# Scenes in DICOM objects


def test_aSceneInADICOMObjectBelongsToTheStudyOfItsSeries(objectFile, oneStudy):
    written, first = pydicom.dcmread(objectFile), pydicom.dcmread(oneStudy[0], stop_before_pixels=True)
    for name in ("PatientID", "PatientName", "StudyInstanceUID", "StudyDate"):
        assert written[name].value == first[name].value
    assert written.SeriesInstanceUID != first.SeriesInstanceUID
    assert written.SOPClassUID == pydicom.uid.SecondaryCaptureImageStorage


def test_infoTellsWhatIsInADICOMObjectAndThatItIsWhole(asked, run, objectFile):
    facts = asked("scene", "info", objectFile)
    assert (facts["isDICOM"], facts["digestState"], facts["problems"]) == (True, "verified", [])
    assert facts["file"] == str(objectFile)
    assert facts["size"] < objectFile.stat().st_size
    assert len([one for one in facts["files"] if one["name"].endswith(".nrrd")]) == 1
    code, out, _err = run("scene", "info", objectFile)
    assert (code, "its digest is right" in out) == (Session.OK, True)
    names = [one["name"] for one in facts["files"]]
    assert all(line.endswith(name) for line, name in zip(out.splitlines()[-len(names) :], names, strict=True))


def test_theDigestIsThatOfTheSceneInIt(asked, objectFile, tmp_path):
    facts = asked("scene", "info", objectFile)
    contents = objectFile.read_bytes()
    start = contents.index(b"PK\x03\x04")
    assert hashlib.sha256(contents[start : start + facts["size"]]).hexdigest() == facts["digest"]


def test_aSceneFileHasNoDigest(asked, bundle):
    facts = asked("scene", "info", bundle)
    assert (facts["isDICOM"], facts["digestState"], facts["digest"]) == (False, "", "")


def test_aDICOMObjectIsUnpackedAndConvertedBothWays(asked, objectFile, tmp_path):
    files = asked("scene", "extract", objectFile, "-o", tmp_path / "out")
    assert [name.rsplit(".", 1)[1] for name in files] == ["mrml", "nrrd"]
    asked("scene", "convert", objectFile, "-o", tmp_path / "a.mrb")
    asked("scene", "convert", tmp_path / "a.mrb", "-o", tmp_path / "b.dcm", "--reference", objectFile)
    one, other = (pydicom.dcmread(path) for path in (objectFile, tmp_path / "b.dcm"))
    assert (other.PatientID, other.StudyInstanceUID) == (one.PatientID, one.StudyInstanceUID)
    assert other.SOPInstanceUID != one.SOPInstanceUID
    assert asked("scene", "info", tmp_path / "b.dcm")["nodes"] == asked("scene", "info", objectFile)["nodes"]


def test_withoutAReferenceAnObjectIsOfANewStudyAndOneFromAnObjectOfTheSame(asked, bundle, objectFile, tmp_path):
    asked("scene", "convert", bundle, "-o", tmp_path / "new.dcm")
    asked("scene", "convert", objectFile, "-o", tmp_path / "same.dcm")
    source, new, same = (pydicom.dcmread(p) for p in (objectFile, tmp_path / "new.dcm", tmp_path / "same.dcm"))
    assert new.StudyInstanceUID != source.StudyInstanceUID == same.StudyInstanceUID


def test_seriesOfSeveralStudiesAreOfANewOneUnlessThereIsAReference(asked, hospital, oneStudy, tmp_path):
    first = pydicom.dcmread(oneStudy[0], stop_before_pixels=True)
    asked("scene", "save", hospital, "-o", tmp_path / "new.dcm")
    asked("scene", "save", hospital, "-o", tmp_path / "given.dcm", "--reference", oneStudy[0])
    assert pydicom.dcmread(tmp_path / "new.dcm").PatientID != first.PatientID
    assert pydicom.dcmread(tmp_path / "given.dcm").PatientID == first.PatientID


def test_aSceneOfTheDatabaseIsFoundByTheUIDOfItsSeriesOrStudy(asked, run, archive, objectFile, oneStudy, tmp_path):
    of = pydicom.dcmread(objectFile)
    for uid in (of.SeriesInstanceUID, of.StudyInstanceUID):
        facts = asked("scene", "info", uid, "--database", archive)
        assert (facts["file"], facts["digestState"]) == (str(objectFile), "verified")
    asked("scene", "convert", of.SeriesInstanceUID, "-o", tmp_path / "a.mrb", "--database", archive)
    plain = pydicom.dcmread(oneStudy[0], stop_before_pixels=True).SeriesInstanceUID
    for uid in (plain, "1.2.3.4"):
        assert run("scene", "info", uid, "--database", archive)[0] == Session.NOTHING_FOUND


def test_severalScenesOfAStudyAreNotGuessedAt(run, objectFile, tmp_path):
    of, several = pydicom.dcmread(objectFile), tmp_path / "d.sqlite"
    assert run("scene", "convert", objectFile, "-o", tmp_path / "more.dcm")[0] == Session.OK
    assert run("import", objectFile, tmp_path / "more.dcm", "--database", several)[0] == Session.OK
    code, _out, err = run("scene", "info", of.StudyInstanceUID, "--database", several)
    assert (code, "2 scenes" in err) == (Session.USAGE, True)
    assert run("scene", "info", of.SeriesInstanceUID, "--database", several)[0] == Session.OK


def test_anObjectThatWasChangedIsRefused(run, objectFile, tmp_path):
    contents = bytearray(objectFile.read_bytes())
    contents[contents.index(b"PK\x03\x04") + 200] ^= 255
    (tmp_path / "changed.dcm").write_bytes(contents)
    code, out, err = run("scene", "info", tmp_path / "changed.dcm")
    assert (code, out) == (Session.FAILED, "")
    assert "SHA-256" in err
    assert run("scene", "convert", tmp_path / "changed.dcm", "-o", tmp_path / "a.mrb")[0] == Session.FAILED
    assert not (tmp_path / "a.mrb").exists()


def test_anObjectWithoutDigestIsOpenedAndSaidSo(asked, objectFile, tmp_path):
    contents = objectFile.read_bytes()
    digest = asked("scene", "info", objectFile)["digest"].encode()
    assert contents.count(digest) == 1
    old = pydicom.dcmread(objectFile)
    for element in [one for one in old if one.tag.is_private and one.value == digest.decode()]:
        del old[element.tag]
    old.save_as(tmp_path / "old.dcm")
    assert asked("scene", "info", tmp_path / "old.dcm")["digestState"] == "none"
    asked("scene", "convert", tmp_path / "old.dcm", "-o", tmp_path / "a.mrb")


def test_anObjectIsWrittenWholeOrNotAtAll(run, bundle, oneStudy, tmp_path):
    (tmp_path / "there.dcm").write_bytes(b"there")
    assert run("scene", "convert", bundle, "-o", tmp_path / "there.dcm")[0] == Session.FAILED
    assert (tmp_path / "there.dcm").read_bytes() == b"there"
    assert run("scene", "convert", bundle, "-o", tmp_path / "there.dcm", "--force")[0] == Session.OK
    assert pydicom.dcmread(tmp_path / "there.dcm").Modality == "OT"
    assert run("scene", "convert", bundle, "-o", tmp_path / "none" / "a.dcm")[0] == Session.FAILED
    (tmp_path / "text").write_text("no DICOM")
    code = run("scene", "convert", bundle, "-o", tmp_path / "a.dcm", "--reference", tmp_path / "text")[0]
    assert code == Session.FAILED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.mrb", "text", "there.dcm"]


@pytest.mark.parametrize("arguments, code", [
    (["convert", "{bundle}", "-o", "a.zip"], Session.USAGE),
    (["convert", "{bundle}", "-o", "a.mrb", "--reference", "{bundle}"], Session.USAGE),
    (["info", "{bundle}", "--reference", "{bundle}"], Session.USAGE),
    (["info", "{bundle}", "--database", "{bundle}"], Session.USAGE),
    (["info", "{folder}"], Session.USAGE),
    (["info", "none.dcm"], Session.NOTHING_FOUND),
    (["convert", "{bundle}", "-o", "a.dcm", "--reference", "none.dcm"], Session.NOTHING_FOUND),
    (["info", "{image}"], Session.FAILED),
])  # fmt: skip
def test_wrongUsesOfObjectsHaveTheirExitCodes(run, bundle, oneStudy, tmp_path, arguments, code):
    places = {"bundle": bundle, "image": oneStudy[0], "folder": tmp_path}
    given = [one.format(**places) for one in arguments]
    assert run("scene", *[str(tmp_path / one) if one.startswith(("a.", "none")) else one for one in given])[0] == code
