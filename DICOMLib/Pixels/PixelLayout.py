"""How the pixels of one object are stored, checked before a byte is allocated (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy

from ..Errors import LimitExceededError, PixelDataError
from ..Instance import Instance
from ..TransferSyntaxes import EXPLICIT_BIG_ENDIAN, EXPLICIT_LITTLE_ENDIAN, IMPLICIT_LITTLE_ENDIAN

NATIVE_SYNTAXES = frozenset({IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN})

# One object may decode to this much; beyond it the header is forged or the object needs a reader of its own.
LARGEST_OBJECT_BYTES = 4 << 30

# Interpretations whose stored samples are what is shown, and need no conversion.
DIRECT_INTERPRETATIONS = frozenset({"MONOCHROME1", "MONOCHROME2", "RGB"})
COLOUR_SAMPLES = 3


@dataclass(frozen=True)
class PixelLayout:
    """Stored pixels of one object.

    :ivar photometricInterpretation: as stored
    :ivar samples: samples a pixel as stored: 1 for grey and palette, 3 for colour
    :ivar planar: whether the samples of a frame are stored as whole planes, one after the other
    """

    rows: int
    columns: int
    frames: int
    samples: int
    planar: bool
    bitsAllocated: int
    bitsStored: int
    highBit: int
    signed: bool
    photometricInterpretation: str
    transferSyntaxUID: str

    @cached_property
    def storedType(self) -> numpy.dtype:
        """Integer type of one stored sample in the byte order of this machine."""
        size = next(bits for bits in (8, 16, 32, 64) if bits >= self.bitsAllocated)
        return numpy.dtype(f"{'int' if self.signed else 'uint'}{size}")

    @property
    def isColour(self) -> bool:
        """Whether the volume will have red, green and blue: stored in colour, or grey with a colour palette."""
        return self.samples > 1 or self.photometricInterpretation == "PALETTE COLOR"

    @property
    def frameShape(self) -> tuple[int, ...]:
        """Shape of one frame as delivered: (rows, columns) or (rows, columns, 3)."""
        return (self.rows, self.columns, COLOUR_SAMPLES) if self.isColour else (self.rows, self.columns)

    @property
    def frameBytes(self) -> int:
        """Bytes of one stored frame."""
        return self.rows * self.columns * self.samples * self.storedType.itemsize

    @property
    def objectBytes(self) -> int:
        """Bytes of all frames, stored."""
        return self.frameBytes * self.frames

    @property
    def storedRange(self) -> tuple[int, int]:
        """Smallest and largest value that BitsStored bits can hold."""
        if self.signed:
            return -(1 << (self.bitsStored - 1)), (1 << (self.bitsStored - 1)) - 1
        return 0, (1 << self.bitsStored) - 1

    @property
    def isReadDirectly(self) -> bool:
        """Whether the bytes in the file are the samples, so that they can be read straight into the volume.

        Big endian is simple for 16-bit samples only: 8-bit ones may be packed in swapped words (PS3.5 annex A.3).
        32 and 64 bits may be floating point numbers (PS3.3 C.7.6.24), which the header table does not tell.
        """
        whole = self.bitsAllocated in (8, 16)
        if self.transferSyntaxUID == EXPLICIT_BIG_ENDIAN:
            whole = self.bitsAllocated == 16
        direct = self.photometricInterpretation in DIRECT_INTERPRETATIONS
        return self.transferSyntaxUID in NATIVE_SYNTAXES and whole and direct


def layoutOf(instance: Instance, largestObjectBytes: int = LARGEST_OBJECT_BYTES) -> PixelLayout:
    """The layout that the header states.

    :raises PixelDataError: when the object has no pixel data or its header contradicts itself
    :raises LimitExceededError: when it would decode to more than `largestObjectBytes`
    """
    if not instance.hasPixelData:
        hint = "It may be a report, a structure set or a header without its image"
        raise PixelDataError("there is no pixel data", instance.path, hint=hint)
    bitsAllocated = instance.integer("BitsAllocated", 16)
    bitsStored = instance.integer("BitsStored", bitsAllocated)
    layout = PixelLayout(
        rows=instance.rows,
        columns=instance.columns,
        frames=instance.numberOfFrames,
        samples=instance.samplesPerPixel,
        planar=instance.integer("PlanarConfiguration") == 1,
        bitsAllocated=bitsAllocated,
        bitsStored=bitsStored,
        highBit=instance.integer("HighBit", bitsStored - 1),
        signed=instance.integer("PixelRepresentation") == 1,
        photometricInterpretation=instance.photometricInterpretation or "MONOCHROME2",
        transferSyntaxUID=instance.transferSyntaxUID,
    )
    _check(layout, instance, largestObjectBytes)
    return layout


def _check(layout: PixelLayout, instance: Instance, largestObjectBytes: int) -> None:
    """Python integers only: a forged size cannot overflow anything here."""
    if not (0 < layout.rows <= 0xFFFF and 0 < layout.columns <= 0xFFFF):
        value = f"{layout.columns} columns, {layout.rows} rows"
        raise PixelDataError("the image has no size", instance.path, value, "The file is damaged or not an image")
    if layout.samples not in (1, COLOUR_SAMPLES):
        hint = "Images have 1 sample (grey or palette) or 3 (colour)"
        raise PixelDataError("this number of samples a pixel is not read", instance.path, layout.samples, hint)
    bits = f"{layout.bitsAllocated} bits allocated, {layout.bitsStored} stored, high bit {layout.highBit}"
    if layout.bitsAllocated not in (1, 8, 16, 32, 64):
        raise PixelDataError("this number of bits a sample is not read", instance.path, bits)
    if not 0 < layout.bitsStored <= layout.highBit + 1 <= layout.bitsAllocated:
        raise PixelDataError("the header contradicts itself about bits", instance.path, bits, "The file is damaged")
    if layout.objectBytes > largestObjectBytes:
        what = f"the image would take {layout.objectBytes:,} bytes; the limit is {largestObjectBytes:,}"
        raise LimitExceededError(what, instance.path, hint="The header is probably damaged")


def keepStoredBits(array: numpy.ndarray, layout: PixelLayout) -> None:
    """In place: drop what is not part of the sample (overlays in unused bits), extend the sign (PS3.5 8.1.1).

    :param array: samples of `layout.storedType`, any shape
    """
    unused = array.dtype.itemsize * 8 - layout.bitsStored
    if unused == 0 or array.dtype.kind not in "iu":
        return
    above = array.dtype.itemsize * 8 - 1 - layout.highBit
    if above < 0:
        return
    if layout.signed:
        array <<= above
        array >>= unused
    else:
        if layout.highBit + 1 != layout.bitsStored:
            array >>= layout.highBit + 1 - layout.bitsStored
        array &= array.dtype.type((1 << layout.bitsStored) - 1)
