"""From a pydicom dataset with native pixels to the bytes of a file in any transfer syntax."""

from __future__ import annotations

import copy
import io

import numpy
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

IMPLEMENTATION_CLASS_UID = "2.25.302619452107381440823571209733486512640"
NATIVE_TRANSFER_SYNTAXES = (
    ImplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    DeflatedExplicitVRLittleEndian,
)
# Lossless only: the expected array of a builder stays exact.
COMPRESSED_TRANSFER_SYNTAXES = (RLELossless, JPEGLSLossless, JPEG2000Lossless)
ALL_TRANSFER_SYNTAXES = NATIVE_TRANSFER_SYNTAXES + COMPRESSED_TRANSFER_SYNTAXES


def canEncode(transferSyntax: str) -> bool:
    """Whether `encodeDataset` can write this transfer syntax here (a codec may not be installed)."""
    if UID(transferSyntax) in NATIVE_TRANSFER_SYNTAXES:
        return True
    from pydicom.pixels import get_encoder

    try:
        return bool(get_encoder(UID(transferSyntax)).is_available)
    except NotImplementedError:
        return False


def fileMeta(dataset: Dataset, transferSyntax: str) -> FileMetaDataset:
    """The group 0002 elements that PS3.10 section 7.1 asks for."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = UID(transferSyntax)
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = "TESTFIXTURES"
    return meta


def withTransferSyntax(dataset: Dataset, transferSyntax: str) -> Dataset:
    """A copy of `dataset` (native pixels, little endian) with file meta and pixels in `transferSyntax`."""
    syntax = UID(transferSyntax)
    encoded = _copied(dataset, ofElements=syntax == ExplicitVRBigEndian or syntax.is_encapsulated)
    encoded.file_meta = fileMeta(encoded, ExplicitVRLittleEndian)
    if syntax == ExplicitVRBigEndian:
        swapPixelBytes(encoded)
    elif syntax.is_encapsulated:
        # The UID stays: the same object sent in another encoding is still the same instance (PS3.5 section 10).
        encoded.compress(syntax, generate_instance_uid=False)
    encoded.file_meta.TransferSyntaxUID = syntax
    return encoded


def _copied(dataset: Dataset, ofElements: bool) -> Dataset:
    """Without ``ofElements`` the copy has the same ones, which is enough to write them, and quickly made."""
    if ofElements or type(dataset) is not Dataset:
        return copy.deepcopy(dataset)
    copied = Dataset()
    copied.update(dataset)
    return copied


def swapPixelBytes(dataset: Dataset) -> None:
    """pydicom writes OW as it finds it, so big endian needs the words turned round first."""
    if "PixelData" in dataset and dataset.BitsAllocated > 8:
        words = numpy.frombuffer(dataset.PixelData, dtype=f"<u{dataset.BitsAllocated // 8}")
        dataset.PixelData = words.byteswap().tobytes()


def encodeDataset(dataset: Dataset, transferSyntax: str = ExplicitVRLittleEndian, preamble: bool = True,
                  meta: bool = True) -> bytes:
    """The bytes of a DICOM file.

    `preamble=False` leaves out the 128 bytes and "DICM"; `meta=False` leaves out group 0002 and the preamble, which is
    what old archives call a "raw data set" (only sensible for the native transfer syntaxes).

    >>> from Testing.Fixtures import SeriesBuilder
    >>> encodeDataset(SeriesBuilder().datasets()[0])[128:132]
    b'DICM'
    """
    encoded = withTransferSyntax(dataset, transferSyntax)
    buffer = io.BytesIO()
    if not meta:
        syntax = UID(transferSyntax)
        del encoded.file_meta
        encoded.save_as(buffer, implicit_vr=syntax.is_implicit_VR, little_endian=syntax.is_little_endian)
        return buffer.getvalue()
    encoded.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue() if preamble else buffer.getvalue()[132:]
