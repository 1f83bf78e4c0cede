import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from DICOMLib.Errors import LimitExceededError, PixelDataError
from DICOMLib.Files.Completeness import nativeLength
from DICOMLib.Pixels.PixelLayout import keepStoredBits, layoutOf
from Testing.DICOMLib.Geometry.MemorySlices import memorySlice


def layout(limit=None, **tags):
    base = {"BitsAllocated": 16, "BitsStored": 16, "HighBit": 15, "PixelRepresentation": 0, "SamplesPerPixel": 1}
    instance = memorySlice(1, None, **{**base, **tags})
    instance.transferSyntaxUID = tags.pop("syntax", "1.2.840.10008.1.2.1")
    return layoutOf(instance) if limit is None else layoutOf(instance, limit)


def test_aPlainImageHasItsTypeShapeAndBytes():
    plain = layout(PixelRepresentation=1, NumberOfFrames=3)
    assert plain.storedType == "int16" and plain.frameShape == (40, 30)
    assert plain.objectBytes == 40 * 30 * 2 * 3 and plain.storedRange == (-32768, 32767)
    assert plain.isReadDirectly


@pytest.mark.parametrize(
    "tags",
    [
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"PhotometricInterpretation": "YBR_FULL", "SamplesPerPixel": 3},
        {"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11},
        {"BitsAllocated": 24, "BitsStored": 24, "HighBit": 23},
        {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0},
    ],
)
def test_whatNeedsInterpretationIsNotReadDirectly(tags):
    assert not layout(**tags).isReadDirectly


@pytest.mark.parametrize(
    "tags",
    [
        {"rows": 0},
        {"columns": 0},
        {"rows": 70000},
        {"SamplesPerPixel": 2},
        {"BitsAllocated": 17, "BitsStored": 12, "HighBit": 11},
        {"BitsAllocated": 72, "BitsStored": 12, "HighBit": 11},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_ICT"},
        {"SamplesPerPixel": 3, "PhotometricInterpretation": "YBR_FULL_422", "columns": 31},
        {"BitsStored": 17},
        {"BitsStored": 0},
        {"BitsStored": 12, "HighBit": 10},
        {"HighBit": 16},
    ],
)
def test_headersThatContradictThemselvesAreRefused(tags):
    with pytest.raises(PixelDataError, match="/memory/"):
        layout(**tags)


def test_theSizeLimitHoldsAtTheLimitAndOneBeyond():
    assert layout(limit=40 * 30 * 2).objectBytes == 2400
    with pytest.raises(LimitExceededError, match="2,400 bytes; the limit is 2,399"):
        layout(limit=2399)
    with pytest.raises(LimitExceededError):
        layout(rows=65535, columns=65535, NumberOfFrames=1000)


def test_claimedFramesAreLimited():
    assert layout(rows=1, columns=1, NumberOfFrames=1_000_000).frames == 1_000_000
    with pytest.raises(LimitExceededError, match="too many frames"):
        layout(rows=1, columns=1, NumberOfFrames=1_000_001)


def test_anObjectWithoutPixelDataIsRefused():
    instance = memorySlice(1, None)
    instance.pixelDataOffset = -1
    with pytest.raises(PixelDataError, match="no pixel data"):
        layoutOf(instance)


def test_overlaysInUnusedBitsAreDropped():
    samples = numpy.array([0x8FFF, 0x1001, 0x0800], "uint16")
    keepStoredBits(samples, layout(BitsStored=12, HighBit=11))
    assert samples.tolist() == [0xFFF, 1, 0x800]


def test_theSignOfShortSamplesIsExtended():
    samples = numpy.array([0x0FFF, 0x0800, 0x07FF, 0x5001], "int16")
    keepStoredBits(samples, layout(BitsStored=12, HighBit=11, PixelRepresentation=1))
    assert samples.tolist() == [-1, -2048, 2047, 1]


def test_samplesInTheUpperBitsAreMovedDown():
    samples = numpy.array([0xFFF0, 0x001F], "uint16")
    keepStoredBits(samples, layout(BitsStored=12, HighBit=15))
    assert samples.tolist() == [0xFFF, 1]
    signed = numpy.array([0xFFF0 - 0x10000, 0x001F], "int16")
    keepStoredBits(signed, layout(BitsStored=12, HighBit=15, PixelRepresentation=1))
    assert signed.tolist() == [-1, 1]


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9).map(lambda half: half * 2),
    frames=st.integers(1, 9),
    bits=st.sampled_from([1, 4, 8, 12, 16, 24, 32, 64]),
    colour=st.sampled_from([("MONOCHROME2", 1), ("RGB", 3), ("YBR_FULL", 3), ("YBR_FULL_422", 3)]),
)
def test_theImportAndTheReaderExpectTheSameNumberOfBytes(rows, columns, frames, bits, colour):
    """Frames of single bits are not padded, and two pixels of YBR_FULL_422 share their chrominance."""
    name, samples = colour
    tags = {"BitsAllocated": bits, "BitsStored": bits, "HighBit": bits - 1, "NumberOfFrames": frames}
    instance = memorySlice(
        1, None, rows=rows, columns=columns, SamplesPerPixel=samples, PhotometricInterpretation=name, **tags
    )
    stored = rows * columns * bits * frames * (2 if name == "YBR_FULL_422" else samples)
    instance.pixelDataLength = -(-stored // 8)
    assert layoutOf(instance).storedBytes == nativeLength(instance.values) == -(-stored // 8)
