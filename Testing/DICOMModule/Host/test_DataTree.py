import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest

from DICOMLib.Scene.VolumeRenderingNodes import isRendered, renderingOf, setRendered
from DICOMLib.SceneFiles.RegionNodes import keptNodeFor
from DICOMModule.Host.DataTreeModel import EYE_COLUMN, ITEM_ROLE, NAME_COLUMN, SHOWN_ROLE
from Testing.DICOMLib.Scene.SequencesForTests import filled
from Testing.DICOMModule.Host.conftest import settle
from Testing.DICOMModule.Host.Volumes import addVolume
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import SeriesBuilder

pytestmark = pytest.mark.gui


@pytest.fixture
def drawsViews():
    return False


@pytest.fixture
def window(makeWindow):
    return makeWindow()


def fill(scene):
    """A patient with a study of two volumes; the volumes."""
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Müller, Jürgen (1)")
    study = hierarchy.CreateStudyItem(patient, "Head")
    volumes = [addVolume(scene, name=name) for name in ("CT", "MR")]
    for volume in volumes:
        hierarchy.CreateItem(study, volume)
    settle()
    return volumes


def indexNamed(tree, name, column=NAME_COLUMN):
    found = [index for index in tree._indexes() if index.data() == name]
    assert len(found) == 1
    return found[0].sibling(found[0].row(), column)


def clickOn(tree, index):
    QTest.mouseClick(tree.viewport(), Qt.LeftButton, Qt.NoModifier, tree.visualRect(index).center())


def test_it_shows_the_hierarchy_with_its_levels(window, scene):
    fill(scene)
    tree = window.dataTree
    assert [index.data() for index in tree._indexes()] == ["Müller, Jürgen (1)", "Head", "CT", "MR"]
    assert indexNamed(tree, "CT").parent().data() == "Head"
    assert tree.isExpanded(indexNamed(tree, "Head"))
    assert "50 × 60 × 40 voxels" in indexNamed(tree, "CT").data(Qt.ToolTipRole)


def test_names_from_files_are_shown_letter_by_letter_on_one_line(window, scene):
    hostile = "<img src='file:///x'><b>a</b>\n\x1b[2J\u202eb"
    hierarchy = scene.GetSubjectHierarchyNode()
    hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), hostile)
    hierarchy.CreateItem(hierarchy.GetSceneItemID(), addVolume(scene, name=hostile))
    settle()
    shown = "<img src='file:///x'><b>a</b>\\n\\x1b[2J\\u202eb"
    rows = list(window.dataTree._indexes())
    assert [row.data() for row in rows] == [shown, shown]
    for row in rows:
        assert "<img" not in row.data(Qt.ToolTipRole) and "&lt;img" in row.data(Qt.ToolTipRole)


def test_eyes_tell_what_is_shown_and_a_click_changes_it(window, scene):
    ct, mr = fill(scene)
    tree, views = window.dataTree, window.layoutManager
    views.showVolume(ct)
    settle()
    assert indexNamed(tree, "CT", EYE_COLUMN).data(SHOWN_ROLE) is True
    assert indexNamed(tree, "MR", EYE_COLUMN).data(SHOWN_ROLE) is False
    assert indexNamed(tree, "Head", EYE_COLUMN).data(SHOWN_ROLE) is None
    clickOn(tree, indexNamed(tree, "MR", EYE_COLUMN))
    settle()
    assert views.sliceView("Red").backgroundVolume is mr and not views.isShown(ct)
    clickOn(tree, indexNamed(tree, "MR", EYE_COLUMN))
    settle()
    assert not views.isShown(mr) and indexNamed(tree, "MR", EYE_COLUMN).data(SHOWN_ROLE) is False


def test_a_double_click_shows_a_volume(window, scene):
    ct, mr = fill(scene)
    for volume in (ct, mr):
        index = indexNamed(window.dataTree, volume.GetName())
        place = window.dataTree.visualRect(index).center()
        QTest.mouseClick(window.dataTree.viewport(), Qt.LeftButton, Qt.NoModifier, place)
        QTest.mouseDClick(window.dataTree.viewport(), Qt.LeftButton, Qt.NoModifier, place)
        settle()
        assert window.layoutManager.sliceView("Green").backgroundVolume is volume


def test_renaming_renames_the_node_and_an_empty_name_is_refused(window, scene):
    ct, _mr = fill(scene)
    model = window.dataTree.model()
    assert model.setData(indexNamed(window.dataTree, "CT"), " Schädel ")
    settle()
    assert ct.GetName() == "Schädel" and indexNamed(window.dataTree, "Schädel").isValid()
    assert not model.setData(indexNamed(window.dataTree, "Schädel"), "  ")
    assert ct.GetName() == "Schädel"


def test_delete_takes_the_selection_and_all_below_out_of_the_scene(window, scene):
    fill(scene)
    tree = window.dataTree
    tree.setCurrentIndex(indexNamed(tree, "Head"))
    QTest.keyClick(tree, Qt.Key_Delete)
    settle()
    assert scene.GetNodesByClass("vtkMRMLVolumeNode") == []
    assert [index.data() for index in tree._indexes()] == ["Müller, Jürgen (1)"]


def test_selection_and_folded_branches_survive_changes(window, scene):
    ct, _mr = fill(scene)
    tree = window.dataTree
    tree.setCurrentIndex(indexNamed(tree, "Head"))
    tree.setExpanded(indexNamed(tree, "Head"), False)
    itemID = indexNamed(tree, "Head").data(ITEM_ROLE)
    ct.SetName("other")
    settle()
    assert tree.selectedItems() == [itemID]
    assert not tree.isExpanded(indexNamed(tree, "Head"))


def test_the_menu_blends_and_renders(window, scene):
    ct, mr = fill(scene)
    views, tree = window.layoutManager, window.dataTree
    views.showVolume(ct)
    actions = _actionsOf(tree, mr)
    actions["Blend over the background"].trigger()
    assert views.sliceView("Red").foregroundVolume is mr and views.isForeground(mr)
    actions["Volume rendering in the 3D view"].trigger()
    assert isRendered(mr)
    _actionsOf(tree, mr)["Stop blending over the background"].trigger()
    assert views.sliceView("Red").foregroundVolume is None


def test_aVolumeWithARegionIsCutToItOrNot(window, scene):
    _ct, mr = fill(scene)
    assert "Cut to its region in the 3D view" not in _actionsOf(window.dataTree, mr)
    setRendered(mr, True)
    assert "Cut to its region in the 3D view" not in _actionsOf(window.dataTree, mr)
    region = scene.AddNode(keptNodeFor("vtkMRMLAnnotationROINode", "AnnotationROI"))
    renderingOf(mr).SetAndObserveROINodeID(region.GetID())
    for isCut in (True, False):
        _actionsOf(window.dataTree, mr)["Cut to its region in the 3D view"].trigger()
        assert renderingOf(mr).GetCroppingEnabled() is isCut
        assert _actionsOf(window.dataTree, mr)["Cut to its region in the 3D view"].isChecked() is isCut


def test_a_picture_cannot_be_rendered(window, scene):
    picture = addVolume(scene, voxels=np.zeros((1, 9, 9), np.uint8))
    settle()
    assert not _actionsOf(window.dataTree, picture)["Volume rendering in the 3D view"].isEnabled()


def _actionsOf(tree, node):
    menu = tree.buildMenu(tree.model().hierarchy.GetItemByDataNode(node))
    return {action.text(): action for action in menu.actions()}


def test_the_tree_follows_a_cleared_scene(window, scene):
    fill(scene)
    scene.Clear()
    settle()
    assert list(window.dataTree._indexes()) == []
    fill(scene)
    assert indexNamed(window.dataTree, "MR").isValid()


def test_rows_stay_as_they_are_when_nothing_they_show_changes(window, scene):
    ct, _mr = fill(scene)
    rebuilt = []
    window.dataTree.model().rebuilt.connect(lambda: rebuilt.append(1))
    ct.GetDisplayNode().SetWindowLevel(123, 45)
    settle()
    assert rebuilt == []
    ct.SetName("other")
    settle()
    assert rebuilt == [1]


def test_what_comes_into_the_views_is_scrolled_to_and_nothing_else_scrolls(window, scene):
    fill(scene)
    tree = window.dataTree
    tree.setFixedHeight(60)
    settle()
    assert tree.verticalScrollBar().maximum() > 0
    last = addVolume(scene, name="last")
    scene.GetSubjectHierarchyNode().CreateItem(scene.GetSubjectHierarchyNode().GetSceneItemID(), last)
    settle()
    assert tree.viewport().rect().contains(tree.visualRect(indexNamed(tree, "last")))
    scrolled = tree.verticalScrollBar().value()
    clickOn(tree, indexNamed(tree, "last", EYE_COLUMN))
    settle()
    assert not indexNamed(tree, "last", EYE_COLUMN).data(SHOWN_ROLE)
    assert tree.verticalScrollBar().value() == scrolled > 0


def test_ofManyThatComeIntoTheViewsTheFirstIsSeen(window, scene):
    """As when a scene is opened: its volumes come first, models and segmentations behind them."""
    tree, hierarchy = window.dataTree, scene.GetSubjectHierarchyNode()
    tree.setFixedHeight(60)
    addVolume(scene, name="first")
    for number in range(8):
        model = scene.AddNewNodeByClass("vtkMRMLModelNode", f"model {number}")
        model.CreateDefaultDisplayNodes()
        hierarchy.CreateItem(hierarchy.GetSceneItemID(), model)
    settle()
    shown = [indexNamed(tree, name, EYE_COLUMN).data(SHOWN_ROLE) for name in ("first", "model 7")]
    assert shown == [True, True] and tree.verticalScrollBar().maximum() > 0
    assert tree.viewport().rect().contains(tree.visualRect(indexNamed(tree, "first")))


def test_deleteTakesTheTransformOfAVolumesSlicesAlong(window, scene, tmp_path):
    """… whichever of them are selected, and the tool tip tells what it did."""
    bench = Bench()
    SeriesBuilder(slices=6, gaps=[2.0, 2.0, 6.0, 2.0, 4.0]).write(tmp_path)
    (node,) = bench.load(tmp_path)
    scene.merge(bench.scene)
    bench.close()
    settle()
    tree = window.dataTree
    assert "Slices are moved by up to" in indexNamed(tree, node.GetName()).data(Qt.ToolTipRole)
    tree.selectAll()
    QTest.keyClick(tree, Qt.Key_Delete)
    settle()
    assert [one for one in scene.nodes() if one.IsA("vtkMRMLTransformableNode")] == []
    assert tree._model.rowCount() == 0


def test_the_eye_of_a_segmentation_hides_it(window, scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Organs")
    node.CreateDefaultDisplayNodes()
    settle()
    clickOn(window.dataTree, indexNamed(window.dataTree, "Organs", EYE_COLUMN))
    settle()
    assert not node.GetDisplayVisibility()
    assert indexNamed(window.dataTree, "Organs", EYE_COLUMN).data(SHOWN_ROLE) is False


def test_other_data_has_a_row_without_an_eye(window, scene):
    names = {"Text": "Notes", "Table": "Sizes", "Sequence": "Beats", "SequenceBrowser": "Player"}
    for kind, name in names.items():
        scene.AddNewNodeByClass(f"vtkMRML{kind}Node", name)
    settle()
    assert all(indexNamed(window.dataTree, name, EYE_COLUMN).data(SHOWN_ROLE) is None for name in names.values())


def test_a_sequence_is_browsed_from_its_menu_or_with_a_double_click(window, scene):
    sequence = scene.AddNode(filled("0", "40", name="Beats"))
    empty = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "Nothing yet")
    settle()
    tree, hierarchy = window.dataTree, scene.GetSubjectHierarchyNode()
    texts = [one.text() for one in tree.buildMenu(hierarchy.GetItemByDataNode(empty)).actions()]
    assert "Browse" not in texts
    menu = tree.buildMenu(hierarchy.GetItemByDataNode(sequence))
    next(one for one in menu.actions() if one.text() == "Browse").trigger()
    settle()
    browser = scene.GetFirstNodeByName("Beats browser")
    assert window.sequenceBar.browser() is browser and not window.sequenceBar.isHidden()
    proxy = browser.GetProxyNode(sequence)
    assert window.layoutManager.isShown(proxy)
    browser.SelectLastItem()
    window.layoutManager.setShown(proxy, False)
    tree._onDoubleClicked(indexNamed(tree, "Beats browser"))
    assert window.layoutManager.isShown(proxy) and browser.GetSelectedItemNumber() == 1
    assert scene.GetNumberOfNodesByClass("vtkMRMLSequenceBrowserNode") == 1
