"""What the header of a segmentation object says: kind, segments, and for each frame its segment and place.

Sources: PS3.3 A.51, C.8.20. The header is read anew by the bounded scanner when it is loaded, since segments are not
kept in the database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy

from DICOMLib.Errors import LoadError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Instance import Instance
from DICOMLib.Pixels.PixelLayout import layoutOf
from DICOMLib.Wording import counted

from .LabColour import rgbFromLab
from .PlaneGrid import MOST_PLANES, Margins, PlaneGrid, planeGrid, unplacedGrid
from .Segments import Code, Segment

SEGMENTATION_STORAGE = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_STORAGE = "1.2.840.10008.5.1.4.1.1.66.7"
STORAGE_CLASSES = (SEGMENTATION_STORAGE, LABEL_MAP_STORAGE)
BINARY, FRACTIONAL, LABEL_MAP = "BINARY", "FRACTIONAL", "LABELMAP"

# (0062,0001) and (0048,0006), by number: a look-up by keyword would need pydicom's dictionary at import.
TYPE_TAG, MATRIX_COLUMNS_TAG = "0062,0001", "0048,0006"
LARGEST_LABEL = 65535
LARGEST_SPACING_MM = 1e4
# Label values of segments, whose numbers have to be 1, 2, 3 and so on, are kept in an element of our own.
PRIVATE_CREATOR = "DICOMModule SEG"
PRIVATE_GROUP, PRIVATE_LABEL = 0x0063, 0x01
# So are planes without labels at the ends, and the step from plane to plane, as five numbers (see PlaneGrid.Margins).
PRIVATE_MARGINS = 0x02

_SEGMENT = "SegmentSequence[*]."
_PATHS = {
    "number": "SegmentNumber",
    "name": "SegmentLabel",
    "description": "SegmentDescription",
    "algorithmType": "SegmentAlgorithmType",
    "algorithmName": "SegmentAlgorithmName",
    "trackingID": "TrackingID",
    "trackingUID": "TrackingUID",
}
_CODE_PATHS = {
    "category": "SegmentedPropertyCategoryCodeSequence[0].",
    "type": "SegmentedPropertyTypeCodeSequence[0].",
    "typeModifier": "SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence[0].",
    "region": "AnatomicRegionSequence[0].",
    "regionModifier": "AnatomicRegionSequence[0].AnatomicRegionModifierSequence[0].",
}
_CODE_PARTS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
# Instead of CodeValue, where that is too short (PS3.3 8.1).
_OTHER_VALUES = ("LongCodeValue", "URNCodeValue")
_COLOR = "RecommendedDisplayCIELabValue"
_LABEL = f'({PRIVATE_GROUP:04X},"{PRIVATE_CREATOR}",{PRIVATE_LABEL:02X})'
_MARGINS = f'({PRIVATE_GROUP:04X},"{PRIVATE_CREATOR}",{PRIVATE_MARGINS:02X})'
_FRAME_SEGMENT = "SegmentIdentificationSequence[0].ReferencedSegmentNumber"
_TEXTS = [
    *_PATHS.values(), _LABEL,
    *(path + part for path in _CODE_PATHS.values() for part in (*_CODE_PARTS, *_OTHER_VALUES)),
]  # fmt: skip
_WANTED = [
    TYPE_TAG, "SegmentationFractionalType", "MaximumFractionalValue", "PixelPaddingValue", MATRIX_COLUMNS_TAG, _MARGINS,
    *(_SEGMENT + text for text in (*_TEXTS, _COLOR)), "PerFrameFunctionalGroupsSequence[*]." + _FRAME_SEGMENT,
    "SharedFunctionalGroupsSequence[0]." + _FRAME_SEGMENT,
]  # fmt: skip


@dataclass
class SegmentationObject:
    """One object.

    :ivar instance: its header; pixels are to be read as stored
    :ivar segments: by segment number; the background of a label map is none
    :ivar segmentOfFrame: segment number of each frame; 0 in label maps, whose voxels are the numbers
    """

    instance: Instance
    kind: str
    segments: dict[int, Segment]
    segmentOfFrame: numpy.ndarray
    grid: PlaneGrid
    maximumFraction: int = 255
    fractionalType: str = ""


def segmentationType(instance: Instance) -> str:
    """BINARY, FRACTIONAL or LABELMAP, as stated; where a record does not keep it, what class and bits leave."""
    stated = instance.value(TYPE_TAG).strip()
    if stated:
        return stated
    if instance.SOPClassUID == LABEL_MAP_STORAGE:
        return LABEL_MAP
    return BINARY if instance.integer("BitsAllocated") == 1 else FRACTIONAL


def reasonNotRead(instance: Instance) -> str:
    """Why an object is not offered, as far as what the database keeps of it tells; "" when it is."""
    if instance.SOPClassUID not in STORAGE_CLASSES:
        return "it is no segmentation image"
    if not instance.hasPixelData:
        return "it has no pixel data (7FE0,0010)"
    if instance.integer(MATRIX_COLUMNS_TAG) > instance.columns:
        return "it is of a slide that is stored in tiles"
    kind = segmentationType(instance)
    return "" if kind in (BINARY, FRACTIONAL, LABEL_MAP) else f"its SegmentationType is {kind}"


def readSegmentationObject(path: bytes | str) -> SegmentationObject:
    """Header facts of one file.

    :raises FileError: when it is no DICOM file, damaged, or beyond the limits
    :raises LoadError: when it is no segmentation, or contradicts itself
    :raises PixelDataError: when its pixel data is missing or of an impossible size
    """
    header = scanFile(path, _WANTED).toInstance()
    reason = reasonNotRead(header)
    if reason:
        raise LoadError(f"the segmentation is not read: {reason}", header.path)
    instance = _asStored(header)
    layoutOf(instance)  # a forged number of frames ends here
    try:
        _checkFramesDescribed(instance)
        kind = segmentationType(instance)
        segments = _segments(instance)
        ofFrames = _segmentOfFrames(instance, kind, segments)
        grid = _noted(_grid(instance, ofFrames), ofFrames, kind)
    except LoadError as error:
        raise LoadError(error.what, header.path, error.value, error.hint) from None
    return SegmentationObject(
        instance, kind, segments, ofFrames, grid, instance.integer("MaximumFractionalValue", 255),
        instance.value("SegmentationFractionalType").strip(),
    )  # fmt: skip


def _checkFramesDescribed(instance: Instance) -> None:
    """Which frames the descriptions are of is not known where there are more or fewer (C.7.6.16.1.2)."""
    described = {len(column) for column in instance.functionalGroups.values() if isinstance(column, list)}
    if described - {instance.numberOfFrames}:
        counts = f"{max(described)} instead of {instance.numberOfFrames}"
        raise LoadError("the segmentation describes another number of frames than it has", value=counts)


def _asStored(header: Instance) -> Instance:
    """Without what would change stored values on their way: palettes, tables, slopes."""
    changing = ("0028,105", "0028,3", "(0028,3", "(0028,9145)", "0028,11", "0028,12")
    values = {key: text for key, text in header.values.items() if not key.startswith(changing)}
    values["0028,0004"] = "MONOCHROME2"
    groups = {key: column for key, column in header.functionalGroups.items() if not key.startswith(changing)}
    return replace(header, values=values, functionalGroups=groups)


def _segments(instance: Instance) -> dict[int, Segment]:
    found: dict[int, Segment] = {}
    ofSegments = _textsOfSegments(instance)
    colors = _colors(instance, len(ofSegments))
    for n, texts in enumerate(ofSegments):
        number = _positive(texts[_PATHS["number"]])
        if number in found:
            raise LoadError("two segments have the same number", value=number)
        if not number:
            continue  # the background of a label map
        own = {name: texts[path] for name, path in _PATHS.items() if name != "number"}
        known = {name: code for name, path in _CODE_PATHS.items() if (code := _code(texts, path)) is not None}
        label = _positive(texts[_LABEL]) or number
        found[number] = Segment(label, number=number, color=_at(colors, n, None), **own, **known)
    if len({segment.label for segment in found.values()}) < len(found):
        for number, segment in found.items():
            segment.label = number
    return found


def _textsOfSegments(instance: Instance) -> list[dict[str, str]]:
    """Path → text of each segment, "" where it has none."""
    columns = {path: _ofSegments(instance, path) for path in _TEXTS}
    count = len(columns[_PATHS["number"]])
    # A description may hold what joins the values of all segments; then each is asked for by itself.
    unclear = [path for path, column in columns.items() if column and len(column) != count]
    if unclear:
        paths = {(n, path): f"SegmentSequence[{n}].{path}" for n in range(count) for path in unclear}
        single = scanFile(instance.filePath, paths.values()).toInstance()
        columns.update({path: [single.value(paths[n, path]).strip() for n in range(count)] for path in unclear})
    return [{path: _at(column, n) for path, column in columns.items()} for n in range(count)]


def _ofSegments(instance: Instance, path: str) -> list[str]:
    text = instance.value(_SEGMENT + path)
    return [part.strip() for part in text.split("\\")] if text else []


def _code(texts: Mapping[str, str], path: str) -> Code | None:
    value, scheme, meaning = (texts[path + part] for part in _CODE_PARTS)
    value = value or next((other for name in _OTHER_VALUES if (other := texts[path + name])), "")
    return (value, scheme, meaning) if value and scheme and meaning else None


def _colors(instance: Instance, count: int) -> list[tuple[float, float, float] | None]:
    """Three numbers of each segment that has a colour, one empty text of each other."""
    joined = _ofSegments(instance, _COLOR)
    found: list[tuple[float, float, float] | None] = []
    while joined and len(found) < count:
        size = 3 if joined[0] else 1
        found.append(_color(joined[:size]))
        del joined[:size]
    return found if not joined and len(found) == count else [None] * count


def _color(texts: Sequence[str]) -> tuple[float, float, float] | None:
    isColor = len(texts) == 3 and all(text.isdecimal() and len(text) <= 5 for text in texts)
    return rgbFromLab([float(text) for text in texts]) if isColor else None


def _at(values: Sequence, n: int, default: object = ""):
    return values[n] if n < len(values) else default


def _positive(text: str) -> int:
    """0 for what is no label."""
    number = int(text) if text.isdecimal() and len(text) <= 5 else 0
    return number if number <= LARGEST_LABEL else 0


def _segmentOfFrames(instance: Instance, kind: str, segments: Mapping[int, Segment]) -> numpy.ndarray:
    count = instance.numberOfFrames
    if kind == LABEL_MAP:
        return numpy.zeros(count, int)
    numbers = numpy.array([_positive(text.strip()) for text in instance.frameValues("ReferencedSegmentNumber")])
    if len(segments) == 1 and not numbers.any():
        numbers[:] = next(iter(segments))
    for number in sorted(set(numbers.tolist())):
        if not number:
            frame = int(numpy.flatnonzero(numbers == 0)[0]) + 1
            raise LoadError("a frame does not say which segment it is of", value=f"frame {frame}")
        segments.setdefault(number, Segment(number, number=number))  # not described, and there all the same
    return numbers


def _grid(instance: Instance, segmentOfFrame: numpy.ndarray) -> PlaneGrid:
    spacing = instance.frameNumbers("PixelSpacing", 0, 2) or (1.0, 1.0)
    if not 0 < min(spacing) <= max(spacing) <= LARGEST_SPACING_MM:
        raise LoadError("the pixel spacing of the segmentation makes no sense", value=f"{spacing[0]:g}, {spacing[1]:g}")
    positions = parseNumbers(instance.frameValues("ImagePositionPatient"), 3)
    orientations = parseNumbers(instance.frameValues("ImageOrientationPatient"), 6)
    if numpy.isnan(positions).all() or numpy.isnan(orientations).all():
        return unplacedGrid(_occurrences(segmentOfFrame), spacing)
    if numpy.isnan(positions).any() or numpy.isnan(orientations).any():
        raise LoadError("some frames of the segmentation do not say where they are")
    stated = _distance(instance, "SpacingBetweenSlices") or _distance(instance, "SliceThickness")
    return planeGrid(positions, orientations, spacing, stated, _margins(instance, orientations[0]))


def _noted(grid: PlaneGrid, segmentOfFrame: numpy.ndarray, kind: str) -> PlaneGrid:
    """What is put together is said."""
    places = set(zip(grid.planeOfFrame.tolist(), segmentOfFrame.tolist(), strict=True))
    several = len(segmentOfFrame) - len(places)
    if not several or kind == LABEL_MAP:
        return grid
    note = f"Segments have more than one frame in a plane, which are put together: {counted(several, 'frame')}."
    return replace(grid, notes=(*grid.notes, note))


def _margins(instance: Instance, orientation: numpy.ndarray) -> Margins | None:
    numbers = instance.numbers(_MARGINS, 5)
    if numbers is None or not all(number.is_integer() and 0 <= number < MOST_PLANES for number in numbers[:2]):
        return None
    stride = numpy.array(numbers[2:])
    isAlongNormal = stride @ numpy.cross(orientation[:3], orientation[3:]) > 0
    return Margins(int(numbers[0]), int(numbers[1]), stride) if isAlongNormal else None


def _distance(instance: Instance, keyword: str) -> float:
    found = instance.frameNumbers(keyword, 0, 1)
    return abs(found[0]) if found else 0.0


def _occurrences(segmentOfFrame: numpy.ndarray) -> numpy.ndarray:
    """For each frame how many of the same segment came before it."""
    planes = numpy.empty(len(segmentOfFrame), int)
    for number in set(segmentOfFrame.tolist()):
        own = segmentOfFrame == number
        planes[own] = numpy.arange(own.sum())
    return planes
