"""A segmentation object in words."""

from __future__ import annotations

from DICOMLib.Wording import counted

from .SegmentationObject import FRACTIONAL, LABEL_MAP, SegmentationObject
from .Segments import Segment

_KINDS = {LABEL_MAP: "one label for each voxel", FRACTIONAL: "parts of voxels for each segment"}


def describedObject(source: SegmentationObject) -> str:
    """Kind, grid and segments with their codes, a line each."""
    grid, instance = source.grid, source.instance
    size = f"{instance.columns} × {instance.rows} × {grid.planes}"
    lines = [f"Segmentation of type {source.kind}: {_KINDS.get(source.kind, 'a mask for each segment')}."]
    if source.kind == FRACTIONAL:
        lines.append(f"Fractions are of type {source.fractionalType or 'unknown'}; {source.maximumFraction} is all.")
    lines.append(f"{counted(instance.numberOfFrames, 'frame')} on a grid of {size} voxels.")
    if not grid.located:
        lines.append("The frames do not say where in the patient they are.")
    lines += grid.notes
    lines += [_line(number, segment) for number, segment in sorted(source.segments.items())]
    return "\n".join(lines)


def _line(number: int, segment: Segment) -> str:
    what = f"{segment.type[2]} ({segment.type[0]}, {segment.type[1]}), {segment.category[2]}"
    where = f", in {segment.region[2]}" if segment.region else ""
    label = f", label {segment.label}" if segment.label != number else ""
    how = segment.algorithmType or "unknown how made"
    return f"Segment {number}{label}: {segment.displayName}: {what}{where}; {how}."
