"""Colours as DICOM recommends them for display: CIELab in 16 bits (PS3.3 C.10.7.1.1).

The white point is that of sRGB, D65, without adaptation: so do dcmqi (3D Slicer) and highdicom, whose colours come out
exactly. The standard's text means D50, by which the same colour is a few 255ths off.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy

# sRGB (IEC 61966-2-1) to XYZ.
_XYZ_FROM_RGB = numpy.array([
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.0721750],
    [0.0193339, 0.1191920, 0.9503041],
])  # fmt: skip
_WHITE = _XYZ_FROM_RGB.sum(axis=1)
_RGB_FROM_XYZ = numpy.linalg.inv(_XYZ_FROM_RGB)
_EPSILON, _KAPPA = 216 / 24389, 24389 / 27
_MOST = 65535


def labFromRGB(rgb: Sequence[float]) -> tuple[int, int, int]:
    """RecommendedDisplayCIELabValue of red, green and blue from 0 to 1."""
    stated = numpy.clip(numpy.asarray(rgb, float), 0, 1)
    linear = numpy.where(stated <= 0.04045, stated / 12.92, ((stated + 0.055) / 1.055) ** 2.4)
    xyz = _XYZ_FROM_RGB @ linear / _WHITE
    x, y, z = numpy.where(xyz > _EPSILON, numpy.cbrt(xyz), (_KAPPA * xyz + 16) / 116)
    lab = numpy.array([(116 * y - 16) / 100, (500 * (x - y) + 128) / 255, (200 * (y - z) + 128) / 255])
    return tuple(int(value) for value in numpy.rint(numpy.clip(lab, 0, 1) * _MOST))


def rgbFromLab(lab: Sequence[float]) -> tuple[float, float, float]:
    """Red, green and blue from 0 to 1, in steps of 1/255 as colours are chosen; beyond what screens show it is cut."""
    lightness, a, b = numpy.asarray(lab, float) / _MOST * [100, 255, 255] - [0, 128, 128]
    y = (lightness + 16) / 116
    roots = numpy.array([y + a / 500, y, y - b / 200])
    xyz = numpy.where(roots**3 > _EPSILON, roots**3, (116 * roots - 16) / _KAPPA) * _WHITE
    linear = numpy.clip(_RGB_FROM_XYZ @ xyz, 0, 1)
    stated = numpy.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    return tuple((numpy.rint(numpy.clip(stated, 0, 1) * 255) / 255).tolist())
