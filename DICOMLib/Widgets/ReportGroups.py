"""The files of an import report by what happened to them. No Qt here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

NOT_IMPORTED, IMPORTED = "not imported", "imported"
# What differs from file to file in reasons that are otherwise the same: paths, names in quotes, numbers.
_PARTICULARS = re.compile(
    r"(?:^|(?<=[\s(]))(?:[A-Za-z]:)?[/\\](?:.*[/\\])?\S*"
    r"|'[^']*'|\"[^\"]*\"|\b\d[\d.,]*\b"
)
_LONGEST_COMPARED = 500
# More kinds than anybody reads; the others are one group.
MOST_GROUPS = 200
OTHER_REASONS = "other reasons"


@dataclass
class ReportGroup:
    """Files with the same kind of reason.

    :ivar entries: positions in the list of all entries, ascending
    """

    outcome: str
    reason: str
    entries: list[int] = field(default_factory=list)


class GroupsOfReport:
    """Groups entries bit by bit, so that a window can do other things in between.

    :param entries: (outcome, SkippedFile) pairs
    """

    def __init__(self, entries: Sequence[tuple[str, object]]):
        self._entries = entries
        self._groups: dict[tuple[str, str], ReportGroup] = {}
        self._kinds: dict[str, str] = {}

    def groups(self) -> list[ReportGroup]:
        """Those found so far, the largest first."""
        return sorted(self._groups.values(), key=lambda group: -len(group.entries))

    def collect(self) -> Iterator[None]:
        """Goes through the entries; yields after each."""
        for position, (outcome, entry) in enumerate(self._entries):
            kind = self._kinds.get(entry.reason)
            if kind is None:
                kind = kindOfReason(entry.reason)
                if len(self._kinds) < MOST_GROUPS:  # few reasons come often; many come once and are not worth keeping
                    self._kinds[entry.reason] = kind
            self._group(outcome, kind).entries.append(position)
            yield

    def _group(self, outcome: str, kind: str) -> ReportGroup:
        if (outcome, kind) not in self._groups and len(self._groups) >= MOST_GROUPS:
            kind = OTHER_REASONS
        return self._groups.setdefault((outcome, kind), ReportGroup(outcome, kind))


def kindOfReason(reason: str) -> str:
    """A reason with "…" for paths, quoted names and numbers: "its SOPInstanceUID belongs to … already"."""
    return _PARTICULARS.sub("…", reason[:_LONGEST_COMPARED])
