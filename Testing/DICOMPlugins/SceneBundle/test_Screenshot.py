"""The picture of a scene: of given pixels, of a file, or of a volume's middle slices as a radiologist sees them."""

from __future__ import annotations

import numpy
import PIL.Image
import pytest

from DICOMLib.Errors import ExportError
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins.SceneBundle.Screenshot import TILE, checkedPicture, middleSlices, readPicture
from Testing.Fixtures.RunWorkers import runWorkers


def volume(array: numpy.ndarray, matrix: numpy.ndarray, name: str = "V"):
    node = Scene().AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    setVoxels(node, array)
    node.SetIJKToRASMatrix(matrix)
    return node


def setVoxels(node, array: numpy.ndarray) -> None:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    image = vtkImageData()
    image.SetDimensions(*array.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(array.ravel(), deep=True))
    node.SetAndObserveImageData(image)


def rasOf(matrix: numpy.ndarray, shape: tuple[int, ...]) -> numpy.ndarray:
    """RAS of every voxel, shape (3, slices, rows, columns)."""
    k, j, i = numpy.meshgrid(*map(numpy.arange, shape), indexing="ij")
    return numpy.tensordot(matrix[:3, :3], numpy.stack([i, j, k]), 1) + matrix[:3, 3].reshape(3, 1, 1, 1)


ORIENTATIONS = {
    "axial": [[-1, 0, 0], [0, -1, 0], [0, 0, 1]],
    "sagittal": [[0, 0, 1], [-1, 0, 0], [0, -1, 0]],
    "coronal": [[-1, 0, 0], [0, 0, 1], [0, -1, 0]],
    "oblique": [[0.98, 0.17, 0.1], [-0.17, 0.98, 0], [-0.1, 0, 0.99]],
}


@pytest.mark.parametrize("orientation", ORIENTATIONS)
def test_rightIsLeft_anteriorAndSuperiorAreAbove_whateverWayTheVoxelsLie(orientation):
    matrix = numpy.eye(4)
    matrix[:3, :3] = ORIENTATIONS[orientation]
    shape = (20, 22, 24)
    right, anterior, superior = rasOf(matrix, shape)
    for values, tile, expectation in (
        (right, 0, "left"), (anterior, 0, "top"), (right, 1, "left"), (superior, 1, "top"),
        (anterior, 2, "left"), (superior, 2, "top"),
    ):  # fmt: skip
        picture = middleSlices([volume(values.astype(numpy.float32), matrix)])
        grey = picture[:, tile * TILE : (tile + 1) * TILE, 0].astype(float)
        grey = grey[20:-20, 30:-30]
        ends = (grey[:, :20], grey[:, -20:]) if expectation == "left" else (grey[:20], grey[-20:])
        assert ends[0].mean() > ends[1].mean() + 50, (orientation, tile, expectation)


def test_proportionsAreThoseOfThePatient():
    matrix = numpy.diag([1.0, 1.0, 4.0, 1.0])
    array = numpy.full((10, 40, 20), 5, numpy.int16)
    array[0] = 0
    axial, coronal, _ = numpy.split(middleSlices([volume(array, matrix)])[..., 0], 3, axis=1)
    assert (axial.any(axis=0).sum(), axial.any(axis=1).sum()) == (TILE // 2, TILE)
    assert coronal.any(axis=0).sum() == TILE // 2


@pytest.mark.parametrize("value", [0, 7, numpy.nan])
def test_aVolumeOfOneValueIsNoError(value):
    picture = middleSlices([volume(numpy.full((2, 3, 4), value, numpy.float32), numpy.eye(4))])
    assert picture.shape == (TILE, 3 * TILE, 3) and picture.dtype == numpy.uint8


def test_withoutAVolumeThePictureIsBlack():
    assert not middleSlices([]).any()


def test_aLargePictureIsMadeSmaller_andOtherArraysAreRefused():
    assert checkedPicture(numpy.full((2100, 3000, 3), 9, numpy.uint8)).shape == (700, 1000, 3)
    assert checkedPicture(numpy.zeros((2, 5000, 3), numpy.uint8)).shape[1] <= 1024
    small = numpy.zeros((5, 6, 3), numpy.uint8)
    assert numpy.array_equal(checkedPicture(small), small)
    for wrong in (numpy.zeros((5, 6), numpy.uint8), numpy.zeros((5, 6, 3)), numpy.zeros((0, 6, 3), numpy.uint8)):
        with pytest.raises(ExportError, match="no RGB image"):
            checkedPicture(wrong)


@pytest.mark.parametrize(("mode", "name"), [("RGB", "a.png"), ("L", "a.png"), ("RGBA", "a.png"), ("RGB", "a.bmp")])
def test_picturesAreReadFromFiles(tmp_path, mode, name):
    PIL.Image.new(mode, (7, 5), 99 if mode == "L" else (99,) * len(mode)).save(tmp_path / name)
    picture = readPicture(str(tmp_path / name), runWorkers())
    assert picture.shape == (5, 7, 3) and (picture == 99).all()


@pytest.mark.parametrize("contents", [b"", b"\x89PNG\r\n\x1a\nrubbish", None])
def test_aDamagedOrMissingPictureIsAnError(tmp_path, contents):
    if contents is not None:
        (tmp_path / "a.png").write_bytes(contents)
    with pytest.raises(ExportError, match="the picture cannot be read"):
        readPicture(str(tmp_path / "a.png"), runWorkers())
