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
