import struct

import numpy
import pytest

from DICOMLib.Errors import PixelDataError
from DICOMLib.Pixels.Codestream import StreamSize, checkCodestream, jpeg2000Size, jpegSize, withSoundScan

from .EncodedFiles import COLUMNS, ROWS, encodedFrames, samplesOf

RLE, JPEG_LS, JPEG_2000 = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"


def frameOf(syntax, kind="12 bits"):
    return encodedFrames(kind, samplesOf(kind), syntax)[0]


@pytest.mark.parametrize(("kind", "components", "bits"), [("12 bits", 1, 12), ("RGB", 3, 8), ("uint16", 1, 16)])
def test_codestreamsTellTheirSize(kind, components, bits):
    expected = StreamSize(ROWS, COLUMNS, components, bits)
    assert jpegSize(frameOf(JPEG_LS, kind)) == expected
    assert jpeg2000Size(frameOf(JPEG_2000, kind)) == expected


def test_whatIsNoCodestreamHasNoSize():
    for nothing in (b"", b"\xff\xd8", b"\xff\xd8\xff\xe0\0\x10abc", b"\xff\x4f\xff\x51", bytes(200)):
        assert jpegSize(nothing) is None and jpeg2000Size(nothing) is None


@pytest.mark.parametrize("syntax", [RLE, JPEG_LS, JPEG_2000])
def test_aGoodFramePasses(syntax):
    checkCodestream(frameOf(syntax), syntax, ROWS, COLUMNS, 1, 16)


@pytest.mark.parametrize("syntax", [JPEG_LS, JPEG_2000])
def test_anotherSizeOrAMissingEndIsRefused(syntax):
    frame = frameOf(syntax)
    with pytest.raises(PixelDataError, match="46×37 with 1 samples a pixel, not 46×99 with 1"):
        checkCodestream(frame, syntax, 99, COLUMNS, 1, 16)
    with pytest.raises(PixelDataError, match="not 46×37 with 3"):
        checkCodestream(frame, syntax, ROWS, COLUMNS, 3, 16)
    with pytest.raises(PixelDataError, match="the end of the compressed image is missing"):
        checkCodestream(frame[:-10], syntax, ROWS, COLUMNS, 1, 16)
    with pytest.raises(PixelDataError, match="no beginning"):
        checkCodestream(frame[2:], syntax, ROWS, COLUMNS, 1, 16)


def test_paddingAfterTheEndIsNoHarm():
    checkCodestream(frameOf(JPEG_2000) + bytes(5000), JPEG_2000, ROWS, COLUMNS, 1, 16)


def test_runsOfBytesNeedTheirSegmentsInOrderAndEnoughOfThem():
    frame = frameOf(RLE)
    count, first, second = struct.unpack_from("<3I", frame)
    assert count == 2
    for damaged in (
        struct.pack("<I", 3) + frame[4:],
        frame[:8] + struct.pack("<I", first) + frame[12:],
        frame[:4] + struct.pack("<2I", 20, second) + frame[12:],
        frame[:8] + struct.pack("<I", len(frame)) + frame[12:],
        frame[:63],
    ):
        with pytest.raises(PixelDataError):
            checkCodestream(damaged, RLE, ROWS, COLUMNS, 1, 16)
    with pytest.raises(PixelDataError, match="cannot be 7800000 bytes of pixels"):
        checkCodestream(frame, RLE, 60000, 65, 1, 16)


def test_aScanWhoseSpanWasLeftOutIsCompleted():
    head = b"\xff\xd8\xff\xc1\x00\x0b\x0c\x04\x00\x01\x00\x01\x01\x11\x00"
    scan = b"\xff\xda\x00\x08\x01\x01\x00"
    assert withSoundScan(head + scan + b"\0\0\0data") == head + scan + b"\0\x3f\0data"
    progressive = head.replace(b"\xff\xc1", b"\xff\xc2") + scan + b"\0\0\0data"
    assert withSoundScan(progressive) == progressive
    assert withSoundScan(b"anything") == b"anything"


def test_manyRandomBeginningsRaiseNothingElse():
    generator = numpy.random.default_rng(5)
    for _ in range(2000):
        frame = b"\xff\xd8" + generator.bytes(int(generator.integers(0, 60)))
        withSoundScan(frame)
        try:
            checkCodestream(frame, JPEG_LS, ROWS, COLUMNS, 1, 16)
        except PixelDataError:
            continue
