"""Runs in a worker process: decodes the frames of one file with pydicom and its codecs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..Errors import PixelDataError, UnsupportedTransferSyntaxError
from ..TransferSyntaxes import (
    DEFLATED_EXPLICIT_LITTLE_ENDIAN,
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
    RLE_LOSSLESS,
)

if TYPE_CHECKING:
    import numpy
    from pydicom import Dataset

# Syntaxes whose samples pydicom hands out as they are stored, with whatever is in the unused bits.
RAW_SYNTAXES = frozenset(
    {
        IMPLICIT_LITTLE_ENDIAN,
        EXPLICIT_LITTLE_ENDIAN,
        DEFLATED_EXPLICIT_LITTLE_ENDIAN,
        EXPLICIT_BIG_ENDIAN,
        RLE_LOSSLESS,
    }
)


def decodeFrames(path: str, transferSyntaxUID: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Every frame in order: (rows, columns) of stored values, or (rows, columns, 3) RGB.

    YBR is converted to RGB, a palette is applied. The information of each frame says what it is:
    ``{"frame": number, "raw": whether unused bits are still to be dropped}``.

    :raises UnsupportedTransferSyntaxError: when no decoder is installed or exists
    :raises PixelDataError: when the data cannot be decoded
    """
    from pydicom import dcmread
    from pydicom.pixels import apply_color_lut, iter_pixels

    dataset = dcmread(path, force=True)
    dataset.file_meta.TransferSyntaxUID = _transferSyntax(dataset, transferSyntaxUID)
    _checkDecoder(dataset.file_meta.TransferSyntaxUID)
    palette = dataset.get("PhotometricInterpretation") == "PALETTE COLOR"
    frame = -1
    for frame, array in enumerate(iter_pixels(dataset, raw=palette)):
        array = eightBits(apply_color_lut(array, dataset)[..., :3]) if palette else array
        yield {"frame": frame, "raw": not palette and transferSyntaxUID in RAW_SYNTAXES}, array
    if frame < 0:
        raise PixelDataError("the pixel data holds no frame")


def decodeFrame(
    path: str, transferSyntaxUID: str, frame: int, steps: Sequence[int], palette: bool
) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Every n-th row and column of one frame, as :func:`decodeFrames` delivers frames.

    Of the file only the header and the bytes of this frame are read, except where the header itself is deflated.

    :raises UnsupportedTransferSyntaxError: when no decoder is installed or exists
    :raises PixelDataError: when the data cannot be decoded
    """
    from pydicom import Dataset, dcmread
    from pydicom.pixels import apply_color_lut, iter_pixels

    _checkDecoder(transferSyntaxUID)
    if transferSyntaxUID == DEFLATED_EXPLICIT_LITTLE_ENDIAN:
        header = dcmread(path, force=True)
        frames = iter_pixels(header, raw=palette, indices=[frame])
    else:
        header = Dataset()
        frames = iter_pixels(path, ds_out=header, raw=palette, indices=[frame], transfer_syntax_uid=transferSyntaxUID)
    for array in frames:
        part = array[:: steps[0], :: steps[1]]
        part = eightBits(apply_color_lut(part, header)[..., :3]) if palette else part
        yield {"frame": frame, "raw": not palette and transferSyntaxUID in RAW_SYNTAXES}, part


def eightBits(colours: numpy.ndarray) -> numpy.ndarray:
    """Palette colours as uint8: 16-bit entries are the same colours with finer steps (PS3.3 C.7.6.3.1.6).

    Palettes that announce 16 bits and fill only the lower 8 exist; they are taken as they are.
    """
    if colours.dtype.itemsize == 1:
        return colours
    return (colours >> 8 if colours.max(initial=0) > 0xFF else colours).astype("uint8")


def _transferSyntax(dataset: Dataset, recorded: str) -> str:
    """The file's own statement; files without meta information have only the one recognised at import."""
    from pydicom.uid import UID

    return dataset.file_meta.get("TransferSyntaxUID") or UID(recorded)


def _checkDecoder(transferSyntaxUID: str) -> None:
    from pydicom.pixels import get_decoder

    try:
        decoder = get_decoder(transferSyntaxUID)
    except NotImplementedError:
        hint = "No installed package reads it: convert the file with the scanner's or archive's own software"
        raise UnsupportedTransferSyntaxError(
            "this compression is not read", value=syntaxName(transferSyntaxUID), hint=hint
        ) from None
    if not decoder.is_available:
        wanted = "; ".join(decoder.missing_dependencies)
        raise UnsupportedTransferSyntaxError(
            "the decoder for this compression is not installed", value=syntaxName(transferSyntaxUID), hint=wanted
        )


def syntaxName(transferSyntaxUID: str) -> str:
    """"JPEG Baseline (Process 1), 1.2.840.10008.1.2.4.50"."""
    from pydicom.uid import UID

    name = UID(transferSyntaxUID).name
    return transferSyntaxUID if name == transferSyntaxUID else f"{name}, {transferSyntaxUID}"
