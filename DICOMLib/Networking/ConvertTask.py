"""Runs in a worker process: a DICOM file as another one with uncompressed pixels, or whose values have even lengths."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..Database.Durability import openPrivately
from ..Errors import PixelDataError, UnsupportedTransferSyntaxError
from ..TransferSyntaxes import (
    EXPLICIT_BIG_ENDIAN,
    GE_PRIVATE_IMPLICIT,
    IMPLICIT_LITTLE_ENDIAN,
    TransferSyntax,
    transferSyntax,
)

if TYPE_CHECKING:
    import numpy

_AS_STORED = "A server that takes this encoding stores it as it is"
_DAMAGED = (
    f"{_AS_STORED}; if it can be loaded, it can be exported anew, else it is damaged: get it again from its source"
)
_NOT_PADDED = "an object in {} has a value of odd length and cannot be written with an even one"


def convertFile(source: str, target: str, syntaxUID: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Write the object of `source` to the new file `target`; delivers nothing.

    Values stay; the pixels of a lossily compressed image are those every viewer shows.

    :param syntaxUID: implicit or explicit little endian; or the one it has, for values padded to even lengths
    :raises PixelDataError: when it cannot be read, decoded or written; names its encoding
    """
    import pydicom

    with _conversionErrors("the object cannot be read to be converted", _DAMAGED):
        dataset = pydicom.dcmread(source, force=True)
        syntax = dataset.file_meta.get("TransferSyntaxUID") or pydicom.uid.ImplicitVRLittleEndian
    known, wanted = transferSyntax(syntax), transferSyntax(syntaxUID).name
    name = known.name or f"an unknown encoding, {syntax}"
    _requireConvertible(known, name, syntaxUID)
    with _conversionErrors(f"pixels in {name} cannot be decompressed", _DAMAGED):
        # Images whose pixels were left out have an empty element, or none.
        if syntax != syntaxUID and known.isEncapsulated and dataset.get("PixelData"):
            dataset.decompress(as_rgb=True, generate_instance_uid=False)
    what = f"an object in {name} cannot be written as {wanted}"
    with _conversionErrors(what if syntax != syntaxUID else _NOT_PADDED.format(name), _DAMAGED):
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntaxUID)
        # Their names in group 0002 may be missing in old files; a server is told those of the data set anyway.
        with open(target, "xb", opener=openPrivately) as file:
            pydicom.dcmwrite(
                file, dataset, implicit_vr=syntaxUID == IMPLICIT_LITTLE_ENDIAN, little_endian=True,
                enforce_file_format=True,
            )  # fmt: skip
    return
    yield  # a task is a generator


def _requireConvertible(syntax: TransferSyntax, name: str, syntaxUID: str) -> None:
    if syntax.UID in (EXPLICIT_BIG_ENDIAN, GE_PRIVATE_IMPLICIT):
        raise UnsupportedTransferSyntaxError(
            f"objects in {name} are not converted", hint="Load it and export it anew"
        )  # fmt: skip
    if syntax.advice and syntax.UID != syntaxUID:
        raise UnsupportedTransferSyntaxError(
            f"objects in {name} are not converted", hint=f"{_AS_STORED}. {syntax.advice}"
        )


@contextmanager
def _conversionErrors(what: str, hint: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PixelDataError(what, value=error.strerror, hint="Check the disk and try again") from None
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError, struct.error) as error:
        # Its text may quote values, and these may be a patient's.
        raise PixelDataError(what, value=type(error).__name__, hint=hint) from None
