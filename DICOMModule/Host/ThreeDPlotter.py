"""What the 3D view draws on, with the mouse that turns its camera."""

from __future__ import annotations

from pyvistaqt import QtInteractor


class ThreeDPlotter(QtInteractor):
    """Draws once for each mouse event: VTK would draw when its style moves the camera and Qt again when it repaints."""

    def mouseMoveEvent(self, event) -> None:
        self._withoutDrawing(super().mouseMoveEvent, event)

    def wheelEvent(self, event) -> None:
        self._withoutDrawing(super().wheelEvent, event)

    def _withoutDrawing(self, handler, event) -> None:
        interactor = self.GetRenderWindow().GetInteractor()
        camera = self.renderer.GetActiveCamera()
        before = camera.GetMTime()
        interactor.EnableRenderOff()
        handler(event)
        interactor.EnableRenderOn()
        if camera.GetMTime() != before:  # a mouse that only passes over must not have a volume drawn again
            self.update()
