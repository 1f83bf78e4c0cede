"""Slices that a vendor packs side by side into one stored image: Siemens mosaics and UIH grids. LPS, mm.

Where each slice is, is said in private tags; without them the picture is one large image of no place in the patient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy

from ..Errors import FileError
from ..Files.HeaderScanner import scanFile
from ..Files.SiemensHeader import SiemensHeader, readImageHeader
from ..Instance import Instance
from ..TagPaths import normalizedPath
from ..Tags import tagText
from .FrameTable import parseNumbers

# What an import has to keep for these; "51" is UIH's MRVFrameSequence, one item a slice.
MOSAIC_COUNT = '(0019,"SIEMENS MR HEADER",0A)'
# One time for each slice: tells their number where nothing else is left of the header (anonymized files).
MOSAIC_TIMES = '(0019,"SIEMENS MR HEADER",29)'
# XA scanners say it here ("ImageTypeText"), in every frame or for the whole image, where ImageType does not.
IMAGE_TYPE_TEXT = '(0021,"SIEMENS MR SDI 02",75)'
FRAME_TYPE_TEXT = f'(0021,"SIEMENS MR SDI 02",FE)[0].{IMAGE_TYPE_TEXT}'
GRID_COUNT = '(0065,"Image Private Header",50)'
GRID_POSITIONS = '(0065,"Image Private Header",51)[*].ImagePositionPatient'
PRIVATE_TAGS = {
    "numberOfImagesInMosaic": MOSAIC_COUNT,
    "timesOfImagesInMosaic": MOSAIC_TIMES,
    "imageTypeText": IMAGE_TYPE_TEXT,
    "numberOfSlicesInGrid": GRID_COUNT,
    "positionsOfSlicesInGrid": GRID_POSITIONS,
}

_GRID_COUNT_NAME, _IMAGE_TYPE_TEXT_NAME = normalizedPath(GRID_COUNT), normalizedPath(IMAGE_TYPE_TEXT)
IMAGE_TYPE, MANUFACTURER = tagText("ImageType"), tagText("Manufacturer")

MOSAIC, MOSAIC_ASSUMED_NORMAL, GRID = "mosaic", "mosaicAssumedNormal", "grid"
# Files are rarely written without it; then slices are taken to follow each other along row × column.
_ONE_STEP_MM = 1.0


@dataclass(frozen=True)
class Packing:
    """The slices inside one stored image, in the order they are packed.

    :ivar positions: (n, 3) centres of the first voxels; NaN where unknown
    :ivar tiles: (n, 4) first row, first column, rows, columns inside the stored image
    :ivar kind: how the places are known
    """

    positions: numpy.ndarray
    tiles: numpy.ndarray
    kind: str


def isMosaic(instance: Instance) -> bool:
    """Whether ImageType, or Siemens' own text of it, says that slices are packed as Siemens does."""
    return "MOSAIC" in instance.value("ImageType").upper().split("\\") or isMosaicByText(instance)


def isMosaicByText(instance: Instance) -> bool:
    """Whether Siemens' own element says so of an image that is one frame; XA scanners also write it to frames that
    they have unpacked."""
    text = instance.values.get(_IMAGE_TYPE_TEXT_NAME) or ""
    if not text and instance.functionalGroups and instance.numberOfFrames == 1:
        text = instance.frameValue(FRAME_TYPE_TEXT)
    return bool(text) and instance.numberOfFrames == 1 and "MOSAIC" in text.upper().split("\\")


def mayBePacked(instance: Instance) -> bool:
    """A quick look: whether :meth:`Unpacker.packing` is worth asking."""
    values = instance.values
    isMosaics = "MOSAIC" in (values.get(IMAGE_TYPE) or "").upper()
    # Files without their maker's name keep the number of slices, where an import has asked for it.
    isGrid = values.get(MANUFACTURER, "").strip() == "UIH" or bool(values.get(_GRID_COUNT_NAME))
    return isMosaics or isGrid or isMosaicByText(instance)


@dataclass
class Unpacker:
    """Finds out about packed slices; reads Siemens' header block of one file for each orientation of a series."""

    _headers: dict[tuple[str, tuple[float, ...]], SiemensHeader] = field(default_factory=dict)

    def packing(self, instance: Instance) -> Packing | None:
        """The slices packed in an image; None when it holds one slice or cannot be unpacked."""
        if instance.numberOfFrames > 1:
            return None
        return self._mosaic(instance) if isMosaic(instance) else _grid(instance)

    def _mosaic(self, instance: Instance) -> Packing | None:
        header = self._headerFor(instance)
        count = instance.integer(MOSAIC_COUNT) or int(header.number("NumberOfImagesInMosaic") or 0)
        count = count or len(instance.numbers(MOSAIC_TIMES) or ())
        side = math.ceil(math.sqrt(max(0, count)))
        tiles = tilesOfGrid(count, instance.rows, instance.columns, side, side)
        orientation = instance.frameNumbers("ImageOrientationPatient", count=6)
        corner = instance.frameNumbers("ImagePositionPatient", count=3)
        if tiles is None:
            return None
        unknown = Packing(numpy.full((count, 3), math.nan), tiles, MOSAIC)
        if orientation is None or corner is None:
            return unknown
        first = cornerOfFirstTile(instance, corner, orientation, tiles)
        # Direction cosines have more digits than the header block's normal, of which only the sense is needed.
        direction = numpy.cross(orientation[:3], orientation[3:])
        length = numpy.linalg.norm(direction)
        if length == 0:
            return unknown
        normal = header.numbers("SliceNormalVector", 3) or (0.0, 0.0, 0.0)
        sense = float(numpy.sign(direction @ normal))
        step = direction / length * (sense or 1.0) * _stepOf(instance)
        positions = first + numpy.arange(count)[:, None] * step
        return Packing(positions, tiles, MOSAIC if sense else MOSAIC_ASSUMED_NORMAL)

    def _headerFor(self, instance: Instance) -> SiemensHeader:
        # Scanners that follow the head's motion turn the slices a little from image to image.
        orientation = instance.frameNumbers("ImageOrientationPatient", count=6)
        turn = tuple(round(cosine, 1) for cosine in orientation or ())
        key = instance.SeriesInstanceUID, turn
        if key not in self._headers:
            try:
                self._headers[key] = readImageHeader(instance.path)
            except FileError:  # then the normal is assumed, which is told
                self._headers[key] = SiemensHeader()
        return self._headers[key]


def _stepOf(instance: Instance) -> float:
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        distance = abs((instance.frameNumbers(keyword) or (0.0,))[0])
        if distance > 0:
            return distance
    return _ONE_STEP_MM


def cornerOfFirstTile(
    instance: Instance, corner: Sequence[float], orientation: Sequence[float], tiles: numpy.ndarray
) -> numpy.ndarray:
    """Where the first slice begins: ImagePositionPatient is the corner that one slice of the whole mosaic's size would
    have, with the same centre (nibabel, "DICOM mosaic").
    """
    down, across = instance.frameNumbers("PixelSpacing", count=2) or (1.0, 1.0)
    row, column = numpy.array(orientation[:3]), numpy.array(orientation[3:])
    rows, columns = tiles[0, 2:]
    shift = row * across * (instance.columns - columns) / 2 + column * down * (instance.rows - rows) / 2
    return numpy.array(corner) + shift


def _grid(instance: Instance) -> Packing | None:
    """UIH: slices in rows of ceil(sqrt(n)), as many rows as it takes, each with a position of its own."""
    count, text = instance.integer(GRID_COUNT), instance.value(GRID_POSITIONS)
    if count == 0 and instance.imagePosition is None:
        count, text = _gridInFile(instance)
    if count < 2:
        return None
    perRow = math.ceil(math.sqrt(count))
    tiles = tilesOfGrid(count, instance.rows, instance.columns, math.ceil(count / perRow), perRow)
    if tiles is None:
        return None
    positions = parseNumbers([text], 3 * count).reshape(-1, 3)
    return Packing(positions, tiles, GRID)


def _gridInFile(instance: Instance) -> tuple[int, str]:
    """The same values from the file, for images that were imported without them."""
    try:
        values = scanFile(instance.path, (GRID_COUNT, GRID_POSITIONS)).toInstance()
    except FileError:
        return 0, ""
    return values.integer(GRID_COUNT), values.value(GRID_POSITIONS)


def tilesOfGrid(count: int, rows: int, columns: int, down: int, across: int) -> numpy.ndarray | None:
    """(count, 4) first row, first column, rows and columns of each tile, row by row; None when they do not fit."""
    if count < 2 or rows < down or columns < across or rows % down or columns % across:
        return None
    height, width = rows // down, columns // across
    number = numpy.arange(count)
    size = numpy.full(count, height), numpy.full(count, width)
    return numpy.stack([number // across * height, number % across * width, *size], axis=1)
