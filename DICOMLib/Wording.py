"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, noun: str, several: str = "") -> str:
    """"1 file", "1,200 files", "2 studies" (``several`` where an s is not enough)."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"
