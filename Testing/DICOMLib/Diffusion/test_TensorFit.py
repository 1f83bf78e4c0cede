import warnings

import numpy
import pytest

from DICOMLib.Diffusion.Coverage import evenDirections
from DICOMLib.Diffusion.TensorFit import LPS, TensorFitError, fitTensor
from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress

SCHEME_B = numpy.r_[0, 0, numpy.full(6, 1000.0), numpy.full(6, 2000.0)]
SCHEME_DIRECTIONS = numpy.vstack([numpy.zeros((2, 3)), evenDirections(12)])

# What dipy 1.12.1 makes of the signals of `noisySignals`: TensorModel(gradient_table(b, bvecs=g), fit_method="WLS").
DIPY_TENSORS = numpy.array([
    [7.039690337e-04, 1.995029378e-04, 2.160148431e-04, 2.022175477e-04, 4.565358327e-05, 1.109093991e-03],
    [6.328939864e-04, -3.190280807e-04, 3.874604113e-05, 1.609786072e-04, -2.394574303e-05, 1.220818284e-04],
    [1.256707316e-04, -1.970457847e-04, 1.582265192e-04, 3.287254499e-04, -2.311666428e-04, 2.137125539e-04],
    [3.425562736e-04, 1.995033498e-04, 5.565914137e-05, 7.110815989e-04, -6.556750377e-05, 6.979493676e-04],
    [6.704010292e-04, 4.545060780e-04, -1.647999639e-04, 3.286994724e-04, -2.000129121e-04, 7.414844898e-04],
    [9.181873312e-04, -5.622254329e-05, 2.673333284e-04, 2.126963963e-05, 5.723726263e-05, 3.817623873e-04],
])  # fmt: skip
DIPY_ANISOTROPY = [0.674703266, 0.923970686, 0.973518222, 0.475848305, 0.764571362, 0.858934054]
DIPY_DIFFUSIVITY = [0.00067176, 0.000305318, 0.000222703, 0.000583862, 0.000580195, 0.000440406]


def noisySignals() -> numpy.ndarray:
    """(1, 1, 6, 14) whole numbers that no tensor explains, from a formula."""
    i = numpy.arange(6 * 14).reshape(6, 14)
    weakening = 120 * (SCHEME_B > 0) + 80 * (SCHEME_B > 1000)
    return numpy.round(400 + 150 * numpy.sin(1.7 * i) + 100 * numpy.cos(0.31 * i * i) - weakening)[None, None]


def randomTensors(count: int) -> numpy.ndarray:
    """(count, 6) with eigenvalues between 0.2e-3 and 2e-3 mm²/s."""
    random = numpy.random.default_rng(5)
    axes = numpy.linalg.qr(random.normal(size=(count, 3, 3)))[0]
    full = axes * random.uniform(0.2e-3, 2e-3, (count, 1, 3)) @ numpy.swapaxes(axes, 1, 2)
    return full.reshape(count, 9)[:, [0, 1, 2, 4, 5, 8]]


def signalsOf(tensors: numpy.ndarray, s0: float = 1000.0) -> numpy.ndarray:
    """(..., 14) by the definition: S0 exp(-b gᵀDg)."""
    full = tensors[..., [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(*tensors.shape[:-1], 3, 3)
    attenuation = numpy.einsum("ni,...ij,nj->...n", SCHEME_DIRECTIONS, full, SCHEME_DIRECTIONS)
    return s0 * numpy.exp(-SCHEME_B * attenuation)


def fit(voxels: numpy.ndarray, **options):
    return fitTensor(voxels, SCHEME_B, SCHEME_DIRECTIONS, **options)


def test_aKnownTensorIsRecoveredFromItsSignals():
    truth = randomTensors(2 * 3 * 700).reshape(2, 3, 700, 6)  # more than one block
    field = fit(signalsOf(truth))
    assert field.tensors.shape == (2, 3, 700, 6) and field.tensors.dtype == numpy.float32
    assert abs(field.tensors - truth).max() < 1e-6 * truth.max()
    assert abs(field.s0 / 1000 - 1).max() < 1e-6
    assert field.mask.all() and field.clipped == 0


def test_principalDirectionIsTheTensorsLongAxis():
    truth = randomTensors(50).reshape(1, 1, 50, 6)
    full = truth[0, 0][:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(50, 3, 3)
    wanted = numpy.linalg.eigh(full)[1][:, :, 2]
    found = fit(signalsOf(truth)).principalDirections()[0, 0]
    assert abs((found * wanted).sum(axis=1)).min() > 1 - 1e-6


def test_noisySignalsGiveWhatDipyGives():
    field = fit(noisySignals())
    assert abs(field.tensors[0, 0] - DIPY_TENSORS).max() < 1e-9
    assert numpy.allclose(field.fractionalAnisotropy()[0, 0], DIPY_ANISOTROPY, atol=2e-6)
    assert numpy.allclose(field.meanDiffusivity()[0, 0], DIPY_DIFFUSIVITY, atol=1e-9)
    assert field.clipped == 3


def test_anisotropyOfALinearTensorIsOneAndOfARoundOneZero():
    tensors = numpy.array([[[[1e-3, 0, 0, 0, 0, 0], [1e-3, 0, 0, 1e-3, 0, 1e-3]]]])
    found = fit(signalsOf(tensors)).fractionalAnisotropy()[0, 0]
    assert abs(found - [1, 0]).max() < 1e-3


@pytest.mark.parametrize(("axis", "colour"), [(0, [255, 0, 0]), (3, [0, 255, 0]), (5, [0, 0, 255])])
def test_colourIsRedAlongXGreenAlongYBlueAlongZ(axis, colour):
    tensors = numpy.zeros((1, 1, 1, 6))
    tensors[..., axis] = 1e-3
    found = fit(signalsOf(tensors)).colourFA()
    assert found.dtype == numpy.uint8 and abs(found[0, 0, 0].astype(int) - colour).max() <= 1


def test_zerosNegativesAndNotANumberGiveNoWarningAndFiniteTensors():
    signals = signalsOf(randomTensors(5)).reshape(1, 1, 5, 14)
    signals[0, 0, 0] = 0
    signals[0, 0, 1] = -3
    signals[0, 0, 2, 5] = 0
    signals[0, 0, 3, 7] = numpy.nan
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        field = fit(signals)
        maps = [field.fractionalAnisotropy(), field.meanDiffusivity(), field.principalDirections(), field.colourFA()]
    assert numpy.isfinite(field.tensors).all() and all(numpy.isfinite(one).all() for one in maps)
    assert field.mask[0, 0].tolist() == [False, False, True, True, True]
    assert not field.tensors[0, 0, :2].any()


def test_integersAreFittedInTheirTypeWithoutBeingChanged():
    signals = signalsOf(randomTensors(4)).reshape(1, 1, 4, 14).astype(numpy.uint16)
    before = signals.copy()
    assert abs(fit(signals).meanDiffusivity() - fit(before.astype(float)).meanDiffusivity()).max() == 0
    assert (signals == before).all()


def test_nothingIsFittedOutsideTheMask():
    truth = randomTensors(4).reshape(1, 1, 4, 6)
    field = fit(signalsOf(truth), mask=numpy.array([[[True, False, True, False]]]))
    assert field.mask[0, 0].tolist() == [True, False, True, False]
    assert not field.tensors[0, 0, 1].any() and abs(field.tensors[0, 0, 2] - truth[0, 0, 2]).max() < 1e-9
    assert field.fractionalAnisotropy()[0, 0, 1] == 0


def test_measurementsThatAreNotKnownAndTraceImagesAreLeftOut():
    truth = randomTensors(3).reshape(1, 1, 3, 6)
    voxels = numpy.concatenate([signalsOf(truth), numpy.full((1, 1, 3, 2), 5000.0)], axis=3)
    bValues = numpy.r_[SCHEME_B, 1000, numpy.nan]
    directions = numpy.vstack([SCHEME_DIRECTIONS, numpy.zeros(3), [0, 0, 1]])
    assert abs(fitTensor(voxels, bValues, directions).tensors - truth).max() < 1e-9


def test_noEigenvalueIsNegative():
    field = fit(noisySignals())
    full = field.tensors[0, 0][:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(6, 3, 3).astype(float)
    assert numpy.linalg.eigvalsh(full).min() > -1e-10


def test_theFrameIsTheDirections():
    assert fit(noisySignals()).frame == "RAS" and fit(noisySignals(), frame=LPS).frame == "LPS"


def refused(bValues, directions) -> str:
    with pytest.raises(TensorFitError) as raised:
        fitTensor(numpy.ones((1, 1, 1, len(bValues))), numpy.array(bValues, float), numpy.array(directions, float))
    text = str(raised.value)
    assert text.count(". ") == 0 and text.endswith(".")
    return text


def test_tooFewMeasurementsAreRefusedInOneSentence():
    assert refused(SCHEME_B[:6], SCHEME_DIRECTIONS[:6]).startswith("6 measurements with a known weighting")


def test_directionsInOnePlaneAreRefused():
    angles = numpy.linspace(0, 3, 12)
    plane = numpy.column_stack([numpy.cos(angles), numpy.sin(angles), numpy.zeros(12)])
    text = refused(numpy.r_[0, numpy.full(12, 1000)], numpy.vstack([numpy.zeros(3), plane]))
    assert "4 of a tensor's 7 numbers" in text and "a part of the sphere unseen" in text


def test_oneShellWithoutBaselineIsRefused():
    assert "same b-value" in refused(numpy.full(12, 1000), evenDirections(12))


def test_baselineAloneIsRefused():
    assert "every measurement has b = 0" in refused(numpy.zeros(8), numpy.zeros((8, 3)))


def test_aWrongNumberOfDirectionsIsRefused():
    with pytest.raises(TensorFitError, match="one b-value and one direction"):
        fitTensor(numpy.ones((1, 1, 1, 5)), SCHEME_B, SCHEME_DIRECTIONS)


def test_progressIsToldAndCancelStops():
    voxels = signalsOf(randomTensors(30_000)).reshape(1, 100, 300, 14)
    progress = Progress()
    fit(voxels, progress=progress)
    assert (progress.done, progress.total) == (30_000, 30_000)
    progress.cancel()
    with pytest.raises(CancelledError):
        fit(voxels, progress=progress)
