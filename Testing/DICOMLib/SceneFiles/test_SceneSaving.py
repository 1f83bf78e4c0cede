"""A scene is saved whole or not at all, and comes back as it was."""

from __future__ import annotations

import functools
import os
import random
import resource
import signal
import stat
import zipfile
from pathlib import Path

import pytest

from DICOMLib.Errors import CancelledError, SceneFileError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles import SceneSaving
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from Testing.DICOMLib.SceneFiles.ScenesForTests import contentOf, richScene
from Testing.Fixtures.FaultInjection import FaultInjection
from Testing.Fixtures.ForkedWork import countedCalls, exitCode, killedAfterChange, killedAtCall
from Testing.Fixtures.RunWorkers import runWorkers

PICTURE = b"\x89PNG\r\n\x1a\n a picture"
BOTH = pytest.mark.parametrize("suffix", [".mrb", ".mrml"])
HOW_OFTEN = pytest.mark.parametrize("points", [16, pytest.param(100, marks=pytest.mark.slow)])


@BOTH
def test_aSceneComesBackNodeByNodeAndDigestByDigest(tmp_path, suffix):
    scene = richScene()
    before = contentOf(scene)
    saved = saveScene(scene, tmp_path / f"scene{suffix}", PICTURE)
    assert saved.problems == []
    assert contentOf(scene) == before
    staged = openScene(saved.path, runWorkers())
    assert staged.problems == []
    assert contentOf(staged.scene) == before


@BOTH
def test_whatIsOpenedAndSavedAgainIsTheSame(tmp_path, suffix):
    first = openScene(saveScene(richScene(), tmp_path / f"a{suffix}").path, runWorkers())
    second = openScene(saveScene(first.scene, tmp_path / f"b{suffix}").path, runWorkers())
    assert contentOf(second.scene) == contentOf(first.scene)


def test_aBundleHasOneTopFolderItsTextAPictureAndData(tmp_path):
    saved = saveScene(richScene(), tmp_path / "My scene.mrb", PICTURE)
    with zipfile.ZipFile(saved.path) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert archive.read("My scene/My scene.png") == PICTURE
    assert names[0] == "My scene/My scene.mrml"
    assert {name.split("/")[0] for name in names} == {"My scene"}
    assert "My scene/Data/labels.nrrd" in names
    assert saved.size == saved.path.stat().st_size


@BOTH
def test_filesAreForTheUserAloneAndAReplacedOneKeepsItsMode(tmp_path, suffix):
    target = tmp_path / f"scene{suffix}"
    saveScene(richScene(), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    target.chmod(0o640)
    saveScene(richScene(), target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in tmp_path.rglob("*") if path != target)


def test_savingAgainLeavesOneFolderOfDataAndWhatOthersPutThere(tmp_path):
    target = tmp_path / "scene.mrml"
    saveScene(richScene(1), target)
    stranger = tmp_path / "scene_Data" / "mine.txt"
    stranger.write_text("mine")
    saveScene(richScene(2), target)
    assert sorted(path.name for path in (tmp_path / "scene_Data").iterdir()) == ["mine.txt"]
    saveScene(richScene(3), target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["scene.mrml", "scene_Data", "scene_Data_3"] or sorted(
        path.name for path in tmp_path.iterdir()
    ) == ["scene.mrml", "scene_Data", "scene_Data_2"]
    assert contentOf(openScene(target, runWorkers()).scene) == contentOf(richScene(3))


def test_dataOfASceneOfAnotherProgramStays(tmp_path):
    target = tmp_path / "scene.mrml"
    saveScene(richScene(1), target)
    target.write_text(target.read_text().replace('writer="DICOMModule', 'writer="Other'))
    files = sorted((tmp_path / "scene_Data").iterdir())
    saveScene(richScene(2), target)
    assert sorted((tmp_path / "scene_Data").iterdir()) == files


def test_anotherEndingIsRefused(tmp_path):
    with pytest.raises(SceneFileError, match=".mrb or .mrml"):
        saveScene(richScene(), tmp_path / "scene.txt")


@BOTH
def test_aCancelledSaveLeavesTheOldSceneAndNothingElse(tmp_path, suffix):
    target, names, _old = _saved(tmp_path, suffix)
    for point in range(1, 12):
        progress = Progress()
        count = [0]

        def report(*arguments, progress=progress, count=count, point=point, **options):
            count[0] += 1
            if count[0] == point:
                progress.cancel()

        progress.report = report
        with pytest.raises(CancelledError):
            saveScene(richScene(2), target, PICTURE, progress)
        assert _names(tmp_path) == names
    _assertIs(target, 1)


def test_progressGoesUpToItsEnd(tmp_path):
    seen = []
    progress = Progress(lambda state: seen.append((state.done, state.total)), clock=iter(range(10_000)).__next__)
    saveScene(richScene(), tmp_path / "scene.mrb", PICTURE, progress)
    assert seen == sorted(seen)
    assert seen[-1][0] == seen[-1][1]


@BOTH
def test_everyCallThatFailsLeavesTheOldSceneOrTheNewOne(tmp_path, suffix):
    """A disk that is full from the nth call on, for every n."""
    target, _before, _size = _saved(tmp_path, suffix)
    failAt, refused = 0, 0
    while True:
        failAt += 1
        with FaultInjection(tmp_path, failAt, goesOn=False) as faults:
            try:
                saveScene(richScene(2), target)
                isSaved = True
            except SceneFileError as error:
                isSaved = False
                refused += 1
                assert "what was there before is unchanged" in str(error)
        if not faults.hasFailed:
            break
        _seedOf(target)
        if not isSaved:
            saveScene(richScene(1), target)
    assert refused > 3


@BOTH
@HOW_OFTEN
def test_aDiskThatIsFullAtAnyByteLeavesTheOldSceneWhole(tmp_path, suffix, points):
    """A limit of the system on the size of files stands for the disk: writes fail half way, in Python and in C."""
    target, names, _size = _saved(tmp_path, suffix)
    largest = max(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    generator, failures = random.Random(7), 0
    for _ in range(points):
        limit = generator.randrange(1, 2 * largest)
        code = exitCode(lambda limit=limit: _saveLimited(target, limit))
        failures += code == 3
        assert code in (0, 3)
        _assertIs(target, 1 if code else 2)
        if code:
            assert _names(tmp_path) == names
        else:
            saveScene(richScene(1), target)
            names = _names(tmp_path)
    print(f"{failures} of {points} saves of {suffix} failed; the old scene was whole every time")
    assert failures > points // 4


@BOTH
@HOW_OFTEN
def test_aProgramKilledAtAnyMomentLeavesTheOldSceneOrTheNewOneWhole(tmp_path, suffix, points):
    """kill -9 at places all over a save; what is left over goes with the next save."""
    target, _before, _size = _saved(tmp_path, suffix)

    def save():
        saveScene(scene, target)

    scene = richScene(2)
    calls, changes = countedCalls(save)
    saveScene(richScene(1), target)
    outcomes = {1: 0, 2: 0}
    for number in range(points):
        if number % 2:
            killedAtCall(save, calls * number // points)
        else:
            killedAfterChange(save, changes - number // 2)  # the new scene takes its place in the end
        found = _seedOf(target)
        outcomes[found] += 1
        if found == 2:
            saveScene(richScene(1), target)
    print(f"killed {points} times while saving {suffix}: {outcomes[1]} times the old scene, {outcomes[2]} the new one")
    assert outcomes[1] and outcomes[2]
    saveScene(richScene(1), target)
    # A folder that was made and not yet marked as ours stays, empty: it could be another program's.
    assert [path for path in tmp_path.glob("DICOMModule-*/*")] == []


def test_aBundleThatNobodyCouldOpenAgainIsRefused(tmp_path, monkeypatch):
    monkeypatch.setattr(SceneSaving, "MAX_TOTAL_BYTES", 1000)
    with pytest.raises(SceneFileError, match="Save the scene as .mrml"):
        saveScene(richScene(), tmp_path / "scene.mrb")
    assert list(tmp_path.iterdir()) == []


def test_aSymbolicLinkStaysAndItsTargetIsReplaced(tmp_path):
    target, link = tmp_path / "real.mrb", tmp_path / "link.mrb"
    saveScene(richScene(1), target)
    link.symlink_to(target)
    saveScene(richScene(2), link)
    assert link.is_symlink()
    _assertIs(target, 2)


# Helpers


def _saved(folder: Path, suffix: str) -> tuple[Path, set[str], int]:
    target = folder / f"scene{suffix}"
    saved = saveScene(richScene(1), target)
    return target, _names(folder), saved.size


def _names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def _seedOf(target: Path) -> int:
    """Which of the first two scenes it is, whole."""
    staged = openScene(target, runWorkers())
    assert staged.problems == []
    isSecond = staged.scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode").GetName().startswith("CT 2")
    assert contentOf(staged.scene) == _contentOfSeed(1 + isSecond)
    return 1 + isSecond


@functools.cache
def _contentOfSeed(seed: int) -> list:
    return contentOf(richScene(seed))


def _assertIs(target: Path, seed: int) -> None:
    assert _seedOf(target) == seed


def _saveLimited(target: Path, size: int) -> None:
    scene = richScene(2)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        saveScene(scene, target)
    except Exception:  # noqa: BLE001 - how it fails is not the question here, but what is left
        os._exit(3)
