"""Texts."""

from DICOMLib.Scene.Nodes import vtkMRMLTextNode
from DICOMLib.Scene.Scene import Scene


def test_aTextTellsWhenItIsChanged():
    node, heard = vtkMRMLTextNode(), []
    node.AddObserver(node.TextModifiedEvent, lambda caller, event: heard.append(caller.GetText()))
    node.SetText("zwölf")
    node.SetText("zwölf")
    assert heard == ["zwölf"]
    assert node.GetEncodingAsString() == "UTF-8"


def test_onlyLongTextsAreKeptInAFile_unlessSaidOtherwise():
    node = Scene().AddNode(vtkMRMLTextNode())
    node.SetText("x" * 250)
    assert node.GetDefaultStorageNodeClassName() == ""
    node.SetText("x" * 251)
    assert node.GetDefaultStorageNodeClassName() == "vtkMRMLTextStorageNode"
    node.SetForceCreateStorageNode(node.CreateStorageNodeNever)
    assert node.AddDefaultStorageNode() is None
    copy = vtkMRMLTextNode()
    copy.Copy(node)
    assert (copy.GetText(), copy.isKeptInFile()) == ("x" * 251, False)
