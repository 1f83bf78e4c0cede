"""Bytes are copied, compared and summed up as the database keeps them."""

import hashlib
import os

import pytest

from DICOMLib.Database.FileContents import (
    BLOCK_SIZE,
    copyContents,
    haveEqualContents,
    keptDigest,
    newBuffer,
    openForReading,
    writeAll,
)
from DICOMLib.Errors import CancelledError, UnreadableFileError
from DICOMLib.Progress import Progress
from Testing.Fixtures import validFile

SIZES = [0, 1, 131, 132, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 3 * BLOCK_SIZE + 5]


def unhindered():
    """Nothing stops the work."""


def written(path, contents):
    path.write_bytes(contents)
    return os.fsencode(path)


def copied(source, target):
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        with openForReading(source) as reader:
            return copyContents(reader, descriptor, newBuffer(), source, unhindered)
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("size", SIZES)
def test_everyByteIsCopiedAndSummedUp(tmp_path, size):
    contents = os.urandom(size)
    source = written(tmp_path / "source", contents)
    digest, count, reason = copied(source, tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == contents
    assert digest == hashlib.sha256(contents).digest() == keptDigest(source, unhindered)
    assert (count, reason) == (size, "")


def test_theSumIsOfWhatWasWritten(tmp_path):
    source = written(tmp_path / "source", b"MZ" + bytes(126) + validFile()[128:])
    digest, _, reason = copied(source, tmp_path / "target")

    assert digest == hashlib.sha256((tmp_path / "target").read_bytes()).digest() == keptDigest(source, unhindered)
    assert digest != hashlib.sha256((tmp_path / "source").read_bytes()).digest()
    assert "a Windows program" in reason


@pytest.mark.parametrize("size", SIZES[1:])
def test_filesAreEqualWhenEveryByteIs(tmp_path, size):
    contents = bytearray(os.urandom(size))
    first, second = written(tmp_path / "1", contents), written(tmp_path / "2", contents)
    assert haveEqualContents(first, second, unhindered)
    contents[-1] ^= 1
    written(tmp_path / "2", contents)
    assert not haveEqualContents(first, second, unhindered)
    written(tmp_path / "2", contents + b"x")
    assert not haveEqualContents(first, second, unhindered)


def test_whatCannotBeReadIsNotEqual(tmp_path):
    assert not haveEqualContents(written(tmp_path / "1", b"x"), os.fsencode(tmp_path / "none"), unhindered)
    with pytest.raises(UnreadableFileError, match="none"):
        openForReading(os.fsencode(tmp_path / "none"))


def test_aComparisonCanBeCancelled(tmp_path):
    first, second = written(tmp_path / "1", bytes(10)), written(tmp_path / "2", bytes(10))
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        haveEqualContents(first, second, progress.raiseIfCancelled)


def test_writingGoesOnWhereTheSystemStopped(tmp_path, monkeypatch):
    """A write may take fewer bytes than it was given."""
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, block: write(descriptor, bytes(block)[:3]))
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    writeAll(descriptor, b"0123456789")
    os.close(descriptor)

    assert (tmp_path / "file").read_bytes() == b"0123456789"
