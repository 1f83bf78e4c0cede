"""Where a camera is, where it looks to, and how it projects. VTK only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera


@dataclass(frozen=True)
class CameraPlacement:
    """Where a camera is and looks to (RAS, mm), which direction is up, and how it projects.

    :ivar parallelScale: half the height of the view in mm, for parallel projection
    :ivar viewAngle: from the lower to the upper edge in degrees, for perspective
    """

    position: np.ndarray
    focalPoint: np.ndarray
    up: np.ndarray
    isParallel: bool = False
    parallelScale: float = 1.0
    viewAngle: float = 30.0

    @classmethod
    def of(cls, camera: vtkCamera) -> CameraPlacement:
        """Where a camera is, and how it looks."""
        vectors = map(np.array, (camera.GetPosition(), camera.GetFocalPoint(), camera.GetViewUp()))
        isParallel = bool(camera.GetParallelProjection())
        return cls(*vectors, isParallel, camera.GetParallelScale(), camera.GetViewAngle())

    @property
    def isPossible(self) -> bool:
        """Whether up says something of a camera there: it does not along the line of sight."""
        return np.linalg.norm(np.cross(self.focalPoint - self.position, self.up)) != 0

    def vectors(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Position, focal point, up: each (3,), RAS, mm."""
        return self.position, self.focalPoint, self.up

    def applyTo(self, camera: vtkCamera) -> None:
        """Have a camera look like this."""
        camera.SetPosition(*self.position)
        camera.SetFocalPoint(*self.focalPoint)
        camera.SetViewUp(*self.up)
        camera.SetParallelProjection(self.isParallel)
        camera.SetParallelScale(self.parallelScale)
        camera.SetViewAngle(self.viewAngle)
