"""Whatever is in a vendor's elements, its rule neither fails nor makes up numbers."""

from __future__ import annotations

import random

import numpy
import pytest

from DICOMPlugins.Diffusion.Canon import CanonRule
from DICOMPlugins.Diffusion.GE import GERule
from DICOMPlugins.Diffusion.Hitachi import HitachiRule
from DICOMPlugins.Diffusion.Philips import PhilipsRule
from DICOMPlugins.Diffusion.Siemens import SiemensRule
from DICOMPlugins.Diffusion.UIH import UIHRule
from DICOMPlugins.Diffusion.Weighting import DERIVED, DIRECTIONAL, UNWEIGHTED
from Testing.DICOMPlugins.Diffusion.Slices import planesFrom, record

RULES = [SiemensRule, GERule, PhilipsRule, UIHRule, CanonRule, HitachiRule]
TEXTS = [
    "", " ", "0", "1", "-1", "1000", "1000\\8\\0\\0", "1000001000", "1e308", "-1e308", "1e-300", "nan", "inf", "-inf",
    "abc", "\\", "\\\\\\", "1\\2\\3", "0.5", "0.6", "-0.8", "00\\00\\7a\\44", "ff\\ff\\ff\\ff", "00\\00\\80\\7f",
    "zz\\00", "ROW", "COL", "I", "O", "b=1500(0.445,0.000,0.895)", "b=1e9(1,2,3)", "b=(", "DERIVED\\PRIMARY\\ADC",
    "\x00\ufffd", "ORIGINAL\\PRIMARY", "GE MEDICAL SYSTEMS", "Philips", "CANON_MEC", "Hitachi", "GEMS_PARM_01",
    "9" * 5000, "1\\0\\0\\0\\1\\0",
]  # fmt: skip
ALLOWED_NOTES = 8


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@pytest.mark.parametrize("seed", range(60))
@pytest.mark.filterwarnings("error")
def test_randomTextsInAllElements(rule, seed):
    chance = random.Random(f"{rule.name} {seed}")
    tags = [*rule.tags.values(), "ImageOrientationPatient"]
    chosen = TEXTS if seed % 2 else chance.sample(TEXTS, 5)
    planes = planesFrom([record(n, n, **{tag: chance.choice(chosen) for tag in tags}) for n in range(8)])
    assert isinstance(rule().evidence(planes), str)
    found = rule().read(planes)
    assert not numpy.isinf(found.bValues).any() and not (found.bValues < 0).any()
    isDirectional = found.kinds == DIRECTIONAL
    assert numpy.linalg.norm(found.directions[isDirectional], axis=1) == pytest.approx(1)
    assert not numpy.isnan(found.bValues[isDirectional | (found.kinds == UNWEIGHTED)]).any()
    assert found.directions[found.kinds == UNWEIGHTED].tolist() == [[0, 0, 0]] * int((found.kinds == UNWEIGHTED).sum())
    assert found.kinds.max() <= DERIVED
    assert len(found.notes) <= ALLOWED_NOTES and all(note.endswith(".") and "\n" not in note for note in found.notes)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_filesWithNothingOfAVendorsSayNothing(rule):
    planes = planesFrom([record(1, 0), record(2, 1)])
    assert rule().evidence(planes) == ""
    found = rule().read(planes)
    assert numpy.isnan(found.bValues).all() and not found.kinds.any() and found.notes == [] and found.sources == {}
