"""The two MR series: a double-oblique T1 volume, and diffusion with its standard attributes."""

from __future__ import annotations

import numpy
from pydicom.dataset import Dataset

from .Anatomy import measure
from .Grid import Grid, turnedDirections
from .Manifest import SampleSeries
from .Objects import Series, addGrid, addMonochrome, decimal, slicePlane
from .Shapes import Points

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.4"
B_VALUE = 1000.0
# Six directions of an icosahedron, LPS: the least that determines a tensor, evenly spread.
DIRECTIONS = tuple(
    tuple(float(part) for part in direction)
    for direction in numpy.array(
        [[0.0, 1.0, 1.618033988749895], [0.0, 1.0, -1.618033988749895], [1.0, 1.618033988749895, 0.0],
         [1.0, -1.618033988749895, 0.0], [1.618033988749895, 0.0, 1.0], [-1.618033988749895, 0.0, 1.0]]
    ) / numpy.sqrt(1.0 + 1.618033988749895**2)
)


def t1Grid(small: bool) -> Grid:
    """Near-sagittal slices, turned about all three axes, left to right."""
    row, column = turnedDirections((0.0, 1.0, 0.0), (0.0, 0.0, -1.0), 9.0, -6.0, 11.0)
    dimensions, spacing = ((72, 72, 25), (3.4, 3.4, 6.6)) if small else ((208, 208, 106), (1.2, 1.2, 1.6))
    return Grid(dimensions, spacing, row, column, (0.0, 0.0, 4.0))


def diffusionGrid(small: bool) -> Grid:
    """Axial slices tilted along the base of the skull, brain only."""
    row, column = turnedDirections((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), -10.0, 3.0, 0.0)
    dimensions, spacing = ((48, 48, 4), (4.8, 4.8, 28.0)) if small else ((96, 96, 26), (2.4, 2.4, 5.0))
    return Grid(dimensions, spacing, row, column, (0.0, 6.0, 34.0))


def writeT1(series: Series, grid: Grid) -> SampleSeries:
    """Write the T1-weighted volume."""
    describeMR(series, grid, thickness=grid.spacing[2])
    dataset = series.template
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER", "NORM"]
    dataset.ScanningSequence = ["GR", "IR"]
    dataset.SequenceVariant = ["SP", "MP"]
    dataset.MRAcquisitionType = "3D"
    dataset.SequenceName = "tfl3d1"
    dataset.RepetitionTime, dataset.EchoTime, dataset.InversionTime, dataset.FlipAngle = "2300", "2.9", "900", "9"
    dataset.WindowCenter, dataset.WindowWidth = "420", "900"
    random = numpy.random.default_rng(1)
    for k in range(grid.dimensions[2]):
        points = grid.pointsOfSlice(k)
        signal = measure(points, ["t1"], max(1.8, 0.8 * grid.spacing[0]))[0] * coilProfile(points)
        series.write(slicePlane(grid, k), rician(signal, 9.0, random))
    return series.summary(grid.dimensions, grid)


def writeDiffusion(series: Series, grid: Grid) -> SampleSeries:
    """Write one volume without and six with diffusion weighting, volume after volume."""
    describeMR(series, grid, thickness=0.8 * grid.spacing[2])
    dataset = series.template
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "OTHER", "DIFFUSION"]
    dataset.ScanningSequence = "EP"
    dataset.SequenceVariant = "SK"
    dataset.ScanOptions = "FS"
    dataset.MRAcquisitionType = "2D"
    dataset.SequenceName = "ep_b1000"
    dataset.RepetitionTime, dataset.EchoTime, dataset.FlipAngle = "5200", "84", "90"
    dataset.WindowCenter, dataset.WindowWidth = "300", "700"
    random = numpy.random.default_rng(2)
    slices = [diffusionSlice(grid.pointsOfSlice(k), grid) for k in range(grid.dimensions[2])]
    for volume, direction in enumerate((None, *DIRECTIONS)):
        for k, properties in enumerate(slices):
            signal = weighted(*properties, direction)
            changes = {**slicePlane(grid, k), **diffusionAttributes(direction), "AcquisitionNumber": volume + 1}
            series.write(changes, rician(signal, 7.0, random))
    return series.summary(grid.dimensions, grid, volumes=1 + len(DIRECTIONS))


def diffusionSlice(points: Points, grid: Grid) -> tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray, numpy.ndarray]:
    """Signal at b = 0, diffusivity, anisotropy, and fibre directions (3, rows, columns) in RAS, of one slice."""
    signal, diffusivity, anisotropy = measure(points, ["t2", "diffusivity", "anisotropy"], 1.2 * grid.spacing[0])
    return signal, diffusivity, anisotropy, fibres(points)


def weighted(signal: numpy.ndarray, diffusivity: numpy.ndarray, anisotropy: numpy.ndarray, along: numpy.ndarray,
             direction: tuple[float, float, float] | None) -> numpy.ndarray:
    """S = S0 exp(-b g D g) for a tensor with one preferred axis (Basser 1994); `direction` g in LPS, None for b = 0."""
    if direction is None:
        return signal
    cosine = -direction[0] * along[0] - direction[1] * along[1] + direction[2] * along[2]
    apparent = diffusivity * ((1.0 - anisotropy) + 3.0 * anisotropy * cosine * cosine)
    return signal * numpy.exp(-B_VALUE * 1e-3 * apparent)


def fibres(points: Points) -> numpy.ndarray:
    """Unit fibre directions in RAS: across at the commissure, fanning up to the crown, along at the sides."""
    x, y, z = points
    across = numpy.exp(-((x / 18.0) ** 2) - ((z - 40.0) / 16.0) ** 2)
    lengthwise = numpy.clip((numpy.abs(x) - 28.0) / 12.0, 0.0, 1.0) * numpy.exp(-(((z - 28.0) / 22.0) ** 2))
    upward = numpy.clip(1.0 - across - lengthwise, 0.0, 1.0)
    fan = numpy.stack([0.5 * x, 0.3 * (y + 10.0), 30.0 + 0.4 * numpy.abs(z)]) / 40.0
    direction = fan * upward
    direction[0] += across
    direction[1] += lengthwise
    return direction / (numpy.linalg.norm(direction, axis=0) + 1e-6)


def diffusionAttributes(direction: tuple[float, float, float] | None) -> dict[str, object]:
    """PS3.3 C.8.13.5.9 in a classic MR object, as current scanners write it."""
    if direction is None:
        return {"DiffusionBValue": 0.0, "DiffusionDirectionality": "NONE"}
    return {
        "DiffusionBValue": B_VALUE,
        "DiffusionDirectionality": "DIRECTIONAL",
        "DiffusionGradientOrientation": list(direction),
    }


def coilProfile(points: Points) -> numpy.ndarray:
    """Slow brightness change of a receive coil, 0.86 to 1.1."""
    x, y, z = points
    return 1.0 + 0.0006 * y + 0.0004 * x - 0.000008 * ((z - 20.0) ** 2)


def rician(signal: numpy.ndarray, sigma: float, random: numpy.random.Generator) -> numpy.ndarray:
    """Magnitude of a complex signal with noise, as 12-bit integers."""
    real = signal + sigma * random.standard_normal(signal.shape, numpy.float32)
    imaginary = sigma * random.standard_normal(signal.shape, numpy.float32)
    return numpy.clip(numpy.rint(numpy.hypot(real, imaginary)), 0, 4095).astype(numpy.uint16)


def describeMR(series: Series, grid: Grid, thickness: float) -> None:
    """What all MR slices share (PS3.3 C.8.3.1)."""
    addGrid(series, grid, thickness)
    dataset: Dataset = series.template
    dataset.ScanOptions = ""
    dataset.MagneticFieldStrength = "3"
    dataset.ImagingFrequency = "123.25"
    dataset.ImagedNucleus = "1H"
    dataset.NumberOfAverages = "1"
    dataset.EchoTrainLength = "1"
    dataset.SpacingBetweenSlices = decimal(grid.spacing[2])
    addMonochrome(dataset, 16, 12)
