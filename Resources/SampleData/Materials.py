"""What each tissue looks like to each machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """Hounsfield units; T1-weighted signal; FDG uptake (SUV); T2-weighted signal at b = 0; mean diffusivity
    (1e-3 mm2/s) and how much it prefers one direction (0 none, 1 wholly).
    """

    hounsfield: float
    t1: float
    uptake: float = 0.0
    t2: float = 0.0
    diffusivity: float = 1.0
    anisotropy: float = 0.0


AIR = Material(-1000, 0)
SKIN = Material(45, 360, 0.5, 160, 1.0)
FAT = Material(-95, 900, 0.3, 120, 0.1)
MUSCLE = Material(52, 320, 0.7, 130, 1.2)
CORTICAL_BONE = Material(1250, 25, 0.3, 8, 0.3)
DIPLOE = Material(650, 430, 0.6, 60, 0.3)
FACIAL_BONE = Material(850, 130, 0.5, 30, 0.3)
TOOTH = Material(2100, 10, 0.2, 5, 0.3)
MUCOSA = Material(40, 330, 1.4, 260, 1.2)
CARTILAGE = Material(70, 300, 0.6, 120, 1.0)
FLUID = Material(6, 95, 0.4, 900, 3.0)
GREY = Material(39, 430, 8.5, 330, 0.80)
WHITE = Material(29, 640, 2.6, 240, 0.75, 0.65)
DEEP_GREY = Material(40, 480, 8.8, 300, 0.75)
CEREBELLAR_GREY = Material(40, 440, 7.2, 320, 0.78)
DURA = Material(62, 380, 1.0, 90, 0.8)
VITREOUS = Material(8, 110, 0.3, 850, 2.9)
SCLERA = Material(55, 330, 0.8, 150, 1.0)
LENS = Material(85, 420, 0.3, 90, 0.9)
DISC = Material(85, 300, 0.6, 200, 1.5)
