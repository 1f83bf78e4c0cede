import pytest

from DICOMLib.Errors import LimitExceededError, SceneError, UnreadableFileError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles import KeptFiles
from DICOMLib.SceneFiles.KeptFiles import keptContents, readKeptMember
from DICOMLib.SceneFiles.Members import KEPT
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml
from DICOMLib.SceneFiles.UnknownNodes import classNameOfTag, vtkMRMLUnknownNode

BODY = (
    '<Marks id="vtkMRMLMarksNode1" name="m" odd="1" other="vtkMRMLMarksNode2 vtkMRMLMarksNode1" style="a:b;c"'
    ' references="friend:vtkMRMLMarksNode2;storage:vtkMRMLMarksStorageNode1;">words<Part x="1"><Deep/></Part></Marks>'
    '<Marks id="vtkMRMLMarksNode2" name="n"/>'
    '<MarksStorage id="vtkMRMLMarksStorageNode1" fileName="Data/m%20m.json" fileListMember0="Data/m%20m.json"/>'
)


@pytest.fixture
def staged(tmp_path):
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "m m.json").write_bytes(b"\x00{}")
    return mrmlToScene(f"<MRML>{BODY}</MRML>", tmp_path)


def test_classesFollowFromTheNamesOfElements():
    assert [classNameOfTag(tag) for tag in ("Volume", "VolumeDisplay", "Model", "TransformDisplayNode", "a:b-ö")] == [
        "vtkMRMLScalarVolumeNode", "vtkMRMLScalarVolumeDisplayNode", "vtkMRMLModelNode",
        "vtkMRMLTransformDisplayNode", "vtkMRMLa_b_öNode",
    ]  # fmt: skip


def test_aNodeOfAnUnknownClassIsOneOfThatClass(staged):
    node = staged.scene.GetNodeByID("vtkMRMLMarksNode1")
    assert isinstance(node, vtkMRMLUnknownNode)
    assert node.IsA("vtkMRMLMarksNode") and node.IsA("vtkMRMLNode") and not node.IsA("vtkMRMLModelNode")
    assert staged.scene.GetFirstNodeByClass("vtkMRMLMarksNode") is node


def test_everythingIsWrittenBackWithTheIDsOfNow(staged, tmp_path):
    readKeptMember(staged.members[0], tmp_path)
    shown = Scene()
    shown.merge(mrmlToScene('<MRML><Marks id="vtkMRMLMarksNode1" name="here"/></MRML>', ".").scene)
    shown.merge(staged.scene)
    document = sceneToMrml(shown, "Files")
    element = next(one for one in parseXML(document.text).children if one.attributes["name"] == "m")
    assert element.attributes["id"] == "vtkMRMLMarksNode2"
    assert element.attributes["odd"] == "1" and element.attributes["style"] == "a:b;c"
    assert element.attributes["other"] == "vtkMRMLMarksNode3 vtkMRMLMarksNode2"
    assert element.attributes["references"] == "friend:vtkMRMLMarksNode3;storage:vtkMRMLMarksStorageNode1;"
    assert element.children[0].children[0].tag == "Deep" and element.text == "words"
    (member,) = document.members
    assert (member.kind, member.fileName, keptContents(member)) == (KEPT, "Files/m m.json", b"\x00{}")
    storage = parseXML(document.text).children[-1].attributes
    assert (storage["fileName"], storage["fileListMember0"]) == ("Files/m%20m.json", "Files/m%20m.json")


def test_aFileThatWasNotReadIsNotNamed(staged):
    document = sceneToMrml(staged.scene)
    assert document.members == [] and "m.json" not in document.text


def test_aCopyKeepsWhatIsKept(staged, tmp_path):
    readKeptMember(staged.members[0], tmp_path)
    node = staged.scene.GetNodeByID("vtkMRMLMarksNode1")
    copy = node.CreateNodeInstance()
    copy.Copy(node)
    assert copy.GetClassName() == "vtkMRMLMarksNode" and copy.keptAttributes == node.keptAttributes
    assert copy.keptChildren == node.keptChildren and copy.keptFiles == {"Data/m m.json": b"\x00{}"}


def test_aFileThatIsTooLargeOrGoneIsToldInASentence(staged, tmp_path, monkeypatch):
    monkeypatch.setattr(KeptFiles, "MAX_BYTES_OF_A_NODE", 2)
    with pytest.raises(LimitExceededError, match="too large to be kept"):
        readKeptMember(staged.members[0], tmp_path)
    (tmp_path / "Data" / "m m.json").unlink()
    with pytest.raises(UnreadableFileError):
        readKeptMember(staged.members[0], tmp_path)
    with pytest.raises(SceneError, match="nothing is kept"):
        keptContents(staged.members[0])
