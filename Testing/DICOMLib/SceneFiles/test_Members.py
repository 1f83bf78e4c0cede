"""What a scene file is made of, as it is handed from one part to the next."""

from __future__ import annotations

from DICOMLib.Scene.Nodes import vtkMRMLModelNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.Members import DATA, KEPT, Member, MrmlDocument, StagedScene


def test_aMemberIsDataOfItsNodeUnlessItIsSaidToBeKept():
    node = vtkMRMLModelNode()
    member = Member(node, "Data/a.vtp")
    assert (member.node, member.kind, member.storage, member.keptName, member.attributes) == (node, DATA, None, "", {})
    assert DATA != KEPT


def test_eachHasListsOfItsOwn():
    first, second = Member(vtkMRMLModelNode(), "a"), Member(vtkMRMLModelNode(), "b")
    first.attributes["coordinateSystem"] = "RAS"
    assert second.attributes == {}
    texts = [MrmlDocument("", []) for _ in range(2)]
    texts[0].problems.append("x")
    assert texts[1].problems == []
    staged = [StagedScene(Scene()) for _ in range(2)]
    staged[0].problems.append("x")
    staged[0].members.append(first)
    assert (staged[1].problems, staged[1].members, staged[1].formatVersion) == ([], [], "")
