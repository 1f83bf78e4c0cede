"""Volume properties in files: what is written comes back exactly, and nonsense is refused with the node as it was."""

from __future__ import annotations

import json
import math

import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Node import MODIFIED_EVENT
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import renderingOf, setRendered, vtkMRMLVolumePropertyNode
from DICOMLib.SceneFiles.MemberFiles import readMember, writeMember
from DICOMLib.SceneFiles.PropertyText import functionText, pointsOf
from DICOMLib.SceneFiles.SceneText import mrmlToScene, sceneToMrml
from Testing.Fixtures.TasksHere import TasksHere

COLORS = [(-1000.125, 0.1, 0.2, 1 / 3), (40.0, 1.0, 0.0, 0.5), (3071.0, 1.0, 1.0, 1.0)]
OPACITIES = [(-1000.0, 0.0), (0.1 + 0.2, 0.7)]


def example():
    node = vtkMRMLVolumePropertyNode()
    node.setColorPoints(COLORS)
    node.setOpacityPoints(OPACITIES)
    node.setGradientPoints([(0, 0.5), (255, 1)])
    node.SetShade(True)
    node.SetInterpolationType(0)
    node.setLighting(0.1, 0.9, 0.25, 12.5)
    return node


def contentOf(node):
    return (
        [point[:4] for point in node.colorPoints()], [point[:2] for point in node.opacityPoints()],
        [point[:2] for point in node.gradientPoints()], node.GetShade(), node.GetInterpolationType(), node.lighting(),
    )  # fmt: skip


def test_whatIsWrittenComesBackExactly(tmp_path):
    path = tmp_path / "a.vp"
    writeMember(example(), path)
    read = vtkMRMLVolumePropertyNode()
    readMember(read, path, TasksHere())
    assert contentOf(read) == contentOf(example())
    assert contentOf(read)[0] == COLORS


def test_jsonOfSlicersIsRead(tmp_path):
    def function(points):
        return {"type": "x", "points": points}

    component = {
        "shade": True, "lighting": {"ambient": 0.3, "specularPower": 20},
        "rgbTransferFunction": function([{"x": 1, "color": [1, 0.5, 0], "midpoint": 0.4, "sharpness": 0.2}]),
        "scalarOpacity": function([{"x": 1, "y": 0.25}, {"x": 1, "y": 0.75}]),
    }  # fmt: skip
    path = tmp_path / "a.vp.json"
    path.write_text(json.dumps({"volumeProperties": [{"interpolationType": "nearest", "components": [component]}]}))
    read = vtkMRMLVolumePropertyNode()
    readMember(read, path, TasksHere())
    assert read.colorPoints() == [(1, 1, 0.5, 0, 0.4, 0.2)]
    # A step: two points of one value, which VTK would take for one.
    assert [point[:2] for point in read.opacityPoints()] == [(1, 0.25), (math.nextafter(1, 2), 0.75)]
    assert (read.GetShade(), read.GetInterpolationType()) == (True, 0)
    assert (read.lighting()[0], read.lighting()[3]) == (0.3, 20)


@pytest.mark.parametrize("text", ["", "1 2 3", "6 1 2", "2 1 nan", "2 1 inf", "1e9", "2 one two", "3 1 2 3"])
def test_aFunctionThatIsNoneIsRefused(text):
    with pytest.raises(ValueError):
        pointsOf(text, 2)


def test_anEmptyFunctionIsOne():
    assert pointsOf("0", 2) == [] and functionText([], 2) == "0"


@pytest.mark.parametrize(("name", "text"), [
    ("a.vp", ""), ("a.vp", "1\n" * 9), ("a.vp", "\n".join(["1"] * 6 + ["0", "0", "4 1 2 3"])),
    ("a.vp.json", ""), ("a.vp.json", "[" * 100_000), ("a.vp.json", '{"volumeProperties": []}'),
    ("a.vp.json", '{"volumeProperties": [{"components": [{"scalarOpacity": {"points": [{"x": NaN, "y": 1}]}}]}]}'),
    ("a.vp.json", '{"volumeProperties": [{"components": [{"scalarOpacity": 3}]}]}'),
])  # fmt: skip
def test_aFileThatIsNoneIsRefusedAndTheNodeStaysAsItWas(tmp_path, name, text):
    path, node = tmp_path / name, example()
    path.write_text(text)
    with pytest.raises(FileError, match=r"no volume property, or it is damaged\.$"):
        readMember(node, path, TasksHere())
    assert contentOf(node) == contentOf(example())


def test_attributesOfEarlierVersionsOfSlicerAreRead():
    said = (
        'interpolation="0" shade="1" diffuse="0.9" ambient="0.1" specular="0.25" specularPower="12.5" '
        'scalarOpacity="4 -1000 0 0.5 0.7" gradientOpacity="4 0 0.5 255 1" colorTransfer="8 0 1 0 0 9 0 1 0"'
    )
    read = mrmlToScene(f'<MRML><VolumeProperty id="p" name="CT-Bone" {said}/></MRML>', ".").scene.GetNodeByID("p")
    assert [point[:2] for point in read.opacityPoints()] == [(-1000, 0), (0.5, 0.7)]
    assert [point[:4] for point in read.colorPoints()] == [(0, 1, 0, 0), (9, 0, 1, 0)]
    assert (read.GetShade(), read.GetInterpolationType()) == (True, 0)
    assert read.lighting() == (0.1, 0.9, 0.25, 12.5)


def test_aDisplayNodeThatSaysItIsItsOwnPropertyDoesNoHarm():
    text = (
        '<MRML><Volume id="v" name="v" references="display:d;"/><GPURayCastVolumeRendering id="d" visibility="true" '
        'references="volumeProperty:d;roi:d;"/></MRML>'
    )
    scene = mrmlToScene(text, ".").scene
    display, heard = scene.GetNodeByID("d"), []
    display.AddObserver(MODIFIED_EVENT, lambda *_arguments: heard.append(1))
    display.SetVisibility(False)
    assert len(heard) == 1
    assert display.GetVolumePropertyNode() is None
    assert 'volumeProperty:d' in sceneToMrml(scene).text


def test_looksThatAreEachOthersRegionsDoNotAnswerEachOtherWithoutEnd():
    looks = "".join(
        f'<GPURayCastVolumeRendering id="d{n}" visibility="true" references="roi:d{1 - n};"/>' for n in range(2)
    )
    scene = mrmlToScene(f"<MRML>{looks}</MRML>", ".").scene
    heard = []
    for n in range(2):
        display = scene.GetNodeByID(f"d{n}")
        display.AddObserver(MODIFIED_EVENT, lambda *_arguments: heard.append(1))
    display.SetVisibility(False)
    assert len(heard) == 1


def test_renderingsLeaveTheSceneWithTheirVolume():
    scene = Scene()
    volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "v")
    setRendered(volume, True)
    look = scene.AddNode(example())
    renderingOf(volume).SetAndObserveVolumePropertyNodeID(look.GetID())
    heard = []
    volume.AddObserver(volume.DisplayModifiedEvent, lambda *_arguments: heard.append(1))
    look.GetColor().AddRGBPoint(0, 1, 1, 1)
    assert heard  # scripts change VTK's own objects
    scene.RemoveNode(volume)
    assert [node.GetClassName() for node in scene.nodes()] == ["vtkMRMLSubjectHierarchyNode"]


@pytest.mark.parametrize(("displays", "found"), [("r d", "d"), ("r m", None), ("m d r", "d")])
def test_theDisplayNodeOfAVolumeIsTheOneForSlices_whateverElseAFileSays(displays, found):
    text = (
        f'<MRML><Volume id="v" name="v" references="display:{displays};"/><VolumeDisplay id="d"/>'
        '<GPURayCastVolumeRendering id="r" visibility="true"/><ModelDisplay id="m"/></MRML>'
    )
    scene = mrmlToScene(text, ".").scene
    volume = scene.GetNodeByID("v")
    assert (volume.GetDisplayNode() and volume.GetDisplayNode().GetID()) == found
    assert volume.GetNumberOfDisplayNodes() == len(displays.split())
    assert (renderingOf(volume) is not None) == ("r" in displays)
