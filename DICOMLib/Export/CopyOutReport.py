"""What was copied out, and what was not and why."""

from __future__ import annotations

from dataclasses import dataclass

from ..Database.UpkeepReport import NOTE, UpkeepReport
from ..Errors import displayPath
from ..Wording import counted, sizeText

NOT_COPIED = "not copied"
_WHAT = {"tree": "", "media": " as a media set with a DICOMDIR", "zip": " as a zip archive"}


@dataclass
class CopyOutReport(UpkeepReport):
    """:ivar layout: "tree", "media" or "zip"
    :ivar target: the folder or file that holds the copies
    :ivar places: what is new: the target itself, or what was put into it
    :ivar files: how many were copied, each compared with its original
    :ivar bytesWritten: of these files, before they were packed
    """

    layout: str = "tree"
    target: str = ""
    places: tuple[str, ...] = ()
    files: int = 0
    series: int = 0
    bytesWritten: int = 0

    title = "Copying out"

    @property
    def isComplete(self) -> bool:
        """Whether every file asked for was copied."""
        return len(self.ofKind(NOTE)) == len(self.findings)

    def summary(self) -> str:
        """How much was copied, where to, and how many files were not."""
        text = (
            f"{counted(self.files, 'file')} ({sizeText(self.bytesWritten)}) of"
            f" {counted(self.series, 'series', 'series')} copied to {displayPath(self.target)}{_WHAT[self.layout]}"
            f" in {self.duration()}."
        )
        left = len(self.findings) - len(self.ofKind(NOTE))
        return f"{text} {counted(left, 'file was', 'files were')} not copied." if left else text
