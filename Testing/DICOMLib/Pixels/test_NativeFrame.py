"""Samples as they are inside deflated files and fragments are those of the same object without any of it."""

import numpy
import pytest
from pydicom.pixels import convert_color_space

from DICOMLib.Errors import PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.EncodedFiles import deflated, writeEncapsulated
from Testing.DICOMLib.Pixels.PixelFiles import pixelFile

FRAGMENTS, DEFLATED_FRAMES = "1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.8.1"
COLOURS = {"BitsAllocated": 8, "SamplesPerPixel": 3, "PlanarConfiguration": 0}


def deflatedFile(path, *arguments, **tags):
    """The same file as :func:`pixelFile` makes, deflated."""
    pixelFile(path, *arguments, **tags)
    contents = path.read_bytes()
    uid = contents.index(b"1.2.840.10008.1.2.1\0")
    end = 144 + int.from_bytes(contents[140:144], "little")
    meta = bytearray(contents[:uid] + b"1.2.840.10008.1.2.1.99" + contents[uid + 20 : end])
    meta[140:144] = (end - 144 + 2).to_bytes(4, "little")
    meta[uid - 2 : uid] = (22).to_bytes(2, "little")
    path.write_bytes(bytes(meta) + deflated(contents[end:]))
    return scanFile(path).toInstance()


def sharedChrominance(pixels):
    """Pairs of pixels as YBR_FULL_422 stores them, and the pixels they stand for."""
    whole = pixels.copy()
    whole[..., 1::2, 1:] = whole[..., ::2, 1:]
    left, right = whole[..., ::2, :], whole[..., 1::2, :]
    return numpy.stack([left[..., 0], right[..., 0], left[..., 1], left[..., 2]], axis=-1), whole


@pytest.mark.parametrize("bits", [1, 4, 12, 24])
def test_packedSamplesInADeflatedFile(tmp_path, workers, bits):
    expected = numpy.random.default_rng(bits).integers(0, 1 << bits, (3, 5, 7))
    whole = sum(value << (index * bits) for index, value in enumerate(expected.reshape(-1).tolist()))
    length = -(-expected.size * bits // 8)
    stored = whole.to_bytes(length + length % 2, "little")
    instance = deflatedFile(tmp_path / "a", stored, 5, 7, BitsAllocated=bits, NumberOfFrames=3)
    assert numpy.array_equal(readVolume([instance], workers=workers).array, expected)


@pytest.mark.parametrize(("stored", "high", "signed"), [(12, 11, 1), (12, 15, 0), (9, 12, 1)])
@pytest.mark.parametrize("where", ["deflated file", "fragments"])
def test_whatIsNotPartOfASampleIsDropped(tmp_path, workers, where, stored, high, signed):
    contents = numpy.random.default_rng(1).integers(0, 1 << 16, (1, 6, 8)).astype("uint16")
    tags = {"BitsStored": stored, "HighBit": high, "PixelRepresentation": signed}
    plain = pixelFile(tmp_path / "plain", contents.tobytes(), 6, 8, **tags)
    if where == "fragments":
        instance = writeEncapsulated(tmp_path / "a", "uint16", contents, FRAGMENTS, **tags)
    else:
        instance = deflatedFile(tmp_path / "a", contents.tobytes(), 6, 8, **tags)
    expected = readVolume([plain]).array
    found = readVolume([instance], workers=workers).array
    assert found.dtype == expected.dtype and numpy.array_equal(found, expected)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("planar", [0, 1])
@pytest.mark.parametrize("name", ["RGB", "YBR_FULL", "YBR_PARTIAL"])
def test_coloursOfEveryKindAreThoseOfThePlainFile(tmp_path, workers, name, planar, bits):
    contents = numpy.random.default_rng(2).integers(0, 1 << bits, (2, 4, 6, 3)).astype(f"uint{bits}")
    laidOut = numpy.moveaxis(contents, -1, 1) if planar else contents
    tags = {**COLOURS, "BitsAllocated": bits, "PhotometricInterpretation": name, "PlanarConfiguration": planar}
    arguments = laidOut.tobytes(), 4, 6
    expected = readVolume([pixelFile(tmp_path / "plain", *arguments, NumberOfFrames=2, **tags)]).array
    inFile = deflatedFile(tmp_path / "a", *arguments, NumberOfFrames=2, **tags)
    assert numpy.array_equal(readVolume([inFile], workers=workers).array, expected)
    frames = [frame.tobytes() for frame in laidOut]
    bitsOf = {"BitsStored": bits, "HighBit": bits - 1}
    inFragments = writeEncapsulated(tmp_path / "b", "RGB", contents, FRAGMENTS, frames, **tags, **bitsOf)
    assert numpy.array_equal(readVolume([inFragments], workers=workers).array, expected)


@pytest.mark.parametrize("isExpanded", [False, True])
@pytest.mark.parametrize("where", ["deflated file", "fragments"])
def test_chrominanceIsSharedOrNotAsTheLengthTells(tmp_path, workers, where, isExpanded):
    shared, whole = sharedChrominance(numpy.random.default_rng(3).integers(0, 256, (2, 4, 6, 3)).astype("uint8"))
    contents = whole if isExpanded else shared
    tags = {**COLOURS, "PhotometricInterpretation": "YBR_FULL_422"}
    if where == "fragments":
        frames = [frame.tobytes() for frame in contents]
        instance = writeEncapsulated(tmp_path / "a", "RGB", whole, FRAGMENTS, frames, **tags)
    else:
        instance = deflatedFile(tmp_path / "a", contents.tobytes(), 4, 6, NumberOfFrames=2, **tags)
    expected = convert_color_space(whole, "YBR_FULL", "RGB")
    assert numpy.array_equal(readVolume([instance], workers=workers).array, expected)


@pytest.mark.parametrize("syntax", [FRAGMENTS, DEFLATED_FRAMES])
@pytest.mark.parametrize("name", ["YBR_RCT", "HSV"])
def test_coloursOfNoKnownKindAreRefused(tmp_path, workers, syntax, name):
    contents = numpy.zeros((1, 4, 6, 3), "uint8")
    instance = writeEncapsulated(tmp_path / "a", "RGB", contents, syntax, PhotometricInterpretation=name)
    with pytest.raises(PixelDataError, match=name):
        readVolume([instance], workers=workers)


def test_floatingPointNumbersDescribedAsIntegersAreRefusedInADeflatedFile(tmp_path, workers):
    """Only the element deep in the deflated bytes tells; the header alone would make integers of them, and back."""
    floats, integers = numpy.ones((2, 3), "float32"), numpy.ones((2, 3), "uint32")
    described = deflatedFile(tmp_path / "a", floats.tobytes(), 2, 3, vr="OF", element=8, BitsAllocated=32)
    with pytest.raises(PixelDataError, match="floating point numbers of 32 bits"):
        readVolume([described], workers=workers)
    undescribed = {"BitsAllocated": 32, "BitsStored": None, "PixelRepresentation": None}
    with pytest.raises(PixelDataError, match="integers of 32 bits"):
        readVolume([deflatedFile(tmp_path / "b", integers.tobytes(), 2, 3, **undescribed)], workers=workers)
    sound = deflatedFile(tmp_path / "c", floats.tobytes(), 2, 3, vr="OF", element=8, **undescribed)
    assert numpy.array_equal(readVolume([sound], workers=workers).array[0], floats)
