"""Archives are told by their contents."""

import bz2
import gzip
import io
import lzma
import tarfile

import pytest

from DICOMLib.Media.ArchiveKinds import archiveKind, unsupportedArchiveKind
from Testing.DICOMLib.Media.MediaFiles import zipOf
from Testing.Fixtures import notDICOM, validFile


def tarOf(format):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=format) as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return stream.getvalue()


@pytest.mark.parametrize(("contents", "kind"), [
    (zipOf({"a": b"x"}), "zip"), (zipOf({}), "zip"), (gzip.compress(b"x"), "gzip"), (bz2.compress(b"x"), "bzip2"),
    (lzma.compress(b"x"), "xz"), (tarOf(tarfile.PAX_FORMAT), "tar"), (tarOf(tarfile.GNU_FORMAT), "tar"),
    (notDICOM(), ""), (validFile(), ""), (b"", ""), (b"PK", ""), (bytes(512), ""),
], ids=lambda value: value if isinstance(value, str) else "contents")  # fmt: skip
def test_theBeginningTellsTheKind(contents, kind):
    assert archiveKind(contents[:512]) == kind


def test_oldTarHeadersAreToldByTheirChecksum():
    header = bytearray(512)
    header[:4] = b"file"
    header[124:136] = b"00000000000\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)

    assert archiveKind(bytes(header)) == "tar"
    header[0] += 1
    assert archiveKind(bytes(header)) == ""


def test_archivesThatAreNotReadAreNamed():
    assert unsupportedArchiveKind(b"7z\xbc\xaf\x27\x1c rest") == "7z"
    assert unsupportedArchiveKind(b"Rar!\x1a\x07\x00") == "rar"
    assert unsupportedArchiveKind(b"\x28\xb5\x2f\xfd") == "zstd"
    assert unsupportedArchiveKind(validFile()) == ""
