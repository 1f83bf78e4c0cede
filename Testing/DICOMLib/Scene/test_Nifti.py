"""NIfTI-1: what is written comes back, SimpleITK sees the same, and dcm2niix's files of the same series agree."""

from __future__ import annotations

import gzip
import subprocess
import sys

import numpy
import pytest
import SimpleITK

from DICOMLib.Errors import CancelledError, FileError, TruncatedFileError, UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMLib.Scene import Nifti
from DICOMLib.Scene.Nifti import NiftiImage, quaternionOf, readNifti, rotationOfQuaternion, writeNifti
from DICOMLib.Scene.Nodes import vtkMRMLDiffusionWeightedVolumeNode
from DICOMLib.Scene.Storage import readVolume, writeVolume
from DICOMModule.CommandLine import main

TYPES = ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]


def oblique(seed: int = 5, isLeftHanded: bool = False) -> numpy.ndarray:
    axes = numpy.linalg.qr(numpy.random.default_rng(seed).normal(size=(3, 3)))[0]
    axes *= numpy.linalg.det(axes) * (-1 if isLeftHanded else 1)
    matrix = numpy.eye(4)
    matrix[:3, :3] = axes * [2, 2.5, 3]
    matrix[:3, 3] = 10.5, -20.25, 30
    return matrix


def voxels(dtype="int16", components=()) -> numpy.ndarray:
    return numpy.arange(2 * 3 * 4 * int(numpy.prod(components or 1))).reshape(2, 3, 4, *components).astype(dtype)


def rasOfITK(image: SimpleITK.Image) -> numpy.ndarray:
    """4×4 index → RAS of the first three axes of an image of SimpleITK's, which has LPS."""
    dimension = image.GetDimension()
    axes = numpy.array(image.GetDirection()).reshape(dimension, dimension)[:3, :3] * image.GetSpacing()[:3]
    matrix = numpy.eye(4)
    matrix[:3, :3], matrix[:3, 3] = axes, image.GetOrigin()[:3]
    return numpy.diag([-1, -1, 1, 1]) @ matrix


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("dtype", TYPES)
def test_voxelsComeBackInTheirType(tmp_path, dtype, suffix):
    writeNifti(NiftiImage(voxels(dtype), oblique()), tmp_path / f"a{suffix}")
    image = readNifti(tmp_path / f"a{suffix}")
    assert image.array.dtype == numpy.dtype(dtype) and numpy.array_equal(image.array, voxels(dtype))
    assert image.ijkToRAS == pytest.approx(oblique(), abs=1e-6)


@pytest.mark.parametrize("isLeftHanded", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_simpleITKReadsTheSameVoxelsInTheSamePlace(tmp_path, seed, isLeftHanded):
    matrix = oblique(seed, isLeftHanded)
    writeNifti(NiftiImage(voxels(), matrix), tmp_path / "a.nii.gz")
    image = SimpleITK.ReadImage(str(tmp_path / "a.nii.gz"))
    assert numpy.array_equal(SimpleITK.GetArrayFromImage(image), voxels())
    assert rasOfITK(image) == pytest.approx(matrix, abs=1e-5)


@pytest.mark.parametrize("isLeftHanded", [False, True])
def test_qformAndSformTellTheSamePlace(tmp_path, isLeftHanded):
    matrix = oblique(4, isLeftHanded)
    writeNifti(NiftiImage(voxels(), matrix), tmp_path / "a.nii")
    data = bytearray((tmp_path / "a.nii").read_bytes())
    data[254:256] = b"\0\0"  # sform_code
    (tmp_path / "b.nii").write_bytes(data)
    assert readNifti(tmp_path / "b.nii").ijkToRAS == pytest.approx(matrix, abs=1e-5)


def test_aShearedImageHasASformOnly(tmp_path):
    matrix = oblique()
    matrix[:3, 2] += matrix[:3, 1] / 3
    writeNifti(NiftiImage(voxels(), matrix), tmp_path / "a.nii")
    header = numpy.frombuffer((tmp_path / "a.nii").read_bytes()[:348], Nifti._HEADER)[0]
    assert (header["qform_code"], header["sform_code"]) == (0, 1)
    assert readNifti(tmp_path / "a.nii").ijkToRAS == pytest.approx(matrix, abs=1e-5)


def test_aSeriesHasAFourthAxisThatSimpleITKReads(tmp_path):
    writeNifti(NiftiImage(voxels("uint16", (20,)), oblique(), isSeries=True), tmp_path / "a.nii.gz")
    image = SimpleITK.ReadImage(str(tmp_path / "a.nii.gz"))
    assert image.GetSize() == (4, 3, 2, 20) and image.GetPixelIDTypeAsString() == "16-bit unsigned integer"
    assert numpy.array_equal(numpy.moveaxis(SimpleITK.GetArrayFromImage(image), 0, -1), voxels("uint16", (20,)))
    assert rasOfITK(image) == pytest.approx(oblique(), abs=1e-5)
    read = readNifti(tmp_path / "a.nii.gz")
    assert read.isSeries and numpy.array_equal(read.array, voxels("uint16", (20,)))


def test_vectorsAndColoursComeBack(tmp_path):
    for array in (voxels("float32", (3,)), voxels("uint8", (3,))):
        writeNifti(NiftiImage(array, oblique()), tmp_path / "a.nii")
        read = readNifti(tmp_path / "a.nii")
        assert not read.isSeries and read.array.dtype == array.dtype and numpy.array_equal(read.array, array)
        image = SimpleITK.ReadImage(str(tmp_path / "a.nii"))
        assert numpy.array_equal(SimpleITK.GetArrayFromImage(image), array)


def test_filesOfSimpleITKAreRead(tmp_path):
    image = SimpleITK.GetImageFromArray(voxels("float32"))
    image.SetSpacing((0.5, 0.6, 0.7))
    image.SetOrigin((1, 2, 3))
    SimpleITK.WriteImage(image, str(tmp_path / "a.nii"))
    read = readNifti(tmp_path / "a.nii")
    assert numpy.array_equal(read.array, voxels("float32"))
    assert read.ijkToRAS == pytest.approx(rasOfITK(image), abs=1e-6)


def test_bigEndianFilesAreRead(tmp_path):
    writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "a.nii")
    data = (tmp_path / "a.nii").read_bytes()
    header = numpy.frombuffer(data[:348], Nifti._HEADER).astype(Nifti._HEADER.newbyteorder(">"))
    (tmp_path / "b.nii").write_bytes(header.tobytes() + bytes(4) + voxels(">i2").tobytes())
    read = readNifti(tmp_path / "b.nii")
    assert numpy.array_equal(read.array, voxels()) and read.ijkToRAS == pytest.approx(oblique(), abs=1e-6)


def test_valuesAreScaledAsTheHeaderSays(tmp_path):
    writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "a.nii")
    data = bytearray((tmp_path / "a.nii").read_bytes())
    data[112:120] = numpy.array([0.5, -1], "<f4").tobytes()
    (tmp_path / "a.nii").write_bytes(data)
    read = readNifti(tmp_path / "a.nii")
    assert read.array.dtype == numpy.float32 and numpy.array_equal(read.array, voxels() * 0.5 - 1)


def test_quaternionsTurnBackIntoTheirRotations():
    for seed in range(20):
        axes = oblique(seed)[:3, :3] / [2, 2.5, 3]
        handedness, quaternion = quaternionOf(axes)
        assert handedness == 1 and rotationOfQuaternion(quaternion) == pytest.approx(axes, abs=1e-12)
    half = numpy.diag([-1.0, -1.0, 1.0])  # a turn by half a circle has no first part to divide by
    assert rotationOfQuaternion(quaternionOf(half)[1]) == pytest.approx(half)


# What cannot be written or read


def test_axesLongerThan16BitsAreRefused(tmp_path):
    with pytest.raises(FileError, match="more than 32767 voxels along an axis.*NRRD"):
        writeNifti(NiftiImage(numpy.zeros((1, 1, 32768), "uint8"), numpy.eye(4)), tmp_path / "a.nii")
    assert list(tmp_path.iterdir()) == []


def test_aFolderThatIsNotThereIsSaidInASentence(tmp_path):
    with pytest.raises(UnreadableFileError, match="cannot be written .*Check that the folder exists"):
        writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "none" / "a.nii")


def test_aCancelledFileLeavesTheOldOne(tmp_path):
    (tmp_path / "a.nii").write_bytes(b"old")
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "a.nii", progress)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.nii", b"old")]


@pytest.mark.parametrize("kept", [0, 100, 347, 352, 380])
@pytest.mark.parametrize("isCompressed", [False, True])
def test_truncatedFilesAreTold(tmp_path, kept, isCompressed):
    writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "a.nii")
    data = (tmp_path / "a.nii").read_bytes()[:kept]
    (tmp_path / "a.nii").write_bytes(gzip.compress(data) if isCompressed else data)
    with pytest.raises(TruncatedFileError):
        readNifti(tmp_path / "a.nii")


def test_damagedCompressionIsTold(tmp_path):
    writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "a.nii.gz")
    (tmp_path / "a.nii.gz").write_bytes((tmp_path / "a.nii.gz").read_bytes()[:-30])
    with pytest.raises(TruncatedFileError):
        readNifti(tmp_path / "a.nii.gz")


@pytest.mark.parametrize(
    ("offset", "value", "message"),
    [(0, b"\x5d\1\0\0", "not a NIfTI-1"), (344, b"ni1\0", "header and voxels in one"),
     (40, b"\x09\0", "cannot be read"), (40, b"\0\0", "cannot be read"), (40, b"\xff\xff", "cannot be read"),
     (42, b"\xff\xff", "cannot be read"), (70, b"\x20\0", "cannot be read"),
     (108, b"\0\0\xc0\x7f", "where the voxels"),
     (280, bytes(48), "where the image is"), (42, b"\xff\x7f\xff\x7f\xff\x7f", "shorter than its header")],
)  # fmt: skip
def test_damagedHeadersAreRefusedInASentence(tmp_path, offset, value, message):
    writeNifti(NiftiImage(voxels(), oblique()), tmp_path / "a.nii")
    data = bytearray((tmp_path / "a.nii").read_bytes())
    data[offset : offset + len(value)] = value
    (tmp_path / "a.nii").write_bytes(data)
    with pytest.raises(FileError, match=message):
        readNifti(tmp_path / "a.nii")


# Diffusion


def diffusionVolume(matrix: numpy.ndarray) -> vtkMRMLDiffusionWeightedVolumeNode:
    node = vtkMRMLDiffusionWeightedVolumeNode()
    node.setVoxelArray(voxels("uint16", (4,)))
    node.SetIJKToRASMatrix(matrix)
    node.SetDiffusionGradients(numpy.array([[0, 0, 0], [1, 0, 0], [0.6, 0, 0.8], [0, 0.6, -0.8]]))
    node.SetBValues([0, 1000, 2500, 1250])
    return node


@pytest.mark.parametrize("isLeftHanded", [False, True])
def test_aDiffusionVolumeComesBackWithItsGradients(tmp_path, isLeftHanded):
    node = diffusionVolume(oblique(2, isLeftHanded))
    node.SetMeasurementFrameMatrix(oblique(3)[:3, :3] / [2, 2.5, 3])
    files = writeVolume(node, tmp_path / "a.nii.gz")
    assert [file.name for file in files] == ["a.nii.gz", "a.bval", "a.bvec"]
    read = readVolume(tmp_path / "a.nii.gz")
    assert read.GetClassName() == "vtkMRMLDiffusionWeightedVolumeNode"
    assert numpy.array_equal(read.voxelArray(), node.voxelArray())
    assert read.bValuesArray().tolist() == [0, 1000, 2500, 1250]
    assert read.gradientsRAS() == pytest.approx(node.gradientsRAS(), abs=1e-7)


def test_aWeightWithoutDirectionIsKept(tmp_path):
    node = diffusionVolume(oblique())
    node.SetDiffusionGradient(3, (0, 0, 0))
    writeVolume(node, tmp_path / "a.nii")
    read = readVolume(tmp_path / "a.nii")
    assert read.GetBValue(3) == 1250 and read.GetDiffusionGradient(3) == (0, 0, 0)


def test_aSeriesWithoutBValuesIsRefusedInASentence(tmp_path):
    writeVolume(diffusionVolume(oblique()), tmp_path / "a.nii")
    (tmp_path / "a.bvec").unlink()
    with pytest.raises(FileError, match=r"4 volumes one after the other.*put a\.bval and a\.bvec beside it"):
        readVolume(tmp_path / "a.nii")


def test_asManyBValuesAsVolumesAreWanted(tmp_path):
    writeVolume(diffusionVolume(oblique()), tmp_path / "a.nii")
    (tmp_path / "a.bval").write_text("0 1 2")
    (tmp_path / "a.bvec").write_text("0 1 0\n0 0 1\n0 0 0")
    with pytest.raises(FileError, match="4 volumes, and beside it are 3 b-values"):
        readVolume(tmp_path / "a.nii")


DATASETS = ("siemens_xa60_enhanced", "canon_classic_ortho", "ge_dwi_tensor", "uih_dir16_ap", "siemens_mosaic_vd_roll")


@pytest.mark.data
@pytest.mark.parametrize("name", DATASETS)
def test_dcm2niixWritesTheSameVolumeBValuesAndVectors(sharedData, tmp_path, name):
    """Its rows may run the other way: voxels are compared where they are in the world, and vectors in RAS."""
    source = sharedData / "dwi" / name / "dicom"
    assert main(["convert", str(source), "-o", str(tmp_path / "ours"), "--format", "nii"]) == 0
    (tmp_path / "theirs").mkdir()
    arguments = ["-m", "dcm2niix", "-z", "n", "-f", "%p_%s", "-o", str(tmp_path / "theirs"), str(source)]
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    ours, theirs = (readVolume(_weightedFile(tmp_path / folder)) for folder in ("ours", "theirs"))
    steps = numpy.linalg.inv(ours.ijkToRASArray()) @ theirs.ijkToRASArray()
    assert steps == pytest.approx(numpy.rint(steps), abs=1e-3)
    assert numpy.abs(numpy.rint(steps[:3, :3])).tolist() == numpy.eye(3).tolist()
    flips = tuple(slice(None, None, int(round(steps[axis, axis]))) for axis in (2, 1, 0))
    assert numpy.array_equal(ours.voxelArray()[flips], theirs.voxelArray())
    assert ours.bValuesArray() == pytest.approx(theirs.bValuesArray(), abs=1)
    mine, yours = ours.gradientsRAS(), theirs.gradientsRAS()
    weighted = numpy.linalg.norm(yours, axis=1) > 0
    assert numpy.array_equal(weighted, numpy.linalg.norm(mine, axis=1) > 0)
    cosines = numpy.abs((mine * yours).sum(axis=1)[weighted])  # a direction and its opposite weight alike
    assert numpy.degrees(numpy.arccos(numpy.clip(cosines, -1, 1))).max() < 0.5


def _weightedFile(folder):
    (bValues,) = folder.glob("*.bval")
    return bValues.with_suffix(".nii")
