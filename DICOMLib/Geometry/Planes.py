"""The image planes of a list of instances as a table: one row a slice, be it a file, a frame of one or a tile of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy

from ..Errors import GeometryError
from ..Instance import Instance
from ..Tags import tagText
from .FramePlaces import NO_PLACE, SLICE_VECTOR, framePlaces
from .FrameTable import FrameTable, parseNumbers
from .PackedSlices import Unpacker, mayBePacked
from .UltrasoundRegions import ULTRASOUND_REGIONS, ultrasoundSpacing

# Direction cosines are written with 6 or more digits, very old files with 2 or 3; beyond this the two in-plane axes
# are not meant to be perpendicular and the volume would be skewed.
ORTHOGONALITY_TOLERANCE = 1e-2
# A forged NumberOfFrames must not fill the memory with rows; long cines and perfusion series stay far below.
MOST_FRAMES = 100_000
# Cosines whose cross product is shorter than this do not span a plane at all.
SMALLEST_CROSS_PRODUCT = 0.1

# How the place of a slice is known, beside the names in FramePlaces and PackedSlices.
OF_OBJECT, OF_FRAME = "object", "frame"
# PixelAspectRatio is vertical over horizontal in integers (PS3.3 C.7.6.3.1.7): only the ratio is known.
SPACING_SOURCES = (
    "", "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", ULTRASOUND_REGIONS, "PixelAspectRatio",
)  # fmt: skip
# Beyond these numbers are mistakes: an electron microscope's pixels are larger, a patient's place in a room is nearer.
SMALLEST_SPACING_MM, LARGEST_SPACING_MM = 1e-6, 1e4
LARGEST_POSITION_MM = 1e6
_NUMBER_OF_FRAMES = tagText("NumberOfFrames")
_FRAME_INCREMENT_POINTER = tagText("FrameIncrementPointer")


@dataclass(frozen=True)
class Planes:
    """Geometry of n slices, LPS, mm. All arrays have n rows.

    :ivar table: header values of all slices of the selection
    :ivar rows: (n,) which rows of the table these are
    :ivar positions: (n, 3) centre of the first voxel; NaN where unknown
    :ivar orientations: (n, 6) unit direction cosines of increasing column index, then of increasing row index
    :ivar pixelSpacings: (n, 2) mm between rows, mm between columns (the order of PixelSpacing)
    :ivar sizes: (n, 3) rows, columns, samples per pixel
    :ivar located: (n,) whether position and orientation are known and span a plane
    :ivar spacingCodes: (n,) which of SPACING_SOURCES gave the pixel spacing; that of "" is a guess of 1 mm
    :ivar placements: (n,) how the place is known: names of this file, of FramePlaces and of PackedSlices
    :ivar allTiles: (n, 4) first row, first column, rows and columns of the part of the stored frame that is the slice;
        zeros where it is the whole frame; None when all are
    """

    table: FrameTable
    rows: numpy.ndarray
    positions: numpy.ndarray
    orientations: numpy.ndarray
    pixelSpacings: numpy.ndarray
    sizes: numpy.ndarray
    located: numpy.ndarray
    spacingCodes: numpy.ndarray
    placements: numpy.ndarray
    allTiles: numpy.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, indices: Sequence[int]) -> Planes:
        """The table with only these rows, in this order."""
        chosen = numpy.asarray(indices, int)
        arrays = (
            self.rows, self.positions, self.orientations, self.pixelSpacings, self.sizes, self.located,
            self.spacingCodes, self.placements,
        )  # fmt: skip
        tiles = None if self.allTiles is None else self.allTiles[chosen]
        return Planes(self.table, *(array[chosen] for array in arrays), tiles)

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """The object each slice comes from."""
        objects = self.table.objects
        return tuple([objects[owner] for owner in self.owners.tolist()])

    @cached_property
    def owners(self) -> numpy.ndarray:
        """(n,) the object each slice comes from, by its index in the table."""
        return self.table.owners[self.rows]

    @cached_property
    def frames(self) -> numpy.ndarray:
        """(n,) number of the frame inside its object, from 0."""
        return self.table.frames[self.rows]

    @property
    def tiles(self) -> list[tuple[int, int, int, int] | None]:
        """For each slice (first row, first column, rows, columns) inside the stored frame; None for a whole frame."""
        if self.allTiles is None:
            return [None] * len(self)
        return [tuple(tile) if tile[2] else None for tile in self.allTiles.tolist()]

    @cached_property
    def normals(self) -> numpy.ndarray:
        """(n, 3) unit vectors, row direction × column direction."""
        r, c = self.orientations[:, :3].T, self.orientations[:, 3:].T
        crossed = numpy.stack([r[1] * c[2] - r[2] * c[1], r[2] * c[0] - r[0] * c[2], r[0] * c[1] - r[1] * c[0]], axis=1)
        return crossed / numpy.sqrt((crossed * crossed).sum(axis=1))[:, None]

    @property
    def instanceNumbers(self) -> numpy.ndarray:
        """(n,) InstanceNumber of each slice's object, infinity where it is absent, so that those sort last."""
        numbers = self.table.numbers("InstanceNumber")[self.rows, 0]
        return numpy.where(numpy.isnan(numbers), numpy.inf, numpy.trunc(numbers))

    def codes(self, keyword: str) -> tuple[numpy.ndarray, list[str]]:
        """(n,) numbers of the texts of a tag, and all texts that the whole table has."""
        codes, texts = self.table.codes(keyword)
        return codes[self.rows], texts

    def texts(self, keyword: str) -> list[str]:
        """The text of a tag for each slice; "" where there is none."""
        texts = self.table.texts(keyword)
        return [texts[row] for row in self.rows.tolist()]

    def distinct(self, keyword: str) -> list[str]:
        """The texts of a tag that these slices have, in the order in which the whole table has them."""
        codes, texts = self.codes(keyword)
        return [texts[code] for code in numpy.unique(codes)]

    def value(self, keyword: str, index: int = 0) -> str:
        """The text of a tag that holds for one slice; "" when there is none."""
        return self.table.texts(keyword)[self.rows[index]]

    def number(self, keyword: str, index: int = 0) -> float | None:
        """The first number of a tag that holds for one slice."""
        parsed = parseNumbers([self.value(keyword, index).partition("\\")[0]], 1)[0, 0]
        return None if math.isnan(parsed) else float(parsed)

    def cornerOffsets(self) -> numpy.ndarray:
        """(n, 4, 3) from the first voxel's centre to those of the four corner voxels, by each slice's own header."""
        along = self.orientations[:, :3] * (self.pixelSpacings[:, 1] * (self.sizes[:, 1] - 1))[:, None]
        down = self.orientations[:, 3:] * (self.pixelSpacings[:, 0] * (self.sizes[:, 0] - 1))[:, None]
        return numpy.stack([numpy.zeros_like(along), along, down, along + down], axis=1)


def planesOf(instances: Sequence[Instance]) -> Planes:
    """One row for every single-frame object, every frame of a multi-frame one and every slice packed into an image.

    Frames have the geometry of their functional groups (PS3.3 C.7.6.16), else that of their object's kind (see
    FramePlaces). Only images that look like a vendor's packing of slices have a file opened, one of a series.

    :raises GeometryError: when an object announces more frames than :data:`MOST_FRAMES`
    """
    unpacker = Unpacker()
    packings = {index: packing for index, one in enumerate(instances)
                if mayBePacked(one) and (packing := unpacker.packing(one)) is not None}  # fmt: skip
    counts = [1 if one.values.get(_NUMBER_OF_FRAMES) in (None, "", "1") else one.numberOfFrames for one in instances]
    for one, count in zip(instances, counts, strict=True):
        if count > MOST_FRAMES:
            hint = "The header is probably damaged"
            raise GeometryError("there are too many frames in one object", one.path, one.numberOfFrames, hint)
    frameNumbers = [numpy.arange(count) for count in counts] if max(counts) > 1 else []
    for index, packing in packings.items():
        counts[index] = len(packing.tiles)
    builder = _Builder(instances, counts, frameNumbers, packings)
    return builder.planes()


class _Builder:
    """Columns of the table to arrays of geometry."""

    def __init__(self, instances, counts, frameNumbers, packings):
        total = sum(counts)
        frames = numpy.zeros(total, int)
        starts = numpy.cumsum([0, *counts])
        if frameNumbers:
            frames = numpy.concatenate([
                numpy.zeros(count, int) if index in packings else numbers
                for index, (count, numbers) in enumerate(zip(counts, frameNumbers, strict=True))
            ])
        self.table = FrameTable(instances, counts, frames)
        self.slices = {index: slice(int(starts[index]), int(starts[index + 1])) for index in range(len(counts))
                       if index in packings or counts[index] > 1 or _isOneReconstructedSlice(instances[index])}
        self.packings = packings
        self.positions = self.table.numbers("ImagePositionPatient", 3).copy()
        self.orientations = self.table.numbers("ImageOrientationPatient", 6).copy()
        self.placements = numpy.full(total, OF_OBJECT, object)
        self.sizes = numpy.concatenate([self.table.numbers(keyword) for keyword in ("Rows", "Columns")], axis=1)
        self.sizes = _counts(self.sizes, 0)
        self.tiles = None

    def planes(self) -> Planes:
        for index, rows in self.slices.items():
            if index in self.packings:
                self._placePacked(index, rows)
            else:
                self._placeFrames(self.table.objects[index], rows)
        orientations = unitDirections(self.orientations)
        with numpy.errstate(invalid="ignore"):
            isSomewhere = (abs(self.positions) <= LARGEST_POSITION_MM).all(axis=1)
        located = isSomewhere & ~numpy.isnan(orientations[:, 0])
        self.positions[~located] = numpy.nan
        self.placements[~located] = NO_PLACE
        spacings, codes = _pixelSpacings(self.table)
        samples = _counts(self.table.numbers("SamplesPerPixel"), 1)
        sizes = numpy.concatenate([self.sizes, samples], axis=1)
        rows = numpy.arange(len(located))
        return Planes(self.table, rows, self.positions, orientations, spacings, sizes, located, codes,
                      self.placements, self.tiles)  # fmt: skip

    def _placePacked(self, index: int, rows: slice) -> None:
        packing = self.packings[index]
        if self.tiles is None:
            self.tiles = numpy.zeros((len(self.table), 4), int)
        self.tiles[rows] = packing.tiles
        self.sizes[rows] = packing.tiles[:, 2:]
        self.positions[rows] = packing.positions
        self.placements[rows] = packing.kind

    def _placeFrames(self, instance: Instance, rows: slice) -> None:
        if instance.hasFunctionalGroups and _saysWhereFramesAre(instance):
            self.placements[rows] = OF_FRAME
            return
        places = framePlaces(instance)
        self.positions[rows], self.orientations[rows] = places.positions, places.orientations
        self.placements[rows] = places.kind or OF_OBJECT


def _isOneReconstructedSlice(instance: Instance) -> bool:
    """Of nuclear medicine, where the place is that of the detector, however many slices there are (PS3.3 C.8.4.15)."""
    return instance.values.get(_FRAME_INCREMENT_POINTER) == SLICE_VECTOR and instance.modality == "NM"


def _counts(numbers: numpy.ndarray, absent: int) -> numpy.ndarray:
    """Numbers as integers that 16 bits hold, as the header does."""
    return numpy.clip(numpy.nan_to_num(numbers, nan=absent), 0, 0xFFFF).astype(int)


def _saysWhereFramesAre(instance: Instance) -> bool:
    """Whether some frame has a position of its own or shares one, other than the data set's."""
    return any(text and text != instance.value("ImagePositionPatient")
               for text in instance.frameValues("ImagePositionPatient"))  # fmt: skip


def _pixelSpacings(table: FrameTable) -> tuple[numpy.ndarray, numpy.ndarray]:
    """(n, 2) mm between rows and between columns, and which of SPACING_SOURCES they come from (PS3.3 10.7.1.3)."""
    spacings = numpy.ones((len(table), 2))
    codes = numpy.zeros(len(table), int)
    for code, keyword in enumerate(SPACING_SOURCES[1:], 1):
        if codes.all():
            break
        pairs = _regionSpacings(table) if keyword == ULTRASOUND_REGIONS else table.numbers(keyword, 2)
        with numpy.errstate(invalid="ignore"):
            useful = (codes == 0) & ((pairs >= SMALLEST_SPACING_MM) & (pairs <= LARGEST_SPACING_MM)).all(axis=1)
        if keyword == "PixelAspectRatio":
            pairs = numpy.stack([pairs[:, 0] / numpy.where(useful, pairs[:, 1], 1), numpy.ones(len(pairs))], axis=1)
        spacings[useful], codes[useful] = pairs[useful], code
    return spacings, codes


def _regionSpacings(table: FrameTable) -> numpy.ndarray:
    """(n, 2) mm between rows and between columns; NaN where no region of an ultrasound picture tells."""
    unknown = (numpy.nan, numpy.nan)
    ofObjects = [ultrasoundSpacing(instance) or unknown for instance in table.objects]
    return numpy.array(ofObjects, float).reshape(-1, 2)[table.owners]


def unitDirections(cosines: numpy.ndarray) -> numpy.ndarray:
    """(n, 6) both direction cosines of each row made unit length; NaN where they do not span a plane."""
    directions = numpy.array(cosines, float).reshape(-1, 2, 3)
    with numpy.errstate(invalid="ignore", divide="ignore", over="ignore"):
        lengths = numpy.sqrt((directions * directions).sum(axis=2, keepdims=True))
        directions = directions / lengths
        sines = numpy.linalg.norm(numpy.cross(directions[:, 0], directions[:, 1]), axis=1)
        directions[~(sines >= SMALLEST_CROSS_PRODUCT)] = numpy.nan
    return directions.reshape(-1, 6)
