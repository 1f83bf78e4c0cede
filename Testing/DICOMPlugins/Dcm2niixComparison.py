"""Every volume that dcm2niix makes of files, beside the ones that we offer for the same files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy

from DICOMLib.Errors import DICOMError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ReferenceReaders import Reference, dcm2niix, sortedCorners, valuesAtOurVoxels

CORNER_TOLERANCE_MM = 1e-3
# Factors of a rescale pass through single precision in NIfTI.
RELATIVE_PRECISION = 1e-6

EQUAL, UNPLACED, ABSENT, DIFFERENT = "equal", "equal voxels of no known place", "absent", "different"


@dataclass(frozen=True)
class Ours:
    """One of our volumes.

    :ivar ijkToRAS: 4x4; None where the files do not say where the image is
    """

    name: str
    voxels: numpy.ndarray
    ijkToRAS: numpy.ndarray | None

    @property
    def dimensions(self) -> tuple[int, int, int]:
        return tuple(reversed(self.voxels.shape[:3]))


@dataclass(frozen=True)
class Comparison:
    """How well one volume of dcm2niix is matched by the most similar one of ours.

    :ivar name: of its file, and number of the time point
    :ivar corners: largest distance of a corner in mm; infinite where ours has no place
    :ivar voxels: largest difference of a voxel
    """

    name: str
    kind: str
    corners: float = numpy.inf
    voxels: float = numpy.inf
    ours: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.kind} (corners {self.corners:.3g} mm, voxels {self.voxels:.3g}; ours: {self.ours})"


def compareFolder(folder: Path, scratch: Path) -> Iterator[Comparison]:
    """All files of a folder as one import, as both programs take them."""
    references = dcm2niix(folder, scratch)
    if references:
        yield from _compare(references, _oursOf(folder))


def compareEach(folder: Path, scratch: Path) -> Iterator[Comparison]:
    """Each file by itself: for folders whose files share their identifiers on purpose."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "DICOMDIR")
    for number, path in enumerate(files):
        place = scratch / str(number)
        (place / "in").mkdir(parents=True)
        os.symlink(path, place / "in" / path.name)
        references = dcm2niix(place / "in", place / "out")
        for one in references:
            one.name = path.name + ("" if len(references) == 1 else f" → {one.name}")
        if references:
            yield from _compare(references, _oursOf(path))


def _oursOf(path: Path) -> list[Ours]:
    bench = Bench()
    try:
        found = []
        for plugin, loadables in bench.examine(path).items():
            for loadable in loadables if plugin.loadType == "Scalar Volume" else ():
                stack = loadable.details["stack"]
                try:
                    node = plugin.load(loadable)
                except DICOMError:
                    continue
                matrix = node.ijkToRASArray() if stack.located else None
                found.append(Ours(loadable.name, node.voxelArray(), matrix))
        return found if bench.database.imagesCount() else list(_withoutIdentifiers(path))
    finally:
        bench.close()


def _withoutIdentifiers(path: Path) -> Iterator[Ours]:
    """An image that no database can hold, because it does not say which object or series it is."""
    if not path.is_file():
        return
    try:
        instance = scanFile(path).toInstance()
        if instance.hasPixelData:
            yield Ours(path.name, readVolume([instance]).array, None)
    except DICOMError:
        return


def _compare(references: list[Reference], ours: list[Ours]) -> Iterator[Comparison]:
    for reference in references:
        for time in range(len(reference.array)):
            name = reference.name + (f"[{time}]" if len(reference.array) > 1 else "")
            found = [_compared(name, reference, time, one) for one in ours]
            yield min(found, key=_rank, default=Comparison(name, ABSENT))


def _rank(one: Comparison) -> tuple[int, float, float]:
    """The most similar one first."""
    return (EQUAL, UNPLACED, DIFFERENT, ABSENT).index(one.kind), one.voxels, one.corners


def _compared(name: str, reference: Reference, time: int, ours: Ours) -> Comparison:
    theirs = reference.array[time]
    if sorted(theirs.shape[:3]) != sorted(ours.voxels.shape[:3]) or theirs.ndim != ours.voxels.ndim:
        return Comparison(name, ABSENT)
    corners = numpy.inf
    if ours.ijkToRAS is not None:
        difference = sortedCorners(ours.ijkToRAS, ours.dimensions)
        corners = float(abs(difference - sortedCorners(reference.ijkToRAS, reference.dimensions)).max())
    voxels = ours.voxels.astype(float)
    if corners < 0.1:
        expected = valuesAtOurVoxels(reference, ours.ijkToRAS, ours.dimensions, time)
        distance = float(abs(voxels - expected).max())
    elif theirs.shape == voxels.shape:  # dcm2niix turns rows over
        distance = min(float(abs(voxels - one).max()) for one in (theirs.astype(float)[:, ::-1], theirs.astype(float)))
    else:
        return Comparison(name, ABSENT)
    precision = 0 if ours.voxels.dtype.kind in "iu" else RELATIVE_PRECISION * max(1.0, float(abs(voxels).max()))
    isSame = distance <= precision
    kind = UNPLACED if isSame and ours.ijkToRAS is None else EQUAL if isSame and corners <= CORNER_TOLERANCE_MM else ""
    return Comparison(name, kind or DIFFERENT, corners, distance, ours.name)
