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
    if volume.isWarped():
        return pyvista.wrap(warped(volume, image))
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
    return gridOfPoints(image, points)


def warped(volume: vtkMRMLVolumeNode, image: vtkImageData) -> vtkStructuredGrid:
    """A grid with each voxel's centre as a point where the transforms above the volume move it."""
    columns, rows, slices = image.GetDimensions()
    j, i = numpy.meshgrid(numpy.arange(rows, dtype=float), numpy.arange(columns, dtype=float), indexing="ij")
    points = numpy.empty((slices, rows, columns, 3), dtype=numpy.float32)
    for k in range(slices):
        points[k] = volume.worldFromIJK(numpy.stack([i, j, numpy.full(i.shape, float(k))], axis=-1))
    return gridOfPoints(image, points)


def gridOfPoints(image: vtkImageData, points: numpy.ndarray) -> vtkStructuredGrid:
    """The voxels of an image at points of shape (slices, rows, columns, 3), float32."""
    grid = vtkStructuredGrid()
    grid.SetDimensions(*image.GetDimensions())
    vtkpoints = vtkPoints()
    vtkpoints.SetData(numpy_to_vtk(points.reshape(-1, 3)))
    grid.SetPoints(vtkpoints)
    grid.GetPointData().ShallowCopy(image.GetPointData())
    return grid
