"""The DICOMDIR of a media set (PS3.3 annex F, PS3.10 8): records by pydicom's file-set, written with their offsets in
one pass, so that ten thousand files take seconds. Files get names of PS3.10 8.5: eight of A–Z, 0–9 and _.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..Database.UpkeepReport import NOTE, Finding
from ..Errors import ExportError
from ..Instance import Instance
from ..Media.DirectoryRecords import DirectoryListing, readDirectory
from .CopyOutReport import NOT_COPIED

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

DIRECTORY_NAME = "DICOMDIR"
# All files are below it, so that a media set is two entries of a folder.
FILES_FOLDER = "DICOM"
FILE_SET_ID = "DICOM"
# Of what a directory record may hold (PS3.3 F.5), what the database keeps of every file.
_KEYWORDS = (
    "PatientID", "PatientName", "StudyInstanceUID", "StudyDate", "StudyTime", "StudyID", "StudyDescription",
    "AccessionNumber", "Modality", "SeriesInstanceUID", "SeriesNumber", "InstanceNumber", "SOPClassUID",
    "SOPInstanceUID",
)  # fmt: skip
# Values of type 1 that stand in records where the file has none; PS3.3 F.5 lets them be made up.
_STAND_INS = {"StudyDate": "19000101", "StudyTime": "000000", "StudyID": "0", "SeriesNumber": "0", "Modality": "OT"}
# Each record begins with three elements of known length: the next record, in use, the one below (PS3.3 F.3.2.2).
_NEXT_AT, _LOWER_AT = 8, 30
_ITEM = b"\xfe\xff\x00\xe0"


@dataclass
class Record:
    """:ivar contents: its elements as they are written, offsets still 0
    :ivar key: what tells it from others of the same parent"""

    contents: bytearray
    key: tuple
    children: list[Record] = field(default_factory=list)
    byKey: dict[tuple, Record] = field(default_factory=dict)
    offset: int = 0

    def below(self, key: tuple, make: Callable[[], bytearray]) -> Record:
        """The child of this key, made when it is new."""
        if key not in self.byKey:
            self.byKey[key] = Record(make(), key)
            self.children.append(self.byKey[key])
        return self.byKey[key]


class MediaDirectory:
    """Collects records, and writes them.

    :ivar fileIDs: file ID → SOPInstanceUID
    """

    def __init__(self):
        from pydicom.fileset import FileSet

        self._fileSet = FileSet()
        self._root = Record(bytearray(), ())
        self._series: dict[str, Record] = {}
        self._madeUp: dict[str, None] = {}
        self._left: list[Finding] = []
        self.fileIDs: dict[tuple[str, ...], str] = {}

    @property
    def findings(self) -> list[Finding]:
        """Files no record could be made of, and which values were made up in records."""
        notes = [
            Finding(NOTE, b"", f"{keyword} is empty in some files; the DICOMDIR has a stand-in, as it must")
            for keyword in self._madeUp
        ]
        return self._left + notes

    def add(self, instance: Instance, fileID: tuple[str, ...], patientUID: str, number: int) -> bool:
        """Add a file.

        :param fileID: components of its name below the DICOMDIR
        :param patientUID: of the database, for patients without a PatientID
        :param number: stands for an InstanceNumber where there is none
        :returns: False when no record can be made of it; then it must not be in the media set
        """
        isKnown = instance.SeriesInstanceUID in self._series
        try:
            records = [] if isKnown and _isImage(instance) else self._records(instance, fileID, patientUID, number)
        except _NoRecord as reason:
            self._left.append(Finding(NOT_COPIED, instance.path, str(reason), instance.SOPInstanceUID))
            return False
        if not isKnown:
            parent = self._root
            for record in records[:-1]:
                parent = parent.below(_keyOf(record), lambda made=record: _encoded(made))
            self._series[instance.SeriesInstanceUID] = parent
        contents = self._imageRecord(instance, fileID, number) if _isImage(instance) else _encoded(records[-1])
        self._series[instance.SeriesInstanceUID].children.append(Record(contents, fileID))
        self.fileIDs[fileID] = instance.SOPInstanceUID
        return True

    def write(self, path: str) -> None:
        """Write the DICOMDIR. :raises OSError: when that is not possible"""
        beginning, offsetsAt = self._beginning()
        records = list(_descendants(self._root))
        position = len(beginning) + 12  # tag, VR, reserved and length of the sequence
        for record in records:
            record.offset = position
            position += 8 + len(record.contents)
        _link(self._root)
        beginning[offsetsAt[0] : offsetsAt[0] + 4] = _number(self._root.children[0].offset)
        beginning[offsetsAt[1] : offsetsAt[1] + 4] = _number(self._root.children[-1].offset)
        with open(path, "xb") as stream:
            os.chmod(path, 0o600)
            stream.write(beginning)
            length = position - len(beginning) - 12
            stream.write(b"\x04\x00\x20\x12SQ\x00\x00" + _number(length))
            for record in records:
                stream.write(_ITEM + _number(len(record.contents)))
                stream.write(record.contents)
            stream.flush()
            os.fsync(stream.fileno())

    def check(self, path: str) -> None:
        """Read a written DICOMDIR back: every file is listed once, exists, and the chain of records leads to it.

        :raises ExportError: when something is not as it should be
        """
        listing = readDirectory(os.fsencode(path))
        found = {tuple(part.decode("ascii") for part in record.fileID): record.sopInstanceUID
                 for record in listing.records if record.fileID}  # fmt: skip
        folder = os.path.dirname(path)
        problems = list(listing.problems)
        if found != self.fileIDs or len(_reachable(listing)) != len(listing.records):
            problems.append("it does not list the files that it should")
        problems += [f"{'/'.join(name)} is not there" for name in found
                     if not os.path.isfile(os.path.join(folder, *name))]  # fmt: skip
        if problems:
            raise ExportError("the DICOMDIR that was written is wrong", path, problems[0])

    def _records(self, instance: Instance, fileID: tuple[str, ...], patientUID: str, number: int) -> list[Dataset]:
        dataset = self._dataset(instance, patientUID, number)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they quote values
                records = list(self._fileSet._recordify(dataset))
        except (ValueError, AttributeError, KeyError, TypeError) as error:
            raise _NoRecord("the DICOMDIR cannot describe it: a value that it has to name is missing") from error
        records[-1].ReferencedFileID = list(fileID)
        return records

    def _imageRecord(self, instance: Instance, fileID: tuple[str, ...], number: int) -> bytearray:
        """A record of the type IMAGE (PS3.3 F.5.4), which most are; the general way takes a hundred times as long."""
        if instance.instanceNumber is None:
            self._madeUp["InstanceNumber"] = None
        instanceNumber = number if instance.instanceNumber is None else instance.instanceNumber
        return bytearray().join((
            b"\x04\x00\x00\x14UL\x04\x00" + bytes(4), b"\x04\x00\x10\x14US\x02\x00\xff\xff",
            b"\x04\x00\x20\x14UL\x04\x00" + bytes(4), _element(b"\x04\x00\x30\x14CS", "IMAGE"),
            _element(b"\x04\x00\x00\x15CS", "\\".join(fileID)),
            _element(b"\x04\x00\x10\x15UI", instance.SOPClassUID),
            _element(b"\x04\x00\x11\x15UI", instance.SOPInstanceUID),
            _element(b"\x04\x00\x12\x15UI", instance.transferSyntaxUID),
            _element(b"\x20\x00\x13\x00IS", str(instanceNumber)),
        ))  # fmt: skip

    def _dataset(self, instance: Instance, patientUID: str, number: int) -> Dataset:
        """What records are made of: values of the database; for what is no image also those of the file."""
        from pydicom.dataset import Dataset, FileMetaDataset

        dataset = Dataset() if _isImage(instance) else _readDataset(instance)
        values = {keyword: instance.value(keyword) for keyword in _KEYWORDS}
        for keyword in ("PatientID", *_STAND_INS, "InstanceNumber"):
            if not values[keyword].strip():
                values[keyword] = _STAND_INS.get(keyword) or {"PatientID": f"UNKNOWN-{patientUID}"}.get(
                    keyword, str(number)
                )
                self._madeUp[keyword] = None
        if not all(map(str.isascii, values.values())):
            dataset.SpecificCharacterSet = "ISO_IR 192"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for keyword, value in values.items():
                _set(dataset, keyword, value)
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = instance.transferSyntaxUID
        return dataset

    def _beginning(self) -> tuple[bytearray, tuple[int, int]]:
        """Everything before the sequence of records, and where the two offsets in it are."""
        from pydicom.filebase import DicomFileLike
        from pydicom.filewriter import write_dataset, write_file_meta_info

        dataset = self._fileSet._create_dicomdir()
        dataset.FileSetID = FILE_SET_ID
        stream = io.BytesIO()
        target = DicomFileLike(stream)
        target.is_implicit_VR, target.is_little_endian = False, True
        stream.write(b"\x00" * 128 + b"DICM")
        write_file_meta_info(target, dataset.file_meta, enforce_standard=True)
        write_dataset(target, dataset[:0x00041200])
        first = stream.tell()
        write_dataset(target, dataset[0x00041200:0x00041220])
        return bytearray(stream.getvalue()), (first + 8, first + 12 + 8)


class _NoRecord(Exception):
    """Why none can be made, a clause."""


def fileNames() -> Callable[[str, tuple[str, ...]], str]:
    """Gives names of eight characters, numbered in each folder: ``name("PT", parent)`` is "PT000000", "PT000001", …"""
    counts: dict[tuple, int] = {}

    def name(prefix: str, parent: tuple[str, ...]) -> str:
        number = counts.get((prefix, parent), 0)
        counts[prefix, parent] = number + 1
        return f"{prefix}{number:06d}"

    return name


def _element(start: bytes, value: str) -> bytes:
    """An element with explicit VR, padded to even length (PS3.5 6.2)."""
    encoded = value.encode("ascii", "replace")
    if len(encoded) % 2:
        encoded += b"\0" if start.endswith(b"UI") else b" "
    return start + len(encoded).to_bytes(2, "little") + encoded


def _isImage(instance: Instance) -> bool:
    """Whether the record is of the type IMAGE, for which the database keeps all that is needed."""
    return instance.hasPixelData and instance.modality not in ("RTDOSE", "PR", "SR", "KO", "PLAN", "REG")


def _readDataset(instance: Instance) -> Dataset:
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return dcmread(instance.filePath, stop_before_pixels=True, defer_size=65536)
    except (InvalidDicomError, OSError, ValueError, KeyError, AttributeError, TypeError, EOFError, RecursionError,
            NotImplementedError) as error:  # fmt: skip
        raise _NoRecord("the DICOMDIR cannot describe it: its header cannot be read") from error


def _set(dataset: Dataset, keyword: str, value: str) -> None:
    """A value as it is in the file, whatever rules it breaks; numbers only as numbers."""
    from pydicom import config
    from pydicom.datadict import dictionary_VR, tag_for_keyword
    from pydicom.dataelem import DataElement

    vr = dictionary_VR(keyword)
    text = value.strip()
    if vr == "IS":
        first = text.split("\\")[0]
        try:
            text = int(float(first))
        except (ValueError, OverflowError):
            text = 0
    elif vr != "PN":
        text = text.split("\\")[0]
    dataset[keyword] = DataElement(tag_for_keyword(keyword), vr, text, validation_mode=config.IGNORE)


def _keyOf(record: Dataset) -> tuple:
    """PatientID, StudyInstanceUID or SeriesInstanceUID (PS3.3 F.5.1–F.5.3)."""
    names = {"PATIENT": "PatientID", "STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID"}
    return record.DirectoryRecordType, str(record.get(names[record.DirectoryRecordType]))


def _encoded(record: Dataset) -> bytearray:
    from pydicom.filebase import DicomFileLike
    from pydicom.filewriter import write_dataset

    stream = io.BytesIO()
    target = DicomFileLike(stream)
    target.is_implicit_VR, target.is_little_endian = False, True
    write_dataset(target, record)
    return bytearray(stream.getvalue())


def _descendants(record: Record) -> Iterator[Record]:
    for child in record.children:
        yield child
        yield from _descendants(child)


def _link(parent: Record) -> None:
    for number, record in enumerate(parent.children):
        following = parent.children[number + 1].offset if number + 1 < len(parent.children) else 0
        record.contents[_NEXT_AT : _NEXT_AT + 4] = _number(following)
        record.contents[_LOWER_AT : _LOWER_AT + 4] = _number(record.children[0].offset if record.children else 0)
        _link(record)


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _reachable(listing: DirectoryListing) -> set[int]:
    byOffset = {record.offset: record for record in listing.records}
    found: set[int] = set()
    waiting = [listing.firstOffset]
    while waiting:
        offset = waiting.pop()
        if offset in byOffset and offset not in found:
            found.add(offset)
            waiting += [byOffset[offset].next, byOffset[offset].lower]
    return found
