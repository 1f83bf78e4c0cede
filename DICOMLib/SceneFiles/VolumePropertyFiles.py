"""Volume properties as files: lines of numbers (``.vp``), written; Slicer's newer JSON (``.vp.json``), read."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.VolumeRenderingNodes import LINEAR, NEAREST, vtkMRMLVolumePropertyNode
from .ForeignReading import bytesOf
from .MemberFormat import MemberFormat, Reading
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


def writeProperty(node: vtkMRMLVolumePropertyNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises UnreadableFileError: when the file cannot be written"""
    ambient, diffuse, specular, power = node.lighting()
    lines = [
        str(node.GetInterpolationType()), str(int(node.GetShade())),
        *map(numberText, (diffuse, ambient, specular, power)),
        functionText(node.opacityPoints(), 2), functionText(node.gradientPoints(), 2),
        functionText(node.colorPoints(), 4),
    ]  # fmt: skip
    with replacingFile(path) as stream:
        stream.write(("\n".join(lines) + "\n").encode())
    return [path]


def readPropertyInto(node: vtkMRMLVolumePropertyNode, path: Path, reading: Reading) -> None:
    """:raises FileError: for a file that is no volume property"""
    text = bytesOf(path, LONGEST_FILE).decode("utf-8", "replace")
    apply = _applyJSON if path.name.lower().endswith(".json") else _applyLines
    read = vtkMRMLVolumePropertyNode()
    try:
        apply(read, text)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        raise FileError("the file is no volume property", path, type(error).__name__) from error
    node.CopyContent(read)


def _applyLines(node: vtkMRMLVolumePropertyNode, text: str) -> None:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < _LINES:
        raise ValueError("too few lines")
    node.SetInterpolationType(integer(lines[0]))
    node.SetShade(bool(integer(lines[1])))
    diffuse, ambient, specular, power = map(number, lines[2:6])
    node.setLighting(ambient, diffuse, specular, power)
    node.setOpacityPoints(pointsOf(lines[6], 2))
    node.setGradientPoints(pointsOf(lines[7], 2))
    node.setColorPoints(pointsOf(lines[8], 4))


def _applyJSON(node: vtkMRMLVolumePropertyNode, text: str) -> None:
    """The first component of the first property of Slicer's volume-property-schema."""
    said = json.loads(text)["volumeProperties"][0]
    component = said["components"][0]
    light = component.get("lighting", {})
    ambient, diffuse, specular, power = node.lighting()
    node.SetInterpolationType(NEAREST if said.get("interpolationType") == "nearest" else LINEAR)
    node.SetShade(component.get("shade", False) is True)
    node.setLighting(
        _finite(light.get("ambient", ambient)), _finite(light.get("diffuse", diffuse)),
        _finite(light.get("specular", specular)), _finite(light.get("specularPower", power)),
    )  # fmt: skip
    node.setOpacityPoints(_jsonPoints(component["scalarOpacity"], lambda point: (point["y"],)))
    node.setColorPoints(_jsonPoints(component["rgbTransferFunction"], lambda point: point["color"]))
    if "gradientOpacity" in component:
        node.setGradientPoints(_jsonPoints(component["gradientOpacity"], lambda point: (point["y"],)))


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


FORMAT = MemberFormat(
    classNames=("vtkMRMLVolumePropertyNode",),
    suffixes=(".vp", ".vp.json"),
    written=(".vp",),
    defaultSuffix=lambda node: ".vp",
    storageClassName=lambda node: "vtkMRMLVolumePropertyStorageNode",
    hasData=lambda node: node.hasFunctions(),
    write=writeProperty,
    read=readPropertyInto,
)
