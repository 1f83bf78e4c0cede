"""Person names as people read them (PS3.5 6.2.1)."""

from __future__ import annotations


def displayedName(name: str) -> str:
    """"Last, First Middle, Suffix (Prefix)" of each component group that is not empty, joined by " = ".

    >>> displayedName("Doe^John^A^Dr^Jr")
    'Doe, John A, Jr (Dr)'
    """
    groups = [_displayedGroup(group) for group in name.split("=")]
    return " = ".join(group for group in groups if group)


def _displayedGroup(group: str) -> str:
    last, first, middle, prefix, suffix = (group.split("^") + [""] * 5)[:5]
    given = " ".join(part.strip() for part in (first, middle) if part.strip())
    text = ", ".join(part for part in (last.strip(), given, suffix.strip()) if part)
    return f"{text} ({prefix.strip()})" if prefix.strip() else text
