"""Layout, slices and camera go with a scene, in the nodes of 3D Slicer; nonsense in a file changes nothing."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode
from DICOMModule.Host.CameraPlacement import CameraPlacement
from DICOMModule.Host.ViewNodes import rememberViews, showAsRemembered
from Testing.Fixtures.RunWorkers import runWorkers

from .conftest import settle
from .Volumes import addVolume

pytestmark = pytest.mark.gui


@pytest.fixture
def drawsViews():
    return False


def turned(window):
    """A window whose views show something else than what they begin with."""
    views = window.layoutManager
    views.setLayout("Conventional")
    settle()
    red = views.sliceView("Red")
    red.setOrientation("Coronal")
    red.setSliceOffset(7.5)
    red.zoomBy(2.5)
    vectors = (np.array(vector) for vector in ([10.0, -300, 20], [1.0, 2, 3], [0.0, 0, 1]))
    views.threeDView().setCameraPlacement(CameraPlacement(*vectors, True, 87.5, 24.0))
    settle()
    return views


@pytest.mark.parametrize("drawsViews", [True])
def test_viewsComeBackWithTheScene(qtbot, makeWindow, scene, tmp_path):
    window = makeWindow(workers=runWorkers())
    first, second = addVolume(scene), addVolume(scene, name="Second")
    settle()
    views = turned(window)
    views.sliceView("Green").setBackgroundVolume(second)
    red = views.sliceView("Red")
    matrix, scale = red.sliceToRAS(), red.geometryOfSlice.mmPerPixel
    window.sceneFiles.save(tmp_path / "a.mrb")
    qtbot.waitUntil(lambda: not window.sceneFiles.isSaving, timeout=60_000)
    scene.Clear()
    views.setLayout("FourUp")
    settle()
    window.sceneFiles.open([tmp_path / "a.mrb"])
    qtbot.waitUntil(lambda: scene.GetFirstNodeByName("Second") is not None, timeout=60_000)
    settle()
    assert views.layoutName == "Conventional"
    assert np.allclose(red.sliceToRAS(), matrix, atol=1e-6)
    assert red.geometryOfSlice.mmPerPixel == pytest.approx(scale, rel=0.02)
    assert red.backgroundVolume.GetName() == first.GetName()
    assert views.sliceView("Green").backgroundVolume.GetName() == "Second"
    placement = views.threeDView().cameraPlacement()
    assert placement.position.tolist() == pytest.approx([10, -300, 20])
    assert placement.focalPoint.tolist() == pytest.approx([1, 2, 3])
    assert placement.up.tolist() == pytest.approx([0, 0, 1])
    assert (placement.isParallel, placement.parallelScale, placement.viewAngle) == (True, 87.5, 24)


def test_theNodesAreThoseOf3DSlicerAndThereIsOneOfEach(makeWindow, scene, tmp_path):
    window = makeWindow()
    addVolume(scene)
    settle()
    turned(window)
    for _time in range(2):
        rememberViews(scene, window.layoutManager)
    staged = openScene(saveScene(scene, tmp_path / "a.mrb").path, runWorkers())
    assert staged.problems == []
    kept = [node for node in staged.scene.nodes() if isinstance(node, vtkMRMLUnknownNode)]
    counts = Counter(node.GetClassName().removeprefix("vtkMRML").removesuffix("Node") for node in kept)
    assert counts == {
        "Layout": 1, "Slice": 3, "SliceComposite": 3, "Camera": 1, "View": 1, "Crosshair": 1, "Selection": 1,
        "Interaction": 1,
    }  # fmt: skip
    slice = staged.scene.GetNodeByID("vtkMRMLSliceNodeRed")
    assert slice.keptAttributes["layoutName"] == "Red"
    assert [float(word) for word in slice.keptAttributes["sliceToRAS"].split()] == pytest.approx(
        window.layoutManager.sliceView("Red").sliceToRAS().ravel().tolist()
    )
    assert staged.scene.GetFirstNodeByClass("vtkMRMLLayoutNode").keptAttributes["currentViewArrangement"] == "2"
    composite = staged.scene.GetNodeByID("vtkMRMLSliceCompositeNodeRed")
    assert composite.GetNodeReference("backgroundVolume").GetName() == "Block"


def test_aSceneThatIsAddedLeavesTheViewsAlone(qtbot, makeWindow, scene, tmp_path):
    window = makeWindow(workers=runWorkers())
    window.sceneFiles.asks = False
    addVolume(scene)
    settle()
    other = Scene()
    addVolume(other, name="Other")
    addKept(other, "Layout", "vtkMRMLLayoutNode", currentViewArrangement="7")
    window.sceneFiles.open([saveScene(other, tmp_path / "other.mrb").path])
    qtbot.waitUntil(lambda: scene.GetFirstNodeByName("Other") is not None, timeout=60_000)
    settle()
    assert window.layoutManager.layoutName == "Red"


@pytest.mark.parametrize("attributes", [
    {"sliceToRAS": "1 2 3"}, {"sliceToRAS": "nan " * 16}, {"sliceToRAS": "0 " * 16}, {"sliceToRAS": "1 " * 16},
    {"sliceToRAS": "1 0 0 0 0 1 0 0 0 0 1 1e300 0 0 0 1"}, {"sliceToRAS": "one"}, {},
])  # fmt: skip
def test_nonsenseInAFileChangesNothing(makeWindow, scene, attributes):
    views = makeWindow().layoutManager
    addVolume(scene)
    settle()
    before = views.sliceView("Red").sliceToRAS(), views.threeDView().cameraPlacement().vectors()
    addKept(scene, "Slice", "Red", fieldOfView="-1 0 x", **attributes)
    addKept(scene, "Camera", "1", position="1 1 1", focalPoint="1 1 1", viewUp="0 0 1")
    addKept(scene, "Layout", "vtkMRMLLayoutNode", currentViewArrangement="-7")
    addKept(scene, "SliceComposite", "Red", foregroundOpacity="inf")
    showAsRemembered(scene, views)
    assert np.array_equal(views.sliceView("Red").sliceToRAS(), before[0])
    assert np.array_equal(views.threeDView().cameraPlacement().vectors(), before[1])
    assert views.layoutName == "Red"


def addKept(scene, tag, singletonTag, **attributes):
    node = vtkMRMLUnknownNode(f"vtkMRML{tag}Node", tag)
    node.SetSingletonTag(singletonTag)
    node.keptAttributes.update(attributes)
    return scene.AddNode(node)
