"""What the stored objects that a volume was made of say about what is written of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import DICOMError
from DICOMLib.Export.SourceAttributes import carriedAttributes, sourceHeaders
from DICOMLib.Export.SourceObjects import objectReferences, sourceInstances
from DICOMLib.Geometry.Slices import SliceStack, analyzeStack
from DICOMLib.Instance import Instance

from .VolumeContent import VolumeContent
from .Writer import VolumeSource

# Slices this close to those of the source are the same ones: files state places with about this much rounding.
SAME_PLACE_MM = 1e-3
_CODE_STRING = re.compile(r"[A-Z0-9_ ]{1,16}")  # PS3.5 6.2



def volumeSource(
    content: VolumeContent, tags: Mapping[str, str], context: PluginContext
) -> tuple[VolumeSource, list[Mapping[str, str]]]:
    """The source of a volume, and the headers of its objects in slice order; empty where there is none.

    :param tags: keyword → text of what is written
    :raises CancelledError: when the context's progress was cancelled
    """
    instances = sourceInstances(content.instanceUIDs, context.database)
    headers = sourceHeaders(instances, context.progress)
    source = VolumeSource(isSamePlace=_isSamePlace(content, instances) and len(headers) == len(instances))
    source.hasSameFrame = source.isSamePlace or _isInPlace(content, instances)
    if headers:
        source.carried = carriedAttributes(headers, tags, source.isSamePlace)
        source.references = objectReferences(headers)
        if _isOf(headers[0], tags) and not content.isComputed:
            source.imageType = thirdImageType(headers[0].get("0008,0008", ""))
            source.rescaleType = headers[0].get("0028,1054", "").strip()
    return source, headers


def _isOf(header, tags: dict[str, str]) -> bool:
    return header.get("0008,0060", "").strip() == tags["Modality"].strip()


def thirdImageType(imageType: str) -> str:
    """The third value of an image type where it may be written, else ""."""
    parts = imageType.split("\\")
    third = parts[2].strip() if len(parts) > 2 else ""
    return third if _CODE_STRING.fullmatch(third) else ""


def _isSamePlace(content: VolumeContent, instances: Sequence[Instance]) -> bool:
    """Whether each slice is a slice of the source, in the same order and place."""
    if len(instances) != len(content.array) or not content.hasPlace:
        return False
    try:
        stack = analyzeStack(instances)
    except DICOMError:
        return False
    return [*stack.instances] == [*instances] and isPlacedAs(content, stack)


def _isInPlace(content: VolumeContent, instances: Sequence[Instance]) -> bool:
    """Whether a volume is where the first of several that it was computed from is, in one object or in several."""
    for part in (instances[: len(content.array)], instances[:1]):
        try:
            if part and isPlacedAs(content, analyzeStack(part)):
                return True
        except DICOMError:
            continue
    return False


def isPlacedAs(content: VolumeContent, stack: SliceStack) -> bool:
    """Whether the voxels of a volume are where those of a stack are."""
    if stack.dimensions != content.dimensions or not stack.located or not content.hasPlace:
        return False
    apart = _corners(stack.ijkToLPS, content) - _corners(content.ijkToLPS, content)
    return bool(numpy.abs(apart).max() < SAME_PLACE_MM)


def _corners(matrix: numpy.ndarray, content: VolumeContent) -> numpy.ndarray:
    ends = [(0, count - 1) for count in content.dimensions]
    points = numpy.stack(numpy.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
    return points @ matrix[:3, :3].T + matrix[:3, 3]
