"""A volume that no matrix places, computed on a rectangular grid for drawing, in a thread. VTK only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkImageData

from DICOMLib.Errors import CancelledError, SceneError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Resampling import rectangularGrid, resampled

from .MadeInThread import MadeInThread


class RegularCopy:
    """Voxels of a volume as its transforms place them; made once, thrown away when the volume changes.

    :param mostVoxels: larger voxels are used so that there are no more than these
    :param whenReady: see :class:`MadeInThread`; it is not called where the volume cannot be put on a grid

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
        self._making = MadeInThread(lambda: self._make(image, matrix, fromWorld, grid), whenReady)

    def wait(self) -> None:
        """Until it is made."""
        self._making.wait()

    def cancel(self) -> None:
        """Nobody wants it any more."""
        self._making.cancel()
        self._progress.cancel()

    def _make(self, image, matrix, fromWorld, grid) -> bool:
        try:
            self.image = resampled(image, matrix, fromWorld, grid, progress=self._progress)
        except (CancelledError, SceneError):
            return False
        return True
