import gc
import weakref

import pytest
from vtkmodules.util.vtkConstants import VTK_OBJECT

from DICOMLib.Scene.Node import MODIFIED_EVENT, vtkMRMLNode
from DICOMLib.Scene.Nodes import vtkMRMLLinearTransformNode, vtkMRMLModelNode, vtkMRMLScalarVolumeNode
from DICOMLib.Scene.Scene import Scene


def counted(node, event=MODIFIED_EVENT):
    calls = []
    node.AddObserver(event, lambda caller, name: calls.append(caller))
    return calls


def test_aNodeIsOfItsClassAndOfThoseItDerivesFrom():
    node = vtkMRMLScalarVolumeNode()
    assert node.GetClassName() == "vtkMRMLScalarVolumeNode"
    assert all(node.IsA(name) for name in ("vtkMRMLScalarVolumeNode", "vtkMRMLVolumeNode", "vtkMRMLNode", "vtkObject"))
    assert not node.IsA("vtkMRMLModelNode")
    assert node.GetNodeTagName() == "ScalarVolume"


def test_attributesAreTextAndNoneRemovesThem():
    node = vtkMRMLNode()
    node.SetAttribute("DICOM.instanceUIDs", "1 2")
    node.SetAttribute("count", 3)
    assert node.GetAttribute("DICOM.instanceUIDs") == "1 2"
    assert node.GetAttributeNames() == ["DICOM.instanceUIDs", "count"]
    assert node.GetAttribute("count") == "3"
    node.SetAttribute("count", None)
    assert node.GetAttribute("count") is None


def test_settingTheSameValueAgainTellsNobody():
    node = vtkMRMLNode()
    node.SetName("a")
    node.SetAttribute("key", "value")
    calls = counted(node)
    node.SetName("a")
    node.SetAttribute("key", "value")
    assert calls == []


def test_changesBetweenStartAndEndModifyAreToldOnce():
    node = vtkMRMLNode()
    calls = counted(node)
    before = node.StartModify()
    inner = node.StartModify()
    node.SetName("a")
    node.SetAttribute("b", "c")
    node.EndModify(inner)
    assert calls == []
    node.EndModify(before)
    assert calls == [node]


def test_startAndEndModifyWithoutAChangeTellNobody():
    node = vtkMRMLNode()
    calls = counted(node)
    node.EndModify(node.StartModify())
    assert calls == []


def test_referencesAreFoundByRole():
    scene = Scene()
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    volumes = [scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode") for _ in range(2)]
    for volume in volumes:
        model.AddNodeReferenceID("source", volume.GetID())
    assert model.GetNumberOfNodeReferences("source") == 2
    assert model.GetNthNodeReference("source", 1) is volumes[1]
    assert model.GetNodeReference("source") is volumes[0]
    assert model.GetNodeReference("other") is None
    model.SetNodeReferenceID("source", None)
    assert model.GetNodeReferenceRoles() == []


def test_aReferenceToANodeThatComesLaterIsFoundAndObserved():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.SetAndObserveTransformNodeID("vtkMRMLLinearTransformNode1")
    assert volume.GetParentTransformNode() is None
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    calls = counted(volume, volume.TransformModifiedEvent)
    transform.SetMatrixTransformToParent(transform.GetMatrixTransformToParent())
    assert volume.GetParentTransformNode() is transform
    assert len(calls) == 1


def test_aNodeNoLongerReferencedIsNoLongerObserved():
    scene = Scene()
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    model.SetAndObserveTransformNodeID(transform.GetID())
    model.SetAndObserveTransformNodeID(None)
    calls = counted(model, model.TransformModifiedEvent)
    transform.Modified()
    transform.InvokeEvent(transform.TransformModifiedEvent)
    assert calls == []


def test_anEventCanCarryTheNodeItIsAbout():
    seen = []

    def onAdded(caller, event, node):
        seen.append(node)

    onAdded.CallDataType = VTK_OBJECT
    scene = Scene()
    scene.AddObserver(Scene.NodeAddedEvent, onAdded)
    model = scene.AddNewNodeByClass("vtkMRMLModelNode", "m")
    assert [node for node in seen if node.IsA("vtkMRMLModelNode")] == [model]


def test_copyTakesNameAttributesReferencesAndContentButNotTheID():
    scene = Scene()
    source = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "source")
    source.SetAttribute("a", "b")
    source.AddNodeReferenceID("role", "some")
    matrix = source.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 12)
    source.SetMatrixTransformToParent(matrix)
    copy = vtkMRMLLinearTransformNode()
    copy.Copy(source)
    assert (copy.GetName(), copy.GetAttribute("a"), copy.GetNodeReferenceID("role")) == ("source", "b", "some")
    assert copy.GetMatrixTransformToParent().GetElement(0, 3) == 12
    assert copy.GetID() is None
    matrix.SetElement(0, 3, 13)
    source.SetMatrixTransformToParent(matrix)
    assert copy.GetMatrixTransformToParent().GetElement(0, 3) == 12


def test_aSceneAndItsNodesAreFreedTogether():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    volume.CreateDefaultDisplayNodes()
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    volume.SetAndObserveTransformNodeID(transform.GetID())
    references = [weakref.ref(thing) for thing in (scene, volume, transform)]
    del scene, volume, transform
    gc.collect()
    assert [reference() for reference in references] == [None, None, None]


def test_aNodeThatIsReferredToDoesNotKeepTheOthersAlive():
    scene = Scene()
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    model.SetAndObserveTransformNodeID(transform.GetID())
    reference = weakref.ref(model)
    del scene, model
    gc.collect()
    assert reference() is None
    transform.SetMatrixTransformToParent(transform.GetMatrixTransformToParent())


def test_aNodeOutlivesItsSceneWithoutIt():
    scene = Scene()
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert model.GetScene() is scene
    del scene
    gc.collect()
    assert model.GetScene() is None
    assert model.GetDisplayNode() is None


@pytest.mark.parametrize("nodeClass", [vtkMRMLModelNode, vtkMRMLScalarVolumeNode])
def test_aNodeOutsideASceneMakesNoDisplayNode(nodeClass):
    node = nodeClass()
    node.CreateDefaultDisplayNodes()
    assert node.GetDisplayNode() is None
