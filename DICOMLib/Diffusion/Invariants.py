"""Numbers of a diffusion tensor that do not depend on how the patient lies, and its direction as a colour.

Tensors are symmetric and given by six numbers each, xx, xy, xz, yy, yz, zz. Formulas as in Slicer's
vtkDiffusionTensorMathematics (Westin et al. 2002, Med Image Anal 6:93; Basser and Pierpaoli 1996, J Magn Reson B
111:209; Ennis and Kindlmann 2006, Magn Reson Med 55:136). Where a tensor is zero or not finite, so is the result zero.
"""

from __future__ import annotations

import numpy

TRACE, DETERMINANT, RELATIVE_ANISOTROPY, FRACTIONAL_ANISOTROPY = range(4)
MAX_EIGENVALUE, MID_EIGENVALUE, MIN_EIGENVALUE = range(4, 7)
LINEAR_MEASURE, PLANAR_MEASURE, SPHERICAL_MEASURE, COLOR_ORIENTATION = range(7, 11)
MODE, PARALLEL_DIFFUSIVITY, PERPENDICULAR_DIFFUSIVITY = 14, 22, 23
# MRML has no number for it (it shows the trace, three times as much).
MEAN_DIFFUSIVITY = 1000

INVARIANT_NAMES = {
    TRACE: "Trace", DETERMINANT: "Determinant", RELATIVE_ANISOTROPY: "RelativeAnisotropy",
    FRACTIONAL_ANISOTROPY: "FractionalAnisotropy", MAX_EIGENVALUE: "MaxEigenvalue", MID_EIGENVALUE: "MidEigenvalue",
    MIN_EIGENVALUE: "MinEigenvalue", LINEAR_MEASURE: "LinearMeasure", PLANAR_MEASURE: "PlanarMeasure",
    SPHERICAL_MEASURE: "SphericalMeasure", COLOR_ORIENTATION: "ColorOrientation", MODE: "Mode",
    PARALLEL_DIFFUSIVITY: "ParallelDiffusivity", PERPENDICULAR_DIFFUSIVITY: "PerpendicularDiffusivity",
    MEAN_DIFFUSIVITY: "MeanDiffusivity",
}  # fmt: skip
"""MRML's number → its name (vtkMRMLDiffusionTensorDisplayPropertiesNode)."""

KNOWN_RANGES = {
    RELATIVE_ANISOTROPY: (0.0, 1.0), FRACTIONAL_ANISOTROPY: (0.0, 1.0), LINEAR_MEASURE: (0.0, 1.0),
    PLANAR_MEASURE: (0.0, 1.0), SPHERICAL_MEASURE: (0.0, 1.0), COLOR_ORIENTATION: (0.0, 255.0), MODE: (-1.0, 1.0),
}  # fmt: skip
"""Number → lowest and highest value, whatever the tissue."""

# Tensors decomposed at once: their matrices in double precision stay below 100 MB.
TENSORS_AT_ONCE = 1 << 20


def invariant(tensors: numpy.ndarray, number: int) -> numpy.ndarray:
    """One number, or colour, for each tensor.

    :param tensors: (..., 6) xx, xy, xz, yy, yz, zz
    :param number: one of :data:`INVARIANT_NAMES`
    :returns: (...) float32; for COLOR_ORIENTATION (..., 3) uint8: red, green and blue are how far the principal
        direction points along the three axes of the tensors' frame, darker where there is less anisotropy
    :raises KeyError: for another number
    """
    flat = numpy.asarray(tensors).reshape(-1, 6)
    components = (3,) if number == COLOR_ORIENTATION else ()
    result = numpy.empty((len(flat), *components), numpy.uint8 if components else numpy.float32)
    compute = _FUNCTIONS[number]
    for start in range(0, len(flat), TENSORS_AT_ONCE):
        part = flat[start : start + TENSORS_AT_ONCE].astype(float)
        part[~numpy.isfinite(part).all(axis=1)] = 0
        with numpy.errstate(divide="ignore", invalid="ignore"):
            values = compute(part)
        values[~numpy.isfinite(values)] = 0
        result[start : start + len(part)] = values
    return result.reshape((*numpy.shape(tensors)[:-1], *components))


def matricesOf(tensors: numpy.ndarray) -> numpy.ndarray:
    """(..., 3, 3) symmetric matrices of (..., 6) xx, xy, xz, yy, yz, zz."""
    return numpy.asarray(tensors)[..., [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(*numpy.shape(tensors)[:-1], 3, 3)


def sixOf(matrices: numpy.ndarray) -> numpy.ndarray:
    """(..., 6) xx, xy, xz, yy, yz, zz of (..., 3, 3) matrices; of ones that are not symmetric the symmetric part."""
    symmetric = (matrices + numpy.swapaxes(matrices, -1, -2)) / 2
    return symmetric.reshape((*symmetric.shape[:-2], 9))[..., [0, 1, 2, 4, 5, 8]]


def turned(tensors: numpy.ndarray, rotation: numpy.ndarray) -> numpy.ndarray:
    """(..., 6) tensors in another frame. :param rotation: 3×3 from their frame to that one"""
    return sixOf(rotation @ matricesOf(tensors) @ numpy.transpose(rotation)).astype(tensors.dtype)


def _trace(six: numpy.ndarray) -> numpy.ndarray:
    return six[:, 0] + six[:, 3] + six[:, 5]


def _squares(six: numpy.ndarray) -> numpy.ndarray:
    """Sum of the squares of the nine elements."""
    return (six[:, [0, 3, 5]] ** 2).sum(axis=1) + 2 * (six[:, [1, 2, 4]] ** 2).sum(axis=1)


def _deviations(six: numpy.ndarray) -> numpy.ndarray:
    """Sum of the squares of the nine elements once the mean of the diagonal is taken off it."""
    return numpy.maximum(_squares(six) - _trace(six) ** 2 / 3, 0)


def _fractionalAnisotropy(six: numpy.ndarray) -> numpy.ndarray:
    return numpy.minimum(numpy.sqrt(1.5 * _deviations(six) / _squares(six)), 1)


def _relativeAnisotropy(six: numpy.ndarray) -> numpy.ndarray:
    # Divided by its largest value, the root of 2, as vtkDiffusionTensorMathematics does.
    return numpy.sqrt(_deviations(six) * 1.5) / numpy.abs(_trace(six))


def _determinant(six: numpy.ndarray) -> numpy.ndarray:
    return numpy.linalg.det(matricesOf(six))


def _eigenvalues(six: numpy.ndarray) -> numpy.ndarray:
    """(n, 3), the largest first."""
    return numpy.linalg.eigvalsh(matricesOf(six))[:, ::-1]


def _linear(six: numpy.ndarray) -> numpy.ndarray:
    values = _eigenvalues(six)
    return (values[:, 0] - values[:, 1]) / values[:, 0]


def _planar(six: numpy.ndarray) -> numpy.ndarray:
    values = _eigenvalues(six)
    return (values[:, 1] - values[:, 2]) / values[:, 0]


def _spherical(six: numpy.ndarray) -> numpy.ndarray:
    values = _eigenvalues(six)
    return values[:, 2] / values[:, 0]


def _mode(six: numpy.ndarray) -> numpy.ndarray:
    deviatoric = six.copy()
    deviatoric[:, [0, 3, 5]] -= _trace(six)[:, None] / 3
    return 3 * numpy.sqrt(6) * _determinant(deviatoric) / _squares(deviatoric) ** 1.5


def _colorOrientation(six: numpy.ndarray) -> numpy.ndarray:
    directions = numpy.abs(numpy.linalg.eigh(matricesOf(six))[1][:, :, 2])
    anisotropy = _fractionalAnisotropy(six)
    anisotropy[~numpy.isfinite(anisotropy)] = 0
    return numpy.rint(255 * directions * anisotropy[:, None])


_FUNCTIONS = {
    TRACE: _trace,
    DETERMINANT: _determinant,
    RELATIVE_ANISOTROPY: _relativeAnisotropy,
    FRACTIONAL_ANISOTROPY: _fractionalAnisotropy,
    MAX_EIGENVALUE: lambda six: _eigenvalues(six)[:, 0],
    MID_EIGENVALUE: lambda six: _eigenvalues(six)[:, 1],
    MIN_EIGENVALUE: lambda six: _eigenvalues(six)[:, 2],
    LINEAR_MEASURE: _linear,
    PLANAR_MEASURE: _planar,
    SPHERICAL_MEASURE: _spherical,
    COLOR_ORIENTATION: _colorOrientation,
    MODE: _mode,
    PARALLEL_DIFFUSIVITY: lambda six: _eigenvalues(six)[:, 0],
    PERPENDICULAR_DIFFUSIVITY: lambda six: _eigenvalues(six)[:, 1:].mean(axis=1),
    MEAN_DIFFUSIVITY: lambda six: _trace(six) / 3,
}
