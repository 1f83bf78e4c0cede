from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.MrmlText import parseXML
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml

ITEM = '<SubjectHierarchyItem id="{}" {} parent="{}" expanded="{}"'


def read(body: str, nodes: str = ""):
    scene = f'<SubjectHierarchy id="h" name="h"><SubjectHierarchyItem id="5" name="Scene" parent="0" type="" ' \
            f'expanded="true" attributes="Level^Scene|">{body}</SubjectHierarchyItem></SubjectHierarchy>'
    return mrmlToScene(f"<MRML>{nodes}{scene}</MRML>", ".")


def childrenOfRoot(scene: Scene) -> list[int]:
    hierarchy = scene.GetSubjectHierarchyNode()
    return hierarchy.GetItemChildren(hierarchy.GetSceneItemID())


def test_itemsAreInTheirOrderWithWhatIsOpenAndWhoOwnsThem():
    staged = read(ITEM.format(9, 'name="b" type="Folder"', 5, "false") + ">" + ITEM.format(2, 'name="c"', 9, "true")
                  + "/></SubjectHierarchyItem>" + ITEM.format(3, 'name="a"', 5, "true") + "/>")  # fmt: skip
    hierarchy = staged.scene.GetSubjectHierarchyNode()
    first, second = childrenOfRoot(staged.scene)
    assert [hierarchy.GetItemName(one) for one in (first, second, *hierarchy.GetItemChildren(first))] == ["b", "a", "c"]
    assert (hierarchy.GetItemExpanded(first), hierarchy.item(first).ownerPlugin) == (False, "Folder")
    assert 'type="Folder"' in sceneToMrml(staged.scene).text


def test_anItemOfANodeThatIsMissingHandsItsChildrenUp():
    staged = read(ITEM.format(9, 'dataNode="x"', 5, "true") + ">" + ITEM.format(2, 'name="c"', 9, "true")
                  + "/></SubjectHierarchyItem>")  # fmt: skip
    hierarchy = staged.scene.GetSubjectHierarchyNode()
    assert [hierarchy.GetItemName(one) for one in childrenOfRoot(staged.scene)] == ["c"]
    assert staged.problems == ["An item of the subject hierarchy stands for a node that the scene does not have."]


def test_theHierarchyIsNoItemOfItsOwn():
    staged = read(ITEM.format(6, 'dataNode="h"', 5, "true") + "/>")
    assert childrenOfRoot(staged.scene) == [] and len(staged.problems) == 1


def test_aNodeHasOneItem():
    items = (ITEM.format(n, 'dataNode="v"', 5, "true") + "/>" for n in (6, 7))
    staged = read("".join(items), '<Volume id="v" name="v"/>')
    assert len(childrenOfRoot(staged.scene)) == 1 and "several items" in staged.problems[0]


def test_hiddenFoldersOfSlicersStayHiddenAndPatientsAreStillUnited():
    nodes = '<FolderDisplay id="f" name="Doe" visibility="false"/>'
    body = ITEM.format(6, 'dataNode="f" uids="DICOM^P1|" attributes="Level^Patient|"', 5, "true") + "/>"
    shown = Scene()
    for _ in range(2):
        shown.merge(read(body, nodes).scene)
    hierarchy = shown.GetSubjectHierarchyNode()
    (patient,) = childrenOfRoot(shown)
    assert (hierarchy.GetItemName(patient), hierarchy.GetItemLevel(patient)) == ("Doe", "Patient")
    assert hierarchy.GetItemDisplayVisibility(patient) == 0
    again = mrmlToScene(sceneToMrml(shown).text, ".").scene
    assert again.GetSubjectHierarchyNode().GetItemDisplayVisibility(childrenOfRoot(again)[0]) == 0


def test_itemsAreElementsInsideEachOther():
    scene = Scene()
    hierarchy = scene.GetSubjectHierarchyNode()
    study = hierarchy.CreateStudyItem(hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "p"), "s")
    hierarchy.SetItemUID(study, "DICOM", "1.2")
    (node,) = parseXML(sceneToMrml(scene).text).children
    patient = node.children[0].children[0]
    assert node.attributes["attributes"] == "SubjectHierarchyVersion:2"
    assert (patient.attributes["name"], patient.attributes["attributes"]) == ("p", "Level^Patient|")
    assert patient.children[0].attributes["uids"] == "DICOM^1.2|"
    assert patient.children[0].attributes["parent"] == patient.attributes["id"]
