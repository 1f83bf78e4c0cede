"""Which files are unpacked because a NRRD header names them, and within which limits headers are looked at."""

from __future__ import annotations

import pytest

from DICOMLib.SceneFiles import DetachedVoxels
from DICOMLib.SceneFiles.DetachedVoxels import attachedHeader, dataFileBeside, voxelFiles


def header(dataFile: str = "a.raw", end: str = "\n") -> bytes:
    lines = ["NRRD0004", "type: uchar", "dimension: 1", "sizes: 3", "encoding: raw", f"data file: {dataFile}", "k:=v"]
    return end.join([*lines, "", ""]).encode()


def found(files: dict[str, bytes]) -> list[str]:
    return list(voxelFiles(files, lambda name: len(files[name]), files.__getitem__))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("dataFile", ["a.raw", "b.raw.gz", "A B é.RAW"])
def test_aHeaderNamesTheFileOfItsVoxels(dataFile, end):
    assert dataFileBeside("a.nhdr", header(dataFile, end)) == dataFile
    assert dataFileBeside("A.NHDR", header(dataFile, end)) == dataFile


@pytest.mark.parametrize(
    "dataFile",
    ["../a.raw", "/etc/a.raw", "x/a.raw", "x\\a.raw", "C:a.raw", "a.txt", "LIST", "a%03d.raw 1 3 1", ".", "..", ""],
)
def test_namesOfOtherFilesAreNone(dataFile):
    assert dataFileBeside("a.nhdr", header(dataFile)) is None


def test_onlyHeadersByTheirNameAreLookedAt():
    assert dataFileBeside("a.nrrd", header()) is None
    assert dataFileBeside("a.txt", header()) is None


@pytest.mark.parametrize("contents", [b"", b"no header", b"NRRD0004\n", header()[:-2] + b"\xff"])
def test_aDamagedHeaderNamesNothing(contents):
    assert dataFileBeside("a.nhdr", contents[:20]) is None


def test_theFileIsInTheFolderOfItsHeader():
    files = {"S/Data/a.nhdr": header("v.raw"), "S/b.nhdr": header("w.raw.gz"), "c.nhdr": header("x.raw")}
    files["S/d.txt"] = header()
    assert found(files) == ["S/Data/v.raw", "S/w.raw.gz", "x.raw"]


def test_anEmptyFileIsNotOpened():
    assert list(voxelFiles(["a.nhdr"], lambda name: 0, lambda name: pytest.fail("opened"))) == []


def test_onlyHeadersAreMeasured():
    assert list(voxelFiles(["a.nrrd"], lambda name: pytest.fail("measured"), lambda name: pytest.fail("opened"))) == []


@pytest.mark.parametrize("room", [0, 1])
def test_headersAreReadUpToTheLimitOfAllTogether(monkeypatch, room):
    files = {"a.nhdr": header("a.raw"), "b.nhdr": header("b.raw"), "c.nhdr": header("c.raw")}
    monkeypatch.setattr(DetachedVoxels, "MAX_HEADERS_BYTES", 2 * len(header()) - room)
    assert found(files) == ["a.raw"] if room else ["a.raw", "b.raw"]


def test_oneHeaderIsReadUpToItsOwnLimit(monkeypatch):
    monkeypatch.setattr(DetachedVoxels, "MAXIMUM_HEADER_BYTES", len(header()))
    assert found({"a.nhdr": header()}) == ["a.raw"]
    monkeypatch.setattr(DetachedVoxels, "MAXIMUM_HEADER_BYTES", len(header()) - 1)
    assert found({"a.nhdr": header()}) == []


@pytest.mark.parametrize("line", [b"data file: a.raw", b"datafile:a.raw", b"DATA FILE : a.raw"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_attachedItNamesNoFileAnyMore_andKeepsAllElse(line, end):
    contents = end.join([b"NRRD0004", b"# data file: x", line, b"data file:=x", b"sizes: 3", b"", b"rest", b"", b""])
    assert attachedHeader(contents) == b"NRRD0004\n# data file: x\ndata file:=x\nsizes: 3\n\n"
