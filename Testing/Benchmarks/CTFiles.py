"""Writes many CT files fast: headers as scanners write them, bytes put together without any DICOM library.

Of the 265 elements some 25 differ from file to file and 20 from series to series, several with values of varying
length; some patients' names need other character sets. Pixel data can be a hole in the file, which reads as zeros.
"""

from __future__ import annotations

import hashlib
import os
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .CTTemplate import ELEMENTS, constantElements

PIXEL_BYTES = 512 * 512 * 2
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_UNDEFINED_LENGTH = 0xFFFFFFFF
_UID_ROOT = "1.2.826.0.1.3680043.8.498."
_LONG_FORM = {b"OB", b"OW", b"SQ", b"UN", b"UT"}
_PATIENTS = (
    ("ISO_IR 100", "latin-1", "Müller^Jürgen"), ("ISO_IR 100", "latin-1", "Smith^Anna^Maria"),
    ("ISO_IR 192", "utf-8", "Яковлев^Иван"), ("ISO_IR 100", "latin-1", "Brown^Robert"),
    (r"\ISO 2022 IR 87", "iso2022_jp", "Yamada^Tarou=山田^太郎"), ("ISO_IR 100", "latin-1", "Garcia^Lucia"),
    ("ISO_IR 192", "utf-8", "Hong^Gildong=洪^吉洞=홍^길동"), ("ISO_IR 100", "latin-1", "Johansson^Åsa"),
)  # fmt: skip
_DESCRIPTIONS = ("CHEST 1.25 STANDARD", "LUNG 1.25 BONE", "ABDOMEN PORTAL 2.5", "CTA HEAD-NECK 0.6", "HEAD W/O 5.0")


@dataclass(frozen=True)
class SeriesPlan:
    """One series that is to be made; numbers count from 0 in the whole collection."""

    patient: int
    study: int
    series: int
    slices: int


def evenPlan(files: int, slicesInSeries: int = 200, seriesInPatient: int = 4) -> list[SeriesPlan]:
    """Series of equal size, two in each study; the last one holds the rest.

    >>> [plan.slices for plan in evenPlan(500)]
    [200, 200, 100]
    """
    counts = [min(slicesInSeries, files - first) for first in range(0, files, slicesInSeries)]
    return [SeriesPlan(number // seriesInPatient, number // 2, number, count) for number, count in enumerate(counts)]


def element(tag: int, vr: bytes, value: bytes) -> bytes:
    """One element in explicit VR little endian (PS3.5 7.1.2), padded to even length."""
    if len(value) % 2:
        value += b"\0" if vr in (b"UI", b"OB") else b" "
    group, number = tag >> 16, tag & 0xFFFF
    if vr in _LONG_FORM:
        return struct.pack("<HH2s2xI", group, number, vr, len(value)) + value
    return struct.pack("<HH2sH", group, number, vr, len(value)) + value


def uid(*parts: object) -> str:
    """A UID of a scanner's usual length that depends only on the parts."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return f"{_UID_ROOT}{int.from_bytes(digest[:9], 'big')}"


def patientName(number: int) -> tuple[str, str, str]:
    """SpecificCharacterSet, Python's codec for it, and a name that differs between any two patients."""
    characterSet, codec, name = _PATIENTS[number % len(_PATIENTS)]
    family, separator, rest = name.partition("^")
    return characterSet, codec, f"{family}{number:04d}{separator}{rest}"


class SeriesWriter:
    """Makes the files of one series; what is the same in all of them is encoded once.

    :param transferSyntax: UID; with a compressed one pixel data are given encapsulated (see :func:`encapsulated`)
    """

    def __init__(self, plan: SeriesPlan, transferSyntax: str = EXPLICIT_LITTLE_ENDIAN):
        self._plan = plan
        self._transferSyntax = transferSyntax
        self._root = uid("series", plan.series)
        shared = self._seriesElements()
        varying = self._varyingElements(0)
        constant = constantElements(ELEMENTS - len(shared.keys() | varying.keys()))
        if constant.keys() & (shared.keys() | varying.keys()):
            raise ValueError("an element would be there twice")
        self._pieces = _merged({**constant, **shared}, sorted(varying))

    def header(self, index: int) -> bytes:
        """All bytes of file ``index`` (from 0) before the values of its pixel data."""
        varying = self._varyingElements(index)
        pieces = [varying[piece] if isinstance(piece, int) else piece for piece in self._pieces]
        return b"".join([self._meta(index), *pieces, self._pixelDataHead()])

    def _pixelDataHead(self) -> bytes:
        isNative = self._transferSyntax == EXPLICIT_LITTLE_ENDIAN
        form = (b"OW", PIXEL_BYTES) if isNative else (b"OB", _UNDEFINED_LENGTH)
        return struct.pack("<HH2s2xI", 0x7FE0, 0x0010, *form)

    def write(self, folder: Path, pixels: bytes | Sequence[bytes] | None = None) -> None:
        """Write all files into the folder, which is made; files of these names are written over.

        :param pixels: what the pixel data holds, 512 KiB; several are used in turn; None for a hole in the file
        """
        folder.mkdir(parents=True, exist_ok=True)
        contents = pixels if isinstance(pixels, Sequence) and not isinstance(pixels, bytes) else [pixels]
        descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            for index in range(self._plan.slices):
                self._writeOne(descriptor, fileName(index), self.header(index), contents[index % len(contents)])
        finally:
            os.close(descriptor)

    @staticmethod
    def _writeOne(folder: int, name: str, header: bytes, pixels: bytes | None) -> None:
        file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=folder)
        try:
            os.write(file, header)
            # Not with O_TRUNC: ext4 writes a file that was emptied to the disk as soon as it is closed (auto_da_alloc).
            os.ftruncate(file, len(header))
            if pixels is None:
                os.ftruncate(file, len(header) + PIXEL_BYTES)
            else:
                os.write(file, pixels)
        finally:
            os.close(file)

    def _instanceUID(self, index: int) -> str:
        return f"{self._root}.{index + 1}"

    def _meta(self, index: int) -> bytes:
        body = b"".join((
            element(0x00020001, b"OB", b"\0\1"),
            element(0x00020002, b"UI", b"1.2.840.10008.5.1.4.1.1.2"),
            element(0x00020003, b"UI", self._instanceUID(index).encode()),
            element(0x00020010, b"UI", self._transferSyntax.encode()),
            element(0x00020012, b"UI", _UID_ROOT.encode() + b"1"),
            element(0x00020013, b"SH", b"BENCHMARK_1"),
        ))  # fmt: skip
        return b"\0" * 128 + b"DICM" + element(0x00020000, b"UL", struct.pack("<I", len(body))) + body

    def _seriesElements(self) -> dict[int, bytes]:
        plan = self._plan
        characterSet, codec, name = patientName(plan.patient)
        date = f"{2015 + plan.study % 10}{plan.study % 12 + 1:02d}{plan.study % 28 + 1:02d}"
        description = f"{_DESCRIPTIONS[plan.series % len(_DESCRIPTIONS)]} {plan.series % 41}"
        texts = {
            (0x00080005, b"CS"): characterSet, (0x00080012, b"DA"): date, (0x00080020, b"DA"): date,
            (0x00080021, b"DA"): date, (0x00080022, b"DA"): date, (0x00080023, b"DA"): date,
            (0x00080030, b"TM"): f"{plan.study % 24:02d}1500.000000",
            (0x00080031, b"TM"): f"{plan.study % 24:02d}{plan.series % 60:02d}10.250000",
            (0x00080050, b"SH"): f"ACC{plan.study:07d}", (0x00081030, b"LO"): f"CT Chest {plan.study}",
            (0x0008103E, b"LO"): description, (0x00100020, b"LO"): f"PAT{plan.patient:06d}",
            (0x00100030, b"DA"): f"19{plan.patient % 90 + 10}0{plan.patient % 9 + 1}15",
            (0x00100040, b"CS"): "FMO"[plan.patient % 3],
            (0x00181030, b"LO"): f"6.{plan.series % 9} {description[:20]}",
            (0x0020000D, b"UI"): uid("study", plan.study), (0x0020000E, b"UI"): self._root,
            (0x00200010, b"SH"): str(plan.study), (0x00200011, b"IS"): str(plan.series % 300 + 1),
            (0x00200012, b"IS"): "1", (0x00200052, b"UI"): uid("frame of reference", plan.study),
        }  # fmt: skip
        encoded = {tag: element(tag, vr, text.encode("latin-1")) for (tag, vr), text in texts.items()}
        encoded[0x00100010] = element(0x00100010, b"PN", name.encode(codec))
        return encoded

    def _varyingElements(self, index: int) -> dict[int, bytes]:
        """What differs from slice to slice, 1.25 mm apart; values come in the lengths they come in."""
        height = -135.25 - 1.25 * index
        seconds = 10 + index * 0.0397
        current = 180 + (index * 37) % 260
        time = f"{self._plan.study % 24:02d}{int(seconds) // 60 % 60:02d}{seconds % 60:09.6f}"
        referenced = element(0x00081150, b"UI", b"1.2.840.10008.5.1.4.1.1.2") + element(
            0x00081155, b"UI", uid("localizer", self._plan.series, index // 16).encode()
        )
        item = struct.pack("<HHI", 0xFFFE, 0xE000, len(referenced)) + referenced
        texts = {
            (0x00080013, b"TM"): time, (0x00080018, b"UI"): self._instanceUID(index),
            (0x0008002A, b"DT"): f"20200312{time}", (0x00080032, b"TM"): time, (0x00080033, b"TM"): time,
            (0x00181151, b"IS"): str(current), (0x00181152, b"IS"): str(current * 45 // 1000),
            (0x00181170, b"IS"): str(current * 120), (0x00200013, b"IS"): str(index + 1),
            (0x00200032, b"DS"): f"-180.0\\-{171.5 + self._plan.series % 7:.1f}\\{height:.3f}",
            (0x00201041, b"DS"): f"{height:.3f}", (0x00204000, b"LT"): f"slice {index + 1}",
            (0x002710F0, b"DS"): f"{height:.6f}", (0x001910F0, b"DS"): f"{seconds:.6f}",
            (0x004310F1, b"IS"): f"{current}\\{index}\\1\\4",
        }  # fmt: skip
        numbers = {
            (0x00189327, b"FD"): struct.pack("<d", height), (0x00189345, b"FD"): struct.pack("<d", current / 40),
            (0x00189324, b"FD"): struct.pack("<d", current / 2),
            (0x00280106, b"SS"): struct.pack("<h", -2000 + index % 17),
            (0x00280107, b"SS"): struct.pack("<h", 1400 + (index * 13) % 1600),
            (0x000910F2, b"SL"): struct.pack("<i", 1325077003 + index), (0x002110F3, b"FL"): struct.pack("<f", height),
            (0x002710F4, b"FL"): struct.pack("<f", height - 0.625), (0x004510F5, b"US"): struct.pack("<H", index % 984),
            (0x00081140, b"SQ"): item,
        }  # fmt: skip
        encoded = {tag: element(tag, vr, text.encode("ascii")) for (tag, vr), text in texts.items()}
        encoded.update({tag: element(tag, vr, value) for (tag, vr), value in numbers.items()})
        return encoded


def _merged(fixed: dict[int, bytes], varying: Iterable[int]) -> list[bytes | int]:
    """Fixed elements joined in order of their tags, with the tags of varying ones where their bytes belong."""
    pieces: list[bytes | int] = []
    for tag in sorted([*fixed, *varying]):
        if tag not in fixed:
            pieces.append(tag)
        elif pieces and isinstance(pieces[-1], bytes):
            pieces[-1] += fixed[tag]
        else:
            pieces.append(fixed[tag])
    return pieces


def encapsulated(frame: bytes) -> bytes:
    """One compressed frame as the value of pixel data: an empty offset table, one fragment, the end (PS3.5 A.4)."""
    frame += b"\0" * (len(frame) % 2)
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 0) + struct.pack("<HHI", 0xFFFE, 0xE000, len(frame))
    return item + frame + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def fileName(index: int) -> str:
    """Of slice ``index`` (from 0) in the folder of its series."""
    return f"IM{index:06d}.dcm"


def seriesFolder(folder: Path, plan: SeriesPlan) -> Path:
    """Where :func:`writeSeries` puts the files of a series."""
    return folder / f"patient{plan.patient:05d}" / f"series{plan.series:06d}"


def writeSeries(
    folder: Path, plans: Iterable[SeriesPlan], pixels: bytes | Sequence[bytes] | None = None,
    transferSyntax: str = EXPLICIT_LITTLE_ENDIAN,
) -> Iterator[Path]:  # fmt: skip
    """Write all files, each series into a folder of its own. :returns: the folders, one by one as they are complete"""
    for plan in plans:
        target = seriesFolder(folder, plan)
        SeriesWriter(plan, transferSyntax).write(target, pixels)
        yield target
