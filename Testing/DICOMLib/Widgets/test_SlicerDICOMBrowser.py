"""The panel as a person uses it: dropping, importing, loading, removing."""

from __future__ import annotations

import logging

import pytest
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from qtpy.QtWidgets import QApplication, QMessageBox, QScrollArea

from DICOMLib.Errors import PixelDataError, SettingsError
from DICOMLib.Settings import Settings
from Testing.DICOMLib.Widgets.FakeLogic import FakeLogic, FakeReport, Skipped, patientRow, seriesRow, studyRow
from Testing.Fixtures.LoopTurns import LoopTurns

pytestmark = pytest.mark.gui


def drop(widget, *urls, keys=Qt.NoModifier):
    """Drag over a widget and drop there, with the events Qt would send. :returns: whether it was accepted"""
    mime = QMimeData()
    mime.setUrls([QUrl(url) if "://" in url else QUrl.fromLocalFile(url) for url in urls])
    actions = Qt.CopyAction | Qt.MoveAction
    enter = QDragEnterEvent(QPoint(50, 50), actions, mime, Qt.LeftButton, Qt.NoModifier)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(50, 50), actions, mime, Qt.LeftButton, keys)
    QApplication.sendEvent(widget, event)
    return event.isAccepted() and event.dropAction() == Qt.CopyAction


def doubleClick(qtbot, table, row):
    viewport, place = table.table.viewport(), table.table.visualRect(table.model.index(row, 0)).center()
    qtbot.mouseClick(viewport, Qt.LeftButton, pos=place)
    qtbot.mouseDClick(viewport, Qt.LeftButton, pos=place)


def testWhatIsDroppedWithShiftIsLookedAtAndNotImported(qtbot, panel):
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        assert drop(panel.browser, "/data/folder", keys=Qt.ShiftModifier)
    assert panel.logic.lookedAt == [["/data/folder"]] and panel.logic.imported == []
    assert panel.logic.loadedNames == ["volume /data/folder"]


def testDroppedFoldersAndFilesAreImportedTogether(qtbot, panel):
    with qtbot.waitSignal(panel.browser.directoryImported):
        assert drop(panel.browser, "/data/folder", "/data/one.dcm")
    assert panel.logic.imported == [(["/data/folder", "/data/one.dcm"], False)]


def testADropOnATableGoesToTheBrowser(qtbot, panel):
    for widget in (panel.tables.patientsTable.table.viewport(), panel.tables.seriesTable.searchBox):
        assert not widget.acceptDrops()  # Qt then offers the drop to the parents, up to the browser
    assert panel.browser.acceptDrops()


def testLinksToOtherPlacesAreNotTaken(panel):
    assert not drop(panel.browser, "https://example.org/image.dcm")
    assert panel.logic.imported == []


def testCopyingIsChosenInTheMenuAndRemembered(qtbot, panel):
    panel.browser.toolBar.copyAction.trigger()
    assert panel.settings.value("DICOM/CopyOnImport") is True
    with qtbot.waitSignal(panel.browser.directoryImported):
        panel.browser.importPaths(["/data"])
    assert panel.logic.imported == [(["/data"], True)]


def testAChoiceThatCannotBeKeptIsReportedAndEndsNothing(makePanel):
    class FullDisk(dict):
        def __setitem__(self, name, value):
            raise SettingsError("the settings cannot be saved")

    panel = makePanel(settings=Settings(FullDisk()))
    panel.browser.toolBar.copyAction.trigger()
    assert "cannot be saved" in panel.messages[0].text
    assert panel.browser.toolBar.copyFiles


def testADatabaseInMemoryLinksWhateverTheUserCopiesElsewhere(qtbot, makePanel):
    logic = FakeLogic()
    logic.database.isInMemory = True
    settings = Settings({"DICOM/CopyOnImport": True})
    panel = makePanel(logic, settings=settings)
    with qtbot.waitSignal(panel.browser.directoryImported):
        panel.browser.importPaths(["/data"])
    assert panel.logic.imported == [(["/data"], False)]
    assert settings.value("DICOM/CopyOnImport") is True


def testSlicersModesLinkOrCopy(qtbot, panel):
    panel.browser.importDirectory("/a", panel.browser.ImportDirectoryCopy)
    panel.browser.importDirectory("/b", panel.browser.ImportDirectoryAddLink)
    panel.browser.waitForImportFinished()
    assert panel.logic.imported == [(["/a"], True), (["/b"], False)]


def testTablesFillWhileTheImportRuns(qtbot, panel):
    panel.logic.importSteps, panel.logic.secondsAStep = 20_000, 0.01
    panel.logic.rowsAStep = [patientRow("new", "Aaa, New")]
    panel.browser.importPaths(["/data"])
    qtbot.waitUntil(lambda: panel.tables.patientsTable.model.rowCount() == 4, timeout=3000)
    assert panel.browser.imports.isImporting
    panel.browser.imports.cancel()
    qtbot.waitUntil(lambda: not panel.browser.imports.isImporting)


def testTheWindowAnswersDuringAnImport(qtbot, panel, promised):
    panel.logic.importSteps, panel.logic.secondsAStep = 50, 0.01
    with LoopTurns() as loop, qtbot.waitSignal(panel.browser.directoryImported, timeout=20_000):
        panel.browser.importPaths(["/data"])
    assert len(loop.turns) > 2
    promised.atMost(loop.nearlyLongest, 0.1, "a turn of the loop")


def testProgressIsShownAndCancelStopsTheImport(qtbot, panel):
    panel.logic.importSteps, panel.logic.secondsAStep = 1000, 0.05
    panel.browser.importPaths(["/data"])
    qtbot.waitUntil(panel.widget.progressPanel.isVisible, timeout=3000)
    row = panel.widget.progressPanel.rows()[0]
    qtbot.waitUntil(lambda: "of 1,000 files" in row.stateLabel.text())
    qtbot.waitUntil(lambda: "files/s" in row.stateLabel.text() and "left" in row.stateLabel.text(), timeout=3000)
    # in a narrow panel the numbers are seen whole: what the work is at stands in the line above
    assert row.titleLabel.text().startswith(f"{row.job.description} · file ")  # its number goes on meanwhile
    assert row.stateLabel.sizeHint().width() < 330
    with qtbot.waitSignal(panel.browser.directoryImported, timeout=3000):
        qtbot.mouseClick(row.cancelButton, Qt.LeftButton)
    assert panel.browser.lastReport.cancelled
    assert not panel.widget.progressPanel.isVisible()


def testSkippedFilesAreToldOfAndTheReportOpensBeside(qtbot, panel):
    panel.logic.report = FakeReport(skipped=[Skipped(b"/data/notes.txt", "not a DICOM file")], seriesUIDs=["p1.s1.r1"])
    with qtbot.waitSignal(panel.browser.directoryImported):
        panel.browser.importPaths(["/data"])
    bar = panel.widget.messageBar
    assert bar.isVisible()
    assert "1 files were not imported" in bar.label.text()
    qtbot.mouseClick(bar.actionButton, Qt.LeftButton)
    dialogs = [widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "importReportDialog"]
    assert [(dialog.isVisible(), dialog.isModal()) for dialog in dialogs] == [(True, False)]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([b"/a/notes.txt"], "/a/notes.txt: not a DICOM file."),
        ([b"/a/\xe9\n", b"/a/2"], "2 files were left out, the first is /a/\\xe9\\x0a: not a DICOM file."),
    ],
)
def testWhyNothingWasImportedIsTheMessage(qtbot, panel, names, told):
    panel.logic.report = FakeReport(instancesAdded=0, skipped=[Skipped(name, "not a DICOM file") for name in names])
    with qtbot.waitSignal(panel.browser.directoryImported):
        panel.browser.importPaths(["/data"])
    assert panel.widget.messageBar.label.text() == f"Nothing was imported. {told}"


def testImportedSeriesAreSelectedUnlessSomebodySelectsMeanwhile(qtbot, panel):
    panel.logic.report = FakeReport(seriesUIDs=["p2.s1.r1"])
    with qtbot.waitSignal(panel.browser.directoryImported):
        panel.browser.importPaths(["/data"])
    assert panel.tables.selectedSeries() == ["p2.s1.r1"]
    panel.logic.report = FakeReport(seriesUIDs=["p3.s1.r1"])
    panel.browser.importPaths(["/data"])
    panel.tables.selectPatients(["p1"])
    panel.browser.waitForImportFinished()
    assert panel.tables.selectedUIDs("patient") == ["p1"]


def testDoubleClickLoadsTheBestReading(qtbot, panel):
    panel.tables.selectPatients(["p1"])
    with qtbot.waitSignal(panel.widget.nodesLoaded) as loaded:
        doubleClick(qtbot, panel.tables.seriesTable, 2)
    assert len(loaded.args[0]) == 1
    assert panel.logic.examinedSeries == [[loaded.args[0][0].removeprefix("volume ")]]


def testDoubleClickingAPatientLoadsAllItsSeries(qtbot, panel):
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        doubleClick(qtbot, panel.tables.patientsTable, 0)
    assert len(panel.logic.loadedNames) == 4


def testReturnAndTheLoadButtonLoadToo(qtbot, panel):
    panel.widget.onSeriesSelected(["p1.s1.r1"])
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        qtbot.keyClick(panel.tables.seriesTable.table, Qt.Key_Return)
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        qtbot.mouseClick(panel.browser.toolBar.loadButton, Qt.LeftButton)
    assert panel.logic.loadedNames == ["volume p1.s1.r1"] * 2


def testAskingTwiceForTheSameSeriesLoadsItOnce(qtbot, panel):
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        panel.widget.loadSeries(["p1.s1.r1"])
        panel.widget.loadSeries(["p1.s1.r1"])
    qtbot.wait(50)
    assert panel.logic.loadedNames == ["volume p1.s1.r1"]


def testWarningsAreVisibleBeforeTheLoadEnds(qtbot, panel):
    panel.logic.warning = "images are not equally spaced"
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        panel.widget.loadSeries(["p1.s1.r1"])
    assert [(message.severity, message.text) for message in panel.messages] == [
        ("warning", "volume p1.s1.r1 [Scalar Volume]: images are not equally spaced")
    ]


def testAFailureIsToldOnceWithoutATracebackAndLoggedWithoutTheMessage(qtbot, panel, caplog):
    panel.logic.loadError = PixelDataError("the pixel data is too short", "/data/Doe_Jane.dcm", hint="Copy it again")
    with caplog.at_level(logging.ERROR):
        panel.widget.loadSeries(["p1.s1.r1"])
        qtbot.waitUntil(lambda: bool(panel.messages))
    assert [message.text for message in panel.messages] == [
        "Could not load the selected series. /data/Doe_Jane.dcm: the pixel data is too short. Copy it again."
    ]
    assert "Traceback" not in panel.messages[0].details
    assert "PixelDataError" in caplog.text and "FakeLogic.py" in caplog.text
    assert "Jane" not in caplog.text
    assert panel.widget.messageBar.isVisible()
    assert not panel.widget.loads.isBusy


def testAdvancedViewShowsChoicesAndLoadsWhatIsTicked(qtbot, panel):
    panel.settings.setValue("DICOM/advancedView", True)
    panel.widget.onSeriesSelected(["p1.s1.r1", "p1.s1.r2"])
    with qtbot.waitSignal(panel.widget.loads.examined):
        qtbot.mouseClick(panel.browser.toolBar.loadButton, Qt.LeftButton)
    table = panel.widget.loadablesTable
    assert table.isVisible()
    model = table.model
    assert model.rowCount() == 2
    assert "Even spacing of 2.5 mm." in table.explanation.toPlainText()
    model.setData(model.index(0, 0), Qt.Unchecked, Qt.CheckStateRole)
    model.setData(model.index(1, 0), "My name", Qt.EditRole)
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        qtbot.mouseClick(table.loadButton, Qt.LeftButton)
    assert panel.logic.loadedNames == ["My name"]
    table.uncheckButton.click()
    assert not table.loadButton.isEnabled()


def testScriptsExamineAndLoadStepByStep(panel):
    panel.widget.onSeriesSelected(["p1.s1.r1"])
    loadables = panel.widget.examineForLoading()
    assert [loadable.name for found in loadables.values() for loadable in found] == ["volume p1.s1.r1"]
    panel.widget.loadCheckedLoadables()
    assert panel.logic.loadedNames == ["volume p1.s1.r1"]


def testLoadingAfterImportTakesTheLargestSeriesWhenThereAreMany(qtbot, makePanel):
    logic = FakeLogic()
    logic.database.patientsList.append(patientRow("p1"))
    logic.database.studiesList.append(studyRow("s1", "p1"))
    uids = [f"s1.{n}" for n in range(20)]
    logic.database.seriesList = [seriesRow(uid, "s1", instanceCount=n) for n, uid in enumerate(uids)]
    logic.report = FakeReport(seriesUIDs=uids)
    panel = makePanel(logic)
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        panel.widget.importPaths(["/data"], loadAfterImport=True)
    assert panel.logic.examinedSeries == [uids[8:]]
    assert "the 12 largest" in panel.messages[0].text


def testRemovingSaysWhatHappensToFilesBeforeItDoesAnything(qtbot, panel):
    panel.tables.selectPatients(["p1", "p2"])
    qtbot.mouseClick(panel.browser.toolBar.removeButton, Qt.LeftButton)
    qtbot.waitUntil(lambda: panel.browser.removals.question is not None)
    box = panel.browser.removals.question
    assert box.textFormat() == Qt.PlainText
    assert "Remove 2 patients from the database?" in box.text()
    assert "120 files that lie in the database folder will be deleted" in box.text()
    assert "3 linked files stay where they are" in box.text()
    box.button(QMessageBox.Cancel).click()
    assert panel.browser.removals.question is None
    assert panel.logic.removed == []
    qtbot.mouseClick(panel.browser.toolBar.removeButton, Qt.LeftButton)
    qtbot.waitUntil(lambda: panel.browser.removals.question is not None)
    buttons = panel.browser.removals.question.buttons()
    remove = next(button for button in buttons if button.text().endswith("Remove"))
    with qtbot.waitSignal(panel.browser.removals.removed):
        remove.click()
    assert panel.logic.removed == [("patient", ["p1", "p2"])]
    assert panel.tables.patientsTable.model.rowCount() == 1


def testOnlyTheSelectedSeriesAreRemovedWhenAStudyHasMore(qtbot, panel):
    panel.settings.setValue("DICOM/ConfirmRemove", False)
    panel.widget.onSeriesSelected(["p1.s1.r1"])
    with qtbot.waitSignal(panel.browser.removals.removed):
        panel.browser.removeSelectedItems()
    assert panel.logic.removed == [("series", ["p1.s1.r1"])]


def testDeleteRemovesWhatIsSelectedInItsTable(qtbot, panel):
    panel.settings.setValue("DICOM/ConfirmRemove", False)
    panel.tables.selectPatients(["p1"])
    panel.tables.studiesTable.selectKeys(["p1.s2"])
    with qtbot.waitSignal(panel.browser.removals.removed):
        qtbot.keyClick(panel.tables.studiesTable.table, Qt.Key_Delete)
    assert panel.logic.removed == [("study", ["p1.s2"])]


def testLongWarningsAreShortenedAndCompleteInTheDetails(qtbot, panel):
    panel.logic.warning = "The distance varies from 1 to 7 mm. The slices are tilted by 18.5°. " + "And so on. " * 30
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        panel.widget.loadSeries(["p1.s1.r1"])
    bar = panel.widget.messageBar
    assert bar.label.text() == (
        "volume p1.s1.r1 [Scalar Volume]: The distance varies from 1 to 7 mm. More in the details."
    )
    qtbot.mouseClick(bar.detailsButton, Qt.LeftButton)
    assert bar.details.isVisible()
    assert "tilted by 18.5°" in bar.details.toPlainText()


def testAShortWarningIsToldWhole(qtbot, panel):
    panel.logic.warning = "There is nothing behind it. /data/a.png: not a DICOM file."
    with qtbot.waitSignal(panel.widget.nodesLoaded):
        panel.widget.loadSeries(["p1.s1.r1"])
    bar = panel.widget.messageBar
    assert bar.message.text == "volume p1.s1.r1 [Scalar Volume]: " + panel.logic.warning
    assert not bar.detailsButton.isVisible() or bar.label.isShortened()


def testWhatIsSeenWholeHasNoDetailsAndNothingIsToldTwiceInThem(qtbot, panel):
    bar = panel.widget.messageBar
    panel.reporter.warn("A short one", "A short one.")
    assert not bar.detailsButton.isVisible()
    panel.reporter.warn("This is so. More in the details." + " Words." * 90, "This is so. And that.")
    assert bar.details.toPlainText() == "This is so. And that."


def testAPathThatIsTooLongIsShortenedWithin(qtbot, panel):
    panel.reporter.warn("Could not load: " + "/a_rather_long_name_of_a_folder" * 20)
    assert panel.widget.messageBar.label.text().count("/a_rather_long_name") >= 1


def testALongMessageTakesThreeLinesAndIsCompleteInTheDetails(qtbot, panel):
    text = "The folder holds files of many kinds. " * 12 + "The last word."
    panel.reporter.warn(text)
    bar = panel.widget.messageBar
    lines = bar.label.height() / bar.fontMetrics().lineSpacing()
    assert 2.7 < lines <= 3.2
    assert bar.label.text().endswith("…")
    qtbot.mouseClick(bar.detailsButton, Qt.LeftButton)
    assert "The last word." in bar.details.toPlainText()
    panel.reporter.warn("A short one.")
    assert bar.label.text() == "A short one."
    assert not bar.detailsButton.isVisible()
    assert not bar.details.isVisible()


def testARepeatedMessageIsCountedAlsoWhereItIsShortened(qtbot, panel):
    text = "The file of the scanner in the cellar cannot be read. " * 12
    for _ in range(3):
        panel.reporter.warn(text)
    qtbot.wait(10)
    label = panel.widget.messageBar.label
    assert label.isShortened() and label.text().endswith("…  (×3)")
    panel.widget.resize(2500, 800)
    qtbot.waitUntil(lambda: not label.isShortened())
    assert label.text().endswith("cellar cannot be read.   (×3)")


def testTheDropSaysWhetherFilesAreLinkedOrCopied(qtbot, panel):
    from qtpy.QtCore import QMimeData, QPoint, Qt, QUrl
    from qtpy.QtGui import QDragEnterEvent

    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/data")])
    event = QDragEnterEvent(QPoint(5, 5), Qt.CopyAction, mime, Qt.LeftButton, Qt.NoModifier)
    panel.browser.dragEnterEvent(event)
    assert "The files are linked to." in panel.browser._dropOverlay._text
    panel.browser.toolBar.copyAction.setChecked(True)
    panel.browser.dragEnterEvent(event)
    assert "The files are copied into the database." in panel.browser._dropOverlay._text


def testImportedPatientsAreSelectedAlthoughAllWereBefore(qtbot, panel):
    panel.tables.selectPatients(["p1", "p2", "p3"])
    panel.logic.database.patientsList.append(patientRow("p9", "New"))
    panel.logic.database.studiesList.append(studyRow("p9.s1", "p9"))
    panel.logic.database.seriesList.append(seriesRow("p9.s1.r1", "p9.s1", "1"))
    panel.logic.report = FakeReport(seriesUIDs=["p9.s1.r1"])
    with qtbot.waitSignal(panel.browser.directoryImported):
        panel.browser.importPaths(["/data"])
        panel.browser.refresh()
    assert panel.tables.selectedUIDs("patient") == ["p9"]


def testChoicesBelowTheFoldAreScrolledTo(qtbot, makePanel):
    panel = makePanel()
    scroller = QScrollArea()
    qtbot.addWidget(scroller)
    scroller.setWidgetResizable(True)
    scroller.setWidget(panel.widget)
    scroller.resize(420, 400)
    scroller.show()
    panel.tables.selectPatients(["p1"])
    panel.browser.choicesRequested.emit(["p1.s1.r1"])
    button = panel.widget.loadablesTable.loadButton
    qtbot.waitUntil(lambda: button.isVisible() and scroller.viewport().rect().contains(
        button.mapTo(scroller.viewport(), button.rect().center())))
    assert scroller.horizontalScrollBar().maximum() == 0
    panel.widget = scroller.takeWidget()


def testTheContextMenuCountsWhatItActsOn(qtbot, panel):
    panel.tables.selectPatients(["p1"])
    texts = [action.text() for action in panel.browser.contextMenu("study").actions() if action.text()]
    assert texts == [
        "Load 4 series", "Show loading choices…", "Copy out 4 series…",
        "Send 4 series to DICOM server…", "Copy UID", "Show in file manager", "Remove 2 studies…",
    ]  # fmt: skip
    actions = {action.text(): action for action in panel.browser.contextMenu("patient").actions()}
    actions["Copy patient ID"].trigger()
    assert QGuiApplication.clipboard().text() == "ID-1"


def testClosingDuringAnImportNeitherHangsNorCrashes(qtbot, makePanel, promised):
    panel = makePanel()
    panel.logic.importSteps, panel.logic.secondsAStep = 1000, 0.01
    panel.browser.importPaths(["/data"])
    qtbot.wait(50)
    with promised.within(2):
        assert panel.jobs.shutdown(60)
        panel.widget.close()
        panel.widget.deleteLater()
        panel.widget = None
        qtbot.wait(50)
    assert panel.logic.database.observers == {}


def testWhatWasToldOfOneSeriesGoesWhenAnotherIsLoaded(panel):
    bar = panel.widget.messageBar
    panel.logic.warning = "Slices are missing."
    panel.widget.loads.loadSeries(["p1.s1.r1"])
    panel.widget.loads.wait()
    assert bar.message.text.endswith("Slices are missing.") and not bar.isHidden()
    panel.logic.warning = ""
    panel.widget.loads.loadSeries(["p1.s1.r2"])
    assert bar.message is None and bar.isHidden()
    panel.widget.loads.wait()
    assert bar.isHidden()


def testWhatWasToldOfOtherThingsStaysWhenASeriesIsLoaded(panel):
    panel.reporter.warn("The disk is nearly full.")
    panel.widget.loads.loadSeries(["p1.s1.r1"])
    panel.widget.loads.wait()
    assert panel.widget.messageBar.message.text == "The disk is nearly full."
