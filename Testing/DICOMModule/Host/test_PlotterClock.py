"""A foreign plotter is drawn when it changed, and left alone when it did not."""

from __future__ import annotations

import pytest
import pyvista

pytestmark = pytest.mark.gui


@pytest.fixture
def plotter(qtbot):
    from pyvistaqt import QtInteractor

    interactor = QtInteractor(auto_update=50.0)
    interactor.resize(120, 120)
    qtbot.addWidget(interactor, before_close_func=lambda widget: widget.close())
    with qtbot.waitExposed(interactor):
        interactor.show()
    return interactor


@pytest.fixture
def frames(plotter):
    drawn = []
    plotter.render_window.AddObserver("EndEvent", lambda *_: drawn.append(1))
    return drawn


def restingClock(qtbot, plotter):
    from DICOMModule.Host.PlotterClock import PlotterClock

    clock = PlotterClock(plotter, plotter)
    with qtbot.waitSignal(clock.rested, timeout=60_000):
        plotter.render()
    return clock


def strike(monkeypatch, clock, plotter, times=6):
    """As time would have it. :returns: a list with an item for each time the clock has drawn"""
    clock.stop()
    drawn, render = [], plotter.render
    monkeypatch.setattr(plotter, "render", lambda: drawn.append(1) or render())
    for _stroke in range(times):
        clock._strike()
    return drawn


def test_a_picture_that_does_not_change_is_not_drawn_again(qtbot, plotter, monkeypatch):
    clock = restingClock(qtbot, plotter)
    assert strike(monkeypatch, clock, plotter) == []
    plotter.renderer.SetBackground(0.1, 0.2, 0.3)
    assert strike(monkeypatch, clock, plotter) == [1]


@pytest.mark.parametrize(
    "change",
    [
        lambda plotter, mesh, actor: setattr(mesh, "points", mesh.points * 2),
        lambda plotter, mesh, actor: actor.GetProperty().SetColor(1, 0, 0),
        lambda plotter, mesh, actor: actor.SetPosition(1, 2, 3),
        lambda plotter, mesh, actor: plotter.renderer.SetBackground(0.1, 0.2, 0.3),
        lambda plotter, mesh, actor: plotter.renderer.GetActiveCamera().Azimuth(10),
        lambda plotter, mesh, actor: plotter.renderer.AddActor(pyvista.Actor()),
    ],
    ids=["points of a mesh", "colour", "position", "background", "camera", "new actor"],
)
def test_a_change_made_elsewhere_is_drawn_by_itself(qtbot, plotter, frames, change):
    mesh = pyvista.Sphere()
    actor = plotter.add_mesh(mesh)
    restingClock(qtbot, plotter)
    before = len(frames)
    change(plotter, mesh, actor)
    qtbot.waitUntil(lambda: len(frames) > before, timeout=60_000)


def test_the_plotters_own_timer_runs_again_afterwards(qtbot, plotter):
    clock = restingClock(qtbot, plotter)
    assert not plotter.render_timer.isActive()
    clock.giveBack()
    assert plotter.render_timer.isActive()


def test_a_plotter_that_is_drawn_by_hand_stays_so(qtbot, plotter, monkeypatch):
    plotter.render_timer.stop()
    clock = restingClock(qtbot, plotter)
    plotter.renderer.SetBackground(0.1, 0.2, 0.3)
    with qtbot.waitSignal(clock.rested, timeout=60_000):
        assert strike(monkeypatch, clock, plotter) == []
    clock.giveBack()
    assert not plotter.render_timer.isActive()
