"""Numbers, dates and times in sentences and tables."""

from __future__ import annotations

import re

# What stands where a file names nothing, in tables, the data tree and the names of nodes alike; 3D Slicer's words.
NO_PATIENT_NAME, NO_STUDY_DESCRIPTION, NO_SERIES_DESCRIPTION = "No name", "No study description", "Unnamed Series"

_DATE = re.compile(r"(\d{4})[.:-]?(\d{2})[.:-]?(\d{2})$")
_TIME = re.compile(r"(\d{2}):?(\d{2}):?(\d{2})?")


def counted(count: int, noun: str, several: str = "") -> str:
    """"1 file", "1,200 files", "2 studies" (``several`` where an s is not enough)."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def durationText(seconds: float) -> str:
    """"3 s", "2 min 10 s", "1 h 5 min": as exact as an estimate deserves."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole < 600 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def sizeText(count: float) -> str:
    """Bytes for people: "512 bytes", "3.4 MB", "120 GB"; a kB is 1000 bytes, as file managers count."""
    if count < 1000:
        return f"{count:.0f} bytes"
    units = iter(("kB", "MB", "GB", "TB"))
    unit = next(units)
    count /= 1000
    while count >= 999.5 and unit != "TB":
        unit = next(units)
        count /= 1000
    return f"{count:.1f} {unit}" if count < 9.95 else f"{count:,.0f} {unit}"


def dateText(value: str) -> str:
    """"2026-11-20" from a DICOM date (PS3.5 6.2, DA) in today's or ACR-NEMA's spelling; other text stays as it is."""
    text = value.strip()
    match = _DATE.match(text[:10])
    return "-".join(match.groups()) if match else text


def timeText(value: str) -> str:
    """"14:05" or "14:05:09" from a DICOM time (PS3.5 6.2, TM), parts of seconds left out; other text stays as it is."""
    text = value.strip()
    match = _TIME.match(text)
    return ":".join(part for part in match.groups() if part) if match else text
