"""Where the frames of one multi-frame object are when its functional groups do not say so for each. LPS, mm."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy

from ..Instance import Instance
from .FrameTable import parseNumbers

DOSE_OFFSETS, DOSE_HEIGHTS = "doseOffsets", "doseHeights"
DETECTOR, VOLUME, STEPS, NO_PLACE = "detector", "volume", "steps", ""

# Heights in GridFrameOffsetVector are written with fewer digits than ImagePositionPatient.
SAME_HEIGHT_MM = 0.01
# Modalities whose frames are slices when the object has a position and a slice distance but says nothing of each frame.
SLICE_MODALITIES = frozenset({"CT", "MR", "PT"})
SLICE_VECTOR = "0054,0080"
DETECTOR_POSITION = "DetectorInformationSequence[0].ImagePositionPatient"
DETECTOR_ORIENTATION = "DetectorInformationSequence[0].ImageOrientationPatient"


@dataclass(frozen=True)
class FramePlaces:
    """Places of all frames of an object.

    :ivar positions: (n, 3) NaN where unknown
    :ivar orientations: (n, 6) NaN where unknown
    :ivar kind: how they are known, one of the names above
    """

    positions: numpy.ndarray
    orientations: numpy.ndarray
    kind: str


def framePlaces(instance: Instance) -> FramePlaces:
    """The places of frames by the rules of the object's kind."""
    for rule in (_ofDose, _ofReconstruction, _ofUltrasoundVolume, _bySteps):
        found = rule(instance)
        if found is not None:
            return found
    return _unknown(instance)


def _unknown(instance: Instance) -> FramePlaces:
    """The first frame is where the object is; that the others are there too is not said."""
    count = instance.numberOfFrames
    positions, orientations = numpy.full((count, 3), math.nan), numpy.full((count, 6), math.nan)
    position, orientation = instance.imagePosition, instance.imageOrientation
    if position is not None and orientation is not None:
        positions[0], orientations[:] = position, orientation
    return FramePlaces(positions, orientations, NO_PLACE)


def _alongNormal(instance: Instance, corner, orientation, distances: numpy.ndarray, kind: str) -> FramePlaces | None:
    normal = numpy.cross(orientation[:3], orientation[3:])
    length = numpy.linalg.norm(normal)
    if length == 0:
        return None
    positions = numpy.array(corner, float) + distances[:, None] * normal / length
    return FramePlaces(positions, numpy.tile(orientation, (len(distances), 1)), kind)


def _ofDose(instance: Instance) -> FramePlaces | None:
    """GridFrameOffsetVector (PS3.3 C.8.8.3.2): distances along the normal that begin with 0, or patient z of each
    plane that begin with that of ImagePositionPatient."""
    offsets = instance.numbers("GridFrameOffsetVector")
    corner, orientation = instance.imagePosition, instance.imageOrientation
    if offsets is None or len(offsets) < instance.numberOfFrames or corner is None or orientation is None:
        return None
    heights = numpy.array(offsets[: instance.numberOfFrames])
    isAxial = abs(numpy.cross(orientation[:3], orientation[3:])[2]) > 1 - 1e-6
    if heights[0] != 0 and abs(heights[0] - corner[2]) <= SAME_HEIGHT_MM and isAxial:
        positions = numpy.tile(numpy.array(corner, float), (len(heights), 1))
        positions[:, 2] = heights
        return FramePlaces(positions, numpy.tile(orientation, (len(heights), 1)), DOSE_HEIGHTS)
    return _alongNormal(instance, corner, orientation, heights - heights[0], DOSE_OFFSETS)


def _ofReconstruction(instance: Instance) -> FramePlaces | None:
    """Reconstructed slices of nuclear medicine: SliceVector counts slices from the position of the detector (or of the
    object) on; the sign of SpacingBetweenSlices is the direction along row × column (PS3.3 C.8.4.15)."""
    if instance.modality != "NM" or SLICE_VECTOR not in instance.value("FrameIncrementPointer").split("\\"):
        return None
    corner = instance.numbers(DETECTOR_POSITION, 3) or instance.imagePosition
    orientation = instance.numbers(DETECTOR_ORIENTATION, 6) or instance.imageOrientation
    spacing = instance.number("SpacingBetweenSlices") or instance.number("SliceThickness")
    if corner is None or orientation is None or not spacing:
        return None
    numbers = parseNumbers([instance.value("SliceVector")], instance.numberOfFrames)[0]
    if numpy.isnan(numbers).any():
        numbers = numpy.arange(1.0, instance.numberOfFrames + 1)
    return _alongNormal(instance, corner, orientation, (numbers - 1) * spacing, DETECTOR)


def _ofUltrasoundVolume(instance: Instance) -> FramePlaces | None:
    """Planes of an enhanced ultrasound volume, in the volume's own coordinates (PS3.3 C.8.24.3)."""
    if not instance.hasFunctionalGroups:
        return None
    positions = parseNumbers(instance.frameValues("ImagePositionVolume"), 3)
    orientations = parseNumbers(instance.frameValues("ImageOrientationVolume"), 6)
    if numpy.isnan(positions).any() or numpy.isnan(orientations).any():
        return None
    return FramePlaces(positions, orientations, VOLUME)


def _bySteps(instance: Instance) -> FramePlaces | None:
    """Frames that are taken to follow each other along the normal by the slice distance, which nobody says."""
    corner, orientation = instance.imagePosition, instance.imageOrientation
    spacing = instance.number("SpacingBetweenSlices") or instance.number("SliceThickness")
    if instance.modality not in SLICE_MODALITIES or corner is None or orientation is None or not spacing:
        return None
    distances = numpy.arange(instance.numberOfFrames) * abs(spacing)
    return _alongNormal(instance, corner, orientation, distances, STEPS)
