"""A diffusion tensor for each voxel by weighted linear least squares.

The logarithm of a signal is linear in the tensor: ln S = ln S0 - b gᵀDg (Basser et al. 1994, J Magn Reson B 103:247).
Noise of logarithms grows as signals shrink: each is weighted with the square of the signal that an unweighted fit
predicts (Salvador et al. 2005, Hum Brain Mapp 24:144), which is what dipy's and MRtrix's first step do, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy

from ..Errors import DICOMError
from ..Processors import availableProcessors
from ..Progress import Progress
from ..Wording import counted
from .Coverage import LARGEST_BASELINE_B
from .Invariants import COLOR_ORIENTATION, FRACTIONAL_ANISOTROPY, MEAN_DIFFUSIVITY, invariant, matricesOf, sixOf

RAS, LPS = "RAS", "LPS"
# ln S0 and six numbers of a symmetric tensor.
UNKNOWNS = 7
# Signals below this part of the voxel's largest one are noise around zero; their logarithms would rule the fit.
LEAST_SIGNAL = 1e-3
# Relative weight below which a measurement adds nothing but rounding errors.
LEAST_WEIGHT = 1e-8
# Above this the smallest singular value of the design is rounding of the directions' decimal text (4 digits).
LARGEST_CONDITION = 1e4
# Numbers computed with at once by each thread: a block and its logarithms and weights stay in the processor's cache.
NUMBERS_AT_ONCE = 1 << 18
MOST_THREADS = 4
# Up to here OpenBLAS multiplies in the thread that asks; more it shares among threads of its own, which wait for each
# other between ours (measured: fifty times slower on a busy machine).
MULTIPLICATIONS_AT_ONCE = 1 << 18
_UPPER = numpy.triu_indices(UNKNOWNS)
_FULL = numpy.zeros((UNKNOWNS, UNKNOWNS), int)
_FULL[_UPPER] = _FULL.T[_UPPER] = numpy.arange(len(_UPPER[0]))


class TensorFitError(DICOMError):
    """Measurements from which no tensor can be computed."""


@dataclass(frozen=True)
class TensorField:
    """Tensors of a volume.

    :ivar tensors: (k, j, i, 6) float32, xx, xy, xz, yy, yz, zz, mm²/s, in the frame of the directions given; zeros
        where nothing was fitted. No eigenvalue is negative: those that noise made so are zero
    :ivar s0: (k, j, i) float32, the signal at b = 0
    :ivar mask: (k, j, i) bool, where tensors were fitted
    :ivar clipped: number of voxels in which an eigenvalue was negative
    :ivar frame: "RAS" or "LPS"
    """

    tensors: numpy.ndarray
    s0: numpy.ndarray
    mask: numpy.ndarray
    clipped: int = 0
    frame: str = RAS

    def fractionalAnisotropy(self) -> numpy.ndarray:
        """(k, j, i) float32, 0 (the same in all directions) to 1."""
        return self._everywhere(invariant(self.tensors[self.mask], FRACTIONAL_ANISOTROPY))

    def meanDiffusivity(self) -> numpy.ndarray:
        """(k, j, i) float32, mm²/s: a third of the trace."""
        return self._everywhere(invariant(self.tensors[self.mask], MEAN_DIFFUSIVITY))

    def principalDirections(self) -> numpy.ndarray:
        """(k, j, i, 3) float32 unit vectors along which diffusion is largest, of either sign; zeros without tensor."""
        own = self.tensors[self.mask]
        directions = numpy.zeros((len(own), 3), numpy.float32)
        for start in range(0, len(own), NUMBERS_AT_ONCE):
            part = own[start : start + NUMBERS_AT_ONCE]
            directions[start : start + len(part)] = numpy.linalg.eigh(matricesOf(part.astype(float)))[1][:, :, 2]
        directions[~own.any(axis=1)] = 0
        return self._everywhere(directions)

    def colourFA(self) -> numpy.ndarray:
        """(k, j, i, 3) uint8: red along left-right, green along front-back, blue along head-feet, times anisotropy.

        The same in RAS and LPS (Pajevic and Pierpaoli 1999, Magn Reson Med 42:526).
        """
        return self._everywhere(invariant(self.tensors[self.mask], COLOR_ORIENTATION))

    def _everywhere(self, values: numpy.ndarray) -> numpy.ndarray:
        """Values of the fitted voxels at their places, zeros elsewhere."""
        result = numpy.zeros((*self.mask.shape, *values.shape[1:]), values.dtype)
        result[self.mask] = values
        return result


def fitTensor(
    voxels: numpy.ndarray,
    bValues: numpy.ndarray,
    directions: numpy.ndarray,
    mask: numpy.ndarray | None = None,
    progress: Progress | None = None,
    frame: str = RAS,
) -> TensorField:
    """Tensors from signals of several weightings, in blocks: beside the result some ten megabytes are used.

    :param voxels: (k, j, i, N) signals of any number type; what is not finite or not positive counts as nearly none
    :param bValues: (N,) s/mm²
    :param directions: (N, 3) unit vectors; zeros at b = 0. Measurements with b > 50 and no direction (trace images),
        and those that are not known (NaN), are left out
    :param mask: (k, j, i) where to fit; default: wherever there is a signal
    :param frame: what the directions' coordinates are, "RAS" or "LPS"; the tensors' are the same
    :raises TensorFitError: when the measurements do not determine a tensor, or shapes do not fit
    :raises CancelledError: when the progress was cancelled
    """
    bValues, directions = numpy.asarray(bValues, float).reshape(-1), numpy.asarray(directions, float).reshape(-1, 3)
    if voxels.ndim != 4 or not voxels.shape[3] == len(bValues) == len(directions):
        shapes = f"{voxels.shape}, {bValues.shape}, {directions.shape}"
        raise TensorFitError("there is not one b-value and one direction for each measurement", value=shapes)
    used = usableMeasurements(bValues, directions)
    design = designMatrix(bValues[used], directions[used])
    requireTensor(bValues, directions)
    signals = voxels.reshape(-1, voxels.shape[3])
    inside = numpy.ones(voxels.shape[:3], bool) if mask is None else numpy.asarray(mask, bool)
    found = numpy.zeros((len(signals), UNKNOWNS), numpy.float32)
    _fitBlocks(signals, used, inside.reshape(-1), design, found, progress)
    tensors = found[:, 1:].reshape(*voxels.shape[:3], 6)
    clipped = _clipNegative(tensors)
    s0 = found[:, 0].reshape(voxels.shape[:3])
    return TensorField(tensors, s0, inside & (s0 > 0), clipped, frame)


def usableMeasurements(bValues: numpy.ndarray, directions: numpy.ndarray) -> numpy.ndarray:
    """(n,) numbers of the measurements that a tensor can be fitted to."""
    known = numpy.isfinite(bValues) & numpy.isfinite(directions).all(axis=1)
    with numpy.errstate(invalid="ignore"):
        isTrace = (bValues > LARGEST_BASELINE_B) & ~directions.any(axis=1)
        return numpy.nonzero(known & (bValues >= 0) & ~isTrace)[0]


def designMatrix(bValues: numpy.ndarray, directions: numpy.ndarray) -> numpy.ndarray:
    """(N, 7) what ln S is of ln S0 and the tensor's xx, xy, xz, yy, yz, zz (mm²/s)."""
    x, y, z = directions.T
    products = numpy.stack([x * x, 2 * x * y, 2 * x * z, y * y, 2 * y * z, z * z], axis=1)
    return numpy.column_stack([numpy.ones(len(bValues)), -bValues[:, None] * products])


def requireTensor(bValues: numpy.ndarray, directions: numpy.ndarray) -> None:
    """:raises TensorFitError: when measurements do not determine a tensor; says what is missing"""
    used = usableMeasurements(bValues, directions)
    if len(used) < UNKNOWNS:
        what = f"{counted(len(used), 'measurement')} with a known weighting: a tensor needs {UNKNOWNS} or more"
        raise TensorFitError(what)
    design = designMatrix(bValues[used], directions[used])
    largest = numpy.abs(design[:, 1:]).max(initial=0)
    if largest == 0:
        raise TensorFitError("every measurement has b = 0: nothing is known about diffusion")
    values = numpy.linalg.svd(design / numpy.r_[1, numpy.full(6, largest)], compute_uv=False)
    rank = int((values > values[0] / LARGEST_CONDITION).sum())
    if rank < UNKNOWNS:
        shells = len(numpy.unique(numpy.round(bValues[used], -1)))
        reason = "all have the same b-value" if shells == 1 else "the directions leave a part of the sphere unseen"
        what = f"the measurements determine {rank} of a tensor's {UNKNOWNS} numbers (with S0): {reason}"
        raise TensorFitError(what)


def _fitBlocks(signals, used, inside, design, found, progress) -> None:
    """Fill `found` (voxels, 7) where there is something to fit, a block in each thread at a time."""
    fit = _Fit(design)
    columns = slice(None) if len(used) == signals.shape[1] else used

    def fitOne(rows: numpy.ndarray) -> int:
        if progress is not None:
            progress.raiseIfCancelled()
        block = signals[rows][:, columns].astype(float)
        block[~numpy.isfinite(block)] = 0
        hasSignal = block.max(axis=1) > 0
        found[rows[hasSignal]] = fit(block[hasSignal])
        return len(rows)

    voxels, done = numpy.nonzero(inside)[0], 0
    with ThreadPoolExecutor(min(MOST_THREADS, availableProcessors())) as threads:
        for count in threads.map(fitOne, _blocks(voxels, len(used))):
            done += count
            if progress is not None:
                progress.report(done, len(voxels))


def _blocks(voxels: numpy.ndarray, measurements: int) -> Iterator[numpy.ndarray]:
    step = max(256, NUMBERS_AT_ONCE // measurements)
    return (voxels[start : start + step] for start in range(0, len(voxels), step))


class _Fit:
    """Weighted least squares of many voxels with one design.

    Diffusivities are computed in units of 1 / b, so that all columns of the design are of one size.
    """

    def __init__(self, design: numpy.ndarray):
        self._scale = numpy.abs(design[:, 1:]).max()
        self._design = design / numpy.r_[1, numpy.full(6, self._scale)]
        self._inverse = numpy.linalg.pinv(self._design)
        self._products = self._design[:, _UPPER[0]] * self._design[:, _UPPER[1]]

    def __call__(self, signals: numpy.ndarray) -> numpy.ndarray:
        """(V, 7) S0 and tensors of (V, N) signals, of which each row has a positive one; changes the signals."""
        numpy.maximum(signals, LEAST_SIGNAL * signals.max(axis=1, keepdims=True), out=signals)
        logarithms = numpy.log(signals, out=signals)
        weights = _product(_product(logarithms, self._inverse.T), self._design.T)
        weights -= weights.max(axis=1, keepdims=True)
        weights *= 2
        numpy.exp(weights, out=weights)
        numpy.maximum(weights, LEAST_WEIGHT, out=weights)
        normal = _product(weights, self._products)[:, _FULL]
        weights *= logarithms
        solution = numpy.linalg.solve(normal, _product(weights, self._design)[:, :, None])[:, :, 0]
        solution[:, 0] = numpy.exp(numpy.minimum(solution[:, 0], 80))
        solution[:, 1:] /= self._scale
        return solution


def _product(left: numpy.ndarray, right: numpy.ndarray) -> numpy.ndarray:
    """(n, c) matrix product of a tall (n, m) and a small (m, c) matrix, a few rows at a time."""
    rows = max(1, MULTIPLICATIONS_AT_ONCE // right.size)
    even = len(left) // rows * rows
    result = numpy.empty((len(left), right.shape[1]))
    few = left[:even].reshape(-1, rows, left.shape[1])
    numpy.matmul(few, right, out=result[:even].reshape(-1, rows, right.shape[1]))
    numpy.matmul(left[even:], right, out=result[even:])
    return result


def _clipNegative(tensors: numpy.ndarray) -> int:
    """Set negative eigenvalues to zero in place. :returns: in how many tensors there were some"""
    flat = tensors.reshape(-1, 6)
    count = 0
    for start in range(0, len(flat), NUMBERS_AT_ONCE):
        part = flat[start : start + NUMBERS_AT_ONCE]
        bad = numpy.nonzero(~_isPositive(part))[0]
        if len(bad):
            values, vectors = numpy.linalg.eigh(matricesOf(part[bad].astype(float)))
            count += int((values[:, 0] < 0).sum())
            part[bad] = sixOf(vectors * numpy.maximum(values, 0)[:, None, :] @ numpy.swapaxes(vectors, 1, 2))
    return count


def _isPositive(tensors: numpy.ndarray) -> numpy.ndarray:
    """(n,) whether no eigenvalue is negative: all leading minors are positive (Sylvester), or all is zero."""
    xx, xy, xz, yy, yz, zz = tensors.T.astype(float)
    second = xx * yy - xy * xy
    third = zz * second - xx * yz * yz + 2 * xy * xz * yz - yy * xz * xz
    return (xx > 0) & (second > 0) & (third > 0) | ~tensors.any(axis=1)
