"""A four-chamber view of a beating heart: colour multi-frame ultrasound with calibrated regions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy
from pydicom.dataset import Dataset

from .BitmapFont import drawText
from .Manifest import SampleSeries
from .Objects import Series, addColor

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.3.1"
DEPTH_CM = 16.0
HALF_ANGLE = 0.70
FRAME_MILLISECONDS = 40
# PS3.3 C.8.5.5.1: spatial format 2D, data type tissue or colour flow, units cm.
FORMAT_2D, TISSUE, COLOR_FLOW, CENTIMETRES = 1, 1, 2, 3
DOPPLER_BOX = (-3.6, 0.6, 7.6, 13.6)


@dataclass(frozen=True)
class Screen:
    """The picture: size in pixels and where the sector's apex is."""

    columns: int
    rows: int
    frames: int

    @property
    def pixelsPerCm(self) -> float:
        """The sector fills 84 % of the height."""
        return 0.84 * self.rows / DEPTH_CM

    @property
    def apex(self) -> tuple[float, float]:
        """(column, row) of the transducer."""
        return self.columns / 2.0, 0.055 * self.rows

    def lateralAndDepth(self) -> tuple[numpy.ndarray, numpy.ndarray]:
        """cm to the right of the apex and below it, each (rows, columns)."""
        row, column = numpy.indices((self.rows, self.columns), dtype=numpy.float32)
        return (column - self.apex[0]) / self.pixelsPerCm, (row - self.apex[1]) / self.pixelsPerCm


def cineScreen(small: bool) -> Screen:
    """480 x 360, one heart beat of 24 frames (small: 160 x 120, 6 frames)."""
    return Screen(160, 120, 6) if small else Screen(480, 360, 24)


def writeCine(series: Series, screen: Screen) -> SampleSeries:
    """Write one multi-frame object."""
    dataset = series.template
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "CHEST", "0011"]
    dataset.LossyImageCompression = "00"
    dataset.BodyPartExamined = "HEART"
    dataset.PatientOrientation = ""
    dataset.Rows, dataset.Columns = screen.rows, screen.columns
    dataset.NumberOfFrames = screen.frames
    dataset.FrameIncrementPointer = 0x00181063
    dataset.FrameTime = str(FRAME_MILLISECONDS)
    dataset.CineRate = dataset.RecommendedDisplayFrameRate = str(1000 // FRAME_MILLISECONDS)
    dataset.HeartRate = str(round(60000 / (24 * FRAME_MILLISECONDS)))
    dataset.UltrasoundColorDataPresent = 1
    dataset.SequenceOfUltrasoundRegions = [
        region(screen, TISSUE, (-DEPTH_CM * 0.65, DEPTH_CM * 0.65, 0.0, DEPTH_CM)),
        region(screen, COLOR_FLOW, DOPPLER_BOX),
    ]
    addColor(dataset)
    series.write({}, drawCine(screen))
    return series.summary((screen.columns, screen.rows, screen.frames))


def region(screen: Screen, dataType: int, extent: tuple[float, float, float, float]) -> Dataset:
    """A calibrated region; `extent` is (left, right, top, bottom) in cm from the apex."""
    left, right, top, bottom = extent
    apexColumn, apexRow = (round(value) for value in screen.apex)
    item = Dataset()
    item.RegionSpatialFormat = FORMAT_2D
    item.RegionDataType = dataType
    item.RegionFlags = 2 if dataType == TISSUE else 1
    item.RegionLocationMinX0 = max(0, round(screen.apex[0] + left * screen.pixelsPerCm))
    item.RegionLocationMaxX1 = min(screen.columns - 1, round(screen.apex[0] + right * screen.pixelsPerCm))
    item.RegionLocationMinY0 = max(0, round(screen.apex[1] + top * screen.pixelsPerCm))
    item.RegionLocationMaxY1 = min(screen.rows - 1, round(screen.apex[1] + bottom * screen.pixelsPerCm))
    item.ReferencePixelX0 = apexColumn - item.RegionLocationMinX0
    item.ReferencePixelY0 = apexRow - item.RegionLocationMinY0
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = CENTIMETRES
    item.ReferencePixelPhysicalValueX = item.ReferencePixelPhysicalValueY = 0.0
    item.PhysicalDeltaX = item.PhysicalDeltaY = 1.0 / screen.pixelsPerCm
    return item


def drawCine(screen: Screen) -> numpy.ndarray:
    """All frames of one beat, uint8 (frames, rows, columns, 3)."""
    lateral, depth = screen.lateralAndDepth()
    speckle = speckleTexture()
    frames = [drawFrame(screen, lateral, depth, frame / screen.frames, speckle) for frame in range(screen.frames)]
    return numpy.stack(frames)


def drawFrame(screen: Screen, lateral: numpy.ndarray, depth: numpy.ndarray, phase: float,
              speckle: numpy.ndarray) -> numpy.ndarray:
    """One frame; `phase` runs from 0 (end of filling) to 1 through the beat."""
    squeeze = contraction(phase)
    distance = numpy.hypot(lateral, depth)
    angle = numpy.arctan2(lateral, depth)
    echo = tissue(lateral, depth, squeeze) * sampledSpeckle(speckle, distance * (1.0 + 0.03 * squeeze), angle)
    echo *= numpy.clip(1.15 - 0.035 * distance, 0.0, 1.0)
    echo[(numpy.abs(angle) > HALF_ANGLE) | (distance > DEPTH_CM) | (distance < 0.25)] = 0.0
    grey = numpy.clip(255.0 * numpy.power(numpy.clip(echo, 0.0, 1.0), 0.75), 0, 255)
    picture = numpy.repeat(grey.astype(numpy.uint8)[..., None], 3, axis=-1)
    paintFlow(picture, lateral, depth, phase, echo)
    annotate(screen, picture, phase)
    return picture


def contraction(phase: float) -> float:
    """0 relaxed, 1 squeezed: quick emptying, slower filling."""
    return float(numpy.sin(numpy.pi * min(phase / 0.72, 1.0)) ** 1.6)


def oval(x: numpy.ndarray, y: numpy.ndarray, center: tuple[float, float], radii: tuple[float, float]) -> numpy.ndarray:
    """About the distance in cm to an oval, negative inside."""
    return (numpy.hypot((x - center[0]) / radii[0], (y - center[1]) / radii[1]) - 1.0) * min(radii)


def tissue(x: numpy.ndarray, y: numpy.ndarray, squeeze: float) -> numpy.ndarray:
    """Echo strength (0 to 1) of walls, chambers, valves and surroundings."""
    left = oval(x, y, (-1.45, 6.9 + 0.25 * squeeze), (1.9 - 0.62 * squeeze, 4.0 - 0.45 * squeeze))
    right = oval(x, y, (2.5, 7.6 + 0.2 * squeeze), (1.45 - 0.4 * squeeze, 3.2 - 0.4 * squeeze))
    atrium = oval(x, y, (-1.6, 13.0), (1.75 + 0.25 * squeeze, 1.7 + 0.35 * squeeze))
    otherAtrium = oval(x, y, (2.2, 13.0), (1.6 + 0.2 * squeeze, 1.6 + 0.3 * squeeze))
    heart = numpy.minimum(oval(x, y, (0.2, 7.4), (4.6, 6.0)), oval(x, y, (0.2, 12.6), (4.6, 3.2)))
    wall = 0.36 + 0.1 * numpy.sin(2.2 * x + 0.7 * y)
    echo = numpy.where(heart < 0.0, wall, 0.26 + 0.1 * numpy.sin(1.7 * y - 0.6 * x))
    echo += 0.5 * numpy.exp(-((heart / 0.16) ** 2))
    chambers = numpy.minimum(numpy.minimum(left, right), numpy.minimum(atrium, otherAtrium))
    for middle, half in ((-1.5, 1.25), (2.45, 1.0)):
        chambers = numpy.minimum(chambers, oval(x, y, (middle, 11.0), (0.3 + half * (1.0 - squeeze), 1.3)))
    blood = numpy.clip(0.5 - chambers / 0.22, 0.0, 1.0)
    echo = echo * (1.0 - blood) + 0.035 * blood
    echo += 0.28 * numpy.exp(-(((numpy.abs(chambers) - 0.08) / 0.1) ** 2))
    for hinge, reach, side in ((-3.1, 1.65, 1.0), (0.1, 1.65, -1.0), (1.2, 1.35, 1.0), (3.7, 1.35, -1.0)):
        echo += leaflet(x, y, (hinge, 11.05), reach, side, 1.0 - squeeze)
    return echo


def leaflet(x: numpy.ndarray, y: numpy.ndarray, hinge: tuple[float, float], reach: float, side: float,
            opening: float) -> numpy.ndarray:
    """A valve leaflet that swings towards the apex as it opens."""
    swing = 0.15 + 1.1 * opening
    directionX, directionY = side * numpy.cos(swing), -numpy.sin(swing)
    along = numpy.clip(((x - hinge[0]) * directionX + (y - hinge[1]) * directionY) / reach, 0.0, 1.0) * reach
    distance = numpy.hypot(x - hinge[0] - along * directionX, y - hinge[1] - along * directionY)
    return 0.75 * numpy.exp(-((distance / 0.13) ** 2))


def speckleTexture() -> numpy.ndarray:
    """Speckle in polar coordinates (distance, angle): sharp along the beam, smeared across it."""
    random = numpy.random.default_rng(4)
    real, imaginary = random.standard_normal((2, 420, 150), numpy.float32)
    real, imaginary = ((part + numpy.roll(part, 1, axis=0)) / 1.41 for part in (real, imaginary))
    return numpy.hypot(real, imaginary) * 0.8


def sampledSpeckle(texture: numpy.ndarray, distance: numpy.ndarray, angle: numpy.ndarray) -> numpy.ndarray:
    """Bilinear look-up along the angle, nearest along the beam."""
    row = numpy.clip(distance * 25.0, 0, texture.shape[0] - 1).astype(numpy.intp)
    place = numpy.clip((angle / HALF_ANGLE + 1.0) * 0.5 * (texture.shape[1] - 2), 0, texture.shape[1] - 2)
    column = place.astype(numpy.intp)
    part = place - column
    return texture[row, column] * (1.0 - part) + texture[row, column + 1] * part


def paintFlow(picture: numpy.ndarray, x: numpy.ndarray, y: numpy.ndarray, phase: float, echo: numpy.ndarray) -> None:
    """Colour flow inside its box: red towards the transducer (filling), blue away (emptying)."""
    squeeze = contraction(phase)
    inflow = max(0.0, 1.0 - 2.2 * squeeze) * (0.55 + 0.45 * numpy.cos(4.0 * numpy.pi * phase))
    jet = numpy.exp(-(((x + 1.5) / (0.55 + 0.04 * (12.0 - y))) ** 2) - ((y - 10.2) / 2.3) ** 2) * inflow
    jet -= numpy.exp(-(((x + 0.75) / 0.5) ** 2) - ((y - 9.6) / 1.9) ** 2) * squeeze * 0.9
    left, right, top, bottom = DOPPLER_BOX
    inBox = (x > left) & (x < right) & (y > top) & (y < bottom)
    seen = inBox & (numpy.abs(jet) > 0.22) & (echo < 0.3)
    strength = numpy.clip(numpy.abs(jet[seen]), 0.0, 1.0)
    towards = jet[seen] > 0.0
    picture[seen, 0] = numpy.where(towards, 120 + 135 * strength, 10).astype(numpy.uint8)
    picture[seen, 1] = (190 * strength * strength).astype(numpy.uint8)
    picture[seen, 2] = numpy.where(towards, 10, 120 + 135 * strength).astype(numpy.uint8)
    thickness = (x[0, 1] - x[0, 0]) * 0.6
    edge = inBox & ((numpy.minimum(x - left, right - x) < thickness) | (numpy.minimum(y - top, bottom - y) < thickness))
    picture[edge] = (190, 190, 90)


def annotate(screen: Screen, picture: numpy.ndarray, phase: float) -> None:
    """Depth marks, the heart's current with the moment of this frame, and a few words."""
    apexColumn, apexRow = screen.apex
    for centimetre in range(int(DEPTH_CM) + 1):
        row = round(apexRow + centimetre * screen.pixelsPerCm)
        length = 8 if centimetre % 5 == 0 else 4
        picture[row, screen.columns - 4 - length:screen.columns - 4] = (200, 200, 200)
    base, height = int(0.965 * screen.rows), 0.07 * screen.rows
    beats = numpy.arange(screen.columns, dtype=float) / screen.columns * 2.0
    rows = numpy.clip(base - height * electrocardiogram(beats % 1.0), 0, screen.rows - 1).astype(int)
    for column in range(1, screen.columns):
        low, high = sorted((rows[column - 1], rows[column]))
        picture[low:high + 1, column] = (70, 210, 110)
    marker = int(phase * screen.columns / 2.0)
    picture[base - int(height):base + 3, marker:marker + 2] = (250, 220, 80)
    if screen.columns >= 400:
        drawText(picture, 8, 10, "SAMPLE HOSPITAL", (200, 205, 215), 1)
        drawText(picture, 20, 10, "Apical 4 chamber", (140, 150, 165), 1)
        drawText(picture, 32, 10, "HR 62  16 cm  25 Hz", (140, 150, 165), 1)


def electrocardiogram(phase: numpy.ndarray) -> numpy.ndarray:
    """P, QRS and T waves of one beat, R = 1."""
    waves = ((0.86, 0.022, 0.13), (0.975, 0.006, -0.1), (0.99, 0.008, 1.0), (0.012, 0.007, -0.22), (0.27, 0.04, 0.24))
    return sum(
        size * numpy.exp(-((((phase - center + 0.5) % 1.0 - 0.5) / width) ** 2)) for center, width, size in waves
    )
