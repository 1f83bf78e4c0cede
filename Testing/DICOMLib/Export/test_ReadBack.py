"""What is found when written files are not as they were meant: on one worker and on several at the same time."""

from __future__ import annotations

from dataclasses import replace

import numpy
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from DICOMLib.Errors import ExportError
from DICOMLib.Export.ReadBack import BackgroundCheck, Expectation
from DICOMPlugins.ScalarVolume.StoredVoxels import StoredVoxels
from Testing.Fixtures import axialCT

MR_CLASS = "1.2.840.10008.5.1.4.1.1.4"


def written(folder, array, frames=0, **attributes):
    """One file a slice, or one of several frames. :returns: paths"""
    folder.mkdir(exist_ok=True)
    (template, *_) = axialCT(slices=1, rescale=None).datasets()
    template.SOPClassUID, template.file_meta = MR_CLASS, FileMetaDataset()
    template.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    template.Rows, template.Columns = array.shape[1:3]
    template.BitsAllocated = template.BitsStored = 8 * array.dtype.itemsize
    template.HighBit, template.PixelRepresentation = template.BitsAllocated - 1, int(array.dtype.kind == "i")
    for keyword, value in attributes.items():
        setattr(template, keyword, value)
    if frames:
        template.NumberOfFrames = frames
    paths = []
    for k, values in enumerate([array] if frames else array):
        template.SOPInstanceUID = template.file_meta.MediaStorageSOPInstanceUID = f"2.25.{k + 1}"
        template.InstanceNumber, template.PixelData = k + 1, values.tobytes()
        paths.append(str(folder / f"{k}.dcm"))
        template.save_as(paths[-1], enforce_file_format=True)
    return paths


def voxels(count=3, dtype="u2", shape=(6, 5)):
    return numpy.random.default_rng(count).integers(0, 200, (count, *shape)).astype(dtype)


def expectation(paths, array, **more):
    return Expectation(paths, lambda k: array[k], array.dtype, 1.0, 0.0, MR_CLASS, **more)


def check(expected, workers):
    with BackgroundCheck(expected, workers) as checking:
        for count in range(1, len(expected.files) + 1):
            checking.onWritten(count)
        checking.finish()


def test_filesThatAreAsTheyWereMeantPass(tmp_path, workers):
    array = voxels()
    uids = ["2.25.1", "2.25.2", "2.25.3"]
    check(expectation(written(tmp_path, array), array, texts={"SOPInstanceUID": uids}), workers)


@pytest.mark.parametrize("isReadByGDCM", [True, False])
def test_anObjectWithFewerFramesThanWereMeantIsFound(tmp_path, workers, isReadByGDCM):
    array = voxels(4)
    paths = written(tmp_path, array[:3], frames=3) * 4
    expected = expectation(paths, array, isMultiFrame=True, isReadByGDCM=isReadByGDCM)
    with pytest.raises(ExportError, match="images are missing in the written files"):
        check(expected, workers)


@pytest.mark.parametrize("isReadByGDCM", [True, False])
def test_anObjectWithMoreFramesThanWereMeantIsFound(tmp_path, workers, isReadByGDCM):
    array = voxels(3)
    expected = expectation(written(tmp_path, array, frames=3) * 2, array, isMultiFrame=True, isReadByGDCM=isReadByGDCM)
    with pytest.raises(ExportError, match="more images than were written"):
        check(expected, workers)


def test_aFileOfSeveralFramesIsNoSlice(tmp_path, workers):
    array = voxels(2)
    with pytest.raises(ExportError, match="another number of images than one"):
        check(expectation(written(tmp_path, array, frames=2), array), workers)


@pytest.mark.parametrize("isReadByGDCM", [True, False])
def test_valuesOfAnotherTypeThatWouldBeTheSameWhenCutAreFound(tmp_path, workers, isReadByGDCM):
    array = voxels(2)
    paths = written(tmp_path, array + 256, frames=2) * 2
    expected = expectation(paths, array.astype("u1"), isMultiFrame=True, isReadByGDCM=isReadByGDCM)
    with pytest.raises(ExportError, match="the values"):
        check(expected, workers)


def test_slicesOfRealNumbersAreComparedOnManyThreadsWhileTheyAreWritten(tmp_path, workers):
    """Slices are made for writing on one thread and for comparing on others: all have to be the same."""
    values = numpy.random.default_rng(1).uniform(-1000, 1000, (150, 40, 50)).astype("f4")
    stored = StoredVoxels(values, "i2", 0.05, 0.0)
    plain = numpy.rint(values.astype("f8") / 0.05).astype("i2")
    paths = written(tmp_path, numpy.zeros((150, 2, 2), "i2"))
    expected = Expectation(paths, stored.slice, stored.dtype, 0.05, 0.0, MR_CLASS)
    with BackgroundCheck(expected, workers) as checking:
        for k in range(len(values)):
            slice = stored.slice(k)
            assert numpy.array_equal(slice, plain[k])
            written(tmp_path / "one", slice[numpy.newaxis])
            (tmp_path / "one" / "0.dcm").replace(paths[k])
            checking.onWritten(k + 1)
        checking.finish()
    wrong = replace(expected, stored=lambda k: plain[k] + (k == 149))
    with pytest.raises(ExportError, match="values read back are not those"):
        check(wrong, workers)
