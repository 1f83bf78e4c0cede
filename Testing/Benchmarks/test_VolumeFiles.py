"""The generated series hold what they say, in every compression."""

from __future__ import annotations

import numpy
import pytest
from pydicom import dcmread

from DICOMLib import DICOMUtils
from Testing.Benchmarks.CTFiles import EXPLICIT_LITTLE_ENDIAN, SeriesPlan, seriesFolder, writeSeries
from Testing.Benchmarks.Program import Program, importFolder
from Testing.Benchmarks.VolumeFiles import (
    JPEG_2000,
    JPEG_LOSSLESS_SV1,
    JPEG_LS,
    PATTERNS,
    RLE,
    patterns,
    pixelData,
    storedSum,
)


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE_ENDIAN, JPEG_LS, JPEG_LOSSLESS_SV1, JPEG_2000, RLE])
def test_everyCompressionHoldsTheSameSlices(tmp_path, syntax):
    plan = SeriesPlan(0, 0, 0, PATTERNS + 1)
    list(writeSeries(tmp_path, [plan], pixelData(syntax), syntax))
    files = sorted(seriesFolder(tmp_path, plan).iterdir())
    for number in (0, PATTERNS - 1, PATTERNS):
        dataset = dcmread(files[number])
        assert dataset.file_meta.TransferSyntaxUID == syntax
        assert dataset.InstanceNumber == number + 1
        assert numpy.array_equal(dataset.pixel_array, patterns()[number % PATTERNS])


def test_slicesLookLikeABodyWithNoise():
    first, second = patterns()[:2]
    assert (first.shape, first.dtype, first.min()) == ((512, 512), numpy.int16, 0)
    assert 1000 < first[256, 256] < 1150 and 100 < first[240, 150] < 250
    assert 5 < first[250:260, 250:260].std() < 20
    assert not numpy.array_equal(first, second)
    assert storedSum(PATTERNS + 1) == sum(int(one.sum(dtype="int64")) for one in [*patterns(), first])


def test_theProgramLoadsThemFromADatabase(tmp_path):
    plans = [SeriesPlan(0, 0, 0, 3), SeriesPlan(1, 1, 1, 5)]
    list(writeSeries(tmp_path / "files", plans, pixelData(RLE), RLE))
    assert importFolder(str(tmp_path / "files"), str(tmp_path / "d.sqlite"))["added"] == 8
    with Program(str(tmp_path / "d.sqlite")) as program:
        program.loadSmallest()
        largest = program.seriesBySize()[-1]
        assert len(program.database.filesForSeries(largest)) == 5
        assert len(DICOMUtils.allSeriesUIDsInDatabase(program.database)) == 2
        voxels = program.load(program.examine([largest])).voxelArray()
    # The first file is the topmost slice, the first one in the volume the lowest.
    assert numpy.array_equal(voxels[-1], patterns()[0] - 1024)
    with Program(str(tmp_path / "d.sqlite")) as program, pytest.raises(AssertionError, match="nothing was found"):
        program.examine([])
