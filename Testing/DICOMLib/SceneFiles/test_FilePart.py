"""A part of a file is read as a file: its bytes and none around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from DICOMLib.Errors import UnreadableFileError
from DICOMLib.SceneFiles.FilePart import FilePart, Place


@pytest.fixture
def path(tmp_path) -> Path:
    (tmp_path / "a").write_bytes(b"0123456789")
    return tmp_path / "a"


@pytest.mark.parametrize(
    ("offset", "length", "bytesOfIt"),
    [(0, None, b"0123456789"), (3, None, b"3456789"), (3, 4, b"3456"), (3, 7, b"3456789"), (0, 0, b""), (10, None, b""),
     (10, 0, b"")],
)  # fmt: skip
def test_itHasTheBytesOfThePartAndNoOthers(path, offset, length, bytesOfIt):
    with FilePart(Place(path, offset, length)) as part:
        assert part.size == len(bytesOfIt)
        assert part.read(100) == bytesOfIt
        assert part.read(1) == b""


def test_readingGoesOnWhereItStopped_orWhereItWasTold(path):
    with FilePart(Place(path, 2, 6)) as part:
        assert [part.read(2), part.read(3), part.read(3)] == [b"23", b"456", b"7"]
        assert part.seek(1) == 1
        assert part.read(2) == b"34"
        assert part.read(0) == part.read(-1) == b""
        part.seek(6)
        assert part.read(1) == b""
        part.seek(100)
        assert part.read(1) == b""


def test_aWholeFileIsAPartToo(path):
    assert Place(path) == (path, 0, None)
    with FilePart(Place(path)) as part:
        assert part.read(10) == b"0123456789"


@pytest.mark.parametrize(("offset", "length"), [(3, 8), (11, None), (11, 0), (0, 11), (0, -1)])
def test_aPartThatTheFileDoesNotHaveIsRefused(path, offset, length):
    with pytest.raises(UnreadableFileError, match="the file ends before the bundle in it does") as caught:
        FilePart(Place(path, offset, length))
    assert caught.value.where == str(path)


def test_whatIsNoFileIsRefused(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UnreadableFileError, match="there is no such file"):
            FilePart(Place(path))


def test_aFileThatCannotBeOpenedIsToldWithTheReasonOfTheSystem(path, monkeypatch):
    def refused(*_arguments, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)
    with pytest.raises(UnreadableFileError, match=r"the file cannot be read \(Permission denied\)"):
        FilePart(Place(path))


def test_itIsClosedAfterwards(path):
    with FilePart(Place(path)) as part:
        part.read(1)
    with pytest.raises(ValueError, match="closed"):
        part.read(1)


def test_aDiskThatGivesLittleAtATimeIsAskedAgain(path):
    with FilePart(Place(path, 1, 8)) as part:
        whole = part._stream

        class Slow:
            """Two bytes at a time."""

            seek, close = whole.seek, whole.close

            def read(self, count: int) -> bytes:
                return whole.read(min(2, count))

        part._stream = Slow()
        assert part.read(7) == b"1234567"
