"""Looking after the database from the browser's menu."""

from __future__ import annotations

import os

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from Testing.DICOMLib.Database.OtherPrograms import writerElsewhere
from Testing.Fixtures import SeriesBuilder, twoPatients
from Testing.Fixtures.LaterClock import LaterClock
from Testing.Fixtures.LoopTurns import LoopTurns

LONGEST_TURN_SECONDS = 0.1


@pytest.fixture
def database(database, tmp_path):
    """One patient linked, another copied."""
    twoPatients(tmp_path / "files")
    SeriesBuilder(slices=6, patientID="COPIED").write(tmp_path / "copied")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    DICOMIndexer(database).importPaths([tmp_path / "copied"], copyFiles=True)
    return database


@pytest.fixture
def panel(makePanel, database):
    """The real browser on that database."""
    logic = DICOMLogic(database=database, scene=Scene(), registry=PluginRegistry(), settings=Settings())
    return makePanel(logic)


def actions(panel):
    menu = panel.browser.toolBar.findChild(type(panel.browser.toolBar.moreButton.menu()), "databaseMenu")
    menu.aboutToShow.emit()
    return {action.text().replace("&", "").rstrip("…"): action for action in menu.actions()}


def agree(upkeep):
    box = upkeep.question
    next(button for button in box.buttons() if button.text() in ("Verify", "Rebuild", "Compact")).click()


def test_verifyingShowsAReportThatCanBeCopiedAndSaved(panel, database, qtbot, tmp_path):
    from qtpy.QtGui import QGuiApplication

    upkeep = panel.browser.upkeep
    harmed = next(path for path in database.allFiles() if "-files" in path)
    with open(harmed, "r+b") as stream:
        stream.seek(300)
        stream.write(b"\xff\xfe\xfd")
    actions(panel)["Verify"].trigger()
    upkeep.question.checkBox().setChecked(True)
    with qtbot.waitSignal(upkeep.finished):
        agree(upkeep)
    dialog = upkeep.dialog

    assert dialog.report.linkedFiles > 0 and dialog.report.ownedFiles == 6
    assert dialog.findings.model.rowCount() == 1
    assert dialog.summaryLabel.wholeText().startswith("1 problem found (1 damaged)")
    dialog.copyButton.click()
    assert harmed in QGuiApplication.clipboard().text()
    dialog.saveTo(str(tmp_path / "report.csv"))
    assert (tmp_path / "report.csv").read_text().splitlines()[1].startswith(f"damaged,{harmed},")
    assert dialog.repairButton.isVisible()
    dialog.close()


def test_aSoundDatabaseOffersNoRepair(panel, qtbot):
    upkeep = panel.browser.upkeep
    with qtbot.waitSignal(upkeep.finished):
        upkeep.verify()

    assert upkeep.dialog.report.isSound
    assert not upkeep.dialog.repairButton.isVisible() and not upkeep.dialog.findings.isVisible()
    upkeep.dialog.close()


def test_whatAVerificationFoundIsRepairedAsTheUserWants(panel, database, qtbot):
    upkeep = panel.browser.upkeep
    gone = next(path for path in database.allFiles() if "-files" not in path)
    os.unlink(gone)
    before = database.imagesCount()
    with qtbot.waitSignal(upkeep.finished):
        upkeep.verify()
    upkeep.dialog.repairButton.click()
    question = upkeep.question
    assert question.keepButton.isChecked()
    question.moveButton.setChecked(True)
    assert not question.repairButton.isEnabled()  # no folder yet
    question.forgetButton.setChecked(True)
    with qtbot.waitSignal(upkeep.finished):
        question.repairButton.click()

    assert database.imagesCount() == before - 1
    assert gone in upkeep.dialog.report.asText()
    assert sum(row["instanceCount"] for row in panel.tables.seriesTable.model.records) <= before - 1
    upkeep.dialog.close()


@pytest.mark.parametrize("name", ["Rebuild index", "Compact"])
def test_theFileIsReplacedWhileTheTablesAreShown(panel, database, qtbot, name):
    upkeep = panel.browser.upkeep
    before = database.patientRows()
    inode = os.stat(database.databaseFilename).st_ino
    actions(panel)[name].trigger()
    with qtbot.waitSignal(upkeep.finished, timeout=10_000):
        agree(upkeep)
    panel.browser.refresh()

    assert os.stat(database.databaseFilename).st_ino != inode
    assert [row["PatientID"] for row in database.patientRows()] == [row["PatientID"] for row in before]
    assert panel.tables.patientsTable.model.rowCount() == len(before)
    assert panel.messages == []
    upkeep.dialog.close()


def test_aBackupGoesWhereTheUserSays(panel, qtbot, tmp_path):
    upkeep = panel.browser.upkeep
    with qtbot.waitSignal(upkeep.finished):
        upkeep.backUp(str(tmp_path / "saved.sqlite"))

    assert (tmp_path / "saved.sqlite").stat().st_size == upkeep.dialog.report.bytesWritten
    upkeep.dialog.close()


def test_onePieceOfWorkAtATime(panel, qtbot):
    upkeep = panel.browser.upkeep
    with qtbot.waitSignal(upkeep.finished):
        upkeep.verify()
        upkeep.compact()

    assert panel.messages[0].text == "“Verifying the database” is still running."
    upkeep.dialog.close()


def test_closingAnEarlierReportKeepsTheNewest(panel, qtbot):
    upkeep = panel.browser.upkeep
    reports = []
    for _ in range(2):
        with qtbot.waitSignal(upkeep.finished):
            upkeep.verify()
        reports.append(upkeep.dialog)
    for report, left in zip(reports, (reports[1], None), strict=True):
        with qtbot.waitSignal(report.destroyed):
            report.close()
        assert upkeep.dialog is left


def test_aDatabaseInMemoryHasNoFileToLookAfter(makePanel):
    database = DICOMDatabase()
    database.openDatabase(":memory:")
    logic = DICOMLogic(database=database, scene=Scene(), registry=PluginRegistry(), settings=Settings())
    found = actions(makePanel(logic))

    assert {name for name, action in found.items() if action.isEnabled()} == {"Verify", "Back up"}
    assert found["Compact"].toolTip() == "A database in memory has no file."


def test_whatCanOnlyBeReadTurnsWritingOffWithTheReason(makePanel, database):
    with database.connections().reading() as connection:
        connection.execute("PRAGMA user_version = 99")
    path = database.databaseFilename
    database.closeDatabase()
    database.openDatabase(path)
    logic = DICOMLogic(database=database, scene=Scene(), registry=PluginRegistry(), settings=Settings())
    panel = makePanel(logic)
    reason = "The database can only be read: a newer version of this program made it."
    found, bar = actions(panel), panel.browser.toolBar

    assert panel.messages[0].text == panel.widget.messageBar.message.text == reason
    assert {name for name, action in found.items() if action.isEnabled()} == {"Verify", "Back up"}
    assert found["Repair"].toolTip() == bar.importButton.toolTip() == bar.removeButton.toolTip() == reason
    panel.tables.patientsTable.table.selectAll()
    assert not bar.importButton.isEnabled() and not bar.removeButton.isEnabled()
    assert panel.tables.patientsTable.model.rowCount() == 3


def test_theWindowLivesWhileAnotherProgramWrites(panel, database, qtbot, monkeypatch, promised):
    """Another program is in the middle of a write: browsing goes on, a removal says that it waits and then why it did
    not work, and the window never stands still for a tenth of a second."""
    clock = LaterClock()
    monkeypatch.setattr("DICOMLib.Database.Connections.time", clock)
    monkeypatch.setattr("DICOMLib.Database.Connections.BUSY_SECONDS", 600)
    panel.settings.setValue("DICOM/ConfirmRemove", False)
    panel.tables.patientsTable.selectKeys(database.patients()[:1])
    qtbot.wait(50)
    with writerElsewhere(database.databaseFilename), LoopTurns() as loop:
        panel.browser.removeSelectedItems("patient")
        qtbot.waitUntil(lambda: any("Another program is writing" in job.progress.text for job in panel.jobs.jobs))
        for _ in range(5):
            panel.browser.refresh()
            qtbot.wait(50)
        assert panel.messages == []
        clock.hours += 1
        qtbot.waitUntil(lambda: bool(panel.messages))

    promised.atMost(loop.longest, LONGEST_TURN_SECONDS, "the longest turn of the window")
    assert "another program is writing to the study database" in panel.messages[0].text.lower()
    assert database.patientsCount() == 3
