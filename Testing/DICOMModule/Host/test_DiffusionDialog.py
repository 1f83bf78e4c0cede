import numpy as np
import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QGuiApplication

from DICOMLib.Diffusion.Coverage import evenDirections
from DICOMModule.Host.ShellTable import HEADINGS
from Testing.DICOMModule.Host.conftest import settle

pytestmark = pytest.mark.gui

B_VALUES = np.r_[0.0, np.full(12, 1000.0)]
DIRECTIONS = np.vstack([np.zeros(3), evenDirections(12)])


@pytest.fixture
def drawsViews():
    return False


def addDiffusion(scene, name="ep2d - as DWI Volume", bValues=B_VALUES, directions=DIRECTIONS):
    """Fibres along S everywhere."""
    attenuation = np.exp(-bValues * (0.3e-3 + 1.3e-3 * directions[:, 2] ** 2))
    node = scene.AddNewNodeByClass("vtkMRMLDiffusionWeightedVolumeNode", name)
    node.setVoxelArray(np.broadcast_to(1000 * attenuation, (4, 6, 5, len(bValues))).astype(np.int16))
    node.SetBValues(bValues)
    node.SetDiffusionGradients(directions)
    node.CreateDefaultDisplayNodes()
    return node


@pytest.fixture
def open_(makeWindow, scene):
    """Opens the dialog on a window: returns both."""

    def open_():
        window = makeWindow()
        window.showDiffusion()
        settle()
        return window, window.diffusionDialog

    return open_


def cells(table) -> list[list[str]]:
    return [[table.item(row, column).text() for column in range(len(HEADINGS))] for row in range(table.rowCount())]


def names(scene) -> list[str]:
    return [node.GetName() for node in scene.GetNodesByClass("vtkMRMLVolumeNode")]


def test_without_a_diffusion_volume_it_says_so_and_offers_nothing(open_):
    _window, dialog = open_()
    assert dialog._pages.currentIndex() == 0 and not dialog.selector.isVisible()
    assert not dialog.tensorButton.isEnabled() and not dialog.nrrdButton.isEnabled()
    assert dialog.tensorButton.toolTip() == "There is no diffusion volume."


def test_it_shows_shells_explanation_and_directions_of_a_volume(open_, scene):
    node = addDiffusion(scene)
    _window, dialog = open_()
    assert dialog.node() is node
    assert cells(dialog.table)[0] == ["0", "1", "–", "–", "–"]
    assert cells(dialog.table)[1][:3] == ["1000", "12", "12"] and cells(dialog.table)[1][4] == "even"
    assert dialog.explanation.toPlainText().startswith("13 measurements: 1 at b = 0, 12 at b = 1000.")
    assert not dialog.warningLabel.isVisible()
    assert len(dialog.plot._directions) == 12


def test_it_follows_volumes_that_come_change_and_go(open_, scene):
    _window, dialog = open_()
    node = addDiffusion(scene)
    settle()
    assert dialog.node() is node
    node.SetDiffusionGradients(np.abs(DIRECTIONS) * 0.9)
    node.SetName("renamed")
    settle()
    assert dialog.warningLabel.isVisible() and dialog.selector.currentText() == "renamed"
    scene.RemoveNode(node)
    settle()
    assert dialog._pages.currentIndex() == 0


def test_a_volume_can_be_chosen_among_several(open_, scene):
    _first, second = addDiffusion(scene, "one"), addDiffusion(scene, "two", B_VALUES[:5], DIRECTIONS[:5])
    window, dialog = open_()
    window.showDiffusion(second)
    assert dialog.node() is second and len(dialog.plot._directions) == 4
    assert not dialog.tensorButton.isEnabled()
    assert "a tensor needs 7" in dialog.tensorButton.toolTip()


def test_the_data_tree_opens_it_on_the_volume(open_, scene):
    addDiffusion(scene, "one")
    second = addDiffusion(scene, "two")
    window, dialog = open_()
    menu = window.dataTree.buildMenu(scene.GetSubjectHierarchyNode().GetItemByDataNode(second))
    next(action for action in menu.actions() if action.text().startswith("Diffusion")).trigger()
    assert dialog.node() is second
    scalar = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    menu = window.dataTree.buildMenu(scene.GetSubjectHierarchyNode().GetItemByDataNode(scalar))
    assert not any(action.text().startswith("Diffusion") for action in menu.actions())


def test_the_view_menu_opens_it_on_the_volume_that_is_shown(open_, scene):
    addDiffusion(scene, "one")
    second = addDiffusion(scene, "two")
    window, dialog = open_()
    dialog.hide()
    window.layoutManager.showVolume(second)
    window.showDiffusion()
    assert dialog.node() is second
    window.layoutManager.showVolume(scene.GetFirstNodeByName("one"))
    window.showDiffusion()
    assert dialog.node() is second, "what was chosen in the open window stays"


def test_tensor_button_adds_its_volumes_and_shows_the_colours(open_, scene, qtbot):
    addDiffusion(scene)
    window, dialog = open_()
    dialog.tensorButton.setFocus()
    dialog.tensorButton.click()
    assert not dialog.tensorButton.isEnabled() and dialog.tensorButton.toolTip() == "Being computed."
    assert dialog.focusWidget() is not dialog.nrrdButton
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()
    assert names(scene)[1:] == ["ep2d - tensor", "ep2d - FA", "ep2d - MD", "ep2d - colour FA"]
    colours = scene.GetFirstNodeByName("ep2d - colour FA")
    assert window.layoutManager.isShown(colours)
    red, green, blue = colours.voxelArray()[2, 3, 2]
    assert blue > 150 and red < 10 and green < 10
    assert dialog.tensorButton.isEnabled()
    assert all(view.visibleIn3D for view in window.layoutManager.sliceViews().values())


def test_mean_buttons_add_their_volumes(open_, scene, qtbot):
    addDiffusion(scene)
    window, dialog = open_()
    for button in (dialog.baselineButton, dialog.meanButton):
        button.click()
        qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
        settle()
    assert names(scene)[1:] == ["ep2d - baseline", "ep2d - mean b = 1000"]


def test_what_was_computed_from_a_removed_volume_is_not_added(open_, scene, qtbot):
    node = addDiffusion(scene)
    window, dialog = open_()
    dialog.baselineButton.click()
    scene.RemoveNode(node)
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()
    assert names(scene) == []


def test_cancelled_work_adds_nothing(open_, scene, qtbot, monkeypatch):
    addDiffusion(scene)
    window, dialog = open_()
    window.jobs.jobStarted.connect(lambda job: job.cancel())
    dialog.tensorButton.click()
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=60_000)
    settle()
    assert len(names(scene)) == 1 and window.messageLabel.text() == "Cancelled: nothing was added"


def test_a_click_on_a_direction_shows_its_measurement(open_, scene):
    node = addDiffusion(scene)
    _window, dialog = open_()
    dialog.plot.measurementClicked.emit(7)
    assert node.GetDisplayNode().GetDiffusionComponent() == 7
    assert dialog.plot._current == 7
    node.GetDisplayNode().SetDiffusionComponent(3)
    settle()
    assert dialog.plot._current == 3


def test_save_buttons_ask_for_a_file_of_their_format(open_, scene, monkeypatch):
    node = addDiffusion(scene)
    window, dialog = open_()
    asked = []
    monkeypatch.setattr(window.volumeSaving, "ask", lambda *arguments: asked.append(arguments))
    dialog.nrrdButton.click()
    dialog.niftiButton.click()
    assert asked == [(node, "NRRD"), (node, "NIfTI")]


def test_copy_takes_text_and_table_along(open_, scene):
    addDiffusion(scene)
    _window, dialog = open_()
    dialog.copyButton.click()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[1].startswith("13 measurements") and lines[-13] == "0\t0.000000\t0.000000\t0.000000"
    assert lines[-1].startswith("1000\t")


def test_names_are_never_read_as_markup_and_the_window_closes_with_it_open(open_, scene):
    addDiffusion(scene, "<b>\u202ename</b>")
    window, dialog = open_()
    assert dialog.explanation.toPlainText() and "\u202e" not in dialog.selector.currentText()
    assert dialog.windowModality() == Qt.NonModal
    window.close()
    addDiffusion(scene, "later")
    settle()
