"""Volumes with directions in them, gradients or tensors, which turn when the volume does."""

from __future__ import annotations

from collections.abc import Callable

import numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform

from ..Errors import SceneError
from ..Progress import Progress
from .GridTransforms import movedPoints
from .Matrices import arrayFromMatrix, filledMatrix, matrixFromArray
from .Node import vtkMRMLNode
from .VolumeNodes import vtkMRMLScalarVolumeNode

# Over so many mm the turn of a transform that is not linear is looked at, in the middle of the volume.
LOCAL_STEP_MM = 1.0


class vtkMRMLFramedVolumeNode(vtkMRMLScalarVolumeNode):
    """Base of volumes whose directions are in a measurement frame, which a matrix turns into RAS.

    Hardening a transform turns the frame by the transform's rotation alone (the finite strain method: Alexander et al.
    2001, IEEE Trans Med Imaging 20:1131); numbers in the frame stay. Of a transform that is not linear it is the
    rotation in the middle of the volume: one frame has to do for all voxels.
    """

    storageClassName = "vtkMRMLNRRDStorageNode"
    isVector = True

    def __init__(self):
        super().__init__()
        self._measurementFrame = numpy.eye(3)

    def GetMeasurementFrameMatrix(self, matrix: vtkMatrix4x4 | list | None = None) -> vtkMatrix4x4:
        """A copy of the matrix from the measurement frame to RAS, also written into ``matrix``, if given: a
        vtkMatrix4x4 or a list of three lists."""
        full = numpy.eye(4)
        full[:3, :3] = self._measurementFrame
        if isinstance(matrix, list):
            matrix[:] = self._measurementFrame.tolist()
            matrix = None
        return filledMatrix(matrixFromArray(full), matrix)

    def SetMeasurementFrameMatrix(self, *matrix) -> None:
        """From the measurement frame to RAS.

        :param matrix: a vtkMatrix4x4, a 4×4 or 3×3 array, or nine numbers, the RAS direction of the first axis first
        :raises SceneError: for anything else, or numbers that are not finite
        """
        if len(matrix) == 9:
            array = numpy.array(matrix, float).reshape(3, 3).T
        else:
            given = matrix[0]
            array = arrayFromMatrix(given) if isinstance(given, vtkMatrix4x4) else numpy.asarray(given, float)
        if array.ndim != 2 or min(array.shape) < 3 or not numpy.isfinite(array).all():
            raise SceneError("a measurement frame is a matrix of 3×3 finite numbers", self.GetName(), array.shape)
        self._measurementFrame = array[:3, :3].copy()
        self.Modified()

    def measurementFrameArray(self) -> numpy.ndarray:
        """3×3 copy: columns are where the axes of the measurement frame point in RAS."""
        return self._measurementFrame.copy()

    def measurementFrameToWorldArray(self) -> numpy.ndarray:
        """3×3 from the measurement frame to world RAS: turned by the rotation of the transforms above the volume."""
        parent = self.GetParentTransformNode()
        if parent is None:
            return self._measurementFrame.copy()
        if parent.IsTransformToWorldLinear():
            return rotationOf(self.transformToWorldArray()[:3, :3]) @ self._measurementFrame
        transform = parent.GetTransformToWorld()
        return self._rotationAtMiddle(lambda points: movedPoints(transform, points)) @ self._measurementFrame

    def ApplyTransformMatrix(self, matrix: vtkMatrix4x4) -> None:
        """Move the volume by a 4×4 in RAS mm; the measurement frame is turned by the rotation in it alone."""
        wasModifying = self.StartModify()
        super().ApplyTransformMatrix(matrix)
        self.SetMeasurementFrameMatrix(rotationOf(arrayFromMatrix(matrix)[:3, :3]) @ self._measurementFrame)
        self.EndModify(wasModifying)

    def resample(
        self,
        toWorld: Callable[[numpy.ndarray], numpy.ndarray],
        fromWorld: vtkAbstractTransform | None,
        progress: Progress | None = None,
    ) -> None:
        """Compute voxels anew, as any volume; the measurement frame is turned as ``toWorld`` turns the middle."""
        rotation = self._rotationAtMiddle(toWorld)
        super().resample(toWorld, fromWorld, progress)
        self.SetMeasurementFrameMatrix(rotation @ self._measurementFrame)

    def _rotationAtMiddle(self, toWorld: Callable[[numpy.ndarray], numpy.ndarray]) -> numpy.ndarray:
        middle = (numpy.array(self.GetDimensions()) - 1) / 2
        centre = (self.ijkToRASArray() @ [*middle, 1.0])[:3]
        steps = LOCAL_STEP_MM * numpy.vstack([numpy.eye(3), -numpy.eye(3)])
        moved = toWorld(centre + steps)
        return rotationOf(((moved[:3] - moved[3:]) / (2 * LOCAL_STEP_MM)).T)

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        super().CopyContent(node, deepCopy)
        self.SetMeasurementFrameMatrix(node.measurementFrameArray())


def rotationOf(matrix: numpy.ndarray) -> numpy.ndarray:
    """The rotation (or reflection) nearest to a 3×3 matrix: what is left without stretching and shear."""
    left, _, right = numpy.linalg.svd(matrix)
    return left @ right
