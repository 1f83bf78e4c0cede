"""``dicommodule scene``: series become a scene file, which is looked into, unpacked and converted."""

from __future__ import annotations

import pytest

from DICOMModule.Commands import Session
from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.SlicerUtil import SlicerUtil


@pytest.fixture
def bundle(asked, hospital, tmp_path):
    """The series of two patients as one bundle."""
    asked("scene", "save", hospital, "-o", tmp_path / "day.mrb")
    return tmp_path / "day.mrb"


def test_seriesBecomeASceneThatTellsWhatIsInIt(asked, bundle):
    facts = asked("scene", "info", bundle)
    assert facts["size"] == bundle.stat().st_size
    assert facts["problems"] == []
    assert len([one for one in facts["files"] if one["isRead"] and one["name"].endswith(".nrrd")]) == 3
    assert facts["writer"].startswith("DICOMModule")


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
