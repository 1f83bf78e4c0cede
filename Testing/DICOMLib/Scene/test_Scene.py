import numpy
import pytest
from vtkmodules.util.vtkConstants import VTK_OBJECT

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.NodeRegistry import NodeRegistry
from DICOMLib.Scene.Nodes import vtkMRMLModelNode, vtkMRMLScalarVolumeNode
from DICOMLib.Scene.Scene import Scene, vtkMRMLScene


def heard(scene, *names):
    """The events with the ID of the node they carry, in order."""
    log = []
    for name in names:

        def onEvent(caller, event, node=None, name=name):
            log.append((name, node.GetID() if node is not None else None))

        if name.startswith("Node"):
            onEvent.CallDataType = VTK_OBJECT
        scene.AddObserver(getattr(Scene, name), onEvent)
    return log


def stagedVolume(patient="P1", study="1.2", name="1: CT"):
    """A private scene with a volume that has display, transform and a place in the hierarchy."""
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    volume.setVoxelArray(numpy.arange(8, dtype="int16").reshape(2, 2, 2))
    volume.CreateDefaultDisplayNodes()
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "T")
    volume.SetAndObserveTransformNodeID(transform.GetID())
    hierarchy = scene.GetSubjectHierarchyNode()
    patientItem = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), patient)
    hierarchy.SetItemUID(patientItem, "DICOM", patient)
    hierarchy.SetItemAttribute(patientItem, "DICOM.PatientID", patient)
    studyItem = hierarchy.CreateStudyItem(patientItem, study)
    hierarchy.SetItemUID(studyItem, "DICOM", study)
    series = hierarchy.CreateItem(studyItem, volume)
    hierarchy.SetItemUID(series, "DICOM", study + ".1")
    return scene, volume


def outline(scene):
    """(depth, level, name) of every hierarchy item."""
    hierarchy = scene.GetSubjectHierarchyNode()

    def below(item, depth):
        for child in hierarchy.GetItemChildren(item):
            yield depth, hierarchy.GetItemLevel(child), hierarchy.GetItemName(child)
            yield from below(child, depth + 1)

    return list(below(hierarchy.GetSceneItemID(), 0))


def test_nodesAreNumberedByClassAndNamedUniquely():
    scene = Scene()
    volumes = [scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode") for _ in range(2)]
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "Head")
    assert [node.GetID() for node in volumes] == ["vtkMRMLScalarVolumeNode1", "vtkMRMLScalarVolumeNode2"]
    assert [node.GetName() for node in volumes] == ["Volume", "Volume_1"]
    assert (model.GetID(), model.GetName()) == ("vtkMRMLModelNode1", "Head")
    assert scene.GenerateUniqueName("Head") == "Head_1"
    assert scene.GenerateUniqueName("Foot") == "Foot"


def test_nodesAreFoundByIDNameAndClass():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "a")
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "b")
    assert scene.GetNodeByID(volume.GetID()) is volume
    assert scene.GetNodeByID("nothing") is None
    assert scene.GetFirstNodeByName("b") is labels
    assert scene.GetFirstNodeByName("c") is None
    assert scene.GetNodesByClass("vtkMRMLScalarVolumeNode") == [volume, labels]
    assert scene.GetFirstNodeByClass("vtkMRMLLabelMapVolumeNode") is labels
    assert scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 2
    assert scene.GetNthNodeByClass(1, "vtkMRMLVolumeNode") is labels
    assert scene.GetNthNodeByClass(2, "vtkMRMLVolumeNode") is None
    assert scene.GetNodesByClassByName("vtkMRMLVolumeNode", "a") == [volume]


def test_listsOfNodesAlsoAnswerAsVTKCollections():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    nodes = scene.GetNodesByClass("vtkMRMLVolumeNode")
    nodes.UnRegister(None)
    assert [nodes.GetItemAsObject(i) for i in range(nodes.GetNumberOfItems())] == [volume]


def test_anUnknownClassIsAnError():
    with pytest.raises(SceneError, match="no such node class"):
        Scene().AddNewNodeByClass("vtkMRMLNothingNode")


def test_aProgramCanAddNodeClassesOfItsOwn():
    class vtkMRMLPlanNode(vtkMRMLNode):
        defaultName = "Plan"

    registry = NodeRegistry()
    registry.register(vtkMRMLPlanNode)
    assert Scene(registry).AddNewNodeByClass("vtkMRMLPlanNode").GetName() == "Plan"
    assert "vtkMRMLPlanNode" not in NodeRegistry().classNames()


def test_addingTellsBeforeAndAfter():
    scene = Scene()
    scene.GetSubjectHierarchyNode()
    log = heard(scene, "NodeAboutToBeAddedEvent", "NodeAddedEvent")
    scene.AddNode(vtkMRMLModelNode())
    assert log == [("NodeAboutToBeAddedEvent", None), ("NodeAddedEvent", "vtkMRMLModelNode1")]


def test_addingTwiceChangesNothing():
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert scene.AddNode(node) is node
    assert scene.GetNumberOfNodesByClass("vtkMRMLModelNode") == 1


def test_aNodeBelongsToOneScene():
    node = Scene().AddNode(vtkMRMLModelNode())
    other = Scene()
    first = Scene()
    first.AddNode(kept := vtkMRMLModelNode())
    with pytest.raises(SceneError, match="another scene"):
        other.AddNode(kept)
    assert node.GetScene() is None  # its scene is gone, so it could be added elsewhere
    assert other.AddNode(node).GetScene() is other


def test_removingANodeTakesItsDisplayAndStorageNodesAndTheReferencesToIt():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.CreateDefaultDisplayNodes()
    volume.AddDefaultStorageNode("/tmp/a.nrrd")
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    model.SetNodeReferenceID("source", volume.GetID())
    log = heard(scene, "NodeRemovedEvent")
    scene.RemoveNode(volume)
    assert len(log) == 3
    assert model.GetNodeReferenceID("source") is None
    assert volume.GetScene() is None
    assert [node.GetClassName() for node in scene.nodes()] == ["vtkMRMLSubjectHierarchyNode", "vtkMRMLModelNode"]


def test_aDisplayNodeSharedWithAnotherStays():
    scene = Scene()
    first, second = (scene.AddNewNodeByClass("vtkMRMLModelNode") for _ in range(2))
    first.CreateDefaultDisplayNodes()
    second.SetAndObserveDisplayNodeID(first.GetDisplayNodeID())
    scene.RemoveNode(first)
    assert scene.IsNodePresent(second.GetDisplayNode())


def test_removingWhatIsNotThereIsAnError():
    with pytest.raises(SceneError, match="not in this scene"):
        Scene().RemoveNode(vtkMRMLModelNode())


def test_clearRemovesEverythingAndNumbersStartAgain():
    scene, _ = stagedVolume()
    log = heard(scene, "StartCloseEvent", "EndCloseEvent", "StartBatchProcessEvent", "EndBatchProcessEvent")
    scene.Clear()
    assert [name for name, _ in log] == [
        "StartBatchProcessEvent", "StartCloseEvent", "EndCloseEvent", "EndBatchProcessEvent",
    ]  # fmt: skip
    assert scene.nodes() == []
    assert outline(scene) == []
    assert scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode").GetID() == "vtkMRMLScalarVolumeNode1"


def test_endingAStateThatWasNotStartedIsAnError():
    with pytest.raises(SceneError, match="not in this state"):
        Scene().EndState(Scene.CloseState)


def test_eventNumbersAreThoseOfMRML():
    assert (vtkMRMLScene.NodeAddedEvent, vtkMRMLScene.NodeRemovedEvent) == (8193, 8195)
    assert (vtkMRMLScene.StartCloseEvent, vtkMRMLScene.EndCloseEvent) == (0x2103, 0x2203)
    assert Scene().GetClassName() == "vtkMRMLScene"
    assert vtkMRMLScalarVolumeNode.ImageDataModifiedEvent == 18001


def test_mergingMovesNodesWithFreshIDsAndReferencesThatFollow():
    scene, own = stagedVolume("P1", "1.2", "own")
    staging, loaded = stagedVolume("P2", "1.3", "loaded")
    display, transform = loaded.GetDisplayNode(), loaded.GetParentTransformNode()
    newIDs = scene.merge(staging)
    assert newIDs["vtkMRMLScalarVolumeNode1"] == "vtkMRMLScalarVolumeNode2" == loaded.GetID()
    assert loaded.GetDisplayNode() is display
    assert loaded.GetParentTransformNode() is transform
    assert own.GetDisplayNode() is not display
    assert own.GetDisplayNode().GetID() == "vtkMRMLScalarVolumeDisplayNode1"
    assert loaded.GetScene() is scene
    assert staging.nodes() == []


def test_mergedNodesAreStillObservedByThoseThatReferToThem():
    scene, _ = stagedVolume()
    staging, loaded = stagedVolume()
    scene.merge(staging)
    calls = []
    loaded.AddObserver(loaded.DisplayModifiedEvent, lambda caller, event: calls.append(event))
    loaded.GetDisplayNode().SetWindowLevel(3, 4)
    assert len(calls) == 1


def test_mergingUnitesPatientsAndStudiesOfTheSameUID():
    scene, _ = stagedVolume("P1", "1.2", "first")
    for patient, study, name in (("P1", "1.2", "second"), ("P1", "1.3", "third"), ("P2", "1.4", "fourth")):
        scene.merge(stagedVolume(patient, study, name)[0])
    named = [entry for entry in outline(scene) if not entry[2].startswith("T")]
    assert named == [
        (0, "Patient", "P1"),
        (1, "Study", "1.2"),
        (2, "", "first"),
        (2, "", "second"),
        (1, "Study", "1.3"),
        (2, "", "third"),
        (0, "Patient", "P2"),
        (1, "Study", "1.4"),
        (2, "", "fourth"),
    ]


def test_mergingTheSameSeriesTwiceGivesTwoVolumesWithTwoNames():
    scene = Scene()
    for _ in range(2):
        scene.merge(stagedVolume()[0])
    assert [node.GetName() for node in scene.GetNodesByClass("vtkMRMLVolumeNode")] == ["1: CT", "1: CT_1"]
    hierarchy = scene.GetSubjectHierarchyNode()
    items = [hierarchy.GetItemByDataNode(node) for node in scene.GetNodesByClass("vtkMRMLVolumeNode")]
    assert [hierarchy.GetItemUID(item, "DICOM") for item in items] == ["1.2.1", "1.2.1"]
    assert len(outline(scene)) == 2 + 2 + 2  # patient, study, two volumes, two transforms


def test_mergingTellsOfNodesOnlyWhenAllIsInPlace():
    scene = Scene()
    seen = []

    def onAdded(caller, event, node):
        if node.IsA("vtkMRMLVolumeNode"):
            hierarchy = scene.GetSubjectHierarchyNode()
            item = hierarchy.GetItemByDataNode(node)
            seen.append((node.GetDisplayNode() is not None, hierarchy.GetItemLevel(hierarchy.GetItemParent(item))))

    onAdded.CallDataType = VTK_OBJECT
    scene.AddObserver(Scene.NodeAddedEvent, onAdded)
    log = heard(scene, "StartImportEvent", "EndImportEvent")
    scene.merge(stagedVolume()[0])
    assert seen == [(True, "Study")]
    assert [name for name, _ in log] == ["StartImportEvent", "EndImportEvent"]


def test_mergingAnEmptySceneChangesNothing():
    scene, _ = stagedVolume()
    before = scene.nodes()
    assert scene.merge(Scene()) == {}
    assert scene.nodes() == before


# As MRML


def test_theFirstNodeIsFoundByNamePrefixClassAndWhetherItIsHidden():
    scene = Scene()
    hidden = scene.AddNewNodeByClass("vtkMRMLTextNode", "note one")
    hidden.SetHideFromEditors(True)
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "note two")
    assert scene.GetFirstNode("note two") is model
    assert scene.GetFirstNode("note") is None
    assert scene.GetFirstNode("note", exactNameMatch=False) is hidden
    assert scene.GetFirstNode("note", None, [0], False) is model
    assert scene.GetFirstNode("note", None, [1], False) is hidden
    assert scene.GetFirstNode(None, "vtkMRMLModelNode") is model
    assert scene.GetFirstNode("note one", "vtkMRMLModelNode") is None


def test_aCopyHasNameContentAndReferencesAndANodeThereIsOneOfIsCopiedOnto():
    scene, other = Scene(), Scene()
    note, model = scene.AddNewNodeByClass("vtkMRMLTextNode", "note"), scene.AddNewNodeByClass("vtkMRMLModelNode")
    note.SetText("hello")
    note.SetNodeReferenceID("about", model.GetID())
    copy = scene.CopyNode(note)
    assert (copy.GetName(), copy.GetText(), copy.GetNodeReference("about")) == ("note", "hello", model)
    assert copy.GetID() != note.GetID()
    for one in (scene, other):
        only = one.CreateNodeByClass("vtkMRMLTextNode")
        only.SetSingletonTag("view")
        one.AddNode(only)
    other.GetSingletonNode("view", "vtkMRMLTextNode").SetText("there")
    here = scene.GetSingletonNode("view", "vtkMRMLTextNode")
    assert scene.CopyNode(other.GetSingletonNode("view", "vtkMRMLTextNode")) is here
    assert (here.GetText(), here.GetID()) == ("there", "vtkMRMLTextNodeview")
    assert scene.GetSingletonNode("other", "vtkMRMLTextNode") is None


def test_clearingKeepsNodesThereIsOneOfAsTheyWereAtFirstUnlessTheyAreToGo():
    scene = Scene()
    only = scene.CreateNodeByClass("vtkMRMLTextNode")
    only.SetSingletonTag("view")
    scene.AddNode(only)
    only.SetName("how it is shown")
    only.SetText("changed")
    only.SetAttribute("a", "b")
    scene.AddNewNodeByClass("vtkMRMLModelNode")
    scene.Clear(0)
    assert scene.nodes() == [only]
    assert (only.GetText(), only.GetName(), only.GetAttributeNames()) == ("", "how it is shown", [])
    assert only.GetSingletonTag() == "view"
    scene.Clear(1)
    assert scene.nodes() == []


def test_aClassThatIsRegisteredCanBeMadeByItsName():
    class vtkMRMLOwnNode(vtkMRMLNode):  # noqa: N801
        defaultName = "Own"

    scene = Scene()
    assert not scene.IsNodeClassRegistered("vtkMRMLOwnNode")
    scene.RegisterNodeClass(vtkMRMLOwnNode())
    assert scene.IsNodeClassRegistered("vtkMRMLOwnNode")
    assert scene.AddNewNodeByClass("vtkMRMLOwnNode").GetName() == "Own"
