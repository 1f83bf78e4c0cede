"""Gzip on several threads is one stream that everybody reads."""

import gzip
import io
import zlib

import numpy
import pytest

from DICOMLib.Scene.GzipStream import BLOCK_BYTES, GzipStream


def packed(*pieces: bytes) -> bytes:
    target = io.BytesIO()
    stream = GzipStream(target)
    for piece in pieces:
        stream.write(piece)
    stream.finish()
    stream.close()
    return target.getvalue()


@pytest.mark.parametrize("size", [0, 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 17])
def test_theResultIsOneMemberWithAllBytes(size):
    content = numpy.random.default_rng(0).integers(0, 4, size).astype(numpy.uint8).tobytes()
    data = packed(content[: size // 3], content[size // 3 :])
    reader = zlib.decompressobj(31)
    assert reader.decompress(data) + reader.flush() == content
    assert reader.eof and reader.unused_data == b""
    assert gzip.decompress(data) == content


def test_equalBytesGiveEqualFiles_andImagesShrink():
    content = bytes(5 * BLOCK_BYTES)
    assert packed(content) == packed(content)
    assert len(packed(content)) < len(content) / 100


def test_aStreamThatIsNotFinishedIsIncomplete():
    target = io.BytesIO()
    stream = GzipStream(target)
    stream.write(b"abc")
    stream.close()
    with pytest.raises(EOFError):
        gzip.decompress(target.getvalue())
