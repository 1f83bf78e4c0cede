"""Which scenes in DICOM objects were written here: known by their digests, as what a file says of its origin proves
nothing.
"""

from __future__ import annotations

from DICOMLib.Settings import Settings

SETTING = "DICOM/WrittenSceneBundles"
MOST_REMEMBERED = 500


def isOwnBundle(digest: str, settings: Settings) -> bool:
    """:param digest: SHA-256 of the zip as it was read"""
    return digest in settings.value(SETTING)


def rememberBundle(digest: str, settings: Settings) -> None:
    """Keep the digest of a scene that was written, the latest of them."""
    known = [one for one in settings.value(SETTING) if one != digest]
    settings.setValue(SETTING, [*known, digest][-MOST_REMEMBERED:])
