"""Archives that are written: as others read them, to the last bit of every field, with zip64 from its limits on."""

from __future__ import annotations

import random
import shutil
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles import ZipPacking as ZipPackingModule
from DICOMLib.SceneFiles.FilePart import Place
from DICOMLib.SceneFiles.ZipPacking import ZipPacking, _Written
from DICOMLib.SceneFiles.ZipUnpacking import BundleFiles
from Testing.Fixtures.RunWorkers import runWorkers

NOISE = random.Random(1).randbytes(300_000)


def packed(folder: Path, files: dict[str, bytes], before: int = 0) -> Path:
    """An archive of these files. :param before: bytes of nothing before it"""
    path, source = folder / "a.zip", folder / "source"
    with open(path, "wb") as stream:
        stream.seek(before)
        packing = ZipPacking(stream)
        for number, (name, contents) in enumerate(files.items()):
            source.write_bytes(contents)
            packing.addFile(source, name)
            assert packing.count == number + 1
        assert packing.totalSize == sum(map(len, files.values()))
        packing.finish()
    return path


def assertOthersRead(path: Path, files: dict[str, bytes]) -> list[zipfile.ZipInfo]:
    """By Python's own module and by unzip, where that is."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        found = archive.infolist()
    if shutil.which("unzip") and files:
        result = subprocess.run(["unzip", "-t", path], capture_output=True, text=True, check=False)
        assert result.returncode == 0 and "No errors detected" in result.stdout, result.stdout + result.stderr
    return found


def test_othersReadWhatWasPacked_inItsOrder(tmp_path):
    files = {"S/S.mrml": b"<MRML/>", "S/Data/é 1.tfm": b"text " * 90_000, "S/Data/ct.nrrd": NOISE, "S/none.txt": b""}
    found = assertOthersRead(packed(tmp_path, files), files)
    assert [one.filename for one in found] == list(files)
    assert [one.file_size for one in found] == [7, 450_000, 300_000, 0]
    assert found[1].compress_size < 20_000
    assert found[2].compress_size == 300_000


def test_anArchiveOfNothingIsOne(tmp_path):
    path = packed(tmp_path, {})
    assertOthersRead(path, {})
    assert path.read_bytes() == b"PK\x05\x06" + bytes(18)


@pytest.mark.parametrize("name", ["a.nrrd", "A.NRRD", "a.seg.nrrd", "a.gz", "a.png", "a.jpg", "a.h5", "a.zip", "a.mrb"])
def test_whatIsCompressedAlreadyIsStored(tmp_path, name):
    (found,) = assertOthersRead(packed(tmp_path, {name: bytes(100)}), {name: bytes(100)})
    assert (found.compress_type, found.compress_size) == (zipfile.ZIP_STORED, 100)


@pytest.mark.parametrize("name", ["a.mrml", "a.vtp", "a.tsv", "nrrd", "a.nrrd.txt"])
def test_everythingElseIsDeflated(tmp_path, name):
    (found,) = assertOthersRead(packed(tmp_path, {name: bytes(100)}), {name: bytes(100)})
    assert found.compress_type == zipfile.ZIP_DEFLATED and found.compress_size < 30


def test_eachEntrySaysThatItIsAFileForTheUserAloneOfNowWithANameInUtf8(tmp_path, monkeypatch):
    now = time.struct_time((2026, 11, 21, 13, 45, 59, 5, 325, 0))
    monkeypatch.setattr(ZipPackingModule.time, "localtime", lambda: now)
    found = assertOthersRead(packed(tmp_path, {"ü.txt": b"x"}), {"ü.txt": b"x"})[0]
    assert found.date_time == (2026, 11, 21, 13, 45, 58)  # zip counts seconds in twos
    assert (found.create_system, found.external_attr >> 16, found.external_attr & 0xFFFF) == (3, 0o100600, 0)
    assert (found.flag_bits, found.create_version, found.extract_version) == (0x800, 20, 20)
    assert (found.extra, found.comment, found.internal_attr, found.volume) == (b"", b"", 0, 0)


def test_aClockOfBeforeZipIsThatOfItsFirstYear(tmp_path, monkeypatch):
    monkeypatch.setattr(ZipPackingModule.time, "localtime", lambda: time.struct_time((1970, 2, 3, 4, 5, 6, 0, 0, 0)))
    assert assertOthersRead(packed(tmp_path, {"a": b""}), {"a": b""})[0].date_time == (1980, 2, 3, 4, 5, 6)


def localHeader(path: Path, entry: zipfile.ZipInfo) -> bytes:
    data = path.read_bytes()
    length = 30 + int.from_bytes(data[entry.header_offset + 26 :][:2], "little")
    return data[entry.header_offset :][: length + int.from_bytes(data[entry.header_offset + 28 :][:2], "little")]


def test_theHeaderBeforeEachFileSaysTheSameAsTheList(tmp_path):
    path = packed(tmp_path, {"é.txt": b"text" * 1000})
    (entry,) = assertOthersRead(path, {"é.txt": b"text" * 1000})
    header = localHeader(path, entry)
    assert header[:10] == b"PK\x03\x04" + bytes([20, 0, 0, 8, 8, 0])
    assert header[14:] == b"".join(
        value.to_bytes(size, "little")
        for value, size in ((entry.CRC, 4), (entry.compress_size, 4), (4000, 4), (6, 2), (0, 2))
    ) + "é.txt".encode()


@pytest.mark.parametrize(("size", "isWide"), [(999, False), (1000, True), (1001, True)])
@pytest.mark.parametrize("name", ["a.txt", "a.nrrd"])
def test_sizesOfLargeFilesAreInZip64s(tmp_path, monkeypatch, name, size, isWide):
    monkeypatch.setattr(ZipPackingModule, "_WIDE_FROM", 1000)
    files = {name: NOISE[:size], "b.txt": b"after"}
    path = packed(tmp_path, files)
    entry = assertOthersRead(path, files)[0]
    header = localHeader(path, entry)
    wide = b"".join(value.to_bytes(8, "little") for value in (size, entry.compress_size))
    assert header[4] == (45 if isWide else 20)
    assert (header[18:26] == b"\xff" * 8) is isWide
    assert header[30 + len(name) :] == (b"\1\0\x10\0" + wide if isWide else b"")


@pytest.mark.parametrize(("count", "isWide"), [(2, False), (3, True), (4, True)])
def test_aListOfVeryManyIsInZip64s(tmp_path, monkeypatch, count, isWide):
    monkeypatch.setattr(ZipPackingModule, "_MOST16", 3)
    files = {f"S/{number}.mrml" if not number else f"S/{number}": b"<MRML/>" for number in range(count)}
    path = packed(tmp_path, files)
    data = path.read_bytes()
    assert (b"PK\x06\x06" in data) is (b"PK\x06\x07" in data) is isWide
    shown = min(3, count).to_bytes(2, "little")
    assert data[-22:-10] == b"PK\x05\x06" + bytes(4) + shown + shown
    monkeypatch.undo()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None and archive.namelist() == list(files)
    assert list(BundleFiles(Place(path), runWorkers()).sizes) == list(files)


@pytest.mark.parametrize("before", [0xFFFFFFFF - 84, 0xFFFFFFFF - 83, 0xFFFFFFFF - 46, 5 << 30])
def test_filesBeyond4GBAreFound(tmp_path, before):
    """The part before the archive is a hole in the file, and takes no room. The list begins 83 bytes later."""
    files = {"a.nrrd": b"x" * 10, "b.nrrd": b"y"}
    path = packed(tmp_path, files, before)
    with zipfile.ZipFile(path) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        offsets = [one.header_offset for one in archive.infolist()]
        versions = [one.extract_version for one in archive.infolist()]
    assert offsets == [before, before + 30 + 6 + 10]
    with open(path, "rb") as stream:
        stream.seek(-98, 2)
        assert stream.read(4).startswith(b"PK\x06\x06") is (before + 83 >= 0xFFFFFFFF)
    assert versions == [45 if offset >= 0xFFFFFFFF else 20 for offset in offsets]


@pytest.mark.parametrize(
    ("packedSize", "size", "offset"),
    [(5 << 30, 6 << 30, 7 << 30), (1, 6 << 30, 2), (1, 2, 7 << 30), (0xFFFFFFFF,) * 3, (0xFFFFFFFE,) * 3,
     (1, 0xFFFFFFFF, 3)],
)  # fmt: skip
def test_theListHoldsSizesAndPlacesOfAnyLength(tmp_path, packedSize, size, offset):
    path = tmp_path / "a.zip"
    with open(path, "wb") as stream:
        packing = ZipPacking(stream)
        packing._entries.append(_Written(b"a.nrrd", 0, 0xDEADBEEF, packedSize, size, offset))
        packing.finish()
    with zipfile.ZipFile(path) as archive:
        (found,) = archive.infolist()
    assert (found.compress_size, found.file_size, found.header_offset) == (packedSize, size, offset)
    assert (found.CRC, found.compress_type) == (0xDEADBEEF, zipfile.ZIP_STORED)
    isWide = max(packedSize, size, offset) >= 0xFFFFFFFF
    assert found.extract_version == found.create_version == (45 if isWide else 20)
    assert len(found.extra) == (4 + 8 * sum(one >= 0xFFFFFFFF for one in (packedSize, size, offset)) if isWide else 0)


def test_theEndInZip64IsAsTheFormatSays(tmp_path):
    path = packed(tmp_path, {"a.nrrd": b"x"}, 5 << 30)
    with open(path, "rb") as stream:
        stream.seek(-98, 2)
        record, locator, end = stream.read(56), stream.read(20), stream.read(22)
    start, size = (5 << 30) + 37, 46 + 6 + 12
    numbers = [(44, 8), (3 << 8 | 45, 2), (45, 2), (0, 4), (0, 4), (1, 8), (1, 8), (size, 8), (start, 8)]
    assert record == b"PK\x06\x06" + b"".join(value.to_bytes(length, "little") for value, length in numbers)
    assert locator == b"PK\x06\x07" + bytes(4) + (start + size).to_bytes(8, "little") + b"\1\0\0\0"
    assert end == b"PK\x05\x06" + bytes(4) + b"\1\0\1\0" + size.to_bytes(4, "little") + b"\xff" * 4 + bytes(2)


def test_whatReadersWouldTakeForABombIsStored(tmp_path, monkeypatch):
    """Beyond a size, what shrinks to less than a ninetieth: readers of this program refuse a hundredth."""
    monkeypatch.setattr(ZipPackingModule, "RATIO_APPLIES_FROM", 100_000)
    files = {"empty.txt": bytes(100_001), "small.txt": bytes(100_000), "plain.txt": b"ab" * 100 + NOISE}
    found = assertOthersRead(packed(tmp_path, files), files)
    assert [one.compress_type for one in found] == [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED]
    assert found[0].header_offset == 0 and found[1].header_offset == 30 + 9 + 100_001


@pytest.mark.parametrize("isMore", [False, True])
def test_theRatioHoldsAtItsLimit(tmp_path, monkeypatch, isMore):
    monkeypatch.setattr(ZipPackingModule, "RATIO_APPLIES_FROM", 1000)
    (plain,) = assertOthersRead(packed(tmp_path, {"a.txt": bytes(9000)}), {"a.txt": bytes(9000)})
    monkeypatch.setattr(ZipPackingModule, "RATIO_APPLIES_FROM", 1 << 30)
    (deflated,) = assertOthersRead(packed(tmp_path, {"a.txt": bytes(9000)}), {"a.txt": bytes(9000)})
    assert plain.compress_type == zipfile.ZIP_STORED
    monkeypatch.setattr(ZipPackingModule, "RATIO_APPLIES_FROM", 1000)
    monkeypatch.setattr(ZipPackingModule, "_SAFE_RATIO", (9000 - isMore) / deflated.compress_size)
    (found,) = assertOthersRead(packed(tmp_path, {"a.txt": bytes(9000)}), {"a.txt": bytes(9000)})
    assert found.compress_type == (zipfile.ZIP_STORED if isMore else zipfile.ZIP_DEFLATED)


def test_theSafeRatioIsBelowWhatReadersRefuse():
    assert ZipPackingModule._SAFE_RATIO == 90


@pytest.mark.parametrize("name", ["a.txt", "a.nrrd"])
def test_itStopsWhenItIsCancelled(tmp_path, name):
    (tmp_path / "source").write_bytes(b"x")
    progress = Progress()
    with open(tmp_path / "a.zip", "wb") as stream:
        packing = ZipPacking(stream)
        packing.addFile(tmp_path / "source", name, progress)
        progress.cancel()
        with pytest.raises(CancelledError):
            packing.addFile(tmp_path / "source", f"b{name}", progress)


def test_aFileThatIsMissingIsAnErrorOfTheSystem(tmp_path):
    with open(tmp_path / "a.zip", "wb") as stream, pytest.raises(FileNotFoundError):
        ZipPacking(stream).addFile(tmp_path / "none", "a")
