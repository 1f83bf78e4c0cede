"""Volume rendering is compared with where the matrix says the block lies."""

import time

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QMouseEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import isRendered
from DICOMModule.Host.SliceView import SliceView
from DICOMModule.Host.ThreeDView import ThreeDView
from DICOMModule.Host.VolumeLooks import setLook
from Testing.DICOMModule.Host.Volumes import (
    addVolume,
    axialMatrix,
    blockCentre,
    brightCentre,
    obliqueMatrix,
    shearedMatrix,
)

pytestmark = pytest.mark.gui


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def view(qtbot, scene):
    shown = ThreeDView(scene)
    shown.resize(220, 220)
    with qtbot.waitExposed(shown):
        shown.show()
    waitForPaints()
    yield shown
    shown.close()
    shown.deleteLater()


def settle(view):
    QApplication.processEvents()
    view.refresh()


def waitForPaints():
    """Let Qt paint what was asked for before."""
    for _turn in range(8):
        QApplication.processEvents()
        time.sleep(0.005)


def asksToDraw(monkeypatch, view):
    """:returns: grows whenever the view wants to be drawn; the window system may ask for pictures of its own"""
    asked, update = [], view.plotter.update
    monkeypatch.setattr(view.plotter, "update", lambda *area: asked.append(1) or update(*area))
    return asked


def drag(view, x, y):
    """Move the mouse with its left button held: the event itself, of which a window system may leave some out."""
    place, none = QPointF(x, y), Qt.NoButton
    QApplication.sendEvent(view.plotter, QMouseEvent(QEvent.MouseMove, place, none, Qt.LeftButton, Qt.NoModifier))


def waitUntilAtRest(qtbot, view):
    """Until nothing of the view waits to be drawn."""
    timers = (view._restTimer, view._refreshTimer, view._measurementTimer, view._crosshairTimer)
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in timers), timeout=60_000)
    waitForPaints()


def quiet(view):
    """Nothing but the data is drawn, before a black background and without perspective's help."""
    view.annotations.boxVisible = view.annotations.lettersVisible = False
    view.plotter.set_background("black")


def onScreen(view, ras):
    """Pixels from the lower left corner where VTK's camera sees a RAS point."""
    renderer = view.plotter.renderer
    renderer.SetWorldPoint(*ras, 1.0)
    renderer.WorldToDisplay()
    return np.array(renderer.GetDisplayPoint()[:2])


def showRendered(view, node, preset="Brightest (MIP)"):
    setLook(node, preset)
    settle(view)


@pytest.mark.parametrize("side", ["Anterior", "Left", "Superior"])
@pytest.mark.parametrize("matrixOf", [axialMatrix, obliqueMatrix, shearedMatrix])
def test_a_block_is_rendered_where_the_matrix_puts_it(view, scene, matrixOf, side):
    quiet(view)
    showRendered(view, addVolume(scene, matrixOf()))
    view.plotter.renderer.GetActiveCamera().ParallelProjectionOn()
    view.lookFrom(side)
    picture = view.screenshot()
    expected = onScreen(view, blockCentre(matrixOf()))
    assert np.abs(brightCentre(picture, 100) - expected).max() < 1.0


def test_a_thinned_volume_stays_where_it_is(view, scene, monkeypatch):
    monkeypatch.setattr("DICOMModule.Host.VolumeRendering.strideFor", lambda *_arguments: np.array([3, 3, 3]))
    quiet(view)
    showRendered(view, addVolume(scene, obliqueMatrix()))
    view.plotter.renderer.GetActiveCamera().ParallelProjectionOn()
    # Of the block's voxels these are drawn: i 31 and 34, j 16 and 19, k 22 and 25.
    drawn = (obliqueMatrix() @ [32.5, 17.5, 23.5, 1])[:3]
    for side in ("Anterior", "Superior"):
        view.lookFrom(side)
        error = brightCentre(view.screenshot(), 100) - onScreen(view, drawn)
        assert np.abs(error).max() < 1.0


def test_nothing_is_rendered_until_the_display_node_asks_for_it(view, scene):
    quiet(view)
    node = addVolume(scene)
    settle(view)
    assert view.screenshot().max() == 0 and view.renderedVolumes() == []
    showRendered(view, node)
    assert view.screenshot().max() > 100 and view.renderedVolumes() == [node]
    node.SetDisplayVisibility(False)
    settle(view)
    assert view.screenshot().max() == 0


def test_a_volume_that_leaves_the_scene_is_gone(view, scene):
    quiet(view)
    node = addVolume(scene)
    showRendered(view, node)
    scene.RemoveNode(node)
    settle(view)
    assert view.contentBounds() is None and view.screenshot().max() == 0


def test_the_box_surrounds_the_data_and_letters_stand_at_its_sides(view, scene):
    showRendered(view, addVolume(scene))
    low, high = view.contentBounds()
    assert low == pytest.approx([35 - 49.5 * 1.5, 40 - 59.5 * 1.2, -31]) and high == pytest.approx([35.75, 40.6, 49])
    letters = view.annotations.letters
    assert letters["R"].GetPosition()[0] > high[0] and letters["L"].GetPosition()[0] < low[0]
    assert letters["S"].GetPosition()[2] > high[2] and letters["P"].GetPosition()[1] < low[1]
    assert letters["A"].GetVisibility()


@pytest.mark.parametrize("matrixOf", [obliqueMatrix, shearedMatrix])
def test_slices_are_shown_in_3d_where_they_are(view, scene, matrixOf):
    node = addVolume(scene, matrixOf())
    slices = SliceView("Red", scene)
    slices.resize(150, 150)
    view.addSliceView(slices)
    slices.setBackgroundVolume(node)
    slices.jumpTo(blockCentre(matrixOf()))
    quiet(view)
    settle(view)
    assert view.screenshot().max() == 0, "not asked for yet"
    slices.setVisibleIn3D(True)
    settle(view)
    view.plotter.renderer.GetActiveCamera().ParallelProjectionOn()
    view.fit((0.3, 0.5, 0.8), (0, 0, 1))
    error = brightCentre(view.screenshot()) - onScreen(view, blockCentre(matrixOf()))
    assert np.abs(error).max() < 1.0
    slices.close()


def test_surfaces_of_model_nodes_are_shown(view, scene):
    quiet(view)
    sphere = vtkSphereSource()
    sphere.SetRadius(20)
    sphere.Update()
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    node.SetAndObservePolyData(sphere.GetOutput())
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetColor(1, 0, 0)
    settle(view)
    picture = view.screenshot()
    assert picture[..., 0].max() > 150 and picture[..., 1].max() < 60
    assert view.contentBounds()[1] == pytest.approx([20, 20, 20], abs=0.6)


def test_what_a_thread_has_told_when_the_view_is_closed_is_drawn_no_more(view, scene):
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    sphere = vtkSphereSource()
    sphere.Update()
    node.SetAndObservePolyData(sphere.GetOutput())
    node.CreateDefaultDisplayNodes()
    settle(view)
    assert view.surfaces.drawn
    view._copyMade.emit()
    view.closeView()
    waitForPaints()
    assert view.surfaces.drawn == {}


def test_moving_is_coarser_than_resting(view, scene, qtbot, monkeypatch):
    monkeypatch.setattr(view.sampling, "learn", lambda _seconds: None)  # a busy machine must not make it coarser
    showRendered(view, addVolume(scene))
    view.screenshot()
    mapper = next(iter(view._volumes.values())).mapper
    assert mapper.GetImageSampleDistance() == 1.0
    view._restTimer.setInterval(60_000)  # nor look like a resting mouse
    QTest.mousePress(view.plotter, Qt.LeftButton, Qt.NoModifier, QPoint(60, 60))
    drag(view, 90, 70)
    QApplication.processEvents()
    assert view.sampling.isMoving and mapper.GetSampleDistance() > 1.2
    QTest.mouseRelease(view.plotter, Qt.LeftButton, Qt.NoModifier, QPoint(90, 70))
    view._restTimer.setInterval(10)
    qtbot.waitUntil(lambda: not view.sampling.isMoving, timeout=60_000)
    assert mapper.GetSampleDistance() == pytest.approx(1.2)


def test_rotating_draws_once_for_each_move(view, scene, qtbot, monkeypatch):
    showRendered(view, addVolume(scene))
    view.screenshot()
    waitUntilAtRest(qtbot, view)
    view._restTimer.setInterval(60_000)  # a busy machine must not look like a resting mouse
    asked = asksToDraw(monkeypatch, view)
    QTest.mousePress(view.plotter, Qt.LeftButton, Qt.NoModifier, QPoint(60, 60))
    QApplication.processEvents()
    asked.clear()
    moves = range(65, 125, 5)
    for x in moves:
        drag(view, x, 60)
        QApplication.processEvents()
    assert len(asked) == len(moves)
    QTest.mouseRelease(view.plotter, Qt.LeftButton, Qt.NoModifier, QPoint(120, 60))


def test_a_mouse_that_only_passes_over_draws_nothing(view, scene, qtbot, monkeypatch):
    showRendered(view, addVolume(scene))
    view.screenshot()
    waitUntilAtRest(qtbot, view)
    asked = asksToDraw(monkeypatch, view)
    for x in range(65, 125, 5):
        QTest.mouseMove(view.plotter, QPoint(x, 60))
        QApplication.processEvents()
    waitForPaints()
    assert asked == []


def test_no_letters_around_a_volume_that_has_no_place_in_the_patient(view, scene):
    node = addVolume(scene)
    showRendered(view, node)
    settle(view)
    assert view.annotations.letters["R"].GetVisibility()
    node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    settle(view)
    assert not any(letter.GetVisibility() for letter in view.annotations.letters.values())


def test_a_volume_drawn_by_the_processor_waits_until_the_crosshair_rests(view, scene, qtbot, monkeypatch):
    showRendered(view, addVolume(scene))
    view.screenshot()
    monkeypatch.setattr(view, "isSoftwareRendered", lambda: True)
    view._crosshairTimer.setInterval(60_000)  # a busy machine must not look like a resting crosshair
    asked = []
    monkeypatch.setattr(view, "requestDrawing", lambda moving=False: asked.append(moving) if moving else None)
    for step in range(3):
        view.crosshair.setPosition([float(step), 0.0, 0.0])
        qtbot.wait(25)
        assert asked == [] and view._crosshairTimer.isActive()
    view._crosshairTimer.setInterval(10)
    qtbot.waitUntil(lambda: asked == [True], timeout=60_000)


def test_another_size_is_drawn_coarse_first(view, scene, qtbot):
    showRendered(view, addVolume(scene))
    view.screenshot()
    view.resize(view.width() + 40, view.height() + 30)
    assert view.sampling.isMoving
    qtbot.waitUntil(lambda: not view.sampling.isMoving, timeout=60_000)


def test_the_strip_switches_rendering_and_its_look(view, scene):
    node = addVolume(scene)
    settle(view)
    strip = view.controller
    assert strip.renderingButton.isEnabled() and not strip.renderingButton.isChecked()
    assert strip.presetButton.text() == "MR default"
    strip.renderingButton.click()
    settle(view)
    assert isRendered(node) and view.renderedVolumes() == [node]
    strip.setPreset("CT lung")
    settle(view)
    assert strip.presetButton.text() == "CT lung"


def test_a_view_without_volumes_has_nothing_to_switch(view):
    settle(view)
    assert not view.controller.renderingButton.isEnabled() and view.controller.presetButton.text() == "No volume"


def test_r_fits_and_vtks_own_keys_do_nothing(view, scene):
    showRendered(view, addVolume(scene))
    camera = view.plotter.renderer.GetActiveCamera()
    distance = camera.GetDistance()
    camera.Dolly(3)
    for key in (Qt.Key_3, Qt.Key_W, Qt.Key_Q, Qt.Key_R):
        QTest.keyClick(view.plotter, key)
    assert camera.GetDistance() == pytest.approx(distance, rel=0.01)
    assert not view.plotter.ren_win.GetStereoRender()


def test_a_double_click_asks_to_maximise(view, qtbot):
    with qtbot.waitSignal(view.maximizeRequested, timeout=60_000):
        QTest.mouseDClick(view.plotter, Qt.LeftButton, Qt.NoModifier, QPoint(50, 50))


def test_closing_while_the_view_is_about_to_rest_does_no_harm(view, scene, qtbot):
    showRendered(view, addVolume(scene))
    view._restTimer.setInterval(20)
    view.requestDrawing(moving=True)
    view.closeView()
    QApplication.sendEvent(view.plotter, QEvent(QEvent.Leave))
    qtbot.wait(60)
    view.closeView()


def test_changing_the_window_does_not_draw_the_3d_view_again(view, scene, qtbot, monkeypatch):
    node = addVolume(scene)
    showRendered(view, node)
    view.screenshot()
    waitUntilAtRest(qtbot, view)
    asked = asksToDraw(monkeypatch, view)
    node.GetDisplayNode().SetWindowLevel(200, 50)
    waitForPaints()
    assert asked == []
    setLook(node, "CT lung")
    waitForPaints()
    assert asked != []
