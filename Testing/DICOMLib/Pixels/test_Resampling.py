import numpy
import pytest

from DICOMLib.Pixels.Resampling import resampled


def meanOfRepeated(picture, rows, columns):
    """The same in another way: every pixel repeated until the parts are whole numbers of pixels, then their means."""
    for axis, after in ((0, rows), (1, columns)):
        before = picture.shape[axis]
        finer = numpy.moveaxis(numpy.repeat(picture, after, axis), axis, 0)
        picture = numpy.moveaxis(finer.reshape(after, before, *finer.shape[1:]).mean(axis=1), 0, axis)
    return picture


@pytest.mark.parametrize("size", [(12, 9), (5, 7), (1, 1), (24, 18), (13, 11)])
def test_aSmallerPictureHoldsTheMeansOfWhatItsPixelsCover(size):
    picture = numpy.random.default_rng(2).random((24, 18)).astype("float32")
    assert resampled(picture, *size) == pytest.approx(meanOfRepeated(picture, *size), abs=1e-5)


def test_aLargerPictureLiesOnTheSameLines():
    picture = numpy.linspace(0, 10, 11)[:, None] * numpy.ones(4)
    larger = resampled(picture, 33, 4)
    assert larger[1::3, 0] == pytest.approx(picture[:, 0], abs=1e-5)
    assert numpy.diff(larger[1:-1, 0]) == pytest.approx(numpy.full(30, 1 / 3), abs=1e-5)


def test_coloursAreResampledOneByOne():
    picture = numpy.random.default_rng(3).random((8, 6, 3)).astype("float32")
    red, _green, blue = (resampled(picture[..., plane], 4, 3) for plane in range(3))
    assert numpy.array_equal(resampled(picture, 4, 3)[..., 0], red)
    assert numpy.array_equal(resampled(picture, 4, 3)[..., 2], blue)
