"""Numbers and dates in sentences."""

from __future__ import annotations

import re

_DATE = re.compile(r"(\d{4})[.:-]?(\d{2})[.:-]?(\d{2})$")


def counted(count: int, noun: str, several: str = "") -> str:
    """"1 file", "1,200 files", "2 studies" (``several`` where an s is not enough)."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def dateText(value: str) -> str:
    """"2026-11-20" from a DICOM date (PS3.5 6.2, DA) in today's or ACR-NEMA's spelling; other text stays as it is."""
    text = value.strip()
    match = _DATE.match(text[:10])
    return "-".join(match.groups()) if match else text
