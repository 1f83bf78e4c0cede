"""Shapes and materials put together: what a machine measures at given RAS positions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from . import Brain, Head
from . import Materials as Tissue
from .Findings import SPHERES, Sphere
from .Materials import Material
from .Shapes import Points, ball, coverage, ellipsoid, mirrored, step, turned


class Painter:
    """Lays materials over each other, each by the fraction of a voxel it covers."""

    def __init__(self, p: Points, properties: Sequence[str], width: float):
        """`p`: three arrays of one shape (RAS mm); `properties`: fields of `Material`; `width`: edge width in mm."""
        self.p = p
        self.width = width
        self.properties = tuple(properties)
        self.values = [numpy.full(p[0].shape, getattr(Tissue.AIR, name), numpy.float32) for name in properties]

    def paint(self, material: Material, distance: numpy.ndarray) -> None:
        """Cover everything where `distance` is negative."""
        self.blend(material, coverage(distance, self.width))

    def blend(self, material: Material, fraction: numpy.ndarray) -> None:
        """Cover by `fraction` (0 to 1) what is there."""
        for name, values in zip(self.properties, self.values, strict=True):
            values += (getattr(material, name) - values) * fraction

    def within(self, selected: numpy.ndarray) -> Painter:
        """A painter for the selected voxels only, starting from what is there; see `takeFrom`."""
        part = Painter.__new__(Painter)
        part.p = tuple(value[selected] for value in self.p)
        part.width, part.properties = self.width, self.properties
        part.values = [values[selected] for values in self.values]
        return part

    def takeFrom(self, part: Painter, selected: numpy.ndarray) -> None:
        """Put back what a painter from `within` has made."""
        for values, partial in zip(self.values, part.values, strict=True):
            values[selected] = partial


def measure(p: Points, properties: Sequence[str], width: float, spheres: Sequence[Sphere] = SPHERES) -> numpy.ndarray:
    """What is at RAS positions `p` (three arrays of one shape, mm), seen through voxels `width` mm wide.

    Returns float32 of shape (len(properties), *shape); properties are field names of `Material`.
    """
    painter = Painter(tuple(numpy.asarray(value, numpy.float32) for value in p), properties, width)
    outside = Head.skin(painter.p)
    near = outside < width
    if near.any():
        head = painter.within(near)
        paintHead(head, outside[near])
        painter.takeFrom(head, near)
    for sphere in spheres:
        paintSphere(painter, sphere)
    return numpy.stack(painter.values)


def paintSphere(painter: Painter, sphere: Sphere) -> None:
    """Paint one finding, if any of the voxels is near."""
    reach = sphere.radius + painter.width
    if all(value.min() - reach < c < value.max() + reach for value, c in zip(painter.p, sphere.center, strict=True)):
        painter.paint(sphere.material, ball(painter.p, sphere.center, sphere.radius))


def paintHead(painter: Painter, outside: numpy.ndarray) -> None:
    """Soft tissue, bones, airways and the brain."""
    inside = Head.cavity(painter.p)
    paintSoftTissue(painter, outside)
    paintBrainCase(painter, inside)
    if painter.p[2].min() < 45.0:
        paintFace(painter, outside, inside)
    cranial = inside < painter.width
    if cranial.any():
        brain = painter.within(cranial)
        paintBrain(brain, inside[cranial])
        painter.takeFrom(brain, cranial)


def paintSoftTissue(painter: Painter, outside: numpy.ndarray) -> None:
    """Skin, the fat under it, muscle with fat between its bundles."""
    x, y, z = painter.p
    painter.paint(Tissue.SKIN, outside)
    painter.paint(Tissue.FAT, outside + 2.0)
    cheek = 4.0 * step((y - 20.0) / 10.0) * step((-5.0 - z) / 8.0)
    painter.paint(Tissue.MUSCLE, outside + 5.0 + cheek)
    if z.min() < 20.0:
        sheets = Head.latticeOf((x + 3.0 * numpy.sin(0.11 * y), y + 4.0 * numpy.sin(0.09 * x), 0.2 * z), 0.24)
        painter.blend(Tissue.FAT, 0.25 * coverage(numpy.abs(sheets) - 0.13, 0.2) * coverage(outside + 9.0, 4.0))
    leaf = Head.ears(mirrored(painter.p))
    painter.paint(Tissue.CARTILAGE, leaf + 1.6)


def paintBrainCase(painter: Painter, inside: numpy.ndarray) -> None:
    """The shell of the skull with its marrow."""
    case = Head.calvaria(painter.p, inside)
    painter.paint(Tissue.CORTICAL_BONE, case)
    marrow = Head.diploe(painter.p, inside)
    speckle = 0.75 + 0.25 * numpy.sin(0.9 * painter.p[0]) * numpy.sin(0.8 * painter.p[1] + 0.7 * painter.p[2])
    painter.blend(Tissue.DIPLOE, coverage(numpy.maximum(marrow, case), 1.2) * speckle)


def paintFace(painter: Painter, outside: numpy.ndarray, inside: numpy.ndarray) -> None:
    """Facial bones, jaw, teeth, spine, eyes and airways: everything below the forehead."""
    p = painter.p
    marrow = 3.0 if painter.width < 2.5 else 4.0
    for bone in (Head.facialBones(p), Head.mandible(p)):
        covered = numpy.maximum(numpy.maximum(bone, -inside), outside + 4.0)
        painter.paint(Tissue.FACIAL_BONE, covered)
        painter.blend(Tissue.DIPLOE, 0.7 * coverage(covered + marrow, 2.0))
    painter.paint(Tissue.TOOTH, numpy.maximum(Head.teeth(p), outside + 4.0))
    if p[2].min() < -30.0:
        paintNeck(painter, inside)
    paintEyes(painter, inside)
    air = Head.airways(p)
    inNeck = numpy.maximum(air, -inside)
    painter.blend(Tissue.MUCOSA, coverage(inNeck - 1.2, painter.width) * coverage(40.0 - p[1], 10.0))
    painter.paint(Tissue.AIR, inNeck)
    painter.paint(Tissue.AIR, numpy.maximum(numpy.maximum(Head.airCells(p), 1.5 - inside), outside + 6.0))


def paintNeck(painter: Painter, inside: numpy.ndarray) -> None:
    """Vertebrae with their discs, the canal and the cord."""
    p = painter.p
    vertebrae = Head.spine(p)
    column = ((p[0] / 15.0) ** 2 + ((p[1] - Head.neckAxis(p[2]) - 9.0) / 10.0) ** 2 - 1.0) * 6.0
    painter.paint(Tissue.DISC, numpy.maximum(column, p[2] + 40.0))
    painter.paint(Tissue.FACIAL_BONE, vertebrae)
    painter.blend(Tissue.DIPLOE, 0.75 * coverage(vertebrae + 3.0, 2.0))
    below = numpy.maximum(Head.spinalCanal(p), numpy.maximum(p[2] + 25.0, -inside))
    painter.paint(Tissue.FLUID, below)
    painter.paint(Tissue.WHITE, numpy.maximum(Brain.brainstem(p), below))


def paintEyes(painter: Painter, inside: numpy.ndarray) -> None:
    """Socket fat, globe, lens, nerve and muscles, on both sides."""
    x, y, z = m = mirrored(painter.p)
    if z.max() < -15.0 or y.max() < 25.0:
        return
    socket = numpy.maximum(numpy.maximum(Head.orbit(m), -inside), y - 82.0)
    painter.paint(Tissue.FAT, socket)
    toGlobe = turned(m, (31.0, 66.0, 6.0), aboutZ=-20.0)
    cone = numpy.abs(numpy.sqrt(toGlobe[0] ** 2 + toGlobe[2] ** 2) - 0.36 * (toGlobe[1] + 38.0)) - 1.4
    cone = numpy.maximum(numpy.maximum(cone, toGlobe[1] - 4.0), -34.0 - toGlobe[1])
    around = numpy.cos(2.0 * numpy.arctan2(toGlobe[2], toGlobe[0])) ** 2
    painter.paint(Tissue.MUSCLE, numpy.maximum(cone + 1.5 - 1.5 * around, socket))
    nerve = numpy.maximum(numpy.sqrt(toGlobe[0] ** 2 + toGlobe[2] ** 2) - 2.3, toGlobe[1] + 9.0)
    painter.paint(Tissue.WHITE, numpy.maximum(nerve, socket))
    globe = ball(m, (32.0, 68.0, 6.0), 12.0)
    painter.paint(Tissue.SCLERA, globe)
    painter.paint(Tissue.VITREOUS, globe + 1.6)
    painter.paint(Tissue.LENS, ellipsoid(m, (32.0, 76.0, 6.0), (4.8, 2.4, 4.8)))


def paintBrain(painter: Painter, inside: numpy.ndarray) -> None:
    """Fluid, hemispheres, cerebellum, stem, deep nuclei, ventricles and the sheets between."""
    p = painter.p
    x, y, z = p
    painter.paint(Tissue.FLUID, inside)
    reach = Brain.corticalDistance(p, inside)
    painter.paint(Tissue.GREY, -reach)
    painter.paint(Tissue.WHITE, Brain.CORTEX_THICKNESS - reach)
    leaves = Brain.cerebellum(p, inside)
    painter.paint(Tissue.CEREBELLAR_GREY, leaves)
    painter.blend(Tissue.WHITE, coverage(leaves + 5.0, 5.0) * coverage(0.25 - Brain.folia(p), 0.7))
    painter.blend(Tissue.FLUID, 0.55 * coverage(leaves, 1.0) * coverage(Brain.folia(p) + 0.88, 0.25))
    core = ellipsoid(mirrored(p), (18.0, -48.0, -9.0), (11.0, 10.0, 6.0))
    painter.paint(Tissue.WHITE, numpy.maximum(core, leaves + 2.0))
    painter.paint(Tissue.WHITE, numpy.maximum(Brain.brainstem(p), inside + 1.0))
    painter.paint(Tissue.DEEP_GREY, Brain.deepGrey(p))
    painter.paint(Tissue.FLUID, Brain.ventricles(p))
    falx = numpy.maximum(numpy.maximum(numpy.abs(x) - 0.4, Brain.callosumTop(p) + 7.0), 1.0 - Brain.tentorium(p))
    painter.paint(Tissue.DURA, numpy.maximum(falx, inside))
    sheet = numpy.maximum(numpy.abs(Brain.tentorium(p)) - 0.4, 12.0 - numpy.abs(x) + numpy.maximum(y + 45.0, 0.0))
    painter.paint(Tissue.DURA, numpy.maximum(numpy.maximum(sheet, y + 24.0), inside))
    sinus = numpy.maximum(ellipsoid(p, (0.0, -93.0, 20.0), (5.0, 7.0, 60.0)), inside + 0.5)
    painter.paint(Tissue.DURA, sinus)
