"""Files of nodes of unknown classes: their bytes are kept with the node, within limits, and given back as they are."""

from __future__ import annotations

import os

import pytest

from DICOMLib.Errors import FileError, LimitExceededError, SceneError, UnreadableFileError
from DICOMLib.SceneFiles import KeptFiles
from DICOMLib.SceneFiles.KeptFiles import keptContents, readKeptMember
from DICOMLib.SceneFiles.Members import KEPT, Member
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode

HEADER = b"NRRD0004\ntype: uchar\ndimension: 1\nsizes: 3\nencoding: raw\ndata file: v.raw\n\n"
ATTACHED = b"NRRD0004\ntype: uchar\ndimension: 1\nsizes: 3\nencoding: raw\n\n"


@pytest.fixture
def node() -> vtkMRMLUnknownNode:
    node = vtkMRMLUnknownNode("vtkMRMLMarkupsFiducialNode", "MarkupsFiducial")
    node.SetName("Points")
    return node


def member(node, fileName: str, keptName: str = "") -> Member:
    return Member(node, fileName, KEPT, keptName=keptName)


def test_theBytesAreKeptUnderTheNameInTheScene_orTheirOwn(node, tmp_path):
    (tmp_path / "Data").mkdir()
    (tmp_path / "Data" / "F.mrk.json").write_bytes(b"\xff{}\0")
    assert readKeptMember(member(node, "Data/F.mrk.json", "x/F.mrk.json"), tmp_path) == 4
    assert readKeptMember(member(node, "Data/F.mrk.json"), str(tmp_path)) == 4
    assert node.keptFiles == {"x/F.mrk.json": b"\xff{}\0", "Data/F.mrk.json": b"\xff{}\0"}


def test_whatWasKeptIsGivenBack(node):
    node.keptFiles["a"] = b"1"
    assert keptContents(member(node, "Data/new.json", "a")) == b"1"
    with pytest.raises(SceneError, match=r"Points: nothing is kept of this file \(Data/new.json\)"):
        keptContents(member(node, "Data/new.json", "b"))


def test_anEmptyFileIsKept(node, tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert readKeptMember(member(node, "a"), tmp_path, 0) == 0
    assert keptContents(member(node, "x", "a")) == b""


def test_theRoomOfTheSceneIsFilledAndNotExceeded(node, tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    with pytest.raises(LimitExceededError, match=r"a: the file is too large to be kept \(5 bytes\)"):
        readKeptMember(member(node, "a"), tmp_path, 4)
    assert node.keptFiles == {}
    assert readKeptMember(member(node, "a"), tmp_path, 5) == 5


def test_theRoomOfOneNodeIsThatOfAllItsFiles(node, tmp_path, monkeypatch):
    monkeypatch.setattr(KeptFiles, "MAX_BYTES_OF_A_NODE", 9)
    for name, contents in (("a", b"12345"), ("b", b"12345"), ("c", b"1234")):
        (tmp_path / name).write_bytes(contents)
    readKeptMember(member(node, "a"), tmp_path)
    with pytest.raises(LimitExceededError):
        readKeptMember(member(node, "b"), tmp_path)
    assert readKeptMember(member(node, "c"), tmp_path) == 4
    assert sorted(node.keptFiles) == ["a", "c"]


def test_voxelsBesideAHeaderAreKeptBehindIt(node, tmp_path):
    (tmp_path / "a.nhdr").write_bytes(HEADER)
    (tmp_path / "v.raw").write_bytes(b"\1\2\3")
    assert readKeptMember(member(node, "a.nhdr"), tmp_path) == len(ATTACHED) + 3
    assert node.keptFiles == {"a.nhdr": ATTACHED + b"\1\2\3"}


def test_headerAndVoxelsTogetherHaveTheRoom(node, tmp_path):
    (tmp_path / "a.nhdr").write_bytes(HEADER)
    (tmp_path / "v.raw").write_bytes(b"\1\2\3")
    with pytest.raises(LimitExceededError, match="v.raw: the file is too large"):
        readKeptMember(member(node, "a.nhdr"), tmp_path, len(HEADER) + 2)
    assert readKeptMember(member(node, "a.nhdr"), tmp_path, len(HEADER) + 3) > 0


def test_voxelsThatALinkLeadsToAreNotOpened(node, tmp_path):
    (tmp_path / "a.nhdr").write_bytes(HEADER)
    (tmp_path / "secret").write_bytes(b"\1\2\3")
    (tmp_path / "v.raw").symlink_to(tmp_path / "secret")
    with pytest.raises(FileError, match="no plain file"):
        readKeptMember(member(node, "a.nhdr"), tmp_path)
    assert node.keptFiles == {}


@pytest.mark.parametrize("missing", ["a.nhdr", "v.raw"])
def test_whatIsMissingIsTold(node, tmp_path, missing):
    (tmp_path / "a.nhdr").write_bytes(HEADER)
    (tmp_path / "v.raw").write_bytes(b"\1\2\3")
    (tmp_path / missing).unlink()
    with pytest.raises(UnreadableFileError, match="a.nhdr: No such file"):
        readKeptMember(member(node, "a.nhdr"), tmp_path)


@pytest.mark.parametrize("told", [4, 6])
def test_aFileThatChangesWhileItIsReadIsTold(node, tmp_path, monkeypatch, told):
    (tmp_path / "a").write_bytes(b"12345")
    stated = os.stat_result((0o100600, 0, 0, 1, 0, 0, told, 0, 0, 0))
    monkeypatch.setattr(KeptFiles.os, "fstat", lambda _handle: stated)
    with pytest.raises(UnreadableFileError, match="changed while it was read"):
        readKeptMember(member(node, "a"), tmp_path)
    assert node.keptFiles == {}
