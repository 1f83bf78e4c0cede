"""What of a diffusion volume is written: taken on the scene's thread, used on any."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy

from DICOMLib.Errors import ExportError
from DICOMLib.Geometry.Patient import RAS_FROM_LPS, ijkToLPSFromRAS, rasFromLPS
from DICOMLib.Scene.DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode

from ..ScalarVolume.VolumeContent import VolumeContent, contentOf
from .Columns import LARGEST_B_VALUE, LONGEST_DIRECTION, SHORTEST_DIRECTION, ZERO_LENGTH

# Stretching of a transform or a frame, relative; registration leaves a millionth, matrices in files have few digits.
STRETCH_TOLERANCE = 1e-4


@dataclass(frozen=True)
class DiffusionContent:
    """A diffusion volume of N measurements as it is in the world.

    :ivar volume: its first measurement, with what all have in common
    :ivar array: the node's own memory, shape (slices, rows, columns, N)
    :ivar bValues: (N,) s/mm²
    :ivar directions: (N, 3) unit vectors or zeros, LPS, turned by the transforms above the volume
    :ivar turn: 3×3 rotation (or reflection) of these transforms, LPS
    :ivar ownIJKToLPS: 4×4 in mm, without these transforms
    """

    volume: VolumeContent
    array: numpy.ndarray
    bValues: numpy.ndarray
    directions: numpy.ndarray
    turn: numpy.ndarray
    ownIJKToLPS: numpy.ndarray

    @property
    def name(self) -> str:
        """Of the node."""
        return self.volume.name

    def __len__(self) -> int:
        return len(self.bValues)


def diffusionContent(node: vtkMRMLDiffusionWeightedVolumeNode, instanceUIDs: tuple[str, ...] = ()) -> DiffusionContent:
    """What is written of a node.

    :param instanceUIDs: SOP instance UIDs that all measurements were made of
    :raises ExportError: when it has no voxels, b-values or directions are none, or a transform does more than turn
    """
    volume = contentOf(node)
    array = node.voxelArray()
    bValues, count = node.bValuesArray(), node.voxelArray().shape[3]
    if len(bValues) != count:
        raise ExportError(f"there are {count} measurements but {len(bValues)} b-values", volume.name)
    display = node.GetDisplayNode()
    if display is not None:
        window = (display.GetWindow(), display.GetLevel())
        volume = replace(volume, window=window, isInverted=bool(display.GetInvert()))
    return DiffusionContent(
        volume=replace(volume, array=array[..., 0], instanceUIDs=instanceUIDs or volume.instanceUIDs),
        array=array,
        bValues=_checkedBValues(bValues, volume.name),
        directions=_directions(node),
        turn=_turn(node),
        ownIJKToLPS=ijkToLPSFromRAS(node.ijkToRASArray()),
    )


def _checkedBValues(bValues: numpy.ndarray, name: str) -> numpy.ndarray:
    senseless = ~((bValues >= 0) & (bValues <= LARGEST_B_VALUE))
    if senseless.any():
        raise ExportError("a b-value is none that a scan can have", name, f"{bValues[senseless][0]:g} s/mm²")
    return bValues


def _turn(node: vtkMRMLDiffusionWeightedVolumeNode) -> numpy.ndarray:
    """3×3 of the transforms above, LPS."""
    turn = (RAS_FROM_LPS @ node.transformToWorldArray() @ RAS_FROM_LPS)[:3, :3]
    stretch = _stretch(turn)
    if stretch > STRETCH_TOLERANCE:
        raise ExportError(
            "the transform above the volume stretches or shears it: what b-values and gradients become is not defined",
            node.GetName(), f"by {stretch:.2%}",
            hint="Use its rigid part, or harden it first, which turns the gradients by its rotation",
        )  # fmt: skip
    return turn


def _stretch(matrix: numpy.ndarray) -> float:
    return float(abs(numpy.linalg.svd(matrix, compute_uv=False) - 1).max())


def _directions(node: vtkMRMLDiffusionWeightedVolumeNode) -> numpy.ndarray:
    """(N, 3) LPS in the world."""
    if _stretch(node.measurementFrameArray()) > STRETCH_TOLERANCE:
        raise ExportError("the measurement frame is no rotation", node.GetName())
    vectors = rasFromLPS(node.gradientsWorld())
    lengths = numpy.linalg.norm(vectors, axis=1)
    isZero = lengths <= ZERO_LENGTH
    senseless = ~isZero & ((lengths < SHORTEST_DIRECTION) | (lengths > LONGEST_DIRECTION))
    if senseless.any():
        raise ExportError("a gradient is no unit vector", node.GetName(), f"its length is {lengths[senseless][0]:.3g}")
    directions = vectors / numpy.where(isZero, 1, lengths)[:, None] + 0.0
    directions[isZero] = 0
    return directions
