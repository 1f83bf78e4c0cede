"""The words in the corners of a slice view."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from DICOMLib.Widgets.DisplayText import plainText

from .DiffusionTexts import numberText, shownLines
from .SliceGeometry import directionLetters
from .VolumeAppearance import ijkToWorld, isColor, isLabelMap, isVolume, windowLevel

if TYPE_CHECKING:
    from .SliceView import SliceView


# A wider window is not told apart by fractions; a narrower one, of a quantitative map, is.
FINE_WINDOW = 20.0


def cornerTexts(view: SliceView) -> dict[str, str]:
    """Corner → text; empty when nothing is shown. Names of series only, never a patient's."""
    nodes = [node for node in view.shownVolumes() if isVolume(node)]
    if not nodes:
        return {}
    return {
        "topLeft": _names(view),
        "topRight": positionText(view),
        "bottomLeft": _windowText(view),
        "bottomRight": _zoomText(view, nodes[0]),
    }


def _names(view: SliceView) -> str:
    background, foreground = view.backgroundVolume, view.foregroundVolume
    lines = [plainText(background.GetName()), *shownLines(background)] if isVolume(background) else []
    if isVolume(foreground):
        lines.append(f"+ {plainText(foreground.GetName())}  {round(100 * view.foregroundOpacity)} %")
        lines += shownLines(foreground)
    return "\n".join(lines)


def positionText(view: SliceView) -> str:
    """Where the slice is, e.g. "S 34.50 mm" over "24 / 93"."""
    available = view.sliceRange()
    counted = f"\n{available.nearest(view.sliceOffset()) + 1} / {available.count}" if available else ""
    return f"{offsetText(view, 2)}{counted}"


def offsetText(view: SliceView, decimals: int) -> str:
    """"S 34.50 mm"; no side is named where the files do not say how the picture lies in the patient."""
    if not view.isPlaced():
        return f"{view.sliceOffset():.{decimals}f} mm"
    letter, distance = sidePosition(view.geometryOfSlice.normal, view.sliceOffset())
    return f"{letter} {distance:.{decimals}f} mm"


def sidePosition(normal: np.ndarray, offset: float) -> tuple[str, float]:
    """The patient letter towards which a slice lies from the origin, and the distance in mm, never negative."""
    letter = directionLetters(normal if offset >= 0 else -np.asarray(normal))
    return letter, abs(offset)


def _windowText(view: SliceView) -> str:
    for node in view.shownVolumes():
        if isVolume(node) and not isColor(node) and not isLabelMap(node):
            window, level = windowLevel(node)
            decimals = 0 if window >= FINE_WINDOW else 2 - math.floor(math.log10(max(window, 1e-9)))
            window, level = round(window, decimals), round(level, decimals) + 0.0  # never "-0"
            return f"W {numberText(window)}  L {numberText(level)}"
    return ""


def _zoomText(view: SliceView, node) -> str:
    """Enlargement over one screen pixel per voxel."""
    voxel = float(np.linalg.norm(ijkToWorld(node)[:3, :3], axis=0).min())
    return f"Zoom {voxel / view.geometryOfSlice.mmPerPixel:.2f}×"
