import gc
import weakref

import pytest
from vtkmodules.util.vtkConstants import VTK_LONG
from vtkmodules.vtkCommonCore import vtkCollection, vtkIdList

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SubjectHierarchy import INVALID_ITEM_ID, vtkMRMLSubjectHierarchyNode


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def hierarchy(scene):
    return vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


@pytest.fixture
def tree(scene, hierarchy):
    """patient → study → (volume, folder → model)"""
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "patient")
    study = hierarchy.CreateStudyItem(patient, "study")
    volume = hierarchy.CreateItem(study, scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "volume"))
    folder = hierarchy.CreateFolderItem(study, "folder")
    model = hierarchy.CreateItem(folder, scene.AddNewNodeByClass("vtkMRMLModelNode", "model"))
    for item in (volume, model):
        hierarchy.GetItemDataNode(item).CreateDefaultDisplayNodes()
    return {"patient": patient, "study": study, "volume": volume, "folder": folder, "model": model}


def itemEvents(hierarchy, *names):
    log = []
    for name in names:

        def onEvent(caller, event, item, name=name):
            log.append((name, item))

        onEvent.CallDataType = VTK_LONG
        hierarchy.AddObserver(getattr(vtkMRMLSubjectHierarchyNode, name), onEvent)
    return log


def test_itemsHaveLevelsNamesAndParents(hierarchy, tree):
    assert [hierarchy.GetItemLevel(item) for item in tree.values()] == ["Patient", "Study", "", "Folder", ""]
    assert hierarchy.GetItemParent(tree["volume"]) == tree["study"]
    assert hierarchy.GetItemAncestorAtLevel(tree["model"], "Patient") == tree["patient"]
    assert hierarchy.GetItemName(tree["model"]) == "model"
    assert hierarchy.GetNumberOfItems() == 5


def test_everyDataNodeOfTheSceneGetsAnItemAndHiddenOnesDoNot(scene, hierarchy):
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    hidden = scene.CreateNodeByClass("vtkMRMLModelNode")
    hidden.SetHideFromEditors(True)
    scene.AddNode(hidden)
    volume.CreateDefaultDisplayNodes()
    assert hierarchy.GetItemDataNode(hierarchy.GetItemByDataNode(volume)) is volume
    assert hierarchy.GetItemByDataNode(hidden) == INVALID_ITEM_ID
    assert hierarchy.GetNumberOfItems() == 1


def test_nodesAddedBeforeTheHierarchyAreInItToo():
    scene = Scene()
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert scene.GetSubjectHierarchyNode().GetItemByDataNode(model)


def test_childrenAreGivenDirectlyOrAllBelowEachAfterItsParent(hierarchy, tree):
    assert hierarchy.GetItemChildren(tree["study"]) == [tree["volume"], tree["folder"]]
    below = [tree["study"], tree["volume"], tree["folder"], tree["model"]]
    assert hierarchy.GetItemChildren(tree["patient"], recursive=True) == below
    filled, idList = [], vtkIdList()
    hierarchy.GetItemChildren(tree["patient"], filled, True)
    hierarchy.GetItemChildren(tree["patient"], idList, True)
    assert filled == below
    assert [idList.GetId(i) for i in range(idList.GetNumberOfIds())] == below


def test_dataNodesOfABranchAreFound(hierarchy, tree):
    nodes = vtkCollection()
    hierarchy.GetDataNodesInBranch(tree["patient"], nodes)
    assert nodes.GetNumberOfItems() == 2
    names = [node.GetName() for node in hierarchy.GetDataNodesInBranch(tree["patient"], None, "vtkMRMLModelNode")]
    assert names == ["model"]


def test_itemsAreFoundByUID(hierarchy, tree):
    hierarchy.SetItemUID(tree["volume"], "DICOM", "1.2.3")
    hierarchy.SetItemUID(tree["volume"], "DICOMInstanceUID", "1.2.3.1 1.2.3.2")
    assert hierarchy.GetItemByUID("DICOM", "1.2.3") == tree["volume"]
    assert hierarchy.GetItemByUID("DICOM", "1.2") == INVALID_ITEM_ID
    assert hierarchy.GetItemByUID("DICOM", "") == INVALID_ITEM_ID
    assert hierarchy.GetItemByUIDList("DICOMInstanceUID", "1.2.3.2") == tree["volume"]
    assert hierarchy.GetItemUID(tree["study"], "DICOM") == ""


def test_attributesBelongToItems(hierarchy, tree):
    hierarchy.SetItemAttribute(tree["study"], "DICOM.StudyDate", "20260102")
    hierarchy.SetItemAttribute(tree["study"], "DICOM.StudyID", "")
    assert hierarchy.GetItemAttribute(tree["study"], "DICOM.StudyDate") == "20260102"
    assert hierarchy.GetItemAttributeNames(tree["study"]) == ["DICOM.StudyDate", "DICOM.StudyID"]
    assert hierarchy.HasItemAttribute(tree["study"], "DICOM.StudyID")
    assert hierarchy.GetAttributeFromItemAncestor(tree["model"], "DICOM.StudyDate") == "20260102"
    assert hierarchy.GetAttributeFromItemAncestor(tree["model"], "DICOM.StudyDate", "Patient") == ""
    assert hierarchy.RemoveItemAttribute(tree["study"], "DICOM.StudyID")
    assert not hierarchy.RemoveItemAttribute(tree["study"], "DICOM.StudyID")


def test_movingAnItemTakesAllBelowIt(hierarchy, tree):
    other = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "other")
    hierarchy.SetItemParent(tree["study"], other)
    assert hierarchy.GetItemChildren(tree["patient"]) == []
    assert hierarchy.GetItemAncestorAtLevel(tree["model"], "Patient") == other


@pytest.mark.parametrize("target", ["study", "folder"])
def test_anItemIsNeverMovedBelowItself(hierarchy, tree, target):
    with pytest.raises(SceneError, match="below itself"):
        hierarchy.SetItemParent(tree["study"], tree[target])


def test_creatingAnItemForANodeThatHasOneMovesIt(scene, hierarchy, tree):
    volume = hierarchy.GetItemDataNode(tree["volume"])
    assert hierarchy.CreateItem(tree["folder"], volume) == tree["volume"]
    assert hierarchy.GetItemParent(tree["volume"]) == tree["folder"]


def test_renamingAnItemRenamesItsNodeAndTheOtherWayRound(hierarchy, tree):
    log = itemEvents(hierarchy, "SubjectHierarchyItemModifiedEvent")
    hierarchy.SetItemName(tree["volume"], "head")
    assert hierarchy.GetItemDataNode(tree["volume"]).GetName() == "head"
    hierarchy.GetItemDataNode(tree["model"]).SetName("skull")
    assert hierarchy.GetItemName(tree["model"]) == "skull"
    assert {item for _, item in log} == {tree["volume"], tree["model"]}


def test_removingAnItemRemovesAllBelowAndTheirNodes(scene, hierarchy, tree):
    log = itemEvents(hierarchy, "SubjectHierarchyItemAboutToBeRemovedEvent", "SubjectHierarchyItemRemovedEvent")
    hierarchy.RemoveItem(tree["study"])
    assert scene.GetNodesByClass("vtkMRMLDisplayableNode") == []
    assert scene.GetNodesByClass("vtkMRMLDisplayNode") == []
    assert hierarchy.GetNumberOfItems() == 1
    assert len(log) == 8


def test_removingANodeRemovesItsItemAndKeepsWhatIsBelow(scene, hierarchy, tree):
    hierarchy.SetItemParent(tree["folder"], tree["volume"])
    scene.RemoveNode(hierarchy.GetItemDataNode(tree["volume"]))
    assert hierarchy.GetItemChildren(tree["study"]) == [tree["folder"]]


def test_itemsCanBeRemovedWithoutTheirNodes(scene, hierarchy, tree):
    hierarchy.RemoveItem(tree["volume"], removeDataNode=False)
    assert scene.GetFirstNodeByName("volume") is not None


def test_theScenesOwnItemStays(hierarchy):
    with pytest.raises(SceneError, match="cannot be removed"):
        hierarchy.RemoveItem(hierarchy.GetSceneItemID())


def test_unknownItemsAreErrors(hierarchy):
    with pytest.raises(SceneError, match="no such item"):
        hierarchy.GetItemName(99)


def test_visibilityOfABranchIsThatOfItsNodes(hierarchy, tree):
    assert hierarchy.GetItemDisplayVisibility(tree["patient"]) == 1
    hierarchy.SetItemDisplayVisibility(tree["folder"], False)
    assert not hierarchy.GetItemDataNode(tree["model"]).GetDisplayVisibility()
    assert hierarchy.GetItemDisplayVisibility(tree["patient"]) == 2
    assert hierarchy.GetItemDisplayVisibility(tree["folder"]) == 0
    hierarchy.SetItemDisplayVisibility(tree["patient"], False)
    assert hierarchy.GetItemDisplayVisibility(tree["patient"]) == 0


def test_changingTheVisibilityOfANodeIsAChangeOfItsItem(hierarchy, tree):
    log = itemEvents(hierarchy, "SubjectHierarchyItemModifiedEvent")
    hierarchy.GetItemDataNode(tree["model"]).GetDisplayNode().SetVisibility(False)
    assert log == [("SubjectHierarchyItemModifiedEvent", tree["model"])]


def test_additionsAreTold(scene, hierarchy):
    log = itemEvents(hierarchy, "SubjectHierarchyItemAddedEvent", "SubjectHierarchyItemUIDAddedEvent")
    item = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), "f")
    hierarchy.SetItemUID(item, "DICOM", "1")
    assert log == [("SubjectHierarchyItemAddedEvent", item), ("SubjectHierarchyItemUIDAddedEvent", item)]


def test_positionsUnderAParentAreKnown(hierarchy, tree):
    assert hierarchy.GetItemPositionUnderParent(tree["folder"]) == 1
    assert hierarchy.GetItemByPositionUnderParent(tree["study"], 1) == tree["folder"]
    assert hierarchy.GetItemByPositionUnderParent(tree["study"], 2) == INVALID_ITEM_ID
    assert hierarchy.GetItemChildWithName(tree["study"], "folder") == tree["folder"]
    assert hierarchy.GetItemByName("model") == tree["model"]


def test_nodesDoNotKeepTheHierarchyAlive():
    scene = Scene()
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    reference = weakref.ref(scene.GetSubjectHierarchyNode())
    del scene
    gc.collect()
    assert reference() is None
    model.SetName("still usable")
