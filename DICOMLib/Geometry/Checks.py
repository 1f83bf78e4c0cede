"""Checks of a stack of slices, each a short function that gives findings in words with numbers. LPS, mm."""

from __future__ import annotations

from collections.abc import Iterable

import numpy

from ..Instance import Instance
from ..Wording import counted
from .Findings import ERROR, NOTE, WARNING, Finding
from .FramePlaces import SLICE_VECTOR, STEPS, VOLUME
from .PackedSlices import MOSAIC_ASSUMED_NORMAL, isMosaicByText
from .Planes import ORTHOGONALITY_TOLERANCE, SPACING_SOURCES, Planes
from .UltrasoundRegions import ULTRASOUND_REGIONS

# Positions are often written with two decimals; that rounding alone moves a gap along an oblique normal by up to
# 0.02 mm. More than this is a real difference. It is also far below a voxel of any patient scanner.
GAP_TOLERANCE_MM = 0.05
# … but a specimen scanner's slices may be closer than that: never more than this part of the gap.
GAP_TOLERANCE_PART = 0.1
# A regular grid that misses the true corners by less than this is as good as exact on screen and in measurements.
DISPLACEMENT_TOLERANCE_MM = 0.05
# Below this the corners agree within the digits of decimal strings.
DISPLACEMENT_NOTE_MM = 1e-3
# Two slices closer than this are at the same place (Slicer's spacing epsilon) …
SAME_POSITION_MM = 0.01
# … unless pixels are of that size themselves.
SAME_POSITION_PIXELS = 0.1
# Direction cosines that differ by less move no corner of a 500 mm field by more than 0.05 mm.
ORIENTATION_TOLERANCE = 1e-4
# Relative; scanners write the same spacing with differing digits.
PIXEL_SPACING_TOLERANCE = 1e-4
# A shear below this comes from rounded cosines, not from a gantry.
TILT_WARNING_DEGREES = 0.1
# How far a gap may be from a whole multiple of the median gap to count as missing slices.
MISSING_SLICE_PART = 0.1
# Single gaps are named up to this many; beyond it, or where this part of all gaps differs, they are summed up.
GAPS_NAMED = 3
# Projections, photographs and screen shots have no place in the patient's coordinates by nature.
UNPLACED_MODALITIES = frozenset({"CR", "DX", "ES", "IO", "MG", "OP", "OT", "PX", "RF", "SC", "US", "XA", "XC"})
# Frames of these, and of nuclear medicine that was not reconstructed, follow each other in time or around the patient.
FRAMES_IN_TIME_MODALITIES = UNPLACED_MODALITIES | {"NM"}
UNEVEN_PART = 0.25


def checkPlanes(planes: Planes) -> list[Finding]:
    """Findings that do not depend on the order of the slices."""
    return [
        *checkComplete(planes),
        *checkFrames(planes),
        *checkPacking(planes),
        *checkSizes(planes),
        *checkSeries(planes),
        *checkLocation(planes),
        *checkOrientations(planes),
        *checkPixelSpacing(planes),
    ]


def checkSorted(planes: Planes, ijkToLPS: numpy.ndarray) -> list[Finding]:
    """Findings on located slices in order along their normal."""
    if len(planes) == 1:
        return [singleSlice(planes, ijkToLPS)]
    if allInOnePlace(planes):
        text = f"all {len(planes)} slices are at one position: the third axis is not space (time, echo or repetition)"
        return [Finding("onePosition", text, WARNING, len(planes))]
    findings = [*checkDuplicates(planes)]
    if not findings:
        findings += [*checkGaps(planes), *checkDrift(planes), *checkTilt(planes), *checkInPlaneShift(planes)]
        findings += checkStatedSpacing(planes)
    return [*findings, *checkDisplacement(planes, ijkToLPS)]


def checkFrames(planes: Planes) -> Iterable[Finding]:
    """Frames of which the header does not say where they are, and places that were worked out."""
    frames = int(planes.frames.max()) + 1
    unplaced = not planes.located.all()
    modality = planes.instances[0].modality
    if frames > 1 and unplaced and modality in FRAMES_IN_TIME_MODALITIES:
        yield Finding("multiFrame", f"this is one object of {frames} frames: {_thirdAxisText(planes)}", WARNING, frames)
    elif frames > 1 and unplaced:
        text = (
            f"this is one object of {frames} frames, and the header does not say where each is: slice order, distances "
            "and position may not be those of the patient, and the third axis may mix space with time"
        )
        yield Finding("multiFrame", text, ERROR, frames)
    if (planes.placements == STEPS).any():
        text = (
            "the header has one position for all frames: they are taken to follow each other along the normal by the "
            "stated slice distance"
        )
        yield Finding("assumedFramePlaces", text, WARNING)
    if (planes.placements == VOLUME).any():
        text = "positions are in the ultrasound volume's own coordinates, not in the patient's"
        yield Finding("volumeCoordinates", text, NOTE)


def _thirdAxisText(planes: Planes) -> str:
    """What frames without places are: slices of a reconstruction (PS3.3 C.8.4.8), moments, or not said."""
    distance = abs(planes.number("SpacingBetweenSlices") or 0)
    if SLICE_VECTOR in planes.instances[0].value("FrameIncrementPointer").split("\\") and distance:
        return f"slices {distance:.4g} mm apart (SpacingBetweenSlices), of which the header does not say where they are"
    time = planes.number("FrameTime")
    moments = f", {time:.4g} ms apart (FrameTime)" if time and time > 0 else ""
    return f"the third axis counts frames{moments}, it is not a distance"


def checkPacking(planes: Planes) -> Iterable[Finding]:
    """Siemens stores many slices as tiles of one image and says so in ImageType or an element of its own, XA scanners
    also of frames that they have unpacked."""
    isUnpacked = planes.frames.any() or (planes.allTiles is not None and planes.allTiles[:, 2].all())
    isSaid = any("MOSAIC" in text.upper().split("\\") for text in planes.distinct("ImageType"))
    if not isUnpacked and (isSaid or any(map(isMosaicByText, planes.instances))):
        text = "each image is a mosaic of slices, and the header does not say of how many: positions are wrong"
        yield Finding("mosaic", text, ERROR)
    if (planes.placements == MOSAIC_ASSUMED_NORMAL).any():
        text = "the mosaic does not say on which side of the first slice the others are: they may be in reverse order"
        yield Finding("assumedNormal", text, WARNING)


def checkComplete(planes: Planes) -> Iterable[Finding]:
    """Files that end before their pixel data do."""
    texts = [one.truncated for one in objectsOf(planes) if one.truncated]
    if texts:
        text = f"{counted(len(texts), 'file')} of {len(objectsOf(planes))} incomplete: {texts[0]}"
        yield Finding("shortPixelData", text, ERROR, len(texts))


def objectsOf(planes: Planes) -> list[Instance]:
    """The objects that slices come from, each once, in order of the slices."""
    return [planes.table.objects[owner] for owner in dict.fromkeys(planes.owners.tolist())]


def checkSizes(planes: Planes) -> Iterable[Finding]:
    """Slices that cannot be rows of one array."""
    sizes, counts = numpy.unique(planes.sizes, axis=0, return_counts=True)
    if len(sizes) > 1:
        kinds = ", ".join(
            f"{columns}×{rows}{f'×{samples}' if samples > 1 else ''} ({counted(int(count), 'slice')})"
            for (rows, columns, samples), count in zip(sizes, counts, strict=True)
        )
        yield Finding("mixedSize", f"slices differ in size: {kinds}", ERROR, len(sizes))


def checkSeries(planes: Planes) -> Iterable[Finding]:
    """Slices from several series or frames of reference."""
    series = planes.distinct("SeriesInstanceUID")
    if len(series) > 1:
        yield Finding("mixedSeries", f"the slices come from {len(series)} series", WARNING, len(series))
    references = set(planes.distinct("FrameOfReferenceUID")) - {""}
    if len(references) > 1:
        text = f"the slices have {len(references)} frames of reference: their positions need not be comparable"
        yield Finding("mixedFrameOfReference", text, WARNING, len(references))


def checkLocation(planes: Planes) -> Iterable[Finding]:
    """Slices that lack position or orientation (frames of one object are told by :func:`checkFrames`)."""
    lost = int((~planes.located).sum())
    count = len(planes)
    if lost == 0 or planes.frames.max() > 0:
        return
    if count == 1:
        text = "there is no usable position or orientation in the header: the image is placed at the origin"
        severity = NOTE if planes.instances[0].modality in UNPLACED_MODALITIES else WARNING
        yield Finding("noPosition", text, severity, lost)
        return
    what = "none of the slices has" if lost == count else f"{lost} of {count} slices lack"
    order = "they are in the order of their instance numbers, at a guessed distance"
    text = f"{what} a usable position and orientation: {order}"
    yield Finding("noPosition", text, WARNING if lost == count else ERROR, lost)


def checkOrientations(planes: Planes) -> Iterable[Finding]:
    """Slices that are not parallel, and rows that are not perpendicular to columns."""
    known = planes.orientations[planes.located]
    if not len(known):
        return
    difference = float(abs(known - known[0]).max())
    if difference > ORIENTATION_TOLERANCE:
        normals = planes.normals[planes.located]
        angle = float(numpy.degrees(numpy.arccos(numpy.clip((normals @ normals[0]).min(), -1, 1))))
        text = f"slices differ in orientation: normals by up to {angle:.2f}°, cosines by up to {difference:.2g}"
        yield Finding("mixedOrientation", text, ERROR, angle)
    skew = float(abs((known[:, :3] * known[:, 3:]).sum(axis=1)).max())
    if skew > ORTHOGONALITY_TOLERANCE:
        angle = float(numpy.degrees(numpy.arccos(skew)))
        text = f"rows and columns are not perpendicular ({angle:.1f}°): the volume is skewed as the header says"
        yield Finding("notPerpendicular", text, WARNING, angle)


def checkPixelSpacing(planes: Planes) -> Iterable[Finding]:
    """Spacings that differ, and where the spacing comes from."""
    spacings = planes.pixelSpacings
    difference = float((abs(spacings - spacings[0]) / spacings[0]).max())
    if difference > PIXEL_SPACING_TOLERANCE:
        low, high = spacings.min(), spacings.max()
        yield Finding("mixedPixelSpacing", f"pixel spacing differs between slices: {low:.5g} to {high:.5g} mm", ERROR)
    source = SPACING_SOURCES[planes.spacingCodes[0]]
    if source == "ImagerPixelSpacing":
        text = "pixel spacing is the detector's (ImagerPixelSpacing): the patient is smaller than measured"
        yield Finding("detectorSpacing", text, NOTE)
    elif source == ULTRASOUND_REGIONS:
        text = "pixel spacing is that of the ultrasound region (SequenceOfUltrasoundRegions) and holds inside it only"
        yield Finding("regionSpacing", text, NOTE)
    elif source == "PixelAspectRatio":
        yield Finding("aspectRatioOnly", "only the shape of pixels is known, not their size in mm", NOTE)
    elif source == "NominalScannedPixelSpacing":
        text = "pixel spacing is that of the digitised film (NominalScannedPixelSpacing), not of the patient"
        yield Finding("scannedSpacing", text, NOTE)
    elif not source:
        yield guessedPixelSpacing(planes)


def guessedPixelSpacing(planes: Planes) -> Finding:
    """1 mm for what is absent or cannot be right; nobody expects that of slices through a patient."""
    stated = planes.value("PixelSpacing")
    text = "the header gives no pixel spacing: 1 mm is assumed"
    if stated:
        text = f"the header's pixel spacing cannot be right ({stated}): 1 mm is assumed"
    isExpected = not stated and planes.instances[0].modality in UNPLACED_MODALITIES
    return Finding("guessedPixelSpacing", text, NOTE if isExpected else WARNING)


def singleSlice(planes: Planes, ijkToLPS: numpy.ndarray) -> Finding:
    """What is used as the thickness of a lone slice."""
    distance = float(numpy.linalg.norm(ijkToLPS[:3, 2]))
    text = f"there is one slice; {distance:.2f} mm is used as its thickness"
    return Finding("singleSlice", text, NOTE, distance)


def samePositionTolerance(planes: Planes) -> float:
    """mm under which two slices are at the same place."""
    return min(SAME_POSITION_MM, SAME_POSITION_PIXELS * float(planes.pixelSpacings.min()))


def allInOnePlace(planes: Planes) -> bool:
    """Whether no slice is anywhere else than the first."""
    spread = numpy.linalg.norm(planes.positions - planes.positions[0], axis=1).max()
    return bool(spread < samePositionTolerance(planes))


def normalDistances(planes: Planes) -> numpy.ndarray:
    """(n,) mm of each slice along the first slice's normal."""
    return (planes.positions - planes.positions[0]) @ planes.normals[0]


def checkDuplicates(planes: Planes) -> Iterable[Finding]:
    """Slices at the place of another, in order along the normal."""
    repeated = int((numpy.diff(normalDistances(planes)) < samePositionTolerance(planes)).sum())
    if repeated:
        text = f"{counted(repeated, 'slice')} of {len(planes)} repeat the position of another"
        yield Finding("duplicatePositions", text, ERROR, repeated)


def checkGaps(planes: Planes) -> Iterable[Finding]:
    """Every gap against the median gap."""
    gaps = numpy.diff(normalDistances(planes))
    expected = medianGap(gaps)
    odd = numpy.flatnonzero(abs(gaps - expected) > gapTolerance(expected))
    missing = {int(index): count for index in odd if (count := missingSlices(gaps[index], expected))}
    if len(odd) > max(GAPS_NAMED, UNEVEN_PART * len(gaps)):
        text = (
            f"the distance between slices varies from {gaps.min():.2f} to {gaps.max():.2f} mm "
            f"(median {expected:.2f} mm; {len(odd)} of {len(gaps)} gaps differ from it)"
        )
        yield Finding("irregularGaps", text, WARNING, float(abs(gaps - expected).max()))
        return
    if missing:
        text = _gapTexts(gaps, expected, list(missing), missing)
        yield Finding("missingSlices", text, WARNING, sum(missing.values()))
    uneven = [int(index) for index in odd if int(index) not in missing]
    if uneven:
        text = _gapTexts(gaps, expected, uneven, missing)
        yield Finding("irregularGaps", text, WARNING, float(abs(gaps[uneven] - expected).max()))


def checkStatedSpacing(planes: Planes) -> Iterable[Finding]:
    """A slice distance in the header that the positions, which are used, do not bear out; it is often a mistake."""
    stated = abs(planes.number("SpacingBetweenSlices") or 0.0)
    gap = medianGap(numpy.diff(normalDistances(planes)))
    if stated and abs(stated - gap) > gapTolerance(gap):
        text = f"SpacingBetweenSlices is {stated:.4g} mm, and by their positions slices are {gap:.4g} mm apart"
        yield Finding("statedSpacing", f"{text}: the positions are used", NOTE, stated)


def checkDrift(planes: Planes) -> Iterable[Finding]:
    """Differences between gaps that are too small one by one and add up along the stack."""
    if irregular(planes):
        return
    drift = driftOf(planes)
    worst = float(abs(drift).max())
    if worst > DISPLACEMENT_TOLERANCE_MM:
        text = (
            f"gaps are even one by one, but their differences add up to {worst:.2f} mm "
            f"at slice {int(abs(drift).argmax()) + 1}"
        )
        yield Finding("drift", text, WARNING, worst)


def driftOf(planes: Planes) -> numpy.ndarray:
    """(n,) mm along the normal that each slice is ahead of an even spacing from the first to the last."""
    distances = normalDistances(planes)
    return distances - numpy.linspace(0.0, distances[-1], len(distances))


def irregular(planes: Planes) -> bool:
    """Whether some single gap differs from the median."""
    gaps = numpy.diff(normalDistances(planes))
    expected = medianGap(gaps)
    return bool((abs(gaps - expected) > gapTolerance(expected)).any())


def medianGap(gaps: numpy.ndarray) -> float:
    """Of an even number of gaps the lower middle one: the mean of the two is often a gap that no slices have."""
    return float(numpy.sort(gaps)[(len(gaps) - 1) // 2])


def gapTolerance(expected: float) -> float:
    """mm that a gap may differ from the expected one."""
    return min(GAP_TOLERANCE_MM, GAP_TOLERANCE_PART * expected)


def missingSlices(gap: float, expected: float) -> int:
    """How many slices would fill the gap; 0 when it is not a whole multiple of the expected gap."""
    ratio = gap / expected
    whole = round(ratio)
    return whole - 1 if whole >= 2 and abs(ratio - whole) <= MISSING_SLICE_PART else 0


def _gapTexts(gaps: numpy.ndarray, expected: float, indices: list[int], missing: dict[int, int]) -> str:
    clauses = []
    for index in indices[:GAPS_NAMED]:
        clause = f"gap between slice {index + 1} and {index + 2} is {gaps[index]:.2f} mm, expected {expected:.2f} mm"
        if index in missing:
            verb = "seems" if missing[index] == 1 else "seem"
            clause += f": {counted(missing[index], 'slice')} {verb} to be missing"
        clauses.append(clause)
    if len(indices) > GAPS_NAMED:
        clauses.append(f"{len(indices) - GAPS_NAMED} more gaps like these")
    return "; ".join(clauses)


def inPlanePart(planes: Planes) -> numpy.ndarray:
    """(n, 3) how far each slice is shifted within its own plane against the first one."""
    offsets = planes.positions - planes.positions[0]
    normal = planes.normals[0]
    return offsets - numpy.outer(offsets @ normal, normal)


def checkTilt(planes: Planes) -> Iterable[Finding]:
    """A constant shift of each slice against the one before: a tilted gantry, kept as shear."""
    shift = float(numpy.linalg.norm(inPlanePart(planes)[-1]))
    length = float(normalDistances(planes)[-1])
    if shift <= DISPLACEMENT_TOLERANCE_MM:
        return
    angle = float(numpy.degrees(numpy.arctan2(shift, length)))
    stated = planes.number("GantryDetectorTilt") or 0.0
    header = f" (GantryDetectorTilt in the header: {stated:g}°)" if stated else ""
    text = (
        f"the slices are tilted by {angle:.1f}° against the direction of the stack{header}: each is shifted by "
        f"{shift / (len(planes) - 1):.2f} mm within its plane on average; the volume keeps this shear"
    )
    yield Finding("tilt", text, WARNING if angle > TILT_WARNING_DEGREES else NOTE, angle)


def checkInPlaneShift(planes: Planes) -> Iterable[Finding]:
    """Shifts within the plane that are not in proportion to the distance along the stack: no gantry does that."""
    shifts = inPlanePart(planes)
    distances = normalDistances(planes)
    expected = numpy.outer(distances / distances[-1], shifts[-1])
    worst = numpy.linalg.norm(shifts - expected, axis=1)
    if worst.max() > DISPLACEMENT_TOLERANCE_MM:
        number = int(worst.argmax()) + 1
        text = f"slices are shifted unevenly within their planes, the most (slice {number}) by {worst.max():.2f} mm"
        yield Finding("inPlaneShift", text, WARNING, float(worst.max()))


def checkDisplacement(planes: Planes, ijkToLPS: numpy.ndarray) -> Iterable[Finding]:
    """How far the regular grid is from where the slices' own headers put their corners."""
    distances = cornerDisplacements(planes, ijkToLPS)
    worst = float(distances.max())
    if worst <= DISPLACEMENT_NOTE_MM:
        return
    text = (
        f"the regular grid of the volume is up to {worst:.2f} mm away from the true corners of a slice "
        f"(slice {int(distances.max(axis=1).argmax()) + 1})"
    )
    yield Finding("displacement", text, WARNING if worst > DISPLACEMENT_TOLERANCE_MM else NOTE, worst)


def cornerDisplacements(planes: Planes, ijkToLPS: numpy.ndarray) -> numpy.ndarray:
    """(n, 4) mm between the four corner voxels of each slice on the grid and by the slice's own header."""
    rows, columns = planes.sizes[0, 0] - 1, planes.sizes[0, 1] - 1
    indices = numpy.array([(0, 0), (columns, 0), (0, rows), (columns, rows)], float)
    onGrid = ijkToLPS[:3, 3] + indices @ ijkToLPS[:3, :2].T
    slices = numpy.arange(len(planes))[:, None] * ijkToLPS[:3, 2]
    own = planes.positions[:, None, :] + planes.cornerOffsets()
    return numpy.linalg.norm(onGrid[None] + slices[:, None, :] - own, axis=2)
