"""What comes out of archives, sound ones and others."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile

import pytest

from DICOMLib.Media import ArchiveLimits, ArchiveTask, BoundedInflate, TarMembers, ZipMembers
from Testing.DICOMLib.Media.MediaFiles import overlappingZip, zipOf
from Testing.DICOMLib.Media.Unpacking import unpacked
from Testing.Fixtures import notDICOM, validFile

GOOD = validFile()
OTHER = validFile(seed=4)
LARGE = validFile(rows=1200, columns=1200, seed=5)


def tarOf(members, format=tarfile.PAX_FORMAT, **options):
    """:param members: name → contents, or a type with a link's target"""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format, **options) as archive:
        for name, contents in members.items():
            information = tarfile.TarInfo(name)
            if isinstance(contents, tuple):
                information.type, information.linkname = contents
                archive.addfile(information)
            else:
                information.size = len(contents)
                archive.addfile(information, io.BytesIO(contents))
    return stream.getvalue()


COMPRESSIONS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "plain": bytes}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_zipMembersComeOutAsTheyWere(method):
    members = {"a/1": GOOD, "b/2.dcm": OTHER, "large": LARGE, "read me.txt": notDICOM(), "empty": b"", "folder/": b""}
    found, problems, failure = unpacked(zipOf(members, method))

    assert (found, failure) == ({"a/1": GOOD, "b/2.dcm": OTHER, "large": LARGE}, "")
    assert problems == {"read me.txt": "not a DICOM file", "empty": "an empty file"}


@pytest.mark.parametrize("compression", COMPRESSIONS)
@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_tarMembersComeOutAsTheyWere(compression, format):
    longName = "/".join(["folder" * 5] * 5) + "/image"
    members = {longName: GOOD, "large": LARGE, "text": notDICOM(), "last": OTHER}
    found, problems, failure = unpacked(COMPRESSIONS[compression](tarOf(members, format)))

    assert (found, failure) == ({longName: GOOD, "large": LARGE, "last": OTHER}, "")
    assert problems == {"text": "not a DICOM file"}


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_oneCompressedFileIsNamedAfterTheArchive(compression):
    contents = COMPRESSIONS[compression](LARGE)

    assert unpacked(contents, f"image.dcm.{compression}".encode()) == ({"image.dcm": LARGE}, {}, "")
    assert unpacked(COMPRESSIONS[compression](notDICOM()), b"text")[1] == {"text": "not a DICOM file"}


def test_streamsThatFollowEachOtherAreOneFile():
    half = len(LARGE) // 2
    for compress in (gzip.compress, bz2.compress, lzma.compress):
        assert unpacked(compress(LARGE[:half]) + compress(LARGE[half:]), b"x.gz")[0] == {"x": LARGE}
    assert unpacked(gzip.compress(LARGE) + bytes(1000), b"x.gz")[0] == {"x": LARGE}


def test_namesAreOnlyLabels():
    names = ["../../etc/passwd", "/absolute", "C:\\drive", "back\\slash", "x" * 255, "/".join("d" * 15) + "/f",
             "line\nbreak\x1b[2J", "caf\udce9"]
    archive = zipOf([(name, GOOD) for name in names[:-1]])
    found, problems, failure = unpacked(archive)

    assert (sorted(found), problems, failure) == (sorted(names[:-1]), {}, "")
    assert set(unpacked(tarOf({name: GOOD for name in names}))[0]) == set(names)


def test_namesBeyondTheLimitsAreRefused():
    names = {"x" * 256: "longer than 255 bytes", "/".join("d" * 16) + "/f": "more than 16 folders deep"}
    _, problems, failure = unpacked(zipOf({**dict.fromkeys(names, GOOD), "good": OTHER}))

    assert failure == ""
    assert all(text in problems[name] for name, text in names.items())


def test_namesThatOccurTwiceBothComeOut():
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive = zipOf([("same", GOOD), ("same", LARGE)])
    assert unpacked(archive)[0] == {"same": LARGE}  # the second one under the same name; the import tells them apart


def test_linksAndDevicesInATarAreNamed():
    members = {
        "symbolic": (tarfile.SYMTYPE, "/etc/passwd"), "hard": (tarfile.LNKTYPE, "good"),
        "device": (tarfile.CHRTYPE, ""), "block": (tarfile.BLKTYPE, ""), "pipe": (tarfile.FIFOTYPE, ""),
        "folder": (tarfile.DIRTYPE, ""), "good": GOOD,
    }  # fmt: skip
    found, problems, failure = unpacked(tarOf(members))

    assert (found, failure) == ({"good": GOOD}, "")
    assert {name: text.split(";")[0] for name, text in problems.items()} == {
        "symbolic": "a symbolic link", "hard": "another name of a member (a hard link)",
        "device": "a device, not a file", "block": "a device, not a file", "pipe": "a named pipe, not a file"}


def test_linksInAZipAreNamed():
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    found, problems, _ = unpacked(zipOf([(link, b"/etc/passwd"), ("good", GOOD)]))

    assert (found, problems) == ({"good": GOOD}, {"link": "a symbolic link; links in archives are not followed"})


@pytest.mark.parametrize("inner", [zipOf({"a": GOOD}), gzip.compress(GOOD), tarOf({"a": GOOD}), lzma.compress(GOOD)])
def test_archivesInsideArchivesAreRefused(inner):
    for archive in (zipOf({"inner": inner, "good": GOOD}), tarOf({"inner": inner, "good": GOOD})):
        found, problems, failure = unpacked(archive)
        assert (found, failure) == ({"good": GOOD}, "")
        assert problems == {"inner": "an archive inside an archive; take it out and import it by itself"}


def patched(archive, signature, offset, format, value, number=0):
    """An archive with a number changed in the ``number``-th header of a kind."""
    at = -1
    for _ in range(number + 1):
        at = archive.index(signature, at + 1)
    changed = bytearray(archive)
    struct.pack_into(format, changed, at + offset, value)
    return bytes(changed)


CENTRAL, LOCAL, END = b"PK\1\2", b"PK\3\4", b"PK\5\6"


@pytest.mark.parametrize(("signature", "offset", "format", "value", "reason"), [
    (CENTRAL, 8, "<H", 1, "encrypted"),
    (CENTRAL, 10, "<H", 99, "encrypted"),
    (CENTRAL, 10, "<H", 9, "Deflate64"),
    (CENTRAL, 10, "<H", 77, "method 77"),
    (CENTRAL, 16, "<L", 0x1234, "checksum is wrong"),
    (CENTRAL, 24, "<L", 10, "holds more than the 10 bytes"),
    (CENTRAL, 24, "<L", 0x7FFFFFFF, "the archive states 2,147,483,647"),
    (CENTRAL, 20, "<L", 100, ""),
    (LOCAL, 0, "<L", 0, "not where the list says"),
    (LOCAL, 30, "<B", 0x7A, "names it differently"),
    (LOCAL, 60, "<8s", b"\xff" * 8, ""),
])  # fmt: skip
def test_aBadMemberIsNamedAndTheOthersComeOut(signature, offset, format, value, reason):
    archive = patched(zipOf({"good": OTHER, "bad": GOOD}), signature, offset, format, value, number=1)
    found, problems, failure = unpacked(archive)

    assert (found, failure) == ({"good": OTHER}, "")
    assert list(problems) == ["bad"] and reason in problems["bad"]


def test_aLargeMemberWithAWrongChecksumIsTakenBack():
    found, problems, failure = unpacked(patched(zipOf({"bad": LARGE, "good": OTHER}), CENTRAL, 16, "<L", 1))

    assert (found, failure) == ({"good": OTHER}, "")
    assert "checksum" in problems["bad"]


def test_membersThatOverlapAreABomb():
    assert "overlap" in unpacked(overlappingZip(GOOD, 2))[2]
    assert unpacked(overlappingZip(GOOD, 1))[0] == {"a": GOOD}


def test_zip64IsRead(monkeypatch):
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    archive = zipOf({"a": GOOD, "b": OTHER})

    assert b"PK\6\6" in archive
    assert unpacked(archive) == ({"a": GOOD, "b": OTHER}, {}, "")


def test_whatStandsBeforeAZipDoesNotMatter():
    archive = zipOf({"a": GOOD})
    members = ZipMembers.ZipMembers(io.BytesIO(b"#!program" + archive), len(archive) + 9)

    assert [b"".join(member.blocks) for member in members] == [GOOD]


@pytest.mark.parametrize(("contents", "reason"), [
    (zipOf({"a": GOOD})[:-30], "the list of its members is missing"),
    (zipOf({"a": GOOD})[:100], "the list of its members is missing"),
    (patched(zipOf({"a": GOOD}), END, 4, "<H", 1), "one part of a divided archive"),
    (patched(zipOf({"a": GOOD}), END, 12, "<L", 0xFFFFF), "not where it says"),
    (patched(zipOf({"a": GOOD, "b": OTHER}), CENTRAL, 0, "<L", 0, 1), "cannot be read"),
    (patched(zipOf({"a": GOOD}), CENTRAL, 20, "<L", 0x7FFFFFFF), "reach into the list"),
    (b"no archive" * 100, "it is no archive"),
    (b"", "it is no archive"),
])  # fmt: skip
def test_aZipThatCannotBeReadSaysWhy(contents, reason):
    found, _, failure = unpacked(contents)

    assert reason in failure and found == {}


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_aTarThatIsCutGivesWhatIsWhole(compress):
    archive = compress(tarOf({"a": GOOD, "b": LARGE, "c": OTHER}))
    found, problems, failure = unpacked(archive[: len(archive) // 2])

    assert "c" not in found and set(found) <= {"a"}
    assert "too early" in failure


def test_aDamagedHeaderInTheMiddleOfATarIsSaid():
    archive = bytearray(tarOf({"a": GOOD, "b": OTHER}))
    at = archive.index(b"b\0\0\0")
    archive[at + 150] ^= 1
    found, _, failure = unpacked(bytes(archive))

    assert found == {"a": GOOD}
    assert failure == f"it is damaged at byte {at:,}; nothing after that can be read"


@pytest.mark.parametrize("module", [ZipMembers, TarMembers])
def test_tooManyMembersAreRefused(monkeypatch, module):
    make = zipOf if module is ZipMembers else tarOf
    archive = make({str(number): GOOD for number in range(5)})
    monkeypatch.setattr(module, "MAX_MEMBERS", 5)
    assert unpacked(archive)[2] == ""
    monkeypatch.setattr(module, "MAX_MEMBERS", 4)
    assert "more than 4 members" in unpacked(archive)[2]


def test_theRatioCountsWhatComesOut(monkeypatch):
    monkeypatch.setattr(BoundedInflate, "RATIO_APPLIES_FROM", 1 << 20)
    flat = GOOD[:-512] + bytes(4 << 20)
    for archive in (zipOf({"flat": flat, "good": OTHER}), gzip.compress(tarOf({"flat": flat})), bz2.compress(flat),
                    gzip.compress(flat), lzma.compress(flat)):
        found, problems, failure = unpacked(archive)
        assert "flat" not in found
        assert "100-fold" in failure or "100-fold" in problems["flat"]
    assert unpacked(zipOf({"flat": flat}, zipfile.ZIP_STORED))[0] == {"flat": flat}


def test_smallFilesMayCompressAsMuchAsTheyLike():
    flat = validFile(rows=1000, columns=1000)[:-2_000_000] + bytes(2_000_000)

    assert len(flat) > ArchiveLimits.MAX_RATIO * len(gzip.compress(flat)) / 2
    assert unpacked(zipOf({"flat": flat}))[0] == {"flat": flat}


def test_namesInTarHeadersHaveALimit(monkeypatch):
    monkeypatch.setattr(TarMembers, "MAX_TAR_EXTENSION_SIZE", 600)
    _, _, failure = unpacked(tarOf({"x" * 700: GOOD}, tarfile.GNU_FORMAT))

    assert "a name in it takes" in failure


def test_everyChangedByteOfAnArchiveIsSurvived():
    small = validFile(rows=2, columns=2)
    for archive in (zipOf({"a": small, "b": small}), tarOf({"a": small})[:2048], gzip.compress(small)):
        for position in range(0, len(archive), 3):
            changed = bytearray(archive)
            changed[position] ^= 0xFF
            unpacked(bytes(changed))


def test_contentsTellWhatAMemberIs():
    assert ArchiveTask.contentsProblem(GOOD[:4096]) == ""
    assert ArchiveTask.contentsProblem(b"") == "an empty file"
    assert ArchiveTask.contentsProblem(notDICOM()) == "not a DICOM file"
