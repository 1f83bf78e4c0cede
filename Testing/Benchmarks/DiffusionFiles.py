"""Diffusion series as they come from scanners: a mosaic file a volume, or a file a slice; and databases of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy

from .Child import inFreshProcess
from .Program import importFolder
from .Setting import Setting, flush

DIRECTIONS = 65
VOLUMES, SLICES, SIZE = 100, 60, 128
MOSAIC_SLICES, MOSAIC_SIZE = 64, 112
FULL = 600
"""Value of ``Setting.slices`` at which a series has its full size."""
PATTERNS = 16
"""Different images; they are used in turn."""


class DiffusionFiles:
    """A large series to be measured and a small one to be read before, each in a folder, both in one database.

    :ivar volumes, slices: of the large one; :ivar side: rows and columns of a slice
    :ivar sum: of all values of the large one
    """

    def __init__(self, setting: Setting, name: str, encoding: str, volumes: int, slices: int, side: int):
        self.volumes, self.slices, self.side = volumes, slices, side
        self._encoding = encoding
        folder = setting.once(name, self._make)
        self.small, self.large = str(folder / "small"), str(folder / "large")
        self.database = f"{folder}.sqlite"
        self.files = len(list((folder / "large").iterdir()))
        self.sum = int((folder.parent / f"{name}.sum").read_text())

    @property
    def equivalent(self) -> int:
        """Slices of 512² that have as many voxels as the large series."""
        return -(-self.volumes * self.slices * self.side**2 // 512**2)

    def _make(self, folder: Path) -> None:
        write(folder / "small", self._encoding, 7, 2, 16, "small")
        total = write(folder / "large", self._encoding, self.volumes, self.slices, self.side, "large")
        (folder.parent / f"{folder.name}.sum").write_text(str(total))
        flush()
        inFreshProcess(importFolder, folder=str(folder), database=f"{folder}.sqlite")


def mosaics(setting: Setting) -> DiffusionFiles:
    """65 directions and b = 0: Siemens mosaics of 64 slices of 112²."""
    volumes = max(8, (DIRECTIONS + 1) * setting.slices // FULL)
    slices = max(4, MOSAIC_SLICES * setting.slices // FULL)
    return DiffusionFiles(setting, "mosaics", "siemensMosaic", volumes, slices, MOSAIC_SIZE)


def classic(setting: Setting) -> DiffusionFiles:
    """6,000 files of GE: 100 volumes of 60 slices of 128²."""
    volumes = max(8, VOLUMES * setting.slices // FULL)
    slices = max(2, SLICES * setting.slices // FULL)
    return DiffusionFiles(setting, "classic", "ge", volumes, slices, SIZE)


SERIES: dict[str, Callable[[Setting], DiffusionFiles]] = {"mosaics": mosaics, "classic": classic}


def write(folder: Path, encoding: str, volumes: int, slices: int, side: int, seed: str) -> int:
    """Write a series of unlike images.

    :returns: the sum of all values
    """
    from pydicom.uid import ExplicitVRLittleEndian

    from Testing.Fixtures.DiffusionBuilder import DiffusionBuilder, oblique, spreadDirections, volumesOf
    from Testing.Fixtures.Encoding import fileMeta

    folder.mkdir(parents=True)
    builder = DiffusionBuilder(
        encoding, oblique(3, -5, 2), volumesOf((0, 1000), spreadDirections(volumes - 1)), size=(side, side, slices),
        seed=seed,
    )  # fmt: skip
    images = numpy.random.default_rng(5).integers(0, 4000, (PATTERNS, slices, side, side), "uint16")
    total = 0
    for volume in range(volumes):
        pattern = images[volume % PATTERNS]
        total += int(pattern.sum(dtype=numpy.int64))
        for _, numbers, pixels in builder.vendor.images(builder, pattern[None]):
            index = volume if len(numbers) > 1 else volume * slices + numbers[0]
            dataset = builder.header(index, numbers[0])
            builder.addPixels(dataset, pixels)
            builder.vendor.write(dataset, builder, volume, numbers)
            dataset.file_meta = fileMeta(dataset, ExplicitVRLittleEndian)
            dataset.save_as(folder / f"IM{index:06d}.dcm", enforce_file_format=True)
    return total
