"""Reads the header of one file: the only code that looks at bytes nobody vouches for, in the program's own process.

Pure Python, without recursion, and bounded: every length is checked against the file's end before it is used, nothing
is allocated by a number from the file, and reading stops at the pixel data.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Callable, Iterable

from ..Errors import FileError, NotDICOMError, TruncatedFileError, UnreadableFileError
from ..Tags import MEDIA_STORAGE_SOP_CLASS_UID, tagNumber, tagText
from ..TransferSyntaxes import DEFLATED_EXPLICIT_LITTLE_ENDIAN, transferSyntax
from .ByteWindow import BufferWindow, ByteWindow, FileWindow, InflatedWindow
from .Completeness import NO_PIXEL_DATA, announcesPixels, fragmentShortage, nativeShortage
from .ElementEncoding import (
    LONG_VRS,
    UNDEFINED_LENGTH,
    ElementEncoding,
    encodingOfSyntax,
    looksLikeBareDataSet,
    recognizedEncoding,
    syntaxOfEncoding,
)
from .ElementReader import ElementReader, wantedRawTags
from .FileTimes import modifiedTimeOf
from .Header import Header
from .Limits import FIRST_READ_SIZE
from .ValueDecoding import decodeValue, standardVR
from .WantedValues import WantedValues, wantedValues

_TRANSFER_SYNTAX_UID = tagText("TransferSyntaxUID")
_SPECIFIC_CHARACTER_SET = tagText("SpecificCharacterSet")
_SOP_CLASS_UID = tagText("SOPClassUID")
_NUMBER_OF_FRAMES = tagText("NumberOfFrames")
_PIXEL_REPRESENTATION = tagText("PixelRepresentation")
_MEDIA_STORAGE_SOP_CLASS = tagNumber(MEDIA_STORAGE_SOP_CLASS_UID)
_META_NEEDED = frozenset((tagNumber(_TRANSFER_SYNTAX_UID),))
_META_ELEMENT = struct.Struct("<HH2sH")
_META_LENGTH = struct.Struct("<I")
_PREAMBLE_LENGTH = 128
# O_NONBLOCK: a named pipe would otherwise block for ever. O_BINARY exists on Windows only.
_OPEN_FLAGS = (
    os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOCTTY", 0)
    | getattr(os, "O_BINARY", 0)
)


def scanFile(path: bytes | str | os.PathLike, extraTags: Iterable[str] = ()) -> Header:
    """Read the header of a file.

    :param extraTags: tags and paths beside the standard ones (``WantedValues.standardPaths``)
    :raises UnreadableFileError: when it cannot be opened or is not a regular file
    :raises NotDICOMError: when it is not a DICOM data set
    :raises TruncatedFileError: when a wanted value is cut off
    :raises LimitExceededError: when it goes beyond what ``Limits`` accepts
    """
    wanted = wantedValues(tuple(extraTags))
    return readFile(os.path.abspath(os.fsencode(path)), lambda window: scanWindow(window, wanted))


def readFile(
    path: bytes, scan: Callable[[ByteWindow], Header], onlyPlain: bool = False, firstRead: int = FIRST_READ_SIZE
) -> Header:
    """Open a file and let ``scan`` read its header.

    :param path: absolute
    :param onlyPlain: raise a NotPlainError for a header that takes much time or memory
    :param firstRead: bytes to read at once
    :raises FileError: as :func:`scanFile`
    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        raise UnreadableFileError("the file cannot be opened", path, getattr(error, "strerror", None)) from error
    try:
        return _readUnchanging(descriptor, path, scan, onlyPlain, firstRead)
    except FileError as error:
        raise type(error)(error.what, path, error.value, error.hint) from error
    finally:
        os.close(descriptor)


def _readUnchanging(
    descriptor: int, path: bytes, scan: Callable[[ByteWindow], Header], onlyPlain: bool, firstRead: int
) -> Header:
    """A file that changes meanwhile is read again once, so that no header is made of two versions of it."""
    after = os.fstat(descriptor)
    for _ in range(2):
        before = after
        if not stat.S_ISREG(before.st_mode):
            raise UnreadableFileError("not a regular file", path)
        try:
            header = scan(FileWindow(descriptor, before.st_size, path, onlyPlain, firstRead))
        except FileError:
            after = os.fstat(descriptor)
            if _isSameVersion(before, after):
                raise
            continue
        after = os.fstat(descriptor)
        if _isSameVersion(before, after):
            header.path, header.fileSize, header.modifiedTime = path, before.st_size, modifiedTimeOf(before)
            return header
    raise UnreadableFileError("it changed while it was read", path)


def _isSameVersion(before: os.stat_result, after: os.stat_result) -> bool:
    return (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)


def scanBytes(buffer: bytes, fileSize: int | None = None, extraTags: Iterable[str] = ()) -> Header:
    """Read the header of a file in memory, or of the beginning of one.

    :param fileSize: the whole file's size when ``buffer`` is only its beginning
    :raises FileError: as :func:`scanFile`
    """
    size = len(buffer) if fileSize is None else fileSize
    header = scanWindow(BufferWindow(buffer, size), wantedValues(tuple(extraTags)))
    header.fileSize = size
    return header


def scanWindow(window: ByteWindow, wanted: WantedValues) -> Header:
    """The header of a file that is open already; path, size and time of it are left to the caller.

    :param wanted: what to look for
    :raises FileError: as :func:`scanFile`
    """
    header, window, position, encoding = openDataSet(window, wanted.numbers)
    if encoding is None:
        header.truncated = "the file holds no data set"
        return header
    deflated = header.transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN
    reader = readElements(window, position, encoding, wanted, header)
    header.truncated = reader.shortage
    header.pixelDataOffset, header.pixelDataLength = reader.pixelDataPosition, reader.pixelDataLength
    _keepDeclaredCompression(header)
    describePixelData(header, window, encoding, deflated)
    header.note = reader.nested.damage or _framesWithoutDescription(header) or header.note
    return header


def openDataSet(
    window: ByteWindow, numbers: frozenset[int] = frozenset()
) -> tuple[Header, ByteWindow, int, ElementEncoding | None]:
    """Read the meta group and find out where the data set begins and how it is written.

    :param numbers: which tags of the meta group are kept
    :returns: a header with what the meta group says, the bytes that hold the data set, where it begins in them, and
        how it is written; None for the last when there is no data set
    :raises FileError: as :func:`scanFile`
    """
    header = Header()
    position = header.dataSetOffset = _startOfDataSet(window, numbers | _META_NEEDED, header)
    declared = encodingOfSyntax(header.transferSyntaxUID)
    deflated = header.transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN
    if deflated:
        window, position = InflatedWindow(window, position), 0
    beginning = window.bytesAt(position, 4096)
    if not beginning:
        return header, window, position, None
    encoding = recognizedEncoding(beginning.ljust(12, b"\0"), declared)
    if encoding is None:
        raise NotDICOMError("the data set begins with something that is no element")
    if not header.transferSyntaxUID or (encoding != declared and not deflated):
        header.transferSyntaxUID = syntaxOfEncoding(encoding)
    return header, window, position, encoding


def readElements(
    window: ByteWindow, position: int, encoding: ElementEncoding, wanted: WantedValues, header: Header
) -> ElementReader:
    """Read a data set from ``position`` up to its pixel data or its end, and add its values to the header.

    What an element adds depends on its own bytes and on those of the elements before it that set the character set, the
    sign of pixels, and the owners of private elements; not on where it lies.
    """
    reader = ElementReader(window, encoding, wantedRawTags(wanted, encoding), wanted)
    reader.read(position)
    _decodeInto(header.values, reader)
    header.values.update(reader.nested.values)
    header.functionalGroups = reader.nested.frames
    return reader


def _startOfDataSet(window: ByteWindow, numbers: frozenset[int], header: Header) -> int:
    """Reads the meta group; returns where the data set begins."""
    beginning = window.bytesAt(0, 4096)
    if beginning[_PREAMBLE_LENGTH : _PREAMBLE_LENGTH + 4] == b"DICM":
        return _readMeta(window, _PREAMBLE_LENGTH + 4, numbers, header)
    if not looksLikeBareDataSet(beginning):
        raise NotDICOMError("not a DICOM file")
    return _readMeta(window, 0, numbers, header)


def _readMeta(window: ByteWindow, position: int, numbers: frozenset[int], header: Header) -> int:
    """The file meta group, always in explicit little endian (PS3.10 7.1). Its stated length is often wrong and not
    needed: the group ends where another begins."""
    while window.show(position, 8):
        offset = position - window.base
        group, element, vr, length = _META_ELEMENT.unpack_from(window.buffer, offset)
        if group != 0x0002:
            break
        start = position + 8
        if vr in LONG_VRS:
            start += 4
            length = _META_LENGTH.unpack(window.bytesAt(position + 8, 4).ljust(4, b"\0"))[0]
        elif not vr.isalpha():
            vr, length = b"", _META_LENGTH.unpack_from(window.buffer, offset + 4)[0]
        if start + length > window.size:
            raise TruncatedFileError("the file ends inside its meta information", value=f"0002,{element:04X}")
        number = 0x00020000 | element
        if number in numbers or number == _MEDIA_STORAGE_SOP_CLASS:
            text = decodeValue(window.bytesAt(start, min(length, 4096)), vr.decode("ascii") or standardVR(number))
            header.values[f"0002,{element:04X}"] = text
        position = start + length
    header.transferSyntaxUID = header.values.get(_TRANSFER_SYNTAX_UID, "")
    return position


def _decodeInto(values: dict[str, str], reader: ElementReader) -> None:
    wanted, order = reader.wanted, reader.encoding.order
    characterSet: list[str] = []
    signed = False
    for rawTag, vrBytes, raw in reader.found:
        text, vr = wanted[rawTag]
        if rawTag in reader.privateTags:
            reader.nested.readPrivate(rawTag, vrBytes, raw)
        if not text:
            continue
        if vrBytes and vrBytes != b"UN":
            vr = vrBytes.decode("ascii")
        value = values[text] = decodeValue(raw, vr, order, characterSet, signed)
        if text == _SPECIFIC_CHARACTER_SET:
            characterSet = value.split("\\")
        elif text == _PIXEL_REPRESENTATION:
            signed = value == "1"


def _keepDeclaredCompression(header: Header) -> None:
    """Fragments are compressed as the meta group says, also when elements are not written as that syntax demands: some
    programs compress the pixels of an implicit data set and leave the rest as it was."""
    declared = header.values.get(_TRANSFER_SYNTAX_UID, "")
    if header.pixelDataLength == UNDEFINED_LENGTH and transferSyntax(declared).isEncapsulated and declared:
        header.transferSyntaxUID = declared


def _framesWithoutDescription(header: Header) -> str:
    """What is wrong with the number of frames that are described one by one (PS3.3 C.7.6.16.1.2), in words."""
    described = next((len(column) for column in header.functionalGroups.values() if isinstance(column, list)), 0)
    frames = header.values.get(_NUMBER_OF_FRAMES, "")
    if described and frames.isdecimal() and int(frames) != described:
        return f"its functional groups describe {described} frames, and it has {frames}"
    return ""


def describePixelData(header: Header, window: ByteWindow, encoding: ElementEncoding, deflated: bool = False) -> None:
    """Say what the file lacks of its pixel data; its offset and length in the header are as the element states them."""
    if header.pixelDataOffset < 0:
        sopClass = header.values.get(_SOP_CLASS_UID) or header.values.get(MEDIA_STORAGE_SOP_CLASS_UID, "")
        if not header.truncated and announcesPixels(sopClass):
            header.truncated = NO_PIXEL_DATA
    elif header.pixelDataLength == UNDEFINED_LENGTH:
        header.pixelDataLength = -1
        frames = header.values.get(_NUMBER_OF_FRAMES, "").strip()
        header.truncated, header.note = fragmentShortage(
            window, header.pixelDataOffset, encoding, max(1, int(frames)) if frames.isdecimal() else 1,
            bool(transferSyntax(header.transferSyntaxUID).package),
        )  # fmt: skip
    else:
        available = header.pixelDataLength if deflated else max(0, window.size - header.pixelDataOffset)
        header.truncated = nativeShortage(header.values, header.pixelDataLength, available)
