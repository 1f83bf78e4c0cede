"""Bundles nobody vouches for: any hostile entry refuses the whole before the first byte is written."""

from __future__ import annotations

import stat
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from DICOMLib.Errors import FileError, LimitExceededError, SceneFileError
from DICOMLib.SceneFiles import BundleEntries, ZipUnpacking
from DICOMLib.SceneFiles.FilePart import Place
from DICOMLib.SceneFiles.Limits import MAX_MEMBERS
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.ZipUnpacking import BundleFiles
from Testing.Fixtures.RunWorkers import runWorkers
from Testing.Promises import Promises

SCENE = '<MRML version="Slicer 5.0.0 0"></MRML>'


def _bundle(folder: Path, entries: list[tuple[zipfile.ZipInfo | str, bytes]], name: str = "bundle.mrb") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("S/S.mrml", SCENE)
        for info, contents in entries:
            archive.writestr(info, contents)
    return path


def _renamed(folder: Path, name: bytes) -> Path:
    """A bundle with an entry of exactly this name, whatever zipfile thinks of it."""
    stand = ("S/Data/" + "y" * 400)[: len(name)].encode()
    path = _bundle(folder, [(stand.decode(), b"x")])
    path.write_bytes(path.read_bytes().replace(stand, name))
    return path


def _special(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


HOSTILE_NAMES = {
    "parent": b"S/../../evil.txt", "absolute": b"/tmp/absolute.txt", "drive": b"C:/Windows/evil.txt",
    "backslash": b"S\\..\\evil.txt", "UNC": b"\\\\server\\share\\evil", "NUL": b"S/Data/a\0b.txt",
    "newline": b"S/Data/a\nb.txt", "stream": b"S/Data/a.txt:hidden", "reserved": b"S/Data/con.txt",
    "reserved with blanks": b"S/Data/LPT1 .txt", "dots at the end": b"S/Data/evil..", "dot": b"S/./Data/evil.txt",
    "empty part": b"S//Data/evil.txt", "300 bytes": b"S/" + b"n" * 300, "too deep": b"a/" * 16 + b"evil.txt",
    "right to left": "S/Data/\u202egpj.txt".encode(), "isolated": "S/\u2067a\u2069.txt".encode(),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE_NAMES)
def test_aHostileNameRefusesTheBundleAndIsToldWithoutAByteWritten(tmp_path, monkeypatch, kind):
    path = _renamed(tmp_path, HOSTILE_NAMES[kind])
    _assertRefusedUnwritten(path, monkeypatch, "is refused")


SPECIAL_FILES = {
    "symbolic link": stat.S_IFLNK | 0o777, "device": stat.S_IFCHR | 0o600, "block device": stat.S_IFBLK | 0o600,
    "pipe": stat.S_IFIFO | 0o600, "socket": stat.S_IFSOCK | 0o600,
}  # fmt: skip


@pytest.mark.parametrize("kind", SPECIAL_FILES)
def test_anEntryThatIsNoPlainFileRefusesTheBundle(tmp_path, monkeypatch, kind):
    path = _bundle(tmp_path, [(_special("S/Data/link.nrrd", SPECIAL_FILES[kind]), b"/etc/passwd")])
    _assertRefusedUnwritten(path, monkeypatch, "S/Data/link.nrrd")


def test_anEntryThatIsAHardLinkRefusesTheBundle(tmp_path, monkeypatch):
    info = zipfile.ZipInfo("S/Data/link.nrrd")
    times = bytes(12)
    info.extra = struct.pack("<HH", 0x000D, 12) + times
    assert "S/Data/link.nrrd" in BundleFiles(Place(_bundle(tmp_path, [(info, b"x")])), runWorkers()).sizes
    info = zipfile.ZipInfo("S/Data/link.nrrd")
    info.extra = struct.pack("<HH", 0x000D, 23) + times + b"/etc/passwd"
    _assertRefusedUnwritten(_bundle(tmp_path, [(info, b"x")]), monkeypatch, "a hard link")


@pytest.mark.parametrize(
    "names",
    [("S/a.txt", "S/a.txt"), ("S/a.txt", "S/A.TXT"), ("S/é.txt", "S/e\u0301.txt"), ("S/a", "S/a/b.txt"),
     ("S/a/b.txt", "S/a"), ("S/a/", "S/A")],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_twoEntriesForOneFileRefuseTheBundle(tmp_path, monkeypatch, names):
    path = _bundle(tmp_path, [(name, b"" if name.endswith("/") else b"x") for name in names])
    _assertRefusedUnwritten(path, monkeypatch, "S/")


def test_foldersAsEntriesOfTheirOwnAreNothingToComplainOf(tmp_path):
    folders = [(_special(name, stat.S_IFDIR | 0o755), b"") for name in ("S/", "S/Data/")]
    assert list(BundleFiles(Place(_bundle(tmp_path, folders)), runWorkers()).sizes) == ["S/S.mrml"]


def test_foldersAndFilesAreUnpackedForTheUserAlone(tmp_path):
    files = BundleFiles(Place(_bundle(tmp_path, [("S/Data/deeper/a.txt", b"x")])), runWorkers())
    target = tmp_path / "out"
    target.mkdir(0o700)
    files.unpack(["S/S.mrml", "S/Data/deeper/a.txt"], target, runWorkers())
    modes = {path.relative_to(target).as_posix(): oct(path.stat().st_mode & 0o777) for path in target.rglob("*")}
    assert modes == {
        "S": "0o700", "S/Data": "0o700", "S/Data/deeper": "0o700", "S/S.mrml": "0o600", "S/Data/deeper/a.txt": "0o600",
    }  # fmt: skip


def test_aLinkThatIsNamedLikeAFolderRefusesTheBundle(tmp_path, monkeypatch):
    _assertRefusedUnwritten(
        _bundle(tmp_path, [(_special("S/Data/", stat.S_IFLNK | 0o777), b"")]), monkeypatch, "symbolic link"
    )


def test_anEncryptedEntryRefusesTheBundle(tmp_path, monkeypatch):
    path = _bundle(tmp_path, [("S/Data/a.txt", b"x")])
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    _assertRefusedUnwritten(path, monkeypatch, "encrypted")


def _assertRefusedUnwritten(path: Path, monkeypatch, words: str) -> None:
    before = sorted(path.parent.rglob("*"))
    monkeypatch.setattr(ZipUnpacking.BundleFiles, "unpack", lambda *_: pytest.fail("something was to be written"))
    with pytest.raises(SceneFileError) as caught:
        openScene(path, runWorkers())
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert sorted(path.parent.rglob("*")) == before


def test_limitsHoldAtTheLimitAndRefuseOneMore(tmp_path, monkeypatch):
    path = _bundle(tmp_path, [(f"S/{number}.txt", b"") for number in range(4)])
    monkeypatch.setattr(BundleEntries, "MAX_MEMBERS", 5)
    assert len(BundleFiles(Place(path), runWorkers()).sizes) == 5
    monkeypatch.setattr(BundleEntries, "MAX_MEMBERS", 4)
    with pytest.raises(SceneFileError, match="more than 4 members"):
        BundleFiles(Place(path), runWorkers())


def test_totalHoldsAtTheLimitAndRefusesOneByteMore(tmp_path, monkeypatch):
    path = _bundle(tmp_path, [("S/a.txt", b"x" * 100)])
    monkeypatch.setattr(BundleEntries, "MAX_TOTAL_BYTES", 100 + len(SCENE))
    BundleFiles(Place(path), runWorkers())
    monkeypatch.setattr(BundleEntries, "MAX_TOTAL_BYTES", 99 + len(SCENE))
    with pytest.raises(LimitExceededError, match="more than is accepted"):
        BundleFiles(Place(path), runWorkers())


def test_namesAndFoldersHoldAtTheLimit(tmp_path):
    deepest = "/".join(["d"] * 15) + "/" + "n" * 255
    assert deepest in BundleFiles(Place(_bundle(tmp_path, [(deepest, b"x")])), runWorkers()).sizes


# Bombs


def test_aMemberThatExpandsAThousandfoldIsRefusedInNoTimeAndMemory(tmp_path, promised):
    """1 MB becomes 1 GiB: refused within 2 s and 300 MB."""
    compressor = zlib.compressobj(wbits=-15)
    mebibyte = compressor.compress(bytes(1 << 20)) + compressor.flush(zlib.Z_FULL_FLUSH)
    path = tmp_path / "bomb.mrb"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("S/S.mrml", SCENE)
        archive.writestr("S/Data/bomb.txt", mebibyte * 1024 + compressor.flush())
    data = bytearray(path.read_bytes())
    for signature, method, size in ((b"PK\x01\x02", 10, 24), (b"PK\x03\x04", 8, 22)):
        start = data.rindex(signature)
        struct.pack_into("<H", data, start + method, zipfile.ZIP_DEFLATED)
        struct.pack_into("<L", data, start + size, 1 << 30)
    path.write_bytes(data)
    with zipfile.ZipFile(path) as archive, archive.open("S/Data/bomb.txt") as member:
        assert member.read(1 << 21) == bytes(1 << 21) and path.stat().st_size < 2 << 20
    _assertRefusedAtOnce(path, "expands more than 100-fold", promised)


def test_aMemberThatLiesAboutItsSizeEndsAtThatSizeAndLeavesNothing(tmp_path):
    path = _bundle(tmp_path, [("S/Data/a.txt", b"\0" * (64 << 20))])
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        struct.pack_into("<L", data, data.rindex(signature) + offset, 1000)
    path.write_bytes(data)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(SceneFileError, match="more than the 1,000 bytes"):
        BundleFiles(Place(path), runWorkers()).unpack(["S/Data/a.txt"], folder, runWorkers())
    assert not [file for file in folder.rglob("*") if file.is_file()]


def test_overlappingMembersAreRefused(tmp_path, promised):
    path = _bundle(tmp_path, [(f"S/Data/{number}.txt", b"x" * 5000) for number in range(3)])
    data = bytearray(path.read_bytes())
    first = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    last = data.rindex(b"PK\x01\x02")
    data[last + 42 : last + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    _assertRefusedAtOnce(path, "overlap", promised)


def test_200000MembersAreRefusedBeforeTheirListIsRead(tmp_path, promised):
    path = tmp_path / "many.mrb"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = 200_000
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, count * len(entry), 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, count * len(entry), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, count * len(entry), 0, 0)
    path.write_bytes(entry * count + end64 + locator + end)
    _assertRefusedAtOnce(path, f"more than {MAX_MEMBERS:,} members", promised)
    path.write_bytes(entry * count + end.replace(b"\xff\xff\xff\xff", b"\x01\0\x01\0"))
    _assertRefusedAtOnce(path, f"more than {MAX_MEMBERS:,} members", promised)


def test_aBundleInABundleIsNotUnpackedAndTold(tmp_path):
    inner = _bundle(tmp_path, [], "inner.mrb").read_bytes()
    staged = openScene(_bundle(tmp_path, [("S/Data/inner.mrb", inner)]), runWorkers())
    assert "“S/Data/inner.mrb” belongs to no node of the scene, and is not opened." in staged.problems


def _assertRefusedAtOnce(path: Path, words: str, promised: Promises) -> None:
    tracemalloc.start()
    try:
        with promised.within(2), pytest.raises(FileError, match=words):
            openScene(path, runWorkers())
        memory = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert memory < 300e6


# Damage


@pytest.mark.parametrize("contents", [b"", b"PK", b"not a zip at all" * 100, b"PK\x05\x06" + b"\0" * 18])
def test_whatIsNoBundleIsToldSo(tmp_path, contents):
    path = tmp_path / "bad.mrb"
    path.write_bytes(contents)
    with pytest.raises(SceneFileError):
        BundleFiles(Place(path), runWorkers())


def test_everyTruncationIsAnErrorOfOurs(tmp_path):
    data = _bundle(tmp_path, [("S/Data/a.txt", b"x" * 300)]).read_bytes()
    path = tmp_path / "cut.mrb"
    for length in range(0, len(data), 7):
        path.write_bytes(data[:length])
        with pytest.raises(FileError):
            openScene(path, runWorkers())


def test_aBundleWithinAnotherFileIsReadByItsPlaceAlone(tmp_path):
    data = _bundle(tmp_path, []).read_bytes()
    path = tmp_path / "carrier.dcm"
    path.write_bytes(b"DICM" * 1000 + data + b"PK\x05\x06 trailing bytes that are not the bundle's")
    staged = openScene(path, runWorkers(), offset=4000, length=len(data))
    assert staged.formatVersion == "Slicer 5.0.0 0"
    with pytest.raises(FileError, match="ends before"):
        openScene(path, runWorkers(), offset=4000, length=1 << 20)
