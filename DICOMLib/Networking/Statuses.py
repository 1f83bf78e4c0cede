"""What the answer to a request means (PS3.7 annex C; for storage PS3.4 B.2.3)."""

from __future__ import annotations

from dataclasses import dataclass

SUCCESS, WARNING, FAILURE = "success", "warning", "failure"


@dataclass(frozen=True)
class Status:
    """:ivar kind: "success", "warning" or "failure"
    :ivar meaning: a clause
    :ivar advice: what can be done about it; ""
    """

    code: int
    kind: str
    meaning: str
    advice: str = ""

    @property
    def text(self) -> str:
        """The meaning with the number, which a server's log has."""
        return f"{self.meaning} (status {self.code:04X})"


_GENERAL = {
    0x0000: (SUCCESS, "stored", ""),
    0x0105: (FAILURE, "there is no such attribute", ""),
    0x0106: (FAILURE, "an attribute has a value that the server does not accept", ""),
    0x0107: (WARNING, "attributes were not recognised", ""),
    0x0110: (FAILURE, "the server failed while it worked on it", "Its log tells why"),
    0x0111: (FAILURE, "the server has an object of this SOPInstanceUID already", ""),
    0x0112: (FAILURE, "there is no such object", ""),
    0x0115: (FAILURE, "an argument has a value that the server does not accept", ""),
    0x0116: (WARNING, "a value is outside of its range", ""),
    0x0117: (FAILURE, "the SOPInstanceUID is none", "The object's UID breaks the rules of PS3.5 chapter 9"),
    0x0118: (FAILURE, "the server does not know this kind of object", ""),
    0x0119: (FAILURE, "kind and object do not belong together", ""),
    0x0120: (FAILURE, "a required attribute is missing", ""),
    0x0121: (FAILURE, "a required value is missing", ""),
    0x0122: (FAILURE, "the server does not store this kind of object", ""),
    0x0124: (FAILURE, "the server does not allow it", "Ask who runs it to allow this program's AE title"),
    0x0210: (FAILURE, "a message of this number is under way", ""),
    0x0211: (FAILURE, "the server does not know the operation", ""),
    0x0212: (FAILURE, "the server did not understand the request", ""),
    0x0213: (FAILURE, "the server lacks the means for it", "Try again later"),
}
_STORAGE = {
    0xB000: (WARNING, "stored, and values in it were changed by the server", ""),
    0xB006: (WARNING, "stored, and elements of it were left out by the server", ""),
    0xB007: (WARNING, "stored, though it does not match its kind of object", ""),
}
_STORAGE_RANGES = (
    (0xA700, 0xA7FF, "the server has no room or means to store it", "Try again later, or ask who runs it"),
    (0xA900, 0xA9FF, "the server finds that the object does not match its kind", ""),
    (0xC000, 0xCFFF, "the server does not understand the object", "Its log tells why"),
)


def storageStatus(code: int) -> Status:
    """The meaning of an answer to C-STORE."""
    known = _STORAGE.get(code) or _GENERAL.get(code)
    if known is not None:
        return Status(code, *known)
    for first, last, meaning, advice in _STORAGE_RANGES:
        if first <= code <= last:
            return Status(code, FAILURE, meaning, advice)
    return _unlisted(code)


def generalStatus(code: int) -> Status:
    """The meaning of an answer to any other request."""
    known = _GENERAL.get(code)
    if known is None:
        return _unlisted(code)
    kind, meaning, advice = known
    return Status(code, kind, "done" if kind == SUCCESS else meaning, advice)


def _unlisted(code: int) -> Status:
    """Of a server's own making. B*** and 0001 are warnings (PS3.7 C.1.2); what nobody defined is no success."""
    if code == 0x0001 or 0xB000 <= code <= 0xBFFF:
        return Status(code, WARNING, "done with a warning of the server's own")
    return Status(code, FAILURE, "the server refused for a reason of its own", "Its documentation lists the status")
