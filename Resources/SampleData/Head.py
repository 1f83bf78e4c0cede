"""The outside of the head, its bones and its airways, as smooth functions of RAS position.

The origin lies between the ear canals, a little above them; the crown is at z = +115 mm, the chin near z = -104 mm, the
tip of the nose at y = +113 mm. The face is symmetric; the findings in the brain are not, so a mirrored image shows.
"""

from __future__ import annotations

import numpy

from .Shapes import Points, capsule, carved, common, ellipsoid, joined, mirrored, step, turned

CRANIUM_CENTER = (0.0, -8.0, 32.0)
CAVITY_RADII = (67.0, 86.0, 70.0)
SCALP_AND_SKULL = 12.0
NECK_TOP = -48.0


def cranialWarp(p: Points) -> Points:
    """Heads are narrower at the forehead than at the back."""
    x, y, z = p
    return x * (1.0 + 0.0016 * (y + 8.0)), y, z


def cavity(p: Points) -> numpy.ndarray:
    """Distance to the inside of the skull: an egg with three steps (cranial fossae) for a floor,
    the last two parted by the petrous ridges."""
    x, y, z = p
    egg = ellipsoid(cranialWarp(p), CRANIUM_CENTER, CAVITY_RADII)
    saddle = 9.0 * numpy.exp(-((x / 13.0) ** 2) - ((y - 8.0) / 16.0) ** 2)
    floor = -36.0 + 25.0 * step((y + 24.0) / 6.0) + 20.0 * step((y - 30.0) / 6.0) + saddle
    space = common(egg, floor - z, 9.0)
    petrous = capsule(mirrored(p), (66, -26, -12), (14, 2, -12), 9.0, 6.0)
    return carved(space, petrous, 5.0)


def neckAxis(z: numpy.ndarray) -> numpy.ndarray:
    """y of the middle of the neck at height z: it leans forward as it rises."""
    return -26.0 + 0.28 * (z + 60.0)


def skin(p: Points) -> numpy.ndarray:
    """Distance to the surface of the head (exact enough within 15 mm of it). Arrays of one shape."""
    radii = tuple(radius + SCALP_AND_SKULL for radius in CAVITY_RADII)
    surface = ellipsoid(cranialWarp(p), CRANIUM_CENTER, radii)
    # Most voxels lie deep in the brain, above the face, or far from the head: there the cranium alone decides.
    near = (surface > -16.0) & (surface < 95.0) & (p[2] < 50.0) & (numpy.abs(p[0]) < 97.0)
    if near.any():
        surface[near] = withFace(tuple(value[near] for value in p), surface[near])
    return surface


def withFace(p: Points, cranium: numpy.ndarray) -> numpy.ndarray:
    """Distance to the head, from that to the `cranium`: face, jaw, neck, eyes, nose, mouth and ears added."""
    x, y, z = p
    m = mirrored(p)
    body = joined(cranium, ellipsoid(p, (0, 38, -28), (60, 50, 58)), 22.0)
    body = joined(body, ellipsoid(p, (0, 40, -70), (50, 44, 35)), 18.0)
    neck = (numpy.sqrt((x / 53.0) ** 2 + ((y - neckAxis(z)) / 57.0) ** 2) - 1.0) * 53.0
    body = joined(body, common(neck, z - NECK_TOP, 20.0), 24.0)
    front = y > 35.0
    if front.any():
        body[front] = withFeatures(tuple(value[front] for value in p), body[front])
    return joined(body, ears(m), 3.0)


def withFeatures(p: Points, body: numpy.ndarray) -> numpy.ndarray:
    """The front of the face worked into `body`: chin, cheeks, brows, eyes with closed lids, nose and lips."""
    y = p[1]
    m = mirrored(p)
    body = joined(body, ellipsoid(p, (0, 79, -91), (17, 11, 12)), 14.0)
    body = joined(body, ellipsoid(m, (38, 64, -20), (18, 18, 15)), 16.0)
    body = joined(body, ellipsoid(m, (19, 81, 25), (24, 9, 9)), 16.0)
    body = carved(body, ellipsoid(m, (33, 98, 7), (15, 13, 9)), 14.0)
    body = joined(body, ellipsoid(m, (33, 71, 6), (15, 13, 11)), 5.0)
    lids = numpy.maximum(ellipsoid(m, (33, 85, 4.0), (12, 3.2, 0.7)), 81.0 - y)
    body = carved(body, lids, 1.5)
    body = lips(p, joined(body, nose(p, m), 7.0))
    return carved(body, ellipsoid(m, (6.2, 99, -37.5), (3.2, 6, 4)), 2.0)


def nose(p: Points, m: Points) -> numpy.ndarray:
    """Bridge, tip and wings."""
    bridge = capsule(p, (0, 84, 16), (0, 103, -24), 6.0, 8.0)
    tip = joined(bridge, ellipsoid(p, (0, 104, -27), (9, 9.5, 8.5)), 6.0)
    return joined(tip, ellipsoid(m, (9.5, 94.5, -30), (7, 11, 7)), 5.0)


def lips(p: Points, body: numpy.ndarray) -> numpy.ndarray:
    """Two lips, the line between them and the fold above the chin, worked into `body`."""
    body = carved(body, ellipsoid(p, (0, 99, -77), (18, 9, 4)), 10.0)
    x, y, z = p
    wrapped = x, y + 0.012 * x * x, z + 0.004 * x * x
    body = joined(body, ellipsoid(wrapped, (0, 86.5, -55.8), (25, 9, 4.6)), 5.0)
    body = joined(body, ellipsoid(wrapped, (0, 86.0, -65.0), (21, 8.5, 5)), 5.0)
    body = carved(body, ellipsoid(p, (0, 99, -46), (3, 6, 5)), 4.0)
    # A very flat ellipsoid's approximate distance is far too small beyond its rim: bound it by a plane.
    opening = numpy.maximum(ellipsoid(wrapped, (0, 95, -60.4), (25, 9, 0.6)), 86.0 - wrapped[1])
    return carved(body, opening, 2.0)


def ears(m: Points) -> numpy.ndarray:
    """The shell of the ear: a leaf that stands off the head, with a rim and a hollow."""
    leaf = turned(m, (82.0, -18.0, -2.0), aboutX=-12.0, aboutZ=24.0)
    shell = ellipsoid(leaf, (0, 0, 0), (4.5, 19, 31))
    lobe = ellipsoid(leaf, (-2, 7, -26), (4, 8, 8))
    hollow = ellipsoid(leaf, (6.5, 1.5, 3), (6.0, 13, 23))
    return joined(carved(shell, hollow, 3.0), lobe, 5.0)


def calvaria(p: Points, inside: numpy.ndarray) -> numpy.ndarray:
    """Distance to the brain case: a shell on the cavity, thicker at the back, thin at the temples; open below."""
    x, y, z = p
    thickness = 6.3 + 1.2 * step((-y - 60.0) / 12.0) + 0.9 * step((y - 55.0) / 8.0)
    thickness = thickness - 1.6 * step((numpy.abs(x) - 56.0) / 5.0) * step((30.0 - z) / 12.0)
    shell = numpy.maximum(inside - thickness, -inside)
    foramen = (numpy.sqrt((x / 15.0) ** 2 + ((y + 36.0) / 18.0) ** 2) - 1.0) * 15.0
    return carved(shell, numpy.maximum(foramen, z + 20.0), 3.0)


def diploe(p: Points, inside: numpy.ndarray) -> numpy.ndarray:
    """Distance to the marrow layer between the two tables of the brain case."""
    return numpy.maximum(numpy.abs(inside - 3.3) - 1.1, -4.0 - p[2])


def facialBones(p: Points) -> numpy.ndarray:
    """Distance to upper jaw, cheek bones and arches, eye-socket walls, nasal bone, mastoids and pterygoids."""
    m = mirrored(p)
    bone = ellipsoid(p, (0, 56, -36), (33, 26, 21))
    bone = carved(bone, ellipsoid(p, (0, 44, -58), (21, 29, 13)), 4.0)
    bone = joined(bone, ellipsoid(m, (43, 59, -15), (9, 9, 11)), 8.0)
    bone = joined(bone, capsule(m, (48, 55, -15), (66, 28, -13), 3.6), 5.0)
    bone = joined(bone, capsule(m, (66, 28, -13), (67, 2, -10), 3.6, 5.0), 4.0)
    bone = joined(bone, capsule(m, (47, 64, -12), (48, 68, 20), 4.5, 5.0), 5.0)
    socket = orbit(m)
    wall = numpy.maximum(numpy.abs(socket - 1.2) - 1.6, m[1] - 79.0 + 0.3 * (m[0] - 14.0))
    bone = joined(bone, wall, 3.0)
    bone = joined(bone, capsule(p, (0, 80, 18), (0, 93, -5), 8.0, 5.5), 4.0)
    bone = joined(bone, capsule(m, (12, 74, 2), (17, 72, -30), 4.0), 4.0)
    bone = joined(bone, ellipsoid(m, (54, -22, -24), (12, 15, 20)), 8.0)
    bone = joined(bone, ellipsoid(m, (36, -14, -13), (24, 10, 9)), 8.0)
    bone = joined(bone, capsule(m, (14, 28, -14), (15, 30, -42), 3.5), 5.0)
    return numpy.maximum(bone, -socket)


def orbit(m: Points) -> numpy.ndarray:
    """Distance to the eye socket: a cone that points backwards and inwards. Takes mirrored points."""
    return ellipsoid(turned(m, (30.0, 60.0, 6.0), aboutZ=-18.0), (0, 0, 0), (18.0, 30.0, 16.5))


def mandible(p: Points) -> numpy.ndarray:
    """Distance to the lower jaw: a horseshoe, two rising branches and their heads."""
    x, y, z = p
    m = mirrored(p)
    arch = numpy.sqrt((x / 43.0) ** 2 + ((y - 12.0) / 66.0) ** 2) - 1.0
    middle = -86.0 + 0.16 * (74.0 - y)
    body = numpy.sqrt((arch * 44.0 / 5.2) ** 2 + ((z - middle) / 12.5) ** 2 + 1e-6) - 1.0
    body = numpy.maximum(body * 5.2, 14.0 - y)
    branch = ellipsoid(turned(m, (48.0, 9.0, -46.0), aboutX=8.0), (0, 0, 0), (4.2, 15.0, 33.0))
    body = joined(body, branch, 7.0)
    body = joined(body, capsule(m, (49, 4, -30), (52, 2, -15), 4.5, 5.5), 5.0)
    body = joined(body, capsule(m, (48, 22, -40), (48, 26, -24), 3.5, 2.5), 5.0)
    return joined(body, ellipsoid(p, (0, 77, -92), (12, 5, 8)), 6.0)


def teeth(p: Points) -> numpy.ndarray:
    """Distance to two rows of teeth with gaps between them."""
    x, y, z = p
    across, along = x / 27.0, (y - 35.0) / 41.0
    arch = numpy.abs(numpy.sqrt(across * across + along * along) - 1.0) * 29.0 - 3.9
    gap = 1.1 * numpy.cos(numpy.arctan2(along, across) * 17.0)
    height = numpy.abs(numpy.abs(z + 60.3) - 6.4) - 5.6
    row = common(arch + gap, height, 2.0)
    return numpy.maximum(row, 36.0 - y)


def spine(p: Points) -> numpy.ndarray:
    """Distance to the neck's vertebrae: bodies with gaps for the discs, arches and spines."""
    x, y, z = p
    canal = spinalCanal(p)
    ahead = y - (neckAxis(z) + 9.0)
    body = numpy.sqrt((x / 14.0) ** 2 + (ahead / 9.5) ** 2) * 10.0 - 10.0
    ring = numpy.maximum(canal - 4.2, numpy.abs(ahead + 18.0) - 13.0)
    wings = numpy.sqrt((ahead + 12.0) ** 2 / 1.6) - 6.0
    wings = numpy.maximum(wings, numpy.abs(x) - 27.0)
    process = numpy.maximum(numpy.abs(x) - 3.0, numpy.maximum(ahead + 22.0, -48.0 - ahead))
    gap = 6.3 - 7.5 * numpy.abs(numpy.sin((z + 44.0) * numpy.float32(numpy.pi / 18.0)))
    bones = joined(body, numpy.maximum(ring, 0.8 * gap - 1.5), 3.0)
    bones = joined(bones, numpy.maximum(numpy.maximum(wings, gap), 0.0 - canal), 3.0)
    bones = joined(bones, numpy.maximum(process, gap + 1.0), 3.0)
    bones = numpy.maximum(bones, 0.55 * gap - 0.9)
    return numpy.maximum(numpy.maximum(bones, -canal), z + 42.0)


def spinalCanal(p: Points) -> numpy.ndarray:
    """Distance to the canal behind the vertebral bodies."""
    x, y, z = p
    return numpy.sqrt((x / 12.0) ** 2 + ((y - neckAxis(z) + 9.5) / 8.5) ** 2) * 9.5 - 9.5


def airways(p: Points) -> numpy.ndarray:
    """Distance to nose, throat, sinuses and ear canals."""
    m = mirrored(p)
    air = ellipsoid(m, (6.0, 62, -24), (4.2, 30, 17))
    air = joined(air, ellipsoid(m, (6.2, 95, -36), (3.2, 9, 5)), 4.0)
    air = joined(air, ellipsoid(p, (0, 24, -30), (13, 11, 15)), 6.0)
    air = joined(air, capsule(p, (0, 15, -42), (0, 2, -130), 8.0, 9.0), 8.0)
    sinuses = joined(ellipsoid(m, (24, 54, -26), (10.5, 14, 14)), ellipsoid(p, (0, 30, -9), (12, 11, 7)), 2.0)
    sinuses = joined(sinuses, ellipsoid(m, (9, 78, 26), (8, 3.2, 8)), 2.0)
    ear = capsule(m, (52, -12, -8), (80, -14, -6), 3.0, 4.0)
    return numpy.minimum(numpy.minimum(air, sinuses), ear)


def airCells(p: Points) -> numpy.ndarray:
    """Distance to the honeycombed air of mastoids and ethmoid."""
    m = mirrored(p)
    cells = numpy.minimum(ellipsoid(m, (52, -22, -20), (7, 9, 11)), ellipsoid(p, (0, 55, 4), (9, 21, 9)))
    return cells + 2.5 * latticeOf(m, 0.95) + 0.5


def latticeOf(p: Points, frequency: float) -> numpy.ndarray:
    """A gyroid (-1.5 to 1.5): a cheap stand-in for honeycombed bone."""
    x, y, z = (value * numpy.float32(frequency) for value in p)
    return numpy.sin(x) * numpy.cos(y) + numpy.sin(y) * numpy.cos(z) + numpy.sin(z) * numpy.cos(x)
