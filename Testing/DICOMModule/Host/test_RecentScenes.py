"""The scenes that were opened and saved last: ten of them, none where that is not wanted."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QMessageBox

from DICOMLib.Errors import SettingsError
from DICOMLib.Settings import Settings
from DICOMModule.Host.RecentScenes import MOST, RecentScenes
from DICOMModule.Host.RecentScenesMenu import RecentScenesMenu
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle
from .Volumes import addVolume


@pytest.fixture
def drawsViews():
    return False


def test_theLatestComesFirstAndThereAreTenOfThem():
    recent = RecentScenes(Settings())
    for number in range(MOST + 2):
        recent.add(f"/scenes/{number}.mrb")
    recent.add("/scenes/5.mrb")
    assert recent.paths()[:2] == ["/scenes/5.mrb", "/scenes/11.mrb"]
    assert len(recent.paths()) == len(set(recent.paths())) == MOST


def test_switchingItOffForgetsThem():
    settings = Settings()
    recent = RecentScenes(settings)
    recent.add("/scenes/Doe.mrb")
    settings.setValue("Scenes/KeepRecent", False)
    assert settings.value("Scenes/Recent") == []
    recent.add("/scenes/Doe.mrb")
    assert recent.paths() == settings.value("Scenes/Recent") == []


def test_aPauseKeepsWhatIsThere():
    recent = RecentScenes(Settings())
    recent.add("/a.mrb")
    recent.isPaused = True
    recent.add("/b.mrb")
    assert recent.paths() == []
    recent.isPaused = False
    assert recent.paths() == ["/a.mrb"]


def test_oneOrAllCanBeTakenOff():
    recent = RecentScenes(Settings())
    for name in "abc":
        recent.add(f"/{name}.mrb")
    recent.remove("/b.mrb")
    assert recent.paths() == ["/c.mrb", "/a.mrb"]
    recent.clear()
    assert recent.paths() == []


def test_settingsThatCannotBeWrittenCostNothingElse():
    class FullDisk(dict):
        def __setitem__(self, name, value):
            raise SettingsError("the settings cannot be saved")

    recent = RecentScenes(Settings(FullDisk()))
    recent.add("/a.mrb")
    assert recent.paths() == []


@pytest.mark.gui
def test_theMenuNamesThemWithTheirFolders(qtbot):
    recent, chosen = RecentScenes(Settings()), []
    menu = RecentScenesMenu(recent, chosen.append)
    qtbot.addWidget(menu)
    assert [(action.text(), action.isEnabled()) for action in menu.actions()] == [("None so far", False)]
    long = f"/data/{'Ärger ' * 40}.mrb"
    for path in (long, "/data/R&D/b.mrb"):
        recent.add(path)
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions()]
    assert texts[0] == "&1  b.mrb  (/data/R&&D)"
    assert texts[1].startswith("&2  Ärger Ärger ") and "…" in texts[1] and len(texts[1]) < 90
    assert menu.actions()[1].toolTip() == long
    menu.actions()[1].trigger()
    assert chosen == [long]
    menu.actions()[-1].trigger()
    assert recent.paths() == []


@pytest.mark.gui
def test_whatIsSavedIsOpenedAgainFromTheMenuAndWhatIsGoneLeavesIt(qtbot, makeWindow, scene, tmp_path):
    window = makeWindow(workers=runWorkers())
    addVolume(scene)
    window.sceneFiles.save(tmp_path / "a.mrb")
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    scene.Clear()
    menu = window.menus.recentScenes
    menu.fill()
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: scene.GetFirstNodeByName("Block") is not None, timeout=60_000)
    settle()
    assert window.sceneFiles.file.path == tmp_path / "a.mrb"
    (tmp_path / "a.mrb").unlink()
    menu.actions()[0].trigger()
    settle()
    box = window.findChild(QMessageBox)
    assert box.text() == f"a.mrb is not there any more, and leaves the list.\n\n{tmp_path / 'a.mrb'}"
    box.done(0)
    assert window.sceneFiles.recent.paths() == []
