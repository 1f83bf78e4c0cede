"""A volume under any transform, or with sheared axes, computed anew on a rectangular grid. RAS, mm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonTransforms import vtkAbstractTransform, vtkGeneralTransform
from vtkmodules.vtkImagingCore import vtkImageReslice

from ..Errors import SceneError
from ..Progress import Progress
from ..SystemMemory import freeMemory
from ..Wording import sizeText
from .Images import arrayFromImageData, imageDataFromArray
from .Matrices import matrixFromArray

# Voxels computed between two looks at cancel: a few hundredths of a second.
VOXELS_AT_ONCE = 4_000_000
# More is a mistake in some position, not an image.
MOST_VOXELS = 2**32
# Rounded positions shall not add a slice.
STEP_TOLERANCE = 1e-3


@dataclass(frozen=True)
class RectangularGrid:
    """Where voxels are to be computed. :ivar ijkToRAS: 4×4, axes at right angles :ivar dimensions: along i, j, k"""

    ijkToRAS: numpy.ndarray
    dimensions: tuple[int, int, int]

    @property
    def voxelCount(self) -> int:
        """How many voxels there are to compute."""
        columns, rows, slices = self.dimensions
        return columns * rows * slices

    def thinned(self, mostVoxels: int) -> RectangularGrid:
        """The same box with larger voxels, so that there are at most that many."""
        factor = max(1.0, (self.voxelCount / mostVoxels) ** (1 / 3))
        if factor == 1.0:
            return self
        spacing = numpy.linalg.norm(self.ijkToRAS[:3, :3], axis=0)
        # The finest axis goes first, the others follow once it is as coarse as they are.
        target, sizes = spacing.copy(), numpy.array(self.dimensions, float)
        while numpy.prod(numpy.ceil(sizes * spacing / target)) > mostVoxels:
            finest = int(target.argmin())
            target[finest] *= 1.05
        matrix = self.ijkToRAS.copy()
        matrix[:3, :3] *= target / spacing
        return RectangularGrid(matrix, tuple(int(size) for size in numpy.ceil(sizes * spacing / target)))


def gridAround(
    ijkToRAS: numpy.ndarray, dimensions: tuple[int, int, int], toWorld: Callable[[numpy.ndarray], numpy.ndarray]
) -> RectangularGrid:
    """The grid (see :func:`rectangularGrid`) around where ``toWorld`` moves the voxels of a volume.

    :param ijkToRAS: 4×4 of the volume
    :param dimensions: its voxels along i, j, k
    :param toWorld: voxel indices of shape (..., 3) → world RAS, the volume's own matrix included
    """
    columns, rows, slices = dimensions
    k, j, i = numpy.meshgrid(numpy.arange(slices, dtype=float), (0, rows - 1), (0, columns - 1), indexing="ij")
    return rectangularGrid(toWorld(numpy.stack([i, j, k], axis=-1)), ijkToRAS)


def rectangularGrid(outline: numpy.ndarray, ijkToRAS: numpy.ndarray) -> RectangularGrid:
    """A right-handed rectangular grid around all of a volume, along its rows and as square to them as its columns are.

    :param outline: (slices, 2, 2, 3) RAS of the centres of each slice's corner voxels, as they lie in the world
    :param ijkToRAS: 4×4 of the volume, for the size of voxels
    :returns: slices are as close as the closest ones of the volume, but not closer than half the usual distance
    """
    middle = outline[len(outline) // 2]
    row = _unit(middle[0, 1] - middle[0, 0], ijkToRAS[:3, 0])
    column = _unit(middle[1, 0] - middle[0, 0], ijkToRAS[:3, 1])
    normal = _unit(numpy.cross(row, column), ijkToRAS[:3, 2])
    axes = numpy.column_stack([row, numpy.cross(normal, row), normal])
    spacing = numpy.linalg.norm(ijkToRAS[:3, :3], axis=0)
    spacing[2] = _sliceStep(outline.mean(axis=(1, 2)) @ normal, abs(float(ijkToRAS[:3, 2] @ normal)))
    along = outline.reshape(-1, 3) @ axes
    low, high = along.min(axis=0), along.max(axis=0)
    dimensions = tuple(int(steps) + 1 for steps in numpy.ceil((high - low) / spacing - STEP_TOLERANCE))
    matrix = numpy.eye(4)
    matrix[:3, :3] = axes * spacing
    matrix[:3, 3] = axes @ low
    return RectangularGrid(matrix, dimensions)


def resampled(
    image: vtkImageData,
    ijkToRAS: numpy.ndarray,
    fromWorld: vtkAbstractTransform | None,
    grid: RectangularGrid,
    nearest: bool = False,
    background: float | None = None,
    progress: Progress | None = None,
) -> vtkImageData:
    """Voxels of an image at the points of a grid, of the same type.

    :param image: unit spacing, origin 0
    :param ijkToRAS: 4×4 that places the image in its own frame
    :param fromWorld: world RAS → that frame; None when they are the same
    :param nearest: take the nearest voxel (labels) instead of interpolating between eight
    :param background: value beyond the image; the lowest value of the image when not given; colours are black there
    :raises SceneError: when the grid has more than :data:`MOST_VOXELS` voxels, or the memory for it is not there
    :raises CancelledError: when progress was cancelled
    """
    source = arrayFromImageData(image)
    needed = memoryFor(source, grid)
    reason = refusal(grid, needed)
    if reason:
        raise SceneError(reason, hint="Keep its transform instead")
    columns, rows, slices = grid.dimensions
    result = numpy.empty((slices, rows, columns, *source.shape[3:]), source.dtype)
    reslice = _reslice(sampleable(image), ijkToRAS, fromWorld, grid, nearest)
    value = float(image.GetScalarRange()[0]) if background is None else float(background)
    text = f"Computing voxels anew: {sizeText(needed)}"
    reslice.SetBackgroundColor(*[value if source.ndim == 3 else 0.0] * 4)
    step = max(1, VOXELS_AT_ONCE // (columns * rows))
    for first in range(0, slices, step):
        if progress is not None:
            progress.raiseIfCancelled()
            progress.report(first, slices, text)
        last = min(first + step, slices)
        reslice.SetOutputExtent(0, columns - 1, 0, rows - 1, first, last - 1)
        reslice.Update()
        part = arrayFromImageData(reslice.GetOutput())
        result[first:last] = part if part.dtype == result.dtype else numpy.rint(part)
    return imageDataFromArray(result, source.ndim == 4)


def memoryFor(voxels: numpy.ndarray, grid: RectangularGrid) -> int:
    """Bytes that voxels computed anew take beside those there are.

    :param voxels: shape (slices, rows, columns[, components])
    """
    components = voxels.shape[3] if voxels.ndim == 4 else 1
    copy = voxels.size * 8 if _needsCopy(voxels) else 0
    return grid.voxelCount * components * voxels.dtype.itemsize + copy


def refusal(grid: RectangularGrid, needed: int) -> str:
    """Why voxels are not computed on a grid, a clause; "" when they may be. :param needed: bytes"""
    if grid.voxelCount > MOST_VOXELS:
        size = "×".join(map(str, grid.dimensions))
        return f"voxels computed anew on a rectangular grid would be too many: {size}, {sizeText(needed)}"
    available = freeMemory()
    if 0 < available < needed:
        return f"voxels computed anew would take {sizeText(needed)} of memory, and {sizeText(available)} are free"
    return ""


def sampleable(image: vtkImageData) -> vtkImageData:
    """The image, or a copy in float64 of integers of 64 bits, which VTK's interpolators refuse (exact up to 2^53)."""
    voxels = arrayFromImageData(image)
    if not _needsCopy(voxels):
        return image
    return imageDataFromArray(voxels.astype(float), voxels.ndim == 4)


def _needsCopy(voxels: numpy.ndarray) -> bool:
    return voxels.dtype.kind != "f" and voxels.dtype.itemsize == 8


def _reslice(image, ijkToRAS, fromWorld, grid, nearest: bool) -> vtkImageReslice:
    reslice = vtkImageReslice()
    reslice.SetInputData(image)
    reslice.SetResliceTransform(indexTransform(grid.ijkToRAS, fromWorld, ijkToRAS))
    reslice.SetOutputSpacing(1, 1, 1)
    reslice.SetOutputOrigin(0, 0, 0)
    if nearest:
        reslice.SetInterpolationModeToNearestNeighbor()
    else:
        reslice.SetInterpolationModeToLinear()
    return reslice


def indexTransform(
    toWorld: numpy.ndarray, fromWorld: vtkAbstractTransform | None, ijkToRAS: numpy.ndarray
) -> vtkGeneralTransform:
    """From indices of a picture to those of a volume: to the world, into the volume's frame, to its voxels."""
    transform = vtkGeneralTransform()
    transform.PostMultiply()
    transform.Concatenate(matrixFromArray(toWorld))
    if fromWorld is not None:
        transform.Concatenate(fromWorld)
    transform.Concatenate(matrixFromArray(numpy.linalg.inv(ijkToRAS)))
    return transform


def _unit(direction: numpy.ndarray, fallback: numpy.ndarray) -> numpy.ndarray:
    """A direction of length 1; the other one where there is none, as along an image of one column."""
    length = numpy.linalg.norm(direction)
    return direction / length if length > 0 else fallback / numpy.linalg.norm(fallback)


def _sliceStep(distances: numpy.ndarray, fallback: float) -> float:
    """mm between slices of the grid: the smallest gap, but at least half the median one."""
    gaps = numpy.diff(numpy.sort(distances))
    gaps = gaps[gaps > STEP_TOLERANCE * fallback]
    if not len(gaps):
        return fallback
    return float(max(gaps.min(), numpy.median(gaps) / 2))
