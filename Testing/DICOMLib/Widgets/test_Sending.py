"""Servers in the window, sending from the browser, and exporting to a server."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pydicom
import pytest
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QPushButton

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Export import ServerExport
from DICOMLib.Networking.Servers import DICOMServer, readServers, writeServers
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from DICOMPlugins import registerBuiltins
from Testing.DICOMLib.Widgets.ExportBench import addStudy, addVolume
from Testing.Fixtures import twoPatients
from Testing.Fixtures.StoreServers import StoreServer, freePort, serverAt

pytestmark = [pytest.mark.gui, pytest.mark.network]


@pytest.fixture
def settings():
    return Settings()


@pytest.fixture
def server():
    with StoreServer() as running:
        yield running


def known(settings, port, name="PACS", **values):
    writeServers(settings, [*readServers(settings), serverAt(port, connectionName=name, **values)])


@pytest.fixture
def panel(makePanel, database, settings, tmp_path):
    twoPatients(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    registry, scene = PluginRegistry(), Scene()
    registerBuiltins(registry)
    made = makePanel(DICOMLogic(database=database, scene=scene, registry=registry, settings=settings), settings)
    yield made
    made.widget.exports.close()


# The list of servers


@pytest.fixture
def servers(panel, qtbot):
    dialog = panel.browser.sends.showServers()
    with qtbot.waitExposed(dialog):
        dialog.show()
    yield dialog
    dialog.close()


def test_aServerIsAddedOnceItMakesSense(servers, settings):
    assert servers.model.rowCount() == 0 and not servers.testButton.isEnabled()
    editor = servers.add()
    assert editor.problem() == "Give it a name." and not editor.keepButton.isEnabled()
    editor.nameEdit.setText("Archive")
    assert editor.problem().startswith("The host is missing")
    editor.hostEdit.setText("pacs.example.org")
    editor.portBox.setValue(11112)
    editor.calledEdit.setText("ARCHIVE")
    assert editor.problem() == "" and editor.keepButton.isEnabled()
    editor.accept()

    expected = DICOMServer("Archive", "ARCHIVE", "pacs.example.org", 11112)
    assert readServers(settings) == [expected]
    assert servers.selectedServers() == [expected]


def test_aServerIsChangedUnderItsNameAndNotUnderAnothers(servers, settings):
    known(settings, 104, "One")
    known(settings, 105, "Two")
    servers.refresh()
    servers.table.selectRow(1)
    editor = servers.editSelected()
    editor.nameEdit.setText("One")
    assert editor.problem() == "There is a server of the name One already."
    editor.nameEdit.setText("Three")
    editor.policyBox.setCurrentIndex(2)
    editor.accept()

    changed = readServers(settings)[1]
    assert (changed.connectionName, changed.port, changed.transferSyntaxPolicy) == ("Three", 105, "uncompressed")


def test_removingAndSwitchingHoldAtOnce(servers, settings):
    for number in range(3):
        known(settings, 104 + number, f"S{number}")
    servers.refresh()
    servers.model.setData(servers.model.index(2, 2), Qt.Unchecked, Qt.CheckStateRole)
    servers.table.selectRow(0)
    servers.removeSelected()
    assert [(one.connectionName, one.storageEnabled) for one in readServers(settings)] == [("S1", True), ("S2", False)]


def test_aTestSaysWhetherEachAnswers(servers, settings, server, qtbot):
    known(settings, server.port, "Good")
    known(settings, freePort(), "Gone")
    servers.refresh()
    servers.table.selectAll()
    servers.testSelected()
    qtbot.waitUntil(lambda: not servers._tests, timeout=10000)

    texts = {record["name"]: record["verification"] for record in servers.model.records}
    assert texts["Good"].startswith("answers (") and texts["Gone"] == "nothing listens there"


def test_whatIsEnteredCanBeTestedBeforeItIsKept(servers, server, qtbot):
    editor = servers.add()
    editor.hostEdit.setText("127.0.0.1")
    editor.portBox.setValue(server.port)
    editor.calledEdit.setText("TESTSCP")
    editor.nameEdit.setText("PACS")
    editor.testButton.setFocus()
    editor.test()
    qtbot.waitUntil(lambda: "answers: connected in" in editor.statusLabel.wholeText(), timeout=10000)
    assert editor.focusWidget() is editor.keepButton  # Enter keeps what was tested
    editor.reject()


# From the browser


@pytest.fixture
def ask(panel, database, qtbot):
    def open(count=1):
        panel.browser.selectSeries(database.allSeries()[:count])
        panel.browser.toolBar.sendAction.trigger()
        qtbot.waitUntil(lambda: panel.browser.sends.dialog is not None)
        return panel.browser.sends.dialog

    return open


def test_withoutAServerTheDialogSaysWhatToDoAndLearnsOfNewOnes(panel, ask, settings, server):
    dialog = ask(2)
    assert dialog.summaryLabel.wholeText().startswith("2 series: 10 files, ")
    assert not dialog.sendButton.isEnabled() and "No server is known yet" in dialog.problemLabel.wholeText()
    dialog.serversButton.click()
    known(settings, server.port)
    panel.browser.sends.serversDialog.serversChanged.emit()
    assert [one.connectionName for one in dialog.checkedServers()] == ["PACS"] and dialog.sendButton.isEnabled()
    dialog.reject()
    panel.browser.sends.serversDialog.close()


def test_theSelectedSeriesAreSentToEveryTickedServerAndTheReportTells(panel, ask, settings, server, qtbot):
    with StoreServer() as second:
        known(settings, server.port, "PACS")
        known(settings, second.port, "Other")
        known(settings, 104, "Off", storageEnabled=False)
        dialog = ask()
        assert dialog.list.count() == 2 and dialog.checkedServers() == []
        for row in range(2):
            dialog.list.item(row).setCheckState(Qt.Checked)
        reports = []
        panel.browser.sends.finished.connect(reports.append)
        dialog.accept()
        qtbot.waitUntil(lambda: len(reports) == 2, timeout=10000)
        assert len(server.uids) == len(second.uids) == 5
    assert all(report.isComplete for report in reports)
    assert settings.value("DICOM/Send/Server") == "PACS"
    assert "5 objects" in panel.browser.sends.reportDialog.summaryLabel.wholeText()
    assert panel.browser.sends.reportDialog.againButton.isHidden()
    assert panel.browser.sends.reportDialog.focusWidget().text() == "Close"


def test_whatIsNotStoredCanBeSentAgain(panel, ask, settings, qtbot):
    full = [True]
    with StoreServer(answer=lambda number, _uid: 0xA700 if full[0] and number > 2 else 0) as server:
        known(settings, server.port)
        reports = []
        panel.browser.sends.finished.connect(reports.append)
        ask().accept()
        qtbot.waitUntil(lambda: len(reports) == 1, timeout=10000)
        report = panel.browser.sends.reportDialog
        assert (reports[0].sent, len(reports[0].left)) == (3, 2) and not report.againButton.isHidden()
        assert report.findings.model.rowCount() == 2
        full[0] = False
        report.againButton.click()
        qtbot.waitUntil(lambda: len(reports) == 2, timeout=10000)
        assert len(set(server.uids)) == 5
    assert reports[1].isComplete and reports[1].objects == 2


def test_closingAnOlderQuestionOrReportForgetsNoneOfTheNewer(panel, ask, settings, server, qtbot):
    sends, reports = panel.browser.sends, []
    sends.finished.connect(reports.append)
    older = ask()
    sends._ask(["1.2", "1.3"], [], 0)
    newer = sends.dialog
    assert sends.dialogs == [older, newer] and newer is not older
    known(settings, server.port)
    older.reject()
    assert sends.dialogs == [newer]
    sends.showServers().serversChanged.emit()
    assert [one.connectionName for one in newer.checkedServers()] == ["PACS"]
    sends.serversDialog.close()
    newer.reject()
    assert sends.dialog is None

    for number in (1, 2):
        ask().accept()
        qtbot.waitUntil(lambda number=number: len(reports) == number, timeout=10000)
    older, newer = sends.reportDialogs
    with qtbot.waitSignal(older.destroyed):
        older.close()
    assert sends.reportDialogs == [newer] and sends.reportDialog is newer
    with qtbot.waitSignal(newer.destroyed):
        newer.close()
    assert sends.reportDialog is None


def test_theContextMenuOffersIt(panel, database):
    panel.browser.selectSeries(database.allSeries()[:1])
    texts = [action.text() for action in panel.browser.contextMenu("series").actions()]
    assert "Send 1 series to DICOM server…" in texts


# Exporting to a server


@pytest.fixture
def export(panel, settings, qtbot):
    """Opens the dialog with a volume ticked that goes to the server."""

    def open():
        scene = panel.logic.scene
        dialog = panel.widget.exports.ask([addVolume(scene, "Head", addStudy(scene))])
        with qtbot.waitExposed(dialog):
            dialog.show()
        dialog.destination.serverButton.setChecked(True)
        return dialog

    return open


def test_aVolumeIsWrittenCheckedSentAndNothingIsLeft(panel, export, settings, server, qtbot):
    known(settings, server.port)
    dialog = export()
    assert dialog.problem() == ""
    place = f"PACS (TESTSCP@127.0.0.1:{server.port})"
    assert dialog.statusLabel.wholeText().startswith(f"1 series will be sent to {place}.")
    with qtbot.waitSignal(panel.widget.exports.finished, timeout=20000) as finished:
        dialog.accept()
    report = finished.args[0]
    assert len(server.uids) == 3 and report.sendReport.isComplete
    assert f"and sent to {place}, and read back without a difference." in report.summary()
    assert panel.widget.exports.unsentDialogs == []
    assert settings.value("DICOM/ExportToServer") is True and settings.value("DICOM/Send/Server") == "PACS"
    box = panel.widget.exports.reportDialog
    with qtbot.waitExposed(box):
        box.show()
    texts = [button.text() for button in box.findChildren(QPushButton) if button.isVisible()]
    assert sorted(texts) == ["Close", "Copy"]  # nothing of it is in the browser
    box.close()


def test_withoutAServerTheDialogSaysWhatToDo(export):
    dialog = export()
    assert dialog.problem() == "Add a server to send to with Servers…"
    assert not dialog.exportButton.isEnabled()


def failing(panel, export, settings, qtbot, port):
    known(settings, port)
    with qtbot.waitSignal(panel.widget.exports.finished, timeout=20000) as finished:
        export().accept()
    assert not finished.args[0].sendReport.isComplete
    return panel.widget.exports.unsentDialogs[0]


def test_whatCannotBeSentIsKeptAndSavedToAFolder(panel, export, settings, qtbot, tmp_path):
    dialog = failing(panel, export, settings, qtbot, freePort())
    files = list(dialog._unsent.files)
    assert len(files) == 3 and all(os.path.exists(path) for path in files)
    assert "Nothing listens there" in dialog.summaryLabel.wholeText()
    assert all(os.path.dirname(os.fsdecode(path)) not in dialog.details.toPlainText() for path in files)
    with qtbot.waitSignal(dialog.ended, timeout=10000):
        dialog.saveTo(str(tmp_path / "saved"))
    saved = sorted(path for path in Path(tmp_path / "saved").rglob("*") if path.is_file())
    assert len(saved) == 3 and pydicom.dcmread(saved[0]).Modality == "MR"
    assert not any(os.path.exists(path) for path in files)
    assert panel.widget.exports.unsentDialogs == []


def test_savingWorksInTheBackgroundAndStopsWithTheFilesKept(panel, export, settings, qtbot, tmp_path, monkeypatch):
    dialog = failing(panel, export, settings, qtbot, freePort())
    files, isGoing, threads = list(dialog._unsent.files), threading.Event(), []
    real = ServerExport._copyInPieces

    def copyInPieces(path, target):
        threads.append(threading.current_thread())
        isGoing.wait(60)
        yield from real(path, target)

    monkeypatch.setattr(ServerExport, "_copyInPieces", copyInPieces)
    dialog.saveTo(str(tmp_path / "saved"))
    qtbot.waitUntil(lambda: bool(threads), timeout=5000)
    assert threads[0] is not threading.main_thread()
    assert not dialog.saveButton.isEnabled() and not dialog.againButton.isEnabled()
    assert dialog._job.description == "Saving 3 files" and dialog.deleteButton.text() == "Stop"
    dialog.deleteButton.click()
    isGoing.set()
    qtbot.waitUntil(dialog.saveButton.isEnabled, timeout=5000)
    assert dialog.isVisible() and dialog.deleteButton.text() == "Delete" and dialog._row is None
    assert not (tmp_path / "saved").exists() and all(os.path.exists(path) for path in files)

    (tmp_path / "file").touch()
    dialog.saveTo(str(tmp_path / "file"))
    qtbot.waitUntil(lambda: dialog.messageBar.isVisible(), timeout=5000)
    assert dialog._unsent.files == files
    with qtbot.waitSignal(dialog.ended, timeout=10000):
        dialog.saveTo(str(tmp_path / "saved"))
    assert len([path for path in (tmp_path / "saved").rglob("*") if path.is_file()]) == 3


def test_whatCannotBeSentIsSentAgainWhenTheServerIsThere(panel, export, settings, qtbot):
    full = [True]
    with StoreServer(answer=lambda number, _uid: 0xA700 if full[0] and number else 0) as server:
        dialog = failing(panel, export, settings, qtbot, server.port)
        files = list(dialog._unsent.files)
        assert len(files) == 2
        dialog.sendAgain()
        qtbot.waitUntil(lambda: len(server.uids) == 5 and dialog.againButton.isEnabled(), timeout=10000)
        assert "A700" in dialog.details.toPlainText()
        full[0] = False
        with qtbot.waitSignal(dialog.ended, timeout=10000):
            dialog.sendAgain()
    assert len(set(server.uids)) == 3
    assert not any(os.path.exists(path) for path in files)


def test_closingAsksBeforeTheFilesGo(panel, export, settings, qtbot):
    dialog = failing(panel, export, settings, qtbot, freePort())
    files = list(dialog._unsent.files)
    dialog.close()
    assert dialog.isVisible() and dialog.question.text().startswith("Delete the 3 files that PACS (")
    assert dialog.question.textFormat() == Qt.PlainText
    dialog.question.reject()
    assert all(os.path.exists(path) for path in files)
    dialog.close()
    with qtbot.waitSignal(dialog.ended, timeout=5000):
        next(one for one in dialog.question.buttons() if one.text() == "Delete").click()
    assert not any(os.path.exists(path) for path in files)


def test_whatIsUnsentWhenTheProgramEndsIsOfferedAtTheNextStart(panel, export, settings, qtbot):
    files = list(failing(panel, export, settings, qtbot, freePort())._unsent.files)
    exports = panel.widget.exports
    exports.close()
    assert exports.unsentDialogs == [] and all(os.path.exists(path) for path in files)

    exports.offerUnsent()
    qtbot.waitUntil(lambda: len(exports.unsentDialogs) == 1, timeout=10000)
    dialog = exports.unsentDialogs[0]
    assert dialog.summaryLabel.wholeText().startswith("3 files could not be sent to PACS (TESTSCP@127.0.0.1:")
    assert dialog.details.toPlainText().splitlines() == [os.path.basename(os.fsdecode(path)) for path in files]
    dialog.discard()
    assert not any(os.path.exists(path) for path in files)
    exports.offerUnsent()
    qtbot.waitUntil(lambda: not panel.widget._logic.database.isInMemory and not exports._jobs.jobs, timeout=10000)
    assert exports.unsentDialogs == []
