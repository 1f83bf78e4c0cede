"""FSL's .bval and .bvec: along the image's axes, the first one turned round in right-handed images."""

from __future__ import annotations

import numpy
import pytest

from DICOMLib.Diffusion import FSL
from DICOMLib.Errors import FileError, UnreadableFileError

RIGHT_HANDED = numpy.diag([2.0, 2.0, 3.0, 1.0])
LEFT_HANDED = numpy.diag([-2.0, 2.0, 3.0, 1.0])  # radiological, as dcm2niix writes axial images


def test_aRightHandedImageHasItsFirstComponentTurnedRound():
    assert FSL.vectorsFromRAS([[0.6, 0, 0.8]], RIGHT_HANDED).tolist() == [[-0.6, 0, 0.8]]


def test_aLeftHandedImageHasTheComponentsAlongItsAxes():
    assert FSL.vectorsFromRAS([[0.6, 0, 0.8]], LEFT_HANDED).tolist() == [[-0.6, 0, 0.8]]


def test_theTwoOrdersOfTheSameVoxelsHaveTheSameVectors():
    # Flipping the columns of an image changes its handedness and nothing that FSL makes of the vectors.
    gradients = numpy.random.default_rng(1).normal(size=(20, 3))
    assert numpy.allclose(FSL.vectorsFromRAS(gradients, RIGHT_HANDED), FSL.vectorsFromRAS(gradients, LEFT_HANDED))


@pytest.mark.parametrize("seed", range(5))
def test_vectorsComeBackInAnyObliqueImage(seed):
    random = numpy.random.default_rng(seed)
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.linalg.qr(random.normal(size=(3, 3)))[0] * [1, 2, 3]
    gradients = random.normal(size=(10, 3))
    assert numpy.allclose(FSL.gradientsRAS(FSL.vectorsFromRAS(gradients, matrix), matrix), gradients)


def test_theAxesOfAShearedImageAreAtRightAngles():
    sheared = RIGHT_HANDED.copy()
    sheared[1, 2] = 1.0
    axes = FSL.imageAxes(sheared)
    assert numpy.allclose(axes.T @ axes, numpy.eye(3)) and numpy.linalg.det(axes) > 0


def test_numbersAreWrittenShortAndWithoutNegativeZero():
    assert FSL.bValuesText([0, 1000, 992.5]) == "0 1000 992.5\n"
    assert FSL.vectorsText(numpy.array([[-0.0, 0, 1], [1 / 3, -1, -1e-12]])) == "0 0.33333333\n0 -1\n1 0\n"


def test_weightingComesBackFromFiles(tmp_path):
    gradients = numpy.array([[0, 0, 0], [0.6, 0, 0.8], [0, 1, 0]])
    bValueFile, vectorFile = tmp_path / "a.bval", tmp_path / "a.bvec"
    bValueFile.write_text(FSL.bValuesText([0, 1000, 2000]))
    vectorFile.write_text(FSL.vectorsText(FSL.vectorsFromRAS(gradients, RIGHT_HANDED)))
    bValues, read = FSL.readWeighting(bValueFile, vectorFile, RIGHT_HANDED)
    assert bValues.tolist() == [0, 1000, 2000]
    assert numpy.allclose(read, gradients)


def test_gradientsInLinesOfThreeAreReadToo(tmp_path):
    (tmp_path / "a.bvec").write_text("0 0 0\n1 0 0\n0 1 0\n0 0 1\n")
    assert FSL.readVectors(tmp_path / "a.bvec").tolist() == [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_bValuesInAColumnAreReadToo(tmp_path):
    (tmp_path / "a.bval").write_text("0\n1000\n\n")
    assert FSL.readBValues(tmp_path / "a.bval").tolist() == [0, 1000]


def test_noDirectionMayBeWrittenAsNaN(tmp_path):
    (tmp_path / "a.bval").write_text("0 1000")
    (tmp_path / "a.bvec").write_text("nan 2\nnan 0\nnan 0")
    assert FSL.readWeighting(tmp_path / "a.bval", tmp_path / "a.bvec", LEFT_HANDED)[1].tolist() == [
        [0, 0, 0], [-1, 0, 0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [("a b", "no number"), ("", "empty"), ("1 2\n1", "different lengths"), ("1 2\n1 2", "three lines")],
)
def test_damagedGradientsAreRefusedInASentence(tmp_path, text, message):
    (tmp_path / "a.bvec").write_text(text)
    with pytest.raises(FileError, match=message):
        FSL.readVectors(tmp_path / "a.bvec")


def test_asManyBValuesAsGradientsAreWanted(tmp_path):
    (tmp_path / "a.bval").write_text("0 1000")
    (tmp_path / "a.bvec").write_text("1\n0\n0")
    with pytest.raises(FileError, match="2 b-values and 1 gradients"):
        FSL.readWeighting(tmp_path / "a.bval", tmp_path / "a.bvec", LEFT_HANDED)


def test_aMissingFileIsAnErrorOfOurs(tmp_path):
    with pytest.raises(UnreadableFileError, match=r"none\.bval"):
        FSL.readBValues(tmp_path / "none.bval")
