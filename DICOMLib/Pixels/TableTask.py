"""Runs in a worker process: reads the lookup tables of one file with pydicom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy

from ..Errors import PixelDataError
from .LookupTable import expandedSegments, narrowedColours

if TYPE_CHECKING:
    from pydicom import Dataset

MOST_ENTRIES = 1 << 16
_COLOURS = ("Red", "Green", "Blue")


def readPalette(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """The colours of the palette: one array of shape (n, 3), with ``{"first": stored value of the first one}``.

    :raises PixelDataError: when the file has no palette or a damaged one
    """
    dataset = _header(path)
    channels = [_channel(dataset, colour) for colour in _COLOURS]
    if len({(first, len(entries), entries.dtype) for first, entries in channels}) != 1:
        raise PixelDataError("the red, green and blue tables of the palette differ in size")
    colours = numpy.stack([entries for _, entries in channels], axis=-1)
    yield {"first": channels[0][0]}, narrowedColours(colours)


def readModalityTable(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """The modality table: one array of shape (n,), with ``{"first": …, "explanation": its type or explanation}``."""
    dataset = _header(path)
    for item in dataset.get("ModalityLUTSequence") or []:
        first, entries = _table(dataset, item)
        yield {"first": first, "explanation": str(item.get("ModalityLUTType") or "")}, entries
        return
    raise PixelDataError("the file has no modality table", hint="Import it again")


def readDisplayTables(path: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """The tables of the VOI LUT sequence, each shape (n,), with ``{"first": …, "explanation": …}``."""
    dataset = _header(path)
    for item in dataset.get("VOILUTSequence") or []:
        first, entries = _table(dataset, item)
        yield {"first": first, "explanation": str(item.get("LUTExplanation") or "")}, entries


def readRealWorldTables(path: str, frames: Sequence[int]) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Tables of real world values, each once: shape (n,) of float64, with ``{"first": the stored value of the first
    entry, "frames": those it holds for, "label": …, "units": [value, scheme, meaning], "quantity": the same}``.

    :raises PixelDataError: when a frame has no table, or one that is short
    """
    dataset = _header(path)
    found: dict[tuple, tuple[dict, numpy.ndarray]] = {}
    for frame in frames:
        item = _realWorldItem(dataset, frame)
        first, entries = _realWorldEntries(dataset, item)
        quantity = item.get("QuantityDefinitionSequence") or [{}]
        information = {
            "first": first, "frames": [], "label": str(item.get("LUTLabel") or ""),
            "units": _codeOf(item.get("MeasurementUnitsCodeSequence")),
            "quantity": _codeOf(quantity[0].get("ConceptCodeSequence")),
        }  # fmt: skip
        one = found.setdefault((str(information), entries.tobytes()), (information, entries))
        one[0]["frames"].append(frame)
    yield from found.values()


def _realWorldItem(dataset: Dataset, frame: int) -> Dataset:
    """The first mapping by a table: of the frame, of all frames, else of the object."""
    perFrame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    groups = [*perFrame[frame : frame + 1], *(dataset.get("SharedFunctionalGroupsSequence") or [])[:1], dataset]
    for group in groups:
        for item in group.get("RealWorldValueMappingSequence") or []:
            if item.get("RealWorldValueLUTData") is not None:
                return item
    raise PixelDataError("a frame has no table of real world values", value=f"frame {frame + 1}")


def _realWorldEntries(dataset: Dataset, item: Dataset) -> tuple[int, numpy.ndarray]:
    isSigned = dataset.get("PixelRepresentation") == 1
    first, last = (_storedNumber(item.get(f"RealWorldValue{end}ValueMapped"), isSigned) for end in ("First", "Last"))
    entries = numpy.atleast_1d(numpy.array(item.RealWorldValueLUTData, numpy.float64))
    if first is None or last is None:
        raise PixelDataError("a table of real world values does not say which stored values it maps")
    count = last - first + 1
    if not 0 < count <= min(len(entries), MOST_ENTRIES):
        what, value = "a table of real world values is short of entries", f"have {len(entries)}, need {count}"
        raise PixelDataError(what, value=value, hint="The file is damaged")
    return first, entries[:count]


def _storedNumber(value: object, isSigned: bool) -> int | None:
    """Neither an implicit VR nor a wrong one says that it is signed."""
    if isinstance(value, bytes):
        value = int.from_bytes(value[:2], "little") if len(value) >= 2 else None
    if value is None:
        return None
    return int(value) - 0x10000 if isSigned and int(value) > 0x7FFF else int(value)


def _codeOf(sequence: Sequence[Dataset] | None) -> list[str]:
    item = sequence[0] if sequence else {}
    return [str(item.get(name) or "").strip() for name in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")]


def _header(path: str) -> Dataset:
    from pydicom import dcmread

    return dcmread(path, force=True, stop_before_pixels=True)


def _descriptor(dataset: Dataset, values: Sequence[int] | None) -> tuple[int, int, int]:
    """(entries, first stored value, bits of an entry); 0 entries are 65,536 (PS3.3 C.11.1.1.1)."""
    if values is None or len(values) != 3:
        raise PixelDataError("a lookup table has no descriptor")
    count, first, bits = (int(value) for value in values)
    count &= 0xFFFF  # read as signed when pixels are
    if not 0 < bits <= 16:
        raise PixelDataError("a lookup table has entries of an unknown size", value=f"{bits} bits")
    if dataset.get("PixelRepresentation") == 1 and first > 0x7FFF:
        first -= 0x10000  # neither an implicit VR nor a wrong one says that it is signed
    return count or MOST_ENTRIES, first, bits


def _channel(dataset: Dataset, colour: str) -> tuple[int, numpy.ndarray]:
    count, first, bits = _descriptor(dataset, dataset.get(f"{colour}PaletteColorLookupTableDescriptor"))
    data = dataset.get(f"{colour}PaletteColorLookupTableData")
    if data is not None:
        return first, _entries(data, count, bits, _order(dataset))
    segments = dataset.get(f"Segmented{colour}PaletteColorLookupTableData")
    if segments is None:
        raise PixelDataError("the palette of a colour image is missing", hint="The file is damaged")
    words = numpy.frombuffer(segments, f"{_order(dataset)}u2") if bits > 8 else _bytes(segments, _order(dataset))
    try:
        return first, expandedSegments(words.astype("u2" if bits > 8 else "u1"), count)
    except ValueError as error:
        raise PixelDataError("the palette of a colour image is damaged", value=str(error)) from None


def _table(dataset: Dataset, item: Dataset) -> tuple[int, numpy.ndarray]:
    count, first, bits = _descriptor(dataset, item.get("LUTDescriptor"))
    return first, _entries(item.get("LUTData"), count, bits, _order(dataset))


def _entries(data: object, count: int, bits: int, order: str) -> numpy.ndarray:
    """Table data as bytes or as numbers; entries of 8 bits may take 16 each (PS3.3 C.11.1.1.1)."""
    if not isinstance(data, bytes | bytearray):
        numbers = [data] if isinstance(data, int) else list(data or [])
        entries = numpy.array([int(number) & 0xFFFF for number in numbers], numpy.uint16)
    elif len(data) >= count * 2:
        entries = numpy.frombuffer(data, f"{order}u2")
    elif bits <= 8 or len(data) in (count, count + count % 2):  # the length tells what the descriptor does not
        entries = _bytes(data, order)
    else:
        entries = numpy.empty(0, numpy.uint16)
    if len(entries) < count:
        value = f"have {len(entries)}, need {count}"
        raise PixelDataError("a lookup table is short of entries", value=value, hint="The file is damaged")
    return entries[:count].astype(numpy.uint8 if bits <= 8 and entries[:count].max() <= 0xFF else numpy.uint16)


def _bytes(data: bytes, order: str) -> numpy.ndarray:
    """Entries of 8 bits, two in each word: always OW, whose bytes are turned in big endian (PS3.5 A.3)."""
    words = numpy.frombuffer(data[: len(data) // 2 * 2], f"{order}u2")
    return words.astype("<u2").view("u1") if order == ">" else numpy.frombuffer(data, "u1")


def _order(dataset: Dataset) -> str:
    return "<" if dataset.original_encoding[1] is not False else ">"
