"""Names of loaded volumes."""

from __future__ import annotations

_REPLACED = str.maketrans({"|": "-", "/": "-", "\\": "-", "*": "(star)"})


def volumeName(text: str) -> str:
    """A name without the characters that 3D Slicer replaces in those of volumes."""
    return text.translate(_REPLACED)
