"""The things to be found in the head: balls of known place, size and value."""

from __future__ import annotations

from dataclasses import dataclass

from .Materials import Material
from .Shapes import Vector


@dataclass(frozen=True)
class Sphere:
    """A ball of one material; `center` in RAS mm, `radius` in mm, `hounsfield` as the CT shows it (before noise)."""

    name: str
    center: Vector
    radius: float
    material: Material

    @property
    def hounsfield(self) -> float:
        """What the CT shows."""
        return self.material.hounsfield


# No two lie on mirrored places, so that a flipped, swapped or shifted volume cannot pass for the right one.
SPHERES = (
    Sphere("Cyst, left frontal", (-31.0, 40.0, 46.0), 9.0, Material(5, 90, 0.3, 900, 3.0)),
    Sphere("Haematoma, right putamen", (31.0, 6.0, 24.0), 11.0, Material(75, 760, 0.6, 90, 0.6)),
    Sphere("Calcification, left parietal", (-30.0, -50.0, 58.0), 7.0, Material(400, 60, 0.5, 20, 0.4)),
    Sphere("Lipoma, right parietal", (22.0, -48.0, 72.0), 7.0, Material(-90, 880, 0.3, 110, 0.1)),
    Sphere("Tumour, left temporal", (-43.0, -14.0, 8.0), 10.0, Material(110, 820, 18.0, 420, 1.0)),
    Sphere("Metastasis, right occipital", (28.0, -70.0, 24.0), 8.0, Material(60, 700, 13.0, 400, 1.1)),
    Sphere("Infarct, right frontal", (38.0, 22.0, 58.0), 11.0, Material(20, 420, 1.4, 430, 0.35)),
    Sphere("Marker, right temple", (69.0, 40.0, 40.0), 7.0, Material(300, 800, 0.0, 700, 1.5)),
)
