"""Scenes made by chance come back the same, through this program's files and through 3D Slicer's."""

from __future__ import annotations

from pathlib import Path

import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from Testing.DICOMLib.SceneFiles.RandomScenes import RandomScenes, factsOf, inSlicer, unequal
from Testing.DICOMLib.SceneFiles.test_EveryNodeClassOfSlicer import _AGAIN
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerPrograms import SlicerPrograms, slicerPrograms  # noqa: F401  (a fixture)


@pytest.mark.parametrize("seed", range(6))
def test_theyComeBackThroughABundle(tmp_path, seed):
    scene = RandomScenes(seed).scene()
    facts = factsOf(scene)
    assert len(facts) == 29
    saved = saveScene(scene, tmp_path / "scene.mrb")
    staged = openScene(saved.path, runWorkers())
    assert saved.problems == [] and staged.problems == []
    assert unequal(facts, factsOf(staged.scene)) == []
    assert unequal(facts, factsOf(scene)) == []


def test_whatDiffersIsSeen():
    one, other = factsOf(RandomScenes(1).scene()), factsOf(RandomScenes(1).scene())
    assert unequal(one, other) == []
    assert len(unequal(one, factsOf(RandomScenes(2).scene()))) > 30


def throughSlicer(slicer: SlicerPrograms, scene: Scene, folder: Path) -> Scene:
    (folder / "ours").mkdir(parents=True)
    (folder / "theirs").mkdir()
    assert saveScene(scene, folder / "ours" / "scene.mrml").problems == []
    slicer.run(_AGAIN, folder=folder / "theirs", source=folder / "ours" / "scene.mrml")
    staged = openScene(folder / "theirs" / "scene.mrml", runWorkers())
    assert staged.problems == []
    return staged.scene


# Of 18 Slicer saves a scene that it cannot open itself.
LONG = [pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 30) if seed != 18]


@pytest.mark.parametrize("seed", [0, 1, *LONG])
def test_theyComeBackThroughSlicer_andSlicersOwnThroughThisProgram(slicerPrograms, tmp_path, seed):  # noqa: F811
    scene = RandomScenes(seed, isForSlicer=True).scene()
    theirs = throughSlicer(slicerPrograms, scene, tmp_path / "first")
    assert unequal(inSlicer(factsOf(scene)), inSlicer(factsOf(theirs))) == []
    again = throughSlicer(slicerPrograms, theirs, tmp_path / "second")
    assert unequal(inSlicer(factsOf(theirs)), inSlicer(factsOf(again))) == []
