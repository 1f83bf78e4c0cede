"""Volumes and models as pyvista meshes; pyvista is imported only when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkStructuredGrid

from ..Errors import SceneError
from .Matrices import isSheared

if TYPE_CHECKING:
    from .VolumeNodes import vtkMRMLVolumeNode


def meshFromVolume(volume: vtkMRMLVolumeNode):
    """See ``vtkMRMLVolumeNode.toPyVista``."""
    import pyvista

    image = volume.GetImageData()
    if image is None or image.GetPointData().GetScalars() is None:
        raise SceneError("the volume has no voxels", volume.GetName(), hint="Load or set image data first")
    matrix = volume.ijkToWorldArray()
    mesh = sheared(image, matrix) if isSheared(matrix) else oriented(image, matrix)
    return pyvista.wrap(mesh)


def oriented(image: vtkImageData, matrix: numpy.ndarray) -> vtkImageData:
    """A shallow copy with spacing, origin and direction of an orthogonal 4×4 voxel index → RAS matrix."""
    spacing = numpy.linalg.norm(matrix[:3, :3], axis=0)
    copy = vtkImageData()
    copy.ShallowCopy(image)
    copy.SetSpacing(spacing.tolist())
    copy.SetOrigin(matrix[:3, 3].tolist())
    copy.SetDirectionMatrix((matrix[:3, :3] / spacing).reshape(9).tolist())
    return copy


def sheared(image: vtkImageData, matrix: numpy.ndarray) -> vtkStructuredGrid:
    """A grid with each voxel's centre as a point, placed by any 4×4 voxel index → RAS matrix."""
    columns, rows, slices = image.GetDimensions()
    steps = (numpy.arange(size, dtype=numpy.float64)[:, None] for size in (columns, rows, slices))
    axes = [step * matrix[:3, axis] for axis, step in enumerate(steps)]
    points = numpy.empty((slices, rows, columns, 3), dtype=numpy.float32)
    inPlane = axes[1][:, None, :] + axes[0][None, :, :] + matrix[:3, 3]
    for k in range(slices):  # one slice at a time: the float64 intermediate stays small
        points[k] = inPlane + axes[2][k]
    grid = vtkStructuredGrid()
    grid.SetDimensions(columns, rows, slices)
    vtkpoints = vtkPoints()
    vtkpoints.SetData(numpy_to_vtk(points.reshape(-1, 3)))
    grid.SetPoints(vtkpoints)
    grid.GetPointData().ShallowCopy(image.GetPointData())
    return grid
