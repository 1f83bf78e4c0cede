"""Smooth implicit shapes: approximate signed distances in mm, negative inside.

Every function takes `p`, a tuple of three broadcastable float32 arrays (x, y, z) in RAS mm.
"""

from __future__ import annotations

import numpy

Points = tuple[numpy.ndarray, numpy.ndarray, numpy.ndarray]
Vector = tuple[float, float, float]


def ellipsoid(p: Points, center: Vector, radii: Vector) -> numpy.ndarray:
    """Distance to an axis-aligned ellipsoid, first-order exact near its surface (Quilez, "Ellipsoids SDF")."""
    x, y, z = ((value - c) / r for value, c, r in zip(p, center, radii, strict=True))
    x, y, z = x * x, y * y, z * z
    scaled = numpy.sqrt(x + y + z)
    gradient = numpy.sqrt(x / radii[0] ** 2 + y / radii[1] ** 2 + z / radii[2] ** 2)
    return scaled * (scaled - 1.0) / (gradient + numpy.float32(1e-6))


def capsule(p: Points, start: Vector, end: Vector, startRadius: float, endRadius: float | None = None) -> numpy.ndarray:
    """Distance to a rod with round ends whose radius runs linearly from `startRadius` to `endRadius`."""
    axis = [b - a for a, b in zip(start, end, strict=True)]
    squared = sum(part * part for part in axis)
    offsets = [value - a for value, a in zip(p, start, strict=True)]
    along = sum(offset * (part / squared) for offset, part in zip(offsets, axis, strict=True))
    along = numpy.clip(along, 0.0, 1.0)
    distance = numpy.sqrt(sum((offset - along * part) ** 2 for offset, part in zip(offsets, axis, strict=True)))
    growth = (startRadius if endRadius is None else endRadius) - startRadius
    return distance - (startRadius + growth * along)


def ball(p: Points, center: Vector, radius: float) -> numpy.ndarray:
    """Exact distance to a ball."""
    return numpy.sqrt(sum((value - c) ** 2 for value, c in zip(p, center, strict=True))) - radius


def joined(first: numpy.ndarray, second: numpy.ndarray, blend: float) -> numpy.ndarray:
    """Union with a fillet about `blend` mm wide (Quilez, "Smooth minimum", quadratic)."""
    overlap = numpy.maximum(blend - numpy.abs(first - second), 0.0)
    return numpy.minimum(first, second) - overlap * overlap * (0.25 / blend)


def common(first: numpy.ndarray, second: numpy.ndarray, blend: float) -> numpy.ndarray:
    """Intersection with a rounded edge."""
    return -joined(-first, -second, blend)


def carved(body: numpy.ndarray, tool: numpy.ndarray, blend: float) -> numpy.ndarray:
    """`body` without `tool`, the edge rounded."""
    return -joined(-body, tool, blend)


def turned(p: Points, center: Vector, aboutX: float = 0.0, aboutZ: float = 0.0) -> Points:
    """Points in a frame at `center` turned by degrees about z, then about x; shapes there are centred on 0."""
    x, y, z = (value - c for value, c in zip(p, center, strict=True))
    if aboutZ:
        c, s = numpy.cos(numpy.radians(aboutZ)).item(), numpy.sin(numpy.radians(aboutZ)).item()
        x, y = c * x + s * y, c * y - s * x
    if aboutX:
        c, s = numpy.cos(numpy.radians(aboutX)).item(), numpy.sin(numpy.radians(aboutX)).item()
        y, z = c * y + s * z, c * z - s * y
    return x, y, z


def mirrored(p: Points) -> Points:
    """Fold left onto right: a shape placed at +x then appears on both sides."""
    return numpy.abs(p[0]), p[1], p[2]


def step(value: numpy.ndarray) -> numpy.ndarray:
    """Smooth step from 0 (at -2) to 1 (at +2)."""
    t = numpy.clip(value * 0.25 + 0.5, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def coverage(distance: numpy.ndarray, width: float) -> numpy.ndarray:
    """Fraction of a voxel of `width` mm that lies inside: the edge is anti-aliased, not stepped."""
    return numpy.clip(0.5 - distance / width, 0.0, 1.0)
