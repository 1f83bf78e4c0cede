"""Texts."""

from DICOMLib.Scene.Nodes import vtkMRMLTextNode
from DICOMLib.Scene.Scene import Scene
from Testing.Fixtures.SlicerPrograms import slicerPrograms  # noqa: F401  (a fixture)


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


def test_anEncodingIsANumberOfVtksWithAName():
    node = vtkMRMLTextNode()
    names = {}
    for encoding in (0, 1, 3, 7, 23):
        node.SetText("x", encoding)
        names[node.GetEncoding()] = node.GetEncodingAsString()
    assert names == {0: "None", 1: "ASCII", 3: "UTF-8", 7: "ISO-8859-4", 20: "Unknown"}
    node.SetText("y")
    assert node.GetEncoding() == 20
    node.SetText(None)
    assert node.GetText() == ""


def test_aCopyHasTextAndEncoding():
    node, copy = vtkMRMLTextNode(), vtkMRMLTextNode()
    node.SetText("a", node.ENCODING_US_ASCII)
    copy.Copy(node)
    assert (copy.GetText(), copy.GetEncoding(), copy.GetForceCreateStorageNode()) == ("a", 1, -1)


def test_numbersAreThoseOfMrml():
    assert vtkMRMLTextNode.TextModifiedEvent == 21000
    node = vtkMRMLTextNode()
    assert (node.CreateStorageNodeAuto, node.CreateStorageNodeAlways, node.CreateStorageNodeNever) == (-1, 1, 0)


def test_slicerCountsEncodingsInTheSameWay(slicerPrograms):  # noqa: F811
    told = slicerPrograms.run("""
node = make("vtkMRMLTextNode")
result["names"] = [(node.SetEncoding(n), node.GetEncodingAsString())[1] for n in range(24)]
""")["names"]
    node = vtkMRMLTextNode()
    ours = [(node.SetEncoding(n), node.GetEncodingAsString())[1] for n in range(24)]
    forgotten = "ISO-8859-9"  # by Slicer
    assert [name if name != forgotten else "Unknown" for name in ours] == told
