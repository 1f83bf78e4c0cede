"""What is inside the brain case, as smooth functions of RAS position."""

from __future__ import annotations

import numpy

from .Head import CRANIUM_CENTER
from .Shapes import Points, capsule, common, ellipsoid, joined, mirrored, turned

SULCUS_DEPTH = 22.0
CORTEX_THICKNESS = 3.6
SUBARACHNOID_GAP = 2.2


def folds(p: Points) -> numpy.ndarray:
    """Gyri and sulci, -1 to 1, zero along the floor of each sulcus.

    The pattern lives on a sphere about the middle of the head, so that sulci run inwards from the surface; it is bent
    by slower waves and a little by depth so that no two gyri are alike.
    """
    x, y, z = (value - c for value, c in zip(p, CRANIUM_CENTER, strict=True))
    distance = numpy.sqrt(x * x + y * y + z * z) + numpy.float32(1.0)
    scale = 62.0 / distance
    u, v, w = x * scale, y * scale, z * scale
    bend = 0.09 * distance
    a = u + 6.5 * numpy.sin(0.085 * v + 0.6) + 4.0 * numpy.sin(0.16 * w + 0.02 * bend)
    b = v + 6.5 * numpy.sin(0.09 * w + 1.9) + 4.0 * numpy.sin(0.17 * u + 0.3)
    c = w + 6.5 * numpy.sin(0.08 * u + 4.1) + 4.0 * numpy.sin(0.15 * v + 2.2)
    a, b, c = a * 0.27, b * 0.27, c * 0.27
    waves = numpy.sin(a) * numpy.cos(b + 0.4) + numpy.sin(b) * numpy.cos(c) + numpy.sin(c + 0.2) * numpy.cos(a)
    return waves * numpy.float32(0.7)


def tentorium(p: Points) -> numpy.ndarray:
    """Signed distance (roughly) to the sheet over the cerebellum: negative below and behind it."""
    x, y, z = p
    sheet = z - (20.0 - 0.006 * x * x + 0.28 * (y + 30.0))
    return numpy.maximum(0.85 * sheet, 0.8 * (y + 22.0))


def corticalDistance(p: Points, inside: numpy.ndarray) -> numpy.ndarray:
    """How far (mm) a point of the hemispheres lies from fluid: the surface, a sulcus, or the fissure between them."""
    depth = -inside - SUBARACHNOID_GAP
    toSulcus = numpy.abs(folds(p)) * 7.0 - 0.8 + numpy.maximum(depth - SULCUS_DEPTH, 0.0) * 0.9
    # The folds crowd together towards the middle they are drawn around: let them end before.
    reach = numpy.sqrt(sum((value - c) ** 2 for value, c in zip(p, CRANIUM_CENTER, strict=True)))
    toSulcus = toSulcus + numpy.maximum(44.0 - reach, 0.0) * 0.5
    toMiddle = numpy.abs(p[0]) - 1.1 + numpy.maximum(callosumTop(p), 0.0)
    toSylvian = sylvianFissure(p)
    nearest = numpy.minimum(numpy.minimum(depth, toSulcus), numpy.minimum(toMiddle, toSylvian))
    return numpy.minimum(nearest, tentorium(p) - 0.8)


def callosumTop(p: Points) -> numpy.ndarray:
    """Positive (mm) below the great commissure, where the halves are joined."""
    return 20.0 - numpy.sqrt((p[1] + 4.0) ** 2 * 0.32 + (p[2] - 27.0) ** 2)


def sylvianFissure(p: Points) -> numpy.ndarray:
    """Distance to the fissure over the temporal lobe, on both sides."""
    m = mirrored(p)
    sheet = turned(m, (52.0, 8.0, 16.0), aboutX=18.0)
    return ellipsoid(sheet, (0, 0, 0), (17.0, 34.0, 1.6))


def ventricles(p: Points) -> numpy.ndarray:
    """Distance to the four ventricles."""
    m = mirrored(p)
    horn = ellipsoid(turned(m, (11.0, 24.0, 33.0), aboutX=-12.0, aboutZ=-16.0), (0, 0, 0), (5.2, 19.0, 8.5))
    trunk = ellipsoid(turned(m, (13.0, -10.0, 39.0), aboutX=8.0, aboutZ=14.0), (0, 0, 0), (6.0, 26.0, 7.0))
    trigone = ellipsoid(turned(m, (25.0, -40.0, 27.0), aboutX=40.0, aboutZ=8.0), (0, 0, 0), (6.5, 18.0, 8.0))
    temporal = capsule(m, (29, -36, 20), (33, -2, -1), 4.0, 2.6)
    lateral = joined(joined(horn, trunk, 6.0), joined(trigone, temporal, 6.0), 6.0)
    lateral = numpy.maximum(lateral, 1.6 - m[0])
    third = ellipsoid(p, (0, 0, 20), (2.4, 14, 10))
    fourth = ellipsoid(p, (0, -44, -8), (8, 6, 10))
    return numpy.minimum(lateral, numpy.minimum(third, fourth))


def deepGrey(p: Points) -> numpy.ndarray:
    """Distance to caudate, putamen with pallidum, and thalamus."""
    m = mirrored(p)
    caudate = ellipsoid(turned(m, (18.0, 18.0, 31.0), aboutX=-14.0, aboutZ=-14.0), (0, 0, 0), (4.6, 16.0, 8.5))
    putamen = ellipsoid(turned(m, (28.0, 8.0, 20.0), aboutZ=-14.0), (0, 0, 0), (6.5, 19.0, 11.0))
    thalamus = ellipsoid(turned(m, (11.0, -12.0, 23.0), aboutZ=28.0), (0, 0, 0), (8.0, 15.0, 9.0))
    return numpy.minimum(numpy.minimum(caudate, putamen), thalamus)


def brainstem(p: Points) -> numpy.ndarray:
    """Distance to midbrain, pons, medulla and the cord below."""
    stem = capsule(p, (0, -16, 12), (0, -25, -22), 12.0, 10.0)
    stem = joined(stem, ellipsoid(p, (0, -17, -8), (16, 12, 14)), 8.0)
    return joined(stem, capsule(p, (0, -27, -24), (0, -50, -130), 7.5, 5.5), 5.0)


def cerebellum(p: Points, inside: numpy.ndarray) -> numpy.ndarray:
    """Distance to the cerebellum: two lobes and the vermis below the tentorium."""
    m = mirrored(p)
    lobes = joined(ellipsoid(m, (24, -56, -6), (32, 34, 30)), ellipsoid(p, (0, -57, -4), (14, 32, 28)), 8.0)
    lobes = common(lobes, tentorium(p) + 0.8, 2.0)
    return numpy.maximum(lobes, inside + SUBARACHNOID_GAP)


def folia(p: Points) -> numpy.ndarray:
    """The fine leaves of the cerebellum, -1 to 1, concentric about its stalk."""
    x, y, z = p
    reach = numpy.sqrt((0.55 * x) ** 2 + (y + 40.0) ** 2 + (1.25 * (z + 8.0)) ** 2)
    turn = numpy.arctan2(z + 8.0, -(y + 38.0))
    return numpy.sin(13.0 * turn + 0.22 * reach + 0.06 * numpy.abs(x))
