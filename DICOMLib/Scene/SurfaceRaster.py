"""Which voxels lie within a surface, computed as 3D Slicer does."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkCommonTransforms import vtkTransform

from ..Errors import SceneError
from ..Progress import Progress
from .Matrices import matrixFromArray
from .ModelNodes import transformedSurface

# Slicer's choice where nothing says how large voxels shall be: some 250 along each side.
_PREFERRED_VOXELS = 250**3
# A surface far from the reference's voxels: more would be a mistake, not a structure.
MOST_VOXELS = 2**31
# Of one layer of bytes.
_MOST_LABELS = 255
# A structure with fewer has no inside.
_FEWEST = 2


@dataclass(frozen=True)
class VoxelGrid:
    """Where voxels are. :ivar ijkToRAS: 4×4, indices (columns first) → RAS mm :ivar shape: (slices, rows, columns)"""

    ijkToRAS: numpy.ndarray
    shape: tuple[int, int, int]


@dataclass(frozen=True)
class LabelMaps:
    """Label maps of several segments. :ivar places: layer and label value of each, by identifier"""

    layers: list[numpy.ndarray]
    ijkToRAS: numpy.ndarray
    places: dict[str, tuple[int, int]]


def labelMapsOf(
    surfaces: Mapping[str, vtkPolyData], ijkToRAS: numpy.ndarray | None = None, progress: Progress | None = None
) -> LabelMaps:
    """As few label maps as hold all surfaces without overlap, by the order of the segments.

    :param ijkToRAS: as of :func:`gridAroundSurfaces`
    :raises SceneError: when that would be more voxels than make sense
    :raises CancelledError: when progress was cancelled
    """
    grid = gridAroundSurfaces(surfaces.values(), ijkToRAS)
    if grid is None:
        return LabelMaps([], numpy.eye(4), {name: (0, number + 1) for number, name in enumerate(surfaces)})
    layers: list[numpy.ndarray] = []
    counts: list[int] = []
    places: dict[str, tuple[int, int]] = {}
    for number, (name, surface) in enumerate(surfaces.items()):
        if progress is not None:
            progress.report(number, len(surfaces), "Computing label maps")
        inside = insideOfSurface(surface, grid, progress)
        layer = next((n for n, one in enumerate(layers) if counts[n] < _MOST_LABELS and not one[inside].any()), -1)
        if layer < 0:
            layer = len(layers)
            layers.append(numpy.zeros(grid.shape, numpy.uint8))
            counts.append(0)
        counts[layer] += 1
        layers[layer][inside] = counts[layer]
        places[name] = (layer, counts[layer])
    return LabelMaps(layers, grid.ijkToRAS, places)


def gridAroundSurfaces(surfaces: Iterable[vtkPolyData], ijkToRAS: numpy.ndarray | None = None) -> VoxelGrid | None:
    """The smallest grid that holds surfaces; None when there is nothing to hold.

    :param ijkToRAS: 4×4 of voxels to be used, so that indices differ by whole numbers from theirs; default: cubes along
        the axes, as many as Slicer makes
    :raises SceneError: when that would be more voxels than make sense
    """
    points = [vtk_to_numpy(one.GetPoints().GetData()) for one in surfaces if one.GetNumberOfPoints() >= _FEWEST]
    if not points:
        return None
    low = numpy.min([one.min(axis=0) for one in points], axis=0).astype(float)
    high = numpy.max([one.max(axis=0) for one in points], axis=0).astype(float)
    if not numpy.isfinite([low, high]).all():
        raise SceneError("a surface has points that are not finite")
    matrix = _cubes(low, high) if ijkToRAS is None else numpy.array(ijkToRAS, float)
    inverse = numpy.linalg.inv(matrix)
    indices = [one @ inverse[:3, :3].T + inverse[:3, 3] for one in points]
    first = numpy.floor(numpy.min([one.min(axis=0) for one in indices], axis=0))
    last = numpy.ceil(numpy.max([one.max(axis=0) for one in indices], axis=0))
    counts = last - first + 1
    if numpy.prod(counts) > MOST_VOXELS:
        what = "the surfaces are too large for label maps with such voxels"
        raise SceneError(what, value=" × ".join(f"{count:.0f}" for count in counts))
    placed = matrix.copy()
    placed[:3, 3] = matrix[:3, :3] @ first + matrix[:3, 3]
    return VoxelGrid(placed, tuple(int(count) for count in counts[::-1]))


def _cubes(low: numpy.ndarray, high: numpy.ndarray) -> numpy.ndarray:
    """A flat surface has no volume: its voxels are as large as its longest side asks for."""
    sides = high - low
    volume = float(numpy.prod(sides))
    size = (volume / _PREFERRED_VOXELS) ** (1 / 3) if volume > 0 else float(sides.max()) / _PREFERRED_VOXELS ** (1 / 3)
    matrix = numpy.diag([*[size if size > 0 and math.isfinite(size) else 1.0] * 3, 1.0])
    matrix[:3, 3] = low
    return matrix


def insideOfSurface(surface: vtkPolyData, grid: VoxelGrid, progress: Progress | None = None) -> numpy.ndarray:
    """Booleans of the grid's shape: whether the centre of a voxel is inside. Call it on any thread.

    :param surface: closed, of polygons or strips; open ones give what lies between their edges
    :raises CancelledError: when progress was cancelled
    """
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals, vtkStripper, vtkTriangleFilter
    from vtkmodules.vtkImagingStencil import vtkImageStencilToImage, vtkPolyDataToImageStencil

    if surface.GetNumberOfPoints() < _FEWEST or surface.GetNumberOfCells() < _FEWEST:
        return numpy.zeros(grid.shape, bool)
    normals, triangles, strips = vtkPolyDataNormals(), vtkTriangleFilter(), vtkStripper()
    normals.SetInputData(transformedSurface(surface, _toIndices(grid)))
    normals.ConsistencyOn()
    triangles.SetInputConnection(normals.GetOutputPort())
    strips.SetInputConnection(triangles.GetOutputPort())
    stencil, image = vtkPolyDataToImageStencil(), vtkImageStencilToImage()
    stencil.SetInputConnection(strips.GetOutputPort())
    stencil.SetOutputSpacing(1, 1, 1)
    stencil.SetOutputOrigin(0, 0, 0)
    stencil.SetOutputWholeExtent(*(number for count in grid.shape[::-1] for number in (0, count - 1)))
    image.SetInputConnection(stencil.GetOutputPort())
    image.SetInsideValue(1)
    image.SetOutputScalarTypeToUnsignedChar()

    def stopWhenCancelled(caller, event: str) -> None:
        if progress is not None and progress.cancelled:
            caller.SetAbortExecute(True)

    for step in (normals, triangles, strips, stencil, image):
        step.AddObserver("ProgressEvent", stopWhenCancelled)
    image.Update()
    if progress is not None:
        progress.raiseIfCancelled()
    return vtk_to_numpy(image.GetOutput().GetPointData().GetScalars()).reshape(grid.shape).astype(bool)


def _toIndices(grid: VoxelGrid) -> vtkTransform:
    transform = vtkTransform()
    transform.SetMatrix(matrixFromArray(numpy.linalg.inv(grid.ijkToRAS)))
    return transform
