"""What was found out about a stack, in sentences: which tags place it, what was checked with which result, and what had
to be assumed. No patient values."""

from __future__ import annotations

from collections.abc import Iterator

import numpy

from ..Wording import counted
from . import FramePlaces, PackedSlices
from .Checks import driftOf, gapTolerance, inPlanePart, medianGap, normalDistances, objectsOf
from .Planes import OF_FRAME, OF_OBJECT, SPACING_SOURCES, Planes
from .Slices import SliceStack, statedSliceSpacing

PLACEMENT_TEXTS = {
    OF_OBJECT: "ImagePositionPatient and ImageOrientationPatient of each file",
    OF_FRAME: "PlanePositionSequence and PlaneOrientationSequence of each frame (functional groups)",
    FramePlaces.DOSE_OFFSETS: "ImagePositionPatient and GridFrameOffsetVector (distances along the normal)",
    FramePlaces.DOSE_HEIGHTS: "ImagePositionPatient and GridFrameOffsetVector (patient z of each plane)",
    FramePlaces.DETECTOR: "the detector's ImagePositionPatient, SliceVector and SpacingBetweenSlices",
    FramePlaces.VOLUME: "ImagePositionVolume and ImageOrientationVolume of each frame",
    FramePlaces.STEPS: "ImagePositionPatient of the object, and the slice distance for each frame",
    PackedSlices.MOSAIC: "ImagePositionPatient of the mosaic's middle, NumberOfImagesInMosaic and SliceNormalVector",
    PackedSlices.MOSAIC_ASSUMED_NORMAL: "ImagePositionPatient of the mosaic's middle and NumberOfImagesInMosaic",
    PackedSlices.GRID: "the positions in MRVFrameSequence (0065,xx51), one for each slice of the grid",
}


def explainStack(stack: SliceStack) -> list[str]:
    """Sentences about a stack, findings last."""
    planes = stack.planes
    lines = [f"Stack: {stack.description()}.", _placeText(stack), _spacingText(planes)]
    lines += [f"Checked: {text}." for text in checksOf(stack)]
    lines += [f"Assumed: {text}." for text in assumptionsOf(stack)]
    lines += [f"{finding.severity.capitalize()}: {finding.text}." for finding in stack.findings]
    return lines


def _placeText(stack: SliceStack) -> str:
    planes = stack.planes
    if not planes.located.all():
        return "Sorted by InstanceNumber: ImagePositionPatient or ImageOrientationPatient is absent or unusable."
    kinds = list(dict.fromkeys(planes.placements.tolist()))
    sources = "; ".join(PLACEMENT_TEXTS[kind] for kind in kinds)
    normal = ", ".join(f"{value:.4g}" for value in planes.normals[0] + 0.0)
    return f"Placed by {sources}; sorted along the slice normal ({normal})."


def _spacingText(planes: Planes) -> str:
    source = SPACING_SOURCES[planes.spacingCodes[0]]
    if not source:
        stated = planes.value("PixelSpacing")
        return f"Pixel spacing: {stated} in the header, not used." if stated else "Pixel spacing: not in the header."
    return f"Pixel spacing: {source} {planes.value(source)}."


def checksOf(stack: SliceStack) -> Iterator[str]:
    """What was measured, with results, a clause each."""
    planes = stack.planes
    rows, columns, _ = planes.sizes[0]
    if stack.finding("mixedSize") is None:
        yield f"all {counted(len(planes), 'slice')} are {columns}×{rows}" if len(planes) > 1 else f"{columns}×{rows}"
    incomplete = sum(bool(one.truncated) for one in objectsOf(planes))
    files = len(objectsOf(planes))
    yield f"pixel data complete in {files - incomplete:,} of {counted(files, 'file')}"
    if len(planes) < 2 or not planes.located.all():
        return
    known = planes.orientations
    yield f"direction cosines differ by at most {float(numpy.ptp(known, axis=0).max()):.2g}"
    distances = normalDistances(planes)
    if distances[-1] <= 0:
        return
    gaps = numpy.diff(distances)
    expected = medianGap(gaps)
    odd = int((abs(gaps - expected) > gapTolerance(expected)).sum())
    yield (
        f"{counted(len(gaps), 'gap')} of {gaps.min():.4g} to {gaps.max():.4g} mm, median {expected:.4g} mm, "
        f"{odd or 'none'} beyond {gapTolerance(expected):.2g} mm of it"
    )
    shift = inPlanePart(planes)
    length = float(numpy.linalg.norm(shift[-1]))
    angle = float(numpy.degrees(numpy.arctan2(length, distances[-1])))
    yield (
        f"drift along the stack at most {float(abs(driftOf(planes)).max()):.2g} mm, tilt {angle:.2g}°, shift within "
        f"the planes at most {float(numpy.linalg.norm(shift, axis=1).max()):.2g} mm"
    )


def assumptionsOf(stack: SliceStack) -> Iterator[str]:
    """What the header does not say and was taken for granted, a clause each."""
    planes = stack.planes
    if not planes.located.all():
        yield "the first image is at the origin, axial, as long as nothing else is known"
    if planes.spacingCodes[0] == 0:
        yield "pixels of 1 mm"
    isSpread = planes.located.all() and len(planes) > 1 and normalDistances(planes)[-1] > 0
    if not isSpread:
        distance, source = statedSliceSpacing(planes)
        yield f"slice distance {distance:.4g} mm" + (f" from {source}" if source else ", which the header does not say")
