"""Watched folders in the window: the line below the tables and the dialog."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt

from DICOMLib.Database.FolderWatch import MISSING, OFF, WATCHING, FolderState
from DICOMLib.Database.FolderWatcher import FolderWatcher
from DICOMLib.Database.WatchedFolders import WatchedFolders
from DICOMLib.Settings import Settings
from Testing.Fixtures import axialCT, notDICOM

pytestmark = pytest.mark.gui


@pytest.fixture
def watcher(database):
    made = FolderWatcher(database, settleSeconds=0.05)
    made.start()
    yield made
    assert made.stop(5)


@pytest.fixture
def messages():
    return []


@pytest.fixture
def indicator(qtbot, database, watcher, messages):
    from DICOMLib.Widgets.ErrorReporting import ErrorReporter
    from DICOMLib.Widgets.WatchIndicator import WatchIndicator

    reporter = ErrorReporter()
    reporter.reported.connect(messages.append)
    made = WatchIndicator(database, watcher, Settings(), reporter)
    qtbot.addWidget(made)
    yield made
    made.close()
    reporter.deleteLater()


@pytest.fixture
def dialog(qtbot, database, watcher):
    from DICOMLib.Widgets.WatchedFoldersDialog import WatchedFoldersDialog

    made = WatchedFoldersDialog(database, watcher, Settings({"DICOM/CopyOnImport": True}))
    qtbot.addWidget(made)
    made.show()
    return made


def folders(database):
    return [(folder.path.decode(), folder.copyFiles, folder.enabled) for folder in WatchedFolders(database).folders()]


def state(**values):
    return FolderState(**{"path": b"/in", "copyFiles": False, "enabled": True, "state": WATCHING, **values})


def testTheLineSaysHowManyFoldersAreWatchedAndWhatIsWrong():
    from DICOMLib.Widgets.WatchedFoldersModel import indicatorText, stateText

    assert indicatorText([]) == ""
    assert indicatorText([state(enabled=False, state=OFF)]) == ""
    assert indicatorText([state(), state()]) == "Watching 2 folders"
    assert indicatorText([state(), state(state=MISSING)]) == "Watching 2 folders, 1 not found"
    assert indicatorText([state()], isImporting=True) == "Watching 1 folder, importing"
    assert stateText(state(filesWaiting=1)) == "watching, 1 file waiting"
    assert stateText(state(filesRefused=2)) == "watching, 2 files refused"
    assert stateText(state(state=MISSING, filesWaiting=3)) == "folder not found"


def testWhatComesInIsToldOnceAndTheLineShows(qtbot, database, watcher, indicator, messages, tmp_path):
    assert not indicator.isVisible()
    axialCT(slices=3).write(tmp_path / "in")
    (tmp_path / "in" / "notes.txt").write_bytes(notDICOM())
    WatchedFolders(database).add(tmp_path / "in")
    watcher.lookNow()
    with qtbot.waitSignal(indicator.filesCameIn, timeout=10000):
        pass
    assert [message.text for message in messages] == [
        f"3 objects came in from {tmp_path / 'in'}; 1 file could not be imported."
    ]
    indicator.refresh()
    assert indicator.text() == "Watching 1 folder" and indicator.isVisible()
    watcher.lookNow()
    qtbot.wait(300)
    assert len(messages) == 1


def testFoldersAreAddedSwitchedCopiedAndRemoved(qtbot, database, dialog, tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        dialog.addFolder(str(tmp_path / name))
    assert folders(database) == [(str(tmp_path / "a"), True, True), (str(tmp_path / "b"), True, True)]
    dialog.table.selectRow(0)
    assert dialog.copyButton.isChecked()
    dialog.linkButton.click()
    first = dialog.model.index(0, 0)
    dialog.model.setData(first, Qt.Unchecked, Qt.CheckStateRole)
    assert folders(database)[0] == (str(tmp_path / "a"), False, False)
    dialog.refresh()
    assert [record["state"] for record in dialog.model.records][0] == OFF
    qtbot.waitUntil(lambda: dialog.model.records[1]["state"] == WATCHING, timeout=5000)
    dialog.table.selectRow(0)
    dialog.removeButton.click()
    assert [path for path, _, _ in folders(database)] == [str(tmp_path / "b")]


def testAFolderOfTheDatabaseItselfIsRefusedInTheDialog(database, dialog):
    dialog.addFolder(database.databaseFilename + "-files")
    assert "own files" in dialog.messageBar.message.text and folders(database) == []


def testAnEmptyListSaysSo(dialog):
    assert dialog.table.placeholderText == "No folder is watched yet."
    assert not dialog.removeButton.isEnabled() and not dialog.copyButton.isEnabled()
