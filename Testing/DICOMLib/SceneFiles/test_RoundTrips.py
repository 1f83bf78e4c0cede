"""A scene with a node of every kind goes through its files and comes back the same: every attribute, reference, number,
matrix and digest."""

from __future__ import annotations

import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneExchange import replace
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from Testing.DICOMLib.SceneFiles.EveryKind import differences, everyKindScene, everythingOf
from Testing.Fixtures.RunWorkers import runWorkers


@pytest.fixture(scope="module")
def scene():
    return everyKindScene()


@pytest.mark.parametrize("suffix", [".mrb", ".mrml"])
def test_aSceneOfEveryKindComesBackTheSame(scene, tmp_path, suffix):
    before = everythingOf(scene, tmp_path / "before")
    assert len(before) > 40 and any(name.startswith("file") for said in before.values() for name in said)
    saved = saveScene(scene, tmp_path / f"scene{suffix}")
    staged = openScene(saved.path, runWorkers())
    assert saved.problems == [] and staged.problems == []
    assert differences(before, everythingOf(staged.scene, tmp_path / "after")) == []
    assert differences(before, everythingOf(scene, tmp_path / "saved")) == []


def test_itIsStillTheSameWhenItIsOpenedInsteadOfAnotherAndSavedInTheOtherForm(scene, tmp_path):
    before = everythingOf(scene, tmp_path / "before")
    shown = Scene()
    for number, suffix in enumerate((".mrml", ".mrb", ".mrml")):
        saved = saveScene(shown if number else scene, tmp_path / f"{number}{suffix}")
        assert replace(shown, openScene(saved.path, runWorkers()))
    assert differences(before, everythingOf(shown, tmp_path / "after")) == []
