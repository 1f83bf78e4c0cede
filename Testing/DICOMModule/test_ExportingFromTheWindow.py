"""The ways to the dialog for exporting in the whole window."""

from __future__ import annotations

import numpy
import pytest
from qtpy.QtCore import QTimer

from DICOMLib.Errors import ExportError
from DICOMLib.Export.Placing import makePatientAndStudy
from DICOMModule.Host.Application import HostApplication
from DICOMPlugins.SceneBundle.BundleReading import extractBundle
from Testing.Fixtures.HostWindow import panelOf


@pytest.fixture
def drawsViews():
    return False


def addVolume(scene, name):
    hierarchy = scene.GetSubjectHierarchyNode()
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.setVoxelArray(numpy.arange(60, dtype=numpy.int16).reshape(3, 4, 5))
    item = hierarchy.GetItemByDataNode(node)
    hierarchy.SetItemParent(item, makePatientAndStudy(hierarchy, "Doe^Jane", "12", "Brain"))
    return item


def exportsOf(window):
    return panelOf(window).browserWidget.exports


def test_theDataTreesMenuExportsWhatIsSelected(window, qtbot):
    scene = window.application.scene
    head, _neck = addVolume(scene, "Head"), addVolume(scene, "Neck")
    qtbot.waitUntil(lambda: window.dataTree.indexOfItem(head).isValid())
    menu = window.dataTree.buildMenu(head)
    next(action for action in menu.actions() if action.text() == "Export to DICOM…").trigger()

    dialog = exportsOf(window).dialog
    assert dialog.isVisible() and dialog.tree.checkedItems() == [head]
    assert len(dialog.types.types()) >= 2
    exportsOf(window).close()


def test_theFileMenuExportsWhatTheViewsShow(window, qtbot):
    scene = window.application.scene
    head = addVolume(scene, "Head")
    window.layoutManager.showVolume(scene.GetSubjectHierarchyNode().GetItemDataNode(head))
    window.dataTree.clearSelection()
    window.menus.actions["Export"].trigger()

    assert exportsOf(window).dialog.tree.checkedItems() == [head]
    exportsOf(window).close()


def fileMenu(window):
    (menu,) = [action.menu() for action in window.menuBar().actions() if action.text() == "&File"]
    return {action.text(): action for action in menu.actions()}


def test_theFileMenuSavesTheSceneAsADataBundle_ofTheFirstStudyWhereNothingIsChosen(window, tmp_path, qtbot):
    head, _neck = addVolume(window.application.scene, "Head"), addVolume(window.application.scene, "Neck")
    window.dataTree.clearSelection()
    fileMenu(window)["Save scene as data &bundle…"].trigger()

    dialog = exportsOf(window).dialog
    assert dialog.tree.checkedItems() == [head]
    assert dialog.types.currentType().label == "Slicer Data Bundle"
    destination = dialog.destination
    assert [button.isVisible() for button in (destination.databaseButton, destination.serverButton)] == [True, True]
    destination.folderButton.setChecked(True)
    destination.folderEdit.setText(str(tmp_path / "out"))
    dialog.exportButton.click()
    qtbot.waitUntil(lambda: exportsOf(window).dialog is None, timeout=60000)
    (file,) = (tmp_path / "out").rglob("*.dcm")
    assert extractBundle(str(file), str(tmp_path / "scene.mrb")).isVerified
    exportsOf(window).close()


def test_aDataBundleOfWhatIsInNoStudyIsChosenOnceItIs(window, qtbot):
    scene = window.application.scene
    head = addVolume(scene, "Head")
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(head)
    hierarchy.SetItemParent(head, hierarchy.GetSceneItemID())
    window.layoutManager.showVolume(hierarchy.GetItemDataNode(head))
    window.dataTree.clearSelection()
    window.menus.actions["SaveDataBundle"].trigger()

    dialog = exportsOf(window).dialog
    assert dialog.types.types() == [] and dialog.tree.checkedItems() == [head]
    hierarchy.SetItemParent(head, study)
    dialog.selectItems([])
    dialog.selectItems([head])
    assert dialog.types.currentType().label == "Slicer Data Bundle"
    exportsOf(window).close()


def test_closingTheWindowClosesTheDialog(window, qtbot):
    addVolume(window.application.scene, "Head")
    window.exportItems()
    exports = exportsOf(window)
    assert exports.dialog.isVisible()
    window.close()
    assert exports.dialog is None


def test_scriptsOpenItBySlicersNameAndWaitForIt(window, tmp_path, qtbot):
    from DICOMModule.Host.SlicerExportDialog import qSlicerDICOMExportDialog

    scene = window.application.scene
    item = addVolume(scene, "Head")
    scene.GetSubjectHierarchyNode().SetItemAttribute(item, "DICOM.Modality", "CT")  # else the dialog asks for it
    exports = exportsOf(window)

    def export():
        exports.dialog.destination.folderButton.setChecked(True)
        exports.dialog.destination.folderEdit.setText(str(tmp_path / "out"))
        exports.dialog.exportButton.click()

    QTimer.singleShot(100, export)
    dialog = qSlicerDICOMExportDialog(window.application)
    dialog.setMRMLScene(window.application.scene)
    assert dialog.execDialog(item) is True
    assert len(list((tmp_path / "out").rglob("*.dcm"))) == 3
    QTimer.singleShot(100, lambda: exports.dialog.reject())
    assert dialog.execDialog(item) is False


def test_withoutAWindowItSaysWhatToUseInstead():
    with HostApplication.create(private=True) as application:
        import slicer

        with pytest.raises(ExportError, match="no window"):
            slicer.qSlicerDICOMExportDialog().execDialog()
        assert application.mainWindow is None
