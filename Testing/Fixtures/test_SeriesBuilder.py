"""The fixtures themselves, checked by two readers that know nothing of them: pydicom and SimpleITK."""

from __future__ import annotations

import io
import zlib

import numpy
import pydicom
import pytest
import SimpleITK

from Testing.Fixtures import (
    ALL_TRANSFER_SYNTAXES,
    SeriesBuilder,
    axialCT,
    canEncode,
    compressibleCT,
    deeplyNested,
    emptyFile,
    giantLengthClaim,
    inflateBomb,
    missingSliceCT,
    noMeta,
    noPreamble,
    notDICOM,
    obliqueMR,
    rgbSecondaryCapture,
    tiltedCT,
    truncated,
    twoPatients,
    ultrasoundCine,
    validFile,
)


def readBack(contents: bytes) -> pydicom.Dataset:
    return pydicom.dcmread(io.BytesIO(contents))


def test_theSameBuilderGivesTheSameBytesEveryTime():
    assert axialCT().encoded() == axialCT().encoded()
    assert axialCT(seed=1).seriesUID != axialCT(seed=2).seriesUID


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR()], ids=["axial", "oblique"])
def test_SimpleITKFindsTheExpectedGeometryAndValues(tmp_path, builder):
    paths = builder.write(tmp_path, shuffle=True)
    image = SimpleITK.ReadImage([str(path) for path in paths])
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * numpy.array(image.GetSpacing())
    matrix[:3, 3] = image.GetOrigin()
    assert matrix == pytest.approx(builder.ijkToLPS, abs=1e-5)
    assert numpy.array_equal(SimpleITK.GetArrayFromImage(image), builder.array)


def test_shuffledNamesAreNotInSpatialOrder(tmp_path):
    paths = axialCT().write(tmp_path, shuffle=True)
    assert sorted(paths) != paths


def test_positionsFollowTheExpectedMatrixThroughATilt():
    builder = tiltedCT()
    for k, contents in enumerate(builder.encoded()):
        position = numpy.array(readBack(contents).ImagePositionPatient, float)
        assert position == pytest.approx((builder.ijkToLPS @ [0, 0, k, 1])[:3], abs=1e-9)
    # The table moves along the patient's third axis only, although the slices are tilted.
    assert builder.ijkToLPS[:2, 2] == pytest.approx([0, 0], abs=1e-12)
    assert numpy.linalg.norm(numpy.cross(*builder.ijkToLPS[:3, 1:3].T)) > 0


def test_aMissingSliceLeavesAHoleOfTwoSpacings():
    positions = [float(dataset.ImagePositionPatient[2]) for dataset in missingSliceCT().datasets()]
    assert numpy.diff(positions) == pytest.approx([2.5, 2.5, 5.0, 2.5, 2.5, 2.5])


def test_gapsAreTheDistancesBetweenSlices():
    builder = axialCT(slices=4, gaps=[2.5, 3.5, 2.5])
    positions = [float(dataset.ImagePositionPatient[2]) for dataset in builder.datasets()]
    assert numpy.diff(positions) == pytest.approx([2.5, 3.5, 2.5])


@pytest.mark.parametrize("transferSyntax", ALL_TRANSFER_SYNTAXES, ids=lambda uid: uid.name.replace(" ", ""))
def test_everyTransferSyntaxKeepsTheValues(transferSyntax):
    if not canEncode(transferSyntax):
        pytest.skip(f"no codec installed that writes {transferSyntax}")
    builder = compressibleCT(transferSyntax)
    for expected, contents in zip(builder.storedArray, builder.encoded(), strict=True):
        dataset = readBack(contents)
        assert dataset.file_meta.TransferSyntaxUID == transferSyntax
        assert numpy.array_equal(dataset.pixel_array, expected)
    assert builder.array.min() == -300


@pytest.mark.parametrize("planarConfiguration", [0, 1])
def test_colourPlanesComeBackInOrder(planarConfiguration):
    builder = rgbSecondaryCapture(planarConfiguration=planarConfiguration)
    dataset = readBack(builder.encoded()[0])
    assert numpy.array_equal(dataset.pixel_array, builder.array[0])
    assert dataset.pixel_array[0, 0].tolist() == [0, 20, 40]


def test_aCineIsOneObjectWithAllFrames():
    builder = ultrasoundCine()
    dataset = readBack(builder.encoded()[0])
    assert dataset.NumberOfFrames == 6
    assert numpy.array_equal(dataset.pixel_array, builder.array)


def test_rescaleGivesModalityValues():
    builder = SeriesBuilder(rescale=(0.5, -10), pattern=lambda k, j, i: 0.5 * i + 2 * j - 7.5, dtype="int16")
    dataset = readBack(builder.encoded()[0])
    values = dataset.pixel_array * float(dataset.RescaleSlope) + float(dataset.RescaleIntercept)
    assert values[3, 5] == 1.0
    assert numpy.array_equal(values, builder.array[0])


def test_twoPatientsAreTwoPatientsInThreeStudies(tmp_path):
    folders = twoPatients(tmp_path)
    firsts = {name: pydicom.dcmread(paths[0]) for name, paths in folders.items()}
    assert firsts["ct"].PatientID == firsts["mr"].PatientID != firsts["other"].PatientID
    assert len({dataset.StudyInstanceUID for dataset in firsts.values()}) == 3
    assert str(firsts["other"].PatientName) == "Müller^Jürgen"


def test_filesWithoutPreambleOrMetaHoldTheSameDataSet():
    withPreamble = readBack(validFile())
    assert noPreamble()[:4] == b"\x02\x00\x00\x00"
    assert noMeta()[:2] == b"\x08\x00"
    for contents in (noPreamble(), noMeta(), noMeta("1.2.840.10008.1.2.1")):
        dataset = pydicom.dcmread(io.BytesIO(contents), force=True)
        assert dataset.SOPInstanceUID == withPreamble.SOPInstanceUID
        assert dataset.PixelData == withPreamble.PixelData


def test_brokenFilesAreBrokenInTheWayTheySay():
    assert emptyFile() == b""
    with pytest.raises(pydicom.errors.InvalidDicomError):
        readBack(notDICOM())
    assert validFile().startswith(truncated(validFile(), 700)) and len(truncated(validFile(), -10)) % 2 == 0
    assert deeplyNested(2000).count(b"SQ") == 2000
    nested = readBack(deeplyNested(20, definedLength=True))
    for _ in range(19):
        nested = nested[0x0040A730].value[0]
    assert [len(item) for item in nested[0x0040A730].value] == [0]
    assert len(giantLengthClaim()) < 1000


def test_inflateBombIsSmallOnDiskAndLargeInside():
    contents = inflateBomb(megabytes=8)
    start = 132 + 12 + int.from_bytes(contents[140:144], "little")
    assert len(contents) < 20_000
    assert len(zlib.decompress(contents[start:], -zlib.MAX_WBITS)) > 8 << 20
