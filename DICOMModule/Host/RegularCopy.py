"""A volume that no matrix places, computed on a rectangular grid for drawing, in a thread. VTK only."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkImageData

from DICOMLib.Errors import CancelledError, SceneError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Resampling import rectangularGrid, resampled


class RegularCopy:
    """Voxels of a volume as its transforms place them; made once, thrown away when the volume changes.

    :param mostVoxels: larger voxels are used so that there are no more than these
    :param whenReady: called on the thread when voxels are there; without it they are there when this returns

    :ivar image: None until it is ready, and where the volume cannot be put on a grid
    :ivar ijkToRAS: 4×4 of the copy
    """

    def __init__(self, node, mostVoxels: int, whenReady: Callable[[], None] | None = None):
        # All that is read of the node is read here: the thread must not meet the scene while it changes.
        image, matrix = node.shownImageData(), node.ijkToRASArray()
        fromWorld = node.GetParentTransformNode().GetTransformFromWorld()
        grid = rectangularGrid(node.sliceOutlines(rim=0.0), matrix).thinned(mostVoxels)
        self.image: vtkImageData | None = None
        self.ijkToRAS: np.ndarray = grid.ijkToRAS
        self._progress = Progress()
        self._whenReady = whenReady
        self._thread = threading.Thread(target=self._make, args=(image, matrix, fromWorld, grid), daemon=True)
        self._thread.start()
        if whenReady is None:
            self.wait()

    def wait(self) -> None:
        """Until it is made."""
        self._thread.join()

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._whenReady = None
        self._progress.cancel()

    def _make(self, image, matrix, fromWorld, grid) -> None:
        try:
            self.image = resampled(image, matrix, fromWorld, grid, progress=self._progress)
        except (CancelledError, SceneError):
            return
        whenReady = self._whenReady
        if whenReady is not None:
            whenReady()
