"""The private elements that hold a scene: byte by byte as they are written, and found wherever they are."""

from __future__ import annotations

import hashlib
import struct

import pytest

from DICOMLib.Errors import FileError, SceneFileError
from DICOMLib.Files.ByteWindow import ByteWindow
from DICOMPlugins.SceneBundle.BundleElements import LARGEST_ZIP, elementsBefore, findBundle

ZIP = b"PK\x03\x04" + b"scene" * 20
DIGEST = hashlib.sha256(ZIP).hexdigest()



def element(number: int, vr: bytes, value: bytes) -> bytes:
    value += b"\0" * (len(value) % 2) if vr == b"OB" else b" " * (len(value) % 2)
    start = struct.pack("<HH2s", 0xCADB, number, vr)
    return start + (struct.pack("<2xI", len(value)) if vr == b"OB" else struct.pack("<H", len(value))) + value


def head() -> bytes:
    syntax = b"1.2.840.10008.1.2.1\0"
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax)) + syntax
    return bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta


def windowOf(*elements: bytes) -> ByteWindow:
    data = head() + b"".join(elements)
    return ByteWindow(len(data), lambda position, count: data[position : position + count])


def block(number: int = 0x10, owner: bytes = b"3D Slicer 104", size: bytes | None = b"104", digest: str | None = DIGEST,
          contents: bytes | None = ZIP) -> bytes:  # fmt: skip
    inside = ((0x08, b"LO", size), (0x09, b"LO", None if digest is None else digest.encode()), (0x10, b"OB", contents))
    return element(number, b"LO", owner) + b"".join(
        element(number << 8 | one, vr, value) for one, vr, value in inside if value is not None
    )


def bytesAt(place) -> bytes:
    return place.window.fromStart().bytesAt(place.position, place.length)


def test_theElementsAreWrittenInOrder_eachWithAnEvenLength():
    assert elementsBefore(5001, "a" * 64) == (
        element(0x10, b"LO", b"3D Slicer 5001") + element(0x1008, b"LO", b"5001") + element(0x1009, b"LO", b"a" * 64)
        + struct.pack("<HH2s2xI", 0xCADB, 0x1010, b"OB", 5002)
    )  # fmt: skip
    assert elementsBefore(104, DIGEST) + ZIP == block()
    assert struct.unpack("<I", elementsBefore(LARGEST_ZIP, DIGEST)[-4:]) == (0xFFFFFFFE,)


def test_whatIsWrittenIsFound():
    place = findBundle(windowOf(elementsBefore(len(ZIP), DIGEST), ZIP))
    assert bytesAt(place) == ZIP
    assert (place.statedSize, place.digest, place.isGuessed) == (104, DIGEST, False)


@pytest.mark.parametrize("number", [0x11, 0x42, 0xFF])
def test_theZipIsFoundInWhicheverBlockItIs(number):
    other = element(0x10, b"LO", b"SOMEBODY ELSE") + element(0x1010, b"OB", b"PK\3\4 no scene")
    blocks = sorted([element(0x10, b"LO", b"SOMEBODY"), element(number, b"LO", b"3D Slicer 104")])
    inside = [element(number << 8 | 0x08, b"LO", b"104"), element(number << 8 | 0x10, b"OB", ZIP)]
    place = findBundle(windowOf(*blocks, *inside))
    assert bytesAt(place) == ZIP
    with pytest.raises(FileError, match="there is no scene in the file"):
        findBundle(windowOf(other))


@pytest.mark.parametrize(
    ("owner", "size", "stated"),
    [(b"3D Slicer 104", b"99", 99), (b"3D Slicer 104", None, 104), (b"3D Slicer 104", b"x", 104),
     (b"3D Slicer", None, -1), (b"3D Slicer x", b"-1", -1),
     (b"3D Slicer 7", b"1" * 13, 7), (b"3D Slicer 1", b"1" * 12, int("1" * 12))],
)  # fmt: skip
def test_theStatedSizeIsThatOfItsElementElseOfTheOwner_andNeverMoves(owner, size, stated):
    place = findBundle(windowOf(block(owner=owner, size=size)))
    assert place.statedSize == stated
    assert bytesAt(place) == ZIP


@pytest.mark.parametrize(("digest", "found"), [(DIGEST.upper(), DIGEST), (None, ""), ("", ""), ("  ", "")])
def test_aDigestIs64Digits_orThereIsNone(digest, found):
    assert findBundle(windowOf(block(digest=digest))).digest == found


@pytest.mark.parametrize("digest", [DIGEST[:-1], "g" * 64, f"{DIGEST}0", "?", "0" * 1025])
@pytest.mark.parametrize("contents", [ZIP, None])
def test_aDigestThatIsNoneIsDamage_andNotTakenForNoDigest(digest, contents):
    with pytest.raises(SceneFileError, match="the digest of the scene in the file is damaged: it is not 64"):
        findBundle(windowOf(block(digest=digest, contents=contents), ZIP))


@pytest.mark.parametrize("padding", [b"", b"\0"])
def test_withoutItsElementItIsWhereOldProgramsAssumeIt(padding):
    place = findBundle(windowOf(block(contents=None), ZIP, padding))
    assert (bytesAt(place), place.isGuessed, place.digest) == (ZIP, True, DIGEST)


@pytest.mark.parametrize(("owner", "size"), [(b"3D Slicer 100", b"100"), (b"3D Slicer 0", b"0"), (b"3D Slicer", None)])
def test_aGuessIsTakenOnlyWhereAZipBegins(owner, size):
    with pytest.raises(FileError, match="the scene that the file should hold is missing in it"):
        findBundle(windowOf(block(owner=owner, size=size, contents=None), ZIP))


def test_aFileThatEndsInsideTheSceneIsRefused():
    with pytest.raises(FileError, match="the file ends inside the scene that it holds"):
        findBundle(windowOf(block()[:-1]))


def test_anEmptyElementIsNoScene():
    with pytest.raises(FileError, match="ends inside the scene"):
        findBundle(windowOf(block(contents=b"")))
