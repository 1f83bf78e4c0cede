"""Runs in a worker process: the samples of one frame from its encoded bytes, with pydicom's decoders and zlib."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

import numpy

from ..Errors import PixelDataError, UnsupportedTransferSyntaxError
from ..TransferSyntaxes import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    DEFLATED_IMAGE_FRAME,
    ENCAPSULATED_UNCOMPRESSED,
    GE_PRIVATE_IMPLICIT,
    HTJ2K,
    HTJ2K_LOSSLESS,
    HTJ2K_LOSSLESS_RPCL,
    JPEG_2000,
    JPEG_2000_LOSSLESS,
    JPEG_BASELINE,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LOSSLESS_SV1,
    JPEG_LS_LOSSLESS,
    JPEG_LS_NEAR_LOSSLESS,
    RLE_LOSSLESS,
    syntaxName,
    transferSyntax,
)
from .Codestream import adobeTransform, checkCodestream, hasColourTransform, withSoundScan
from .Colour import rgbFromYBR
from .Encapsulation import encapsulated
from .FrameBytes import StoredPixels
from .LookupTable import LookupTable, eightBits
from .NativeFrame import nativeFrame
from .PixelLayout import CONVERTED_INTERPRETATIONS, DIRECT_INTERPRETATIONS, PixelLayout, keepStoredBits
from .TableTask import readPalette

if TYPE_CHECKING:
    from pydicom.pixels.decoders.base import Decoder

# What holds samples as they are, once its frames are cut out and inflated.
_UNCOMPRESSED = frozenset(
    {ENCAPSULATED_UNCOMPRESSED, DEFLATED_IMAGE_FRAME, DEFLATED_EXPLICIT_LITTLE_ENDIAN, GE_PRIVATE_IMPLICIT}
)
# Cosine transforms: colours are those of JFIF, whatever range the header names.
_LOSSY_JPEG = frozenset({JPEG_BASELINE, JPEG_EXTENDED})
_JPEG_2000 = frozenset({JPEG_2000_LOSSLESS, JPEG_2000, HTJ2K_LOSSLESS, HTJ2K_LOSSLESS_RPCL, HTJ2K})
# Which decoder is asked first. One and the same wherever it is installed: decoders of lossy pictures differ by a step,
# and what a file shows must not depend on other packages. CharLS decodes JPEG-LS four times as fast as libjpeg.
_PREFERRED = {JPEG_LS_LOSSLESS: "pyjpegls", JPEG_LS_NEAR_LOSSLESS: "pyjpegls"}
_USUALLY_PREFERRED = "pylibjpeg"


class FrameDecoder:
    """Decodes the frames of one object.

    :raises UnsupportedTransferSyntaxError: when no decoder is installed or exists
    """

    def __init__(self, stored: StoredPixels):
        self._stored = stored
        self._layout = stored.layout
        known = transferSyntax(stored.transferSyntaxUID)
        self._decoderUID = known.decoderUID
        self._isLossless = known.isLossless
        if stored.transferSyntaxUID not in _UNCOMPRESSED:
            self._decoder = _decoderFor(stored.transferSyntaxUID, known.decoderUID)
            self._isPlain = self._layout.samples == 1 and self._layout.bitsAllocated in (8, 16)

    def decode(self, frame: bytes, number: int) -> numpy.ndarray:
        """Samples of one frame: (rows, columns) of stored values, or (rows, columns, 3) RGB.

        YBR becomes RGB. A palette is applied when that is asked for; else its numbers are the samples.

        :param number: which frame of its object it is
        :raises PixelDataError: when it cannot be decoded or is not what the header announces
        """
        isNative = self._stored.transferSyntaxUID in _UNCOMPRESSED
        array = nativeFrame(frame, number, self._layout) if isNative else self._compressed(frame)
        return eightBits(self._colours(array)) if self._stored.palette else array

    def _compressed(self, frame: bytes) -> numpy.ndarray:
        layout = self._layout
        syntax = layout.transferSyntaxUID
        bits = checkCodestream(frame, syntax, layout.rows, layout.columns, layout.samples, layout.bitsAllocated)
        if syntax == RLE_LOSSLESS and bits == 1:
            return self._runsOfBits(frame)
        # A codestream of all bits that are allocated carries those that are not part of a sample along.
        isWhole = self._isLossless and bits == layout.bitsAllocated
        if self._isPlain:
            array = self._plainGrey(frame, isWhole)
            if array is not None:
                return array
            self._isPlain = False
        frame = withSoundScan(frame) if self._decoderUID == JPEG_EXTENDED else frame
        array, interpretation = self._byPydicom(frame, self._optionsFor(isWhole))
        if isWhole and array.dtype == layout.storedType:
            keepStoredBits(array, layout)
        elif self._decoderUID in _LOSSY_JPEG and not layout.signed:
            # Errors of the compression beyond the largest value must not begin anew at 0.
            numpy.minimum(array, min(layout.storedRange[1], numpy.iinfo(array.dtype).max), out=array)
        return array if layout.samples == 1 else self._asRGB(array, frame, interpretation)

    def _asRGB(self, array: numpy.ndarray, frame: bytes, interpretation: str) -> numpy.ndarray:
        """What the codestream itself says about its colours counts more than the header."""
        if self._decoderUID in _LOSSY_JPEG:
            byAdobe = {0: "RGB", 1: "YBR_FULL"}.get(adobeTransform(frame), interpretation)
            interpretation = "YBR_FULL" if byAdobe.startswith("YBR") else byAdobe
        elif self._decoderUID in _JPEG_2000 and (
            interpretation in ("YBR_ICT", "YBR_RCT") or hasColourTransform(frame)
        ):
            interpretation = "RGB"  # decoders undo the transform that is part of the codestream (PS3.5 8.2.4)
        if interpretation in DIRECT_INTERPRETATIONS:
            return array
        if interpretation not in CONVERTED_INTERPRETATIONS:
            raise PixelDataError("colours of this kind are not read in this compression", value=interpretation)
        return rgbFromYBR(numpy.ascontiguousarray(array), interpretation, self._layout.bitsStored)

    def _byPydicom(self, frame: bytes, options: dict) -> tuple[numpy.ndarray, str]:
        """Samples without any conversion of colours, and how the colours of the codestream are to be understood."""
        failure: Exception | None = None
        for plugin in self._plugins:
            try:
                array, properties = self._decoder.as_array(
                    encapsulated(frame), index=0, validate=False, raw=True, decoding_plugin=plugin, **options
                )
                return array, properties["photometric_interpretation"]
            except MemoryError:
                raise
            # A codec raises what it likes; the next one may read what this one does not.
            except Exception as error:  # noqa: BLE001
                failure = failure or error
        raise PixelDataError("the pixel data cannot be decoded", value=_reason(failure), hint="The file is damaged")

    def _plainGrey(self, frame: bytes, isWhole: bool) -> numpy.ndarray | None:
        """By the codec itself where there is nothing for pydicom to add: half the time of runs of bytes is saved.

        :returns: None where there is something to add, or the codec refuses: pydicom then says why
        """
        layout = self._layout
        codec = self._codec
        try:
            samples = codec(frame, layout) if codec else None
        except (ValueError, RuntimeError):
            return None
        if samples is None or len(samples) * 8 != layout.storedFrameBits:
            return None
        array = numpy.frombuffer(samples, layout.storedType.newbyteorder("<")).reshape(layout.rows, layout.columns)
        unused = layout.bitsAllocated - layout.bitsStored
        if not unused:
            return array
        if not isWhole:
            return (array << unused) >> unused
        array = array.astype(layout.storedType)
        keepStoredBits(array, layout)
        return array

    @cached_property
    def _codec(self) -> Callable[[bytes, PixelLayout], bytes | bytearray | None] | None:
        if not self._plugins or self._plugins[0] != _PREFERRED.get(self._stored.transferSyntaxUID, _USUALLY_PREFERRED):
            return None
        return _CODECS.get(self._stored.transferSyntaxUID)

    def _runsOfBits(self, frame: bytes) -> numpy.ndarray:
        """Runs of bytes with eight pixels in each, the first one lowest (PS3.5 8.2.2)."""
        from rle.utils import decode_segment

        layout = self._layout
        (start,) = struct.unpack_from("<I", frame, 4)
        try:
            data = decode_segment(frame[start:])
        except ValueError as error:
            hint = "The file is damaged"
            raise PixelDataError("the pixel data cannot be decoded", value=str(error), hint=hint) from None
        count = (layout.storedFrameBits + 7) // 8
        if not count <= len(data) <= count + count % 2:
            raise PixelDataError(f"pixel data short: have {len(data)}, need {count}", hint="The file is damaged")
        bits = numpy.unpackbits(numpy.frombuffer(data, "uint8"), bitorder="little")
        return bits[: layout.storedFrameBits].reshape(layout.rows, layout.columns)

    def _optionsFor(self, isWhole: bool) -> dict:
        """As pydicom names them, for one frame by itself."""
        layout = self._layout
        options = {
            "rows": layout.rows,
            "columns": layout.columns,
            "number_of_frames": 1,
            "samples_per_pixel": layout.samples,
            "bits_allocated": layout.bitsAllocated,
            "bits_stored": layout.bitsStored,
            "pixel_representation": int(layout.signed),
            "photometric_interpretation": layout.photometricInterpretation,
            "pixel_keyword": "PixelData",
        }
        if layout.samples > 1:
            options["planar_configuration"] = 0  # those that decode to planes tell pydicom themselves
        if isWhole:
            options |= {"apply_j2k_sign_correction": False, "apply_jls_sign_correction": False}
        if isWhole or self._decoderUID in _LOSSY_JPEG:
            options["correct_unused_bits"] = False
        return options

    @cached_property
    def _plugins(self) -> list[str]:
        preferred = _PREFERRED.get(self._stored.transferSyntaxUID, _USUALLY_PREFERRED)
        return sorted(self._decoder.available_plugins, key=lambda name: name != preferred)

    @cached_property
    def _colours(self) -> LookupTable:
        information, entries = next(readPalette(self._stored.path))
        return LookupTable(information["first"], entries)


def _runsOfBytes(frame: bytes, layout: PixelLayout) -> bytes:
    from rle.utils import decode_pixel_data

    return decode_pixel_data(
        frame, version=2, rows=layout.rows, columns=layout.columns, bits_allocated=layout.bitsAllocated
    )


def _jpegLossless(frame: bytes, layout: PixelLayout) -> bytes:
    from libjpeg.utils import decode_pixel_data

    return decode_pixel_data(frame, version=2)


def _jpegLS(frame: bytes, layout: PixelLayout) -> bytes | None:
    from jpeg_ls import decode_pixel_data

    samples, information = decode_pixel_data(frame)
    # Where the codestream has other bits than the header, pydicom knows which of them count.
    return samples if information["bits_per_sample"] == layout.bitsStored else None


_CODECS = {
    RLE_LOSSLESS: _runsOfBytes,
    JPEG_LOSSLESS: _jpegLossless,
    JPEG_LOSSLESS_SV1: _jpegLossless,
    JPEG_LS_LOSSLESS: _jpegLS,
    JPEG_LS_NEAR_LOSSLESS: _jpegLS,
}


def _decoderFor(transferSyntaxUID: str, decoderUID: str) -> Decoder:
    known = transferSyntax(transferSyntaxUID)
    name = syntaxName(transferSyntaxUID)
    if known.advice:
        raise UnsupportedTransferSyntaxError("this compression is not read", value=name, hint=known.advice)
    try:
        from pydicom.pixels import get_decoder
        from pydicom.uid import UID

        decoder = get_decoder(UID(decoderUID))
        isAvailable = decoder.is_available
    except ImportError:  # pydicom imports all decoders, and does not expect one that is broken
        isAvailable = False
    if not isAvailable:
        hint = f"Install the Python package {known.package}"
        raise UnsupportedTransferSyntaxError("the decoder for this compression is not installed", value=name, hint=hint)
    return decoder


def _reason(failure: Exception | None) -> str:
    """What the decoder says, without pydicom's words around it."""
    text = " ".join(str(failure).split())
    return text.split("all available plugins: ", 1)[-1]
