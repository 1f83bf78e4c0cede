"""What examining a stack of slices brought to light, as facts a program can test and words a person can read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NOTE = "note"
WARNING = "warning"
ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One fact about a stack.

    :ivar code: short name that programs test, e.g. "missingSlices"
    :ivar text: one clause for the user, with numbers and units
    :ivar severity: "note" (harmless), "warning" (look before you trust it) or "error" (not a true picture)
    :ivar value: the number behind the text: mm, degrees or a count
    """

    code: str
    text: str
    severity: str = WARNING
    value: float | None = None


def warningText(findings: Iterable[Finding]) -> str:
    """All warnings and errors as one text, errors first; "" when there are none."""
    found = [finding for finding in findings if finding.severity != NOTE]
    found.sort(key=lambda finding: finding.severity != ERROR)
    return " ".join(f"{finding.text[0].upper()}{finding.text[1:]}." for finding in found)
