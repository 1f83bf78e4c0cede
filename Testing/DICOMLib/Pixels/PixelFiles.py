"""Files with pixel data of any kind, written byte by byte: what pydicom would refuse to write included."""

from __future__ import annotations

import struct
from pathlib import Path

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Instance import Instance
from Testing.Fixtures import SeriesBuilder

IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
BASE = {"Modality": "OT", "SamplesPerPixel": 1, "PhotometricInterpretation": "MONOCHROME2", "BitsAllocated": 16}


def pixelFile(
    path: Path,
    pixels: bytes,
    rows: int,
    columns: int,
    syntax: str = EXPLICIT,
    vr: str = "OW",
    element: int = 0x0010,
    sequences: dict[str, list[dict]] | None = None,
    extraTags: tuple[str, ...] = (),
    **tags: object,
) -> Instance:
    """The record of a file that holds these bytes as pixel data.

    :param vr: of the pixel data element, written as it is
    :param element: 0x0008 for float, 0x0009 for double
    :param sequences: keyword → items as keyword → value
    :param tags: keyword → value; None leaves out what would follow from BitsAllocated
    """
    dataset = FileDataset(None, {}, b"\0" * 128, FileMetaDataset(), syntax == IMPLICIT, syntax != BIG_ENDIAN)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SECONDARY_CAPTURE
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = f"1.2.3.{abs(hash(path.name)) % 10**9}"
    bits = tags.get("BitsAllocated", 16)
    stored = tags.get("BitsStored", bits)
    described = {"BitsStored": stored, "HighBit": None if stored is None else stored - 1, "PixelRepresentation": 0}
    for keyword, value in {**BASE, "Rows": rows, "Columns": columns, **described, **tags}.items():
        if value is not None:
            setattr(dataset, keyword, value)
    for keyword, items in (sequences or {}).items():
        setattr(dataset, keyword, Sequence([_item(item) for item in items]))
    dataset.save_as(path, enforce_file_format=True)
    with open(path, "ab") as stream:
        stream.write(_elementHead(syntax, vr, element, len(pixels)) + pixels)
    return scanFile(path, extraTags).toInstance()


def _item(values: dict) -> Dataset:
    item = Dataset()
    for keyword, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = Sequence([_item(inner) for inner in value])
        setattr(item, keyword, value)
    return item


def _elementHead(syntax: str, vr: str, element: int, length: int) -> bytes:
    order = ">" if syntax == BIG_ENDIAN else "<"
    if syntax == IMPLICIT:
        return struct.pack(f"{order}HHI", 0x7FE0, element, length)
    return struct.pack(f"{order}HH2sHI", 0x7FE0, element, vr.encode("ascii"), 0, length)


def records(builder: SeriesBuilder, folder: Path) -> list[Instance]:
    """Of the files of a series that is written to a folder."""
    return [scanFile(path).toInstance() for path in builder.write(folder)]
