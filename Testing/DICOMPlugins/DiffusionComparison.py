"""Diffusion volumes as dcm2niix and others write them, beside the ones that we load of the same files."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy

from DICOMLib.Errors import DICOMError
from DICOMLib.Scene.Node import vtkMRMLNode
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.ReferenceReaders import Reference, readNifti, sortedCorners, valuesAtOurVoxels

CORNER_TOLERANCE_MM = 1e-3
B_VALUE_TOLERANCE = 1.0
DIRECTION_TOLERANCE_DEGREES = 0.5
# Factors of a rescale pass through single precision in NIfTI.
RELATIVE_PRECISION = 1e-6


@dataclass
class DiffusionReference:
    """One NIfTI file with a gradient table.

    :ivar bValues: (N,)
    :ivar directions: (N, 3) RAS, unit length or zero
    """

    volume: Reference
    bValues: numpy.ndarray
    directions: numpy.ndarray


@dataclass
class Difference:
    """What of our volume is not as in the reference; for each its largest value.

    :ivar order: for each volume of the reference the number of ours; -1 where none has its voxels
    """

    corners: float
    voxels: float
    bValues: float
    degrees: float
    order: list[int]

    @property
    def isNone(self) -> bool:
        """Whether all are within what is asked for, volume by volume in the same order."""
        return self.isNoneInAnyOrder and self.order == sorted(self.order)

    @property
    def isNoneInAnyOrder(self) -> bool:
        """Whether each of the reference's volumes is one of ours."""
        return (
            self.corners <= CORNER_TOLERANCE_MM
            and self.voxels <= 0
            and self.bValues <= B_VALUE_TOLERANCE
            and self.degrees <= DIRECTION_TOLERANCE_DEGREES
            and sorted(self.order) == list(range(len(self.order)))
        )


def dcm2niixDiffusion(folder: Path, output: Path) -> list[DiffusionReference]:
    """Every volume that it writes with a table of gradients; traces and the like are left where it leaves them."""
    import dcm2niix as package

    output.mkdir(parents=True, exist_ok=True)
    command = [package.bin, "-z", "n", "-b", "n", "-p", "n", "-f", "%s_%p", "-o", str(output), str(folder)]
    subprocess.run(command, capture_output=True, timeout=120, check=False)
    return [readReference(path) for path in sorted(output.glob("*.nii")) if path.with_suffix(".bval").exists()]


def readReference(nifti: Path, table: Path | None = None) -> DiffusionReference:
    """A NIfTI file and the tables beside it (FSL's: components along the axes of the stored image; along the first
    one the other way where the axes are right-handed).

    :param table: path of the tables without their suffix, where it is another
    """
    volume = readNifti(nifti)
    stem = table or nifti.with_suffix("")
    bValues = numpy.loadtxt(f"{stem}.bval", ndmin=1).reshape(-1)
    components = numpy.loadtxt(f"{stem}.bvec", ndmin=2)
    components = (components.T if len(components) == 3 else components).copy()
    return DiffusionReference(volume, bValues, worldDirections(components, volume.ijkToRAS))


def worldDirections(components: numpy.ndarray, ijkToRAS: numpy.ndarray) -> numpy.ndarray:
    """(N, 3) RAS of FSL's components."""
    axes = ijkToRAS[:3, :3] / numpy.linalg.norm(ijkToRAS[:3, :3], axis=0)
    return (components * (-1 if numpy.linalg.det(axes) > 0 else 1, 1, 1)) @ axes.T


def diffusionNodes(folder: Path) -> list[vtkMRMLNode]:
    """Every diffusion volume that the plugin offers and loads for the files of a folder."""
    bench = Bench()
    try:
        nodes = []
        for plugin, loadables in bench.examine(folder).items():
            for loadable in loadables if plugin.loadType == "Diffusion Volume" else ():
                try:
                    node = plugin.load(loadable)
                except DICOMError:
                    continue
                if node.IsA("vtkMRMLDiffusionWeightedVolumeNode"):
                    nodes.append(node)
        return nodes
    finally:
        bench.close()


def difference(node: vtkMRMLNode, reference: DiffusionReference) -> Difference:
    """Volumes are matched by number where these agree, else by their voxels; numbers of volumes may differ."""
    ours, matrix = node.voxelArray(), node.ijkToRASArray()
    dimensions = tuple(reversed(ours.shape[:3]))
    theirs = reference.volume
    if sorted(dimensions) != sorted(theirs.dimensions):
        return Difference(numpy.inf, numpy.inf, numpy.inf, numpy.inf, [-1] * len(theirs.array))
    corners = float(abs(sortedCorners(matrix, dimensions) - sortedCorners(theirs.ijkToRAS, theirs.dimensions)).max())
    precision = 0 if ours.dtype.kind in "iu" else RELATIVE_PRECISION * max(1.0, float(abs(ours).max()))
    order, voxels = [], 0.0
    for time in range(len(theirs.array)):
        expected = valuesAtOurVoxels(theirs, matrix, dimensions, time)
        number, distance = _nearest(ours, expected, time, set(order))
        order.append(number)
        voxels = max(voxels, distance if distance > precision else 0.0)
    chosen = numpy.array(order)
    bValues = abs(node.bValuesArray()[chosen] - reference.bValues)
    degrees = degreesBetween(node.gradientsRAS()[chosen], reference.directions)
    return Difference(corners, voxels, float(bValues.max()), float(degrees.max()), order)


def _nearest(ours: numpy.ndarray, expected: numpy.ndarray, time: int, taken: set[int]) -> tuple[int, float]:
    """The volume that is most like another one, the one of the same number first."""
    best = (-1, numpy.inf)
    count = ours.shape[3]
    for number in sorted(range(count), key=lambda one: one != time):
        if number in taken:
            continue
        distance = float(abs(ours[..., number].astype(float) - expected).max())
        if distance < best[1]:
            best = number, distance
        if distance == 0:
            break
    return best


def degreesBetween(ours: numpy.ndarray, theirs: numpy.ndarray) -> numpy.ndarray:
    """(N,) angles between axes (N, 3) of any sign; 90 where only one of the two has a direction."""
    lengths = numpy.linalg.norm(ours, axis=1), numpy.linalg.norm(theirs, axis=1)
    isNone = [one < 0.5 for one in lengths]
    crossed = numpy.linalg.norm(numpy.cross(ours, theirs), axis=1)
    angles = numpy.degrees(numpy.arctan2(crossed, abs((ours * theirs).sum(axis=1))))
    angles[isNone[0] & isNone[1]] = 0
    angles[isNone[0] != isNone[1]] = 90
    return angles
