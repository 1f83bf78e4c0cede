"""Exporting from the panel as a person does it: to folder and database, waiting, stopping, reading the report."""

from __future__ import annotations

import os

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication

from DICOMLib.Export.ExportNotes import NAME_STAYS
from DICOMPlugins import registerBuiltins
from Testing.DICOMLib.Widgets.ExportBench import (
    FailingExporter,
    WaitingExporter,
    addVolume,
    toFolder,
)

PATIENT = 0


def test_toAFolderWithTheTagsAsEditedAndAReport(
    openDialog, exports, exportPanel, scene, head, tmp_path, qtbot, monkeypatch
):
    shown = []
    monkeypatch.setattr(
        "DICOMLib.Widgets.ExportReportDialog.QDesktopServices.openUrl",
        lambda url: shown.append(url.toLocalFile()) is None,
    )
    dialog = openDialog(head)
    toFolder(dialog, tmp_path / "out")
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(2, "SeriesDescription"), "Größe")
    with qtbot.waitSignal(exports.finished) as finished:
        qtbot.mouseClick(dialog.exportButton, Qt.LeftButton)
    report = finished.args[0]

    assert exports.dialog is None  # closed by itself
    assert report.folder == str(tmp_path / "out")
    written = [file.read_text(encoding="utf-8") for file in (tmp_path / "out").rglob("*.txt")]
    assert len(written) == 1 and "'SeriesDescription': 'Größe'" in written[0]
    reportDialog = exports.reportDialog
    assert reportDialog.summaryLabel.wholeText() == report.summary()
    reportDialog.placeButton.click()
    assert shown == [str(tmp_path / "out")] and reportDialog.placeButton.text() == "Open folder"
    monkeypatch.setattr("DICOMLib.Widgets.ExportReportDialog.QDesktopServices.openUrl", lambda _url: False)
    reportDialog.placeButton.click()
    assert reportDialog.placeButton.text() == "Path copied"
    assert QGuiApplication.clipboard().text() == str(tmp_path / "out")
    reportDialog.copyButton.click()
    assert QGuiApplication.clipboard().text() == report.asText()
    assert exportPanel.settings.value("DICOM/ExportToFolder") is True
    assert exportPanel.settings.value("DICOM/ExportFolder") == str(tmp_path / "out")
    assert exportPanel.messages == []


def test_theReportListsSeriesAsTheyWereWritten(openDialog, exports, scene, head, tmp_path, qtbot):
    study = scene.GetSubjectHierarchyNode().GetItemParent(head)
    dialog = openDialog(head, addVolume(scene, "Arm", study), addVolume(scene, "Zeh", study))
    toFolder(dialog, tmp_path)
    assert [one.tag("SeriesNumber") for one in dialog.exportables()] == ["301", "302", "303"]
    with qtbot.waitSignal(exports.finished):
        qtbot.mouseClick(dialog.exportButton, Qt.LeftButton)
    reportDialog = exports.reportDialog
    names = [result.name for result in reportDialog.report.results]
    shown = reportDialog.series.model.shownRecords
    assert [record["number"] for record in shown] == [0, 1, 2]
    assert [record["name"] for record in shown] == names
    assert [record["folder"] for record in shown] == [""] * 3  # the files lie in the folder itself
    assert {result.folder for result in reportDialog.report.results} == {str(tmp_path)}
    assert reportDialog.series.selectedKeys() == [0] and names[0] in reportDialog.differenceLabel.text()


@pytest.mark.parametrize("keeps", [True, False])
def test_changedTagsAreKeptInTheSceneIfWanted(openDialog, exports, scene, head, tmp_path, qtbot, keeps):
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.GetItemParent(hierarchy.GetItemParent(head))
    dialog = openDialog(head)
    toFolder(dialog, tmp_path)
    assert dialog.saveTagsBox.isChecked()
    dialog.saveTagsBox.setChecked(keeps)
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(PATIENT, "PatientSex"), "F")
    with qtbot.waitSignal(exports.finished):
        dialog.exportButton.click()

    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientSex") == ("F" if keeps else "")
    exports.close()


def test_theNextDialogBeginsWithTheSameFolder(openDialog, exports, head, tmp_path, qtbot):
    dialog = openDialog(head)
    toFolder(dialog, tmp_path)
    with qtbot.waitSignal(exports.finished):
        dialog.exportButton.click()
    again = openDialog(head)
    assert again.destination.isFolder and again.destination.folder == str(tmp_path)


def test_aRealVolumeGoesToTheDatabaseAndTheBrowserShowsIt(
    openDialog, exports, exportPanel, registry, head, database, qtbot
):
    registry.unregister("FakeExportPlugin")
    registerBuiltins(registry)
    dialog = openDialog(head)
    assert dialog.destination.databaseButton.isChecked()
    with qtbot.waitSignal(exports.finished, timeout=60_000) as finished:
        dialog.exportButton.click()
        assert not dialog.splitter.isEnabled() and not dialog.exportButton.isEnabled()
        assert dialog.cancelButton.text() == "Stop"
    report = finished.args[0]

    series = [result.seriesInstanceUID for result in report.results]
    assert database.allSeries() == series and len(database.filesForSeries(series[0])) == 3
    reportDialog = exports.reportDialog
    assert reportDialog.placeButton.text() == "Show in browser"
    qtbot.waitUntil(lambda: exportPanel.browser.tables.patientsTable.model.totalCount == 1)
    reportDialog.placeButton.click()
    assert exportPanel.browser.selectedSeries() == series
    assert reportDialog.difference.toPlainText()
    reportDialog.close()


def test_aChangedNameOfAKnownStudyIsToldBeforeAndAfter(openDialog, exports, registry, scene, head, qtbot):
    registry.unregister("FakeExportPlugin")
    registerBuiltins(registry)
    hierarchy = scene.GetSubjectHierarchyNode()
    hierarchy.SetItemAttribute(hierarchy.GetItemParent(head), "DICOM.StudyInstanceUID", "1.2.3")
    for name in ("", "Other^Name"):
        dialog = openDialog(head)
        model = dialog.tags.tagsModel
        if name:
            model.setData(model.indexOf(PATIENT, "PatientName"), name)
        assert (NAME_STAYS in dialog.statusLabel.wholeText()) == bool(name)
        with qtbot.waitSignal(exports.finished, timeout=60_000):
            dialog.exportButton.click()
        label = exports.reportDialog.notesLabel
        assert label.isVisible() == bool(name) and (NAME_STAYS in label.wholeText()) == bool(name)
        assert not name or label.height() == label.heightForWidth(label.width()) < 5 * label.fontMetrics().height()
        exports.reportDialog.close()


def test_whatGoesWrongIsSaidInTheDialogWhichStaysAsItWas(
    openDialog, exports, exportPanel, registry, head, tmp_path, qtbot
):
    registry.register("FakeExportPlugin", FailingExporter)
    dialog = openDialog(head)
    toFolder(dialog, tmp_path / "out")
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(PATIENT, "PatientSex"), "F")
    dialog.exportButton.click()
    qtbot.waitUntil(lambda: not dialog.isBusy)

    assert "the disk is full" in dialog.messageBar.label.wholeText().lower() and dialog.isVisible()
    assert dialog.exportables()[0].tag("PatientSex") == "F"  # nothing has to be typed again
    assert dialog.exportButton.isEnabled() and dialog.cancelButton.text() == "Cancel"
    assert dialog.focusWidget() is dialog.exportButton
    assert exportPanel.messages == [] and not (tmp_path / "out").exists()


@pytest.fixture
def waiting(registry):
    WaitingExporter.waiting.clear()
    registry.register("FakeExportPlugin", WaitingExporter)


def begin(dialog, folder, qtbot):
    toFolder(dialog, folder)
    dialog.exportButton.click()
    qtbot.waitUntil(WaitingExporter.waiting.is_set)


def test_escapeStopsAnExportThatLeavesNothing(openDialog, exports, waiting, head, tmp_path, qtbot):
    dialog = openDialog(head)
    begin(dialog, tmp_path / "out", qtbot)
    assert dialog._row.isVisible() and dialog.isBusy
    qtbot.keyClick(dialog, Qt.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.isBusy)

    assert dialog.isVisible() and dialog.messageBar.label.wholeText() == "The export was stopped. Nothing was written."
    assert not (tmp_path / "out").exists() and dialog.exportButton.isEnabled()


def test_closingTheDialogStopsTheExport(openDialog, exports, exportPanel, waiting, head, tmp_path, qtbot):
    dialog = openDialog(head)
    begin(dialog, tmp_path / "out", qtbot)
    dialog.close()
    assert exports.dialog is None
    qtbot.waitUntil(lambda: not exportPanel.jobs.jobs)
    qtbot.waitUntil(lambda: not (tmp_path / "out").exists())
    assert exports.reportDialog is None


def test_theEndOfAClosedDialogsExportDoesNotTouchTheNext(
    openDialog, exports, exportPanel, waiting, head, tmp_path, qtbot
):
    dialog = openDialog(head)
    begin(dialog, tmp_path / "first", qtbot)
    WaitingExporter.waiting.clear()
    dialog.close()
    following = openDialog(head)
    begin(following, tmp_path / "second", qtbot)
    qtbot.waitUntil(lambda: len(exportPanel.jobs.jobs) == 1)
    qtbot.waitUntil(lambda: not (tmp_path / "first").exists())
    assert exports.dialog is following and following.isBusy
    qtbot.keyClick(following, Qt.Key_Escape)
    qtbot.waitUntil(lambda: not following.isBusy)
    assert not (tmp_path / "second").exists()


def test_closingThePanelStopsTheExport(openDialog, exportPanel, waiting, head, tmp_path, qtbot):
    begin(openDialog(head), tmp_path / "out", qtbot)
    assert exportPanel.jobs.shutdown()
    exportPanel.widget.close()
    assert not (tmp_path / "out").exists() and os.listdir(tmp_path) == ["database"]


def test_whatIsRemovedWhileItIsExportedIsNoAccident(openDialog, exports, waiting, scene, head, tmp_path, qtbot):
    dialog = openDialog(head)
    begin(dialog, tmp_path / "out", qtbot)
    scene.Clear()
    qtbot.wait(20)
    dialog.cancelButton.click()
    qtbot.waitUntil(lambda: not dialog.isBusy)
    assert dialog.problem() == "Nothing is loaded." and not (tmp_path / "out").exists()
