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
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    GE_PRIVATE_IMPLICIT,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LOSSLESS_SV1,
    JPEG_LS_LOSSLESS,
    JPEG_LS_NEAR_LOSSLESS,
    RLE_LOSSLESS,
    syntaxName,
    transferSyntax,
)
from .Codestream import checkCodestream, withSoundScan
from .Encapsulation import encapsulated
from .FrameBytes import StoredPixels, inflatedFrame

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.pixels.decoders.base import Decoder

# What holds samples as they are, once its frames are cut out and inflated → the syntax that lays them out alike.
_NATIVE_WITHIN = {
    ENCAPSULATED_UNCOMPRESSED: EXPLICIT_LITTLE_ENDIAN,
    DEFLATED_IMAGE_FRAME: EXPLICIT_LITTLE_ENDIAN,
    DEFLATED_EXPLICIT_LITTLE_ENDIAN: EXPLICIT_LITTLE_ENDIAN,
    GE_PRIVATE_IMPLICIT: EXPLICIT_BIG_ENDIAN,
}
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
        known = transferSyntax(stored.transferSyntaxUID)
        self._decoderUID = _NATIVE_WITHIN.get(stored.transferSyntaxUID, known.decoderUID)
        self._decoder = _decoderFor(stored.transferSyntaxUID, self._decoderUID)
        self._isPlain = stored.samples == 1 and stored.bitsAllocated in (8, 16) and self._codec is not None

    @property
    def isRaw(self) -> bool:
        """Whether samples come with whatever is in their unused bits."""
        return self._decoder.is_native or self._stored.transferSyntaxUID == RLE_LOSSLESS

    def decode(self, frame: bytes, number: int) -> numpy.ndarray:
        """Samples of one frame: (rows, columns) of stored values, or (rows, columns, 3) RGB.

        YBR becomes RGB. A palette is applied when that is asked for; else its numbers are the samples.

        :param number: which frame of its object it is
        :raises PixelDataError: when it cannot be decoded or is not what the header announces
        """
        array = self._native(frame, number) if self._decoder.is_native else self._compressed(frame)
        return eightBits(self._coloured(array)) if self._stored.palette else array

    def _native(self, frame: bytes, number: int) -> numpy.ndarray:
        stored = self._stored
        if stored.bitsAllocated == 1:
            return self._bits(frame, number)
        if transferSyntax(stored.transferSyntaxUID).isEncapsulated:
            frame = self._cutToSize(frame, (stored.frameBits + 7) // 8)
        array, _ = self._decoder.as_array(frame + b"\0" * (len(frame) % 2), index=0, **self._options)
        return array

    def _cutToSize(self, frame: bytes, count: int) -> bytes:
        if self._stored.transferSyntaxUID == DEFLATED_IMAGE_FRAME:
            return inflatedFrame(frame, count)
        if not count <= len(frame) <= count + count % 2:
            what = f"a frame has {len(frame)} bytes, the header asks for {count}"
            raise PixelDataError(what, hint="The file is damaged")
        return frame[:count]

    def _bits(self, frame: bytes, number: int) -> numpy.ndarray:
        """Single bits, the first one lowest; encapsulated frames begin with a byte of their own (PS3.5 8.1.1, A.4)."""
        stored = self._stored
        firstBit = number * stored.frameBits % 8
        if transferSyntax(stored.transferSyntaxUID).isEncapsulated:
            firstBit, frame = 0, self._cutToSize(frame, (stored.frameBits + 7) // 8)
        bits = numpy.unpackbits(numpy.frombuffer(frame, "uint8"), bitorder="little")
        return bits[firstBit : firstBit + stored.frameBits].reshape(stored.rows, stored.columns)

    def _compressed(self, frame: bytes) -> numpy.ndarray:
        stored = self._stored
        syntax = stored.transferSyntaxUID
        checkCodestream(frame, syntax, stored.rows, stored.columns, stored.samples, stored.bitsAllocated)
        frame = withSoundScan(frame) if transferSyntax(syntax).decoderUID == JPEG_EXTENDED else frame
        if syntax == RLE_LOSSLESS and stored.bitsAllocated == 1:
            return self._runsOfBits(frame)
        if self._isPlain:
            array = self._plainGrey(frame)
            if array is not None:
                return array
            self._isPlain = False
        failure: Exception | None = None
        for plugin in self._plugins:
            try:
                array, _ = self._decoder.as_array(
                    encapsulated(frame), index=0, validate=False, decoding_plugin=plugin, **self._options
                )
                return array
            except MemoryError:
                raise
            # A codec raises what it likes; the next one may read what this one does not.
            except Exception as error:  # noqa: BLE001
                failure = failure or error
        raise PixelDataError("the pixel data cannot be decoded", value=_reason(failure), hint="The file is damaged")

    def _plainGrey(self, frame: bytes) -> numpy.ndarray | None:
        """By the codec itself where there is nothing for pydicom to add: half the time of runs of bytes is saved.

        :returns: None where there is something to add, or the codec refuses: pydicom then says why
        """
        stored = self._stored
        codec = self._codec
        try:
            samples = codec(frame, stored) if codec else None
        except (ValueError, RuntimeError):
            return None
        if samples is None or len(samples) * 8 != stored.rows * stored.columns * stored.bitsAllocated:
            return None
        array = numpy.frombuffer(samples, f"<{'i' if stored.signed else 'u'}{stored.bitsAllocated // 8}")
        array = array.reshape(stored.rows, stored.columns)
        unused = 0 if self.isRaw else stored.bitsAllocated - stored.bitsStored
        return (array << unused) >> unused if unused else array

    @cached_property
    def _codec(self) -> Callable[[bytes, StoredPixels], bytes | bytearray | None] | None:
        if not self._plugins or self._plugins[0] != _PREFERRED.get(self._stored.transferSyntaxUID, _USUALLY_PREFERRED):
            return None
        return _CODECS.get(self._stored.transferSyntaxUID)

    def _runsOfBits(self, frame: bytes) -> numpy.ndarray:
        """Runs of bytes with eight pixels in each, the first one lowest (PS3.5 8.2.2)."""
        from rle.utils import decode_segment

        stored = self._stored
        (start,) = struct.unpack_from("<I", frame, 4)
        try:
            data = decode_segment(frame[start:])
        except ValueError as error:
            hint = "The file is damaged"
            raise PixelDataError("the pixel data cannot be decoded", value=str(error), hint=hint) from None
        count = (stored.frameBits + 7) // 8
        if not count <= len(data) <= count + count % 2:
            raise PixelDataError(f"pixel data short: have {len(data)}, need {count}", hint="The file is damaged")
        bits = numpy.unpackbits(numpy.frombuffer(data, "uint8"), bitorder="little")
        return bits[: stored.frameBits].reshape(stored.rows, stored.columns)

    @cached_property
    def _options(self) -> dict:
        """As pydicom names them, for one frame by itself."""
        stored = self._stored
        keyword = "PixelData"
        if stored.floating:
            keyword = "FloatPixelData" if stored.bitsAllocated == 32 else "DoubleFloatPixelData"
        options = {
            "rows": stored.rows,
            "columns": stored.columns,
            "number_of_frames": 1,
            "samples_per_pixel": stored.samples,
            "bits_allocated": stored.bitsAllocated,
            "bits_stored": stored.bitsStored,
            "pixel_representation": int(stored.signed),
            "photometric_interpretation": stored.photometricInterpretation,
            "pixel_keyword": keyword,
        }
        if stored.samples > 1:
            options["planar_configuration"] = int(stored.planar)
        if self.isRaw:  # the host drops unused bits; it knows the highest one
            options["correct_unused_bits"] = False
        return options

    @cached_property
    def _plugins(self) -> list[str]:
        preferred = _PREFERRED.get(self._stored.transferSyntaxUID, _USUALLY_PREFERRED)
        return sorted(self._decoder.available_plugins, key=lambda name: name != preferred)

    def _coloured(self, array: numpy.ndarray) -> numpy.ndarray:
        from pydicom.pixels import apply_color_lut

        return apply_color_lut(array, self._header)[..., :3]

    @cached_property
    def _header(self) -> Dataset:
        from pydicom import dcmread

        return dcmread(self._stored.path, force=True, stop_before_pixels=True)


def eightBits(colours: numpy.ndarray) -> numpy.ndarray:
    """Palette colours as uint8: 16-bit entries are the same colours with finer steps (PS3.3 C.7.6.3.1.6).

    Palettes that announce 16 bits and fill only the lower 8 exist; they are taken as they are.
    """
    if colours.dtype.itemsize == 1:
        return colours
    return (colours >> 8 if colours.max(initial=0) > 0xFF else colours).astype("uint8")


def _runsOfBytes(frame: bytes, stored: StoredPixels) -> bytes:
    from rle.utils import decode_pixel_data

    return decode_pixel_data(
        frame, version=2, rows=stored.rows, columns=stored.columns, bits_allocated=stored.bitsAllocated
    )


def _jpegLossless(frame: bytes, stored: StoredPixels) -> bytes:
    from libjpeg.utils import decode_pixel_data

    return decode_pixel_data(frame, version=2)


def _jpegLS(frame: bytes, stored: StoredPixels) -> bytes | None:
    from jpeg_ls import decode_pixel_data

    samples, information = decode_pixel_data(frame)
    # Where the codestream has other bits than the header, pydicom knows which of them count.
    return samples if information["bits_per_sample"] == stored.bitsStored else None


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
