"""Colours of segments as DICOM writes them."""

from __future__ import annotations

import itertools

import highdicom
import pytest

from DICOMPlugins.Segmentation.LabColour import labFromRGB, rgbFromLab


def test_everyColourOfAScreenComesBackExactly():
    for color in itertools.product(range(0, 256, 51), repeat=3):
        assert [round(255 * part) for part in rgbFromLab(labFromRGB([part / 255 for part in color]))] == list(color)


def test_theLiverOfDcmqiHasSlicersColour():
    assert [round(255 * part) for part in rgbFromLab((41661, 41167, 40792))] == [221, 130, 101]


def test_highdicomMeansTheSameColours():
    for color in [(0, 0, 0), (255, 255, 255), (255, 0, 0), (12, 200, 99)]:
        theirs = highdicom.color.CIELabColor.from_rgb(*color).value
        assert labFromRGB([part / 255 for part in color]) == pytest.approx(theirs, abs=40)


def test_whatNoScreenShowsIsCut():
    assert all(0 <= part <= 1 for lab in [(65535, 65535, 0), (0, 0, 65535)] for part in rgbFromLab(lab))
