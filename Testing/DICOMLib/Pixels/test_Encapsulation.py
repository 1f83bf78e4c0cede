import io
import struct

import numpy
import pytest

from DICOMLib.Errors import PixelDataError
from DICOMLib.Pixels.Encapsulation import EncapsulatedPixels, encapsulated
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.Workers.WorkerPool import WorkerPool

from .EncodedFiles import samplesOf, writeEncapsulated

JPEG_LS = "1.2.840.10008.1.2.4.80"
RLE = "1.2.840.10008.1.2.5"
BEGINNING = b"\xff\xd8\xff"


def item(contents):
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(contents)) + contents


def stream(fragments, offsets=(), ended=True):
    table = struct.pack(f"<{len(offsets)}I", *offsets)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0) if ended else b""
    return io.BytesIO(b"head" + item(table) + b"".join(map(item, fragments)) + end)


def framesOf(source, frames, length=-1, extended=()):
    pixels = EncapsulatedPixels(source, 4, length, frames, extended)
    return [pixels.frame(number) for number in range(frames)]


def test_allFragmentsAreTheOneFrame():
    assert framesOf(stream([b"ab", b"cd", b"ef"]), 1) == [b"abcdef"]


def test_asManyFragmentsAsFramesAreTheFrames():
    assert framesOf(stream([b"ab", b"cd", b"ef"]), 3) == [b"ab", b"cd", b"ef"]


def test_theOffsetTableTellsWhichFragmentsGoTogether():
    assert framesOf(stream([b"ab", b"cd", b"ef"], (0, 20)), 2) == [b"abcd", b"ef"]
    assert framesOf(stream([b"ab", b"cd", b"ef"], (0, 10)), 2) == [b"ab", b"cdef"]


def test_theExtendedOffsetTableComesFirst():
    assert framesOf(stream([b"ab", b"cd", b"ef"], (0, 10)), 2, extended=(0, 20)) == [b"abcd", b"ef"]


@pytest.mark.parametrize("wrong", [(0, 11), (2, 10), (0, 400), (10, 0), (0, 0), (0, 10, 20)])
def test_aTableThatPointsElsewhereIsNotBelieved(wrong):
    fragments = [BEGINNING + b"a", b"bb", BEGINNING + b"c"]
    assert framesOf(stream(fragments, wrong), 2) == [BEGINNING + b"abb", BEGINNING + b"c"]


def test_withoutATableFramesBeginWhereCodestreamsDo():
    fragments = [BEGINNING + b"a", b"bb", BEGINNING + b"c", b"dd", b"ee"]
    assert framesOf(stream(fragments), 2) == [BEGINNING + b"abb", BEGINNING + b"cddee"]


@pytest.mark.parametrize("frames", [2, 4, 1000])
def test_fragmentsThatCannotBeTheFramesAreRefused(frames):
    with pytest.raises(PixelDataError, match=f"3 fragments are not the {frames} frames"):
        framesOf(stream([b"ab", b"cd", b"ef"]), frames)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (io.BytesIO(b"head" + item(b"")), "holds no frame"),
        (io.BytesIO(b"head" + item(b"") + b"\xfe\xff\x00\xe0\xff\xff\xff\x7fab"), "have 2 bytes of a fragment"),
        (io.BytesIO(b"head" + item(b"") + item(b"ab") + b"12345678"), "something else than a fragment"),
        (io.BytesIO(b"head"), "holds no frame"),
    ],
)
def test_whatIsNoFragmentIsRefused(source, message):
    with pytest.raises(PixelDataError, match=message):
        framesOf(source, 1)


def test_aStatedLengthIsAnEndToo():
    source = stream([b"ab", b"cd"], ended=False)
    assert framesOf(source, 1, length=8 + 10) == [b"ab"]


def test_aFileCutMeanwhileIsAnError():
    source = stream([b"ab", b"cd"])
    pixels = EncapsulatedPixels(source, 4, -1, 2)
    source.truncate(20)
    with pytest.raises(PixelDataError, match="pixel data short"):
        pixels.frame(0)


def test_oneFrameByItselfIsWhatDecodersTake():
    assert framesOf(io.BytesIO(b"head" + encapsulated(b"abc")), 1) == [b"abc\0"]


@pytest.mark.parametrize("table", ["basic", "extended", "none"])
@pytest.mark.parametrize("fragments", [1, 3])
def test_framesAreFoundHoweverTheFileDividesThem(tmp_path, table, fragments):
    values = samplesOf("12 bits", 6)
    path = tmp_path / "a.dcm"
    instance = writeEncapsulated(path, "12 bits", values, JPEG_LS, fragments=fragments, table=table)
    with WorkerPool(size=2) as workers:
        assert numpy.array_equal(readVolume([instance], workers=workers).array, values)


def test_framesOfAnEncodingWithoutABeginningNeedATable(tmp_path):
    values = samplesOf("12 bits", 2)
    with WorkerPool(size=1) as workers:
        good = writeEncapsulated(tmp_path / "a.dcm", "12 bits", values, RLE, fragments=2)
        assert numpy.array_equal(readVolume([good], workers=workers).array, values)
        bad = writeEncapsulated(tmp_path / "b.dcm", "12 bits", values, RLE, fragments=2, table="none")
        with pytest.raises(PixelDataError, match="4 fragments are not the 2 frames"):
            readVolume([bad], workers=workers)
