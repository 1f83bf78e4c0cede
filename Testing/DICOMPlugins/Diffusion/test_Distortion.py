"""Measurements that are distorted differently are told."""

from __future__ import annotations

import pytest

from DICOMPlugins.Diffusion.Distortion import PHASE_ORDER, POLARITY
from DICOMPlugins.Diffusion.Measurements import measurementsOf
from DICOMPlugins.Diffusion.Rules import chooseWeighting
from Testing.DICOMPlugins.Diffusion.Slices import SIX, planesFrom, shuffled, volumes, weighted


def series(tag, values):
    scheme = [weighted(0), weighted(0), *(weighted(1000, one) for one in SIX[: len(values) - 2])]
    records = volumes([one | {tag: value} for one, value in zip(scheme, values, strict=True)])
    planes = planesFrom(shuffled(records))
    (found,) = measurementsOf(planes, chooseWeighting(planes).weighting)
    return found


@pytest.mark.parametrize(
    ("tag", "values", "told"),
    [
        ("InPlanePhaseEncodingDirection", ["ROW", "COL", "COL", "COL"], "(0018,1312): "),
        (PHASE_ORDER, ["LINEAR", "REVERSE_LINEAR", "LINEAR"], "REVERSE_LINEAR in 1 measurement"),
        (POLARITY.path, ["1", "0", "1"], "PhaseEncodingDirectionPositive, SIEMENS MR SDI 02 (0021,xx1C)"),
    ],
)
def test_differentPhaseEncodingsInOneVolumeAreToldInWarningAndExplanation(tag, values, told):
    found = series(tag, values)
    assert len(found) == len(values)
    assert "of the phase encoding differ" in found.warning and told in found.warning
    assert any(line.startswith("Warning: ") and told in line for line in found.explanation())


@pytest.mark.parametrize("values", [["COL", "COL", "COL"], ["", "COL", "COL"], ["", "", ""]])
def test_oneDirectionAndSilenceAreNothingToTell(values):
    assert series("InPlanePhaseEncodingDirection", values).findings == []
