"""How the tag values of an instance are stored: as the differences to the first instance of its series.

Most values are the same in a whole series and so are stored once. The reference never changes, so that adding an
instance never rewrites others. A private element that was looked for both by its creator and by its tag is stored once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache

from ..Files.Header import Header
from ..Tags import MEDIA_STORAGE_SOP_CLASS_UID, tagText

SOP_INSTANCE_UID = tagText("SOPInstanceUID")
TRANSFER_SYNTAX_UID = tagText("TransferSyntaxUID")
# Not stored: a column of its own, and a copy of the SOP class.
_LEFT_OUT = (SOP_INSTANCE_UID, MEDIA_STORAGE_SOP_CLASS_UID)
# Key beside the tags: the transfer syntax where it was recognised instead of read.
_RECOGNIZED_SYNTAX = "syntax"
# Before the tag of a private element whose value is also that of its path by the creator.
_OF_BOTH = "="
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def storedValues(header: Header) -> dict[str, str]:
    """What is stored of a header's values: a new dictionary."""
    values = {tag: value for tag, value in header.values.items() if tag not in _LEFT_OUT}
    if values.get(TRANSFER_SYNTAX_UID) != header.transferSyntaxUID:
        values[_RECOGNIZED_SYNTAX] = header.transferSyntaxUID
    return values


def asText(values: Mapping[str, str | None]) -> str:
    """Values as they are stored: compact JSON."""
    return _encoded(values)


def differencesText(changed: Mapping[str, str | None], values: Mapping[str, str]) -> str:
    """What changes the reference into the values, as it is stored.

    :param changed: as :func:`differences` gives it
    :param values: of the header
    """
    twice = {key: tag for key in changed if key[0] == "(" and (tag := _tagWithSameValue(key, changed, values))}
    if not twice:
        return asText(changed)
    once = {tag: value for tag, value in changed.items() if tag not in twice}
    for tag in twice.values():
        once[_OF_BOTH + tag] = once.pop(tag)
    return asText(once)


def _tagWithSameValue(key: str, changed: Mapping[str, str | None], values: Mapping[str, str]) -> str:
    """The tag of a private element that is given by its creator, if both have the same value; "" otherwise."""
    tag, creatorTag, creator = _inFirstBlock(key)
    value = changed.get(tag)
    return tag if value is not None and value == changed[key] and values.get(creatorTag) == creator else ""


@lru_cache(maxsize=1024)
def _inFirstBlock(key: str) -> tuple[str, str, str]:
    """(0019,"ACME",0C) → 0019,100C, 0019,0010, ACME: the tag in the block that is mostly its creator's, and what claims
    that. Three times "" for other paths."""
    tag, creator = f"{key[1:5]},10{key[-3:-1]}", key[7:-5].replace('""', '"')
    return (tag, _creatorTag(tag), creator) if _byCreator(tag, creator) == key else ("", "", "")


@lru_cache(maxsize=1024)
def _byCreator(tag: str, creator: str) -> str:
    """The opposite of :func:`_inFirstBlock`."""
    escaped = creator.replace('"', '""')
    return f'({tag[:4]},"{escaped}",{tag[7:]})'


def _creatorTag(tag: str) -> str:
    return f"{tag[:4]},0010"


def differences(values: Mapping[str, str], reference: Mapping[str, str]) -> dict[str, str | None]:
    """What changes the reference into the values; None stands for a tag that only the reference has."""
    changed: dict[str, str | None] = {
        tag: value for tag, value in values.items() if tag not in reference or reference[tag] != value
    }
    if len(values) - len(changed) < len(reference):
        changed.update({tag: None for tag in reference if tag not in values})
    return changed


class SeriesReference:
    """What the instances of one series are compared with, headers that share values with others by what they do not
    share.

    :param values: of the series' first instance, as stored
    """

    def __init__(self, values: Mapping[str, str]):
        self._values = values
        self._shared: Mapping[str, str] | None = None
        self._sharedChanges: dict[str, str | None] = {}
        self._notShared: list[str] = []

    def differences(self, header: Header) -> dict[str, str | None]:
        """What changes the reference into the stored values of a header; None stands for a tag that only the reference
        has."""
        if header.shared is None:
            return differences(storedValues(header), self._values)
        if header.shared is not self._shared:
            self._compareShared(header.shared)
        changed = self._sharedChanges.copy()
        reference, own = self._values, header.own
        for tag, value in own.items():
            if reference.get(tag) != value and tag not in _LEFT_OUT:
                changed[tag] = value
        for tag in self._notShared:
            if tag not in own:
                changed[tag] = None
        return changed

    def _compareShared(self, shared: Mapping[str, str]) -> None:
        """Shared values hold the transfer syntax as it was read, so that none is recognised."""
        reference = self._values
        self._shared = shared
        self._sharedChanges = {
            tag: value for tag, value in shared.items() if reference.get(tag) != value and tag not in _LEFT_OUT
        }
        self._notShared = [tag for tag in reference if tag not in shared]


@lru_cache(maxsize=256)
def parsedReference(text: str) -> Mapping[str, str]:
    """The reference values of a series; shared, so not to be changed."""
    return json.loads(text)


def restoredValues(sopInstanceUID: str, referenceText: str, differencesText: str) -> tuple[dict[str, str], str]:
    """An instance's values again.

    :returns: "GGGG,EEEE" → text, and the transfer syntax UID
    """
    values = {**parsedReference(referenceText), **json.loads(differencesText)}
    if f'"{_OF_BOTH}' in differencesText:
        for stored in [key for key in values if key[0] == _OF_BOTH]:
            tag = stored[1:]
            values[tag] = values[_byCreator(tag, values[_creatorTag(tag)])] = values.pop(stored)
    syntax = values.pop(_RECOGNIZED_SYNTAX, None)
    if None in values.values():
        values = {tag: value for tag, value in values.items() if value is not None}
    values[SOP_INSTANCE_UID] = sopInstanceUID
    return values, syntax or values.get(TRANSFER_SYNTAX_UID, "")
