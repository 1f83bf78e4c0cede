"""Redraws another program's plotter when something in it has changed, instead of at every stroke of its clock."""

from __future__ import annotations

from qtpy.QtCore import QObject, QTimer, Signal

# A plotter without a clock of its own is looked at this often, only to see that it has come to rest.
DEFAULT_MILLISECONDS = 200
STROKES_AT_REST = 2


class PlotterClock(QObject):
    """Takes the place of a plotter's ``render_timer`` until it is stopped.

    pyvistaqt's own timer draws several times a second whether or not anything changed. With a volume in the picture
    that would allow only frames that are cheap enough for every stroke, which are coarse ones without a graphics card.

    :param plotter: a pyvistaqt plotter; one whose timer does not run is watched and never drawn
    """

    rested = Signal()
    """Nothing has changed for a few strokes; once after each change."""

    def __init__(self, plotter, parent: QObject | None = None):
        super().__init__(parent)
        self._plotter = plotter
        own = getattr(plotter, "render_timer", None)
        self._replaced = own if own is not None and own.isActive() else None
        self._state: tuple = ()
        self._strokesAtRest = 0
        self._timer = QTimer(self)
        self._timer.setInterval(self._replaced.interval() if self._replaced else DEFAULT_MILLISECONDS)
        self._timer.timeout.connect(self._strike)
        if self._replaced is not None:
            self._replaced.stop()
        self._timer.start()

    def accept(self) -> None:
        """What the picture is made of now is what is shown: no change has to be drawn."""
        self._state = pictureState(self._plotter)

    def stop(self) -> None:
        """Watch no longer; the plotter is not touched."""
        self._timer.stop()

    def giveBack(self) -> None:
        """Stop, and let the plotter's own timer run again."""
        self.stop()
        if self._replaced is not None:
            self._replaced.start()
            self._replaced = None

    def _strike(self) -> None:
        if not self._plotter.isVisible():  # drawing a hidden window can take other windows' contexts with it
            return
        state = pictureState(self._plotter)
        if state == self._state:
            self._strokesAtRest += 1
            if self._strokesAtRest == STROKES_AT_REST:
                self.rested.emit()
            return
        self._state, self._strokesAtRest = state, 0
        if self._replaced is not None:
            self._plotter.render()
            self.accept()  # drawing itself moves clipping planes and the like


def pictureState(plotter) -> tuple:
    """A value that changes whenever the picture would: window size, cameras, lights, and all that is drawn."""
    window = plotter.render_window
    if window is None:
        return ()
    changes = []
    for renderer in window.GetRenderers():
        changes += [renderer.GetMTime(), renderer.GetActiveCamera().GetMTime()]
        changes += [light.GetMTime() for light in renderer.GetLights()]
        changes += [max(prop.GetMTime(), prop.GetRedrawMTime()) for prop in renderer.GetViewProps()]
    return (*window.GetSize(), *changes)
