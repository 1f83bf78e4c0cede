"""What mouse, wheel and keys do in a slice view. An event filter, so that the view's widget needs no subclass."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from qtpy.QtCore import QEvent, QObject, Qt

if TYPE_CHECKING:
    from .SliceView import SliceView

# Turning the wheel by one notch reports this many eighths of a degree (Qt); touch pads report parts of it.
WHEEL_NOTCH = 120
WHEEL_ZOOM = 1.15
# The mouse may shake this far between press and release and it still is a click.
CLICK_PIXELS = 4
# Dragging across the whole view multiplies the window width by e to this power.
WINDOW_DRAG_POWER = 2.0


def windowLevelAfterDrag(start: tuple[float, float], dx: float, dy: float) -> tuple[float, float]:
    """Window and level after a drag.

    :param start: window and level where the drag began
    :param dx: drag to the right as a part of the view's width; to the right widens the window
    :param dy: drag up as a part of the view's height; up raises the level, which darkens
    """
    window, level = start
    return window * math.exp(WINDOW_DRAG_POWER * dx), level + dy * max(abs(window), 1e-6)


class SliceInteraction(QObject):
    """Turns the events of a slice view's drawing widget into calls of the view.

    Left drag: window/level. Middle or Ctrl+left drag: pan. Right drag: zoom; right click: menu. Wheel: slices;
    Ctrl+wheel: zoom. Shift+move: crosshair in all views. Double click: maximise. Keys as in 3D Slicer: R fit, F/B or
    arrows step, V slice in 3D; also G crosshair on or off, A automatic window, comma and period the volumes of a
    diffusion series.
    """

    def __init__(self, view: SliceView):
        super().__init__(view)
        self._view = view
        self._mode = ""
        self._start = None
        self._last = None
        self._startWindowLevel = (1.0, 0.0)
        self._moved = False
        self._wheelAngle = 0
        self._handlers = {
            QEvent.MouseButtonPress: self._press,
            QEvent.MouseMove: self._move,
            QEvent.MouseButtonRelease: self._release,
            QEvent.MouseButtonDblClick: self._doubleClick,
            QEvent.Wheel: self._wheel,
            QEvent.KeyPress: self._key,
            QEvent.Leave: self._leave,
        }

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        handler = self._handlers.get(event.type())
        return False if handler is None else bool(handler(event))

    def _press(self, event) -> bool:
        self._mode = self._modeFor(event)
        self._start = self._last = event.pos()
        self._moved = False
        if self._mode == "windowLevel":
            self._startWindowLevel = self._view.windowLevel() or (1.0, 0.0)
        elif self._mode == "crosshair":
            self._view.placeCrosshairAt(event.pos())
        self._view.plotter.setFocus(Qt.MouseFocusReason)
        return True

    @staticmethod
    def _modeFor(event) -> str:
        if event.button() == Qt.RightButton:
            return "zoom"
        if event.button() == Qt.MiddleButton or event.modifiers() & Qt.ControlModifier:
            return "pan"
        if event.button() == Qt.LeftButton:
            return "crosshair" if event.modifiers() & Qt.ShiftModifier else "windowLevel"
        return ""

    def _move(self, event) -> bool:
        self._view.reportPointer(event.pos())
        if event.modifiers() & Qt.ShiftModifier and self._mode in ("", "crosshair"):
            self._view.placeCrosshairAt(event.pos())
            return True
        if not self._mode:
            return True
        if not self._moved and (event.pos() - self._start).manhattanLength() < CLICK_PIXELS:
            return True
        self._moved = True
        getattr(self, f"_drag_{self._mode}")(event.pos())
        self._last = event.pos()
        return True

    def _drag_windowLevel(self, position) -> None:
        dx = (position.x() - self._start.x()) / max(self._view.plotter.width(), 1)
        dy = (self._start.y() - position.y()) / max(self._view.plotter.height(), 1)
        self._view.setWindowLevel(*windowLevelAfterDrag(self._startWindowLevel, dx, dy))

    def _drag_pan(self, position) -> None:
        self._view.panBy(position.x() - self._last.x(), self._last.y() - position.y())

    def _drag_zoom(self, position) -> None:
        upwards = (self._last.y() - position.y()) / max(self._view.plotter.height(), 1)
        self._view.zoomBy(math.exp(2.0 * upwards), self._start)

    def _drag_crosshair(self, position) -> None:
        self._view.placeCrosshairAt(position)

    def _release(self, event) -> bool:
        clicked = self._mode == "zoom" and not self._moved
        self._mode = ""
        if clicked:
            self._view.menuRequested.emit(event.globalPos())
        return True

    def _doubleClick(self, event) -> bool:
        self._mode = ""
        if event.button() == Qt.LeftButton:
            self._view.maximizeRequested.emit()
        return True

    def _wheel(self, event) -> bool:
        self._wheelAngle += event.angleDelta().y()
        notches = int(self._wheelAngle / WHEEL_NOTCH)
        self._wheelAngle -= notches * WHEEL_NOTCH
        if notches and event.modifiers() & Qt.ControlModifier:
            self._view.zoomBy(WHEEL_ZOOM**notches, event.position().toPoint())
        elif notches:
            self._view.stepSlices(notches)
            self._view.reportPointer(event.position().toPoint())
        event.accept()
        return True

    def _key(self, event) -> bool:
        """Ours are done here, others go to the window; none reach VTK, whose keys switch to stereo or wireframe."""
        view = self._view
        actions = {
            Qt.Key_R: view.fit,
            Qt.Key_F: lambda: view.stepSlices(1),
            Qt.Key_B: lambda: view.stepSlices(-1),
            Qt.Key_Up: lambda: view.stepSlices(1),
            Qt.Key_Right: lambda: view.stepSlices(1),
            Qt.Key_Down: lambda: view.stepSlices(-1),
            Qt.Key_Left: lambda: view.stepSlices(-1),
            Qt.Key_PageUp: lambda: view.stepSlices(10),
            Qt.Key_PageDown: lambda: view.stepSlices(-10),
            Qt.Key_V: lambda: view.setVisibleIn3D(not view.visibleIn3D),
            Qt.Key_G: view.toggleCrosshair,
            Qt.Key_A: view.autoWindowLevel,
            Qt.Key_Comma: lambda: view.stepMeasurements(-1),
            Qt.Key_Period: lambda: view.stepMeasurements(1),
        }
        action = actions.get(event.key())
        if action is None or event.modifiers() & (Qt.ControlModifier | Qt.AltModifier):
            event.ignore()
        else:
            action()
        return True

    def _leave(self, _event) -> bool:
        self._view.reportPointer(None)
        return False
