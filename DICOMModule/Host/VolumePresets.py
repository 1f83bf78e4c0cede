"""Looks of volume rendering: how voxel values become colour and opacity. Plain data and one rule, no VTK."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# A CT holds air: values this low occur in no other modality that has no modality written on it.
AIR_HU = -800
# Ambient, diffuse, specular, specular power: bright enough where no light falls, without glare.
LIGHTING = (0.25, 0.8, 0.18, 12.0)


@dataclass(frozen=True)
class VolumePreset:
    """One look.

    :ivar colors: (value, red, green, blue), 0 to 1 each colour
    :ivar opacities: (value, opacity)
    :ivar isRelative: values are parts of the volume's own range (0 = dark end, 1 = bright end), not voxel values
    :ivar isProjection: the brightest value along each ray is shown (MIP) instead of accumulating opacity
    """

    name: str
    modalities: tuple[str, ...]
    colors: tuple[tuple[float, float, float, float], ...]
    opacities: tuple[tuple[float, float], ...]
    isRelative: bool = False
    isProjection: bool = False
    isShaded: bool = True


_BONE = ((150, 0.72, 0.48, 0.34), (320, 0.93, 0.84, 0.68), (900, 1.0, 0.98, 0.92), (2500, 1.0, 1.0, 1.0))
_SOFT_TISSUE = (
    (-500, 0.85, 0.62, 0.5), (-150, 0.9, 0.72, 0.58), (40, 0.78, 0.42, 0.34), (200, 0.92, 0.8, 0.66),
    (900, 1.0, 0.98, 0.92),
)  # fmt: skip
_HOT = ((0, 0, 0, 0), (0.35, 0.55, 0.08, 0.02), (0.65, 0.95, 0.5, 0.08), (0.85, 1.0, 0.85, 0.35), (1, 1, 1, 0.95))
_GREY = ((0.0, 0.0, 0.0, 0.0), (0.5, 0.55, 0.53, 0.5), (1.0, 1.0, 0.98, 0.94))

PRESETS: tuple[VolumePreset, ...] = (
    VolumePreset("CT bone", ("CT",), _BONE, ((130, 0.0), (260, 0.35), (600, 0.8), (1500, 0.95))),
    VolumePreset(
        "CT soft tissue",
        ("CT",),
        _SOFT_TISSUE,
        ((-420, 0.0), (-280, 0.22), (-100, 0.3), (60, 0.4), (250, 0.65), (900, 0.95)),
    ),
    VolumePreset(
        "CT vessels",
        ("CT",),
        ((100, 0.55, 0.1, 0.08), (220, 0.86, 0.3, 0.2), (400, 0.96, 0.82, 0.68), (1200, 1.0, 0.98, 0.94)),
        ((110, 0.0), (180, 0.18), (350, 0.6), (1200, 0.9)),
    ),
    VolumePreset(
        "CT lung",
        ("CT",),
        ((-950, 0.2, 0.35, 0.55), (-700, 0.45, 0.62, 0.8), (-400, 0.95, 0.85, 0.75), (100, 0.9, 0.5, 0.42)),
        ((-950, 0.0), (-850, 0.03), (-600, 0.12), (-450, 0.02), (-200, 0.0)),
    ),
    VolumePreset(
        "MR default",
        ("MR",),
        ((0.1, 0.3, 0.22, 0.2), (0.35, 0.62, 0.5, 0.44), (0.65, 0.88, 0.8, 0.72), (1.0, 1.0, 0.98, 0.95)),
        ((0.12, 0.0), (0.25, 0.12), (0.5, 0.35), (0.8, 0.65), (1.0, 0.8)),
        isRelative=True,
    ),
    VolumePreset("MR brightest (MIP)", ("MR",), _GREY, ((0.0, 0.0), (0.08, 0.0), (1.0, 1.0)), True, True, False),
    VolumePreset(
        "PET hot (MIP)",
        ("PT", "NM"),
        _HOT,
        ((0.0, 0.0), (0.04, 0.0), (0.3, 0.75), (1.0, 1.0)),
        isRelative=True,
        isProjection=True,
        isShaded=False,
    ),
    VolumePreset(
        "Ultrasound",
        ("US",),
        ((0.0, 0.05, 0.04, 0.03), (0.4, 0.6, 0.42, 0.28), (1.0, 1.0, 0.92, 0.8)),
        ((0.0, 0.0), (0.2, 0.0), (0.5, 0.2), (1.0, 0.6)),
        isRelative=True,
    ),
    VolumePreset("Brightest (MIP)", (), _GREY, ((0.0, 0.0), (0.05, 0.0), (1.0, 1.0)), True, True, False),
)

_BY_NAME = {preset.name: preset for preset in PRESETS}


def presetNamed(name: str) -> VolumePreset | None:
    """The look of that name, None when there is none."""
    return _BY_NAME.get(name)


def defaultPreset(modality: str, lowestValue: Callable[[], float]) -> VolumePreset:
    """The look a volume gets first.

    :param modality: the DICOM modality, "" when not known
    :param lowestValue: gives the volume's smallest voxel value, which tells a CT from the rest; called only where the
        modality is not known, because looking at every voxel of a large volume takes a second
    """
    if not modality and lowestValue() <= AIR_HU:
        modality = "CT"
    return next((preset for preset in PRESETS if modality in preset.modalities), _BY_NAME["MR default"])


def absolutePoints(preset: VolumePreset, low: float, high: float) -> tuple[list[tuple], list[tuple]]:
    """Colour and opacity points in voxel values.

    :param low: voxel value of the relative 0; not used for absolute presets
    :param high: voxel value of the relative 1
    :returns: [(value, red, green, blue)], [(value, opacity)]
    """
    scale, shift = (max(high - low, 1e-6), low) if preset.isRelative else (1.0, 0.0)
    colors = [(shift + scale * value, *color) for value, *color in preset.colors]
    return colors, [(shift + scale * value, opacity) for value, opacity in preset.opacities]
