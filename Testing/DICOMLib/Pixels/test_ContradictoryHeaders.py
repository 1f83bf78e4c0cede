"""Headers that contradict the pixels beside them: read as the pixels say, or refused, never shown as something else."""

import numpy
import pytest

from DICOMLib.Errors import PixelDataError
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.PixelFiles import pixelFile

GREY = numpy.arange(36, dtype="uint8").reshape(6, 6)


@pytest.mark.parametrize("name", ["RGB", "YBR_FULL", "YBR_FULL_422", "HSV"])
def test_oneSampleAPixelIsGreyWhateverItIsCalled(tmp_path, name):
    instance = pixelFile(tmp_path / "a", GREY.tobytes(), 6, 6, vr="OB", BitsAllocated=8, PhotometricInterpretation=name)
    voxels = readVolume([instance])
    assert voxels.photometricInterpretation == "MONOCHROME2" and numpy.array_equal(voxels.array[0], GREY)


@pytest.mark.parametrize("name", ["RGB", "YBR_FULL"])
@pytest.mark.parametrize("samples", [1, None])
def test_coloursDescribedAsOneSampleAreRefused(tmp_path, name, samples):
    instance = pixelFile(
        tmp_path / "a", bytes(3 * 36), 6, 6, vr="OB", BitsAllocated=8, SamplesPerPixel=samples,
        PhotometricInterpretation=name,
    )  # fmt: skip
    with pytest.raises(PixelDataError, match=f"contradicts itself about colours.*{name}, SamplesPerPixel 1"):
        readVolume([instance])


def test_aPaletteForThreeSamplesIsRefused(tmp_path):
    instance = pixelFile(
        tmp_path / "a", bytes(3 * 36), 6, 6, vr="OB", BitsAllocated=8, SamplesPerPixel=3,
        PhotometricInterpretation="PALETTE COLOR",
    )  # fmt: skip
    with pytest.raises(PixelDataError, match="contradicts itself about colours"):
        readVolume([instance])


@pytest.mark.parametrize("name", ["RGB", "YBR_FULL"])
def test_coloursAreUnsignedWhateverTheHeaderSays(tmp_path, name):
    pixels = numpy.random.default_rng(1).integers(0, 256, (6, 6, 3)).astype("uint8")
    tags = {"vr": "OB", "BitsAllocated": 8, "SamplesPerPixel": 3, "PlanarConfiguration": 0}
    told = [
        readVolume([pixelFile(tmp_path / "a", pixels.tobytes(), 6, 6, PhotometricInterpretation=name,
                              PixelRepresentation=signed, **tags)]).array
        for signed in (0, 1)
    ]  # fmt: skip
    assert told[1].dtype == "uint8" and numpy.array_equal(*told)


@pytest.mark.parametrize("stored", [1, 4, 7])
def test_partialRangeColoursOfFewBitsReachBlackAndWhite(tmp_path, stored):
    """Black is at 16/256 of the range, white at 235/256."""
    middle, largest = 1 << (stored - 1), (1 << stored) - 1
    pixels = numpy.array([[[0, middle, middle], [largest, middle, middle]]], "uint8")
    instance = pixelFile(
        tmp_path / "a", pixels.tobytes(), 1, 2, vr="OB", BitsAllocated=8, BitsStored=stored, SamplesPerPixel=3,
        PlanarConfiguration=0, PhotometricInterpretation="YBR_PARTIAL",
    )  # fmt: skip
    array = readVolume([instance]).array[0, 0]
    assert array[0].tolist() == [0, 0, 0]
    assert array[1].tolist() == [largest] * 3


@pytest.mark.parametrize(("dtype", "element", "vr"), [("float32", 8, "OF"), ("float64", 9, "OD")])
@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_floatingPointNumbersAreNeverTakenForIntegersOfAnotherSize(tmp_path, dtype, element, vr, bits):
    values = numpy.ones((2, 4), dtype)
    if bits == values.itemsize * 8:
        return
    contents = values.tobytes() * 2
    instance = pixelFile(tmp_path / "a", contents, 2, 4, vr=vr, element=element, BitsAllocated=bits)
    with pytest.raises(PixelDataError, match=f"{values.itemsize * 8} bits are described as having {bits}"):
        readVolume([instance])
