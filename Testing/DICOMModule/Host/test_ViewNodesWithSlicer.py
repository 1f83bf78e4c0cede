"""3D Slicer's own classes see the views as they are here, and views set up with them are shown here as they say."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

from DICOMLib.Scene.VolumeRenderingNodes import isRendered, renderingOf
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMModule.Host.CameraPlacement import CameraPlacement
from DICOMModule.Host.ViewNodes import ARRANGEMENTS, rememberViews
from DICOMModule.Host.VolumeLooks import lookName, propertyOf, setLook
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)
from Testing.Fixtures.SlicerViews import SlicerViews

from .conftest import settle
from .Volumes import SHAPE, addVolume

pytestmark = pytest.mark.gui
TURNED = np.array([[0.8, 0.6, 0, 5], [-0.6, 0.8, 0, -7], [0, 0, 1, 11.5], [0, 0, 0, 1]])
CAMERA = {
    "position": [10, -300, 20], "focalPoint": [1, 2, 3], "viewUp": [0, 0, 1], "isParallel": True,
    "parallelScale": 87.5, "viewAngle": 24,
}  # fmt: skip
COLORS = [[-100, 0, 0.125, 0], [40.5, 0.5, 0.25, 0], [900, 1, 0.75, 0.25]]
OPACITIES = [[-100, 0], [40.5, 0.25], [900, 0.75]]
GRADIENTS = [[0, 0.5], [255, 1]]


@pytest.fixture
def slicer(slicerCore):  # noqa: F811
    return SlicerViews(slicerCore.python)


def understoodBySlicer(slicer, scene, folder):
    saved = saveScene(scene, folder / "ours.mrb")
    with zipfile.ZipFile(saved.path) as archive:
        archive.extractall(folder / "unpacked")
    return slicer.understood(folder / "unpacked" / "ours" / "ours.mrml")


def middleOf(said):
    """RAS mm of the middle of a slice view of Slicer's."""
    width, height = said["dimensions"][:2]
    return (np.array(said["xyToRAS"]) @ [width / 2, height / 2, 0, 1])[:3]


def addLabels(scene):
    node = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    node.setVoxelArray(np.ones(SHAPE, np.uint8))
    node.CreateDefaultDisplayNodes()
    return node


def test_slicerSeesOurViewsAsTheyAre(slicer, makeWindow, scene, tmp_path):
    views = makeWindow().layoutManager
    first, second = addVolume(scene), addVolume(scene, name="Second")
    labels = addLabels(scene)
    settle()
    views.setLayout("Conventional")
    settle()
    red, yellow, green = views.sliceViews().values()
    for view in (red, yellow, green):
        view.setForegroundVolume(None)
        view.setBackgroundVolume(first)
    red.setSliceToRAS(TURNED)
    red.panBy(12, -5)
    red.zoomBy(2.5)
    yellow.setForegroundVolume(second, 0.25)
    yellow.setSliceOffset(3.5)
    green.setForegroundVolume(labels, 0.75)
    green.setVisibleIn3D(True)
    views.link.setEnabled(True)
    views.crosshair.setPosition([4, 5, 6])
    vectors = (np.array(CAMERA[name], float) for name in ("position", "focalPoint", "viewUp"))
    views.threeDView().setCameraPlacement(CameraPlacement(*vectors, True, 87.5, 24.0))
    views.threeDView().setAnnotationVisible("boxVisible", False)
    settle()
    rememberViews(scene, views)
    facts = understoodBySlicer(slicer, scene, tmp_path)
    assert facts["layout"] == 2
    camera = facts["camera"]
    assert {name: camera[name] for name in CAMERA} == CAMERA
    assert camera["layoutName"] == "1"
    assert facts["view"] == {"renderMode": "Orthographic", "box": False, "letters": True, "technique": "Composite"}
    assert facts["crosshair"] == ["ShowBasic", [4, 5, 6]]
    assert facts["active"] == ["Block", None]
    for name, view in views.sliceViews().items():
        said, geometry = facts["slices"][name], view.geometryOfSlice
        assert np.allclose(said["sliceToRAS"], view.sliceToRAS(), atol=1e-9), name
        # Slicer fits the shorter side into a window of its own, whose middle shows what is in the middle here.
        shorter = min(geometry.width, geometry.height) * geometry.mmPerPixel
        assert min(said["fieldOfView"][:2]) == pytest.approx(shorter)
        assert said["offset"] == pytest.approx(view.sliceOffset(), abs=1e-9)
        assert np.allclose(middleOf(said), geometry.centre, atol=1e-6)
        assert (said["background"], said["layoutName"], said["linked"]) == ("Block", name, True)
        assert said["visibleIn3D"] == (name == "Green")
    assert (facts["slices"]["Red"]["foreground"], facts["slices"]["Red"]["label"]) == (None, None)
    assert (facts["slices"]["Yellow"]["foreground"], facts["slices"]["Yellow"]["foregroundOpacity"]) == ("Second", 0.25)
    assert (facts["slices"]["Green"]["label"], facts["slices"]["Green"]["labelOpacity"]) == ("labels", 0.75)
    assert facts["slices"]["Green"]["foreground"] is None


@pytest.mark.parametrize(("name", "number"), ARRANGEMENTS.items())
def test_slicerSeesEveryLayoutThatIsHere(slicer, makeWindow, scene, tmp_path, name, number):
    views = makeWindow().layoutManager
    views.setLayout(name)
    rememberViews(scene, views)
    assert understoodBySlicer(slicer, scene, tmp_path)["layout"] == number


def test_slicerSeesHowVolumesAreRendered(slicer, makeWindow, scene, tmp_path):
    views = makeWindow().layoutManager
    chosen, usual, hidden = (addVolume(scene, name=name) for name in ("chosen", "usual", "hidden"))
    settle()
    for volume in (chosen, usual, hidden):
        views.setRendered(volume, volume is not hidden)
    setLook(chosen, "PET hot (MIP)")
    propertyOf(chosen).setGradientPoints(GRADIENTS)
    settle()
    rememberViews(scene, views)
    facts = understoodBySlicer(slicer, scene, tmp_path)
    seen = facts["renderings"]["chosen"]
    assert (seen["name"], seen["visible"]) == ("PET hot (MIP)", True)
    assert seen["class"] == "vtkMRMLGPURayCastVolumeRenderingDisplayNode"
    own = propertyOf(chosen)
    assert np.allclose(seen["colors"], [point[:4] for point in own.colorPoints()], rtol=1e-12)
    assert np.allclose(seen["opacities"], [point[:2] for point in own.opacityPoints()], rtol=1e-12)
    assert seen["gradients"] == GRADIENTS
    assert (seen["shade"], seen["interpolation"]) == (False, 1)
    assert seen["lighting"] == pytest.approx(own.lighting())
    assert facts["view"]["technique"] == "MaximumIntensityProjection"
    # Where nobody chose a look, Slicer gets the one that is seen here.
    assert facts["renderings"]["usual"]["name"] == "MR default"
    assert len(facts["renderings"]["usual"]["colors"]) == 4
    assert facts["renderings"].get("hidden", {"visible": False})["visible"] is False


def sliceOfSlicer(sliceToRAS=TURNED, **said):
    return {
        "sliceToRAS": sliceToRAS.tolist(), "dimensions": [200, 100, 1], "fieldOfView": [100, 50, 1],
        "xyzOrigin": [0, 0, 0], "visibleIn3D": False, "background": "ct", "foregroundOpacity": 0, "labelOpacity": 1,
        "linked": False, **said,
    }  # fmt: skip


def writtenBySlicer(slicer, folder, **said):
    given = {
        "layout": 4, "camera": CAMERA, "box": True, "technique": 0, "crosshairMode": 1, "crosshairRAS": [1, 2, 3],
        "renderingClass": "vtkMRMLGPURayCastVolumeRenderingDisplayNode", "preset": "CT-Bone", "colors": COLORS,
        "opacities": OPACITIES, "gradients": GRADIENTS, "shade": 1, "ambient": 0.125, "visible": True,
        "storageClass": "", "slices": {name: sliceOfSlicer() for name in ("Red", "Yellow", "Green")}, **said,
    }  # fmt: skip
    return slicer.write(folder / "slicer", **given)


def opened(qtbot, window, path):
    window.sceneFiles.asks = False
    window.sceneFiles.open([path])
    scene = window.application.scene
    qtbot.waitUntil(lambda: scene.GetFirstNodeByName("pet") is not None, timeout=60_000)
    settle()
    return scene


def test_viewsOfSlicersAreShownAsTheyWere(qtbot, slicer, makeWindow, tmp_path):
    slices = {
        "Red": sliceOfSlicer(xyzOrigin=[10, 20, 0], linked=True),
        "Yellow": sliceOfSlicer(np.diag([1, 1, 1, 1]), foreground="pet", foregroundOpacity=0.25, visibleIn3D=True),
        "Green": sliceOfSlicer(np.diag([1, 1, 1, 1]), background="pet", label="labels", labelOpacity=0.75),
    }
    window = makeWindow(workers=runWorkers())
    views = window.layoutManager
    path = writtenBySlicer(slicer, tmp_path, slices=slices, layout=2, box=False)
    facts = slicer.understood(path)
    scene = opened(qtbot, window, path)
    assert views.layoutName == "Conventional"
    placement = views.threeDView().cameraPlacement()
    assert [vector.tolist() for vector in placement.vectors()] == [[10, -300, 20], [1, 2, 3], [0, 0, 1]]
    assert (placement.isParallel, placement.parallelScale, placement.viewAngle) == (True, 87.5, 24)
    assert views.threeDView().annotations.boxVisible is False
    assert views.crosshair.visible and views.crosshair.position.tolist() == [1, 2, 3]
    for name, view in views.sliceViews().items():
        said, geometry = facts["slices"][name], view.geometryOfSlice
        # The middle of Slicer's view is the middle of this one, and the shorter sides are as long.
        assert np.allclose(geometry.centre, middleOf(said), atol=1e-6), name
        assert np.allclose(geometry.axes, np.array(said["sliceToRAS"])[:3, :3], atol=1e-9), name
        assert geometry.mmPerPixel == pytest.approx(50 / min(geometry.width, geometry.height), rel=1e-6), name
        assert view.visibleIn3D == (name == "Yellow")
    red, yellow, green = views.sliceViews().values()
    assert (red.backgroundVolume.GetName(), red.foregroundVolume) == ("ct", None)
    assert (yellow.foregroundVolume.GetName(), yellow.foregroundOpacity) == ("pet", 0.25)
    assert (green.backgroundVolume.GetName(), green.foregroundVolume.GetName()) == ("pet", "labels")
    assert green.foregroundOpacity == 0.75
    assert [volume.GetName() for volume in views.threeDView().renderedVolumes()] == ["pet"]
    assert not isRendered(scene.GetFirstNodeByName("ct"))


@pytest.mark.parametrize("number", [16, 27, 98, 503])
def test_aLayoutThatIsNotHereGoesBackToSlicerAsItWas(qtbot, slicer, makeWindow, tmp_path, number):
    window = makeWindow(workers=runWorkers())
    scene = opened(qtbot, window, writtenBySlicer(slicer, tmp_path, layout=number))
    rememberViews(scene, window.layoutManager)
    assert understoodBySlicer(slicer, scene, tmp_path)["layout"] == number
    window.layoutManager.setLayout("Yellow")
    rememberViews(scene, window.layoutManager)
    assert scene.GetFirstNodeByClass("vtkMRMLLayoutNode").keptAttributes["currentViewArrangement"] == "7"


@pytest.mark.parametrize("storageClass", ["vtkMRMLVolumePropertyStorageNode", "vtkMRMLVolumePropertyJsonStorageNode"])
@pytest.mark.parametrize("kind", ["GPURayCast", "CPURayCast", "Multi"])
def test_aVolumeRenderingOfSlicersIsDrawnByItsFunctionsAndGoesBack(
    qtbot, slicer, makeWindow, tmp_path, storageClass, kind
):
    className = f"vtkMRML{kind}VolumeRenderingDisplayNode"
    window = makeWindow(workers=runWorkers())
    written = {"storageClass": storageClass, "renderingClass": className, "technique": 2}
    scene = opened(qtbot, window, writtenBySlicer(slicer, tmp_path, **written))
    volume = scene.GetFirstNodeByName("pet")
    display, look = renderingOf(volume), propertyOf(volume)
    assert (display.GetClassName(), isRendered(volume), lookName(volume)) == (className, True, "CT-Bone")
    assert [list(point[:4]) for point in look.colorPoints()] == COLORS
    assert [list(point[:2]) for point in look.opacityPoints()] == OPACITIES
    assert (look.GetShade(), look.lighting()[0], look.isProjection()) == (True, 0.125, True)
    assert (display.GetROINode().GetName(), display.GetCroppingEnabled()) == ("region", True)
    view = window.layoutManager.threeDView()
    assert view.controller.presetButton.text() == "CT-Bone"
    rememberViews(scene, window.layoutManager)
    facts = understoodBySlicer(slicer, scene, tmp_path)
    seen = facts["renderings"]["pet"]
    assert (seen["class"], seen["roi"], seen["croppingEnabled"], seen["name"]) == (className, "region", True, "CT-Bone")
    assert (seen["colors"], seen["opacities"], seen["gradients"]) == (COLORS, OPACITIES, GRADIENTS)
    assert (seen["shade"], seen["lighting"][0]) == (True, pytest.approx(0.125))
    assert facts["view"]["technique"] == "MaximumIntensityProjection"


def test_aHiddenRenderingStaysHidden(qtbot, slicer, makeWindow, tmp_path):
    window = makeWindow(workers=runWorkers())
    path = writtenBySlicer(slicer, tmp_path, visible=False, storageClass="vtkMRMLVolumePropertyStorageNode")
    scene = opened(qtbot, window, path)
    assert [one.GetName() for one in window.layoutManager.threeDView().renderedVolumes()] == []
    assert lookName(scene.GetFirstNodeByName("pet")) == "CT-Bone"


def test_viewsComeBackFromAFileWithoutAWindowInBetween(makeWindow, scene, tmp_path):
    views = makeWindow().layoutManager
    setLook(addVolume(scene), "CT lung")
    settle()
    rememberViews(scene, views)
    staged = openScene(saveScene(scene, tmp_path / "a.mrb").path, runWorkers())
    again = openScene(saveScene(staged.scene, tmp_path / "b.mrb").path, runWorkers())
    assert staged.problems == again.problems == []
    before, after = (propertyOf(one.GetFirstNodeByName("Block")) for one in (scene, again.scene))
    assert [point[:4] for point in after.colorPoints()] == [point[:4] for point in before.colorPoints()]
    assert (after.GetName(), after.lighting()) == ("CT lung", before.lighting())
