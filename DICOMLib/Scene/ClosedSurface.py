"""The surface around the voxels of one label, computed as 3D Slicer does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonDataModel import vtkImageData, vtkPolyData
from vtkmodules.vtkCommonExecutionModel import vtkAlgorithm
from vtkmodules.vtkCommonTransforms import vtkTransform

from ..Progress import Progress
from .Matrices import matrixFromArray

# Those of vtkBinaryLabelmapToClosedSurfaceConversionRule.
_FEATURE_ANGLE = 60
_LARGEST_ERROR = 1
# Slicer takes more steps for a narrower pass band, without which little of the smoothing would be reached.
_LEAST_STEPS, _MORE_STEPS = 20, 40


@dataclass(frozen=True)
class SurfaceOptions:
    """Slicer's conversion parameters, with its defaults.

    :ivar decimation: share of the triangles to be left out, 0 to 1
    :ivar smoothing: 0 (none) to 1 (strong)
    :ivar withNormals: at the points
    """

    decimation: float = 0.0
    smoothing: float = 0.5
    withNormals: bool = True


def closedSurface(
    layer: numpy.ndarray,
    labelValue: int,
    ijkToRAS: numpy.ndarray,
    options: SurfaceOptions | None = None,
    progress: Progress | None = None,
) -> vtkPolyData:
    """Triangles around all voxels with a label, also where they end with the label map; empty when there are none.

    Only the box around them is copied. Call it on any thread.

    :param layer: integers of shape (slices, rows, columns), which nobody changes meanwhile
    :param ijkToRAS: 4×4, indices of the layer (columns first) → mm; the points come out in what it leads to
    :raises CancelledError: when progress was cancelled; filters of VTK stop in the middle
    """
    options = options or SurfaceOptions()
    box = boxAround(layer, labelValue, progress)
    if box is None:
        return vtkPolyData()
    surface = _run(_contour(_paddedImage(layer[box], labelValue, box)), progress)
    if options.decimation > 0:
        surface = _run(_decimation(surface, options.decimation), progress)
    if options.smoothing > 0:
        surface = _run(_smoothing(surface, options.smoothing), progress)
    surface = _run(_placement(surface, ijkToRAS), progress)
    return _run(_normals(surface), progress) if options.withNormals else surface


def boxAround(
    layer: numpy.ndarray, labelValue: int, progress: Progress | None = None
) -> tuple[slice, slice, slice] | None:
    """The smallest box (slices, rows, columns) with all voxels of a label; None when there are none.

    :raises CancelledError: when progress was cancelled
    """
    rows, columns = numpy.zeros(layer.shape[1], bool), numpy.zeros(layer.shape[2], bool)
    slices = []
    for number, one in enumerate(layer):
        if progress is not None:
            progress.raiseIfCancelled()
        inside = one == labelValue
        inRows = inside.any(axis=1)
        if inRows.any():
            slices.append(number)
            rows |= inRows
            columns |= inside.any(axis=0)
    if not slices:
        return None
    spans = (numpy.array(slices), numpy.flatnonzero(rows), numpy.flatnonzero(columns))
    return tuple(slice(int(one[0]), int(one[-1]) + 1) for one in spans)


def _paddedImage(voxels: numpy.ndarray, labelValue: int, box: tuple[slice, slice, slice]) -> vtkImageData:
    """1 inside, with a rim of 0, so that the surface is closed. Points are in indices of the whole layer."""
    inside = numpy.zeros([count + 2 for count in voxels.shape], numpy.uint8)
    numpy.equal(voxels, labelValue, out=inside[1:-1, 1:-1, 1:-1], casting="unsafe")
    image = vtkImageData()
    image.SetDimensions(*inside.shape[::-1])
    image.SetOrigin(*(one.start - 1 for one in box[::-1]))
    image.GetPointData().SetScalars(numpy_to_vtk(inside.ravel()))
    return image


def _contour(image: vtkImageData) -> vtkAlgorithm:
    from vtkmodules.vtkFiltersGeneral import vtkDiscreteFlyingEdges3D

    contour = vtkDiscreteFlyingEdges3D()
    contour.SetInputData(image)
    contour.ComputeGradientsOff()
    contour.ComputeNormalsOff()
    contour.ComputeScalarsOff()
    contour.SetValue(0, 1)
    return contour


def _decimation(surface: vtkPolyData, share: float) -> vtkAlgorithm:
    from vtkmodules.vtkFiltersCore import vtkDecimatePro

    decimation = vtkDecimatePro()
    decimation.SetInputData(surface)
    decimation.SetFeatureAngle(_FEATURE_ANGLE)
    decimation.SplittingOff()
    decimation.PreserveTopologyOn()
    decimation.SetMaximumError(_LARGEST_ERROR)
    decimation.SetTargetReduction(share)
    return decimation


def _smoothing(surface: vtkPolyData, factor: float) -> vtkAlgorithm:
    from vtkmodules.vtkFiltersCore import vtkWindowedSincPolyDataFilter

    smoothing = vtkWindowedSincPolyDataFilter()
    smoothing.SetInputData(surface)
    smoothing.SetNumberOfIterations(round(_LEAST_STEPS + _MORE_STEPS * factor))
    smoothing.SetPassBand(10.0 ** (-4.0 * factor))
    smoothing.BoundarySmoothingOff()
    smoothing.FeatureEdgeSmoothingOff()
    smoothing.NonManifoldSmoothingOn()
    smoothing.NormalizeCoordinatesOn()
    return smoothing


def _placement(surface: vtkPolyData, ijkToRAS: numpy.ndarray) -> vtkAlgorithm:
    from vtkmodules.vtkFiltersGeneral import vtkTransformFilter

    transform = vtkTransform()
    transform.SetMatrix(matrixFromArray(ijkToRAS))
    placement = vtkTransformFilter()
    placement.SetInputData(surface)
    placement.SetTransform(transform)
    return placement


def _normals(surface: vtkPolyData) -> vtkAlgorithm:
    from vtkmodules.vtkFiltersCore import vtkPolyDataNormals

    normals = vtkPolyDataNormals()
    normals.SetInputData(surface)
    normals.ConsistencyOn()
    normals.SplittingOff()
    return normals


def _run(step: vtkAlgorithm, progress: Progress | None) -> vtkPolyData:
    def stopWhenCancelled(caller: vtkAlgorithm, event: str) -> None:
        if progress is not None and progress.cancelled:
            caller.SetAbortExecute(True)

    step.AddObserver("ProgressEvent", stopWhenCancelled)
    step.Update()
    if progress is not None:
        progress.raiseIfCancelled()
    return step.GetOutput()
