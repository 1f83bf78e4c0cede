"""Diffusion volumes as NRRD: what is written comes back, and Slicer's own classes read and write the same."""

from __future__ import annotations

import re

import numpy
import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import vtkMRMLDiffusionTensorVolumeNode, vtkMRMLDiffusionWeightedVolumeNode
from DICOMLib.Scene.NrrdDiffusion import OWN_B_VALUES_KEY, weightingFromKeys, weightingToKeys
from DICOMLib.Scene.Storage import readVolume, writeVolume
from Testing.Fixtures.SlicerCore import slicerCore  # noqa: F401  (a fixture)

GRADIENTS = numpy.array([[0, 0, 0], [1, 0, 0], [0.6, 0, 0.8], [0, 0.6, -0.8], [0, 0, 0]])
B_VALUES = numpy.array([0, 1000, 2500, 1250, 0.0])


def rotation(seed: int) -> numpy.ndarray:
    axes = numpy.linalg.qr(numpy.random.default_rng(seed).normal(size=(3, 3)))[0]
    return axes * numpy.linalg.det(axes)


def obliqueMatrix() -> numpy.ndarray:
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(5) * [2, 2.5, 3]
    matrix[:3, 3] = 10.5, -20.25, 30
    return matrix


def weighted(dtype="uint16", count=5) -> vtkMRMLDiffusionWeightedVolumeNode:
    node = vtkMRMLDiffusionWeightedVolumeNode()
    node.setVoxelArray(numpy.random.default_rng(0).integers(0, 30000, size=(2, 3, 4, count)).astype(dtype))
    node.SetIJKToRASMatrix(obliqueMatrix())
    node.SetDiffusionGradients(GRADIENTS[:count])
    node.SetBValues(B_VALUES[:count])
    node.SetMeasurementFrameMatrix(rotation(6))
    return node


def tensors() -> vtkMRMLDiffusionTensorVolumeNode:
    node = vtkMRMLDiffusionTensorVolumeNode()
    node.setVoxelArray(numpy.random.default_rng(1).normal(size=(2, 3, 4, 6)).astype("float32"))
    node.SetIJKToRASMatrix(obliqueMatrix())
    node.SetMeasurementFrameMatrix(rotation(7))
    return node


# Our own files


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "float32"])
@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_aDiffusionVolumeComesBackExactly(tmp_path, name, dtype):
    node = weighted(dtype)
    writeVolume(node, tmp_path / name)
    read = readVolume(tmp_path / name)
    assert read.GetClassName() == "vtkMRMLDiffusionWeightedVolumeNode"
    assert read.voxelArray().dtype == numpy.dtype(dtype)
    assert numpy.array_equal(read.voxelArray(), node.voxelArray())
    assert numpy.array_equal(read.ijkToRASArray(), node.ijkToRASArray())
    assert read.bValuesArray() == pytest.approx(B_VALUES, abs=1e-9)
    assert read.gradientsArray() == pytest.approx(GRADIENTS, abs=1e-12)
    assert numpy.array_equal(read.measurementFrameArray(), node.measurementFrameArray())


@pytest.mark.parametrize("compress", [True, False])
def test_aDetachedHeaderNamesTheFileBesideIt(tmp_path, compress):
    writeVolume(weighted(), tmp_path / "a.nhdr", compress)
    data = "a.raw.gz" if compress else "a.raw"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.nhdr", data]
    assert f"data file: {data}\n" in (tmp_path / "a.nhdr").read_text()


def test_theHeaderIsWrittenAsTeemDoes(tmp_path):
    writeVolume(weighted(), tmp_path / "a.nhdr", compress=False)
    header = (tmp_path / "a.nhdr").read_text()
    assert "kinds: list domain domain domain\n" in header and "modality:=DWMRI\n" in header
    assert "DWMRI_b-value:=2500.0\n" in header
    gradient = re.search(r"DWMRI_gradient_0001:=(\S+)   (\S+)   (\S+)\n", header)
    assert float(gradient[1]) == pytest.approx((1000 / 2500) ** 0.5) and gradient[2] == gradient[3] == "0.0"


def test_oneMeasurementIsADiffusionVolumeToo(tmp_path):
    writeVolume(weighted(count=1), tmp_path / "a.nrrd")
    assert readVolume(tmp_path / "a.nrrd").voxelArray().shape == (2, 3, 4, 1)


def test_tensorsComeBackExactly(tmp_path):
    node = tensors()
    writeVolume(node, tmp_path / "a.nrrd")
    read = readVolume(tmp_path / "a.nrrd")
    assert read.GetClassName() == "vtkMRMLDiffusionTensorVolumeNode"
    assert numpy.array_equal(read.voxelArray(), node.voxelArray())
    assert numpy.array_equal(read.measurementFrameArray(), node.measurementFrameArray())


def test_aWeightWithoutDirectionIsNotLostInSilence(tmp_path):
    node = weighted()
    node.SetBValue(4, 800)
    with pytest.raises(FileError, match=r"measurement 5 has b = 800 and no direction.*NIfTI"):
        writeVolume(node, tmp_path / "a.nrrd")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("own", ["", "1 2", "x", "5 nan 0 0 9", "900 0 0 0 700"])
def test_smallBValuesWithoutDirectionAreZeroToOthersAndComeBack(tmp_path, own):
    """As United Imaging's 1.25 at b = 0."""
    node = weighted()
    node.SetBValue(4, 1.25)
    writeVolume(node, tmp_path / "a.nrrd")
    assert readVolume(tmp_path / "a.nrrd").bValuesArray()[4] == 1.25
    keys = weightingToKeys(node.bValuesArray(), node.gradientsArray(), 5, tmp_path)
    assert keys["DWMRI_gradient_0004"].split() == ["0.0"] * 3
    read, _ = weightingFromKeys(keys | {OWN_B_VALUES_KEY: own}, tmp_path)  # damaged by whoever changed the volume
    assert read.tolist() == [*node.bValuesArray()[:4], 0] if own != "5 nan 0 0 9" else read[4] == 9


def test_asManyBValuesAsMeasurementsAreWanted(tmp_path):
    node = weighted()
    node.SetNumberOfGradients(4)
    with pytest.raises(FileError, match="5 measurements and 4 b-values"):
        writeVolume(node, tmp_path / "a.nrrd")


# Keys and values of others


def test_repeatedMeasurementsAreWrittenOut(tmp_path):
    keys = {"DWMRI_b-value": "1000", "DWMRI_gradient_0000": "0 0 0", "DWMRI_NEX_0000": "2"}
    keys |= {"DWMRI_gradient_0002": "2 0 0"}
    bValues, gradients = weightingFromKeys(keys, tmp_path)
    assert bValues.tolist() == [0, 0, 1000] and gradients.tolist() == [[0, 0, 0], [0, 0, 0], [1, 0, 0]]


def test_bMatricesGiveTraceAndPrincipalDirection(tmp_path):
    keys = {"DWMRI_b-value": "1000", "DWMRI_B-matrix_0000": "0 0 0 0 0 0", "DWMRI_B-matrix_0001": "0 0 0 900 0 100"}
    bValues, gradients = weightingFromKeys(keys, tmp_path)
    assert bValues.tolist() == [0, 1000] and numpy.abs(gradients).tolist() == [[0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [({"DWMRI_gradient_0001": "1 0"}, "not understood"), ({"DWMRI_gradient_0003": "1 0 0"}, "gradient 2 is missing"),
     ({"DWMRI_gradient_0001": "inf 0 0"}, "not understood"), ({"DWMRI_b-value": "much"}, "not understood"),
     ({"DWMRI_NEX_0000": "1e9"}, "")],
)  # fmt: skip
def test_damagedWeightingIsRefusedInASentence(tmp_path, change, message):
    keys = {"DWMRI_b-value": "1000", "DWMRI_gradient_0000": "0 0 0", "DWMRI_gradient_0001": "1 0 0"} | change
    if message:
        with pytest.raises(FileError, match=message):
            weightingFromKeys(keys, tmp_path)
    else:
        assert len(weightingFromKeys(keys, tmp_path)[0]) == 2


def test_keysOfOneShellComeBack(tmp_path):
    keys = weightingToKeys(numpy.array([0, 700.0]), numpy.array([[0, 0, 0], [0, 2, 0.0]]), 2, tmp_path)
    bValues, gradients = weightingFromKeys(keys, tmp_path)
    assert bValues.tolist() == [0, 700] and gradients.tolist() == [[0, 0, 0], [0, 1, 0]]


# Slicer's own classes


@pytest.mark.parametrize("name", ["a.nrrd", "a.nhdr"])
def test_slicerReadsOurDiffusionVolume(slicerCore, tmp_path, name):  # noqa: F811
    node = weighted()
    writeVolume(node, tmp_path / name)
    read = slicerCore.read("vtkMRMLDiffusionWeightedVolumeNode", tmp_path / name)
    assert read["gradients"] == pytest.approx(GRADIENTS, abs=1e-9)
    assert read["bValues"] == pytest.approx(B_VALUES, abs=1e-6)
    assert numpy.array(read["ijkToRAS"]) == pytest.approx(node.ijkToRASArray(), abs=1e-12)
    assert numpy.array(read["frame"])[:3, :3] == pytest.approx(node.measurementFrameArray(), abs=1e-12)
    assert read["dtype"] == "uint16" and numpy.array_equal(read["voxels"], node.voxelArray())


def test_slicerReadsOurTensors(slicerCore, tmp_path):  # noqa: F811
    node = tensors()
    writeVolume(node, tmp_path / "a.nrrd")
    read = slicerCore.read("vtkMRMLDiffusionTensorVolumeNode", tmp_path / "a.nrrd")
    nine = numpy.array(read["voxels"], "float32")
    assert numpy.array_equal(nine[..., [0, 1, 2, 4, 5, 8]], node.voxelArray())
    assert numpy.array(read["frame"])[:3, :3] == pytest.approx(node.measurementFrameArray(), abs=1e-12)


def test_weReadSlicersDiffusionVolume(slicerCore, tmp_path):  # noqa: F811
    # Slicer's writer leaves the weighting out of a volume with fewer than seven measurements.
    gradients, bValues = numpy.vstack([GRADIENTS, GRADIENTS[1:4]]), numpy.r_[B_VALUES, B_VALUES[1:4]]
    voxels = numpy.random.default_rng(2).integers(-9, 9, size=(2, 3, 4, 8))
    frame = numpy.eye(4)
    frame[:3, :3] = rotation(6)
    assert slicerCore.write(
        "vtkMRMLDiffusionWeightedVolumeNode", tmp_path / "a.nrrd", voxels=voxels.tolist(), dtype="int16",
        IJKToRASMatrix=obliqueMatrix().tolist(), MeasurementFrameMatrix=frame.tolist(),
        gradients=gradients.tolist(), bValues=bValues.tolist(),
    )  # fmt: skip
    read = readVolume(tmp_path / "a.nrrd")
    assert numpy.array_equal(read.voxelArray(), voxels)
    assert read.ijkToRASArray() == pytest.approx(obliqueMatrix(), abs=1e-9)
    assert read.gradientsRAS() == pytest.approx(gradients @ rotation(6).T, abs=1e-9)
    assert read.bValuesArray() == pytest.approx(bValues, abs=1e-6)


def test_weReadSlicersTensors(slicerCore, tmp_path):  # noqa: F811
    matrices = numpy.array([[[[1, 2, 3, 2, 4, 5, 3, 5, 6.0]]]])
    frame = numpy.eye(4)
    frame[:3, :3] = rotation(9)
    assert slicerCore.write(
        "vtkMRMLDiffusionTensorVolumeNode", tmp_path / "a.nrrd", voxels=matrices.tolist(), dtype="float32",
        IJKToRASMatrix=obliqueMatrix().tolist(), MeasurementFrameMatrix=frame.tolist(),
    )  # fmt: skip
    read = readVolume(tmp_path / "a.nrrd")
    assert read.voxelArray().tolist() == [[[[1, 2, 3, 4, 5, 6]]]]
    assert read.measurementFrameArray() == pytest.approx(rotation(9), abs=1e-12)


@pytest.mark.data
def test_teemsOwnExampleIsRead(sharedData):
    read = readVolume(sharedData / "dwi/nrrd_helix_reference/ref/helix-DWI.nhdr")
    assert read.voxelArray().shape == (16, 32, 64, 7)
    assert read.bValuesArray().tolist() == [0, *[1000] * 6]
    half = 0.5**0.5
    assert read.gradientsArray()[4] == pytest.approx([0, half, -half])
    assert read.measurementFrameArray()[:, 0] == pytest.approx([0.428571, 0.857143, -0.285714])
    assert read.GetOrigin() == (-98.4375, -96.875, -93.75)
