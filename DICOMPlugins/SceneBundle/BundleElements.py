"""The private elements that hold a scene: 3D Slicer's, and one of our own (PS3.5 7.8).

==============  ==  ==========================================================================
(cadb,0010)     LO  ``3D Slicer <size of the zip in bytes>``: owner of the block
(cadb,1008)     LO  that size as text
(cadb,1009)     LO  SHA-256 of the zip in hexadecimal digits; bundles of 3D Slicer have none
(cadb,1010)     OB  the zip (a scene bundle, .mrb), the last element of the file; one zero
                    more where its size is odd
==============  ==  ==========================================================================

3D Slicer takes the size from the name of the owner and the zip from the end of the file, so both have to be right for
it. They are not trusted here: the zip is where its element is, and as long as that.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from DICOMLib.Errors import FileError, SceneFileError
from DICOMLib.Files.ByteWindow import ByteWindow
from DICOMLib.Files.ElementPlaces import ElementPlace, elementPlaces

GROUP = 0xCADB
OWNER = "3D Slicer"
SIZE, DIGEST, ZIP = 0x08, 0x09, 0x10
# A value of a length that a file states has an even number of bytes, below the mark of an undefined length (PS3.5 7.1).
LARGEST_ZIP = 0xFFFFFFFE
ENDS_TOO_EARLY = "the file ends inside the scene that it holds"

_BLOCKS = range(0x10, 0x100)
_NUMBERS = [
    *(GROUP << 16 | block for block in _BLOCKS),
    *(GROUP << 16 | block << 8 | element for block in _BLOCKS for element in (SIZE, DIGEST, ZIP)),
]
_DIGEST = re.compile(r"[0-9a-f]{64}")
_BEGINNING_OF_ZIP = b"PK\x03\x04"
_SHORT_ELEMENT, _LONG_ELEMENT = struct.Struct("<HH2sH"), struct.Struct("<HH2s2xI")


@dataclass
class BundlePlace:
    """Where the zip is in a file.

    :ivar window: of the file, or of what is deflated in it
    :ivar position: of its first byte
    :ivar length: of its element, so with the zero that makes it even
    :ivar statedSize: what the elements say of its size, -1 when they do not
    :ivar digest: SHA-256 that the file states, "" when there is none
    :ivar isGuessed: whether it was not found by its element but where old programs assume it: at the end of the file
    :ivar path, fileSize, modifiedTime: of the file, set by who opened it
    """

    window: ByteWindow
    position: int
    length: int
    statedSize: int = -1
    digest: str = ""
    isGuessed: bool = False
    path: bytes = b""
    fileSize: int = 0
    modifiedTime: int = 0


def findBundle(window: ByteWindow) -> BundlePlace:
    """The zip of a scene in a file.

    The element counts, in whichever block of the group it is. Where the file cannot be followed so far, but a block of
    its owner was found, the zip is looked for at the end of the file, and taken when one begins exactly there.

    :raises FileError: when it is no DICOM file, or has none; the sentence says what is missing
    :raises SceneFileError: when the file ends inside it, or its digest is none: it is damaged, or was changed
    """
    found = elementPlaces(window, _NUMBERS)
    byNumber = {place.number: place for place in found.places}
    blocks = [block for block in _BLOCKS if _text(byNumber.get(GROUP << 16 | block)).startswith(OWNER)]
    if not blocks:
        raise FileError("there is no scene in the file", value=found.problem or None)
    whole = [block for block in blocks if _reachesIntoFile(byNumber.get(_number(block, ZIP)), found.window)]
    block = (whole or blocks)[0]
    digest = _statedDigest(byNumber.get(_number(block, DIGEST)))
    stated = _statedSize(byNumber, block)
    if whole:
        place = byNumber[_number(block, ZIP)]
        return BundlePlace(found.window, place.position, place.length, stated, digest)
    if _number(block, ZIP) in byNumber:
        raise SceneFileError(ENDS_TOO_EARLY)
    return _atTheEnd(found.window, stated, digest)


def _atTheEnd(window: ByteWindow, size: int, digest: str) -> BundlePlace:
    if size > 0:
        for padding in (size % 2, 1 - size % 2):
            position = window.size - size - padding
            if position > 0 and window.fromStart().bytesAt(position, 4) == _BEGINNING_OF_ZIP:
                return BundlePlace(window, position, size, size, digest, isGuessed=True)
    raise FileError("the scene that the file should hold is missing in it")


def _reachesIntoFile(place: ElementPlace | None, window: ByteWindow) -> bool:
    """Whether the element is there with all of its bytes; where deflated data end is known: it was looked behind it."""
    return place is not None and place.length > 0 and place.position + place.length <= window.size


def _statedSize(byNumber: dict[int, ElementPlace], block: int) -> int:
    """In its own element, else in the name of the owner."""
    words = _text(byNumber.get(GROUP << 16 | block)).split(" ")
    for text in (_text(byNumber.get(_number(block, SIZE))), *words[2:3]):
        if text.isdecimal() and text.isascii() and len(text) <= 12:
            return int(text)
    return -1


def _statedDigest(place: ElementPlace | None) -> str:
    digest = _text(place).lower()
    isEmpty = digest == "" and (place is None or len(place.value) == place.length)  # long values are not given
    if isEmpty or _DIGEST.fullmatch(digest):
        return digest
    raise SceneFileError(
        "the digest of the scene in the file is damaged: it is not 64 hexadecimal digits, so nobody knows whether the "
        "scene is whole",
        hint="Get the file again from where it came from",
    )


def _number(block: int, element: int) -> int:
    return GROUP << 16 | block << 8 | element


def _text(place: ElementPlace | None) -> str:
    return "" if place is None else place.value.decode("ascii", "replace").strip(" \0")


def elementsBefore(size: int, digest: str) -> bytes:
    """What comes before the bytes of the zip, in explicit little endian: the elements of the group, and the head of the
    last one. After the bytes a zero follows when their number is odd.

    :param size: of the zip, at most :data:`LARGEST_ZIP`
    :param digest: SHA-256, 64 digits
    """
    return b"".join((
        _shortElement(0x0010, f"{OWNER} {size}"),
        _shortElement(0x1000 | SIZE, str(size)),
        _shortElement(0x1000 | DIGEST, digest),
        _LONG_ELEMENT.pack(GROUP, 0x1000 | ZIP, b"OB", size + size % 2),
    ))  # fmt: skip


def _shortElement(element: int, text: str) -> bytes:
    value = text.encode("ascii")
    value += b" " * (len(value) % 2)
    return _SHORT_ELEMENT.pack(GROUP, element, b"LO", len(value)) + value
