"""What is shown of a diffusion volume, in words. Qt-free."""

from __future__ import annotations

import re

import numpy as np

from DICOMLib.Diffusion.Invariants import COLOR_ORIENTATION, INVARIANT_NAMES

# Letters of the positive and the negative direction of R, A and S.
SIDES = (("R", "L"), ("A", "P"), ("S", "I"))
# Lines of :func:`shownLines`.
_WEIGHTING_LINE = re.compile(r"volume \d+ of \d+, b = (\S+) s/mm²")
_DIRECTION_LINE = re.compile(r"direction ([RL] \d\.\d\d  [AP] \d\.\d\d  [SI] \d\.\d\d)")


def numberText(value: float) -> str:
    """A number for people: whole where that says enough, else up to two decimals."""
    if abs(value) >= 100 or float(value).is_integer():
        return f"{value:.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.01 else f"{value:.3g}"


def isWeighted(node) -> bool:
    """Whether a volume has several diffusion measurements, one of which is shown."""
    return node is not None and node.IsA("vtkMRMLDiffusionWeightedVolumeNode")


def isTensor(node) -> bool:
    """Whether a volume has diffusion tensors, a number of which is shown."""
    return node is not None and node.IsA("vtkMRMLDiffusionTensorVolumeNode")


def measurementCount(node) -> int:
    """How many measurements a diffusion volume has."""
    return node.GetImageData().GetNumberOfScalarComponents()


def directionText(gradient: np.ndarray) -> str:
    """A RAS direction as people say it: "R 0.71  P 0.12  S 0.70"; "" for none."""
    if not np.any(gradient):
        return ""
    parts = zip(SIDES, np.round(np.asarray(gradient, dtype=float), 2), strict=True)
    return "  ".join(f"{letters[int(value < 0)]} {abs(value):.2f}" for letters, value in parts)


def shortText(node) -> str:
    """What is shown, in few letters: "3 / 65  b 1000", "FA"; "" for volumes that show all they have."""
    if isTensor(node):
        return invariantTitle(node.shownScalarInvariant())
    if not isWeighted(node):
        return ""
    shown = node.shownComponent()
    place = f"{shown + 1} / {measurementCount(node)}"
    return f"{place}  b {numberText(node.GetBValue(shown))}" if shown < node.GetNumberOfGradients() else place


def shownLines(node) -> list[str]:
    """What is shown, in full: ["volume 3 of 65, b = 1000 s/mm²", "direction R 0.71  P 0.12  S 0.70"]; empty for volumes
    that show all they have."""
    if not isWeighted(node):
        return list(filter(None, [shortText(node)]))
    shown = node.shownComponent()
    place = f"volume {shown + 1} of {measurementCount(node)}"
    if shown >= node.GetNumberOfGradients():
        return [place]
    direction = directionText(node.gradientsWorld()[shown])
    weighting = f"{place}, b = {numberText(node.GetBValue(shown))} s/mm²"
    return [weighting, f"direction {direction}"] if direction else [weighting]


def essentialText(line: str) -> str:
    """What matters of a line of :func:`shownLines`, in few letters: "b 1000", "R.71 P.12 S.70"; "" of other lines."""
    if match := _WEIGHTING_LINE.fullmatch(line):
        return f"b {match[1]}"
    if match := _DIRECTION_LINE.fullmatch(line):
        return " ".join(part.replace(" 0.", ".").replace(" 1.00", "1") for part in match[1].split("  "))
    return ""


def invariantTitle(number: int) -> str:
    """The name of a scalar invariant in words: "Fractional anisotropy"."""
    if number == COLOR_ORIENTATION:
        return "Direction in colour"
    return re.sub(r"(?<!^)(?=[A-Z])", " ", INVARIANT_NAMES[number]).capitalize()
