"""300 damaged compressed files through every reader: this process lives, and each file has an outcome in words."""

import collections
import re
import sys
from pathlib import Path

import numpy
import pytest

from DICOMLib.Errors import DICOMError, FileError, PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Pixels.Readers import readVolumeWith
from DICOMLib.Workers.WorkerPool import WorkerPool
from Testing.Fixtures.Mutations import PIXEL_STREAM, mutants
from Testing.Fixtures.MutationSeeds import seeds

COUNT, NUMBER = 300, 20261121
SECONDS_FOR_A_FILE = 15
MOST_MEGABYTES = 200


def residentMegabytes():
    if sys.platform != "linux":
        return 0
    return int(re.search(r"VmRSS:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024


def damagedStreams():
    """Every second mutant is damaged in its pixel stream."""
    names = {damage.__name__.strip("_") for damage in PIXEL_STREAM}
    compressed = [seed for seed in seeds() if len(seed.fragments) > 1]
    found = [one for one in mutants(2 * COUNT, NUMBER, compressed) if one.name.split("-")[-1][:-4] in names]
    assert len(found) == COUNT
    return found


def outcomeOf(instance, approach, workers):
    try:
        voxels = readVolumeWith(approach, [instance], workers=workers)
    except DICOMError as error:
        assert isinstance(error, PixelDataError | FileError), error
        assert error.where == instance.filePath and error.what
        return type(error).__name__
    assert voxels.array.shape == (instance.numberOfFrames, instance.rows, instance.columns, *voxels.array.shape[3:])
    return "read"


@pytest.mark.parametrize(("approach", "share"), [("native", 1), ("GDCM", 2)])
def test_everyDamagedStreamHasAnOutcome(tmp_path, approach, share, promised):
    outcomes = collections.Counter()
    path = tmp_path / "mutant.dcm"
    with WorkerPool(size=1) as workers:
        for number, mutant in enumerate(damagedStreams()[::share]):
            path.write_bytes(mutant.contents)
            try:
                instance = scanFile(path).toInstance()
            except FileError:
                outcomes["not indexed"] += 1
                continue
            with promised.within(SECONDS_FOR_A_FILE):
                outcomes[outcomeOf(instance, approach, workers)] += 1
            if number == 10:
                before = residentMegabytes()
        grown = residentMegabytes() - before
        print(f"{approach}: {dict(outcomes)}, {workers.deaths} deaths, {grown:.0f} MB")
    assert sum(outcomes.values()) == len(damagedStreams()[::share])
    assert grown < MOST_MEGABYTES
    assert outcomes["read"] > 0 and outcomes["PixelDataError"] > 0


def test_aHeaderThatForgesSizesTakesNeitherTimeNorMemory(tmp_path, promised):
    """65535 × 65535 × {1, 1000} frames from a few kilobytes: refused within a second each."""
    before = residentMegabytes()
    with WorkerPool(size=1) as workers:
        for syntax in ("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.80",
                       "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.1"):  # fmt: skip
            for frames in (1, 1000):
                instance = forgedInstance(tmp_path / "forged.dcm", syntax, frames)
                with promised.within(1), pytest.raises((PixelDataError, FileError)):
                    readVolumeWith("native", [instance], workers=workers)
    assert residentMegabytes() - before < 50


def forgedInstance(path, syntax, frames):
    from .EncodedFiles import plainDataset, writeAs, writeEncapsulated

    values = numpy.zeros((1, 4, 4), "uint8")
    forged = {"Rows": 65535, "Columns": 65535, "NumberOfFrames": frames}
    if syntax == "1.2.840.10008.1.2.1":
        return writeAs(path, plainDataset("uint8", values), syntax, **forged)
    return writeEncapsulated(path, "uint8", values, syntax, [b"\xff\xd8\xff" + bytes(3000)], **forged)
