"""Which objects the scalar volume plugin reads, and why it leaves out others."""

from __future__ import annotations

from collections.abc import Sequence

from DICOMLib.Geometry.Planes import MOST_FRAMES
from DICOMLib.Instance import Instance
from DICOMLib.Tags import tagText

# Objects with pixel data (or none) that are not images to be shown as a volume, and what they are.
OTHER_SOP_CLASSES = {
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation",
    "1.2.840.10008.5.1.4.1.1.66.5": "a surface segmentation",
    "1.2.840.10008.5.1.4.1.1.66.7": "a label map segmentation",
    "1.2.840.10008.5.1.4.1.1.481.3": "a radiotherapy structure set",
    "1.2.840.10008.1.3.10": "a media directory",
}
OTHER_MODALITIES = {
    "ANN": "annotations",
    "AU": "audio",
    "DOC": "a document",
    "ECG": "a waveform",
    "HD": "a waveform",
    "KO": "a key object selection",
    "M3D": "a model for printing",
    "PLAN": "a plan",
    "PR": "a presentation state",
    "REG": "a registration",
    "RTPLAN": "a radiotherapy plan",
    "RTSTRUCT": "a radiotherapy structure set",
    "RWV": "a real world value mapping",
    "SEG": "a segmentation",
    "SM": "a slide microscopy image, which may be stored in tiles",
    "SR": "a structured report",
}

_DECIDING_TAGS = tuple(map(tagText, ("SOPClassUID", "Modality", "Rows", "Columns", "NumberOfFrames")))


def reasonNotAnImage(instance: Instance) -> str:
    """Why an object is not part of a volume; "" for an image."""
    kind = OTHER_SOP_CLASSES.get(instance.SOPClassUID)
    if kind:
        return kind
    kind = OTHER_MODALITIES.get(instance.modality)
    if kind:
        return f"{kind} (Modality {instance.modality})"
    if not instance.hasPixelData:
        return "no image: there is no pixel data (7FE0,0010)"
    if instance.rows <= 0 or instance.columns <= 0:
        sizes = (f"{keyword} is {instance.value(keyword) or 'absent'}" for keyword in ("Rows", "Columns"))
        return f"no image: {', '.join(sizes)}"
    if instance.numberOfFrames > MOST_FRAMES:
        return f"not read: NumberOfFrames {instance.numberOfFrames} is beyond {MOST_FRAMES}"
    return ""


def divideImages(instances: Sequence[Instance]) -> tuple[list[Instance], dict[str, int]]:
    """The images, and for each reason how many objects it leaves out."""
    images, reasons = [], {}
    known: dict[tuple, str] = {}
    for instance in instances:
        values = instance.values
        key = (instance.hasPixelData, *map(values.get, _DECIDING_TAGS))
        reason = known.get(key)
        if reason is None:
            reason = known[key] = reasonNotAnImage(instance)
        if reason:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            images.append(instance)
    return images, reasons
