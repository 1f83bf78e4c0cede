"""The 128 bytes before a DICOM file's "DICM", which no reader of DICOM looks at, and other programs may run.

A file can be a program and an image at once (CVE-2019-11687). Copies get zeros instead, as PS3.10 7.1 asks for where
no application profile uses the preamble. One use is kept: a TIFF header, through which the same file opens as TIFF.
"""

from __future__ import annotations

LENGTH = 128
_PREFIX = b"DICM"
_ZEROS = bytes(LENGTH)
# TIFF, and BigTIFF, which whole-slide images use for the same purpose.
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PROGRAMS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xfe\xed\xfa", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xca\xfe\xba\xbe", "a macOS or Java program"),
    (b"%PDF", "a PDF document"),
    (b"#!", "a script"),
)


def reasonToZero(beginning: bytes) -> str:
    """Why a copy gets a preamble of zeros; "" when the preamble stays as it is, or there is none.

    :param beginning: the first 132 bytes of the file, or all of it
    """
    if beginning[LENGTH : LENGTH + len(_PREFIX)] != _PREFIX or beginning.startswith((_ZEROS, *_TIFF)):
        return ""
    for start, kind in _PROGRAMS:
        if beginning.startswith(start):
            return f"its preamble is the beginning of {kind}"
    return "its preamble holds something that is not part of the object"


def makePreambleSafe(beginning: memoryview) -> str:
    """Put zeros where :func:`reasonToZero` asks for them. :returns: the reason

    :param beginning: a buffer with at least the first 132 bytes of the file, or all of it
    """
    reason = reasonToZero(bytes(beginning[: LENGTH + len(_PREFIX)]))
    if reason:
        beginning[:LENGTH] = _ZEROS
    return reason
