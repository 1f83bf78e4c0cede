"""What a file does not hold is never shown, and what its header only claims never takes memory."""

import json
import os
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from DICOMLib.Errors import FileError, PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Volume import readVolume
from Testing.DICOMLib.Pixels.HeapCases import writeCases
from Testing.DICOMLib.Pixels.PixelFiles import EXPLICIT, pixelFile
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures import axialCT

MEGABYTE = 1 << 20
SYNTAXES = {
    "native": EXPLICIT,
    "RLE": "1.2.840.10008.1.2.5",
    "JPEG": "1.2.840.10008.1.2.4.50",
    "JPEG-LS": "1.2.840.10008.1.2.4.80",
    "JPEG 2000": "1.2.840.10008.1.2.4.90",
}


def resident():
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fragmented(data):
    """One frame as encapsulated pixel data with an empty offset table (PS3.5 A.4), for an undefined length."""
    item = struct.Struct("<HHI")
    padded = data + bytes(len(data) % 2)
    return item.pack(0xFFFE, 0xE000, 0) + item.pack(0xFFFE, 0xE000, len(padded)) + padded + item.pack(0xFFFE, 0xE0DD, 0)


def forged(path, syntax, frames, bits):
    """A complete file of a few kilobytes whose header claims 65,535 × 65,535 pixels."""
    pixels = bytes(4000)
    instance = pixelFile(
        path, pixels if syntax == EXPLICIT else fragmented(pixels), 65535, 65535, syntax, "OB", BitsAllocated=bits,
        NumberOfFrames=frames,
    )  # fmt: skip
    if syntax != EXPLICIT:
        contents = bytearray(path.read_bytes())
        contents[instance.pixelDataOffset - 4 : instance.pixelDataOffset] = b"\xff" * 4
        path.write_bytes(contents)
    return scanFile(path).toInstance()


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory is measured as Linux counts it")
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("frames", [1, 1000])
@pytest.mark.parametrize("syntax", SYNTAXES.values(), ids=SYNTAXES)
def test_forgedSizesAreRefusedAtOnceAndTakeNoMemory(tmp_path, workers, syntax, frames, bits, promised):
    """Below a second, no allocation above 64 MiB, and the process grows by 50 MB at most."""
    instance = forged(tmp_path / "a", syntax, frames, bits)
    assert (tmp_path / "a").stat().st_size < 10_000
    before = resident()
    tracemalloc.start()
    try:
        with promised.within(1), pytest.raises((PixelDataError, FileError)) as caught:
            readVolume([instance], workers=workers)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    grown = resident() - before
    print(f"{caught.value.what}: {peak / MEGABYTE:.2f} MiB, grown by {grown / MEGABYTE:.1f}")
    assert peak < 64 * MEGABYTE and grown < 50_000_000


def test_aShortFileIsRefusedWithBothNumbersAndNoNodeIsMade(tmp_path):
    pixels = numpy.full(131072, 1, "<u2").tobytes()
    whole = tmp_path / "whole.dcm"
    header = pixelFile(whole, pixels, 256, 512, SeriesInstanceUID="1.2.3", StudyInstanceUID="1.2.4", Modality="CT")
    assert len(pixels) == 262144
    short = tmp_path / "folder" / "short.dcm"
    short.parent.mkdir()
    short.write_bytes(whole.read_bytes()[: header.pixelDataOffset + 100])
    with pytest.raises(PixelDataError, match="pixel data short: have 100, need 262144"):
        readVolume([scanFile(short).toInstance()])
    bench = Bench()
    try:
        assert bench.load(short.parent) == [] and bench.scene.nodes() == []
        assert "pixel data short: have 100, need 262144" in bench.messages[0]
    finally:
        bench.close()


@pytest.mark.parametrize("cut", [1, 2, 511, 0.25, 0.5, 0.75, 0.999])
@pytest.mark.parametrize("rescale", [(1, -1024), (1, 0), (0.5, 0)])
def test_halfACTIsRefusedWhereverItIsCut(tmp_path, cut, rescale):
    """The whole volume is refused when one of its slices is short, and no part of it has been delivered."""
    paths = axialCT(slices=4, rows=64, columns=64, rescale=rescale).write(tmp_path)
    header = scanFile(paths[2])
    need = 64 * 64 * 2
    have = int(need * cut) if isinstance(cut, float) else need - cut
    paths[2].write_bytes(paths[2].read_bytes()[: header.pixelDataOffset + have])
    seen = []
    with pytest.raises(PixelDataError, match=f"pixel data short: have {have}, need {need}"):
        readVolume([scanFile(path).toInstance() for path in paths], onSliceRead=lambda number, _: seen.append(number))
    assert seen == []


def test_aFileThatIsCutAfterTheImportIsRefusedToo(tmp_path):
    paths = axialCT(slices=4, rows=64, columns=64).write(tmp_path)
    records = [scanFile(path).toInstance() for path in paths]
    paths[1].write_bytes(paths[1].read_bytes()[:-4000])
    with pytest.raises(PixelDataError, match="has changed since it was indexed"):
        readVolume(records)


@pytest.mark.parametrize("bitsStored", [12, 16])
@pytest.mark.parametrize("size", [32, 128])  # from the heap, from the system
def test_noVoxelIsMemoryThatWasThereBefore(tmp_path, bitsStored, size):
    """Memory is dirtied before each read; every voxel afterwards is from the file, or zero while it has not come."""
    builder = axialCT(slices=16, rows=size, columns=size, rescale=(1, -1024), bitsStored=bitsStored)
    records = [scanFile(path).toInstance() for path in builder.write(tmp_path)]
    for _ in range(5):
        dirty = [numpy.full((16, size, size), 0x5A5A, "uint16") for _ in range(8)]
        del dirty
        snapshots = []
        keep = lambda number, voxels, kept=snapshots: kept.append(voxels.array.copy())  # noqa: E731
        voxels = readVolume(records, onSliceRead=keep)
        assert numpy.array_equal(voxels.array, builder.array)
        for snapshot in snapshots:
            isRead = (snapshot == builder.array).all(axis=(1, 2))
            assert not snapshot[~isRead].any()


@pytest.mark.skipif(sys.platform != "linux", reason="the C library fills fresh memory on request on Linux only")
def test_noVoxelComesFromTheHeapOfTheProgramOrItsWorkers(tmp_path):
    """Fresh memory of all processes holds 0x5A, then 0xC3: what whole, cut and overwritten images of six encodings give
    is the same both times, by our decoders and by GDCM. Every file and every stream that ends early is refused."""
    writeCases(tmp_path)
    first, second = outcomesWithHeap(tmp_path, 0x5A), outcomesWithHeap(tmp_path, 0xC3)
    assert first.pop("heap") == {"worker": 0x5A, "host": 0x5A} and second.pop("heap") == {"worker": 0xC3, "host": 0xC3}
    assert first == second
    wholes = {name: outcome for name, outcome in first.items() if ", whole, native" in name}
    assert len(wholes) == 18 and not any(outcome.startswith("refused") for outcome in wholes.values())
    cuts = {name: outcome for name, outcome in first.items() if ", file " in name or ", stream " in name}
    refused = sum(outcome.startswith("refused") for outcome in cuts.values())
    print(f"{len(first)} readings, the same with either heap; {refused} of {len(cuts)} cut ones refused")
    assert len(cuts) == 264 and refused == len(cuts)


def outcomesWithHeap(folder, byte):
    """What HeapCases says of the files in a folder, with fresh memory that holds one byte everywhere."""
    environment = {**os.environ, "MALLOC_PERTURB_": str(byte ^ 0xFF)}  # the complement is what it fills in
    command = [sys.executable, "-m", "Testing.DICOMLib.Pixels.HeapCases", str(folder)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=projectFolder())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def projectFolder():
    return Path(__file__).parents[3]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 5), st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 8, 12, 16, 32, 64]), st.data())
def test_anyCutOfAnyNativeObjectIsRefusedWithBothNumbers(tmp_path, frames, rows, columns, bits, data):
    need = -(-frames * rows * columns * bits // 8)
    header = pixelFile(tmp_path / "whole", bytes(need + need % 2), rows, columns, BitsAllocated=bits,
                       NumberOfFrames=frames)  # fmt: skip
    have = data.draw(st.integers(0, need - 1))
    (tmp_path / "cut").write_bytes((tmp_path / "whole").read_bytes()[: header.pixelDataOffset + have])
    assert not readVolume([scanFile(tmp_path / "whole").toInstance()]).array.any()
    with pytest.raises(PixelDataError, match=f"pixel data short: have {have}, need {need}"):
        readVolume([scanFile(tmp_path / "cut").toInstance()])
