"""Volumes of a scene in somebody else's plotter."""

from __future__ import annotations

import numpy
import pytest
import pyvista

from DICOMLib.Scene.Scene import Scene

pytestmark = pytest.mark.gui

SHEARED = numpy.array([[-2.0, 0.3, 0.0, 31.0], [0.2, -1.8, 1.1, 17.0], [0.1, 0.4, 3.0, -25.0], [0, 0, 0, 1]])
BRIGHT = (11, 6, 5)  # i, j, k of the one bright block's centre
MIDDLE = (7.5, 6.5, 5.5)


@pytest.fixture
def plotter(qtbot):
    from pyvistaqt import QtInteractor

    interactor = QtInteractor(auto_update=False)
    interactor.resize(240, 240)
    qtbot.addWidget(interactor, before_close_func=lambda widget: widget.close())
    with qtbot.waitExposed(interactor):
        interactor.show()
    return interactor


def addVolume(scene, matrix=SHEARED, shape=(12, 14, 16), name="block", bright=BRIGHT):
    """Black but for a block of 2 or 3 voxels each way around ``bright``."""
    k, j, i = numpy.ogrid[: shape[0], : shape[1], : shape[2]]
    inside = (abs(i - bright[0]) <= 1) & (abs(j - bright[1]) <= 1) & (abs(k - min(bright[2], shape[0] - 1)) <= 1)
    voxels = numpy.where(inside, 1000, 0).astype(numpy.int16)
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    node.setVoxelArray(voxels)
    node.SetIJKToRASMatrix(matrix)
    node.CreateDefaultDisplayNodes()
    return node


def brightestPixels(plotter):
    """(row, column) of the centre of what is bright, in pixels from the top left; None when nothing is."""
    picture = plotter.screenshot(return_img=True)[..., :3].max(axis=2).astype(float)
    rows, columns = numpy.nonzero(picture > 100)
    return None if not rows.size else (rows.mean(), columns.mean())


def expectedPixel(plotter, world):
    renderer, size = plotter.renderer, plotter.render_window.GetSize()
    renderer.SetWorldPoint(*world, 1.0)
    renderer.WorldToDisplay()
    x, y, _z = renderer.GetDisplayPoint()
    return size[1] - 1 - y, x


@pytest.mark.parametrize("representation", ["Volume rendering", "Slices"])
def testAShearedVolumeLandsWhereItsMatrixSays(qtbot, plotter, representation):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    plotter.set_background("black")
    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    display.setRepresentation(representation)
    bright = BRIGHT if representation == "Volume rendering" else MIDDLE  # slices pass through the middle
    node = addVolume(scene, bright=bright)
    world = (SHEARED @ [*bright, 1.0])[:3]
    qtbot.waitUntil(lambda: display.visibleVolumes() == [node] and bool(display._shown), timeout=60_000)
    display._windowObservers.removeAll()  # on a busy machine frames would become too coarse to measure in
    if representation == "Volume rendering":
        display._shown[node.GetID()][1].setSampling(1.0)
    plotter.render()
    found, expected = brightestPixels(plotter), expectedPixel(plotter, world)
    assert found == pytest.approx(expected, abs=3.0)
    display.close()


def testVolumesFollowVisibilityAndRemoval(qtbot, plotter):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    before = plotter.renderer.GetViewProps().GetNumberOfItems()
    node = addVolume(scene)

    def drawn():
        return plotter.renderer.GetViewProps().GetNumberOfItems() - before

    qtbot.waitUntil(lambda: drawn() == 1, timeout=60_000)
    node.GetDisplayNode().SetVisibility(False)
    qtbot.waitUntil(lambda: drawn() == 0, timeout=60_000)
    node.GetDisplayNode().SetVisibility(True)
    qtbot.waitUntil(lambda: drawn() == 1, timeout=60_000)
    scene.RemoveNode(node)
    qtbot.waitUntil(lambda: drawn() == 0, timeout=60_000)
    display.close()


def testTheVolumeMovesWithItsNode(qtbot, plotter):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    node = addVolume(scene)
    qtbot.waitUntil(lambda: bool(display._shown), timeout=60_000)
    moved = SHEARED.copy()
    moved[0, 3] += 500
    node.SetIJKToRASMatrix(moved)
    actor = display._shown[node.GetID()][1].actor
    qtbot.waitUntil(lambda: actor.GetUserMatrix().GetElement(0, 3) == pytest.approx(531.0), timeout=60_000)
    display.close()


def testThePlottersOwnActorsAndCameraStay(qtbot, plotter):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    sphere = plotter.add_mesh(pyvista.Sphere(radius=10), name="mine")
    plotter.camera_position = [(250, 0, 0), (0, 0, 0), (0, 0, 1)]
    camera = list(plotter.camera_position)
    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    addVolume(scene)  # near the origin: in view already
    qtbot.waitUntil(lambda: bool(display._shown), timeout=60_000)
    assert list(plotter.camera_position) == camera
    display.close()
    assert plotter.renderer.GetViewProps().IsItemPresent(sphere)
    assert plotter.actors["mine"] is sphere


def testTheCameraGoesToAVolumeThatWouldNotBeSeen(qtbot, plotter):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    plotter.add_mesh(pyvista.Sphere(radius=10))
    plotter.camera_position = [(100, 0, 0), (0, 0, 0), (0, 0, 1)]
    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    matrix = SHEARED.copy()
    matrix[1, 3] = 700
    addVolume(scene, matrix)
    qtbot.waitUntil(lambda: bool(display._shown), timeout=60_000)
    row, column = expectedPixel(plotter, matrix[:3, 3])
    assert 0 < row < plotter.render_window.GetSize()[1]
    assert 0 < column < plotter.render_window.GetSize()[0]
    direction = plotter.camera.GetDirectionOfProjection()
    assert direction == pytest.approx((-1, 0, 0))
    display.close()


def testASingleSliceIsShownAsOnePicture(qtbot, plotter):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    node = addVolume(scene, shape=(1, 14, 16))
    qtbot.waitUntil(lambda: bool(display._shown), timeout=60_000)
    representation, drawn = display._shown[node.GetID()]
    assert representation == "Slices"
    assert [bool(actor.GetVisibility()) for actor in drawn.actors] == [True, False, False]
    display.close()


def testAClosedPlotterIsLeftInPeace(qtbot, plotter):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    addVolume(scene)
    qtbot.waitUntil(lambda: bool(display._shown), timeout=60_000)
    plotter.close()
    addVolume(scene, name="late")
    qtbot.wait(50)
    assert not display._shown
    display.close()


def testAViewAtRestIsDrawnFinelyAndAMovingOneFast(qtbot, plotter, monkeypatch):
    from DICOMModule.Host.PlotterDisplay import PlotterDisplay

    scene = Scene()
    display = PlotterDisplay(plotter, scene)
    monkeypatch.setattr(display.sampling, "learn", lambda _seconds: None)  # a busy machine must not make it coarser
    node = addVolume(scene)
    qtbot.waitUntil(lambda: display.visibleVolumes() == [node] and bool(display._shown), timeout=60_000)
    drawn = display._shown[node.GetID()][1]
    qtbot.waitUntil(lambda: drawn.isReady and not display._timer.isActive(), timeout=60_000)
    qtbot.waitUntil(lambda: not display.sampling.isMoving, timeout=60_000)
    resting = drawn.mapper.GetImageSampleDistance()

    display._clock.stop()  # nor look like a view at rest
    display.sampling.moving = 5.0
    plotter.renderer.GetActiveCamera().Azimuth(20)
    plotter.render()
    assert display.sampling.isMoving
    assert drawn.mapper.GetImageSampleDistance() > resting
    display._clock._timer.start()
    qtbot.waitUntil(lambda: not display.sampling.isMoving, timeout=60_000)
    assert drawn.mapper.GetImageSampleDistance() == resting
    display.close()
