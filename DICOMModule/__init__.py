"""The DICOM module, the program around it, and the way into other programs' windows."""

from __future__ import annotations

from .Version import VERSION as __version__

__all__ = ["__version__", "attach"]


def __getattr__(name: str):
    # Qt is loaded only for those who ask for a panel: the command line works without.
    if name == "attach":
        from .Host.Attach import attach

        return attach
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
