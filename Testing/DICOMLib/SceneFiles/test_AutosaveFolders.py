"""Each program has a folder of its own; what one left that ended abruptly is found, and nobody else's touched."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time

import pytest

from DICOMLib.Errors import SceneFileError
from DICOMLib.SceneFiles.AutosaveFolders import MOST_LEFT, AutosaveFolder, leftAutosaves
from DICOMLib.SceneFiles.SceneAutosave import readFacts

from .ScenesForTests import richScene

KEEP_RUNNING = """
import sys, time
from pathlib import Path
from DICOMLib.SceneFiles.AutosaveFolders import AutosaveFolder
from Testing.DICOMLib.SceneFiles.ScenesForTests import richScene
autosave = AutosaveFolder(Path(sys.argv[1])).autosave()
prepared = autosave.prepare(richScene())
prepared.write()
autosave.commit(prepared)
print(autosave.folder, flush=True)
time.sleep(600)
"""


def autosaved(base, savedAt: float | None = None, size: int | None = None) -> AutosaveFolder:
    folder = AutosaveFolder(base)
    autosave = folder.autosave()
    prepared = autosave.prepare(richScene())
    prepared.write()
    facts = autosave.commit(prepared)
    text = (autosave.folder / "about.json").read_text()
    text = text.replace(str(facts.savedAt), str(savedAt or facts.savedAt))
    (autosave.folder / "about.json").write_text(text.replace(f'"size": {facts.size}', f'"size": {size or facts.size}'))
    return folder


def left(base, **facts) -> None:
    """As a program leaves it that is killed: the lock is gone with the process."""
    autosaved(base, **facts).close(keeps=True)


def test_theFolderIsPrivateAndThereOnlyOnceItIsNeeded(tmp_path):
    base = tmp_path / "data" / "Autosave"
    folder = AutosaveFolder(base)
    assert not base.exists()
    made = folder.autosave().folder
    assert made.parent == base and made.name.startswith("scene-")
    for one in (base, made):
        assert stat.S_IMODE(one.stat().st_mode) == 0o700
    folder.close()
    assert list(base.iterdir()) == []


def test_whatARunningProgramHasIsNeitherOfferedNorRemoved(tmp_path):
    own = autosaved(tmp_path, savedAt=1.0)
    for _ in range(2):
        left(tmp_path)
    assert len(leftAutosaves(tmp_path)) == 2
    assert readFacts(own.autosave().folder).savedAt == 1.0


def test_anotherProcessIsLeftAloneUntilItIsKilled(tmp_path):
    """The lock is the process's own, so a number that another process gets after it says nothing."""
    process = subprocess.Popen([sys.executable, "-c", KEEP_RUNNING, tmp_path], stdout=subprocess.PIPE, text=True)
    try:
        folder = process.stdout.readline().strip()
        assert leftAutosaves(tmp_path) == []
        process.kill()
        process.wait()
        (one,) = leftAutosaves(tmp_path)
        assert str(one.folder) == folder
        assert one.scene.is_file() and one.problem == ""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_whatIsBeingAskedAboutIsNotOfferedTwice(tmp_path):
    left(tmp_path)
    (one,) = leftAutosaves(tmp_path)
    assert leftAutosaves(tmp_path) == []
    one.leave()
    (again,) = leftAutosaves(tmp_path)
    again.remove()
    again.remove()
    assert list(tmp_path.iterdir()) == []


def test_closingKeepsOnlyWhatIsWhole(tmp_path):
    folder = AutosaveFolder(tmp_path)
    (folder.autosave().folder / "Data").mkdir()
    folder.close(keeps=True)
    assert list(tmp_path.iterdir()) == []
    left(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1


def test_aFolderThatWasNeverFilledGoesByItself(tmp_path):
    folder = AutosaveFolder(tmp_path)
    folder.autosave()
    folder._lock.release()
    assert leftAutosaves(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_theEmptyFolderOfOneThatWasKilledWhileItTidiedUpGoes(tmp_path):
    (tmp_path / "scene-empty").mkdir()
    assert leftAutosaves(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_theNewestComesFirstAndTooManyOfTheOthersGo(tmp_path):
    now = time.time()
    for number in range(MOST_LEFT + 2):
        left(tmp_path, savedAt=now - number)
    found = leftAutosaves(tmp_path, now)
    assert [round(now - one.facts.savedAt) for one in found] == list(range(MOST_LEFT))
    assert len(list(tmp_path.iterdir())) == MOST_LEFT


@pytest.mark.parametrize(("others", "kept"), [
    ([{"savedAt": 2000.0}], 1), ([{"size": 9_999_999_999}], 1), ([{}, {}], 3),
])  # fmt: skip
def test_tooOldAndTooLargeOnesGoButNeverTheNewest(tmp_path, others, kept):
    now = 100 * 24 * 3600.0
    left(tmp_path, savedAt=3000.0, size=20_000_000) if kept == 1 else left(tmp_path, savedAt=now)
    for facts in others:
        left(tmp_path, **{"savedAt": 2000.0 if kept == 1 else now - 1, **facts})
    assert len(leftAutosaves(tmp_path, now)) == kept


def test_aDamagedOneIsOfferedWithASentence(tmp_path):
    left(tmp_path)
    (folder,) = tmp_path.iterdir()
    (folder / "about.json").write_text("{")
    (one,) = leftAutosaves(tmp_path)
    assert one.facts is None
    assert one.problem == f"{folder}: the autosave is damaged."


def test_whatOthersPutThereStays(tmp_path):
    (tmp_path / "scene-mine").mkdir()
    (tmp_path / "scene-mine" / "thesis.txt").write_text("precious")
    (tmp_path / "scene-link").symlink_to(tmp_path / "scene-mine")
    (tmp_path / "scene-file").write_text("x")
    assert leftAutosaves(tmp_path) == []
    assert (tmp_path / "scene-mine" / "thesis.txt").read_text() == "precious"
    assert leftAutosaves(tmp_path / "missing") == []


def test_aFolderThatSomebodyRemovedIsMadeAnew(tmp_path):
    import shutil

    folder = autosaved(tmp_path)
    first = folder.autosave().folder
    shutil.rmtree(first)
    second = folder.autosave().folder
    assert second.is_dir() and second != first
    folder.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_aPlaceThatCannotBeWrittenIsSaid(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(SceneFileError, match="the folder for autosaved scenes cannot be made"):
        AutosaveFolder(tmp_path / "Autosave").autosave()


def test_aPlaceThatIsNoFolderIsSaid(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(SceneFileError, match="the folder for autosaved scenes cannot be made"):
        AutosaveFolder(tmp_path / "file" / "Autosave").autosave()
