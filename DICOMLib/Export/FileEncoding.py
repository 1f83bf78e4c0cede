"""Files whose headers are the same but for a few elements: what they share is encoded once (PS3.5 7.1, PS3.10 7.1)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from ..Database.Durability import openPrivately
from ..Errors import ExportError

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

_PREAMBLE = b"\0" * 128 + b"DICM"
_UNDEFINED_LENGTH = 0xFFFFFFFF
_LARGEST_LENGTH = 0xFFFFFFFE
_ITEM = struct.Struct("<HHI")
_PIXEL_DATA = struct.Struct("<HH2s2xI")


class SharedHeader:
    """The elements that files have in common, and the bytes of them.

    :param dataset: with SpecificCharacterSet, SOPClassUID and PixelRepresentation, without pixels
    :param without: keywords of elements that each file has by itself, or has not
    :raises ValueError: when a value cannot be written
    """

    def __init__(self, dataset: Dataset, transferSyntaxUID: str, without: Iterable[str] = ()):
        from pydicom.datadict import tag_for_keyword

        self._characterSet = dataset.get("SpecificCharacterSet", "ISO_IR 6")
        self._representation = dataset.PixelRepresentation
        left = {tag_for_keyword(keyword) for keyword in without}
        self._encoded = {tag: data for tag, data in self._encode(dataset).items() if tag not in left}
        self._meta = _fileMeta(str(dataset.SOPClassUID), transferSyntaxUID)

    def forFile(self, own: Dataset) -> bytes:
        """Everything before the pixels of one file.

        :param own: its own elements, with SOPInstanceUID; they count instead of shared ones of the same tag
        :raises ValueError: when a value cannot be written
        """
        own.PixelRepresentation = self._representation  # decides about the type of some others (PS3.3 C.7.6.3.1)
        elements = {**self._encoded, **self._encode(own)}
        before, after = self._meta
        uid = _encodedUID(0x0003, str(own.SOPInstanceUID))
        length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(before) + len(uid) + len(after))
        return b"".join((_PREAMBLE, length, before, uid, after, *(elements[tag] for tag in sorted(elements))))

    def _encode(self, dataset: Dataset) -> dict[int, bytes]:
        from pydicom.filewriter import correct_ambiguous_vr

        corrected = correct_ambiguous_vr(dataset, True)
        return {int(element.tag): _encodedElement(element, self._characterSet) for element in corrected}


def nativePixels(itemBytes: int, count: int) -> bytes:
    """What comes before the values of native pixel data of `count` bytes; they are followed by a zero when odd.

    :raises ExportError: when they are more than an element can hold
    """
    if count > _LARGEST_LENGTH:
        raise ExportError("one image is larger than a file can hold, which is 4 GB", value=f"{count:,} bytes")
    return _PIXEL_DATA.pack(0x7FE0, 0x0010, b"OB" if itemBytes == 1 else b"OW", count + count % 2)


def encapsulatedPixels(frames: Sequence[bytes]) -> list[bytes]:
    """Pixel data of encoded frames, one fragment each, behind an empty table of offsets (PS3.5 A.4)."""
    parts = [_PIXEL_DATA.pack(0x7FE0, 0x0010, b"OB", _UNDEFINED_LENGTH), _ITEM.pack(0xFFFE, 0xE000, 0)]
    for frame in frames:
        padded = len(frame) % 2
        parts += [_ITEM.pack(0xFFFE, 0xE000, len(frame) + padded), frame, b"\0" * padded]
    return [*parts, _ITEM.pack(0xFFFE, 0xE0DD, 0)]


def writePrivateFile(parts: Iterable, path: str) -> None:
    """A new file of mode 0600: it holds a patient's image.

    :param parts: bytes, or contiguous arrays
    :raises OSError: when it cannot be written
    """
    with open(path, "xb", opener=openPrivately) as file:
        for part in parts:
            file.write(part)


def _fileMeta(SOPClassUID: str, transferSyntaxUID: str) -> tuple[bytes, bytes]:
    """Elements of group 2 before and after the UID of the object."""
    from pydicom.uid import PYDICOM_IMPLEMENTATION_UID

    version = struct.pack("<HH2s2xI", 2, 0x0001, b"OB", 2) + b"\0\1"
    before = version + _encodedUID(0x0002, SOPClassUID)
    after = _encodedUID(0x0010, transferSyntaxUID)
    return before, after + _encodedUID(0x0012, str(PYDICOM_IMPLEMENTATION_UID))


def _encodedUID(element: int, uid: str) -> bytes:
    text = uid.encode("ascii")
    text += b"\0" * (len(text) % 2)
    return struct.pack("<HH2sH", 2, element, b"UI", len(text)) + text


def _encodedElement(element: DataElement, characterSet: str | Sequence[str]) -> bytes:
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_data_element

    buffer = DicomBytesIO()
    buffer.is_little_endian, buffer.is_implicit_VR = True, False
    write_data_element(buffer, element, characterSet)
    return buffer.getvalue()
