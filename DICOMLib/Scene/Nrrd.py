"""NRRD files: one array with its place in space.

Read and written here rather than by a foreign library: every length is checked before anything is allocated, and each
number of the geometry is kept to the last digit. Source: https://teem.sourceforge.net/nrrd/format.html
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy

from ..Errors import FileError, LimitExceededError, UnreadableFileError
from ..Geometry.Patient import ijkToLPSFromRAS
from ..Progress import Progress
from ..Workers.Answers import Workers
from .ArrayFiles import compressing, replacingFile, writeArrays
from .NrrdDetached import DETACHED_SUFFIX, foreignDataName, isPlainName
from .PlainSaid import PlainSaid
from .StoredArray import StoredArray, readByWorker, readStored

MAGIC = b"NRRD000"
MAXIMUM_HEADER_BYTES = 1 << 20

_TYPES = {
    "int8": ("signed char", "int8_t"), "uint8": ("uchar", "unsigned char", "uint8_t"),
    "int16": ("short", "short int", "signed short", "signed short int", "int16_t"),
    "uint16": ("ushort", "unsigned short", "unsigned short int", "uint16_t"),
    "int32": ("int", "signed int", "int32_t"), "uint32": ("uint", "unsigned int", "uint32_t"),
    "int64": ("longlong", "long long", "long long int", "signed long long", "signed long long int", "int64_t"),
    "uint64": ("ulonglong", "unsigned long long", "unsigned long long int", "uint64_t"),
    "float32": ("float",), "float64": ("double",),
}  # fmt: skip
_TYPE_OF_NAME = {name: dtype for dtype, names in _TYPES.items() for name in (dtype, *names)}
# Space → signs that turn its coordinates into RAS.
_SPACES = {
    "right-anterior-superior": (1, 1, 1), "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1), "las": (-1, 1, 1),
    "left-posterior-superior": (-1, -1, 1), "lps": (-1, -1, 1),
}  # fmt: skip
TASK = "DICOMLib.Scene.VoxelTask:readNrrd"
_ESCAPE = re.compile(r"\\([\\n])")


@dataclass
class NrrdImage:
    """An array and where it is.

    :ivar array: shape (slices, rows, columns) or (slices, rows, columns, components)
    :ivar ijkToRAS: 4×4, index (i = column, j = row, k = slice) → RAS mm
    :ivar keyValues: what the file says beyond its own fields
    :ivar kind: of the axis of components, e.g. "list" or "3D-matrix"; "" for "vector"
    :ivar measurementFrame: 3×3, from the frame that vectors and matrices in the file are in to RAS; None: not told
    :ivar isSeries: whether the array has one more axis before the others: images one after the other
    :ivar fields: of the header, by name; when it is written, those that are not told by the rest
    :ivar parts: what is written along the first axis; then the array only says type and shape of all, and its memory
        is that of one
    """

    array: numpy.ndarray
    ijkToRAS: numpy.ndarray
    keyValues: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    measurementFrame: numpy.ndarray | None = None
    isSeries: bool = False
    fields: dict[str, str] = field(default_factory=dict)
    parts: Sequence[numpy.ndarray] = ()


def writeNrrd(
    image: NrrdImage, path: str | os.PathLike, compress: bool = True, progress: Progress | None = None
) -> None:
    """Write to new files that then replace the old ones; the geometry is written exactly, shear included, in LPS.

    :param path: a name that ends in .nhdr gives a header there and the voxels in a file beside it
    :raises FileError: when the array's type has no NRRD equivalent
    :raises UnreadableFileError: when the file cannot be written
    :raises CancelledError: when progress was cancelled; what was there before is still there
    """
    target = Path(path)
    isDetached = target.suffix.lower() == DETACHED_SUFFIX
    data = target.with_suffix(".raw.gz" if compress else ".raw") if isDetached else None
    header = _header(image, compress, target, data)
    with replacingFile(target) as stream:
        stream.write(header)
        if data is None:
            _writeVoxels(image, stream, compress, progress)
        else:
            with replacingFile(data) as voxels:
                _writeVoxels(image, voxels, compress, progress)


def _writeVoxels(image: NrrdImage, stream: BinaryIO, compress: bool, progress: Progress | None) -> None:
    with compressing(stream, compress) as packed:
        writeArrays(packed, image.parts or image.array, image.array.nbytes, progress)


def _header(image: NrrdImage, compress: bool, target: Path, data: Path | None) -> bytes:
    array = image.array
    if array.dtype.name not in _TYPES:
        raise FileError("voxels of this type cannot be written as NRRD", target, array.dtype)
    shape = array.shape[1:] if image.isSeries else array.shape
    series = array.shape[:1] if image.isSeries else ()
    components = shape[3:]
    lps = ijkToLPSFromRAS(image.ijkToRAS)[:3]
    kinds = [image.kind or "vector"] if components else []
    fields = {
        # teem knows int16 and its like, but neither float32 nor float64.
        "type": array.dtype.name if array.dtype.kind != "f" else _TYPES[array.dtype.name][0],
        "dimension": array.ndim,
        "space": "left-posterior-superior",
        "sizes": " ".join(map(str, (*components, *shape[2::-1], *series))),
        "space directions": " ".join(
            [*["none" for _ in components], *map(_vectorText, lps[:, :3].T), *["none" for _ in series]]
        ),
        "kinds": " ".join([*kinds, "domain", "domain", "domain", *["list" for _ in series]]),
        **image.fields,
        "endian": "little",
        "encoding": "gzip" if compress else "raw",
        "space origin": _vectorText(lps[:, 3]),
    }
    if image.measurementFrame is not None:
        frame = numpy.diag(_SPACES["lps"]) @ image.measurementFrame
        fields["measurement frame"] = " ".join(map(_vectorText, frame.T))
    lines = ["NRRD0005", *(f"{name}: {value}" for name, value in fields.items())]
    if data is not None:
        lines.append(f"data file: {data.name}")
    lines += [f"{_escaped(name)}:={_escaped(value)}" for name, value in image.keyValues.items()]
    return ("\n".join(lines) + "\n\n").encode("utf-8")


def _vectorText(vector: numpy.ndarray) -> str:
    # repr of a float gives the shortest text that reads back as the same number; + 0.0 turns -0.0 into 0.0.
    return "(" + ",".join(repr(float(value) + 0.0) for value in vector) + ")"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "")


def _unescaped(text: str) -> str:
    """From left to right: an "n" behind an escaped backslash is a letter."""
    return _ESCAPE.sub(lambda found: "\n" if found[1] == "n" else found[1], text)


def readNrrd(
    path: str | os.PathLike,
    isForeign: bool = False,
    withSeries: bool = False,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> NrrdImage:
    """Read a three-dimensional image, with or without a component axis; raw or gzip, attached or one detached file.

    :param isForeign: of somebody else: no other file is opened but voxels beside a header that is called .nhdr, and
        what inflates a hundredfold ends at 512 MiB
    :param withSeries: whether a last axis that is not in space is one of images, and not of components
    :param workers: where the header is parsed and voxels are inflated; None: in this process
    :raises UnreadableFileError: when the file cannot be opened
    :raises TruncatedFileError: when there are fewer bytes than the header announces
    :raises LimitExceededError: for a header longer than 1 MB or sizes the file cannot hold
    :raises FileError: when it is not a NRRD file of this kind
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """  # fmt: skip
    source = Path(path)
    if workers is None:
        layout = NrrdLayout.ofFile(source, isForeign, withSeries)
        array = readStored(layout.stored, source, isForeign, progress)
    else:
        options = {"isForeign": isForeign, "withSeries": withSeries}

        def understood(said: PlainSaid) -> NrrdLayout:
            return NrrdLayout.fromPlain(said, isForeign)

        layout, array = readByWorker(TASK, options, source, understood, isForeign, workers, progress)
    ordered, frame = layout.inOrder(array), layout.measurementFrame
    return NrrdImage(ordered, layout.ijkToRAS, layout.keyValues, layout.kind, frame, layout.isSeries, layout.fields)


def readHeader(stream: BinaryIO, source: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Fields by their names in small letters, and keys with their values. The stream is then behind the header.

    :raises LimitExceededError: when it is longer than 1 MB
    :raises FileError: when it is none
    """
    if not stream.readline(64).startswith(MAGIC):
        raise FileError("this is not a NRRD file", source)
    fields: dict[str, str] = {}
    keyValues: dict[str, str] = {}
    while stream.tell() < MAXIMUM_HEADER_BYTES:
        line = stream.readline(MAXIMUM_HEADER_BYTES)
        text = line.decode("utf-8", "replace").strip("\r\n")
        if not text:
            return fields, keyValues
        if text.startswith("#"):
            continue
        name, separator, value = re.match(r"([^:]*)(:=|: ?)?(.*)", text, re.DOTALL).groups()
        if separator == ":=":
            keyValues[_unescaped(name)] = _unescaped(value)
        elif separator:
            fields[name.strip().lower().replace("datafile", "data file")] = value.strip()
        else:
            raise FileError("the NRRD header has a line that is neither a field nor a key", source)
    raise LimitExceededError("the NRRD header is too long", source, f"more than {MAXIMUM_HEADER_BYTES} bytes")


@dataclass
class NrrdLayout:
    """All that a header says."""

    fields: dict[str, str]
    keyValues: dict[str, str]
    stored: StoredArray
    componentAxis: int | None
    """Position in the shape."""
    ijkToRAS: numpy.ndarray
    kind: str
    measurementFrame: numpy.ndarray | None
    isSeries: bool

    @classmethod
    def ofFile(cls, source: Path, isForeign: bool, withSeries: bool) -> NrrdLayout:
        """Errors as of :func:`readNrrd`"""
        try:
            with open(source, "rb") as stream:
                fields, keyValues = readHeader(stream, source)
                offset = stream.tell()
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", source, error.strerror or str(error)) from error
        name = fields.get("data file")
        beside = "" if name is None else _nameBeside(name, source, isForeign)
        return cls._understood(fields, keyValues, 0 if beside else offset, beside, source, withSeries)

    @classmethod
    def _understood(
        cls, fields: dict[str, str], keyValues: dict[str, str], offset: int, beside: str, source: Path, withSeries: bool
    ) -> NrrdLayout:
        series: list[int] = []
        try:
            sizes = [int(size) for size in fields["sizes"].split()]
            dtype = numpy.dtype(_TYPE_OF_NAME[fields["type"].lower()])
            directions = re.findall(r"none|\([^)]*\)", fields.get("space directions", "").lower())
            kinds = fields.get("kinds", "").lower().split()
            if withSeries and _isSeries(len(sizes), directions, kinds):
                series, sizes, directions, kinds = sizes[-1:], sizes[:-1], directions[: len(sizes) - 1], kinds[:-1]
            componentAxis = _componentAxis(len(sizes), directions, kinds)
            ijkToRAS = _matrix(fields, directions, len(sizes) - (componentAxis is not None))
            measurementFrame = _measurementFrame(fields)
        except (KeyError, ValueError) as error:
            raise FileError("the NRRD header is incomplete or not understood", source, str(error)) from error
        if len(sizes) - (componentAxis is not None) != 3 or min(sizes + series) < 1:
            raise FileError("only three-dimensional NRRD images can be read", source, fields["sizes"])
        if fields.get("endian", "little").lower() == "big":
            dtype = dtype.newbyteorder(">")
        axis = None if componentAxis is None else len(series) + len(sizes) - 1 - componentAxis
        kind = kinds[componentAxis] if componentAxis is not None and componentAxis < len(kinds) else ""
        stored = StoredArray(dtype, (*series, *reversed(sizes)), _isCompressed(fields, source), offset, beside=beside)
        return cls(fields, keyValues, stored, axis, ijkToRAS, kind, measurementFrame, bool(series))

    def plain(self) -> dict:
        """What JSON can carry."""
        frame = self.measurementFrame
        return {
            "fields": self.fields, "keyValues": self.keyValues, **self.stored.plain(),
            "axis": -1 if self.componentAxis is None else self.componentAxis, "place": self.ijkToRAS.tolist(),
            "kind": self.kind, "frame": None if frame is None else frame.tolist(), "isSeries": self.isSeries,
        }  # fmt: skip

    @classmethod
    def fromPlain(cls, said: PlainSaid, isForeign: bool) -> NrrdLayout:
        """:raises FileError: when it is none, or leads to another file than one beside it"""
        stored, axis, place = StoredArray.fromPlain(said), said.number("axis", -1), said.matrix("place", 4)
        if stored.beside:
            _nameBeside(stored.beside, said.source, isForeign)
        isSeries = said.flag("isSeries")
        if place is None or len(stored.shape) != 3 + (axis >= 0) + isSeries or axis >= len(stored.shape):
            said.refuse()
        texts = (said.texts("fields"), said.texts("keyValues"))
        componentAxis = None if axis < 0 else axis
        return cls(*texts, stored, componentAxis, place, said.text("kind"), said.matrix("frame", 3), isSeries)

    def inOrder(self, array: numpy.ndarray) -> numpy.ndarray:
        """The array with the axis of components last, in the byte order of this machine."""
        ordered = array if self.componentAxis is None else numpy.moveaxis(array, self.componentAxis, -1)
        return numpy.ascontiguousarray(ordered, dtype=self.stored.dtype.newbyteorder("="))


def _isSeries(dimension: int, directions: list[str], kinds: list[str]) -> bool:
    isTold = kinds[-1:] == ["list"] if len(kinds) == dimension else directions[-1:] == ["none"]
    return dimension in (4, 5) and isTold


def _componentAxis(dimension: int, directions: list[str], kinds: list[str]) -> int | None:
    """The axis (fastest first) that is not in space; None when all are."""
    if "none" in directions:
        return directions.index("none")
    if dimension != 4:
        return None
    spatial = ("domain", "space")
    return next((axis for axis, kind in enumerate(kinds) if kind not in spatial), 0)


def _matrix(fields: dict[str, str], directions: list[str], axes: int) -> numpy.ndarray:
    matrix = numpy.eye(4)
    space = fields.get("space", "").lower()
    if not space:
        spacings = [float(text) for text in fields.get("spacings", "").split() if text.lower() != "nan"]
        if len(spacings) >= axes == 3:
            matrix[:3, :3] = numpy.diag(spacings[-3:])
        return matrix
    if space not in _SPACES:
        raise ValueError(f"space: {space}")
    vectors = [_vector(text) for text in directions if text != "none"]
    if len(vectors) != 3:
        raise ValueError("space directions")
    matrix[:3, :3] = numpy.array(vectors).T
    matrix[:3, 3] = _vector(fields.get("space origin", "(0,0,0)"))
    if not numpy.isfinite(matrix).all() or numpy.linalg.matrix_rank(matrix[:3, :3]) < 3:
        raise ValueError("space directions")
    return numpy.diag([*_SPACES[space], 1.0]) @ matrix


def _measurementFrame(fields: dict[str, str]) -> numpy.ndarray | None:
    """3×3, columns are where the axes of the frame point in RAS; the file gives them in its own space."""
    vectors = [_vector(text) for text in re.findall(r"\([^)]*\)", fields.get("measurement frame", ""))]
    space = fields.get("space", "").lower()
    if not vectors or space not in _SPACES:
        return None
    frame = numpy.array(vectors).T
    if frame.shape != (3, 3) or not numpy.isfinite(frame).all():
        raise ValueError("measurement frame")
    return numpy.diag(_SPACES[space]) @ frame


def _vector(text: str) -> list[float]:
    values = [float(part) for part in text.strip("() ").split(",")]
    if len(values) != 3:
        raise ValueError(text)
    return values


def _nameBeside(name: str, source: Path, isForeign: bool) -> str:
    # Only a file beside the header: a header from elsewhere must not make us read any file of the disk.
    if isForeign and foreignDataName(name, source) is None:
        raise FileError("the NRRD file refers to another file, which is not opened", source, name[:80])
    if not isPlainName(name):
        raise FileError("only one data file beside the NRRD header can be read", source, name[:80])
    return name


def _isCompressed(fields: dict[str, str], source: Path) -> bool:
    encoding = fields.get("encoding", "").lower()
    if encoding not in ("raw", "gzip", "gz"):
        raise FileError("this NRRD encoding cannot be read", source, encoding, "Save it with encoding raw or gzip")
    for name in ("byte skip", "line skip"):
        if fields.get(name, "0") != "0":
            raise FileError(f"NRRD files with a {name} cannot be read", source, fields[name])
    return encoding != "raw"
