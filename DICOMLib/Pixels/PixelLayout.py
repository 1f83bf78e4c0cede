"""How the pixels of one object are stored, checked before a byte is allocated (PS3.3 C.7.6.3, PS3.5 8)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy

from ..Errors import LimitExceededError, PixelDataError
from ..Files.Completeness import HALVED_CHROMINANCE, frameBits
from ..Instance import MAX_FRAMES, Instance
from ..Tags import tagText
from ..TransferSyntaxes import (
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
    transferSyntax,
)

NATIVE_SYNTAXES = frozenset({IMPLICIT_LITTLE_ENDIAN, EXPLICIT_LITTLE_ENDIAN, EXPLICIT_BIG_ENDIAN})

# One object may decode to this much; beyond it the header is forged or the object needs a reader of its own. Native
# pixels may be more where the file really holds them.
LARGEST_OBJECT_BYTES = 4 << 30
# From this size on, a compressed file must hold a credible amount of data for what its header announces.
LARGEST_UNQUESTIONED_BYTES = 64 << 20
# Lossless compression of pictures reaches 1:4, of an empty one 1:500.
HIGHEST_COMPRESSION = 1000

# Interpretations whose stored samples are what is shown, and need no conversion.
DIRECT_INTERPRETATIONS = frozenset({"MONOCHROME1", "MONOCHROME2", "RGB"})
# Interpretations that native pixels can have besides.
CONVERTED_INTERPRETATIONS = frozenset(
    {"PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL", "YBR_PARTIAL_422"}
)
_OF_ONE_SAMPLE = frozenset({"MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"})
COLOUR_SAMPLES = 3
# All that a layout is made of, in the form of keys of a record's values.
LAYOUT_TAGS = tuple(
    map(
        tagText,
        ("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PlanarConfiguration", "BitsAllocated", "BitsStored",
         "HighBit", "PixelRepresentation", "PhotometricInterpretation"),
    )
)  # fmt: skip
MOST_BITS = 64


@dataclass(frozen=True)
class PixelLayout:
    """Stored pixels of one object.

    :ivar photometricInterpretation: as stored
    :ivar samples: samples a pixel as stored: 1 for grey and palette, 3 for colour
    :ivar signed: never in colour, whatever the header says: writers that say so store 0 to 255 all the same
    :ivar planar: whether the samples of a frame are stored as whole planes, one after the other
    :ivar floating: whether samples are floating point numbers (PS3.3 C.7.6.24, C.7.6.25)
    :ivar wordsSwapped: whether bytes lie in big endian words of two, as in OW of samples of other sizes (PS3.5 A.3)
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
    floating: bool = False
    wordsSwapped: bool = False

    @cached_property
    def storedType(self) -> numpy.dtype:
        """Type of one stored sample in the byte order of this machine: as many bits as are allocated, or the next."""
        size = next(bits for bits in (8, 16, 32, 64) if bits >= self.bitsAllocated)
        kind = "float" if self.floating else "int" if self.signed else "uint"
        return numpy.dtype(f"{kind}{size}")

    @property
    def isColour(self) -> bool:
        """Whether the volume will have red, green and blue: stored in colour, or grey with a colour palette."""
        return self.samples > 1 or self.photometricInterpretation == "PALETTE COLOR"

    @property
    def isHalved(self) -> bool:
        """Whether two pixels share their chrominance."""
        return self.samples == COLOUR_SAMPLES and self.photometricInterpretation in HALVED_CHROMINANCE

    @property
    def withWholeChrominance(self) -> PixelLayout:
        """The same with chrominance of its own for every pixel."""
        return replace(self, photometricInterpretation=self.photometricInterpretation.replace("_422", ""))

    @property
    def frameShape(self) -> tuple[int, ...]:
        """Shape of one frame as delivered: (rows, columns) or (rows, columns, 3)."""
        return (self.rows, self.columns, COLOUR_SAMPLES) if self.isColour else (self.rows, self.columns)

    @property
    def storedFrameBits(self) -> int:
        """Bits of one native frame in the file."""
        return frameBits(
            self.rows, self.columns, self.samples, self.bitsAllocated, self.photometricInterpretation
        )

    @property
    def storedBytes(self) -> int:
        """Bytes that native pixel data of all frames takes in the file, without padding to an even number."""
        return (self.storedFrameBits * self.frames + 7) // 8

    @property
    def frameBytes(self) -> int:
        """Bytes of one frame in memory, each sample in a number of its own."""
        return self.rows * self.columns * self.samples * self.storedType.itemsize

    @property
    def objectBytes(self) -> int:
        """Bytes of all frames in memory."""
        return self.frameBytes * self.frames

    @property
    def storedRange(self) -> tuple[int, int]:
        """Smallest and largest value that BitsStored bits can hold."""
        if self.signed:
            return -(1 << (self.bitsStored - 1)), (1 << (self.bitsStored - 1)) - 1
        return 0, (1 << self.bitsStored) - 1

    @property
    def isNative(self) -> bool:
        """Whether the pixels are read by NativeReader.py; all others are decoded by a worker."""
        return isNative(self)

    @property
    def isReadDirectly(self) -> bool:
        """Whether the bytes of a frame are its samples, so that they can be read straight into the volume's memory."""
        whole = self.bitsAllocated == self.storedType.itemsize * 8
        direct = self.photometricInterpretation in DIRECT_INTERPRETATIONS
        return self.isNative and whole and direct and not self.needsElement and not self.wordsSwapped

    @property
    def needsElement(self) -> bool:
        """Whether only the VR of the pixel data element, next to the pixels in the file, tells how its bytes lie.

        In big endian, OB keeps the order of bytes and OW swaps each two, whatever the size of a sample (PS3.5 A.3).
        """
        isBigEndian = self.transferSyntaxUID == EXPLICIT_BIG_ENDIAN
        return isBigEndian and self.bitsAllocated not in (16, 32, 64) and not self.wordsSwapped


def isNative(instance: Instance | PixelLayout) -> bool:
    """Whether its pixels are read by NativeReader.py; see :attr:`PixelLayout.isNative`."""
    return instance.transferSyntaxUID in NATIVE_SYNTAXES


def layoutOf(instance: Instance, largestObjectBytes: int = LARGEST_OBJECT_BYTES) -> PixelLayout:
    """The layout that the header states.

    :raises PixelDataError: when the object has no pixel data or its header contradicts itself
    :raises LimitExceededError: when it would decode to more than `largestObjectBytes`, or than its file can hold
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
        signed=instance.integer("PixelRepresentation") == 1 and instance.samplesPerPixel == 1,
        photometricInterpretation=_interpretation(instance),
        transferSyntaxUID=instance.transferSyntaxUID,
        floating=_isFloating(instance, bitsAllocated),
    )
    layout = _withTrueChrominance(layout, instance)
    _check(layout, instance)
    _checkSize(layout, instance, largestObjectBytes)
    return layout


def _interpretation(instance: Instance) -> str:
    """As stated; one sample a pixel that is no known grey is shown from dark to bright."""
    stated = instance.photometricInterpretation
    if instance.samplesPerPixel == 1:
        return stated if stated in _OF_ONE_SAMPLE else "MONOCHROME2"
    return stated or "RGB"


def _isFloating(instance: Instance, bitsAllocated: int) -> bool:
    """Integers must say how their bits are used, floating point numbers must not (PS3.3 C.7.6.3, C.7.6.24). Whether the
    file has the one element or the other is looked at when it is opened."""
    return bitsAllocated in (32, 64) and not (instance.value("PixelRepresentation") or instance.value("BitsStored"))


def _withTrueChrominance(layout: PixelLayout, instance: Instance) -> PixelLayout:
    """Some writers keep the name of a subsampled colour space after they have expanded it: the length tells."""
    if not layout.isHalved or transferSyntax(layout.transferSyntaxUID).isEncapsulated:
        return layout
    expanded = layout.withWholeChrominance
    return expanded if instance.pixelDataLength >= expanded.storedBytes else layout


def _check(layout: PixelLayout, instance: Instance) -> None:
    """Python integers only: a forged size cannot overflow anything here."""
    if not (0 < layout.rows <= 0xFFFF and 0 < layout.columns <= 0xFFFF):
        value = f"{layout.columns} columns, {layout.rows} rows"
        raise PixelDataError("the image has no size", instance.path, value, "The file is damaged or not an image")
    if layout.frames > MAX_FRAMES:
        value = f"{layout.frames}, more than {MAX_FRAMES}"
        raise LimitExceededError("the object claims too many frames", instance.path, value)
    if layout.samples not in (1, COLOUR_SAMPLES):
        hint = "Images have 1 sample (grey or palette) or 3 (colour)"
        raise PixelDataError("this number of samples a pixel is not read", instance.path, layout.samples, hint)
    bits = f"{layout.bitsAllocated} bits allocated, {layout.bitsStored} stored, high bit {layout.highBit}"
    if not (0 < layout.bitsAllocated <= MOST_BITS and (layout.bitsAllocated < 16 or layout.bitsAllocated % 8 == 0)):
        raise PixelDataError("this number of bits a sample is not read", instance.path, bits)
    _checkColour(layout, instance)
    if not 0 < layout.bitsStored <= layout.highBit + 1 <= layout.bitsAllocated:
        raise PixelDataError("the header contradicts itself about bits", instance.path, bits, "The file is damaged")


def _checkColour(layout: PixelLayout, instance: Instance) -> None:
    isEncapsulated = transferSyntax(layout.transferSyntaxUID).isEncapsulated
    stated = instance.photometricInterpretation
    if layout.isHalved and not isEncapsulated and layout.columns % 2:
        raise PixelDataError("pixels that share their colour in pairs need an even number of columns", instance.path)
    isKnown = layout.photometricInterpretation in DIRECT_INTERPRETATIONS | CONVERTED_INTERPRETATIONS
    if not isEncapsulated and not isKnown:
        what = "this kind of image is not read without compression"
        raise PixelDataError(what, instance.path, layout.photometricInterpretation)
    holdsColours = stated.startswith(("RGB", "YBR")) and instance.pixelDataLength >= COLOUR_SAMPLES * layout.storedBytes
    if layout.samples == 1 and holdsColours or layout.samples > 1 and stated == "PALETTE COLOR":
        value = f"PhotometricInterpretation {stated}, SamplesPerPixel {layout.samples}"
        raise PixelDataError("the header contradicts itself about colours", instance.path, value, "The file is damaged")


def _checkSize(layout: PixelLayout, instance: Instance, largestObjectBytes: int) -> None:
    held = max(0, instance.fileSize - instance.pixelDataOffset)
    if layout.isNative and layout.storedBytes <= min(held, instance.pixelDataLength):
        return
    if layout.objectBytes > largestObjectBytes:
        what = f"the image would take {layout.objectBytes:,} bytes; the limit is {largestObjectBytes:,}"
        raise LimitExceededError(what, instance.path, hint="The header is probably damaged")
    if instance.fileSize and isForged(layout.objectBytes, held) and not layout.isNative:
        what = f"the image would take {layout.objectBytes:,} bytes, and the file holds {held:,}"
        raise LimitExceededError(what, instance.path, hint="The header is probably damaged")


def isForged(decodedBytes: int, heldBytes: int) -> bool:
    """Whether no compression explains that so few bytes become so many."""
    return decodedBytes > LARGEST_UNQUESTIONED_BYTES and decodedBytes > heldBytes * HIGHEST_COMPRESSION


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
