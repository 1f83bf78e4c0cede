"""UIDs that are the same in every run, so that a failing test can be repeated and two builders agree."""

from __future__ import annotations

import hashlib

UID_ROOT = "2.25."
# PS3.5 annex B.2: the UUID behind a 2.25 UID is a 128-bit integer; 126 bits keep every value 39 digits or fewer.
UID_BITS = 126


def deterministicUID(*parts: object) -> str:
    """A valid UID under 2.25 that depends only on `parts`.

    >>> deterministicUID("study", 1) == deterministicUID("study", 1)
    True
    """
    text = "\x1f".join(str(part) for part in parts)
    number = int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:16], "big") >> (128 - UID_BITS)
    return f"{UID_ROOT}{number}"
