"""What the voxels of an object are by pydicom alone, and how far others are from that."""

import numpy
from pydicom.pixels import apply_color_lut, apply_modality_lut


def expectedVoxels(dataset, instance):
    """Modality values or RGB by pydicom alone."""
    pixels = dataset.pixel_array
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return apply_color_lut(pixels, dataset)[..., :3]
    if dataset.get("SamplesPerPixel", 1) > 1:
        return pixels
    if instance.hasFunctionalGroups:
        frames = pixels.reshape(-1, *pixels.shape[-2:]).astype(float)
        for number, frame in enumerate(frames):
            slope, intercept = _rescaleOfFrame(dataset, number)
            frame *= slope
            frame += intercept
        return frames
    if dataset.get("Modality") == "RTDOSE":
        return pixels * float(dataset.DoseGridScaling)
    return apply_modality_lut(pixels, dataset)


def _rescaleOfFrame(dataset, number):
    groups = [*dataset.get("PerFrameFunctionalGroupsSequence", [])[number : number + 1],
              *dataset.get("SharedFunctionalGroupsSequence", [])[:1]]  # fmt: skip
    for group in groups:
        for item in group.get("PixelValueTransformationSequence", []):
            return float(item.RescaleSlope), float(item.RescaleIntercept)
    return float(dataset.get("RescaleSlope", 1)), float(dataset.get("RescaleIntercept", 0))


def differenceText(voxels, expected, allowed=0):
    """What is different, in words; "" when nothing is.

    :param allowed: largest difference of integers
    """
    if expected.size != voxels.size:
        return f"{voxels.shape}, not {expected.shape}"
    if voxels.dtype == numpy.uint8 and expected.dtype == numpy.uint16 and expected.max() > 0xFF:
        expected = expected >> 8  # a palette that repeats its 8 bits
    expected = expected.reshape(voxels.shape).astype(float)
    largest = float(numpy.nanmax(abs(expected)))
    difference = float(numpy.nanmax(abs(voxels - expected)))
    tolerance = max(allowed, 1e-6 * max(1.0, largest) if voxels.dtype.kind == "f" else 0)
    return "" if difference <= tolerance else f"differs by {difference} of {largest}"
