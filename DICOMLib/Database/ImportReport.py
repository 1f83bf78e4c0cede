"""What an import did: counts, and every file that was left out with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..Errors import displayPath
from ..Files.CarefulScan import DIED, TOO_LONG
from ..Wording import counted
from .ReportTable import csvText


@dataclass(frozen=True)
class SkippedFile:
    """A file, and why it is not in the database, or what should be known of it."""

    path: bytes
    reason: str


@dataclass
class ImportReport:
    """Counts and lists.

    :ivar seriesUIDs: every series that the imported files belong to, unchanged ones included
    :ivar instancesUpdated: instances whose file had changed, moved, or is now kept as a copy
    :ivar notes: files that are in the database, with what the user should know about them
    """

    patientsAdded: int = 0
    studiesAdded: int = 0
    seriesAdded: int = 0
    instancesAdded: int = 0
    instancesUpdated: int = 0
    instancesUnchanged: int = 0
    skipped: list[SkippedFile] = field(default_factory=list)
    notes: list[SkippedFile] = field(default_factory=list)
    seriesUIDs: list[str] = field(default_factory=list)
    cancelled: bool = False
    seconds: float = 0.0

    def summary(self) -> str:
        """One sentence."""
        parts = [self._added()]
        if self.instancesUpdated:
            parts.append(f"{self.instancesUpdated:,} updated")
        if self.instancesUnchanged:
            parts.append(f"{self.instancesUnchanged:,} already there")
        if self.skipped:
            parts.append(f"{counted(len(self.skipped), 'file')} skipped")
        if ended := sum(entry.reason in (DIED, TOO_LONG) for entry in self.skipped):
            parts.append(f"{counted(ended, 'reading process', 'reading processes')} ended by such files")
        if self.notes:
            parts.append(counted(len(self.notes), "note"))
        beginning = "Import cancelled" if self.cancelled else "Import finished"
        return f"{beginning} in {self.seconds:.1f} s: {', '.join(parts)}."

    def _added(self) -> str:
        if not self.instancesAdded:
            return "nothing new"
        patients = counted(self.patientsAdded, "new patient")
        studies = counted(self.studiesAdded, "new study", "new studies")
        instances = counted(self.instancesAdded, "instance")
        return f"{instances} of {patients}, {studies} and {self.seriesAdded:,} new series added"

    def asText(self) -> str:
        """The summary, then one line for every skipped file and every note."""
        lines = [self.summary()]
        lines += [f"skipped: {displayPath(entry.path)}: {entry.reason}" for entry in self.skipped]
        lines += [f"note: {displayPath(entry.path)}: {entry.reason}" for entry in self.notes]
        return "\n".join(lines)

    def asCSV(self) -> str:
        """Columns outcome, path, reason: a row for every skipped file and every note."""
        outcomes = (("skipped", self.skipped), ("note", self.notes))
        rows = ((outcome, entry.path, entry.reason) for outcome, entries in outcomes for entry in entries)
        return csvText(("outcome", "path", "reason"), rows)

    def addSkipped(self, path: bytes, reason: str) -> None:
        """Add a file that is left out."""
        self.skipped.append(SkippedFile(path, reason))

    def addNote(self, path: bytes, text: str) -> None:
        """Add what should be known of a file that came in."""
        self.notes.append(SkippedFile(path, text))
