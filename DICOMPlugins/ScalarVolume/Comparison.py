"""What tells two loaded volumes apart."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from DICOMLib.Scene.VolumeNodes import vtkMRMLVolumeNode

# As two ways of computing the same matrix may round.
SAME_PLACE_MM = 1e-3


def volumeDifferences(first: vtkMRMLVolumeNode, second: vtkMRMLVolumeNode) -> Iterator[str]:
    """A sentence for each difference in geometry (RAS mm, transforms above not counted), type and values of voxels.

    :raises SceneError: when one has no voxels
    """
    voxels, others = first.voxelArray(), second.voxelArray()
    if voxels.shape != others.shape:
        yield f"The first volume has shape {voxels.shape}, the second one {others.shape} (slices, rows, columns)."
    else:
        moved = _farthestCorner(first, second)
        if moved > SAME_PLACE_MM:
            yield f"A corner of the second volume is {moved:.6g} mm from that of the first one."
        count = int((~_equal(voxels, others)).sum())
        if count:
            yield f"{count:,} of {voxels.size:,} values of voxels differ."
    if voxels.dtype != others.dtype:
        yield f"Voxels of the first volume are {voxels.dtype}, of the second one {others.dtype}."


def _equal(voxels: numpy.ndarray, others: numpy.ndarray) -> numpy.ndarray:
    return (voxels == others) | ((voxels != voxels) & (others != others))  # nothing is unequal to itself but NaN


def _farthestCorner(first: vtkMRMLVolumeNode, second: vtkMRMLVolumeNode) -> float:
    ends = numpy.array(first.GetDimensions()) - 1
    corners = numpy.indices((2, 2, 2)).reshape(3, -1).T * ends
    homogeneous = numpy.column_stack([corners, numpy.ones(len(corners))])
    moves = homogeneous @ (first.ijkToRASArray() - second.ijkToRASArray()).T
    return float(numpy.linalg.norm(moves[:, :3], axis=1).max())
