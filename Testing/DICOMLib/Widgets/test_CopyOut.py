"""Copying series out from the browser."""

from __future__ import annotations

import os

import pytest

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from Testing.Fixtures import twoPatients


@pytest.fixture
def database(database, tmp_path):
    twoPatients(tmp_path / "files")
    DICOMIndexer(database).importPaths([tmp_path / "files"])
    return database


@pytest.fixture
def panel(makePanel, database):
    return makePanel(DICOMLogic(database=database, scene=Scene(), registry=PluginRegistry(), settings=Settings()))


@pytest.fixture
def ask(panel, qtbot):
    """Opens the dialog for some series."""

    def open(seriesUIDs):
        panel.browser.selectSeries(seriesUIDs)
        panel.browser.toolBar.copyOutAction.trigger()
        qtbot.waitUntil(lambda: panel.browser.copies.dialog is not None)
        return panel.browser.copies.dialog

    return open


def test_theDialogSaysWhatGoesAndWhatRoomThereIs(ask, database, tmp_path):
    dialog = ask(database.allSeries()[:1])

    assert dialog.summaryLabel.wholeText().startswith("5 files, ")
    assert not dialog.copyButton.isEnabled()  # no target yet
    dialog.targetEdit.setText(str(tmp_path / "out"))
    assert dialog.copyButton.isEnabled() and "are free." in dialog.problemLabel.wholeText()
    dialog.reject()


@pytest.mark.parametrize("layout", ["tree", "media", "zip"])
def test_whatIsChosenIsCopiedAndReported(panel, ask, database, tmp_path, qtbot, layout, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "DICOMLib.Widgets.CopyOutReportDialog.QDesktopServices.openUrl", lambda url: shown.append(url.toLocalFile())
    )
    dialog = ask(database.allSeries())
    dialog.layoutButtons[layout].setChecked(True)
    dialog.targetEdit.setText(str(tmp_path / "out"))
    with qtbot.waitSignal(panel.browser.copies.finished) as finished:
        dialog.copyButton.click()
    report, reportDialog = finished.args[0], panel.browser.copies.reportDialog

    assert (report.layout, report.files) == (layout, 15)
    assert reportDialog.summaryLabel.wholeText() == report.summary()
    assert panel.settings.value("DICOM/LastCopyOutFolder") == str(tmp_path)
    reportDialog.openButton.click()
    assert shown == [str(tmp_path if layout == "zip" else tmp_path / "out")]
    assert panel.messages == []
    reportDialog.close()


def test_eachReportStaysUntilItIsClosedItself(panel, database, tmp_path, qtbot):
    copies, reports = panel.browser.copies, []
    for name in ("first", "second", "third"):
        with qtbot.waitSignal(copies.finished):
            copies.start(database.allSeries(), str(tmp_path / name), "tree")
        reports.append(copies.reportDialog)
    assert copies.reportDialogs == reports and all(report.isVisible() for report in reports)
    first, second, third = reports
    for report, left in ((first, third), (third, second), (second, None)):
        with qtbot.waitSignal(report.destroyed):
            report.close()
        assert copies.reportDialog is left


def test_whatCannotBeUsedIsSaidBeforeStarting(ask, database, tmp_path):
    (tmp_path / "a.zip").write_text("mine")
    (tmp_path / "disc").mkdir()
    (tmp_path / "disc" / "DICOMDIR").write_text("mine")
    dialog = ask(database.allSeries())
    for layout, target, text in (
        ("zip", "a.zip", "something of this name already"),
        ("media", "disc", "a media set in the folder already"),
    ):
        dialog.layoutButtons[layout].setChecked(True)
        dialog.targetEdit.setText(str(tmp_path / target))
        assert text in dialog.problemLabel.wholeText() and not dialog.copyButton.isEnabled()
    dialog.reject()


def test_missingFilesAreNamedInTheDialogAndInTheReport(panel, ask, database, tmp_path, qtbot):
    gone = database.allFiles()[0]
    os.unlink(gone)
    dialog = ask(database.allSeries())
    assert "1 file cannot be copied" in dialog.summaryLabel.wholeText()
    dialog.targetEdit.setText(str(tmp_path / "out"))
    with qtbot.waitSignal(panel.browser.copies.finished):
        dialog.copyButton.click()
    reportDialog = panel.browser.copies.reportDialog

    assert gone in reportDialog.report.asText() and reportDialog.findings.isVisible()
    reportDialog.close()


def test_theContextMenuOfEveryTableOffersIt(panel, database):
    panel.browser.selectSeries(database.allSeries())
    for level in ("patient", "study", "series"):
        texts = [action.text() for action in panel.browser.contextMenu(level).actions()]
        assert "Copy out 3 series…" in texts


def test_withoutASelectionAHintIsGiven(panel):
    panel.browser.tables.patientsTable.table.clearSelection()
    panel.browser.copyOutSelected()

    assert panel.browser.copies.dialog is None
    assert [message.severity for message in panel.messages] == ["information"]


def test_anErrorIsOneSentence(panel, database, tmp_path, qtbot):
    panel.browser.copies.start(["1.2.3"], str(tmp_path / "out"), "tree")
    qtbot.waitUntil(lambda: bool(panel.messages))

    assert "The database has no such series" in panel.messages[0].text
