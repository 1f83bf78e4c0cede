"""Windows that a file proposes for showing its image, and which values count as image at all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from DICOMLib.Instance import Instance
from DICOMLib.Pixels.LookupTable import LookupTable
from DICOMLib.Pixels.Rescale import Rescale, rescaleOf
from DICOMLib.Pixels.Tables import hasModalityTable
from DICOMLib.Scene.DisplayNodes import AUTO_WINDOW_SAMPLES, windowLevelOf

Preset = tuple[float, float, str]
"""(width, centre, explanation), in values of the voxels."""

# Where a table passes a quarter and three quarters of its way from dark to bright; the middle of a curve is its true
# contrast, its ends are mostly flat.
_QUARTERS = (0.25, 0.75)


def windowPresets(instance: Instance, frame: int = 0) -> list[Preset]:
    """The windows in the header (PS3.3 C.11.2.1.2), for a frame those of its functional groups.

    None where there are not as many widths as centres. Numbers are those of the file; a SIGMOID window is shown as the
    straight line of the same slope in its middle (C.11.2.1.3.1), which its explanation says.
    """
    centres = instance.frameNumbers("WindowCenter", frame) or ()
    widths = instance.frameNumbers("WindowWidth", frame) or ()
    if len(centres) != len(widths):
        return []
    explanations = instance.frameValue("WindowCenterWidthExplanation", frame).split("\\")
    explanations += [""] * (len(centres) - len(explanations))
    isCurve = instance.frameValue("VOILUTFunction", frame).strip() == "SIGMOID"
    note = "sigmoid, shown as a straight line" if isCurve else ""
    triples = zip(widths, centres, explanations[: len(centres)], strict=True)
    return [(width, centre, _joined(text.strip(), note)) for width, centre, text in triples if width > 0]


def tablePresets(tables: Sequence[LookupTable]) -> list[Preset]:
    """The nearest window of each display table (PS3.3 C.11.2.1.1); tables of a single shade are left out."""
    found = []
    for table in tables:
        window = nearestWindow(table)
        if window is not None:
            found.append((*window, _joined(table.explanation.strip(), "table, shown as the nearest straight line")))
    return found


def nearestWindow(table: LookupTable) -> tuple[float, float] | None:
    """(width, centre) of the straight line through the table's quarters; exact for a table that is a straight line."""
    entries = table.entries.astype(float)
    low, high = float(entries.min()), float(entries.max())
    if high <= low:
        return None
    if entries[0] > entries[-1]:
        entries = entries[::-1]
    lower, upper = (
        _crossing(entries, low + quarter * (high - low)) for quarter in _QUARTERS
    )  # fmt: skip
    width = max((upper - lower) * 2, 1.0)
    centre = (lower + upper) / 2
    if table.entries[0] > table.entries[-1]:
        centre = len(entries) - 1 - centre
    return width, table.first + centre


def _crossing(entries: numpy.ndarray, value: float) -> float:
    """The place, between two entries where need be, at which they first reach a value."""
    index = int(numpy.argmax(entries >= value))
    if index == 0:
        return 0.0
    before, after = entries[index - 1], entries[index]
    return index - 1 + (value - before) / (after - before)


def _joined(text: str, note: str) -> str:
    return f"{text} ({note})" if text and note else text or note


def convertedPreset(preset: Preset, measured: Rescale, used: Rescale) -> Preset:
    """A window for values of another scale: the file's are for modality values."""
    if measured == used:
        return preset
    width, centre, explanation = preset
    factor = used.slope / measured.slope
    return width * abs(factor), (centre - measured.intercept) * factor + used.intercept, explanation


def paddingRange(instance: Instance, frame: int, used: Rescale | None = None) -> tuple[float, float] | None:
    """Smallest and largest voxel value that stands for "no image here" (PS3.3 C.7.5.1.1.2); None where none does."""
    ends = paddingEnds(instance, frame, used)
    return (min(ends), max(ends)) if ends else None


def paddingEnds(instance: Instance, frame: int, used: Rescale | None = None) -> tuple[float, float] | None:
    """Voxel values of PixelPaddingValue and PixelPaddingRangeLimit; the same one twice without a limit."""
    value = instance.number("PixelPaddingValue")
    if value is None or hasModalityTable(instance):
        return None
    limit = instance.number("PixelPaddingRangeLimit", value)
    rescale = used or rescaleOf(instance, frame)
    first, last = (_asStored(number, instance) * rescale.slope + rescale.intercept for number in (value, limit))
    return first, last


def _asStored(number: float, instance: Instance) -> float:
    """63536 as the -2000 that it is among signed pixels: some scanners write the attribute as unsigned all the same."""
    bits = instance.number("BitsAllocated") or 16
    isSigned = instance.value("PixelRepresentation").strip() == "1"
    return number - 2**bits if isSigned and number >= 2 ** (bits - 1) else number


def windowWithoutPadding(voxels: numpy.ndarray, padding: tuple[float, float]) -> tuple[float, float] | None:
    """(window, level) of what is image; None where the padding is not there, or nothing else is."""
    step = max(1, voxels.size // AUTO_WINDOW_SAMPLES)
    while step > 1 and numpy.gcd(step, voxels.shape[-1]) > 1:  # else only a few columns would be seen
        step += 1
    sample = voxels.reshape(-1)[::step]
    isPadding = (sample >= padding[0]) & (sample <= padding[1])
    if not isPadding.any() or isPadding.all():
        return None
    return windowLevelOf(sample[~isPadding])
