import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QMainWindow

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import isRendered
from DICOMModule.Host.DataProbe import DataProbe
from DICOMModule.Host.LayoutManager import LAYOUTS, LayoutManager
from Testing.DICOMModule.Host.conftest import settle
from Testing.DICOMModule.Host.test_ThreeDView import asksToDraw
from Testing.DICOMModule.Host.Volumes import addVolume, axialMatrix, blockCentre, obliqueMatrix

pytestmark = pytest.mark.gui
withViews = pytest.mark.parametrize("drawsViews", [True])


@pytest.fixture
def drawsViews():
    return False


@pytest.fixture
def layouts(qtbot, scene, drawsViews):
    window = QMainWindow()
    manager = LayoutManager(scene, window)
    manager.setLayout("Red")
    window.setCentralWidget(manager.viewArea)
    manager.viewArea.setHidden(not drawsViews)
    window.resize(420, 380)
    with qtbot.waitExposed(window):
        window.show()
    settle()
    yield manager
    manager.closeViews()
    window.close()
    window.deleteLater()


def visibleViews(manager):
    return {name for name, view in manager.views().items() if view.isVisible()}


@withViews
@pytest.mark.parametrize("name", LAYOUTS)
def test_each_layout_shows_its_views_and_no_others(layouts, name):
    layouts.setLayout("Yellow" if name != "Yellow" else "Red")
    layouts.setLayout(name)
    settle()
    assert layouts.layoutName == name
    assert visibleViews(layouts) == {viewName for row in LAYOUTS[name] for viewName in row}


@withViews
def test_views_are_where_slicer_has_them(layouts):
    layouts.setLayout("FourUp")
    settle()
    places = {name: view.mapTo(layouts.viewArea, view.rect().topLeft()) for name, view in layouts.views().items()}
    assert places["Red"].x() < places["ThreeD"].x() and places["Red"].y() == places["ThreeD"].y()
    assert places["Green"].x() < places["Yellow"].x() and places["Green"].y() > places["Red"].y()


def test_an_unknown_layout_is_an_error(layouts):
    with pytest.raises(KeyError):
        layouts.setLayout("Sixteen-up")


@withViews
def test_a_double_click_maximises_a_view_and_the_next_restores_the_layout(layouts):
    layouts.setLayout("Conventional")
    plotter = layouts.sliceView("Green").plotter
    QTest.mouseDClick(plotter, Qt.LeftButton)
    settle()
    assert visibleViews(layouts) == {"Green"}
    QTest.mouseDClick(plotter, Qt.LeftButton)
    settle()
    assert layouts.layoutName == "Conventional"


@withViews
def test_a_view_that_was_hidden_draws_again(layouts, scene):
    node = addVolume(scene)
    settle()
    layouts.setLayout("Red")
    settle()
    layouts.setLayout("Green")
    settle()
    green = layouts.sliceView("Green")
    green.jumpTo(blockCentre(axialMatrix()))
    assert green.backgroundVolume is node and green.screenshot().max() > 200


def test_a_loaded_volume_is_shown_in_all_views_and_fitted(layouts, scene):
    staging = Scene()
    node = addVolume(staging)
    scene.merge(staging)
    settle()
    for view in layouts.sliceViews().values():
        assert view.backgroundVolume is node
        assert view.annotations.cornerText("topLeft") in ("Block", "")
    assert isRendered(node)
    assert layouts.isShown(node) and layouts.hasContent()


def test_of_several_loaded_together_the_largest_with_depth_is_shown(layouts, scene):
    staging = Scene()
    addVolume(staging, voxels=np.zeros((1, 300, 300), np.uint8), name="picture")
    large = addVolume(staging, voxels=np.zeros((30, 30, 30), np.uint8), name="large")
    addVolume(staging, voxels=np.zeros((20, 20, 20), np.uint8), name="small")
    scene.merge(staging)
    settle()
    assert layouts.sliceView("Red").backgroundVolume is large
    rendered = [n.GetName() for n in scene.GetNodesByClass("vtkMRMLVolumeNode") if isRendered(n)]
    assert rendered == ["large"]


def test_a_picture_is_not_rendered_but_its_slice_is_shown_in_3d(layouts, scene):
    picture = addVolume(scene, voxels=np.zeros((1, 40, 40), np.uint8))
    settle()
    assert not isRendered(picture) and layouts.sliceView("Red").visibleIn3D


def test_hiding_takes_a_volume_out_of_every_view_and_showing_brings_it_back(layouts, scene):
    node = addVolume(scene)
    settle()
    layouts.setShown(node, False)
    assert not layouts.isShown(node) and not isRendered(node)
    assert layouts.sliceView("Red").backgroundVolume is None
    layouts.setShown(node, True)
    assert layouts.isShown(node)


def test_a_volume_that_leaves_the_scene_leaves_the_views(layouts, scene):
    back, front = addVolume(scene), addVolume(scene, name="front")
    settle()
    layouts.showVolume(back)
    layouts.setForegroundVolume(front, 0.5)
    scene.RemoveNode(front)
    settle()
    assert layouts.sliceView("Green").foregroundVolume is None
    scene.Clear()
    settle()
    assert layouts.sliceView("Red").backgroundVolume is None and not layouts.hasContent()


def test_another_volume_in_the_same_place_keeps_the_slices(layouts, scene):
    first, second = addVolume(scene), addVolume(scene, name="second")
    settle()
    layouts.showVolume(first)
    red = layouts.sliceView("Red")
    red.setSliceOffset(-20.0)
    layouts.setShown(second, True)
    assert red.backgroundVolume is second and red.sliceOffset() == pytest.approx(-20.0)


def test_the_crosshair_moves_all_views(layouts, scene):
    addVolume(scene)
    settle()
    layouts.crosshair.setPosition((5.0, 7.0, 9.0))
    offsets = {name: view.sliceOffset() for name, view in layouts.sliceViews().items()}
    assert offsets == pytest.approx({"Red": 9.0, "Yellow": -5.0, "Green": 7.0})


def test_linked_views_zoom_together(layouts, scene):
    addVolume(scene)
    settle()
    red, green = layouts.sliceView("Red"), layouts.sliceView("Green")
    before = green.geometryOfSlice.mmPerPixel
    red.zoomBy(2.0)
    assert green.geometryOfSlice.mmPerPixel == before
    layouts.link.setEnabled(True)
    red.zoomBy(2.0)
    assert green.geometryOfSlice.mmPerPixel == pytest.approx(red.geometryOfSlice.mmPerPixel)
    offset = green.sliceOffset()
    red.panBy(12, 0)
    assert green.sliceOffset() == offset
    assert green.geometryOfSlice.centre[0] == pytest.approx(red.geometryOfSlice.centre[0])


@withViews
def test_a_single_oblique_picture_is_shown_in_its_own_plane_and_the_next_volume_upright(layouts, scene):
    matrix = obliqueMatrix()
    addVolume(scene, matrix, np.full((1, 60, 60), 1000, np.int16), name="picture")
    settle()
    red = layouts.sliceView("Red")
    assert abs(red.geometryOfSlice.normal @ matrix[:3, 2]) == pytest.approx(2.0)
    assert (red.screenshot().min(axis=2) > 200).mean() > 0.3
    assert red.visibleIn3D and not layouts.sliceView("Green").visibleIn3D
    addVolume(scene)
    settle()
    assert red.orientation == "Axial" and not red.visibleIn3D


def test_a_label_map_is_shown_over_the_background(layouts, scene):
    node = addVolume(scene)
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    labels.setVoxelArray(np.ones((5, 5, 5), np.uint8))
    labels.CreateDefaultDisplayNodes()
    settle()
    assert layouts.sliceView("Red").backgroundVolume is node
    layouts.setShown(labels, True)
    assert layouts.sliceView("Red").foregroundVolume is labels and layouts.isShown(node)


def addLabels(scene, name="labels"):
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", name)
    labels.setVoxelArray(np.ones((5, 5, 5), np.uint8))
    labels.CreateDefaultDisplayNodes()
    settle()
    return labels


def test_labels_that_are_loaded_are_seen_in_place_of_others_but_not_of_blended_images(layouts, scene):
    addVolume(scene)
    settle()
    red = layouts.sliceView("Red")
    for name in ("one", "two"):
        labels = addLabels(scene, name)
        assert red.foregroundVolume is labels
    image = addVolume(scene)
    settle()
    layouts.setForegroundVolume(image)
    addLabels(scene, "three")
    assert red.foregroundVolume is image


def test_a_crosshair_outside_of_a_new_volume_is_taken_away(layouts, scene):
    addVolume(scene)
    settle()
    layouts.crosshair.setPosition((500.0, 0, 0))
    addVolume(scene)
    settle()
    assert layouts.crosshair.position is None


def previewVolume(scene, voxels=None):
    """A volume that is still being read, of which slices 0 to 19 are there; no modality is known of it."""
    node = addVolume(Scene(), obliqueMatrix(), voxels, name="preview")
    scene.setPreviewNode(node, range(20))
    settle()
    return node


def cameraState(view):
    camera = view.plotter.renderer.GetActiveCamera()
    return [*camera.GetPosition(), *camera.GetFocalPoint(), camera.GetViewAngle()]


@withViews
def test_a_preview_comes_to_3d_only_when_it_is_complete(layouts, scene, monkeypatch):
    layouts.setLayout("ThreeD")
    before, threeD = addVolume(scene), layouts.threeDView()
    settle()
    layouts.setRendered(before, False)
    red = layouts.sliceView("Red")
    red.setVisibleIn3D(True)
    settle()
    threeD.plotter.renderer.GetActiveCamera().Azimuth(20)
    seen = cameraState(threeD)
    asked = asksToDraw(monkeypatch, threeD)
    preview = previewVolume(scene)
    layersOfRed = threeD._slices["Red"][2]
    assert red.backgroundVolume is preview and layersOfRed[0].node is None
    assert threeD.candidateVolume() is before, "asking for the values of all voxels would hold the reading up"
    asked.clear()
    for _ in range(3):
        preview.imageDataModified()
        settle()
    assert asked == []
    scene.setPreviewNode(None)
    settle()
    assert layersOfRed[0].node is before
    assert cameraState(threeD) == pytest.approx(seen)


@withViews
def test_slices_in_3d_are_fitted_when_what_was_previewed_is_complete(layouts, scene):
    layouts.setLayout("ThreeD")
    before, threeD = addVolume(scene), layouts.threeDView()
    settle()
    layouts.setRendered(before, False)
    layouts.sliceView("Red").setVisibleIn3D(True)
    settle()
    voxels = np.zeros((80, 60, 50), np.int16)
    previewVolume(scene, voxels)
    complete = addVolume(scene, obliqueMatrix(), voxels)
    scene.setPreviewNode(None)
    settle()
    bounds = np.array(complete.GetRASBounds()).reshape(3, 2)
    focus = threeD.plotter.renderer.GetActiveCamera().GetFocalPoint()
    assert np.allclose(focus, bounds.mean(axis=1), atol=1)


def test_a_volume_that_comes_hidden_leaves_the_views_as_they_are(layouts, scene):
    first = addVolume(scene)
    settle()
    second = addVolume(scene, name="second")
    second.GetDisplayNode().SetVisibility(False)
    settle()
    assert layouts.sliceView("Red").backgroundVolume is first and layouts.isShown(first)
    assert not layouts.isShown(second) and not isRendered(second)
    layouts.setShown(second, True)
    assert layouts.isShown(second)


def test_the_probe_does_not_take_what_is_not_read_for_a_value(layouts, scene):
    arrived = set(range(20))
    node = addVolume(Scene(), axialMatrix(), name="preview")
    scene.setPreviewNode(node, arrived)
    settle()
    red, probe = layouts.sliceView("Red"), DataProbe()
    probe.watch(red)
    probe.describe(red, node.ijkToRASArray()[:3] @ [3, 3, 19, 1])
    assert probe.text().endswith("(3, 3, 19)  0")
    probe.describe(red, node.ijkToRASArray()[:3] @ [3, 3, 20, 1])
    assert probe.text().endswith("(3, 3, 20)  not read yet")
    arrived.add(20)
    node.imageDataModified()
    settle()
    assert probe.text().endswith("(3, 3, 20)  0"), "the mouse rests, the slice has come"
