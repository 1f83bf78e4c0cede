"""The one place where an exception becomes something a person reads."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from qtpy.QtCore import QObject, Signal

from ..Errors import CancelledError, DICOMError, displayPath
from .DisplayText import plainText

logger = logging.getLogger(__name__)

ERROR, WARNING, INFORMATION = "error", "warning", "information"


@dataclass(frozen=True)
class Message:
    """What is shown: one sentence, and details to copy."""

    text: str
    details: str = ""
    severity: str = ERROR


class ErrorReporter(QObject):
    """Turns exceptions into messages. Whatever shows messages connects to :attr:`reported`."""

    reported = Signal(object)

    def report(self, error: Exception, doing: str = "") -> Message | None:
        """Show one message and log where the error came from; a cancelled operation is no error.

        :param doing: what was attempted, to follow "Could not": "load the series"
        """
        if isinstance(error, CancelledError):
            return None
        self._log(error, doing)
        message = Message(errorSentence(error, doing), errorDetails(error))
        self.reported.emit(message)
        return message

    def warn(self, text: str, details: str = "") -> Message:
        return self._tell(Message(text, details, WARNING))

    def inform(self, text: str, details: str = "") -> Message:
        return self._tell(Message(text, details, INFORMATION))

    def _tell(self, message: Message) -> Message:
        self.reported.emit(message)
        return message

    @contextmanager
    def guard(self, doing: str = "") -> Iterator[None]:
        """Report whatever the block raises, and go on after it.

        >>> with ErrorReporter().guard("read the file"):
        ...     pass
        """
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the edge of the program: past it is only Qt
            self.report(error, doing)

    def _log(self, error: Exception, doing: str) -> None:
        """The stack goes to the console log; the message does not, because it may hold a file's or a patient's name."""
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("Could not %s: %s\n%s", doing or "finish", type(error).__name__, frames.rstrip())


def errorSentence(error: Exception, doing: str = "") -> str:
    """What happened, where, and what to do, without any of the program's insides."""
    start = f"Could not {doing}. " if doing else ""
    if isinstance(error, DICOMError):
        return start + _capitalized(plainText(error))
    if isinstance(error, MemoryError):
        return f"{start}There is not enough memory. Close other programs or load less at a time."
    if isinstance(error, OSError) and error.strerror:
        where = f"{displayPath(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        return f"{start}{where}{error.strerror.lower()}."
    return f"{start}Something unexpected happened; the details say where in the program."


def errorDetails(error: Exception) -> str:
    """For copying into a report: kind of error, message, and the program line it came from; causes after it."""
    lines = []
    current: BaseException | None = error
    while current is not None:
        lines.append(f"{type(current).__name__}: {plainText(current)}")
        frames = traceback.extract_tb(current.__traceback__)
        if frames:
            lines.append(f"    at {Path(frames[-1].filename).name}, line {frames[-1].lineno}, in {frames[-1].name}")
        current = current.__cause__ or current.__context__
    return "\n".join(lines)


def _capitalized(sentence: str) -> str:
    # A path at the start keeps its case.
    return sentence if "/" in sentence.split(" ")[0] else sentence[:1].upper() + sentence[1:]
