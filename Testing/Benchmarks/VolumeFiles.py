"""Series of CT slices with a body in them, native and compressed, and databases that know them."""

from __future__ import annotations

import io
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy

from .Child import inFreshProcess
from .CTFiles import EXPLICIT_LITTLE_ENDIAN, SeriesPlan, SeriesWriter, encapsulated, seriesFolder
from .Program import importFolder
from .Setting import Setting

if TYPE_CHECKING:
    from pydicom import Dataset

JPEG_LS, JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.70"
JPEG_2000, RLE = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.5"
PATTERNS = 8
"""Different slices; they are used in turn."""
SIZE = 512
SLICES_TO_WARM_UP = 3


class VolumeFiles:
    """Two series in a folder and in a database: a large one to be measured, and a small one to be read before, so that
    nothing is imported and nobody is started while the clock runs.

    :ivar small, large: folders with the files, whose names are in the order of the slices
    """

    def __init__(self, setting: Setting, name: str, slices: int, transferSyntax: str = EXPLICIT_LITTLE_ENDIAN):
        plans = [SeriesPlan(0, 0, 0, SLICES_TO_WARM_UP), SeriesPlan(1, 1, 1, slices)]

        def make(folder: Path) -> None:
            setting.generate(folder, plans, pixelData(transferSyntax), transferSyntax)
            inFreshProcess(importFolder, folder=str(folder), database=f"{folder}.sqlite")

        folder = setting.once(name, make)
        self.small, self.large = (str(seriesFolder(folder, plan)) for plan in plans)
        self.database = f"{folder}.sqlite"
        self.slices = slices


def nativeVolume(setting: Setting) -> VolumeFiles:
    """The uncompressed one."""
    return VolumeFiles(setting, "volume", setting.slices)


def pixelData(transferSyntax: str) -> list[bytes]:
    """Values of pixel data in turn."""
    if transferSyntax == EXPLICIT_LITTLE_ENDIAN:
        return [pattern.tobytes() for pattern in patterns()]
    return [encapsulated(frame) for frame in _compressed(transferSyntax)]


def storedSum(slices: int) -> int:
    """What all stored values of a volume add up to."""
    sums = [int(pattern.sum(dtype=numpy.int64)) for pattern in patterns()]
    return sum(sums[number % PATTERNS] for number in range(slices))


@cache
def patterns() -> list[numpy.ndarray]:
    """Slices through a chest as stored values (HU + 1024), int16 of shape (512, 512), with the noise of a CT."""
    random = numpy.random.default_rng(4)
    y, x = numpy.mgrid[-1 : 1 : SIZE * 1j, -1 : 1 : SIZE * 1j]
    result = []
    for number in range(PATTERNS):
        grow = 1 - number / 80
        image = numpy.full((SIZE, SIZE), 24.0)
        image[(x / 0.85) ** 2 + (y / 0.6) ** 2 < grow] = 1064
        for side in (-0.4, 0.4):
            image[((x - side) / 0.3) ** 2 + ((y + 0.05) / 0.4) ** 2 < grow] = 174
        image[(x / 0.09) ** 2 + ((y - 0.4) / 0.1) ** 2 < grow] = 1724
        image += random.normal(0, 12, image.shape) + 15 * numpy.sin(9 * x + number) * numpy.cos(7 * y)
        image[x**2 + y**2 > 1] = 0  # outside of the reconstructed circle
        result.append(numpy.clip(numpy.rint(image), 0, 4095).astype("<i2"))
    return result


@cache
def _compressed(transferSyntax: str) -> list[bytes]:
    encode = _jpegLossless if transferSyntax == JPEG_LOSSLESS_SV1 else _byPydicom
    return [encode(pattern, transferSyntax) for pattern in patterns()]


def _byPydicom(pattern: numpy.ndarray, transferSyntax: str) -> bytes:
    from pydicom import dcmread

    header = SeriesWriter(SeriesPlan(0, 0, 0, 1)).header(0)
    dataset = dcmread(io.BytesIO(header + pattern.tobytes()))
    dataset.compress(transferSyntax, generate_instance_uid=False)
    return _onlyFrame(dataset)


def _jpegLossless(pattern: numpy.ndarray, _transferSyntax: str) -> bytes:
    """pydicom has no encoder of it; GDCM within SimpleITK has."""
    import SimpleITK
    from pydicom import dcmread

    with tempfile.TemporaryDirectory(prefix="dicommodule-benchmark-") as folder:
        path = f"{folder}/slice.dcm"
        writer = SimpleITK.ImageFileWriter()
        writer.SetFileName(path)
        writer.SetImageIO("GDCMImageIO")
        writer.UseCompressionOn()
        writer.SetCompressor("JPEG")
        writer.Execute(SimpleITK.GetImageFromArray(pattern))
        dataset = dcmread(path)
    if dataset.file_meta.TransferSyntaxUID != JPEG_LOSSLESS_SV1:
        raise AssertionError(f"written as {dataset.file_meta.TransferSyntaxUID.name}")
    return _onlyFrame(dataset)


def _onlyFrame(dataset: Dataset) -> bytes:
    from pydicom.encaps import generate_frames

    return next(generate_frames(dataset.PixelData, number_of_frames=1))
