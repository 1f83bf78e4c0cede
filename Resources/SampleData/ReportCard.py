"""A colour secondary capture: the findings with fused CT and PET pictures."""

from __future__ import annotations

import numpy

from .BitmapFont import drawText
from .Findings import SPHERES
from .Grid import Grid
from .Manifest import SampleSeries
from .Objects import Series, addColor

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.7"
ROWS, COLUMNS, PANEL = 600, 800, 248
PANEL_MM_PER_PIXEL = 0.98
SUV_WINDOW = 14.0
BACKGROUND, BAR, RULE = (22, 26, 33), (18, 74, 92), (52, 62, 76)
BRIGHT, DIM, WARM = (232, 238, 244), (150, 162, 176), (255, 196, 92)
# RAS directions of a panel's columns (to the right) and rows (down), and its name.
PANELS = (
    ("Axial", (-1, 0, 0), (0, -1, 0)),
    ("Coronal", (-1, 0, 0), (0, 0, -1)),
    ("Sagittal", (0, -1, 0), (0, 0, -1)),
)


def writeReportCard(series: Series, ct: numpy.ndarray, ctGrid: Grid, pet: numpy.ndarray, petGrid: Grid) -> SampleSeries:
    """Write the one picture; `ct` in HU and `pet` in SUV, each (slices, rows, columns)."""
    dataset = series.template
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.ConversionType = "WSD"
    dataset.BurnedInAnnotation = "NO"
    dataset.BodyPartExamined = "HEAD"
    dataset.PatientOrientation = ""
    dataset.DateOfSecondaryCapture = dataset.StudyDate
    dataset.TimeOfSecondaryCapture = series.time
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    addColor(dataset)
    series.write({}, drawReportCard(ct, ctGrid, pet, petGrid))
    return series.summary((COLUMNS, ROWS, 1))


def drawReportCard(ct: numpy.ndarray, ctGrid: Grid, pet: numpy.ndarray, petGrid: Grid) -> numpy.ndarray:
    """The card, uint8 (600, 800, 3). No patient's name is on it."""
    card = numpy.empty((ROWS, COLUMNS, 3), numpy.uint8)
    card[:] = BACKGROUND
    card[:56] = BAR
    drawText(card, 12, 20, "PET/CT HEAD", BRIGHT, 3)
    drawText(card, 40, 21, "KEY IMAGES AND FINDINGS", (170, 210, 220), 1)
    drawText(card, 24, 590, "SAMPLE HOSPITAL", (200, 226, 232), 2)
    target = max(SPHERES, key=lambda sphere: sphere.material.uptake)
    for index, (name, across, down) in enumerate(PANELS):
        column = 14 + index * (PANEL + 14)
        card[72:72 + PANEL, column:column + PANEL] = fusedPanel(ct, ctGrid, pet, petGrid, target.center, across, down)
        drawText(card, 78, column + 6, name, DIM, 1)
    drawTable(card)
    return card


def drawTable(card: numpy.ndarray) -> None:
    """One line for each finding: what, where (RAS mm), how large, Hounsfield units, uptake."""
    columns = ((20, "FINDING"), (392, "R A S (mm)"), (566, "RADIUS"), (662, "HU"), (728, "SUV"))
    for column, title in columns:
        drawText(card, 336, column, title, DIM, 1)
    card[348:349, 16:COLUMNS - 16] = RULE
    for line, sphere in enumerate(SPHERES):
        row = 358 + 29 * line
        hot = WARM if sphere.material.uptake > 10 else BRIGHT
        place = " ".join(f"{value:+.0f}" for value in sphere.center)
        texts = (sphere.name, place, f"{sphere.radius:.0f} mm", f"{sphere.hounsfield:.0f}",
                 f"{sphere.material.uptake:.1f}")
        for (column, _), text in zip(columns, texts, strict=True):
            drawText(card, row, column, text, hot, 2)
        card[row + 21:row + 22, 16:COLUMNS - 16] = RULE


def fusedPanel(ct: numpy.ndarray, ctGrid: Grid, pet: numpy.ndarray, petGrid: Grid, center: tuple[float, float, float],
               across: tuple[int, int, int], down: tuple[int, int, int]) -> numpy.ndarray:
    """A plane of CT in grey with PET laid over it and a crosshair at `center` (RAS), uint8 (PANEL, PANEL, 3)."""
    middle = numpy.array([0.0, 2.0, 4.0])
    seen = numpy.abs(across) + numpy.abs(down)
    origin = numpy.where(seen > 0, middle, center)
    steps = (numpy.arange(PANEL) - (PANEL - 1) / 2.0) * PANEL_MM_PER_PIXEL
    points = origin + steps[None, :, None] * numpy.array(across) + steps[:, None, None] * numpy.array(down)
    grey = numpy.clip((sampled(ct, ctGrid, points, -1000.0) + 20.0) / 120.0, 0.0, 1.0)
    heat = numpy.clip(sampled(pet, petGrid, points, 0.0) / SUV_WINDOW, 0.0, 1.0)
    color = numpy.stack([numpy.clip(3.0 * heat - shift, 0.0, 1.0) for shift in (0.0, 0.9, 2.0)], axis=-1)
    weight = numpy.clip(1.6 * heat, 0.0, 0.62)[..., None]
    picture = grey[..., None] * (1.0 - weight) + color * weight
    offset = (numpy.asarray(center) - origin) / PANEL_MM_PER_PIXEL
    column, row = (round(float(offset @ direction) + (PANEL - 1) / 2.0) for direction in (across, down))
    for shift in (*range(-26, -13), *range(14, 27)):
        picture[row, numpy.clip(column + shift, 0, PANEL - 1)] = 0.8
        picture[numpy.clip(row + shift, 0, PANEL - 1), column] = 0.8
    return (255.0 * picture).astype(numpy.uint8)


def sampled(volume: numpy.ndarray, grid: Grid, points: numpy.ndarray, outside: float) -> numpy.ndarray:
    """Trilinear values of `volume` (k, j, i) at RAS `points` (..., 3); `outside` beyond the edge."""
    toIndex = numpy.linalg.inv(grid.ijkToRAS)
    place = points @ toIndex[:3, :3].T + toIndex[:3, 3]
    limits = numpy.asarray(grid.dimensions) - 1
    inside = ((place >= 0) & (place <= limits)).all(axis=-1)
    place = numpy.clip(place, 0, limits - 1e-3)
    i, j, k = numpy.moveaxis(place.astype(numpy.intp), -1, 0)
    fi, fj, fk = numpy.moveaxis(place - numpy.floor(place), -1, 0)
    value = 0.0
    for dk, dj, di in numpy.ndindex(2, 2, 2):
        weight = (fi if di else 1 - fi) * (fj if dj else 1 - fj) * (fk if dk else 1 - fk)
        value = value + weight * volume[k + dk, j + dj, i + di]
    return numpy.where(inside, value, outside)
