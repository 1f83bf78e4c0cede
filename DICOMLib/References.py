"""What objects refer to: the images they were made of, planned on or drawn on.

Sources: ReferencedSeriesSequence (PS3.3 C.12.1.2.1.1 and others), ReferencedImageSequence and SourceImageSequence
(C.7.6.1.1), DerivationImageSequence of frames (C.7.6.16.2.6).
"""

from __future__ import annotations

from collections.abc import Iterable

from .Instance import Instance

_REFERENCES = (
    "ReferencedSeriesSequence[*].ReferencedInstanceSequence[*].ReferencedSOPInstanceUID",
    "ReferencedImageSequence[*].ReferencedSOPInstanceUID",
    "SourceImageSequence[*].ReferencedSOPInstanceUID",
)
_PURPOSES = "ReferencedImageSequence[*].PurposeOfReferenceCodeSequence[0].CodeValue"
# Localizer, biopsy localizer, device localizer (PS3.16 CID 7201).
_LOCALIZER_PURPOSES = frozenset({"121311", "121312", "121341"})
_REFERENCES_OF_FRAMES = "DerivationImageSequence[*].SourceImageSequence[*].ReferencedSOPInstanceUID"


def referencedInstanceUIDs(instances: Iterable[Instance]) -> list[str]:
    """SOP instance UIDs that instances refer to, each once, without their own."""
    instances = list(instances)
    found: dict[str, None] = {}
    for instance in instances:
        texts = [instance.value(path) for path in _REFERENCES]
        if instance.hasFunctionalGroups:
            texts += dict.fromkeys(instance.frameValues(_REFERENCES_OF_FRAMES))
        found.update(dict.fromkeys(uid.strip() for text in texts if text for uid in text.split("\\")))
    own = {instance.SOPInstanceUID for instance in instances}
    return [uid for uid in found if uid and uid not in own]


def localizerInstanceUIDs(instances: Iterable[Instance]) -> set[str]:
    """SOP instance UIDs that instances refer to only because they were planned on them (PS3.3 C.7.6.1.1.5)."""
    found: set[str] = set()
    others: set[str] = set()
    for instance in instances:
        uids = instance.value(_REFERENCES[1]).split("\\")
        purposes = instance.value(_PURPOSES).split("\\")
        purposes += [""] * (len(uids) - len(purposes))
        for uid, purpose in zip(uids, purposes, strict=False):
            (found if purpose.strip() in _LOCALIZER_PURPOSES else others).add(uid.strip())
        sources = (instance.value(path).split("\\") for path in (_REFERENCES[0], _REFERENCES[2]))
        others.update(uid.strip() for some in sources for uid in some)
    return found - others
