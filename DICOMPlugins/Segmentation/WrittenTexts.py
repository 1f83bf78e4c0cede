"""Texts of segments as DICOM can hold them: people, scripts and scene files may have written anything."""

from __future__ import annotations

import re

from DICOMLib.Errors import ExportError

from .Segments import Code

# PS3.5 6.2: LO, ST, SH; a longer value of a code has an attribute of its own.
LONGEST_LINE, LONGEST_TEXT, LONGEST_SCHEME = 64, 1024, 16
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")
_CONTROLS_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]+")


def oneLine(text: str) -> str:
    """A value of LO: a backslash would make two of it, control characters are not allowed, and 64 are the most."""
    return _encodable(_CONTROLS.sub(" ", text).replace("\\", "/")).strip()[:LONGEST_LINE].strip()


def someLines(text: str) -> str:
    """A value of ST, of 1024 characters at most; dciodvfy counts bytes."""
    encoded = _encodable(_CONTROLS_BUT_BREAKS.sub(" ", text)).encode()[:LONGEST_TEXT]
    return encoded.decode(errors="ignore").rstrip()


def writtenCode(code: Code, where: str) -> Code:
    """A code whose meaning fits; what it is by cannot be changed.

    :raises ExportError: when its value or scheme cannot be written
    """
    value, scheme, meaning = (part.strip() for part in code)
    if oneLine(scheme) != scheme or len(scheme) > LONGEST_SCHEME or _CONTROLS.search(value) or "\\" in value:
        raise ExportError("a segment has a code that the standard does not allow", where, f"{value}, {scheme}")
    if not (value and scheme and oneLine(meaning)):
        raise ExportError("a segment has a code without value, scheme or meaning", where)
    return value, scheme, oneLine(meaning)


def _encodable(text: str) -> str:
    """Halves of characters, which JSON can hold, are none in UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")
