"""The stored objects that a node was made of."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .UIDs import givenOrNew, isValidUID

if TYPE_CHECKING:
    from ..Database.DICOMDatabase import DICOMDatabase
    from ..Instance import Instance


def sourceInstances(instanceUIDs: Sequence[str], database: DICOMDatabase | None) -> list[Instance]:
    """Records of objects in the order of their UIDs, each once; none unless all are in the database and on the disk."""
    if database is None or not database.isOpen or not instanceUIDs:
        return []
    files = [database.fileForInstance(uid) for uid in dict.fromkeys(instanceUIDs)]
    return database.instanceRecordsForFiles(files) if all(path and os.path.exists(path) for path in files) else []


def objectReferences(headers: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
    """(SOP class UID, SOP instance UID) of each object; none when one of them is no UID that may be written."""
    references = [(header.get("0008,0016", ""), header.get("0008,0018", "")) for header in headers]
    return references if all(_isRooted(uid) for reference in references for uid in reference) else []


def _isRooted(uid: str) -> bool:
    """Whether a UID may be written: some test data begin with numbers that nobody can have (ISO/IEC 9834-1)."""
    return isValidUID(uid) and uid.partition(".")[0] in ("0", "1", "2")


def frameOfReference(given: str, headers: Sequence[Mapping[str, str]], isSamePlace: bool) -> str:
    """The UID that was set, else that of the source where geometry is the source's, else a new one.

    :raises ExportError: when the one that was set is not a UID
    """
    frame = given.strip()
    frames = {header.get("0020,0052", "").strip() for header in headers}
    if not frame and isSamePlace and len(frames) == 1:
        (known,) = frames
        used = {headers[0].get(key, "").strip() for key in ("0020,000D", "0020,000E", "0008,0018")}
        frame = known if isValidUID(known) and known not in used else ""  # one thing, one UID (PS3.5 9)
    return givenOrNew("FrameOfReferenceUID", frame)
