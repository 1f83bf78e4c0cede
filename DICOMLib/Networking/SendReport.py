"""What was sent to a server, and what was not and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..Database.UpkeepReport import UpkeepReport
from ..Errors import NetworkError, displayPath
from ..Wording import counted, sizeText

NOT_SENT, WARNED = "not sent", "stored with a warning"
# What the notes on entries of folders begin with that are no objects.
PASSED_OVER = "passed over"


@dataclass
class SendReport(UpkeepReport):
    """One finding for every object that was not sent, was stored with a warning, or was converted.

    :ivar server: its name and address
    :ivar objects: how many were to be sent
    :ivar sent: how many the server has stored, those with a warning included
    :ivar converted: how many of these were decompressed or written anew for it
    :ivar bytesSent: of their data sets, as they were sent
    :ivar reconnections: how often the connection was lost and made again
    :ivar failure: why the server could not be reached, or was given up; "" when it was not
    :ivar left: files that the server has not stored, as far as is known
    """

    server: str = ""
    objects: int = 0
    sent: int = 0
    converted: int = 0
    bytesSent: int = 0
    reconnections: int = 0
    failure: str = ""
    left: list[bytes] = field(default_factory=list)

    title = "Sending"

    @property
    def isComplete(self) -> bool:
        """Whether the server has stored every object."""
        return self.sent == self.objects

    def summary(self) -> str:
        """How much was sent where to, and how much was not."""
        if not self.sent:
            stopped = " The sending was stopped." if self.cancelled else ""
            return f"Nothing was sent to {self.server}.{stopped}{self._failureText()}"
        rate = f", {sizeText(self.bytesSent / self.seconds)}/s" if self.seconds > 0 else ""
        text = (
            f"{counted(self.sent, 'object')} ({sizeText(self.bytesSent)}) sent to {self.server} in"
            f" {self.duration()}{rate}."
        )
        if not self.isComplete:
            missing = self.objects - self.sent
            text += f" {counted(missing, 'object was', 'objects were')} not sent."
        if self.cancelled:
            text += " The sending was stopped."
        warned = len(self.ofKind(WARNED))
        if warned:
            text += f" {counted(warned, 'was', 'were')} stored with a warning."
        if self.reconnections:
            text += f" The connection was lost {counted(self.reconnections, 'time')} and made again."
        return text + self._failureText()

    def requireComplete(self) -> None:
        """:raises NetworkError: when not every object was sent"""
        if not self.isComplete:
            first = next((one.text for one in self.findings if one.kind == NOT_SENT), None)
            raise NetworkError(f"{self.objects - self.sent} of {counted(self.objects, 'object')} were not sent",
                               self.server, None if self.failure else first, self.failure.rstrip("."))

    def asData(self) -> dict[str, object]:
        """Everything as numbers, texts and lists, for JSON."""
        return {**super().asData(), "left": [displayPath(path) for path in self.left]}

    def _failureText(self) -> str:
        return f" {self.failure}" if self.failure else ""


