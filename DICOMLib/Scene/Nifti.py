"""NIfTI-1 files (.nii, .nii.gz): one array with its place in space.

Written and read here rather than by a foreign library, for the reasons given in ``Nrrd.py``. Source: the header
nifti1.h of the NIfTI data format working group, https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h. Its world
is RAS mm, as ours.
"""

from __future__ import annotations

import gzip
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy

from ..Errors import FileError, TruncatedFileError, UnreadableFileError
from ..Progress import Progress
from ..Workers.Answers import Workers
from .ArrayFiles import componentImages, compressing, replacingFile, understandingDamage, writeArrays
from .Matrices import isSheared
from .PlainSaid import PlainSaid
from .StoredArray import StoredArray, readByWorker, readStored

SUFFIXES = (".nii", ".nii.gz")
HEADER_BYTES, DATA_OFFSET = 348, 352
# Sizes are stored in 16 bits with sign.
LARGEST_SIZE = 32767
SCANNER, MILLIMETRES, VECTOR_INTENT = 1, 2, 1007
RGB = 128
_TASK = "DICOMLib.Scene.VoxelTask:readNifti"
# Code of xyzt_units → mm.
_UNITS = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
_CODES = {
    "uint8": 2, "int16": 4, "int32": 8, "float32": 16, "float64": 64, "int8": 256, "uint16": 512, "uint32": 768,
    "int64": 1024, "uint64": 1280,
}  # fmt: skip
_TYPE_OF_CODE = {code: name for name, code in _CODES.items()}

_HEADER = numpy.dtype([
    ("sizeof_hdr", "i4"), ("unused1", "V35"), ("dim_info", "u1"), ("dim", "i2", 8), ("intent_p", "f4", 3),
    ("intent_code", "i2"), ("datatype", "i2"), ("bitpix", "i2"), ("slice_start", "i2"), ("pixdim", "f4", 8),
    ("vox_offset", "f4"), ("scl_slope", "f4"), ("scl_inter", "f4"), ("slice_end", "i2"), ("slice_code", "u1"),
    ("xyzt_units", "u1"), ("cal_max", "f4"), ("cal_min", "f4"), ("slice_duration", "f4"), ("toffset", "f4"),
    ("unused2", "V8"), ("descrip", "S80"), ("aux_file", "S24"), ("qform_code", "i2"), ("sform_code", "i2"),
    ("quatern", "f4", 3), ("qoffset", "f4", 3), ("srow", "f4", (3, 4)), ("intent_name", "S16"), ("magic", "S4"),
])  # fmt: skip


@dataclass
class NiftiImage:
    """An array and where it is.

    :ivar array: shape (slices, rows, columns) or (slices, rows, columns, components)
    :ivar ijkToRAS: 4×4, index (i = column, j = row, k = slice) → RAS mm
    :ivar isSeries: whether components are volumes one after the other (a fourth axis) and not parts of one vector
    """

    array: numpy.ndarray
    ijkToRAS: numpy.ndarray
    isSeries: bool = False


# Writing


def writeNifti(image: NiftiImage, path: str | os.PathLike, progress: Progress | None = None) -> None:
    """Write to a new file that then replaces the old one; gzip where the name ends in .gz.

    The place is in the sform, sheared axes included, and where there is no shear in the qform as well (which cannot
    tell shear). Bytes with three components are written as colours.

    :raises FileError: for a type or size that NIfTI-1 cannot hold
    :raises UnreadableFileError: when the file cannot be written
    :raises CancelledError: when progress was cancelled; what was there before is still there
    """
    target = Path(path)
    header = _header(image, target)
    with replacingFile(target) as stream, compressing(stream, target.suffix.lower() == ".gz") as packed:
        packed.write(header.tobytes() + bytes(DATA_OFFSET - HEADER_BYTES))
        writeArrays(packed, _inFileOrder(image), image.array.nbytes, progress)


def _isColour(image: NiftiImage) -> bool:
    return not image.isSeries and image.array.dtype == numpy.uint8 and image.array.shape[3:] == (3,)


def _inFileOrder(image: NiftiImage) -> Iterable[numpy.ndarray]:
    interleaved = image.array.ndim == 4 and not _isColour(image)
    return componentImages(image.array) if interleaved else image.array


def _header(image: NiftiImage, target: Path) -> numpy.ndarray:
    array = image.array
    if array.dtype.name not in _CODES:
        raise FileError("voxels of this type cannot be written as NIfTI", target, array.dtype)
    components = 1 if array.ndim == 3 or _isColour(image) else array.shape[3]
    sizes = [*array.shape[2::-1], components] if image.isSeries else [*array.shape[2::-1], 1, components]
    if max(sizes) > LARGEST_SIZE:
        what = f"NIfTI-1 cannot hold more than {LARGEST_SIZE} voxels along an axis"
        raise FileError(what, target, "×".join(map(str, sizes)), "Save it as NRRD")
    while len(sizes) > 3 and sizes[-1] == 1:
        sizes.pop()
    header = numpy.zeros((), _HEADER.newbyteorder("<"))
    header["sizeof_hdr"], header["magic"] = HEADER_BYTES, b"n+1\0"
    header["dim"] = [len(sizes), *sizes, *[1] * (7 - len(sizes))]
    header["datatype"] = RGB if _isColour(image) else _CODES[array.dtype.name]
    header["bitpix"] = 24 if _isColour(image) else array.dtype.itemsize * 8
    header["vox_offset"], header["scl_slope"], header["xyzt_units"] = DATA_OFFSET, 1, MILLIMETRES
    header["intent_code"] = VECTOR_INTENT if len(sizes) == 5 else 0
    _setPlace(header, image.ijkToRAS)
    return header


def _setPlace(header: numpy.ndarray, matrix: numpy.ndarray) -> None:
    spacing = numpy.linalg.norm(matrix[:3, :3], axis=0)
    handedness, quaternion = quaternionOf(matrix[:3, :3] / spacing)
    header["pixdim"] = [handedness, *spacing, *[1] * 4]
    header["qform_code"] = 0 if isSheared(matrix) else SCANNER
    header["sform_code"] = SCANNER
    header["quatern"], header["qoffset"], header["srow"] = quaternion, matrix[:3, 3], matrix[:3]


def quaternionOf(axes: numpy.ndarray) -> tuple[float, numpy.ndarray]:
    """(qfac, (b, c, d)) of the rotation nearest to a 3×3 matrix of unit columns.

    A left-handed one is told by qfac −1 and the third column turned round (nifti1.h, method 2).
    """
    handedness = -1.0 if numpy.linalg.det(axes) < 0 else 1.0
    left, _, right = numpy.linalg.svd(axes * [1, 1, handedness])
    r = left @ right
    # The largest of the four parts is found first: dividing by a small one would lose digits.
    squares = numpy.array([
        1 + r[0, 0] + r[1, 1] + r[2, 2], 1 + r[0, 0] - r[1, 1] - r[2, 2],
        1 - r[0, 0] + r[1, 1] - r[2, 2], 1 - r[0, 0] - r[1, 1] + r[2, 2],
    ])  # fmt: skip
    products = numpy.array([
        [squares[0], r[2, 1] - r[1, 2], r[0, 2] - r[2, 0], r[1, 0] - r[0, 1]],
        [r[2, 1] - r[1, 2], squares[1], r[0, 1] + r[1, 0], r[0, 2] + r[2, 0]],
        [r[0, 2] - r[2, 0], r[0, 1] + r[1, 0], squares[2], r[1, 2] + r[2, 1]],
        [r[1, 0] - r[0, 1], r[0, 2] + r[2, 0], r[1, 2] + r[2, 1], squares[3]],
    ])  # fmt: skip
    largest = int(numpy.argmax(squares))
    quaternion = products[largest] / (2 * math.sqrt(squares[largest]))
    return handedness, (quaternion if quaternion[0] >= 0 else -quaternion)[1:]


# Reading


def readNifti(
    path: str | os.PathLike, progress: Progress | None = None, workers: Workers | None = None
) -> NiftiImage:
    """Read an image of three axes, or four (volumes one after the other), or of vectors; .nii or .nii.gz.

    Values are scaled as the header says, in float where that takes it. Of two places told the sform is taken.

    :param workers: where the header is parsed and voxels are inflated; None: in this process
    :raises UnreadableFileError: when the file cannot be opened
    :raises TruncatedFileError: when there are fewer bytes than the header announces
    :raises FileError: when it is not a NIfTI-1 file of this kind
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    source = Path(path)
    if workers is None:
        layout = NiftiLayout.ofFile(source)
        array = readStored(layout.stored, source, False, progress)
    else:
        layout, array = readByWorker(_TASK, {}, source, NiftiLayout.fromPlain, False, workers, progress)
    return NiftiImage(layout.inOrder(array), layout.ijkToRAS, layout.isSeries)


@dataclass(frozen=True)
class NiftiLayout:
    """All that a header says.

    :ivar isColour: whether the last axis is one of colours, and the first not one of components
    :ivar scaling: slope and intercept; 1 and 0 where nothing is scaled
    """

    stored: StoredArray
    isColour: bool
    isSeries: bool
    scaling: tuple[float, float]
    ijkToRAS: numpy.ndarray

    @classmethod
    def ofFile(cls, source: Path) -> NiftiLayout:
        """Errors as of :func:`readNifti`"""
        try:
            with open(source, "rb") as stream:
                isCompressed = stream.read(2) == b"\x1f\x8b"
                stream.seek(0)
                header = _readHeader(stream, isCompressed, source)
        except OSError as error:
            raise UnreadableFileError("the file cannot be read", source, error.strerror or str(error)) from error
        return cls._understood(header, isCompressed, source)

    @classmethod
    def _understood(cls, header: numpy.ndarray, isCompressed: bool, source: Path) -> NiftiLayout:
        count = int(header["dim"][0])
        sizes = [int(size) for size in header["dim"][1 : count + 1]]
        isColour, isSeries = bool(header["datatype"] == RGB), len(sizes) == 4 and sizes[3] > 1
        name = "uint8" if isColour else _TYPE_OF_CODE.get(int(header["datatype"]))
        sizes += [1] * (5 - len(sizes))
        hasTwoKinds = sizes[3] > 1 and sizes[4] > 1 or max(sizes[5:], default=1) > 1
        if name is None or not 1 <= count <= 7 or min(sizes) < 1 or hasTwoKinds or isColour and max(sizes[3:]) > 1:
            what = f"type {header['datatype']}, sizes {header['dim'].tolist()}"
            raise FileError("NIfTI images of this kind cannot be read", source, what)
        offset = header["vox_offset"]
        if not HEADER_BYTES <= offset < 1 << 31:
            raise FileError("the NIfTI header does not tell where the voxels are", source, offset)
        dtype = numpy.dtype(name).newbyteorder(header.dtype["dim"].base.byteorder)
        shape = (*sizes[2::-1], 3) if isColour else (sizes[3] * sizes[4], *sizes[2::-1])
        place = {"skip": int(offset)} if isCompressed else {"offset": int(offset)}
        stored = StoredArray(dtype, shape, isCompressed, **place)
        return cls(stored, isColour, isSeries, _scaling(header), _matrix(header, source))

    def plain(self) -> dict:
        """What JSON can carry."""
        return {
            **self.stored.plain(), "isColour": self.isColour, "isSeries": self.isSeries,
            "scaling": numpy.diag(self.scaling).tolist(), "place": self.ijkToRAS.tolist(),
        }  # fmt: skip

    @classmethod
    def fromPlain(cls, said: PlainSaid) -> NiftiLayout:
        """:raises FileError: when it is none"""
        stored, scaling, place = StoredArray.fromPlain(said), said.matrix("scaling", 2), said.matrix("place", 4)
        if scaling is None or place is None or stored.beside or len(stored.shape) != 4:
            said.refuse()
        return cls(stored, said.flag("isColour"), said.flag("isSeries"), tuple(numpy.diag(scaling).tolist()), place)

    def inOrder(self, array: numpy.ndarray) -> numpy.ndarray:
        """The voxels as they are used: axes of components last, scaled, in the byte order of this machine."""
        if not self.isColour:
            array = array[0] if array.shape[0] == 1 else numpy.moveaxis(array, 0, -1)
        array = numpy.ascontiguousarray(array, dtype=self.stored.dtype.newbyteorder("="))
        if self.scaling == (1, 0):
            return array
        slope, intercept = self.scaling
        # Products of integers of up to 16 bits are exact in float32 as far as its 24 bits go; so do other programs.
        return array.astype(numpy.float64 if array.dtype.itemsize > 2 else numpy.float32) * slope + intercept


def _readHeader(stream, isCompressed: bool, source: Path) -> numpy.ndarray:
    with understandingDamage(source):
        data = (gzip.GzipFile(fileobj=stream, mode="rb") if isCompressed else stream).read(HEADER_BYTES)
    if len(data) < HEADER_BYTES:
        raise TruncatedFileError("the file ends before its header", source)
    for order in "<>":
        header = numpy.frombuffer(data, _HEADER.newbyteorder(order))[0]
        if header["sizeof_hdr"] == HEADER_BYTES:
            if header["magic"][:3] != b"n+1":
                raise FileError("only NIfTI-1 files with header and voxels in one can be read", source)
            return header
    raise FileError("this is not a NIfTI-1 file", source)


def _scaling(header: numpy.ndarray) -> tuple[float, float]:
    slope, intercept = float(header["scl_slope"]), float(header["scl_inter"])
    isUsed = header["datatype"] != RGB and slope and math.isfinite(slope) and math.isfinite(intercept)
    return (slope, intercept) if isUsed else (1.0, 0.0)


def _matrix(header: numpy.ndarray, source: Path) -> numpy.ndarray:
    matrix = numpy.eye(4)
    spacing = numpy.abs(header["pixdim"][1:4].astype(float))
    if header["sform_code"] > 0:
        matrix[:3] = header["srow"]
    elif header["qform_code"] > 0:
        handedness = -1.0 if header["pixdim"][0] < 0 else 1.0
        matrix[:3, :3] = rotationOfQuaternion(header["quatern"].astype(float)) * spacing * [1, 1, handedness]
        matrix[:3, 3] = header["qoffset"]
    else:
        matrix[:3, :3] = numpy.diag(spacing)
    matrix[:3] *= _UNITS.get(int(header["xyzt_units"]) & 7, 1.0)
    if not numpy.isfinite(matrix).all() or numpy.linalg.matrix_rank(matrix[:3, :3]) < 3:
        raise FileError("the NIfTI header does not tell where the image is", source)
    return matrix


def rotationOfQuaternion(parts: numpy.ndarray) -> numpy.ndarray:
    """3×3 rotation of the parts b, c, d of a unit quaternion whose first part is not negative."""
    b, c, d = parts
    a = math.sqrt(max(0.0, 1 - b * b - c * c - d * d))
    return numpy.array([
        [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
        [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
        [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
    ])  # fmt: skip
