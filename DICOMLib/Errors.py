"""The one exception tree of the project.

Every error answers four questions: what happened, where, with which value, and what to do about it. Library code
raises; a dialog or a console line is made of an error at exactly one edge of the program (the window's error reporting,
the command line).
"""

from __future__ import annotations

import os


def displayPath(path: bytes | str | os.PathLike) -> str:
    """A path as one line of plain text; undecodable bytes and control characters are escaped."""
    text = os.fsdecode(path)
    if text.isprintable():
        return text  # nearly all are, and reports hold many
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character if character.isprintable() else f"\\x{ord(character):02x}"


class DICOMError(Exception):
    """Base of all errors raised on purpose by this project.

    :param what: what went wrong, a clause without a full stop
    :param where: the file, series or server it concerns; None when there is none
    :param value: the offending value (never a patient's: these messages reach logs)
    :param hint: what the user can do about it, a full clause
    """

    def __init__(self, what: str, where: object = None, value: object = None, hint: str = ""):
        self.what = what
        self.where = displayPath(where) if isinstance(where, bytes | str | os.PathLike) else where
        self.value = value
        self.hint = hint
        super().__init__(what, where, value, hint)

    def __str__(self) -> str:
        sentence = self.what if self.where is None else f"{self.where}: {self.what}"
        if self.value is not None:
            sentence += f" ({self.value})"
        return f"{sentence}. {self.hint}." if self.hint else f"{sentence}."


class CancelledError(DICOMError):
    """The user asked to stop; what was committed before stays."""

    def __init__(self, what: str = "cancelled"):
        super().__init__(what)


class SettingsError(DICOMError):
    """An unknown setting, or a value of the wrong kind."""


class FileError(DICOMError):
    """A file cannot be used; ``where`` is its path."""


class UnreadableFileError(FileError):
    """The operating system refuses to open or read the file."""


class NotDICOMError(FileError):
    """The bytes are not a DICOM data set."""


class TruncatedFileError(FileError):
    """The file ends before a value that it announces."""


class LimitExceededError(FileError):
    """A number in the file is beyond what is accepted from an untrusted file (see Files/Limits.py)."""


class SceneFileError(FileError):
    """A scene file is damaged, no scene, or more than is accepted."""


class DatabaseError(DICOMError):
    """The study database cannot do what was asked; ``where`` is the database file."""


class DatabaseClosedError(DatabaseError):
    """A call needs an open database."""


class DatabaseCorruptError(DatabaseError):
    """The database file is damaged or is not a database."""


class DatabaseVersionError(DatabaseError):
    """The database was made by a newer or an unknown version."""


class DatabaseReadOnlyError(DatabaseError):
    """The database was opened for reading only."""


class GeometryError(DICOMError):
    """Positions, orientations or spacings do not describe a volume."""


class PixelDataError(DICOMError):
    """Pixel data is missing, short or cannot be decoded; ``where`` is the file."""


class UnsupportedTransferSyntaxError(PixelDataError):
    """No installed decoder reads this transfer syntax; the hint names the package that would."""


class WorkerError(PixelDataError):
    """A worker process died, ran out of memory or passed its deadline."""


class SceneError(DICOMError):
    """A node or hierarchy item does not exist or cannot be used this way."""


class PluginError(DICOMError):
    """A plugin failed; ``where`` is the plugin's name."""


class LoadError(DICOMError):
    """A series could not be loaded; ``where`` is the loadable's name."""


class ExportError(DICOMError):
    """Something could not be written as DICOM; ``where`` is the node's or folder's name."""


class NetworkError(DICOMError):
    """A server on the network cannot be used as asked; ``where`` is its name or address."""


class ConnectionFailedError(NetworkError):
    """There is no connection: nothing listens there, the name is unknown, it took too long, or TLS failed."""


class ConnectionLostError(NetworkError):
    """The connection broke, or the server did not answer in time."""


class AssociationRejectedError(NetworkError):
    """The server does not want to talk to this program (PS3.8 9.3.4)."""


class AssociationAbortedError(NetworkError):
    """The server ended the conversation in the middle (PS3.8 9.3.8)."""


class NetworkProtocolError(NetworkError):
    """What answers does not speak DICOM, or not as it was agreed."""


class ContextNotAcceptedError(NetworkError):
    """The server takes objects of this kind, or stored this way, not at all."""


class ServerStatusError(NetworkError):
    """The server answered that it did not do what it was asked for (PS3.7 annex C)."""
