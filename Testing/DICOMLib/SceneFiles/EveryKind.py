"""A scene with a node of every kind that a scene file can hold, and all that can be asked of it, to compare."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from DICOMLib.Errors import SceneError
from DICOMLib.Scene.Matrices import arrayFromMatrix
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.KeptFiles import keptContents
from DICOMLib.SceneFiles.MemberFiles import writeMember
from DICOMLib.SceneFiles.Members import KEPT
from DICOMLib.SceneFiles.MrmlText import Element, parseXML
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneText import sceneToMrml
from Testing.DICOMLib.SceneFiles.test_HostileMembers import (
    colors,
    grid,
    linear,
    segmentation,
    sequence,
    sphere,
    table,
    text,
    volume,
)
from Testing.Fixtures.RunWorkers import runWorkers

# Nodes of 3D Slicer that are not known here: of views, with files, with elements in them, and one nobody has heard of.
_FOREIGN = """<MRML version="Slicer 5.8.1 33241">
<Layout id="vtkMRMLLayoutNodevtkMRMLLayoutNode" name="Layout" hideFromEditors="true" singletonTag="vtkMRMLLayoutNode"
 currentViewArrangement="3" guiPanelVisibility="1"/>
<Slice id="vtkMRMLSliceNodeRed" name="Red" singletonTag="Red" layoutName="Red" fieldOfView="251.5 200 1"
 sliceToRAS="-1 0 0 1.25 0 1 0 2 0 0 1 -3.0000000000000004 0 0 0 1" orientation="Axial"/>
<SliceComposite id="vtkMRMLSliceCompositeNodeRed" name="SliceComposite" singletonTag="Red" layoutName="Red"
 backgroundVolumeID="vtkMRMLScalarVolumeNode1" foregroundOpacity="0.5"
 references="backgroundVolume:vtkMRMLScalarVolumeNode1;"/>
<Camera id="vtkMRMLCameraNode1" name="Camera" singletonTag="1" position="0 500 0.1" viewAngle="30"/>
<View id="vtkMRMLViewNode1" name="View1" singletonTag="1" layoutName="1"/>
<MarkupsFiducial id="vtkMRMLMarkupsFiducialNode1" name="F, ä &lt;1&gt;" locked="0" strange_attribute="a;b:c|d^e &#10;%"
 attributes="one:two%3Bthree" references="display:vtkMRMLMarkupsDisplayNode1;storage:vtkMRMLMarkupsJsonStorageNode1;">
 <Part a="1">text in it<Deeper b="&quot;"/></Part></MarkupsFiducial>
<MarkupsDisplay id="vtkMRMLMarkupsDisplayNode1" name="MarkupsDisplay" color="0.5 0 1"/>
<MarkupsJsonStorage id="vtkMRMLMarkupsJsonStorageNode1" name="MarkupsJsonStorage" fileName="F 1.mrk.json"/>
<FutureThing id="vtkMRMLFutureThingNode1" name="not known to anybody" references="role.x:vtkMRMLTextNode1;"/>
</MRML>"""


def everyKindScene() -> Scene:
    """Some 40 nodes with attributes of their own, transforms, displays, patient and study."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "F 1.mrk.json").write_text('{"markups": [1, 2, 3]}')
        Path(folder, "scene.mrml").write_text(_FOREIGN)
        scene = openScene(Path(folder, "scene.mrml"), runWorkers()).scene
    made = _volumes()
    made += [linear(), grid(), sphere(), segmentation(), sequence(volume), sequence(linear), table(), text(), colors()]
    for number, node in enumerate(made):
        node.SetName(f"{node.GetClassName()} {number}, ä/\\:*?\"<>|")
        node.SetDescription(f"what {number} is & “says”")
        node.SetAttribute("plain", "value;with%all:kinds\n\t of \"characters\"")
        node.SetAttribute("na:me;", "\x01 and half a pair: \ud800")
        scene.AddNode(node)
        if hasattr(node, "CreateDefaultDisplayNodes"):
            node.CreateDefaultDisplayNodes()
    scalar = scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode")
    scalar.GetDisplayNode().SetWindowLevel(400.1, -0.30000000000000004)
    scalar.GetDisplayNode().AddWindowLevelPreset(1500, -600)
    scalar.SetAndObserveTransformNodeID(scene.GetFirstNodeByClass("vtkMRMLLinearTransformNode").GetID())
    for node in scene.GetNodesByClass("vtkMRMLModelNode"):
        node.SetAndObserveTransformNodeID(scene.GetFirstNodeByClass("vtkMRMLGridTransformNode").GetID())
        node.GetDisplayNode().SetColor(0.1, 0.2, 0.30000000000000004)
        node.GetDisplayNode().SetOpacity(0.7)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "browser")
    for node in scene.GetNodesByClass("vtkMRMLSequenceNode"):
        browser.AddSynchronizedSequenceNodeID(node.GetID())
    _addHierarchy(scene, scalar)
    return scene


def _volumes() -> list[vtkMRMLNode]:
    from DICOMLib.Scene.Nodes import (
        vtkMRMLDiffusionTensorVolumeNode,
        vtkMRMLDiffusionWeightedVolumeNode,
        vtkMRMLLabelMapVolumeNode,
        vtkMRMLScalarVolumeNode,
        vtkMRMLVectorVolumeNode,
    )

    random, made = numpy.random.default_rng(3), []
    sheared = numpy.array([[0.5, 0.01, 0, -10.123456789], [0, 0.7, 0.2, 1 / 3], [0, 0, 2.5, 1e-7], [0, 0, 0, 1]])
    for dtype in ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float32", "float64"):
        node = vtkMRMLScalarVolumeNode()
        node.setVoxelArray((random.normal(size=(5, 6, 7)) * 100).astype(dtype))
        node.SetIJKToRASMatrix(sheared)
        made.append(node)
    for nodeClass, shape, dtype in (
        (vtkMRMLLabelMapVolumeNode, (5, 6, 7), "uint16"), (vtkMRMLVectorVolumeNode, (5, 6, 7, 3), "float32"),
        (vtkMRMLDiffusionWeightedVolumeNode, (5, 6, 7, 8), "int16"),
    ):  # fmt: skip
        node = nodeClass()
        node.setVoxelArray((random.normal(size=shape) * 100).astype(dtype))
        node.SetIJKToRASMatrix(sheared)
        made.append(node)
    made[-1].SetDiffusionGradients(numpy.vstack([numpy.zeros((1, 3)), numpy.eye(3), -numpy.eye(3), [[0, 0.6, 0.8]]]))
    made[-1].SetBValues([0.0, 1000, 1000, 1000, 1000, 1000, 1000, 2000])
    tensors = vtkMRMLDiffusionTensorVolumeNode()
    half = random.normal(size=(3, 4, 5, 3, 3)).astype("float32")
    tensors.setVoxelArray((half + half.swapaxes(3, 4)).reshape(3, 4, 5, 9))
    return [*made, tensors]


def _addHierarchy(scene: Scene, volumeNode: vtkMRMLNode) -> None:
    hierarchy = scene.GetSubjectHierarchyNode()
    patient = hierarchy.CreateSubjectItem(hierarchy.GetSceneItemID(), "Müller^Zoë|^;")
    hierarchy.SetItemUID(patient, "DICOM", "77")
    hierarchy.SetItemAttribute(patient, "DICOM.PatientName", "Müller^Zoë")
    study = hierarchy.CreateStudyItem(patient, "Study")
    hierarchy.SetItemUID(study, "DICOM", "1.2.3")
    hierarchy.SetItemParent(hierarchy.GetItemByDataNode(volumeNode), study)
    folder = hierarchy.CreateFolderItem(study, "hidden folder")
    hierarchy.SetItemDisplayVisibility(folder, False)


def everythingOf(scene: Scene, folder: Path) -> dict[str, dict[str, object]]:
    """Each node by its ID: all that its element says, all that its methods answer, and the digests of its files; and
    the elements of the data tree. Storage nodes are left out: saving makes those that are missing.

    :param folder: a new one, for the files
    """
    document = sceneToMrml(scene)
    assert all("XML cannot hold" in one for one in document.problems)
    found: dict[str, dict[str, object]] = {}
    for element in parseXML(document.text).children:
        if not element.tag.endswith("Storage") or element.tag == "MarkupsJsonStorage":
            found[element.attributes["id"]] = dict(_said(element))
    for node in scene.nodes():
        if not node.IsA("vtkMRMLStorageNode"):
            found.setdefault(node.GetID(), {}).update(_answers(node))
    for number, member in enumerate(document.members):
        target = folder / str(number) / Path(member.fileName).name
        target.parent.mkdir(parents=True)
        if member.node.IsA("vtkMRMLModelNode"):
            digests = _surfaceDigests(member.node)
        elif member.kind == KEPT:
            digests = [hashlib.sha256(keptContents(member)).hexdigest()]
        else:
            files = writeMember(member.node, target)
            digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        found[member.node.GetID()][f"file {number}"] = (member.fileName, *digests)
    return found


def _surfaceDigests(node: vtkMRMLNode) -> list[str]:
    """Of points, faces and all values; who turns an axis around and back leaves −0 where 0 was."""
    polyData = node.GetPolyData()
    arrays = [polyData.GetPoints().GetData(), polyData.GetPolys().GetConnectivityArray()]
    arrays += [data.GetArray(n) for data in (polyData.GetPointData(), polyData.GetCellData())
               for n in range(data.GetNumberOfArrays())]  # fmt: skip
    return [f"{array.GetName()} {hashlib.sha256((vtk_to_numpy(array) + 0).tobytes()).hexdigest()}"
            for array in arrays]  # fmt: skip


def _said(element: Element, path: str = "") -> Iterator[tuple[str, object]]:
    """Where and what; numbers of items in the data tree are new in each scene."""
    yield f"{path}/{element.tag}", element.text
    for name, value in element.attributes.items():
        if not (element.tag == "SubjectHierarchyItem" and name in ("id", "parent")):
            told = re.sub(r"storage:vtk[^;]*;", "", value) if name == "references" else value
            if told:
                yield f"{path}/{element.tag}@{name}", told
    for number, child in enumerate(element.children):
        yield from _said(child, f"{path}/{element.tag}[{number}]")


def _answers(node: vtkMRMLNode) -> dict[str, object]:
    """What methods without arguments answer, in plain values."""
    found: dict[str, object] = {}
    ours = [one for one in type(node).__mro__ if one.__module__.startswith("DICOMLib.")]
    for name in sorted({name for one in ours for name in vars(one) if name.startswith("Get")}):
        if name in ("GetScene", "GetStorageNode", "GetNodeReferenceRoles"):
            continue
        try:
            answer = getattr(node, name)()
        except (TypeError, SceneError):
            continue
        if isinstance(answer, vtkMatrix4x4):
            found[name] = arrayFromMatrix(answer).tolist()
        elif isinstance(answer, str | int | float | bool | tuple | list | None) and _isPlain(answer):
            found[name] = answer
    if hasattr(node, "voxelArray") and node.GetImageData() is not None:
        array = node.voxelArray()
        digest = hashlib.sha256(numpy.ascontiguousarray(array).tobytes()).hexdigest()
        found["voxels"] = array.shape, str(array.dtype), digest
    return found


def _isPlain(answer: object) -> bool:
    isSeveral = isinstance(answer, tuple | list)
    return all(map(_isPlain, answer)) if isSeveral else isinstance(answer, str | int | float | None)


def differences(before: dict[str, dict[str, object]], after: dict[str, dict[str, object]]) -> list[str]:
    """One line for each thing that is not the same."""
    found = [f"{nodeID} is missing" for nodeID in before if nodeID not in after]
    found += [f"{nodeID} is new" for nodeID in after if nodeID not in before]
    for nodeID in before.keys() & after.keys():
        here, there = before[nodeID], after[nodeID]
        for name in sorted({*here, *there}):
            if here.get(name) != there.get(name):
                found.append(f"{nodeID}, {name}: {here.get(name)!r} became {there.get(name)!r}")
    return found
