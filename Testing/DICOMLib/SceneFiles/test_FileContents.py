"""Files within limits of their length."""

from __future__ import annotations

from pathlib import Path

import pytest

from DICOMLib.Errors import FileError, UnreadableFileError
from DICOMLib.SceneFiles.FileContents import bytesOf, sizeOf, textOf


@pytest.fixture
def path(tmp_path) -> Path:
    (tmp_path / "a.bin").write_bytes(b"12345")
    return tmp_path / "a.bin"


def test_whatIsNoPlainFileHasNoSize(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(UnreadableFileError, match="there is no such file"):
            sizeOf(path)


def test_sizesAndBytesAreThoseOfTheFile(path):
    assert sizeOf(path) == 5
    assert bytesOf(path, 5) == b"12345"
    with pytest.raises(FileError, match=r"a.bin: the file is too long for its kind \(more than 4 bytes\)"):
        bytesOf(path, 4)


def test_whatTheSystemDoesNotReadIsTold(path, monkeypatch):
    def refused(_path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(UnreadableFileError, match=r"the file cannot be read \(Permission denied\)"):
        bytesOf(path, 5)
    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(UnreadableFileError, match=r"the file cannot be read \(Permission denied\)"):
        sizeOf(path)


def test_textsAreUtf8WithOrWithoutAMark(path):
    for contents, text in ((b"\xef\xbb\xbfa\xc3\xa9", "aé"), (b"a\xc3\xa9\r\n", "aé\r\n"), (b"a\xe9", "a\ufffd")):
        path.write_bytes(contents)
        assert textOf(path, 100) == text
    with pytest.raises(FileError, match="too long for its kind"):
        textOf(path, 1)
