"""What looking after a database found and did: one sentence, and a line for every file concerned."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..Errors import displayPath
from ..Wording import counted, durationText, sizeText
from .ReportTable import csvText

# Kinds of findings, as people read them.
MISSING = "missing"
UNREADABLE = "unreadable"
CHANGED = "changed"
DAMAGED = "damaged"
REPLACED = "replaced"
ORPHAN = "not in the index"
WRONG_COUNT = "wrong count"
INDEX = "index"
# Kinds of what was done.
MENDED = "mended"
FORGOTTEN = "forgotten"
LEFT = "left as it is"
NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """Something a person should know of one file, series or of the index itself.

    :ivar kind: one of the kinds above
    :ivar path: of the file; b"" when it concerns none
    :ivar text: a clause without a full stop that says what is the matter, or what was done
    """

    kind: str
    path: bytes
    text: str
    sopInstanceUID: str = ""


@dataclass
class UpkeepReport:
    """What all reports have.

    :ivar findings: in the order they were made
    :ivar seconds: by the monotonic clock
    """

    findings: list[Finding] = field(default_factory=list)
    cancelled: bool = False
    seconds: float = 0.0

    title = "Database"

    def add(self, kind: str, path: bytes, text: str, sopInstanceUID: str = "") -> None:
        """Add a finding."""
        self.findings.append(Finding(kind, path, text, sopInstanceUID))

    def ofKind(self, *kinds: str) -> list[Finding]:
        """Findings of some kinds."""
        return [finding for finding in self.findings if finding.kind in kinds]

    def counts(self) -> dict[str, int]:
        """How many findings there are of each kind."""
        return dict(Counter(finding.kind for finding in self.findings))

    def summary(self) -> str:
        """One sentence or two."""
        return f"{self.title} {'cancelled' if self.cancelled else 'finished'} in {self.duration()}."

    def duration(self) -> str:
        """How long it took, in words."""
        return f"{self.seconds:.1f} s" if self.seconds < 10 else durationText(self.seconds)

    def asText(self) -> str:
        """The summary, then one line for every finding."""
        return "\n".join([self.summary(), *map(findingLine, self.findings)])

    def asCSV(self) -> str:
        """Columns kind, path, text: a row for every finding."""
        return csvText(("kind", "path", "text"), ((one.kind, one.path, one.text) for one in self.findings))

    def asData(self) -> dict[str, object]:
        """Everything as numbers, texts and lists, for JSON."""
        fields = {name: value for name, value in vars(self).items() if name != "findings"}
        entries = [{"kind": one.kind, "path": displayPath(one.path), "text": one.text} for one in self.findings]
        return {**fields, "counts": self.counts(), "findings": entries}


@dataclass
class VerificationReport(UpkeepReport):
    """What a verification found.

    :ivar ownedFiles, linkedFiles: how many were looked at
    :ivar bytesRead: of owned files, whose SHA-256 was computed
    :ivar orphans: owned files that the index does not know; they are also among the findings
    """

    ownedFiles: int = 0
    linkedFiles: int = 0
    bytesRead: int = 0
    orphans: int = 0

    title = "Verification"

    @property
    def isSound(self) -> bool:
        """Whether everything was looked at and nothing is wrong."""
        return not self.findings and not self.cancelled

    def summary(self) -> str:
        """What was looked at, and whether it is sound."""
        looked = (
            f"{counted(self.ownedFiles, 'copied file')} ({sizeText(self.bytesRead)}) and"
            f" {counted(self.linkedFiles, 'linked file')} checked in {self.duration()}"
        )
        if self.cancelled:
            return f"Verification cancelled: {looked} so far, {counted(len(self.findings), 'problem')} found."
        if not self.findings:
            return f"The database is sound: {looked}."
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.counts().items())
        return f"{counted(len(self.findings), 'problem')} found ({kinds}): {looked}."


@dataclass
class RepairReport(UpkeepReport):
    """What a repair did: ``MENDED``, ``FORGOTTEN``, ``DAMAGED`` (put aside), or ``LEFT`` because it cannot be mended
    here."""

    title = "Repair"

    def summary(self) -> str:
        """What was done."""
        if not self.findings and not self.cancelled:
            return f"There was nothing to repair ({self.duration()})."
        words = ((MENDED, "mended"), (FORGOTTEN, "forgotten"), (DAMAGED, "put aside"), (LEFT, "left as it is"),
                 (NOTE, "more to know"))  # fmt: skip
        parts = ", ".join(f"{len(self.ofKind(kind)):,} {word}" for kind, word in words if self.ofKind(kind))
        return f"{super().summary()[:-1]}: {parts or 'nothing was changed'}."


@dataclass
class RebuildReport(RepairReport):
    """What a new index was made of.

    :ivar ownedFiles, linkedFiles: in the new index
    :ivar keptAs: where the old database file is now
    """

    ownedFiles: int = 0
    linkedFiles: int = 0
    keptAs: str = ""

    title = "Rebuilding the index"

    def summary(self) -> str:
        """What is in the new index, and where the old one went."""
        if self.cancelled:
            return "Rebuilding the index was cancelled; the database is as it was."
        parts = [
            f"The index was rebuilt in {self.duration()} from {counted(self.ownedFiles, 'copied file')} and"
            f" {counted(self.linkedFiles, 'linked file')}."
        ]
        if self.keptAs:
            parts.append(f"The former one was kept as {displayPath(self.keptAs)}; delete it when nothing is missing.")
        if self.findings:
            parts.append(f"{counted(len(self.findings), 'entry', 'entries')} to look at.")
        return " ".join(parts)


@dataclass
class CompactionReport(UpkeepReport):
    """Sizes of the database file in bytes."""

    bytesBefore: int = 0
    bytesAfter: int = 0

    title = "Compaction"

    def summary(self) -> str:
        """How much smaller the file is."""
        freed = max(0, self.bytesBefore - self.bytesAfter)
        return (
            f"The database was compacted in {self.duration()}: {sizeText(self.bytesAfter)}, {sizeText(freed)} freed."
        )


@dataclass
class BackupReport(UpkeepReport):
    """Where the backup is, and its size in bytes."""

    path: str = ""
    bytesWritten: int = 0

    title = "Backup"

    def summary(self) -> str:
        """Where it is, and what is not in it."""
        place = f"{displayPath(self.path)} ({sizeText(self.bytesWritten)})"
        return f"The index was backed up to {place} in {self.duration()}. Copied files are not in it."


def findingLine(finding: Finding) -> str:
    """"kind: path: text"."""
    parts = (finding.kind, displayPath(finding.path) if finding.path else "", finding.text)
    return ": ".join(filter(None, parts))
