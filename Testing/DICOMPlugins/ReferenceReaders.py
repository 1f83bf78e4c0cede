"""What programs that nobody here wrote make of the same files: dcm2niix and SimpleITK, as arrays with RAS matrices."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy

from DICOMLib.Geometry.Patient import isRightHanded

CORNER_TOLERANCE_MM = 1e-3
NIFTI_TYPES = {2: "u1", 4: "<i2", 8: "<i4", 16: "<f4", 64: "<f8", 128: "u1", 256: "i1", 512: "<u2", 768: "<u4"}
NIFTI_RGB = 128


@dataclass
class Reference:
    """A volume of another program.

    :ivar array: shape (time points, slices, rows, columns[, 3])
    :ivar ijkToRAS: 4x4
    """

    array: numpy.ndarray
    ijkToRAS: numpy.ndarray
    name: str = ""

    @property
    def dimensions(self) -> tuple[int, int, int]:
        return tuple(reversed(self.array.shape[1:4]))


def dcm2niix(folder: Path, output: Path, philipsScaling: bool = False) -> list[Reference]:
    """Every volume it writes, uncompressed and unscaled on disk, scaled here by the standard's rescale.

    :param philipsScaling: let it prefer Philips' private scaling; else it takes the slope of the first slice for all
    """
    import dcm2niix as package

    output.mkdir(exist_ok=True)
    options = ["-z", "n", "-b", "n", "-p", "y" if philipsScaling else "n", "-f", "%s_%p"]
    command = [package.bin, *options, "-o", str(output), str(folder)]
    subprocess.run(command, capture_output=True, timeout=120, check=False)
    return [readNifti(path) for path in sorted(output.glob("*.nii"))]


def readNifti(path: Path) -> Reference:
    """NIfTI-1, by the published header layout (offsets in bytes)."""
    contents = path.read_bytes()
    dimensions = numpy.frombuffer(contents, "<i2", 8, 40)
    kind = int(numpy.frombuffer(contents, "<i2", 1, 70)[0])
    offset = int(numpy.frombuffer(contents, "<f4", 1, 108)[0])
    slope, intercept = (float(value) for value in numpy.frombuffer(contents, "<f4", 2, 112))
    shape = [int(count) for count in dimensions[1 : dimensions[0] + 1]]
    shape += [1] * (4 - len(shape))
    array = numpy.frombuffer(contents, NIFTI_TYPES[kind], offset=offset)
    # dcm2niix writes colours of 16 bits too, as a type for which NIfTI knows no colours.
    samples = [3] if kind == NIFTI_RGB or array.size == 3 * numpy.prod(shape) else []
    array = array.reshape(*reversed(shape), *samples)
    if (slope, intercept) not in ((0, 0), (1, 0)) and kind != NIFTI_RGB:
        array = array * slope + intercept
    matrix = numpy.eye(4)
    matrix[:3] = numpy.frombuffer(contents, "<f4", 12, 280).reshape(3, 4)
    return Reference(array, matrix, path.name)


def simpleITK(folder: Path) -> Reference:
    """The GDCM series reader's volume of the one series in a folder."""
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = SimpleITK.ReadImage(names)
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return Reference(SimpleITK.GetArrayFromImage(image)[None], numpy.diag([-1, -1, 1, 1]) @ matrix, "SimpleITK")


def sortedCorners(ijkToRAS: numpy.ndarray, dimensions) -> numpy.ndarray:
    """(8, 3) centres of the corner voxels in an order that does not depend on how axes are flipped or exchanged."""
    ends = numpy.array([[i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1)]) * (numpy.array(dimensions) - 1)
    points = ends @ ijkToRAS[:3, :3].T + ijkToRAS[:3, 3]
    return points[numpy.lexsort(numpy.round(points, 1).T)]


def valuesAtOurVoxels(reference: Reference, ijkToRAS: numpy.ndarray, dimensions, time: int = 0) -> numpy.ndarray:
    """The reference's values at the places of our voxels, shape (k, j, i[, 3])."""
    k, j, i = numpy.meshgrid(*(numpy.arange(count) for count in reversed(dimensions)), indexing="ij")
    ours = numpy.stack([i, j, k, numpy.ones_like(i)], axis=-1) @ ijkToRAS.T
    indices = numpy.rint(ours @ numpy.linalg.inv(reference.ijkToRAS).T).astype(int)
    return reference.array[time][indices[..., 2], indices[..., 1], indices[..., 0]]


def assertSamePlace(node, reference: Reference, tolerance: float = CORNER_TOLERANCE_MM) -> None:
    """A node's corners are those of the reference, however its axes run; ours are right-handed always."""
    ours = sortedCorners(node.ijkToRASArray(), node.GetDimensions())
    theirs = sortedCorners(reference.ijkToRAS, reference.dimensions)
    assert abs(ours - theirs).max() <= tolerance, f"corners differ from those of {reference.name}"
    assert isRightHanded(node.ijkToRASArray())


def assertSamePlaceAndVoxels(
    node, reference: Reference, tolerance: float = CORNER_TOLERANCE_MM, time: int = 0
) -> None:
    """And every voxel of ours has the value of the reference."""
    assertSamePlace(node, reference, tolerance)
    expected = valuesAtOurVoxels(reference, node.ijkToRASArray(), node.GetDimensions(), time)
    voxels = node.voxelArray()
    # Factors of a rescale pass through single precision in NIfTI and SimpleITK.
    precision = 0 if voxels.dtype.kind in "iu" else 1e-6 * max(1.0, float(abs(voxels).max()))
    assert abs(voxels.astype(float) - expected).max() <= precision, f"voxels differ from those of {reference.name}"
