"""The helper process: what it costs, how it ends, and what it refuses in time."""

import bz2
import gzip
import lzma
import os
import signal
import struct
import tarfile
import threading
import time
import zlib

import pytest

from DICOMLib.Media.MediaHelper import MediaHelper
from DICOMLib.Progress import Progress
from Testing.DICOMLib.Media.MediaFiles import overlappingZip, zipOf
from Testing.DICOMLib.Media.Unpacking import helperCost
from Testing.Fixtures import validFile
from Testing.Fixtures.LaterClock import LaterClock

GOOD = validFile()
GIGABYTE = 1 << 30


def compressed(compressor, size):
    """A file that begins like DICOM and then is zeros: what a bomb is made of."""
    pieces = [compressor.compress(GOOD)] + [compressor.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join(pieces) + compressor.flush()


def deflated(size, beginning=GOOD, window=-15):
    """The same for deflate, quickly: after a full flush every megabyte of zeros is compressed to the same bytes."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, window)
    start = compressor.compress(beginning) + compressor.flush(zlib.Z_FULL_FLUSH)
    block = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    return start + block * (size >> 20) + compressor.flush()


def flatZip(size, statedSize=None):
    packed = deflated(size)
    stated = len(GOOD) + size if statedSize is None else statedSize
    local = struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 8, 0, 0, 0, len(packed), stated, 4, 0) + b"flat" + packed
    directory = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 8, 0, 0, 0, len(packed), stated, 4, 0, 0, 0, 0, 0, 0) + b"flat"
    return local + directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, len(directory), len(local), 0)


def flatTar(size):
    information = tarfile.TarInfo("flat")
    information.size = size
    return deflated(size, information.tobuf() + GOOD, window=31)


BOMBS = {
    "zip member of 1 GiB": lambda: flatZip(GIGABYTE),
    "tar.gz member of 1 GiB": lambda: flatTar(GIGABYTE),
    "gzip of 1 GiB": lambda: deflated(GIGABYTE, window=31),
    "bzip2 of 1 GiB": lambda: compressed(bz2.BZ2Compressor(9), GIGABYTE // 16) * 16,
    "xz of 1 GiB": lambda: compressed(lzma.LZMACompressor(preset=0), GIGABYTE // 16) * 16,
    "overlapping members": lambda: overlappingZip(gzip.compress(bytes(1 << 20)) * 20, 60_000),
    "a member that lies about its size": lambda: flatZip(GIGABYTE, 1000),
    "an archive in an archive": lambda: zipOf({"inner": flatZip(GIGABYTE // 4)}),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_bombsAreRefusedInTime(tmp_path, kind, promised):
    """Small archives that are huge inside: refused within 2 s, with less than 300 MB, counted on what comes out."""
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[kind]())
    with promised.within(2):
        (members, problems, failure), memory = helperCost(path)

    assert members == {}
    assert failure or problems
    assert memory < 300e6


@pytest.mark.parametrize("count", [20_000, pytest.param(200_000, marks=pytest.mark.slow)])
def test_archivesOfManyMembersTakeLittleMemory(tmp_path, count, promised):
    """An archive of 200,000 members (20,000 in the normal run) is read in seconds, with less than 300 MB."""
    path = tmp_path / "many.zip"
    path.write_bytes(zipOf(((f"folder/{number:06d}", b"") for number in range(count)), 0))
    with promised.within(30):
        (_, problems, failure), memory = helperCost(path)

    assert (len(problems), failure) == (count, "")
    assert memory < 300e6


def run(path, progress=None, **options):
    with MediaHelper({"task": "archive", "path": os.fsdecode(path)}, progress or Progress(), **options) as helper:
        return [message for message, _ in helper.messages()]


def test_aFileThatIsNotThereIsSaid(tmp_path):
    (message,) = run(tmp_path / "nothing.zip")

    assert message == {"kind": "failed", "text": "it cannot be opened: No such file or directory"}


def test_aProcessThatDiesIsSaid(tmp_path):
    path = tmp_path / "many.zip"
    path.write_bytes(zipOf(((str(number), b"") for number in range(5000)), 0))
    with MediaHelper({"task": "archive", "path": str(path)}, Progress()) as helper:
        messages = helper.messages()
        next(messages)
        os.kill(helper.processID, signal.SIGKILL)
        last = list(messages)[-1][0]

    assert last["kind"] == "failed" and "died" in last["text"]


def test_aProcessThatIsSilentIsEnded(tmp_path, promised):
    os.mkfifo(tmp_path / "silent")
    with promised.within(5):
        (message,) = run(tmp_path / "silent", secondsOfSilence=0.3)

    assert "nothing came out of it" in message["text"]


def test_aCancelEndsItAtOnce(tmp_path, promised):
    os.mkfifo(tmp_path / "silent")
    progress = Progress()
    threading.Timer(0.3, progress.cancel).start()
    with promised.within(0.8):
        assert run(tmp_path / "silent", progress) == []


def test_aSlowProgramIsNotTakenForAStuckProcess(tmp_path, monkeypatch):
    """What the program does with a message may take an hour."""
    clock = LaterClock()
    monkeypatch.setattr("DICOMLib.Media.MediaHelper.time", clock)
    path = tmp_path / "a.zip"
    path.write_bytes(zipOf({str(number): validFile(rows=600, columns=600, seed=number) for number in range(4)}))
    seen = []
    with MediaHelper({"task": "archive", "path": str(path)}, Progress()) as helper:
        for message, _ in helper.messages():
            clock.hours += 1
            time.sleep(0.06)  # the helper is looked after meanwhile
            seen += [message["kind"]] if message["kind"] != "sign" else []

    assert seen == ["listing", "member", "member", "member", "member", "done"]


def test_noProcessIsLeft(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zipOf({"a": GOOD}))
    with MediaHelper({"task": "archive", "path": str(path)}, Progress()) as helper:
        processID = helper.processID
    with pytest.raises(ProcessLookupError):
        os.kill(processID, 0)
