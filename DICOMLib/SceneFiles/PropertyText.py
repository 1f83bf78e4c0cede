"""Texts of volume properties, parsed by a worker: lines of numbers (``.vp``), Slicer's newer JSON (``.vp.json``)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from ..Errors import FileError
from .FileContents import bytesOf
from .ValueText import integer, number, numberText

# Transfer functions have some dozen points; those made of histograms a few thousand.
MOST_POINTS = 100_000
LONGEST_FILE = 16 << 20
_LINES = 9


def functionText(points: Sequence[Sequence[float]], count: int) -> str:
    """Slicer's text of a transfer function: how many numbers follow, and the points one after the other.

    :param count: numbers of each point that are written
    """
    values = [value for point in points for value in point[:count]]
    return " ".join([str(len(values)), *map(numberText, values)])


def pointsOf(text: str, count: int) -> list[tuple[float, ...]]:
    """The other way. :raises ValueError: for anything but points of so many finite numbers, in ascending order"""
    words = text.split()
    if not words or len(words) > 1 + MOST_POINTS * count:
        raise ValueError("not a transfer function")
    values = [number(word) for word in words[1:]]
    if len(values) != integer(words[0]) or len(values) % count:
        raise ValueError("not as many numbers as it says")
    return _ascending([tuple(values[start : start + count]) for start in range(0, len(values), count)])


def _ascending(points: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """Of points with the same value VTK keeps the last only: each is moved to the next number that there is."""
    found: list[tuple[float, ...]] = []
    for point in points:
        least = math.nextafter(found[-1][0], math.inf) if found else -math.inf
        found.append((max(point[0], least), *point[1:]))
    return found


def propertyOf(path: Path) -> dict:
    """What a file says: ``interpolation`` (Slicer's number, or "nearest" and "linear"), ``shade``, ``light`` (by name),
    and the points of ``opacity``, ``color`` and, where it is said, ``gradient``.

    :raises FileError: for a file that is no volume property
    """
    text = bytesOf(path, LONGEST_FILE).decode("utf-8", "replace")
    try:
        return _ofJSON(text) if path.name.lower().endswith(".json") else _ofLines(text)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise FileError("the file is no volume property, or it is damaged", path) from error


def _ofLines(text: str) -> dict:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < _LINES:
        raise ValueError("too few lines")
    light = dict(zip(("diffuse", "ambient", "specular", "power"), map(number, lines[2:6]), strict=True))
    return {
        "interpolation": integer(lines[0]), "shade": bool(integer(lines[1])), "light": light,
        "opacity": pointsOf(lines[6], 2), "gradient": pointsOf(lines[7], 2), "color": pointsOf(lines[8], 4),
    }  # fmt: skip


def _ofJSON(text: str) -> dict:
    """The first component of the first property of Slicer's volume-property-schema."""
    said = json.loads(text)["volumeProperties"][0]
    component = said["components"][0]
    names = {"ambient": "ambient", "diffuse": "diffuse", "specular": "specular", "specularPower": "power"}
    light = component.get("lighting", {})
    found = {
        "interpolation": "nearest" if said.get("interpolationType") == "nearest" else "linear",
        "shade": component.get("shade", False) is True,
        "light": {names[name]: _finite(light[name]) for name in names if name in light},
        "opacity": _jsonPoints(component["scalarOpacity"], lambda point: (point["y"],)),
        "color": _jsonPoints(component["rgbTransferFunction"], lambda point: point["color"]),
    }
    if "gradientOpacity" in component:
        found["gradient"] = _jsonPoints(component["gradientOpacity"], lambda point: (point["y"],))
    return found


def _jsonPoints(function: dict, valuesOf: Callable[[dict], Sequence[float]]) -> list[tuple[float, ...]]:
    said = function["points"]
    if len(said) > MOST_POINTS:
        raise ValueError("too many points")
    found = []
    for point in said:
        values = (point["x"], *valuesOf(point), point.get("midpoint", 0.5), point.get("sharpness", 0.0))
        found.append(tuple(map(_finite, values)))
    return _ascending(found)


def _finite(value: float) -> float:
    value = float(value)
    if not math.isfinite(value):
        raise ValueError("not a finite number")
    return value
