"""Volumes in words and numbers, for consoles and tool tips. Needs no Qt."""

from __future__ import annotations

from collections.abc import Iterable

from DICOMLib.Errors import displayPath
from DICOMPlugins.ScalarVolume.AcquisitionGeometry import GEOMETRY_ATTRIBUTE


def sizeText(node) -> str:
    """"512 × 512 × 93": voxels along i, j, k."""
    return " × ".join(str(count) for count in node.GetDimensions())


def spacingText(node) -> str:
    """"0.4883 × 0.4883 × 2.5 mm" along i, j, k."""
    return f"{' × '.join(map(_short, node.GetSpacing()))} mm"


def describeVolume(node) -> str:
    """Name and class of a volume node, its size, spacing and type of voxels, and where it is; three lines.

    A fourth one where something was done about slices that no matrix can place.

    Control characters of the name, which comes from a file, are escaped.
    """
    rows = "; ".join(_numbers(row) for row in node.ijkToRASArray()[:3])
    size = f"size {sizeText(node)}, spacing {spacingText(node)}, {node.voxelArray().dtype}"
    lines = [f"{displayPath(node.GetName())} ({node.GetClassName()})", size, f"IJK→RAS {rows}", geometryText(node)]
    return "\n   ".join(filter(None, lines))


def geometryText(node) -> str:
    """What was done about slices that no matrix can place, with the largest displacement before and after; mostly "".

    "Slices are moved by up to 22.78 mm to where their headers put them; then no corner is off by more than 0.000 mm"
    """
    text = node.GetAttribute(GEOMETRY_ATTRIBUTE) or ""
    return text[:1].upper() + text[1:]


def _numbers(values: Iterable[float]) -> str:
    return " ".join(map(_short, values))


def _short(value: float) -> str:
    return f"{value + 0.0:.6g}"  # + 0.0: no minus before a zero
