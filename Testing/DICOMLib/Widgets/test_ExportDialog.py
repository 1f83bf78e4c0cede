"""Exporting from the panel as a person does it: choosing, editing, waiting, stopping, reading the report."""

from __future__ import annotations

import os

import pytest
from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QGuiApplication

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Export.ExportNotes import NAME_STAYS
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from DICOMPlugins import registerBuiltins
from Testing.DICOMLib.Widgets.ExportBench import (
    FailingExporter,
    FakeExporter,
    WaitingExporter,
    addStudy,
    addVolume,
)
from Testing.Fixtures import obliqueMR

PATIENT = 0


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def registry():
    made = PluginRegistry()
    made.register("FakeExportPlugin", FakeExporter)
    return made


@pytest.fixture
def panel(makePanel, database, scene, registry):
    settings = Settings()
    return makePanel(DICOMLogic(database=database, scene=scene, registry=registry, settings=settings), settings)


@pytest.fixture
def exports(panel):
    return panel.widget.exports


@pytest.fixture
def open(exports, qtbot):
    """Opens the dialog with items ticked."""

    def open(*items):
        dialog = exports.ask(items)
        qtbot.waitExposed(dialog)
        return dialog

    yield open
    exports.close()


@pytest.fixture
def head(scene):
    """A volume in a study."""
    return addVolume(scene, "Head", addStudy(scene))


def toFolder(dialog, folder):
    dialog.destination.folderButton.setChecked(True)
    dialog.destination.folderEdit.setText(str(folder))


def rowOf(tree, itemID):
    from DICOMLib.Widgets.ExportItemsTree import ITEM_ROLE

    return next(row for row in tree._rows() if row.data(0, ITEM_ROLE) == itemID)


def clickBox(tree, itemID, qtbot):
    """Click on the box before an item."""
    tree.scrollToItem(rowOf(tree, itemID))
    tree.setCurrentItem(rowOf(tree, itemID))
    tree.setFocus()
    qtbot.keyClick(tree, Qt.Key_Space)


# Choosing


def test_thePanelsMenuOpensTheDialog(panel, exports, head, qtbot):
    panel.browser.toolBar.exportAction.trigger()
    assert exports.dialog.isVisible() and not exports.dialog.isModal()
    assert exports.dialog.problem() == "Tick what is to be exported."
    exports.close()
    assert exports.dialog is None


def test_thePanelsMenuTicksWhatIsLoadedOfTheSelectedSeries(panel, exports, database, scene, head, qtbot, tmp_path):
    builder = obliqueMR()
    builder.write(tmp_path / "files")
    panel.browser.importPaths([str(tmp_path / "files")])
    panel.browser.waitForImportFinished()
    scene.GetSubjectHierarchyNode().SetItemUID(head, "DICOM", builder.seriesUID)
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    panel.widget.onSeriesSelected([builder.seriesUID])
    panel.browser.toolBar.exportAction.trigger()
    tree = exports.dialog.tree
    assert tree.checkedItems() == [head] and exports.dialog.problem() == ""

    tree.setCheckedItems([neck])
    panel.browser.toolBar.exportAction.trigger()
    assert exports.dialog.tree is tree and tree.checkedItems() == [neck]
    exports.close()


def test_askingAgainTicksInTheDialogThatIsOpen(open, scene, head):
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    first = open(head)
    assert open(neck) is first and first.tree.checkedItems() == [neck]


def test_anEmptySceneSaysWhatToDo(open):
    dialog = open()
    assert dialog.problem() == "Nothing is loaded." and not dialog.exportButton.isEnabled()
    assert dialog.tree.topLevelItemCount() == 0 and dialog.types.currentType() is None


def test_aStudyTicksAllThatIsBelowIt(open, scene, head, qtbot):
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(head)
    neck = addVolume(scene, "Neck", study)
    dialog = open()
    clickBox(dialog.tree, study, qtbot)
    assert dialog.tree.checkedItems() == [head, neck]
    clickBox(dialog.tree, neck, qtbot)
    assert dialog.tree.checkedItems() == [head]
    assert rowOf(dialog.tree, study).checkState(0) == Qt.PartiallyChecked
    assert [one.subjectHierarchyItemID for one in dialog.exportables()] == [head]


def test_typesAreListedBelowTheirPluginTheMostConfidentChosen(open, head):
    dialog = open(head)
    group = dialog.types.topLevelItem(0)
    shown = [(group.child(row).text(0), group.child(row).text(1)) for row in range(group.childCount())]

    assert group.text(0) == "Fake Export" and shown == [("Images", "60%"), ("One file", "40%")]
    assert dialog.types.currentType().label == "Images"


def test_theChosenTypeStaysWhenOtherDataAreTicked(open, scene, head, qtbot):
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    dialog = open(head)
    dialog.types.setFocus()
    qtbot.keyClick(dialog.types, Qt.Key_Down)
    assert dialog.types.currentType().format == "one"
    dialog.selectItems([neck])
    assert dialog.types.currentType().format == "one"


def test_theWholeSceneIsWrittenForImagesOnlyIfAPersonChoosesIt(open, scene, registry):
    registry.unregister("FakeExportPlugin")
    registerBuiltins(registry)
    hierarchy = scene.GetSubjectHierarchyNode()
    study = addStudy(scene)
    model = hierarchy.GetItemByDataNode(scene.AddNewNodeByClass("vtkMRMLModelNode", "Surface"))
    hierarchy.SetItemParent(model, study)
    volume = addVolume(scene, "Head", study)
    dialog = open(model)
    bundle = dialog.types.currentType()
    assert (bundle.label, bundle.confidence, len(dialog.types.types())) == ("Slicer Data Bundle", 0.1, 1)

    dialog.selectItems([model, volume])
    assert dialog.types.types()[-1].label == "Slicer Data Bundle"
    assert dialog.types.currentType().label == "Scalar Volume"
    dialog.types.setCurrentType(bundle)
    dialog.selectItems([volume])
    assert dialog.types.currentType().label == "Slicer Data Bundle"


def test_whatNoPluginWritesIsSaid(open, scene, head, registry):
    registry.unregister("FakeExportPlugin")
    dialog = open(head)
    assert dialog.problem() == dialog.types.placeholderText == "No plugin can write this as DICOM."
    assert not dialog.exportButton.isEnabled()


def test_dataOfTwoStudiesAreNotExportedTogether(open, scene, head):
    other = addVolume(scene, "Knee", addStudy(scene, "Roe^Richard", "13", "Knee"))
    dialog = open(head, other)
    assert dialog.problem() == "What is ticked is of 2 studies; one export is of one study."
    assert not dialog.exportButton.isEnabled()


def test_theTreeFollowsTheScene(open, scene, head, qtbot):
    hierarchy = scene.GetSubjectHierarchyNode()
    neck = addVolume(scene, "Neck", hierarchy.GetItemParent(head))
    dialog = open(head, neck)
    scene.RemoveNode(hierarchy.GetItemDataNode(neck))
    qtbot.waitUntil(lambda: len(dialog.exportables()) == 1)
    assert dialog.tree.checkedItems() == [head]
    scene.Clear()
    qtbot.waitUntil(lambda: dialog.problem() == "Nothing is loaded.")
    dialog.close()
    addVolume(scene, "Later")  # nobody listens any more


def test_whatIsLoadedIntoAnEmptySceneCanBeTicked(open, scene, qtbot):
    dialog = open()
    assert dialog.problem() == "Nothing is loaded."
    addVolume(scene, "Head", addStudy(scene))
    qtbot.waitUntil(lambda: dialog.problem() == "Tick what is to be exported.")
    assert dialog.tags.placeholderText == "Tick what is to be exported."


def test_theModalityOfWhatNobodyKnowsHasToBeSet(open, scene, head):
    scene.GetSubjectHierarchyNode().SetItemAttribute(head, "DICOM.Modality", "")
    dialog = open(head)
    assert "Modality is empty" in dialog.problem() and dialog.showButton.isVisible()
    tags = dialog.tags.tagsModel
    assert tags.indexOf(2, "SeriesDescription").data() == "Head"
    tags.setData(tags.indexOf(2, "Modality"), "MR")
    assert dialog.problem() == "" and dialog.exportables()[0].tag("Modality") == "MR"


def test_aModalityIsSetOnceForAllSeriesThatHaveNone(open, scene, head):
    hierarchy = scene.GetSubjectHierarchyNode()
    maps = [addVolume(scene, name, hierarchy.GetItemParent(head)) for name in ("FA", "MD", "RD")]
    for item in maps:
        hierarchy.SetItemAttribute(item, "DICOM.Modality", "")
    dialog = open(head, *maps)
    model = dialog.tags.tagsModel

    def typed(number, value):
        model.setData(model.indexOf(number, "Modality"), value)
        return [one.tag("Modality") for one in dialog.exportables()]

    assert typed(3, "O") == ["MR", "O", "", ""]
    assert typed(3, "OP") == ["MR", "OP", "OP", "OP"]
    assert typed(3, "OPT") == ["MR", "OPT", "OPT", "OPT"]
    assert typed(4, "CT") == ["MR", "OPT", "CT", "OPT"]
    assert dialog.problem() == ""


def test_namesFromFilesAreNeverRichText(open, scene):
    item = addVolume(scene, "<b>bold</b>\n", addStudy(scene, "A^B", "1", "<i>x</i>"))
    dialog = open(item)
    assert rowOf(dialog.tree, item).text(0) == "<b>bold</b>\\n"
    assert "&lt;b&gt;" in rowOf(dialog.tree, item).toolTip(0)


def test_thirtySeriesFitASmallScreen(open, scene, qtbot):
    study = addStudy(scene)
    items = [addVolume(scene, f"{number}: a very long description {'x' * 80}", study) for number in range(30)]
    dialog = open(*items)
    dialog.resize(1000, 540)
    assert dialog.minimumSizeHint().width() <= 1000 and dialog.minimumSizeHint().height() <= 540
    assert dialog.size() == QSize(1000, 540)
    assert len(dialog.exportables()) == 30 and dialog.tags.tagsModel.rowCount() == 32


# Editing


def test_aWrongTagKeepsFromExportingUntilItIsMended(open, head, tmp_path, qtbot):
    dialog = open(head)
    toFolder(dialog, tmp_path / "out")
    assert dialog.exportButton.isEnabled()
    assert dialog.statusLabel.wholeText() == "1 series will be written to the folder."
    index = dialog.tags.tagsModel.indexOf(PATIENT, "PatientBirthDate")
    dialog.tags.showIndex(index)
    qtbot.keyClick(dialog.tags, Qt.Key_F2)
    editor = dialog.tags.indexWidget(index)
    qtbot.keyClicks(editor, "soon")
    assert not dialog.exportButton.isEnabled()
    assert "PatientBirthDate" in dialog.statusLabel.wholeText()
    assert dialog.showButton.isVisible()
    qtbot.keyClick(editor, Qt.Key_Return)
    dialog.tags.setCurrentIndex(dialog.tags.tagsModel.index(2, 0))
    qtbot.mouseClick(dialog.showButton, Qt.LeftButton)
    assert dialog.tags.currentIndex() == index
    dialog.tags.tagsModel.setData(index, "19500101")
    assert dialog.exportButton.isEnabled() and not dialog.showButton.isVisible()


def test_whatWasTypedStaysWhenAnotherTypeOrMoreDataAreChosen(open, scene, head):
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    dialog = open(head)
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(PATIENT, "PatientName"), "Typed^By Hand")
    model.setData(model.indexOf(2, "SeriesDescription"), "My series")
    dialog.types.setCurrentType(dialog.types.types()[1])
    assert dialog.exportables()[0].format == "one"
    dialog.selectItems([head, neck])

    assert {one.tag("PatientName") for one in dialog.exportables()} == {"Typed^By Hand"}
    assert [one.tag("SeriesDescription") == "My series" for one in dialog.exportables()] == [True, False]


@pytest.mark.parametrize(("folder", "words"), [("", "Choose a folder"), ("a file/below", "is not a folder")])
def test_aFolderThatCannotBeUsedIsSaidBeforeStarting(open, head, tmp_path, folder, words):
    (tmp_path / "a file").write_text("mine")
    dialog = open(head)
    toFolder(dialog, tmp_path / folder if folder else "")
    assert words in dialog.problem() and not dialog.exportButton.isEnabled()


def test_aFolderThatIsNotWrittenInFullIsSaidInFull(open, head, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dialog = open(head)
    toFolder(dialog, "results")
    assert dialog.statusLabel.wholeText() == f"1 series will be written to the folder {tmp_path / 'results'}."
    toFolder(dialog, tmp_path)
    assert dialog.statusLabel.wholeText() == "1 series will be written to the folder."


def test_withoutADatabaseOnDiskOnlyFoldersAreOffered(makePanel, scene, registry, head):
    inMemory = DICOMDatabase()
    inMemory.openDatabase("")
    settings = Settings()
    logic = DICOMLogic(database=inMemory, scene=scene, registry=registry, settings=settings)
    dialog = makePanel(logic, settings).widget.exports.ask([head])
    assert not dialog.destination.databaseButton.isEnabled() and dialog.destination.isFolder
    assert "in memory" in dialog.destination.databaseButton.toolTip()
    dialog.close()
    inMemory.closeDatabase()


def test_enterExportsOrDoesNothingAndNeverCancels(open, exports, head, tmp_path, qtbot):
    dialog = open(head)
    toFolder(dialog, "")
    assert dialog.focusWidget() is dialog.tree
    assert dialog.exportButton.isDefault() and not dialog.cancelButton.isDefault()
    qtbot.keyClick(dialog.destination.folderEdit, Qt.Key_Return)
    assert dialog.isVisible() and not dialog.isBusy  # there is no folder yet
    dialog.destination.folderEdit.setText(str(tmp_path))
    with qtbot.waitSignal(exports.finished):
        qtbot.keyClick(dialog.destination.folderEdit, Qt.Key_Return)


# Patient and study


def test_dataOutsideAnyStudyArePutIntoOneThatIsLoaded(open, exports, scene, head, tmp_path, qtbot):
    hierarchy = scene.GetSubjectHierarchyNode()
    result = addVolume(scene, "Result")
    dialog = open(result)
    toFolder(dialog, tmp_path)
    assert "in no study of a patient" in dialog.problem() and not dialog.exportButton.isEnabled()
    qtbot.mouseClick(dialog.placeButton, Qt.LeftButton)
    place = exports.placeDialog
    assert place.existingButton.isChecked() and "Brain" in place.studyBox.currentText()
    qtbot.mouseClick(place.placeButton, Qt.LeftButton)

    assert hierarchy.GetItemParent(result) == hierarchy.GetItemParent(head)
    qtbot.waitUntil(dialog.exportButton.isEnabled)
    assert not dialog.placeButton.isVisible() and dialog.tree.checkedItems() == [result]


def test_ofSeveralStudiesOneIsChosenByAPerson(open, exports, scene, head, qtbot):
    addStudy(scene, "Roe^Richard", "13", "Knee")
    result = addVolume(scene, "Result")
    qtbot.mouseClick(open(result).placeButton, Qt.LeftButton)
    place = exports.placeDialog
    assert place.studyBox.currentText() == "Choose a study…" and not place.placeButton.isEnabled()
    place.studyBox.setCurrentIndex(2)
    qtbot.mouseClick(place.placeButton, Qt.LeftButton)
    hierarchy = scene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemName(hierarchy.GetItemParent(result)).startswith("Knee")


def test_dataOutsideAnyStudyGetOneOfTheirOwn(open, exports, scene, tmp_path, qtbot):
    result = addVolume(scene, "Result")
    dialog = open(result)
    toFolder(dialog, tmp_path)
    qtbot.mouseClick(dialog.placeButton, Qt.LeftButton)
    place = exports.placeDialog
    assert place.newButton.isChecked() and not place.studyBox.isVisible()  # there is none to choose
    qtbot.keyClicks(place.nameEdit, "Roe^Richard")
    qtbot.keyClicks(place.descriptionEdit, "x" * 65)
    assert not place.placeButton.isEnabled() and "StudyDescription" in place.problemLabel.wholeText()
    place.descriptionEdit.setText("Knee")
    qtbot.keyClick(place.descriptionEdit, Qt.Key_Return)

    qtbot.waitUntil(dialog.exportButton.isEnabled)
    exported = dialog.exportables()[0]
    assert (exported.tag("PatientName"), exported.tag("StudyDescription")) == ("Roe^Richard", "Knee")
    assert len(exported.tag("PatientID")) == 6


# Exporting


def test_toAFolderWithTheTagsAsEditedAndAReport(open, exports, panel, scene, head, tmp_path, qtbot, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "DICOMLib.Widgets.ExportReportDialog.QDesktopServices.openUrl",
        lambda url: shown.append(url.toLocalFile()) is None,
    )
    dialog = open(head)
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
    assert panel.settings.value("DICOM/ExportToFolder") is True
    assert panel.settings.value("DICOM/ExportFolder") == str(tmp_path / "out")
    assert panel.messages == []


def test_theReportListsSeriesAsTheyWereWritten(open, exports, scene, head, tmp_path, qtbot):
    study = scene.GetSubjectHierarchyNode().GetItemParent(head)
    dialog = open(head, addVolume(scene, "Arm", study), addVolume(scene, "Zeh", study))
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
def test_changedTagsAreKeptInTheSceneIfWanted(open, exports, scene, head, tmp_path, qtbot, keeps):
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.GetItemParent(hierarchy.GetItemParent(head))
    dialog = open(head)
    toFolder(dialog, tmp_path)
    assert dialog.saveTagsBox.isChecked()
    dialog.saveTagsBox.setChecked(keeps)
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(PATIENT, "PatientSex"), "F")
    with qtbot.waitSignal(exports.finished):
        dialog.exportButton.click()

    assert hierarchy.GetItemAttribute(patient, "DICOM.PatientSex") == ("F" if keeps else "")
    exports.close()


def test_theNextDialogBeginsWithTheSameFolder(open, exports, head, tmp_path, qtbot):
    dialog = open(head)
    toFolder(dialog, tmp_path)
    with qtbot.waitSignal(exports.finished):
        dialog.exportButton.click()
    again = open(head)
    assert again.destination.isFolder and again.destination.folder == str(tmp_path)


def test_aRealVolumeGoesToTheDatabaseAndTheBrowserShowsIt(open, exports, panel, registry, head, database, qtbot):
    registry.unregister("FakeExportPlugin")
    registerBuiltins(registry)
    dialog = open(head)
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
    qtbot.waitUntil(lambda: panel.browser.tables.patientsTable.model.totalCount == 1)
    reportDialog.placeButton.click()
    assert panel.browser.selectedSeries() == series
    assert reportDialog.difference.toPlainText()
    reportDialog.close()


def test_aChangedNameOfAKnownStudyIsToldBeforeAndAfter(open, exports, registry, scene, head, qtbot):
    registry.unregister("FakeExportPlugin")
    registerBuiltins(registry)
    hierarchy = scene.GetSubjectHierarchyNode()
    hierarchy.SetItemAttribute(hierarchy.GetItemParent(head), "DICOM.StudyInstanceUID", "1.2.3")
    for name in ("", "Other^Name"):
        dialog = open(head)
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


def test_whatGoesWrongIsSaidInTheDialogWhichStaysAsItWas(open, exports, panel, registry, head, tmp_path, qtbot):
    registry.register("FakeExportPlugin", FailingExporter)
    dialog = open(head)
    toFolder(dialog, tmp_path / "out")
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(PATIENT, "PatientSex"), "F")
    dialog.exportButton.click()
    qtbot.waitUntil(lambda: not dialog.isBusy)

    assert "the disk is full" in dialog.messageBar.label.wholeText().lower() and dialog.isVisible()
    assert dialog.exportables()[0].tag("PatientSex") == "F"  # nothing has to be typed again
    assert dialog.exportButton.isEnabled() and dialog.cancelButton.text() == "Cancel"
    assert dialog.focusWidget() is dialog.exportButton
    assert panel.messages == [] and not (tmp_path / "out").exists()


@pytest.fixture
def waiting(registry):
    WaitingExporter.waiting.clear()
    registry.register("FakeExportPlugin", WaitingExporter)


def begin(dialog, folder, qtbot):
    toFolder(dialog, folder)
    dialog.exportButton.click()
    qtbot.waitUntil(WaitingExporter.waiting.is_set)


def test_escapeStopsAnExportThatLeavesNothing(open, exports, waiting, head, tmp_path, qtbot):
    dialog = open(head)
    begin(dialog, tmp_path / "out", qtbot)
    assert dialog._row.isVisible() and dialog.isBusy
    qtbot.keyClick(dialog, Qt.Key_Escape)
    qtbot.waitUntil(lambda: not dialog.isBusy)

    assert dialog.isVisible() and dialog.messageBar.label.wholeText() == "The export was stopped. Nothing was written."
    assert not (tmp_path / "out").exists() and dialog.exportButton.isEnabled()


def test_closingTheDialogStopsTheExport(open, exports, panel, waiting, head, tmp_path, qtbot):
    dialog = open(head)
    begin(dialog, tmp_path / "out", qtbot)
    dialog.close()
    assert exports.dialog is None
    qtbot.waitUntil(lambda: not panel.jobs.jobs)
    qtbot.waitUntil(lambda: not (tmp_path / "out").exists())
    assert exports.reportDialog is None


def test_theEndOfAClosedDialogsExportDoesNotTouchTheNext(open, exports, panel, waiting, head, tmp_path, qtbot):
    dialog = open(head)
    begin(dialog, tmp_path / "first", qtbot)
    WaitingExporter.waiting.clear()
    dialog.close()
    following = open(head)
    begin(following, tmp_path / "second", qtbot)
    qtbot.waitUntil(lambda: len(panel.jobs.jobs) == 1)
    qtbot.waitUntil(lambda: not (tmp_path / "first").exists())
    assert exports.dialog is following and following.isBusy
    qtbot.keyClick(following, Qt.Key_Escape)
    qtbot.waitUntil(lambda: not following.isBusy)
    assert not (tmp_path / "second").exists()


def test_closingThePanelStopsTheExport(open, panel, waiting, head, tmp_path, qtbot):
    begin(open(head), tmp_path / "out", qtbot)
    assert panel.jobs.shutdown()
    panel.widget.close()
    assert not (tmp_path / "out").exists() and os.listdir(tmp_path) == ["database"]


def test_whatIsRemovedWhileItIsExportedIsNoAccident(open, exports, waiting, scene, head, tmp_path, qtbot):
    dialog = open(head)
    begin(dialog, tmp_path / "out", qtbot)
    scene.Clear()
    qtbot.wait(20)
    dialog.cancelButton.click()
    qtbot.waitUntil(lambda: not dialog.isBusy)
    assert dialog.problem() == "Nothing is loaded." and not (tmp_path / "out").exists()
