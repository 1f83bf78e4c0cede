"""Good files of many kinds, each with one object in a series of its own: what is to be damaged."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, replace

import numpy
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from .Encoding import canEncode, encodeDataset, fileMeta
from .EnhancedObjects import enhancedMR
from .Identifiers import deterministicUID
from .ReadyMade import axialCT, compressibleCT, obliqueMR, rgbSecondaryCapture, ultrasoundCine

# Of the same length everywhere, so that a mutant's own can be put in their place.
OBJECT_UID, SERIES_UID = deterministicUID("mutated object"), deterministicUID("mutated series")


@dataclass(frozen=True)
class Element:
    """Where an element of the outermost level lies in a file."""

    tag: int
    start: int
    value: int
    length: int


@dataclass(frozen=True)
class Seed:
    """A good file.

    :ivar contents: not deflated, also where the file is; `finished` does that
    :ivar elements: in file order, those of the file meta information left out
    :ivar fragments: (first byte, length) of what an encapsulated pixel data element holds, its offset table first
    """

    name: str
    contents: bytes
    elements: tuple[Element, ...]
    bigEndian: bool = False
    deflatedFrom: int = 0
    fragments: tuple[tuple[int, int], ...] = ()

    def finished(self, contents: bytes) -> bytes:
        """What was made of `contents`, as a file."""
        if not self.deflatedFrom:
            return contents
        compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = compressor.compress(contents[self.deflatedFrom :]) + compressor.flush()
        return contents[: self.deflatedFrom] + packed + b"\0" * (len(packed) % 2)


def seeds() -> list[Seed]:
    """All kinds; the encapsulated ones as far as their encoders are installed."""
    made = [_seed(name, encodeDataset(_identified(dataset), syntax)) for name, dataset, syntax in _native()]
    made += [
        _seed(name, encodeDataset(_identified(dataset), syntax))
        for name, dataset, syntax in _compressed() if canEncode(syntax)
    ]
    made += [_seed(name, contents) for name, contents in _jpegs()]
    bare = _identified(axialCT(slices=1).datasets()[0])
    made.append(_seed("bare", encodeDataset(bare, ImplicitVRLittleEndian, meta=False)))
    made.append(_seed("nopreamble", encodeDataset(bare, preamble=False)))
    return made


def seedOfFile(name: str, contents: bytes) -> Seed | None:
    """A file as it is, with its own UIDs; None when pydicom cannot make out where its elements are."""
    try:
        return _seed(name, contents)
    except (AttributeError, KeyError, ValueError, EOFError, OSError, struct.error, NotImplementedError, zlib.error):
        return None


def _native() -> list[tuple[str, Dataset, str]]:
    explicit, implicit = "1.2.840.10008.1.2.1", ImplicitVRLittleEndian
    scout = axialCT(slices=1, seriesNumber=20, photometricInterpretation="MONOCHROME1", dtype="int16")
    return [
        ("ct", axialCT(slices=1).datasets()[0], explicit),
        ("mr", obliqueMR(slices=1).datasets()[0], implicit),
        ("scout", scout.datasets()[0], explicit),
        ("colour", rgbSecondaryCapture().datasets()[0], explicit),
        ("planes", rgbSecondaryCapture(planarConfiguration=1).datasets()[0], implicit),
        ("palette", _palette(), explicit),
        ("cine", ultrasoundCine().datasets()[0], explicit),
        ("enhanced", _enhanced(True), explicit),
        ("enhanceddelimited", _enhanced(False), implicit),
        ("bigendian", compressibleCT(ExplicitVRBigEndian).datasets()[0], ExplicitVRBigEndian),
        ("deflated", axialCT(slices=1).datasets()[0], DeflatedExplicitVRLittleEndian),
    ]


def _compressed() -> list[tuple[str, Dataset, str]]:
    made = []
    for name, syntax in (("rle", RLELossless), ("jpegls", JPEGLSLossless), ("j2k", JPEG2000Lossless)):
        made.append((name, compressibleCT(syntax).datasets()[0], syntax))
        made.append((f"{name}colour", rgbSecondaryCapture(rows=32, columns=32).datasets()[0], syntax))
        made.append((f"{name}cine", ultrasoundCine(rows=32, columns=32).datasets()[0], syntax))
    return made


def _palette() -> Dataset:
    dataset = rgbSecondaryCapture(samplesPerPixel=1, photometricInterpretation="PALETTE COLOR").datasets()[0]
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        table = numpy.arange(256, dtype="<u2") * 257
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table.tobytes())
    return dataset


def _enhanced(definedLengths: bool) -> Dataset:
    dataset = enhancedMR(4, definedLengths)
    dataset.Rows, dataset.Columns, dataset.PixelData = 8, 8, bytes(range(256))
    dataset["PixelData"].VR = "OB"
    return dataset


def _identified(dataset: Dataset) -> Dataset:
    dataset.SOPInstanceUID, dataset.SeriesInstanceUID = OBJECT_UID, SERIES_UID
    dataset.StudyInstanceUID = deterministicUID("mutated study")
    return dataset


def _jpegs() -> list[tuple[str, bytes]]:
    """Pydicom writes no JPEG."""
    grey = _identified(ultrasoundCine(slices=1, rows=24, columns=24, multiframe=False).datasets()[0])
    deep = _identified(axialCT(slices=1, rows=24, columns=24).datasets()[0])
    pixels = numpy.frombuffer(deep.PixelData, "<u2").reshape(24, 24)
    made = [("jpeglossless", _encapsulated(deep, JPEGLosslessSV1, losslessJPEG(pixels)))]
    try:
        from PIL import Image
    except ImportError:
        return made
    stream = io.BytesIO()
    Image.frombytes("L", (24, 24), grey.PixelData).save(stream, "JPEG")
    return [*made, ("jpeg", _encapsulated(grey, JPEGBaseline8Bit, stream.getvalue()))]


def _encapsulated(dataset: Dataset, syntax: str, codestream: bytes) -> bytes:
    dataset.PixelData = encapsulate([codestream])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta = fileMeta(dataset, syntax)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def losslessJPEG(pixels: numpy.ndarray) -> bytes:
    """One component of 16 bits, first predictor, every category with a code of five bits (ISO/IEC 10918-1 annex H).

    :param pixels: uint16, shape (rows, columns)
    """
    rows, columns = pixels.shape
    values = pixels.astype(int)
    predicted = numpy.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 1 << 15
    bits = []
    for difference in ((values - predicted + (1 << 15)) % (1 << 16) - (1 << 15)).ravel().tolist():
        category = abs(difference).bit_length()
        bits.append(f"{category:05b}")
        if 0 < category < 16:
            bits.append(f"{difference if difference > 0 else difference + (1 << category) - 1:0{category}b}")
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    scan = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    frame = struct.pack(">HHBHHB3B", 0xFFC3, 11, 16, rows, columns, 1, 1, 0x11, 0)
    codes = bytes([0, 0, 0, 0, 17]) + bytes(11) + bytes(range(17))
    table = struct.pack(">HHB", 0xFFC4, 3 + len(codes), 0) + codes
    start = struct.pack(">HHB2B3B", 0xFFDA, 8, 1, 1, 0, 1, 0, 0)
    return b"\xff\xd8" + frame + table + start + scan + b"\xff\xd9"


def _seed(name: str, contents: bytes) -> Seed:
    dataset = dcmread(io.BytesIO(contents), force=True)
    meta = getattr(dataset, "file_meta", Dataset())
    syntax = UID(meta.get("TransferSyntaxUID", ImplicitVRLittleEndian))
    if syntax == DeflatedExplicitVRLittleEndian:
        return _deflatedSeed(name, contents, meta)
    seed = Seed(name, contents, _elements(dataset), syntax == ExplicitVRBigEndian)
    pixels = next((element for element in seed.elements if element.tag == 0x7FE00010), None)
    if pixels is None or not syntax.is_encapsulated:
        return seed
    return replace(seed, fragments=_fragments(contents, pixels.value))


def _elements(dataset: Dataset) -> tuple[Element, ...]:
    found, longOnes = [], ("OB", "OD", "OF", "OL", "OW", "OV", "SQ", "UC", "UN", "UR", "UT", "SV", "UV")
    for tag in dataset.keys():  # noqa: SIM118 - a dataset's own iterator reads the values
        raw = dataset.get_item(tag)
        tell = getattr(raw, "value_tell", None) or getattr(raw, "file_tell", None)
        if not tell:
            continue
        isLong = raw.VR in longOnes and not getattr(raw, "is_implicit_VR", False)
        value = getattr(raw, "value", b"")
        length = len(value) if isinstance(value, bytes) else 0
        found.append(Element(int(tag), tell - (12 if isLong else 8), tell, length))
    return tuple(found)


def _fragments(contents: bytes, position: int) -> tuple[tuple[int, int], ...]:
    found = []
    while contents[position : position + 4] == b"\xfe\xff\x00\xe0":
        length = struct.unpack_from("<I", contents, position + 4)[0]
        found.append((position + 8, length))
        position += 8 + length
    return tuple(found)


def _deflatedSeed(name: str, contents: bytes, meta: Dataset) -> Seed:
    start = 144 + meta.FileMetaInformationGroupLength
    inside = zlib.decompress(contents[start:], -zlib.MAX_WBITS)
    dataset = dcmread(io.BytesIO(contents))
    plain = encodeDataset(_copyWithout(dataset), "1.2.840.10008.1.2.1")
    body = dcmread(io.BytesIO(plain))
    offset = 144 + body.file_meta.FileMetaInformationGroupLength
    if plain[offset:] != inside:
        raise ValueError("pydicom writes it otherwise")
    shifted = [replace(one, start=one.start - offset + start, value=one.value - offset + start)
               for one in _elements(body)]
    return Seed(name, contents[:start] + inside, tuple(shifted), deflatedFrom=start)


def _copyWithout(dataset: Dataset) -> Dataset:
    del dataset.file_meta
    return dataset


