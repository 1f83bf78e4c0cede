"""Person names as people read them (PS3.5 6.2.1): in the tables, in the tree, on the command line."""

from __future__ import annotations


def displayedName(name: str) -> str:
    """"Last, First Middle, Suffix (Prefix)"; a second spelling that differs follows in brackets.

    >>> displayedName("Doe^John^A^Dr^Jr")
    'Doe, John A, Jr (Dr)'
    >>> displayedName("Yamada^Tarou=山田^太郎=やまだ^たろう")
    'Yamada, Tarou (山田, 太郎)'
    """
    found = _spellings(name)
    return f"{found[0]} ({found[1]})" if len(found) > 1 and found[1] != found[0] else found[0] if found else ""


def firstSpelling(name: str) -> str:
    """As :func:`displayedName`, in one spelling: the alphabetic one where there is one; "" for an empty name."""
    return next(iter(_spellings(name)), "")


def _spellings(name: str) -> list[str]:
    """Component groups that are not empty: alphabetic, ideographic, phonetic."""
    return [spelling for group in name.split("=") if (spelling := _displayedGroup(group))]


def _displayedGroup(group: str) -> str:
    parts = [part.strip() for part in group.split("^")]
    if len(parts) <= 2:  # as most are, and lists of patients are long
        return ", ".join(filter(None, parts))
    last, first, middle, prefix, suffix = (parts + [""] * 2)[:5]
    given = " ".join(filter(None, (first, middle)))
    text = ", ".join(filter(None, (last, given, suffix)))
    return " ".join(filter(None, (text, prefix and f"({prefix})")))
