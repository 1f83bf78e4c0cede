"""Diffusion volumes as NRRD: b-values and gradients as keys and values, tensors as an axis of matrices.

Written and read as teem and 3D Slicer do (http://teem.sourceforge.net/nrrd/format.html and the NA-MIC wiki page
"NAMIC_Wiki:DTI:Nrrd_format"): ``modality:=DWMRI``, the largest b-value in ``DWMRI_b-value``, and for each measurement
``DWMRI_gradient_NNNN`` whose squared length is the measurement's part of that b-value, in the measurement frame.
Without a direction that can tell no b-value: those that scans have for b = 0, as 1.25 or 5, are zero to other programs,
and kept for ourselves in a key of our own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy

from ..Diffusion.Coverage import LARGEST_BASELINE_B
from ..Diffusion.Invariants import matricesOf, sixOf
from ..Errors import FileError
from .DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from .Nrrd import NrrdImage
from .TensorNodes import vtkMRMLDiffusionTensorVolumeNode

MODALITY, DIFFUSION = "modality", "DWMRI"
B_VALUE_KEY = "DWMRI_b-value"
OWN_B_VALUES_KEY = "DICOMModule_b-values"
_NUMBERED = re.compile(r"(DWMRI_(?:gradient|B-matrix|NEX))_(\d+)\Z")
GRADIENT, B_MATRIX, REPEATS = "DWMRI_gradient", "DWMRI_B-matrix", "DWMRI_NEX"
MATRIX_KIND = "3D-matrix"
# Kind of the axis of components → which of them are xx, xy, xz, yy, yz, zz.
_TENSOR_KINDS = {
    "3d-matrix": None,
    "3d-symmetric-matrix": slice(0, 6),
    "3d-masked-symmetric-matrix": slice(1, 7),
}
# More measurements are a damaged header.
MOST_MEASUREMENTS = 100_000
# Shorter gradients stand for no direction: what is left of zero after rounding.
SHORTEST_GRADIENT = 1e-6


# Weighted volumes


def diffusionImage(node: vtkMRMLDiffusionWeightedVolumeNode, target: Path) -> NrrdImage:
    """What to write of a diffusion-weighted volume; the voxels' memory is shared.

    :param target: the file, for messages
    :raises FileError: when the weighting does not fit the voxels, or cannot be told by NRRD
    """
    array = node.voxelArray()
    keyValues = weightingToKeys(node.bValuesArray(), node.gradientsArray(), array.shape[3], target)
    return NrrdImage(array, node.ijkToRASArray(), keyValues, "list", node.measurementFrameArray())


def weightingToKeys(bValues: numpy.ndarray, gradients: numpy.ndarray, components: int, target: Path) -> dict[str, str]:
    """Keys and values that tell b-values (N,) s/mm² and gradients (N, 3) of any length, of N components.

    :raises FileError: when there are not as many as components, or a measurement is weighted without a direction
    """
    if len(bValues) != components:
        what = f"the volume has {components} measurements and {len(bValues)} b-values"
        raise FileError(what, target, hint="Set as many gradients as there are measurements")
    lengths = numpy.linalg.norm(gradients, axis=1)
    untold = (lengths < SHORTEST_GRADIENT) & (bValues > 0)
    lost = numpy.flatnonzero(untold & (bValues > LARGEST_BASELINE_B))
    highest = float(max(bValues.max(), 0))
    if len(lost):
        what = f"measurement {lost[0] + 1} has b = {bValues[lost[0]]:g} and no direction, which NRRD cannot tell"
        raise FileError(what, target, hint="Save it as NIfTI, or set the direction")
    keys = {MODALITY: DIFFUSION, B_VALUE_KEY: repr(highest)}
    for number, (bValue, gradient, length) in enumerate(zip(bValues, gradients, lengths, strict=True)):
        scale = (max(bValue, 0) / highest) ** 0.5 / length if highest and length > 0 else 0.0
        keys[f"{GRADIENT}_{number:04d}"] = "   ".join(repr(float(value) + 0.0) for value in gradient * scale)
    if untold.any():
        keys[OWN_B_VALUES_KEY] = " ".join(repr(float(value)) for value in bValues)
    return keys


def isDiffusion(image: NrrdImage) -> bool:
    """Whether a file says that its components are diffusion measurements."""
    return image.array.ndim == 4 and B_VALUE_KEY in image.keyValues


def diffusionNode(image: NrrdImage, source: Path) -> vtkMRMLDiffusionWeightedVolumeNode:
    """A node outside of any scene with the weighting of a file, without voxels yet.

    :raises FileError: when the weighting is damaged or does not fit the voxels
    """
    bValues, gradients = weightingFromKeys(image.keyValues, source)
    if len(bValues) != image.array.shape[3]:
        what = f"the file has {image.array.shape[3]} measurements and {len(bValues)} gradients"
        raise FileError(what, source)
    node = vtkMRMLDiffusionWeightedVolumeNode()
    node.SetDiffusionGradients(gradients)
    node.SetBValues(bValues)
    if image.measurementFrame is not None:
        node.SetMeasurementFrameMatrix(image.measurementFrame)
    return node


def weightingFromKeys(keyValues: Mapping[str, str], source: Path) -> tuple[numpy.ndarray, numpy.ndarray]:
    """b-values (N,) s/mm² and gradients (N, 3), of unit length or zero, of the keys of a file.

    The longest gradient has the b-value of the file, the others by the square of their length less. A gradient with a
    ``DWMRI_NEX`` stands for so many measurements. Of a b-matrix the b-value is the trace and the gradient its
    principal direction.

    :raises FileError: when a number cannot be read, or one is missing
    """
    try:
        reference = float(keyValues[B_VALUE_KEY])
        vectors, matrices = _numbered(keyValues)
    except ValueError as error:
        raise FileError("the diffusion weighting in the header is not understood", source, str(error)) from error
    if matrices:
        return _ofMatrices(_consecutive(matrices, source))
    gradients = _consecutive(vectors, source)
    lengths = numpy.linalg.norm(gradients, axis=1)
    lengths[lengths < SHORTEST_GRADIENT] = 0
    longest = lengths.max()
    bValues = reference * (lengths / longest) ** 2 if longest else numpy.zeros(len(lengths))
    # A number that was written for 1000 comes back as 1000 and not as 999.9999999999998.
    bValues = _withOwnBaseline(numpy.round(bValues, 9), keyValues.get(OWN_B_VALUES_KEY, ""))
    return bValues, gradients / numpy.where(lengths > 0, lengths, numpy.inf)[:, None]


def _numbered(keyValues: Mapping[str, str]) -> tuple[dict[int, list], dict[int, list]]:
    """Gradients and b-matrices by number, repeats written out. :raises ValueError: for anything but finite numbers"""
    found: dict[str, dict[int, list[float]]] = {GRADIENT: {}, B_MATRIX: {}, REPEATS: {}}
    for key, text in keyValues.items():
        match = _NUMBERED.match(key)
        if match:
            values = [float(value) for value in text.split()]
            count = {GRADIENT: 3, B_MATRIX: 6, REPEATS: 1}[match[1]]
            if len(values) != count or not numpy.isfinite(values).all():
                raise ValueError(f"{key}: {text[:60]}")
            found[match[1]][int(match[2])] = values
    for first, (count,) in found[REPEATS].items():
        for values in (found[GRADIENT], found[B_MATRIX]):
            if first in values and count <= MOST_MEASUREMENTS:
                values.update({first + n: values[first] for n in range(1, int(count))})
    return found[GRADIENT], found[B_MATRIX]


def _withOwnBaseline(bValues: numpy.ndarray, text: str) -> numpy.ndarray:
    """(N,) with the small b-values of :data:`OWN_B_VALUES_KEY` where gradients say zero, if those fit at all."""
    try:
        own = numpy.array([float(value) for value in text.split()])
    except ValueError:
        return bValues
    if own.shape != bValues.shape:
        return bValues
    return numpy.where((bValues == 0) & (own > 0) & (own <= LARGEST_BASELINE_B), own, bValues)


def _consecutive(values: dict[int, list[float]], source: Path) -> numpy.ndarray:
    if not values:
        raise FileError("the header has a b-value but no gradients", source)
    missing = next((n for n in range(len(values)) if n not in values), None)
    if missing is not None:
        raise FileError(f"gradient {missing} is missing in the header", source)
    return numpy.array([values[n] for n in range(len(values))])


def _ofMatrices(matrices: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    bValues = matrices[:, [0, 3, 5]].sum(axis=1)
    gradients = numpy.linalg.eigh(matricesOf(matrices))[1][:, :, 2]
    gradients[bValues <= 0] = 0
    return bValues, gradients


# Tensors


def tensorImage(node: vtkMRMLDiffusionTensorVolumeNode) -> NrrdImage:
    """What to write of a tensor volume: nine numbers for each voxel, in the measurement frame, as Slicer does."""
    matrices = matricesOf(node.voxelArray())
    array = matrices.reshape(*matrices.shape[:3], 9)
    return NrrdImage(array, node.ijkToRASArray(), {}, MATRIX_KIND, node.measurementFrameArray())


def isTensor(image: NrrdImage) -> bool:
    """Whether a file says that its components are symmetric matrices."""
    counts = {"3d-matrix": 9, "3d-symmetric-matrix": 6, "3d-masked-symmetric-matrix": 7}
    return image.array.ndim == 4 and counts.get(image.kind.lower()) == image.array.shape[3]


def tensorNode(image: NrrdImage) -> tuple[vtkMRMLDiffusionTensorVolumeNode, numpy.ndarray]:
    """A node outside of any scene without voxels yet, and the voxels (k, j, i, 6) for it."""
    part = _TENSOR_KINDS[image.kind.lower()]
    if part is None:
        voxels = sixOf(image.array.reshape(*image.array.shape[:3], 3, 3))
    else:
        voxels = image.array[..., part]
    node = vtkMRMLDiffusionTensorVolumeNode()
    if image.measurementFrame is not None:
        node.SetMeasurementFrameMatrix(image.measurementFrame)
    return node, voxels.astype(image.array.dtype)
