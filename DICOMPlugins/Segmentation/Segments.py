"""What labels stand for: segments as DICOM describes them (PS3.3 C.8.20.4), and where a label map keeps them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from functools import lru_cache

from DICOMLib.Scene.Colors import LABELS, colorTable
from DICOMLib.Scene.VolumeNodes import vtkMRMLLabelMapVolumeNode

Code = tuple[str, str, str]
"""(value, scheme, meaning)."""

# What 3D Slicer says of a segment of which nobody has said anything (PS3.16 CID 7150, 7166).
TISSUE: Code = ("85756007", "SCT", "Tissue")
MANUAL, SEMIAUTOMATIC, AUTOMATIC = "MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"
ALGORITHM_TYPES = {MANUAL: "by hand", SEMIAUTOMATIC: "by a program and by hand", AUTOMATIC: "by a program"}


@dataclass
class Segment:
    """One label.

    :ivar label: value of its voxels
    :ivar number: SegmentNumber in the object it was read from; 0 when it was not read from one
    :ivar color: red, green and blue from 0 to 1; None when nobody chose one
    :ivar algorithmType: MANUAL, SEMIAUTOMATIC or AUTOMATIC; "" when nobody said it
    """

    label: int
    name: str = ""
    number: int = 0
    description: str = ""
    category: Code = TISSUE
    type: Code = TISSUE
    typeModifier: Code | None = None
    region: Code | None = None
    regionModifier: Code | None = None
    algorithmType: str = ""
    algorithmName: str = ""
    trackingID: str = ""
    trackingUID: str = ""
    color: tuple[float, float, float] | None = None

    @property
    def displayName(self) -> str:
        """Its name, or what tells it from others."""
        return self.name or f"Segment {self.label}"


_CODES = ("category", "type", "typeModifier", "region", "regionModifier")


def segmentsText(segments: Iterable[Segment]) -> str:
    """JSON that :func:`segmentsFromText` reads."""
    return json.dumps([asdict(segment) for segment in segments], ensure_ascii=False)


def segmentsFromText(text: str | None) -> dict[int, Segment]:
    """Segments by label; what is not readable says nothing, for scripts and scene files may write it."""
    try:
        items = json.loads(text or "[]")
    except ValueError:
        return {}
    found = {}
    for item in items if isinstance(items, list) else ():
        segment = _segment(item)
        if segment is not None:
            found[segment.label] = segment
    return found


def _segment(item: object) -> Segment | None:
    label = item.get("label") if isinstance(item, dict) else None
    if not isinstance(label, int):
        return None
    segment = Segment(label)
    for one in fields(Segment):
        value = item.get(one.name)
        if one.name in _CODES:
            if _isCode(value):
                setattr(segment, one.name, tuple(value))
        elif one.name == "color":
            isColor = isinstance(value, list) and len(value) == 3 and all(isinstance(n, int | float) for n in value)
            segment.color = tuple(map(float, value)) if isColor else None
        elif isinstance(value, type(getattr(segment, one.name))):
            setattr(segment, one.name, value)
    return segment


def _isCode(value: object) -> bool:
    return isinstance(value, list) and len(value) == 3 and all(isinstance(part, str) and part for part in value)


def colorOfLabel(label: int) -> tuple[float, float, float]:
    """Red, green and blue of a label of which nobody has chosen a colour."""
    table = _defaultColors()
    return tuple(table[1 + (label - 1) % (len(table) - 1)][:3].tolist())


@lru_cache(1)
def _defaultColors():
    return colorTable(LABELS)


def segmentsOf(node: vtkMRMLLabelMapVolumeNode, labels: Iterable[int]) -> list[Segment]:
    """What is known of some labels of a node: from its attribute, its colour table, else names and colours made up."""
    known = segmentsFromText(node.GetAttribute(node.SEGMENTS_ATTRIBUTE))
    display = node.GetDisplayNode()
    table = display.GetColorNode() if display is not None else None
    found = []
    for label in labels:
        segment = known.get(label) or Segment(label)
        entry = table.GetColor(label) if table is not None else None
        # The table is what people see and change; built-in ones end early.
        if entry is not None and label < table.GetNumberOfColors():
            segment.color = tuple(entry[:3])
            segment.name = table.GetColorName(label) or segment.name
        elif segment.color is None:
            segment.color = colorOfLabel(label)
        found.append(segment)
    return found


def setSegments(node: vtkMRMLLabelMapVolumeNode, segments: Iterable[Segment]) -> None:
    """Give a node in a scene a colour table with names and colours of its labels, and an attribute with the rest."""
    segments = list(segments)
    scene = node.GetScene()
    table = scene.CreateNodeByClass("vtkMRMLColorTableNode")
    table.SetName(f"{node.GetName()} - Colors")
    table.SetNumberOfColors(1 + max((segment.label for segment in segments), default=0))
    for label in range(1, table.GetNumberOfColors()):  # those without a segment may be drawn later
        table.SetColor(label, *colorOfLabel(label))
    for segment in segments:
        table.SetColor(segment.label, segment.displayName, *(segment.color or colorOfLabel(segment.label)))
    scene.AddNode(table)
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAndObserveColorNodeID(table.GetID())
    node.SetAttribute(node.SEGMENTS_ATTRIBUTE, segmentsText(segments))
