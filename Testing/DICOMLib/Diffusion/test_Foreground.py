import numpy
import pytest

from DICOMLib.Diffusion.Foreground import foregroundMask, otsuThreshold


def head(air: float = 5, tissue: float = 300) -> tuple[numpy.ndarray, numpy.ndarray]:
    """A ball of noisy tissue in noisy air, and where it is."""
    k, j, i = numpy.ogrid[:20, :32, :32]
    inside = (k - 10) ** 2 + (j - 16) ** 2 + (i - 16) ** 2 < 80
    random = numpy.random.default_rng(1)
    return numpy.where(inside, tissue, air) + random.normal(0, 3, inside.shape), inside


def test_tissueIsForegroundAndAirIsNot():
    image, inside = head()
    assert numpy.array_equal(foregroundMask(image), inside)


def test_aFewVeryBrightVoxelsDoNotHideTheRest():
    image, inside = head()
    image[10, 16, 10:20] = 1e6
    assert foregroundMask(image)[inside].all()


def test_aUniformImageIsAllForeground():
    assert foregroundMask(numpy.full((2, 3, 4), 7)).all()


def test_whatIsNotANumberIsNoForeground():
    image, inside = head()
    image[10, 16, 16] = numpy.nan
    assert not foregroundMask(image)[10, 16, 16] and foregroundMask(image).sum() == inside.sum() - 1
    assert not foregroundMask(numpy.full((2, 2), numpy.nan)).any()


def test_anImageOfHardlyAnythingButZeros():
    image = numpy.zeros((10, 20, 20))
    image[5, 5, 5] = 1
    assert foregroundMask(image).sum() == 1


def test_thresholdLiesBetweenTwoKinds():
    assert 10 < otsuThreshold(numpy.r_[numpy.linspace(0, 10, 500), numpy.linspace(90, 100, 300)]) < 90


@pytest.mark.parametrize("dtype", [numpy.uint8, numpy.int16, numpy.float32])
def test_everyNumberTypeWillDo(dtype):
    image, inside = head(tissue=200)
    assert (foregroundMask(numpy.maximum(image, 0).astype(dtype)) == inside).mean() > 0.999
