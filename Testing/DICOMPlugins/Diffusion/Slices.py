"""Header records of diffusion series, made without files: measurements of a few slices, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Geometry.Planes import Planes, planesOf
from DICOMLib.Instance import Instance
from DICOMLib.TagPaths import normalizedPath
from DICOMPlugins.Diffusion.Rules import tagsOfRules

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
SIX = [tuple(vector) for vector in numpy.array(
    [[1, 1, 0], [1, -1, 0], [1, 0, 1], [1, 0, -1], [0, 1, 1], [0, 1, -1]]) / numpy.sqrt(2)]  # fmt: skip


def record(number: int, place: int, **values: object) -> Instance:
    """One slice of 4 × 4 pixels at z = 2 · place mm; `values` by keyword or, as ``("path", value)`` pairs, by path."""
    known = {
        "SOPInstanceUID": f"2.25.{number}", "SeriesInstanceUID": "2.25.1000", "Modality": "MR", "Rows": "4",
        "Columns": "4", "PixelSpacing": "1\\1", "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
        "ImagePositionPatient": f"0\\0\\{2 * place}", "InstanceNumber": str(number),
        "ImageType": "ORIGINAL\\PRIMARY\\DIFFUSION\\NONE", "Manufacturer": "Nobody",
    }  # fmt: skip
    known |= {keyword: textOf(value) for keyword, value in values.items()}
    texts = {normalizedPath(keyword): text for keyword, text in known.items() if text}
    return Instance(path=f"/{number:04d}.dcm".encode(), values=texts, pixelDataOffset=1000, pixelDataLength=32)


def textOf(value: object) -> str:
    """As the scanner gives it: several values joined by a backslash."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\\".join(map(str, value))
    return str(value)


def weighted(bValue: float, direction: Sequence[float] | None = None, **others: object) -> dict[str, object]:
    """The standard's elements for one measurement."""
    values: dict[str, object] = {"DiffusionBValue": bValue, **others}
    if direction is not None:
        values["DiffusionGradientOrientation"] = list(direction)
    return values


def volumes(measurements: Sequence[dict[str, object]], slices: int = 3, interleaved: bool = False) -> list[Instance]:
    """Slices of measurements, volume after volume, or with all measurements of a slice before the next slice."""
    pairs = [(n, k) for n in range(len(measurements)) for k in range(slices)]
    if interleaved:
        pairs.sort(key=lambda pair: pair[::-1])
    return [record(number, k, **measurements[n]) for number, (n, k) in enumerate(pairs, 1)]


def shuffled(records: Sequence[Instance], seed: int = 0) -> list[Instance]:
    """In another order, the same for each run."""
    order = numpy.random.default_rng(seed).permutation(len(records))
    return [records[number] for number in order]


def planesFrom(records: Sequence[Instance]) -> Planes:
    """The records as a table."""
    return planesOf(list(records))


def planesOfFolder(folder: Path) -> Planes:
    """The files of a folder in the order of their names, with everything that rules look at."""
    tags = tuple(tagsOfRules().values())
    return planesOf([scanFile(path, tags).toInstance() for path in sorted(folder.iterdir())])
