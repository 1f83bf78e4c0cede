"""Numbers of tensors whose answers are known; those of Slicer's vtkDiffusionTensorMathematics are pinned."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Diffusion import Invariants
from DICOMLib.Diffusion.Invariants import invariant, matricesOf, sixOf, turned

TENSOR = numpy.array([[1.2, 0.3, -0.1, 0.9, 0.2, 0.5]]) * 1e-3
# What vtkDiffusionTensorMathematics of slicer-core 5.13 computes for it, by its number of the operation.
OF_SLICER = {
    0: 0.0026000000070780516, 1: 4.2600004079851317e-10, 2: 0.34185361862182617, 3: 0.5330784916877747,
    4: 0.001385906827636063, 5: 0.0008542825235053897, 6: 0.0003598107141442597, 7: 0.3835931122303009,
    8: 0.35678574442863464, 9: 0.25962114334106445, 14: 0.0626632496714592,
}  # fmt: skip


def rotation(seed: int) -> numpy.ndarray:
    axes = numpy.linalg.qr(numpy.random.default_rng(seed).normal(size=(3, 3)))[0]
    return axes * numpy.linalg.det(axes)


def withEigenvalues(*values: float) -> numpy.ndarray:
    axes = rotation(3)
    return sixOf(axes @ numpy.diag(values) @ axes.T)


def test_aStickIsAllAnisotropyAndABallNone():
    for number in (Invariants.FRACTIONAL_ANISOTROPY, Invariants.RELATIVE_ANISOTROPY, Invariants.LINEAR_MEASURE):
        assert invariant(withEigenvalues(1e-3, 0, 0), number) == pytest.approx(1, abs=1e-5)
        assert invariant(withEigenvalues(1e-3, 1e-3, 1e-3), number) == pytest.approx(0, abs=1e-5)
    assert invariant(withEigenvalues(1e-3, 1e-3, 0), Invariants.PLANAR_MEASURE) == pytest.approx(1, abs=1e-5)
    assert invariant(withEigenvalues(1e-3, 1e-3, 1e-3), Invariants.SPHERICAL_MEASURE) == pytest.approx(1, abs=1e-5)


def test_eigenvaluesAndWhatIsMadeOfThem():
    six = withEigenvalues(3e-3, 2e-3, 1e-3)
    expected = {
        Invariants.MAX_EIGENVALUE: 3e-3, Invariants.MID_EIGENVALUE: 2e-3, Invariants.MIN_EIGENVALUE: 1e-3,
        Invariants.TRACE: 6e-3, Invariants.MEAN_DIFFUSIVITY: 2e-3, Invariants.DETERMINANT: 6e-9,
        Invariants.PARALLEL_DIFFUSIVITY: 3e-3, Invariants.PERPENDICULAR_DIFFUSIVITY: 1.5e-3,
        Invariants.LINEAR_MEASURE: 1 / 3, Invariants.PLANAR_MEASURE: 1 / 3, Invariants.SPHERICAL_MEASURE: 1 / 3,
        Invariants.MODE: 0, Invariants.FRACTIONAL_ANISOTROPY: numpy.sqrt(1.5 * 2 / 14),
    }  # fmt: skip
    for number, value in expected.items():
        assert invariant(six, number) == pytest.approx(value, rel=1e-5, abs=1e-6 if value == 0 else 0), number


@pytest.mark.parametrize("number", [n for n in Invariants.INVARIANT_NAMES if n != Invariants.COLOR_ORIENTATION])
def test_turningThePatientChangesNoInvariant(number):
    assert invariant(turned(TENSOR, rotation(8)), number) == pytest.approx(invariant(TENSOR, number), rel=1e-4)


def test_theNumbersAreThoseOfSlicer():
    for number, value in OF_SLICER.items():
        assert invariant(TENSOR, number)[0] == pytest.approx(value, rel=1e-5), number


def test_colourIsTheDirectionTimesTheAnisotropy():
    assert invariant(withEigenvalues(0, 0, 0), Invariants.COLOR_ORIENTATION).tolist() == [0, 0, 0]
    stick = numpy.array([0, 0, 0, 1e-3, 0, 0])
    assert invariant(stick, Invariants.COLOR_ORIENTATION).tolist() == [0, 255, 0]
    red = turned(stick[None], numpy.array([[0, 1, 0], [1, 0, 0], [0, 0, 1.0]]))
    assert invariant(red, Invariants.COLOR_ORIENTATION).tolist() == [[255, 0, 0]]


def test_shapesStayAndZeroAndNaNGiveZero():
    tensors = numpy.zeros((2, 3, 4, 6), numpy.float32)
    tensors[0, 0, 0] = numpy.nan
    for number in Invariants.INVARIANT_NAMES:
        values = invariant(tensors, number)
        assert values.shape == ((2, 3, 4, 3) if number == Invariants.COLOR_ORIENTATION else (2, 3, 4))
        assert not values.any()


def test_partsOfALargeVolumeAreComputedAlike(monkeypatch):
    tensors = numpy.random.default_rng(0).normal(size=(50, 6))
    whole = invariant(tensors, Invariants.FRACTIONAL_ANISOTROPY)
    monkeypatch.setattr(Invariants, "TENSORS_AT_ONCE", 7)
    assert numpy.array_equal(invariant(tensors, Invariants.FRACTIONAL_ANISOTROPY), whole)


def test_sixNumbersAndMatricesAreTheSameThing():
    matrix = matricesOf(numpy.arange(1.0, 7.0))
    assert matrix.tolist() == [[1, 2, 3], [2, 4, 5], [3, 5, 6]]
    assert sixOf(matrix).tolist() == [1, 2, 3, 4, 5, 6]
    assert sixOf(numpy.array([[0, 2, 0], [0, 0, 0], [0, 0, 0.0]])).tolist() == [0, 1, 0, 0, 0, 0]


def test_anUnknownNumberIsRefused():
    with pytest.raises(KeyError):
        invariant(TENSOR, 99)
