"""Computes volumes from a diffusion volume in the background of a window, and shows what came of it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from qtpy.QtCore import QObject, Signal

from DICOMLib.Errors import CancelledError, DICOMError
from DICOMLib.Widgets.DisplayText import plainText
from DICOMPlugins.Diffusion.Maps import (
    BASELINE,
    COLOR_FA,
    MEAN_DWI,
    NAME_ENDING,
    TENSOR_MAPS,
    MapRequest,
    MapVolume,
    addMaps,
)

from .VolumeAppearance import hasDepth

if TYPE_CHECKING:
    from .MainWindow import MainWindow

BUSY = "Being computed."
NO_VOLUME = "There is no diffusion volume."


class DiffusionMaps(QObject):
    """One job at a time; the volumes come into the scene together when it is done.

    Signal ``runningChanged()``.
    """

    runningChanged = Signal()

    def __init__(self, window: MainWindow):
        super().__init__(window)
        self._window = window
        self._isRunning = False

    def makeBaseline(self, node) -> None:
        """The mean of the volumes without weighting."""
        self._make(node, (BASELINE,), "Averaging b = 0")

    def makeMeans(self, node) -> None:
        """The mean of the volumes of each b-value."""
        self._make(node, (MEAN_DWI,), "Averaging diffusion-weighted volumes")

    def makeTensor(self, node) -> None:
        """Tensor, FA, MD and direction colours; the colours are shown."""
        self._make(node, TENSOR_MAPS, "Fitting tensors")

    def isRunning(self) -> bool:
        """Whether something is being computed."""
        return self._isRunning

    def _setRunning(self, running: bool) -> None:
        self._isRunning = running
        self.runningChanged.emit()

    def reasons(self, node) -> tuple[str, str, str]:
        """Why baseline, means and tensor cannot be made now, a sentence each; "" for what can."""
        if node is None:
            return (NO_VOLUME,) * 3
        if self.isRunning():
            return (BUSY,) * 3
        try:
            possible = MapRequest.of(node).possible()
        except DICOMError as error:
            return (str(error),) * 3
        return possible[BASELINE], possible[MEAN_DWI], possible[COLOR_FA]

    def _make(self, node, which: Collection[str], description: str) -> None:
        if self.isRunning():
            return
        window = self._window
        with window.reporter.guard("compute from the diffusion volume"):
            request = MapRequest.of(node)
            self._setRunning(True)
            window.jobs.start(
                lambda progress: request.compute(which, progress),
                lambda made: self._show(node, made),
                self._onFailed,
                description=f"{description} of {plainText(node.GetName()).removesuffix(NAME_ENDING)}",
                unit="voxels" if COLOR_FA in which else "",
            )

    def _show(self, node, made: list[MapVolume]) -> None:
        """Add the volumes to the scene and show the most telling one."""
        self._setRunning(False)
        if node.GetScene() is None:
            return  # it was removed meanwhile: what was computed from it is of no use
        window = self._window
        nodes = addMaps(window.application.scene, node, made)
        window.layoutManager.showArrivals()
        telling = next((one for one, volume in zip(nodes, made, strict=True) if volume.kind == COLOR_FA), nodes[0])
        window.layoutManager.showVolume(telling, fit=False)
        if not hasDepth(telling):
            # Colours are not rendered: without its slices the 3D view would be empty.
            for view in window.layoutManager.sliceViews().values():
                view.setVisibleIn3D(True)
        window.showMessage(f"Added {', '.join(volume.label for volume in made)}")

    def _onFailed(self, error: Exception) -> None:
        self._setRunning(False)
        if isinstance(error, CancelledError):
            self._window.showMessage("Cancelled: nothing was added")
        else:
            self._window.reporter.report(error, "compute from the diffusion volume")
