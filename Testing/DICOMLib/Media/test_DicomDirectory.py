"""A DICOMDIR is compared with its folder, and opens nothing."""

import os

import pytest

from DICOMLib.Media import DicomDirectory
from DICOMLib.Media.DicomDirectory import compareDirectory
from Testing.DICOMLib.Media.MediaFiles import directoryFile


@pytest.fixture
def compared(tmp_path):
    """compared(records, known=…) → findings as (name, reason, whether missing)."""
    (tmp_path / "media" / "IMAGES").mkdir(parents=True)
    (tmp_path / "media" / "IMAGES" / "IM1").write_bytes(b"x")

    def compare(records, known=(), followLinks=False):
        path = tmp_path / "media" / "DICOMDIR"
        path.write_bytes(directoryFile(records))
        comparison = compareDirectory(os.fsencode(path), lambda folder: dict(known), followLinks)
        return [(os.path.basename(found.path).decode(), found.reason, found.isMissing) for found in comparison.findings]

    return compare


def image(fileID, uid="1.2"):
    return ("IMAGE", fileID, uid)


@pytest.mark.parametrize("fileID", [rb"IMAGES\IM1", rb"images\im1", b"IMAGES/IM1", rb"IMAGES\IM1.", rb"IMAGES\IM1;1",
                                    rb"IMAGES.;1\IM1.;1", rb"IMAGES \IM1 "])
def test_filesAreFoundAsMediaSpellThem(compared, fileID):
    assert compared([image(fileID)], {b"IM1": "1.2"}) == []


@pytest.mark.parametrize(("onDisk", "listed"), [("im1.dcm", b"IM1.DCM"), ("IM1.;1", b"IM1"), ("IM1.", b"IM1")])
def test_theFolderMaySpellThemDifferently(compared, tmp_path, onDisk, listed):
    (tmp_path / "media" / onDisk).write_bytes(b"x")

    assert compared([image(listed)]) == []


def test_theExactNameWins(compared, tmp_path):
    for name in ("a", "A"):
        (tmp_path / "media" / name).write_bytes(b"x")

    assert compared([image(b"a")], {b"a": "1.2", b"A": "1.9"}) == []
    assert compared([image(b"A")], {b"a": "1.9", b"A": "1.2"}) == []


@pytest.mark.parametrize("fileID", [rb"..\outside", rb"IMAGES\..\..\outside", rb"\etc\passwd", b"/etc/passwd",
                                    rb"C:\outside", b"C:outside", rb"\\server\share\x", b".", b"..", b"a\0b",
                                    rb"IMAGES\.\IM1", b"\\".join([b"a"] * 65)])
def test_recordsThatLeadOutAreNamed(compared, fileID):
    ((name, reason, isMissing),) = compared([image(fileID)])

    assert name == "DICOMDIR" and isMissing
    assert reason.startswith("its record at byte ") and "outside of the medium" in reason


def test_linksThatLeadOutAreNamed(compared, tmp_path):
    (tmp_path / "secret").write_bytes(b"x")
    os.symlink(tmp_path / "secret", tmp_path / "media" / "LINK")
    os.symlink(tmp_path, tmp_path / "media" / "UP")
    for followLinks in (False, True):
        found = compared([image(b"LINK"), image(rb"UP\secret")], followLinks=followLinks)
        assert [(name, "through a symbolic link" in reason) for name, reason, _ in found] == [("DICOMDIR", True)] * 2


def test_linksInsideAreFollowedAsTheImportDoes(compared, tmp_path):
    os.symlink("IMAGES", tmp_path / "media" / "LINK")

    assert compared([image(rb"LINK\IM1")], followLinks=True) == []
    assert compared([image(rb"LINK\IM1")]) == [
        ("IM1", "the DICOMDIR lists it, and it is reached by a symbolic link; links are not followed", True)]


def test_missingFilesAndFoldersAreNamed(compared):
    found = compared([image(rb"IMAGES\IM2"), image(rb"NOTHING\IM1"), image(b"IMAGES"), image(rb"IMAGES\IM1\X")])

    assert [(name, isMissing) for name, _, isMissing in found] == [
        ("IM2", True), ("IM1", True), ("IMAGES", True), ("X", True)]
    assert "there is no such file" in found[0][1] and "it is a folder" in found[2][1]


def test_anotherObjectThanListedIsNamed(compared):
    (found,) = compared([image(rb"IMAGES\IM1", "1.2")], {b"IM1": "1.3"})

    assert found[0] == "IM1" and "another object" in found[1] and not found[2]


def test_recordsThatAreSwitchedOffDoNotCount(compared, tmp_path):
    path = tmp_path / "media" / "DICOMDIR"
    path.write_bytes(directoryFile([image(b"GONE")]).replace(b"\x04\x00\x10\x14US\x02\x00\xff\xff",
                                                             b"\x04\x00\x10\x14US\x02\x00\0\0"))

    assert compareDirectory(os.fsencode(path), lambda folder: {}).findings == []


def test_aFloodOfFindingsEndsWithANumber(compared, monkeypatch):
    monkeypatch.setattr(DicomDirectory, "MAX_FINDINGS", 10)
    found = compared([image(b"GONE%d" % number) for number in range(25)])

    assert len(found) == 11
    assert "15 more" in found[-1][1]
