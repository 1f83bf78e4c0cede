"""What is not plain is scanned in a process that may use so much memory and time, and may die of it."""

import os
import struct
import threading

import pytest

from DICOMLib.Files.CarefulScan import DIED, TOO_LONG, CarefulScan
from DICOMLib.Files.ParallelScan import scanFiles
from DICOMLib.Files.ScanHelper import TOO_MUCH_MEMORY
from DICOMLib.Progress import Progress
from DICOMLib.Tags import tagText
from Testing.DICOMLib.Files.MischievousProgram import MISCHIEVOUS_PROGRAM, MischievousScan
from Testing.Fixtures import SeriesBuilder, inflateBomb, validFile
from Testing.Fixtures.BrokenFiles import identification, part10

DEFLATED = "1.2.840.10008.1.2.1.99"


def written(folder, name, contents):
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    with open(path, "wb") as stream:
        stream.write(contents)
    return path


def peakMemory(processID):
    """Bytes of memory that a process has used at most; None when it is gone."""
    with open(f"/proc/{processID}/status") as status:
        (line,) = [line for line in status if line.startswith("VmHWM")]
    return int(line.split()[1]) << 10


def memoryHere():
    with open("/proc/self/statm") as numbers:
        return int(numbers.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def careful():
    scan = MischievousScan(())
    yield scan
    scan.stop()


@pytest.mark.parametrize("name, reason", [("hang", TOO_LONG), ("die", DIED), ("fill", TOO_MUCH_MEMORY)])
def test_aFileThatEndsItsReaderCostsNothingButItself(careful, tmp_path, name, reason):
    bad, good = written(tmp_path, name, validFile()), written(tmp_path, "good", validFile())

    assert careful.scan(good, Progress()).header is not None
    assert careful.scan(bad, Progress()).reason == reason
    assert careful.scan(good, Progress()).header.value(tagText("Modality")) == "CT"


def test_cancelEndsTheWaiting(tmp_path, promised):
    careful = CarefulScan((), program=MISCHIEVOUS_PROGRAM)
    assert careful.scan(written(tmp_path, "good", validFile()), Progress()).header is not None
    progress, asked = Progress(), []
    threading.Timer(0.2, lambda: (asked.append(promised.now()), progress.cancel())).start()

    assert careful.scan(written(tmp_path, "hang", validFile()), progress) is None
    promised.atMost(promised.now() - asked[0], 0.5, "the cancel")
    careful.stop()


def test_aDeflateBombIsRejectedInTimeAndMemory(tmp_path, promised):
    """2 MB that inflate to 2 GiB: rejected in less than 2 s, the process that reads below 700 MB, this one + 20 MB."""
    careful = CarefulScan(())
    path = written(tmp_path, "bomb", inflateBomb(megabytes=2048))
    careful.scan(written(tmp_path, "good", validFile(transferSyntax=DEFLATED)), Progress())
    before = memoryHere()
    with promised.within(2):
        reason = careful.scan(path, Progress()).reason
    peak, growth = peakMemory(careful.processID), memoryHere() - before
    careful.stop()

    assert "inflates" in reason
    assert peak < 700 << 20
    assert growth < 20 << 20


def millionItems():
    """A sequence of a million empty items, well-formed, before the rest of the data set."""
    items = b"\xfe\xff\x00\xe0\0\0\0\0" * 1_000_000
    return (part10() + identification() + struct.pack("<HH2sHI", 0x0009, 0x1000, b"SQ", 0, len(items)) + items
            + struct.pack("<HH2sH", 0x0010, 0x0020, b"LO", 4) + b"ID 7")


def test_aMillionEmptyItemsAreReadInTimeAndMemory(tmp_path, promised):
    """Read in less than 1 s and 200 MB."""
    careful = CarefulScan(())
    path = written(tmp_path, "items", millionItems())
    careful.scan(written(tmp_path, "good", validFile()), Progress())
    with promised.within(1):
        outcome = careful.scan(path, Progress())
    peak = peakMemory(careful.processID)
    careful.stop()

    assert outcome.header.value(tagText("PatientID")) == "ID 7"
    assert peak < 200 << 20


def test_onlyWhatIsNotPlainIsScannedThere(tmp_path, monkeypatch):
    plain = [os.fsencode(path) for path in SeriesBuilder(slices=3).write(tmp_path)]
    asked = []
    scan = CarefulScan.scan
    monkeypatch.setattr(CarefulScan, "scan", lambda self, path, progress: asked.append(path) or scan(
        self, path, progress))
    others = [written(tmp_path, "deflated", validFile(transferSyntax=DEFLATED)),
              written(tmp_path, "items", millionItems())]
    outcomes = list(scanFiles([*plain, *others], (), Progress()))

    assert asked == others
    assert all(outcome.header for outcome in outcomes[:4])
    assert [outcome.path for outcome in outcomes] == [*plain, *others]
