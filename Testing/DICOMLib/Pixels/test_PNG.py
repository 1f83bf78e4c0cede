import io
import struct

import numpy
import pytest

from DICOMLib.Pixels.PNG import encodePNG


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (128, 128), (6, 9, 3)])
def test_anotherReaderFindsTheSamePixels(shape):
    image = pytest.importorskip("PIL.Image")
    picture = numpy.random.default_rng(1).integers(0, 256, shape, "uint8")
    with image.open(io.BytesIO(encodePNG(picture))) as read:
        assert read.mode == ("RGB" if len(shape) == 3 else "L")
        assert numpy.array_equal(numpy.asarray(read), picture)


def test_theFileHoldsThePictureAndNothingElse():
    contents = encodePNG(numpy.zeros((4, 4), "uint8"))
    kinds, position = [], 8
    while position < len(contents):
        (length,) = struct.unpack_from(">I", contents, position)
        kinds.append(contents[position + 4 : position + 8])
        position += length + 12
    assert kinds == [b"IHDR", b"IDAT", b"IEND"]
