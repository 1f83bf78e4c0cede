"""Where the scene is, and what is to be asked before it is written there."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from DICOMLib.Errors import UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMModule.Host.SceneFile import MOST_SHOWN, SceneFile, digestOf, shortened, shownName


def test_aNewSceneIsInNoFileAndIsOfferedAName():
    file = SceneFile()
    assert file.path is None and not file.mayBeReplaced
    assert file.suggested == Path("scene.mrb")


def test_whatWasOpenedIsSavedThere(tmp_path):
    file, path = SceneFile(), tmp_path / "a.mrb"
    path.write_bytes(b"1")
    file.use(path)
    assert file.mayBeReplaced and file.suggested == path and not file.hasChanged()
    path.write_bytes(b"22")
    assert file.hasChanged()
    file.use(path)
    assert not file.hasChanged()
    os.utime(path, ns=(0, 0))
    assert file.hasChanged()
    path.unlink()
    assert not file.hasChanged()  # there is nothing that would be lost


def test_aFileOfWhichOnlyAPartWasReadIsNotReplaced(tmp_path):
    file = SceneFile()
    file.use(tmp_path / "a.mrml", isComplete=False)
    assert not file.mayBeReplaced
    assert file.suggested == tmp_path / "a.mrml"


def test_afterClosingTheFolderIsOfferedAndAfterRestoringTheName(tmp_path):
    file = SceneFile()
    file.use(tmp_path / "a.mrb")
    before = file.state()
    file.forget()
    assert file.path is None and file.suggested == tmp_path / "scene.mrb"
    file.restore(before)
    assert file.path == tmp_path / "a.mrb"
    file.suggest(tmp_path / "b.mrb")
    assert file.path is None and file.suggested == tmp_path / "b.mrb"


def test_namesAreShownAsOneShortLine():
    assert shownName("/a/plan\nning.mrb") == "plan\\nning.mrb"
    text = shownName("/a/" + "x" * 100 + "y" * 100 + ".mrb")
    assert len(text) <= MOST_SHOWN and text.startswith("xxx") and "…" in text and text.endswith("y.mrb")
    assert shortened("a/b") == "a/b"


def test_aDigestIsThatOfTheFile(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert digestOf(tmp_path / "a", Progress()).startswith("ba7816bf8f01cfea")
    with pytest.raises(UnreadableFileError, match="the file cannot be read"):
        digestOf(tmp_path, Progress())


def test_aBundleIsKnownByItsBytesWhereverItIs(tmp_path):
    (tmp_path / "a.mrb").write_bytes(b"bytes")
    (tmp_path / "b.mrb").write_bytes(b"bytes")
    assert digestOf(tmp_path / "a.mrb", Progress()) == digestOf(tmp_path / "b.mrb", Progress())


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "mine" / "scene.mrml"
    data = path.parent / "scene_Data_2" / "segments.seg"
    data.mkdir(parents=True)
    path.write_text("<MRML/>")
    (data / "one.vtp").write_text("surface")
    return path


def test_aTextIsKnownOnlyWhereItIsWithItsData(text):
    before = digestOf(text, Progress())
    (text.parent / "other.txt").write_text("of somebody else")
    assert digestOf(text, Progress()) == before
    copied = shutil.copytree(text.parent, text.parent.parent / "copied") / text.name
    assert digestOf(copied, Progress()) != before


@pytest.mark.parametrize("change", ["other bytes", "another file", "a file less"])
def test_aTextIsAnotherSceneOnceItsDataIsOther(text, change):
    before = digestOf(text, Progress())
    data = text.parent / "scene_Data_2" / "segments.seg" / "one.vtp"
    if change == "other bytes":
        data.write_text("longer than before")
    elif change == "another file":
        data.with_name("two.vtp").write_text("surface")
    else:
        data.unlink()
    assert digestOf(text, Progress()) != before
