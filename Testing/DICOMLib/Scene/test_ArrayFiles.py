"""Files that are whole or not there, and bytes whose number is checked first."""

from __future__ import annotations

import gzip
import io

import numpy
import pytest

from DICOMLib.Errors import CancelledError, TruncatedFileError, UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.ArrayFiles import componentImages, compressing, readArray, replacingFile, writeArrays


def test_aFileThatFailsHalfWayLeavesTheOldOneAndNothingElse(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(UnreadableFileError, match="No space left"), replacingFile(tmp_path / "a") as stream:
        stream.write(b"new")
        raise OSError(28, "No space left on device")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", b"old")]


def test_aFileTakesThePlaceOfTheOldOneAtTheEnd(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    with replacingFile(tmp_path / "a") as stream:
        stream.write(b"new")
        assert (tmp_path / "a").read_bytes() == b"old"
    assert (tmp_path / "a").read_bytes() == b"new"


def test_theSameBytesAreCompressedAlikeAtAnyTime():
    streams = [io.BytesIO(), io.BytesIO()]
    for stream in streams:
        with compressing(stream) as packed:
            packed.write(b"abc")
    assert streams[0].getvalue() == streams[1].getvalue() and gzip.decompress(streams[0].getvalue()) == b"abc"


def test_arraysAreWrittenLittleEndianOneAfterTheOther():
    stream, progress = io.BytesIO(), Progress()
    arrays = [numpy.array([1, 2], ">i2"), numpy.array([[3, 4], [5, 6]], "i2").T]
    writeArrays(stream, arrays, 12, progress)
    assert numpy.frombuffer(stream.getvalue(), "<i2").tolist() == [1, 2, 3, 5, 4, 6]
    assert (progress.done, progress.total) == (4, 12)


def test_writingCanBeCancelled():
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        writeArrays(io.BytesIO(), [numpy.zeros(3)], 24, progress)


@pytest.mark.parametrize("components", [1, 5, 16, 33])
def test_eachComponentIsAnImage(components):
    array = numpy.arange(2 * 3 * 4 * components).reshape(2, 3, 4, components)
    images = list(componentImages(array))
    assert len(images) == components
    assert all(numpy.array_equal(image, array[..., n]) and image.flags.c_contiguous for n, image in enumerate(images))


def test_noMemoryIsTakenForMoreThanAFileCanHold(tmp_path):
    (tmp_path / "a").write_bytes(b"1234")
    for isCompressed in (False, True):
        with open(tmp_path / "a", "rb") as stream, pytest.raises(TruncatedFileError, match="shorter than its header"):
            readArray(stream, numpy.dtype("f8"), (1 << 40, 1 << 40), isCompressed, tmp_path / "a")


def test_bytesBeforeTheArrayAreLeftOut(tmp_path):
    (tmp_path / "a").write_bytes(gzip.compress(b"head" + bytes([1, 2])))
    with open(tmp_path / "a", "rb") as stream:
        assert readArray(stream, numpy.dtype("u1"), (2,), True, tmp_path / "a", skip=4).tolist() == [1, 2]
