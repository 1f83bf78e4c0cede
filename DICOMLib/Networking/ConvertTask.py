"""Runs in a worker process: a DICOM file as another one with uncompressed pixels, or whose values have even lengths."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..Errors import PixelDataError, UnsupportedTransferSyntaxError
from ..TransferSyntaxes import EXPLICIT_BIG_ENDIAN, GE_PRIVATE_IMPLICIT, IMPLICIT_LITTLE_ENDIAN

if TYPE_CHECKING:
    import numpy


def convertFile(source: str, target: str, syntaxUID: str) -> Iterator[tuple[dict, numpy.ndarray]]:
    """Write the object of `source` to the new file `target`; delivers nothing.

    Values stay; the pixels of a lossily compressed image are those every viewer shows.

    :param syntaxUID: implicit or explicit little endian; or the one it has, for values padded to even lengths
    :raises PixelDataError: when it cannot be read, decoded or written
    """
    import pydicom

    try:
        dataset = pydicom.dcmread(source, force=True)
        syntax = dataset.file_meta.get("TransferSyntaxUID") or pydicom.uid.ImplicitVRLittleEndian
        isNew = syntax != syntaxUID
        if syntax in (EXPLICIT_BIG_ENDIAN, GE_PRIVATE_IMPLICIT):
            raise UnsupportedTransferSyntaxError(
                "objects in big endian are not converted", hint="Load it and export it anew"
            )
        if isNew and syntax.is_compressed and not syntax.is_deflated and "PixelData" in dataset:
            dataset.decompress(as_rgb=True, generate_instance_uid=False)
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.UID(syntaxUID)
        # Their names in group 0002 may be missing in old files; a server is told those of the data set anyway.
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            pydicom.dcmwrite(
                file, dataset, implicit_vr=syntaxUID == IMPLICIT_LITTLE_ENDIAN, little_endian=True,
                enforce_file_format=True,
            )  # fmt: skip
    except PixelDataError:
        raise
    except (ArithmeticError, AttributeError, LookupError, NotImplementedError, OSError, RuntimeError, TypeError,
            ValueError, struct.error) as error:  # fmt: skip
        # Its text may quote values, and these may be a patient's.
        raise PixelDataError("the object cannot be converted", value=type(error).__name__) from None
    return
    yield  # a task is a generator
