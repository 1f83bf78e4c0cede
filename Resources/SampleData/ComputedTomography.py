"""The CT of the head."""

from __future__ import annotations

import numpy

from .Anatomy import measure
from .Grid import Grid
from .Manifest import SampleSeries
from .Objects import Series, addGrid, addMonochrome, decimal, slicePlane

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.2"
RESCALE_INTERCEPT = -1024
NOISE_HOUNSFIELD = 4.0


def ctGrid(small: bool) -> Grid:
    """Axial slices from the neck to above the crown, the table moving head-wards."""
    dimensions, spacing = ((96, 96, 45), (2.5, 2.5, 5.0)) if small else ((256, 256, 112), (0.9375, 0.9375, 2.0))
    return Grid(dimensions, spacing, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -2.0, 4.0))


def writeCT(series: Series, grid: Grid) -> tuple[SampleSeries, numpy.ndarray]:
    """Write the series; returns its summary and the volume in HU, shape (slices, rows, columns), int16."""
    describeCT(series, grid)
    random = numpy.random.default_rng(20260617)
    columns, rows, slices = grid.dimensions
    # An edge narrower than the slices are apart would terrace every slanting surface in 3D.
    edge = min(0.75 * (grid.spacing[0] + grid.spacing[2]), 3.5)
    volume = numpy.empty((slices, rows, columns), numpy.int16)
    for k in range(slices):
        values = measure(grid.pointsOfSlice(k), ["hounsfield"], edge)[0]
        values += NOISE_HOUNSFIELD * smoothNoise(random, (rows, columns))
        volume[k] = numpy.clip(numpy.rint(values), RESCALE_INTERCEPT, 3071)
        series.write(slicePlane(grid, k), (volume[k] - numpy.int16(RESCALE_INTERCEPT)).astype(numpy.uint16))
    return series.summary(grid.dimensions, grid), volume


def smoothNoise(random: numpy.random.Generator, shape: tuple[int, int]) -> numpy.ndarray:
    """Noise with neighbours correlated as a reconstruction kernel leaves it; standard deviation about 1."""
    noise = random.standard_normal((shape[0] + 1, shape[1] + 1), numpy.float32)
    return 0.5 * (noise[1:, 1:] + noise[:-1, 1:] + noise[1:, :-1] + noise[:-1, :-1])


def describeCT(series: Series, grid: Grid) -> None:
    """What all CT slices share (PS3.3 C.8.2.1)."""
    addGrid(series, grid, grid.spacing[2])
    dataset = series.template
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.KVP = "120"
    dataset.XRayTubeCurrent = "250"
    dataset.ExposureTime = "1000"
    dataset.ConvolutionKernel = "H30"
    dataset.GantryDetectorTilt = "0"
    dataset.ReconstructionDiameter = decimal(grid.spacing[0] * grid.dimensions[0])
    dataset.SpacingBetweenSlices = decimal(grid.spacing[2])
    addMonochrome(dataset, 16, 12)
    dataset.RescaleIntercept = str(RESCALE_INTERCEPT)
    dataset.RescaleSlope = "1"
    dataset.RescaleType = "HU"
    dataset.WindowCenter = ["40", "400"]
    dataset.WindowWidth = ["100", "2000"]
    dataset.WindowCenterWidthExplanation = ["BRAIN", "BONE"]
