from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.TextNodes import vtkMRMLTextNode
from DICOMLib.SceneFiles.NodeCopies import copyAllButContent


def described(scene=None):
    node = vtkMRMLTextNode()
    if scene is not None:
        scene.AddNode(node)
    node.SetName("Note")
    node.SetDescription("of Monday")
    node.SetHideFromEditors(True)
    node.SetAttribute("kind", "remark")
    node.keptAttributes = {"foo": "bar"}
    node.SetText("its content")
    node.SetNodeReferenceID("about", "vtkMRMLModelNode1")
    return node


def test_aCopySaysOfItselfWhatTheNodeDoes_andHasDataOfItsOwn():
    scene, copy = Scene(), vtkMRMLTextNode()
    node = described(scene)
    copyAllButContent(copy, node)
    assert (copy.GetName(), copy.GetDescription(), copy.GetHideFromEditors()) == ("Note", "of Monday", True)
    assert (copy.GetAttribute("kind"), copy.keptAttributes) == ("remark", {"foo": "bar"})
    assert copy.allReferences() == {"about": ["vtkMRMLModelNode1"]}
    assert copy.GetID() != node.GetID() and not copy.GetText()
    node.keptAttributes["foo"] = "later"
    assert copy.keptAttributes == {"foo": "bar"}


def test_whatIsInNoSceneRefersToNothing():
    copy = vtkMRMLTextNode()
    copyAllButContent(copy, described())
    assert copy.allReferences() == {}
