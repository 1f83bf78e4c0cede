"""What is drawn is compared with where the matrix says it lies; events are real Qt events."""

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QPoint, QPointF, Qt
from qtpy.QtGui import QColor, QMouseEvent, QPalette, QWheelEvent
from qtpy.QtTest import QTest
from qtpy.QtWidgets import QApplication

from DICOMModule.Host.SliceGeometry import ORIENTATIONS
from DICOMModule.Host.SliceView import SliceView
from Testing.DICOMModule.Host.Volumes import (
    addVolume,
    axialMatrix,
    blockCentre,
    brightCentre,
    obliqueMatrix,
    rotation,
    shearedMatrix,
)

pytestmark = pytest.mark.gui
PIXEL_TOLERANCE = 1.0
MILLIMETRE_TOLERANCE = 0.5


@pytest.fixture
def makeView(qtbot, scene):
    views = []

    def make(name="Red", **options):
        view = SliceView(name, scene, **options)
        views.append(view)
        view.resize(280, 260)
        with qtbot.waitExposed(view):
            view.show()
        QApplication.processEvents()
        return view

    yield make
    for view in views:
        view.close()
        view.deleteLater()


def quiet(view):
    """Nothing but the image is drawn."""
    notes = view.annotations
    notes.cornersVisible = notes.lettersVisible = notes.rulerVisible = False
    view.crosshair.setVisible(False)


def moveTo(widget, position, buttons=Qt.NoButton, modifiers=Qt.NoModifier):
    event = QMouseEvent(QEvent.MouseMove, QPointF(position), Qt.NoButton, buttons, modifiers)
    QApplication.sendEvent(widget, event)


def drag(widget, start, end, button=Qt.LeftButton, modifiers=Qt.NoModifier):
    QTest.mousePress(widget, button, modifiers, start)
    for part in (0.3, 0.7, 1.0):
        moveTo(widget, start + (end - start) * part, button, modifiers)
    QTest.mouseRelease(widget, button, modifiers, end)


def turnWheel(widget, notches, modifiers=Qt.NoModifier, position=None):
    position = position or QPoint(100, 100)
    event = QWheelEvent(
        QPointF(position), QPointF(widget.mapToGlobal(position)), QPoint(), QPoint(0, int(120 * notches)),
        Qt.NoButton, modifiers, Qt.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


# Drawn where it lies


@pytest.mark.parametrize("name", ["Red", "Yellow", "Green"])
@pytest.mark.parametrize("matrixOf", [axialMatrix, obliqueMatrix, shearedMatrix])
def test_a_block_is_drawn_where_the_matrix_puts_it(makeView, scene, name, matrixOf):
    view = makeView(name)
    quiet(view)
    node = addVolume(scene, matrixOf())
    view.setBackgroundVolume(node)
    centre = blockCentre(matrixOf())
    view.jumpTo(centre)
    picture = view.screenshot()
    geometry = view.geometryOfSlice
    assert picture.shape[:2] == (geometry.height, geometry.width)
    error = brightCentre(picture) - geometry.rasToDisplay(centre)
    assert np.abs(error).max() < PIXEL_TOLERANCE
    assert np.abs(error).max() * geometry.mmPerPixel < MILLIMETRE_TOLERANCE


def test_a_block_is_drawn_where_it_lies_on_any_plane(makeView, scene):
    view = makeView()
    quiet(view)
    view.setBackgroundVolume(addVolume(scene, shearedMatrix()))
    centre = blockCentre(shearedMatrix())
    matrix = np.eye(4)
    matrix[:3, :3] = rotation((35, 20, -50)) @ ORIENTATIONS["Axial"]
    matrix[:3, 3] = centre + matrix[:3, 0] * 9
    view.setSliceToRAS(matrix)
    error = brightCentre(view.screenshot()) - view.geometryOfSlice.rasToDisplay(centre)
    assert np.abs(error).max() < PIXEL_TOLERANCE
    assert view.orientation == "Oblique"


def test_a_parent_transform_moves_what_is_drawn(makeView, scene):
    view = makeView()
    quiet(view)
    node = addVolume(scene)
    view.setBackgroundVolume(node)
    parent = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = parent.GetMatrixTransformToParent()
    matrix.SetElement(0, 3, 8.0)
    node.SetAndObserveTransformNodeID(parent.GetID())
    parent.SetMatrixTransformToParent(matrix)
    QApplication.processEvents()
    centre = blockCentre(axialMatrix()) + [8, 0, 0]
    view.jumpTo(centre)
    assert brightCentre(view.screenshot()) == pytest.approx(view.geometryOfSlice.rasToDisplay(centre), abs=1)


def test_outside_the_block_the_picture_is_dark(makeView, scene):
    view = makeView()
    quiet(view)
    view.setBackgroundVolume(addVolume(scene))
    view.setSliceOffset(blockCentre(axialMatrix())[2] - 14)
    assert view.screenshot().max() < 40


def test_a_single_slice_is_shown(makeView, scene):
    voxels = np.full((1, 20, 20), 1000, np.int16)
    view = makeView()
    quiet(view)
    view.setBackgroundVolume(addVolume(scene, np.eye(4), voxels))
    assert (view.screenshot().min(axis=2) > 200).mean() > 0.5


def test_a_colour_volume_keeps_its_colours(makeView, scene):
    voxels = np.zeros((1, 8, 8, 3), np.uint8)
    voxels[..., 0] = 200
    node = scene.AddNewNodeByClass("vtkMRMLVectorVolumeNode")
    node.setVoxelArray(voxels)
    node.CreateDefaultDisplayNodes()
    view = makeView()
    quiet(view)
    view.setBackgroundVolume(node)
    middle = view.screenshot()[100, 120]
    assert middle[0] == pytest.approx(200, abs=3) and middle[1:].max() < 3


def test_the_foreground_is_blended_over_the_background(makeView, scene):
    dark = addVolume(scene, np.eye(4), np.zeros((5, 20, 20), np.int16))
    bright = addVolume(scene, np.eye(4), np.full((5, 20, 20), 1000, np.int16))
    view = makeView()
    quiet(view)
    view.setBackgroundVolume(dark)
    view.setForegroundVolume(bright, 0.25)
    assert view.screenshot()[100, 120, 0] == pytest.approx(0.25 * 255, abs=3)
    view.setForegroundOpacity(0.75)
    assert view.screenshot()[100, 120, 0] == pytest.approx(0.75 * 255, abs=3)


def test_hiding_by_the_display_node_hides_the_picture(makeView, scene):
    view = makeView()
    quiet(view)
    node = addVolume(scene, np.eye(4), np.full((5, 20, 20), 1000, np.int16))
    view.setBackgroundVolume(node)
    node.SetDisplayVisibility(False)
    QApplication.processEvents()
    assert view.screenshot().max() < 40


# Texts


def test_letters_are_those_of_the_plane(makeView, scene):
    view = makeView("Yellow")
    view.setBackgroundVolume(addVolume(scene))
    assert view.annotations.letters() == {"left": "A", "right": "P", "top": "S", "bottom": "I"}
    matrix = view.sliceToRAS()
    matrix[:3, :3] = rotation((0, 0, 40)) @ ORIENTATIONS["Axial"]
    view.setSliceToRAS(matrix)
    assert view.annotations.letters() == {"left": "RA", "right": "LP", "top": "AL", "bottom": "PR"}


def test_no_letters_where_the_files_do_not_say_how_the_picture_lies_in_the_patient(makeView, scene):
    view = makeView()
    node = addVolume(scene)
    node.SetAttribute(node.PLACE_ATTRIBUTE, "unknown")
    view.setBackgroundVolume(node)
    view.setSliceOffset(-30.0)
    assert set(view.annotations.letters().values()) == {""}
    assert view.annotations.cornerText("topRight") == "-30.00 mm\n1 / 40"
    assert view.controller.positionLabel.text() == "-30.0 mm"


def test_corner_texts_tell_name_window_and_position(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene, name="3: CT head"))
    view.setSliceOffset(-30.0)
    notes = view.annotations
    assert notes.cornerText("topLeft") == "3: CT head"
    assert notes.cornerText("bottomLeft") == "W 1000  L 500"
    assert notes.cornerText("topRight") == "I 30.00 mm\n1 / 40"


# Events


def test_the_wheel_steps_by_one_voxel_and_stops_at_the_ends(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    start = view.sliceOffset()
    turnWheel(view.plotter, 1)
    assert view.sliceOffset() == pytest.approx(start + 2.0)
    turnWheel(view.plotter, -3)
    assert view.sliceOffset() == pytest.approx(start - 4.0)
    turnWheel(view.plotter, 500)
    assert view.sliceOffset() == pytest.approx(48.0)


def test_the_wheel_steps_along_the_normal_of_an_oblique_volume(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene, obliqueMatrix()))
    view.rotateToVolumePlane()
    # The first step goes to a slice of the volume, wherever the view was between two of them.
    turnWheel(view.plotter, 1)
    start = view.sliceOffset()
    turnWheel(view.plotter, 1)
    assert view.sliceOffset() == pytest.approx(start + 2.0)


def test_small_turns_of_a_touch_pad_add_up(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    start = view.sliceOffset()
    for _part in range(4):
        turnWheel(view.plotter, 0.25)
    assert view.sliceOffset() == pytest.approx(start + 2.0)


def test_the_slider_and_the_slice_follow_each_other(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    view.controller.slider.setValue(3)
    assert view.sliceOffset() == pytest.approx(-24.0)
    view.setSliceOffset(10.0)
    assert view.controller.slider.value() == 20
    assert view.controller.positionLabel.text() == "S 10.0 mm"


def test_dragging_changes_window_and_level_of_every_view_of_the_volume(makeView, scene):
    view, other = makeView(), makeView("Green")
    node = addVolume(scene)
    for each in (view, other):
        each.setBackgroundVolume(node)
    width, height = view.plotter.width(), view.plotter.height()
    drag(view.plotter, QPoint(50, 100), QPoint(50 + width // 4, 100 - height // 10))
    window, level = view.windowLevel()
    assert window == pytest.approx(1000 * np.exp(2 * (width // 4) / width))
    assert level == pytest.approx(500 + 1000 * (height // 10) / height)
    QApplication.processEvents()
    assert other.annotations.cornerText("bottomLeft") == view.annotations.cornerText("bottomLeft")


def test_a_click_without_a_drag_leaves_the_window_alone(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    drag(view.plotter, QPoint(50, 100), QPoint(51, 101))
    assert view.windowLevel() == (1000, 500)


@pytest.mark.parametrize("button, modifiers", [(Qt.MiddleButton, Qt.NoModifier), (Qt.LeftButton, Qt.ControlModifier)])
def test_panning_moves_the_image_with_the_mouse(makeView, scene, button, modifiers):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    ras = view.rasAt(QPoint(60, 80))
    drag(view.plotter, QPoint(60, 80), QPoint(90, 70), button, modifiers)
    assert view.positionOf(ras) == QPoint(90, 70)
    assert view.windowLevel() == (1000, 500)


def test_right_drag_and_control_wheel_zoom_about_the_mouse(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    before, ras = view.geometryOfSlice.mmPerPixel, view.rasAt(QPoint(60, 80))
    drag(view.plotter, QPoint(60, 80), QPoint(60, 40), Qt.RightButton)
    assert view.geometryOfSlice.mmPerPixel < before * 0.9
    assert view.positionOf(ras) == QPoint(60, 80)
    offset = view.sliceOffset()
    turnWheel(view.plotter, -2, Qt.ControlModifier, QPoint(60, 80))
    assert view.positionOf(ras) == QPoint(60, 80) and view.sliceOffset() == offset


def test_r_fits_again(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    before = view.geometryOfSlice.mmPerPixel
    view.zoomBy(3.0)
    QTest.keyClick(view.plotter, Qt.Key_R)
    assert view.geometryOfSlice.mmPerPixel == pytest.approx(before)


def test_a_fitted_view_stays_fitted_when_it_is_resized(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    before = view.geometryOfSlice.mmPerPixel
    view.resize(200, 180)
    QApplication.processEvents()
    assert view.geometryOfSlice.mmPerPixel > before * 1.2
    assert view.geometryOfSlice.height == view.plotter.height()


def test_shift_and_move_place_the_crosshair_and_other_views_follow(makeView, scene):
    red = makeView()
    green = makeView("Green", crosshair=red.crosshair)
    node = addVolume(scene)
    for view in (red, green):
        view.setBackgroundVolume(node)
    position = QPoint(80, 70)
    moveTo(red.plotter, position, modifiers=Qt.ShiftModifier)
    ras = red.crosshair.position
    assert ras == pytest.approx(red.rasAt(position))
    assert green.sliceOffset() == pytest.approx(ras[1])
    assert green.rasAt(green.positionOf(ras)) == pytest.approx(ras, abs=green.geometryOfSlice.mmPerPixel)


def test_the_pointer_is_reported_and_its_leaving_too(makeView, scene, qtbot):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    places = []
    view.pointerMoved.connect(places.append)
    moveTo(view.plotter, QPoint(70, 90))
    QApplication.sendEvent(view.plotter, QEvent(QEvent.Leave))
    assert places[0] == pytest.approx(view.rasAt(QPoint(70, 90))) and places[1] is None


def test_a_double_click_asks_to_maximise_and_a_right_click_for_the_menu(makeView, qtbot):
    view = makeView()
    with qtbot.waitSignal(view.maximizeRequested, timeout=60_000):
        QTest.mouseDClick(view.plotter, Qt.LeftButton, Qt.NoModifier, QPoint(50, 50))
    view.menuRequested.disconnect(view.controller.showMenu)
    with qtbot.waitSignal(view.menuRequested, timeout=60_000):
        QTest.mouseClick(view.plotter, Qt.RightButton, Qt.NoModifier, QPoint(50, 50))


def test_keys_of_vtk_do_nothing(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    before = view.screenshot()
    for key in (Qt.Key_3, Qt.Key_W, Qt.Key_E, Qt.Key_Q):
        QTest.keyClick(view.plotter, key)
    QApplication.processEvents()
    assert np.array_equal(view.screenshot(), before)


# Menu and strip


def test_the_menu_offers_the_windows_of_the_file(makeView, scene):
    view = makeView()
    node = addVolume(scene)
    node.GetDisplayNode().AddWindowLevelPreset(80, 35, "BRAIN")
    view.setBackgroundVolume(node)
    menu = view.controller.buildMenu()
    windows = next(action.menu() for action in menu.actions() if action.text() == "Window and level")
    brain = next(action for action in windows.actions() if action.text().startswith("Brain\tW 80"))
    brain.trigger()
    assert view.windowLevel() == (80, 35)


def test_automatic_window_follows_the_voxels(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene, voxels=np.linspace(-50, 150, 8000).reshape(20, 20, 20).astype(np.int16)))
    QTest.keyClick(view.plotter, Qt.Key_A)
    window, level = view.windowLevel()
    assert window == pytest.approx(200, abs=3) and level == pytest.approx(50, abs=2)


def test_the_blend_row_is_there_only_with_a_foreground(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    assert not view.controller.blendSlider.isVisible()
    view.setForegroundVolume(addVolume(scene))
    assert view.controller.blendSlider.isVisible()
    view.controller.blendSlider.setValue(20)
    assert view.foregroundOpacity == pytest.approx(0.2)
    view.setForegroundVolume(None)
    assert not view.controller.blendSlider.isVisible()


def test_the_picture_of_the_blend_row_follows_the_appearance(makeView):
    controller = makeView().controller
    before, palette = controller._blendPicture.pixmap().toImage(), QApplication.palette()
    changed = QPalette(palette)
    changed.setColor(QPalette.ButtonText, QColor("#010203"))
    try:
        QApplication.setPalette(changed)
        QApplication.sendEvent(controller, QEvent(QEvent.PaletteChange))
        assert controller._blendPicture.pixmap().toImage() != before
    finally:
        QApplication.setPalette(palette)


def test_turning_keeps_the_middle_and_names_the_orientation(makeView, scene):
    view = makeView()
    view.setBackgroundVolume(addVolume(scene))
    view.setOrientation("Coronal")
    assert view.controller.orientationButton.text() == "Coronal"
    assert view.annotations.letters()["top"] == "S"


# End


def test_closing_twice_and_changes_afterwards_do_no_harm(makeView, scene):
    view = makeView()
    node = addVolume(scene)
    view.setBackgroundVolume(node)
    view.closeView()
    view.closeView()
    node.GetDisplayNode().SetWindowLevel(10, 10)
    node.imageDataModified()
    view.crosshair.setPosition((1, 2, 3))
    QApplication.processEvents()
