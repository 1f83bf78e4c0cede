"""Choosing in the dialog what is exported, and editing its tags, as a person does it."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QSize, Qt

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Settings import Settings
from DICOMModule.DICOM import DICOMLogic
from DICOMPlugins import registerBuiltins
from Testing.DICOMLib.Widgets.ExportBench import (
    addStudy,
    addVolume,
    toFolder,
)
from Testing.Fixtures import obliqueMR

PATIENT = 0


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


def test_thePanelsMenuOpensTheDialog(exportPanel, exports, head, qtbot):
    exportPanel.browser.toolBar.exportAction.trigger()
    assert exports.dialog.isVisible() and not exports.dialog.isModal()
    assert exports.dialog.problem() == "Tick what is to be exported."
    exports.close()
    assert exports.dialog is None


def test_thePanelsMenuTicksWhatIsLoadedOfTheSelectedSeries(
    exportPanel, exports, database, scene, head, qtbot, tmp_path
):
    builder = obliqueMR()
    builder.write(tmp_path / "files")
    exportPanel.browser.importPaths([str(tmp_path / "files")])
    exportPanel.browser.waitForImportFinished()
    scene.GetSubjectHierarchyNode().SetItemUID(head, "DICOM", builder.seriesUID)
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    exportPanel.widget.onSeriesSelected([builder.seriesUID])
    exportPanel.browser.toolBar.exportAction.trigger()
    tree = exports.dialog.tree
    assert tree.checkedItems() == [head] and exports.dialog.problem() == ""

    tree.setCheckedItems([neck])
    exportPanel.browser.toolBar.exportAction.trigger()
    assert exports.dialog.tree is tree and tree.checkedItems() == [neck]
    exports.close()


def test_askingAgainTicksInTheDialogThatIsOpen(openDialog, scene, head):
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    first = openDialog(head)
    assert openDialog(neck) is first and first.tree.checkedItems() == [neck]


def test_anEmptySceneSaysWhatToDo(openDialog):
    dialog = openDialog()
    assert dialog.problem() == "Nothing is loaded." and not dialog.exportButton.isEnabled()
    assert dialog.tree.topLevelItemCount() == 0 and dialog.types.currentType() is None


def test_aStudyTicksAllThatIsBelowIt(openDialog, scene, head, qtbot):
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(head)
    neck = addVolume(scene, "Neck", study)
    dialog = openDialog()
    clickBox(dialog.tree, study, qtbot)
    assert dialog.tree.checkedItems() == [head, neck]
    clickBox(dialog.tree, neck, qtbot)
    assert dialog.tree.checkedItems() == [head]
    assert rowOf(dialog.tree, study).checkState(0) == Qt.PartiallyChecked
    assert [one.subjectHierarchyItemID for one in dialog.exportables()] == [head]


def test_typesAreListedBelowTheirPluginTheMostConfidentChosen(openDialog, head):
    dialog = openDialog(head)
    group = dialog.types.topLevelItem(0)
    shown = [(group.child(row).text(0), group.child(row).text(1)) for row in range(group.childCount())]

    assert group.text(0) == "Fake Export" and shown == [("Images", "60%"), ("One file", "40%")]
    assert dialog.types.currentType().label == "Images"


def test_theChosenTypeStaysWhenOtherDataAreTicked(openDialog, scene, head, qtbot):
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    dialog = openDialog(head)
    dialog.types.setFocus()
    qtbot.keyClick(dialog.types, Qt.Key_Down)
    assert dialog.types.currentType().format == "one"
    dialog.selectItems([neck])
    assert dialog.types.currentType().format == "one"


def test_theWholeSceneIsWrittenForImagesOnlyIfAPersonChoosesIt(openDialog, scene, registry):
    registry.unregister("FakeExportPlugin")
    registerBuiltins(registry)
    hierarchy = scene.GetSubjectHierarchyNode()
    study = addStudy(scene)
    model = hierarchy.GetItemByDataNode(scene.AddNewNodeByClass("vtkMRMLModelNode", "Surface"))
    hierarchy.SetItemParent(model, study)
    volume = addVolume(scene, "Head", study)
    dialog = openDialog(model)
    bundle = dialog.types.currentType()
    assert (bundle.label, bundle.confidence, len(dialog.types.types())) == ("Slicer Data Bundle", 0.1, 1)

    dialog.selectItems([model, volume])
    assert dialog.types.types()[-1].label == "Slicer Data Bundle"
    assert dialog.types.currentType().label == "Scalar Volume"
    dialog.types.setCurrentType(bundle)
    dialog.selectItems([volume])
    assert dialog.types.currentType().label == "Slicer Data Bundle"


def test_whatNoPluginWritesIsSaid(openDialog, scene, head, registry):
    registry.unregister("FakeExportPlugin")
    dialog = openDialog(head)
    assert dialog.problem() == dialog.types.placeholderText == "No plugin can write this as DICOM."
    assert not dialog.exportButton.isEnabled()


def test_dataOfTwoStudiesAreNotExportedTogether(openDialog, scene, head):
    other = addVolume(scene, "Knee", addStudy(scene, "Roe^Richard", "13", "Knee"))
    dialog = openDialog(head, other)
    assert dialog.problem() == "What is ticked is of 2 studies; one export is of one study."
    assert not dialog.exportButton.isEnabled()


def test_theTreeFollowsTheScene(openDialog, scene, head, qtbot):
    hierarchy = scene.GetSubjectHierarchyNode()
    neck = addVolume(scene, "Neck", hierarchy.GetItemParent(head))
    dialog = openDialog(head, neck)
    scene.RemoveNode(hierarchy.GetItemDataNode(neck))
    qtbot.waitUntil(lambda: len(dialog.exportables()) == 1)
    assert dialog.tree.checkedItems() == [head]
    scene.Clear()
    qtbot.waitUntil(lambda: dialog.problem() == "Nothing is loaded.")
    dialog.close()
    addVolume(scene, "Later")  # nobody listens any more


def test_whatIsLoadedIntoAnEmptySceneCanBeTicked(openDialog, scene, qtbot):
    dialog = openDialog()
    assert dialog.problem() == "Nothing is loaded."
    addVolume(scene, "Head", addStudy(scene))
    qtbot.waitUntil(lambda: dialog.problem() == "Tick what is to be exported.")
    assert dialog.tags.placeholderText == "Tick what is to be exported."


def test_theModalityOfWhatNobodyKnowsHasToBeSet(openDialog, scene, head):
    scene.GetSubjectHierarchyNode().SetItemAttribute(head, "DICOM.Modality", "")
    dialog = openDialog(head)
    assert "Modality is empty" in dialog.problem() and dialog.showButton.isVisible()
    tags = dialog.tags.tagsModel
    assert tags.indexOf(2, "SeriesDescription").data() == "Head"
    tags.setData(tags.indexOf(2, "Modality"), "MR")
    assert dialog.problem() == "" and dialog.exportables()[0].tag("Modality") == "MR"


def test_aModalityIsSetOnceForAllSeriesThatHaveNone(openDialog, scene, head):
    hierarchy = scene.GetSubjectHierarchyNode()
    maps = [addVolume(scene, name, hierarchy.GetItemParent(head)) for name in ("FA", "MD", "RD")]
    for item in maps:
        hierarchy.SetItemAttribute(item, "DICOM.Modality", "")
    dialog = openDialog(head, *maps)
    model = dialog.tags.tagsModel

    def typed(number, value):
        model.setData(model.indexOf(number, "Modality"), value)
        return [one.tag("Modality") for one in dialog.exportables()]

    assert typed(3, "O") == ["MR", "O", "", ""]
    assert typed(3, "OP") == ["MR", "OP", "OP", "OP"]
    assert typed(3, "OPT") == ["MR", "OPT", "OPT", "OPT"]
    assert typed(4, "CT") == ["MR", "OPT", "CT", "OPT"]
    assert dialog.problem() == ""


def test_namesFromFilesAreNeverRichText(openDialog, scene):
    item = addVolume(scene, "<b>bold</b>\n", addStudy(scene, "A^B", "1", "<i>x</i>"))
    dialog = openDialog(item)
    assert rowOf(dialog.tree, item).text(0) == "<b>bold</b>\\n"
    assert "&lt;b&gt;" in rowOf(dialog.tree, item).toolTip(0)


def test_thirtySeriesFitASmallScreen(openDialog, scene, qtbot):
    study = addStudy(scene)
    items = [addVolume(scene, f"{number}: a very long description {'x' * 80}", study) for number in range(30)]
    dialog = openDialog(*items)
    dialog.resize(1000, 540)
    assert dialog.minimumSizeHint().width() <= 1000 and dialog.minimumSizeHint().height() <= 540
    assert dialog.size() == QSize(1000, 540)
    assert len(dialog.exportables()) == 30 and dialog.tags.tagsModel.rowCount() == 32


# Editing


def test_aWrongTagKeepsFromExportingUntilItIsMended(openDialog, head, tmp_path, qtbot):
    dialog = openDialog(head)
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


def test_whatWasTypedStaysWhenAnotherTypeOrMoreDataAreChosen(openDialog, scene, head):
    neck = addVolume(scene, "Neck", scene.GetSubjectHierarchyNode().GetItemParent(head))
    dialog = openDialog(head)
    model = dialog.tags.tagsModel
    model.setData(model.indexOf(PATIENT, "PatientName"), "Typed^By Hand")
    model.setData(model.indexOf(2, "SeriesDescription"), "My series")
    dialog.types.setCurrentType(dialog.types.types()[1])
    assert dialog.exportables()[0].format == "one"
    dialog.selectItems([head, neck])

    assert {one.tag("PatientName") for one in dialog.exportables()} == {"Typed^By Hand"}
    assert [one.tag("SeriesDescription") == "My series" for one in dialog.exportables()] == [True, False]


@pytest.mark.parametrize(("folder", "words"), [("", "Choose a folder"), ("a file/below", "is not a folder")])
def test_aFolderThatCannotBeUsedIsSaidBeforeStarting(openDialog, head, tmp_path, folder, words):
    (tmp_path / "a file").write_text("mine")
    dialog = openDialog(head)
    toFolder(dialog, tmp_path / folder if folder else "")
    assert words in dialog.problem() and not dialog.exportButton.isEnabled()


def test_aFolderThatIsNotWrittenInFullIsSaidInFull(openDialog, head, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    dialog = openDialog(head)
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


def test_enterExportsOrDoesNothingAndNeverCancels(openDialog, exports, head, tmp_path, qtbot):
    dialog = openDialog(head)
    toFolder(dialog, "")
    assert dialog.focusWidget() is dialog.tree
    assert dialog.exportButton.isDefault() and not dialog.cancelButton.isDefault()
    qtbot.keyClick(dialog.destination.folderEdit, Qt.Key_Return)
    assert dialog.isVisible() and not dialog.isBusy  # there is no folder yet
    dialog.destination.folderEdit.setText(str(tmp_path))
    with qtbot.waitSignal(exports.finished):
        qtbot.keyClick(dialog.destination.folderEdit, Qt.Key_Return)


# Patient and study


def test_dataOutsideAnyStudyArePutIntoOneThatIsLoaded(openDialog, exports, scene, head, tmp_path, qtbot):
    hierarchy = scene.GetSubjectHierarchyNode()
    result = addVolume(scene, "Result")
    dialog = openDialog(result)
    toFolder(dialog, tmp_path)
    assert "in no study of a patient" in dialog.problem() and not dialog.exportButton.isEnabled()
    qtbot.mouseClick(dialog.placeButton, Qt.LeftButton)
    place = exports.placeDialog
    assert place.existingButton.isChecked() and "Brain" in place.studyBox.currentText()
    qtbot.mouseClick(place.placeButton, Qt.LeftButton)

    assert hierarchy.GetItemParent(result) == hierarchy.GetItemParent(head)
    qtbot.waitUntil(dialog.exportButton.isEnabled)
    assert not dialog.placeButton.isVisible() and dialog.tree.checkedItems() == [result]


def test_ofSeveralStudiesOneIsChosenByAPerson(openDialog, exports, scene, head, qtbot):
    addStudy(scene, "Roe^Richard", "13", "Knee")
    result = addVolume(scene, "Result")
    qtbot.mouseClick(openDialog(result).placeButton, Qt.LeftButton)
    place = exports.placeDialog
    assert place.studyBox.currentText() == "Choose a study…" and not place.placeButton.isEnabled()
    place.studyBox.setCurrentIndex(2)
    qtbot.mouseClick(place.placeButton, Qt.LeftButton)
    hierarchy = scene.GetSubjectHierarchyNode()
    assert hierarchy.GetItemName(hierarchy.GetItemParent(result)).startswith("Knee")


def test_dataOutsideAnyStudyGetOneOfTheirOwn(openDialog, exports, scene, tmp_path, qtbot):
    result = addVolume(scene, "Result")
    dialog = openDialog(result)
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
