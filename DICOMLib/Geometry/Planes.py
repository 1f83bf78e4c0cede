"""The image planes of a list of instances as a table: one row a slice, be it a file or a frame of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from ..Errors import GeometryError
from ..Instance import Instance

# Direction cosines are written with 6 or more digits, very old files with 2 or 3; beyond this the two in-plane axes
# are not meant to be perpendicular and the volume would be skewed.
ORTHOGONALITY_TOLERANCE = 1e-2
# A forged NumberOfFrames must not fill the memory with rows; long cines and perfusion series stay far below.
MOST_FRAMES = 100_000
# Cosines whose cross product is shorter than this do not span a plane at all.
SMALLEST_CROSS_PRODUCT = 0.1


@dataclass(frozen=True)
class Planes:
    """Geometry of n slices, LPS, mm. All arrays have n rows.

    :ivar instances: the object each slice comes from
    :ivar frames: number of the frame inside its object, from 0
    :ivar positions: (n, 3) centre of the first voxel; NaN where unknown
    :ivar orientations: (n, 6) unit direction cosines of increasing column index, then of increasing row index
    :ivar pixelSpacings: (n, 2) mm between rows, mm between columns (the order of PixelSpacing)
    :ivar sizes: (n, 3) rows, columns, samples per pixel
    :ivar located: (n,) whether position and orientation are known and span a plane
    :ivar spacingSources: for each slice the keyword that gave the pixel spacing, "" when it is a guess of 1 mm
    """

    instances: tuple[Instance, ...]
    frames: numpy.ndarray
    positions: numpy.ndarray
    orientations: numpy.ndarray
    pixelSpacings: numpy.ndarray
    sizes: numpy.ndarray
    located: numpy.ndarray
    spacingSources: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.instances)

    def take(self, indices: Sequence[int]) -> Planes:
        """The table with only these rows, in this order."""
        chosen = numpy.asarray(indices, int)
        return Planes(
            tuple(self.instances[index] for index in chosen),
            self.frames[chosen],
            self.positions[chosen],
            self.orientations[chosen],
            self.pixelSpacings[chosen],
            self.sizes[chosen],
            self.located[chosen],
            tuple(self.spacingSources[index] for index in chosen),
        )

    @property
    def normals(self) -> numpy.ndarray:
        """(n, 3) unit vectors, row direction × column direction."""
        crossed = numpy.cross(self.orientations[:, :3], self.orientations[:, 3:])
        return crossed / numpy.linalg.norm(crossed, axis=1, keepdims=True)

    @property
    def instanceNumbers(self) -> list[float]:
        """InstanceNumber of each slice, infinity where it is absent, so that those sort last."""
        numbers = [instance.instanceNumber for instance in self.instances]
        return [float("inf") if number is None else number for number in numbers]

    def cornerOffsets(self) -> numpy.ndarray:
        """(n, 4, 3) from the first voxel's centre to those of the four corner voxels, by each slice's own header."""
        along = self.orientations[:, :3] * (self.pixelSpacings[:, 1] * (self.sizes[:, 1] - 1))[:, None]
        down = self.orientations[:, 3:] * (self.pixelSpacings[:, 0] * (self.sizes[:, 0] - 1))[:, None]
        return numpy.stack([numpy.zeros_like(along), along, down, along + down], axis=1)


def planesOf(instances: Sequence[Instance]) -> Planes:
    """One row for every single-frame object and for every frame of a multi-frame one.

    Frames share the geometry that their object states for all of it. Geometry per frame (enhanced objects, PS3.3
    C.7.6.16) is not in the header table; such frames are not located.

    :raises GeometryError: when an object announces more frames than :data:`MOST_FRAMES`
    """
    for instance in instances:
        if instance.numberOfFrames > MOST_FRAMES:
            hint = "The header is probably damaged"
            raise GeometryError("there are too many frames in one object", instance.path, instance.numberOfFrames, hint)
    rows = [(instance, frame) for instance in instances for frame in range(instance.numberOfFrames)]
    reader = _HeaderReader()
    positions, orientations, spacings, sources = [], [], [], []
    for instance, frame in rows:
        orientation = reader.orientation(instance)
        position = instance.imagePosition if orientation is not None and frame == 0 else None
        positions.append(position or (numpy.nan,) * 3)
        orientations.append((numpy.nan,) * 6 if orientation is None else orientation)
        spacing, source = reader.pixelSpacing(instance)
        spacings.append(spacing)
        sources.append(source)
    positionTable = numpy.array(positions, float).reshape(-1, 3)
    return Planes(
        tuple(instance for instance, _ in rows),
        numpy.array([frame for _, frame in rows], int),
        positionTable,
        numpy.array(orientations, float).reshape(-1, 6),
        numpy.array(spacings, float).reshape(-1, 2),
        numpy.array([reader.size(instance) for instance, _ in rows], int).reshape(-1, 3),
        ~numpy.isnan(positionTable).any(axis=1),
        tuple(sources),
    )


def unitDirections(cosines: Sequence[float]) -> numpy.ndarray | None:
    """Both direction cosines made unit length, shape (6,); None when they do not span a plane."""
    row, column = numpy.asarray(cosines[:3], float), numpy.asarray(cosines[3:], float)
    lengths = numpy.linalg.norm(row), numpy.linalg.norm(column)
    if min(lengths) == 0:
        return None
    row, column = row / lengths[0], column / lengths[1]
    if numpy.linalg.norm(numpy.cross(row, column)) < SMALLEST_CROSS_PRODUCT:
        return None
    return numpy.concatenate([row, column])


class _HeaderReader:
    """Parses header texts once each: most slices of a series share orientation, spacing and size."""

    def __init__(self):
        self._orientations: dict[str, numpy.ndarray | None] = {}
        self._spacings: dict[tuple[str, ...], tuple[tuple[float, float], str]] = {}

    def orientation(self, instance: Instance) -> numpy.ndarray | None:
        text = instance.value("ImageOrientationPatient")
        if text not in self._orientations:
            cosines = instance.imageOrientation
            self._orientations[text] = None if cosines is None else unitDirections(cosines)
        return self._orientations[text]

    def pixelSpacing(self, instance: Instance) -> tuple[tuple[float, float], str]:
        """mm between rows and between columns, and the keyword they come from (PS3.3 10.7.1.3)."""
        key = tuple(instance.value(keyword) for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"))
        if key not in self._spacings:
            self._spacings[key] = _readPixelSpacing(instance)
        return self._spacings[key]

    def size(self, instance: Instance) -> tuple[int, int, int]:
        return instance.rows, instance.columns, instance.samplesPerPixel


def _readPixelSpacing(instance: Instance) -> tuple[tuple[float, float], str]:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio"):
        # PixelAspectRatio is vertical over horizontal in integers (PS3.3 C.7.6.3.1.7): only the ratio is known.
        pair = instance.numbers(keyword, 2)
        if pair is not None and min(pair) > 0:
            between = pair if keyword != "PixelAspectRatio" else (pair[0] / pair[1], 1.0)
            return (float(between[0]), float(between[1])), keyword
    return (1.0, 1.0), ""
