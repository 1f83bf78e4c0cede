"""A volume's slices as whole files, as frames of objects in any order, and as parts of frames."""

import os
import resource
import sys
import tracemalloc

import numpy
import pytest

from DICOMLib.Errors import LimitExceededError, PixelDataError
from DICOMLib.Pixels.Rescale import Rescale
from DICOMLib.Pixels.Volume import readVolume
from DICOMLib.SliceSource import SliceSource
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.DICOMLib.Pixels.PixelFiles import BIG_ENDIAN, EXPLICIT, pixelFile, records
from Testing.Fixtures import axialCT, compressibleCT

RLE = "1.2.840.10008.1.2.5"


def frames(path, count=6, rows=4, columns=5, **tags):
    stored = numpy.random.default_rng(7).integers(0, 4000, (count, rows, columns)).astype("<u2")
    return stored, pixelFile(path, stored.tobytes(), rows, columns, NumberOfFrames=count, **tags)


def test_framesAreReadInTheOrderAskedFor(tmp_path):
    stored, instance = frames(tmp_path / "a")
    order = [5, 0, 3, 3]
    voxels = readVolume([SliceSource(instance, frame) for frame in order])
    assert numpy.array_equal(voxels.array, stored[order])


def test_framesOfSeveralObjectsMix(tmp_path):
    (first, one), (second, other) = frames(tmp_path / "a"), frames(tmp_path / "b", count=2)
    voxels = readVolume([SliceSource(other, 1), SliceSource(one, 4), SliceSource(other, 0)])
    assert numpy.array_equal(voxels.array, [second[1], first[4], second[0]])


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG_ENDIAN])
def test_tilesOfAMosaicAreSlices(tmp_path, syntax):
    stored = numpy.arange(12 * 20, dtype="uint16").reshape(12, 20)
    order = ">" if syntax == BIG_ENDIAN else "<"
    instance = pixelFile(tmp_path / "a", stored.astype(f"{order}u2").tobytes(), 12, 20, syntax)
    tiles = [(0, 0, 4, 5), (4, 15, 4, 5), (8, 5, 4, 5)]
    voxels = readVolume([SliceSource(instance, 0, tile) for tile in tiles])
    expected = [stored[row : row + rows, column : column + columns] for row, column, rows, columns in tiles]
    assert numpy.array_equal(voxels.array, expected)


def test_tilesOfCompressedFramesAreSlices(tmp_path, workers):
    (instance,) = records(compressibleCT(RLE, slices=1), tmp_path)
    whole = readVolume([instance], workers=workers).array[0]
    tiles = [(2, 3, 4, 5), (0, 0, 4, 5)]
    voxels = readVolume([SliceSource(instance, 0, tile) for tile in tiles], workers=workers)
    assert numpy.array_equal(voxels.array, [whole[2:6, 3:8], whole[:4, :5]])


def test_colourTilesKeepTheirColours(tmp_path):
    stored = numpy.random.default_rng(1).integers(0, 255, (4, 6, 3)).astype("uint8")
    instance = pixelFile(
        tmp_path / "a", numpy.moveaxis(stored, -1, 0).tobytes(), 4, 6, vr="OB", BitsAllocated=8, SamplesPerPixel=3,
        PhotometricInterpretation="RGB", PlanarConfiguration=1,
    )  # fmt: skip
    voxels = readVolume([SliceSource(instance, 0, (1, 2, 3, 4))])
    assert numpy.array_equal(voxels.array[0], stored[1:4, 2:6])


@pytest.mark.parametrize("tile", [(0, 0, 5, 5), (-1, 0, 2, 2), (0, 4, 2, 2), (0, 0, 0, 2)])
def test_tilesOutsideOfTheFrameAreRefused(tmp_path, tile):
    _, instance = frames(tmp_path / "a")
    with pytest.raises(PixelDataError, match="a part of an image lies outside"):
        readVolume([SliceSource(instance, 0, tile)])


@pytest.mark.parametrize("frame", [6, -1])
def test_framesThatAreNotThereAreRefused(tmp_path, frame):
    _, instance = frames(tmp_path / "a")
    with pytest.raises(PixelDataError, match="no such frame"):
        readVolume([SliceSource(instance, frame)])


# Values


def test_framesHaveARescaleOfTheirOwn(tmp_path):
    stored, _ = frames(tmp_path / "a", count=3)
    groups = [{"PixelValueTransformationSequence": [{"RescaleSlope": slope, "RescaleIntercept": -5}]}
              for slope in (1, 2, 3)]  # fmt: skip
    instance = pixelFile(
        tmp_path / "b", stored.tobytes(), 4, 5, NumberOfFrames=3,
        sequences={"PerFrameFunctionalGroupsSequence": groups},
    )  # fmt: skip
    voxels = readVolume([SliceSource(instance, frame) for frame in (2, 0, 1)])
    expected = stored[[2, 0, 1]].astype(int) * numpy.array([3, 1, 2])[:, None, None] - 5
    assert voxels.rescale is None and voxels.array.dtype == "int32" and numpy.array_equal(voxels.array, expected)


def test_aRescaleMayBeReplaced(tmp_path):
    stored, instance = frames(tmp_path / "a", count=2)
    voxels = readVolume([instance], rescaling=lambda source, rescale: Rescale(0.5 * (source.frame + 1)))
    assert numpy.array_equal(voxels.array, stored * numpy.array([0.5, 1.0])[:, None, None])


def test_signedAndUnsignedSlicesBecomeOneType(tmp_path):
    values = numpy.array([[0, 5, 2047]])
    one = pixelFile(tmp_path / "a", values.astype("<u2").tobytes(), 1, 3, BitsStored=12)
    other = pixelFile(tmp_path / "b", (-values).astype("<i2").tobytes(), 1, 3, BitsStored=12, PixelRepresentation=1)
    array = readVolume([one, other]).array
    assert array.dtype == "int16" and array[:, 0].tolist() == [[0, 5, 2047], [0, -5, -2047]]


LUT = [100, 200, 300, 5000]


def test_theModalityTableGivesTheValues(tmp_path, workers):
    table = {"LUTDescriptor": [4, 1, 16], "ModalityLUTType": "US", "LUTData": numpy.array(LUT, "<u2").tobytes()}
    stored = numpy.array([[0, 1, 2, 3, 4, 9]], "<u2")
    instance = pixelFile(tmp_path / "a", stored.tobytes(), 1, 6, sequences={"ModalityLUTSequence": [table]})
    voxels = readVolume([instance], workers=workers)
    assert voxels.array[0, 0].tolist() == [100, 100, 200, 300, 5000, 5000]
    assert voxels.rescaleApplied and voxels.rescale is None


def test_theModalityTableMayBeginBelowZero(tmp_path, workers):
    table = {"LUTDescriptor": [4, -2, 16], "ModalityLUTType": "US", "LUTData": numpy.array(LUT, "<u2").tobytes()}
    stored = numpy.array([[-5, -2, -1, 0, 1, 2]], "<i2")
    instance = pixelFile(
        tmp_path / "a", stored.tobytes(), 1, 6, PixelRepresentation=1, sequences={"ModalityLUTSequence": [table]}
    )
    assert readVolume([instance], workers=workers).array[0, 0].tolist() == [100, 100, 200, 300, 5000, 5000]


def test_dosesAreInTheirUnit(tmp_path):
    stored = numpy.array([[0, 4000000000]], "<u4")
    instance = pixelFile(
        tmp_path / "a", stored.tobytes(), 1, 2, BitsAllocated=32, Modality="RTDOSE", DoseGridScaling="1.5e-8"
    )
    assert readVolume([instance]).array[0, 0].tolist() == pytest.approx([0, 60], rel=1e-15)


@pytest.mark.parametrize(
    ("slope", "intercept", "largest", "dtype"),
    [(1, -1024, 3000, "int16"), (1, -1024, 60000, "int32"), (1, 500, 60000, "uint16"), (1, 6000, 60000, "int32"),
     (3, -7, 9000, "int16"), (3, -7, 20000, "uint16"), (3, -7, 60000, "int32"), (-1, 0, 32768, "int16")],
)  # fmt: skip
def test_whereTheHeaderDoesNotTellTheValuesGiveTheType(tmp_path, slope, intercept, largest, dtype):
    stored = numpy.linspace(10, largest, 3 * 8 * 8).astype("<u2").reshape(3, 8, 8)
    instances = [
        pixelFile(tmp_path / str(k), stored[k].tobytes(), 8, 8, RescaleSlope=slope, RescaleIntercept=intercept)
        for k in range(3)
    ]
    array = readVolume(instances).array
    assert array.dtype == dtype and numpy.array_equal(array, stored.astype(int) * slope + intercept)


def test_compressedSlicesOfUnknownRangeBecomeTheSameAsNativeOnes(tmp_path, workers):
    pattern = lambda k, j, i: 34000 * k + j + i - 1000  # noqa: E731
    native = readVolume(records(axialCT(slices=2, pattern=pattern), tmp_path / "a")).array
    compressed = readVolume(
        records(axialCT(slices=2, pattern=pattern, transferSyntax=RLE), tmp_path / "b"), workers=workers
    ).array
    assert native.dtype == compressed.dtype == "int32" and numpy.array_equal(native, compressed)


# What is told meanwhile


@pytest.mark.parametrize("syntax", [EXPLICIT, RLE])
def test_theMiddleSliceComesFirstAndEachIsTold(tmp_path, syntax):
    builder = axialCT(slices=9, bitsStored=12, transferSyntax=syntax)
    seen, correct = [], []

    def arrived(number, voxels):
        seen.append(number)
        correct.append(numpy.array_equal(voxels.array[number], builder.array[number]))

    with WorkerPool(size=1) as oneWorker:  # of two, either may be the first
        voxels = readVolume(records(builder, tmp_path), workers=oneWorker, onSliceRead=arrived)
    assert seen[0] == 4 and sorted(seen) == list(range(9)) and all(correct)
    assert numpy.array_equal(voxels.array, builder.array)


def test_whatHasNotArrivedIsZero(tmp_path):
    builder = axialCT(slices=5, bitsStored=12)
    first = []

    def arrived(number, voxels):
        if not first:
            first.append(voxels.array.copy())

    readVolume(records(builder, tmp_path), onSliceRead=arrived)
    assert first[0][2].any() and not first[0][[0, 1, 3, 4]].any()


# Memory


def test_aVolumeBeyondTheMachinesMemoryIsRefused(tmp_path, monkeypatch):
    _, instance = frames(tmp_path / "a")
    monkeypatch.setattr("DICOMLib.Pixels.Volume.physicalMemory", lambda: 6 * 4 * 5 * 2 - 1)
    with pytest.raises(LimitExceededError, match="the volume would take 240 bytes; this computer has 239"):
        readVolume([instance])


@pytest.mark.parametrize("rescale", [(1, -1024), (0.5, 0)], ids=["integers", "floats"])
def test_readingTakesTheVolumeAndAFewFrames(tmp_path, rescale):
    """100 frames of 512 × 512: beside the volume at most 64 MB, whatever becomes of the values."""
    frame = numpy.random.default_rng(0).integers(0, 4000, (512, 512)).astype("<u2").tobytes()
    instance = pixelFile(
        tmp_path / "a", frame * 100, 512, 512, NumberOfFrames=100, RescaleSlope=rescale[0], RescaleIntercept=rescale[1]
    )
    tracemalloc.start()
    voxels = readVolume([instance])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    beside = peak - voxels.array.nbytes - (voxels.array.nbytes if rescale == (1, -1024) else 0)
    print(f"beside the volume {beside / 2**20:.1f} MiB")
    assert beside < 64 << 20


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is measured as Linux counts it")
def test_memoryThatIsReservedForWiderNumbersIsNotUsedUnlessNeeded(tmp_path):
    """16 stored bits with an intercept reserve twice the memory; what is resident is the volume."""
    frame = numpy.random.default_rng(0).integers(0, 4000, (512, 512)).astype("<u2").tobytes()
    instance = pixelFile(
        tmp_path / "a", frame * 300, 512, 512, NumberOfFrames=300, RescaleSlope=1, RescaleIntercept=-1024
    )
    readVolume([SliceSource(instance, 0)])
    before = _resident()
    voxels = readVolume([instance])
    grown = _resident() - before
    print(f"resident memory grew by {grown / 2**20:.0f} MiB for a volume of {voxels.array.nbytes / 2**20:.0f} MiB")
    assert voxels.array.dtype == "int16" and grown < voxels.array.nbytes + (64 << 20)


def _resident() -> int:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_theLibraryDoesNotRaiseItsOwnLimits():
    """Guards the two tests above: they would say nothing under a limit of the address space."""
    assert resource.getrlimit(resource.RLIMIT_AS)[0] == resource.RLIM_INFINITY
