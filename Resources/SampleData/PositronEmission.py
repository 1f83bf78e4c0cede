"""The FDG PET of the head, in Bq/ml with everything SUV needs."""

from __future__ import annotations

import numpy
from pydicom.dataset import Dataset

from .Anatomy import measure
from .Grid import Grid
from .Manifest import SampleSeries
from .Objects import DAY, Series, addGrid, addMonochrome, code, decimal, slicePlane

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.128"
INJECTED_DOSE_BECQUEREL = 350.0e6
INJECTION_TIME = "083000"
SCAN_TIME = "093000"
UPTAKE_SECONDS = 3600.0
HALF_LIFE_SECONDS = 6586.2
RESOLUTION_MM = 5.0


def petGrid(small: bool) -> Grid:
    """Axial, coarser than the CT, the same patient position."""
    dimensions, spacing = ((48, 48, 18), (5.0, 5.0, 12.0)) if small else ((120, 120, 74), (2.0, 2.0, 3.0))
    return Grid(dimensions, spacing, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -2.0, 4.0))


def writePET(series: Series, grid: Grid) -> tuple[SampleSeries, numpy.ndarray]:
    """Write the series; returns its summary and the volume in SUV (by body weight), shape (slices, rows, columns)."""
    describePET(series, grid)
    random = numpy.random.default_rng(3)
    uptake = numpy.stack([measure(grid.pointsOfSlice(k), ["uptake"], 3.0)[0] for k in range(grid.dimensions[2])])
    uptake = blurred(uptake, [RESOLUTION_MM / 2.355 / spacing for spacing in reversed(grid.spacing)])
    uptake *= 1.0 + 0.05 * blurred(random.standard_normal(uptake.shape, numpy.float32), [0.8, 0.8, 0.8]) * 3.0
    becquerelPerSUV = suvFactor(series.study.patient.weight)
    for k in range(grid.dimensions[2]):
        activity = numpy.maximum(uptake[k], 0.0) * becquerelPerSUV
        # A slope of its own for each slice, as scanners do: a reader that takes the first one is found out.
        slope = float(decimal(max(float(activity.max()), 1.0) / 32767.0))
        stored = numpy.clip(numpy.rint(activity / slope), 0, 32767).astype(numpy.int16)
        series.write({**slicePlane(grid, k), "RescaleSlope": decimal(slope), "ImageIndex": k + 1}, stored)
    return series.summary(grid.dimensions, grid), numpy.maximum(uptake, 0.0)


def suvFactor(weight: float) -> float:
    """Bq/ml for one SUV at the start of the scan; `weight` in kg, 1 ml taken as 1 g."""
    return INJECTED_DOSE_BECQUEREL * 2.0 ** (-UPTAKE_SECONDS / HALF_LIFE_SECONDS) / (weight * 1000.0)


def blurred(volume: numpy.ndarray, sigmas: list[float]) -> numpy.ndarray:
    """Gaussian blur, one standard deviation (in voxels) per axis; edges repeat."""
    for axis, sigma in enumerate(sigmas):
        reach = max(1, int(numpy.ceil(2.5 * sigma)))
        kernel = numpy.exp(-0.5 * (numpy.arange(-reach, reach + 1) / sigma) ** 2)
        kernel = (kernel / kernel.sum()).astype(numpy.float32)
        padded = numpy.pad(volume, [(reach, reach) if n == axis else (0, 0) for n in range(3)], mode="edge")
        size = volume.shape[axis]
        volume = sum(
            weight * padded[tuple(slice(shift, shift + size) if n == axis else slice(None) for n in range(3))]
            for shift, weight in enumerate(kernel)
        )
    return volume


def describePET(series: Series, grid: Grid) -> None:
    """What all PET slices share (PS3.3 C.8.9)."""
    addGrid(series, grid, grid.spacing[2])
    dataset = series.template
    # PET says how the patient lies with codes, and then must not say it with this attribute (PS3.3 C.7.3.1).
    del dataset.PatientPosition
    dataset.ImageType = ["ORIGINAL", "PRIMARY"]
    dataset.Units = "BQML"
    dataset.CountsSource = "EMISSION"
    dataset.SeriesType = ["STATIC", "IMAGE"]
    dataset.NumberOfSlices = grid.dimensions[2]
    dataset.CorrectedImage = ["NORM", "DTIM", "ATTN", "SCAT", "DECY", "RAN"]
    dataset.DecayCorrection = "START"
    dataset.CollimatorType = "NONE"
    dataset.RandomsCorrectionMethod = "DLYD"
    dataset.AttenuationCorrectionMethod = "measured, CT"
    dataset.ScatterCorrectionMethod = "model-based"
    dataset.ReconstructionMethod = "OSEM"
    dataset.ActualFrameDuration = "600000"
    dataset.FrameReferenceTime = "300000"
    dataset.DecayFactor = "1"
    dataset.DoseCalibrationFactor = "1"
    dataset.LossyImageCompression = "00"
    addMonochrome(dataset, 16, 16, signed=True)
    dataset.RescaleIntercept = "0"
    dataset.RadiopharmaceuticalInformationSequence = [radiopharmaceutical()]
    supine = code("102538003", "SCT", "recumbent")
    supine.PatientOrientationModifierCodeSequence = [code("40199007", "SCT", "supine")]
    dataset.PatientOrientationCodeSequence = [supine]
    dataset.PatientGantryRelationshipCodeSequence = [code("102540008", "SCT", "headfirst")]


def radiopharmaceutical() -> Dataset:
    """Fluorodeoxyglucose (18F): dose, half-life and when it was given."""
    item = Dataset()
    item.Radiopharmaceutical = "Fluorodeoxyglucose F^18^"
    item.RadiopharmaceuticalVolume = "2"
    item.RadiopharmaceuticalStartTime = INJECTION_TIME
    item.RadiopharmaceuticalStartDateTime = DAY + INJECTION_TIME
    item.RadionuclideTotalDose = decimal(INJECTED_DOSE_BECQUEREL)
    item.RadionuclideHalfLife = decimal(HALF_LIFE_SECONDS)
    item.RadionuclidePositronFraction = "0.967"
    item.RadionuclideCodeSequence = [code("77004003", "SCT", "^18^Fluorine")]
    item.RadiopharmaceuticalCodeSequence = [code("35321007", "SCT", "Fluorodeoxyglucose F^18^")]
    return item
