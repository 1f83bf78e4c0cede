"""DICOM values as one line of plain text for tables and labels. No Qt here.

Values come from files nobody vouches for: control characters are shown escaped, and nothing is ever read as rich text.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime, timezone
from functools import lru_cache

from .. import Wording

# Beyond this many characters texts count as equal: no number grows too long to be one.
LONGEST_SORTED_TEXT = 500
_DIGITS = re.compile(r"(\d+)")

# Letters that no decomposition turns into their base letter, as people type them in a search box.
_FOLDED_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})


def plainText(value: object) -> str:
    """Any value as one visible line: None is empty, control and direction characters are escaped."""
    text = "" if value is None else str(value)
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else _escaped(character) for character in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")


def dateText(value: object) -> str:
    """"2026-11-20" from a DICOM date in today's or ACR-NEMA's spelling; what is not a date stays as it is."""
    return Wording.dateText(plainText(value))


def datesText(value: object) -> str:
    """Dates as :func:`dateText` shows one, where files disagree about it: "1970-01-02, 1971-01-02"."""
    return ", ".join(map(dateText, plainText(value).split("\\")))


def valuesText(value: object) -> str:
    """Several values, which a file or the database joins by backslashes: "one, another"."""
    return ", ".join(plainText(value).split("\\"))


def hasSeveralValues(value: object) -> bool:
    """Whether there is more than one."""
    return isinstance(value, str) and "\\" in value


def timeText(value: object) -> str:
    """"14:05" or "14:05:09" from a DICOM time; what is not a time stays as it is."""
    return Wording.timeText(plainText(value))


def momentText(value: object) -> str:
    """Local date and time of the database's "2026-11-20 10:20:30" in UTC; what is not a time stays as it is."""
    return _momentOfText(plainText(value))


@lru_cache(maxsize=1024)  # what came in with one import has few different times, and thousands of rows
def _momentOfText(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text).replace(tzinfo=timezone.utc)
    except ValueError:
        return text
    return moment.astimezone().strftime("%Y-%m-%d %H:%M")


def numberText(value: object) -> str:
    """A count with thousands separated; empty for nothing."""
    return f"{value:,}" if isinstance(value, int) else plainText(value)


def searchKey(text: object) -> str:
    """Text without case and accents, for comparing what a person types with what a file says."""
    letters = str(text)
    return letters.lower() if letters.isascii() else _foldedKey(letters)


@lru_cache(maxsize=4096)  # as in "512×512", which is the same in most rows
def _foldedKey(letters: str) -> str:
    decomposed = unicodedata.normalize("NFKD", letters.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_FOLDED_LETTERS)


def naturalKey(text: object) -> tuple:
    """Sorts "9" before "10" and "Series 9" before "Series 10"; empty text comes last."""
    # Text and numbers take turns, so that each place compares like with like.
    parts: list = _DIGITS.split(searchKey(text).strip()[:LONGEST_SORTED_TEXT])
    parts[1::2] = map(int, parts[1::2])
    return (parts == [""], *parts)


def toolTipText(text: str) -> str:
    """Text for a tool tip, which Qt would otherwise take for rich text whenever it looks like it."""
    return f"<div>{html.escape(text)}</div>" if text else ""
