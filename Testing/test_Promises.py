"""Seconds that are promised count where they are measured, and there only."""

from __future__ import annotations

import pytest

from Testing.Promises import Promises
from Testing.test_conftest import projectWith
from Testing.test_SideBySide import run

PROJECT = """
import pytest, time
attempts = []

def test_plain():
    assert True

def test_slowerThanPromised(promised):
    with promised.within(0):
        attempts.append("slower")

@pytest.mark.timing
def test_ofSecondsAlone(tmp_path):
    attempts.append(tmp_path)
    assert len(set(attempts)) == 3
"""


def test_whatTookTooLongIsToldWithBothFigures():
    with pytest.raises(AssertionError, match="the cancel took 0.75 s of 0.5 s that are promised"):
        Promises(True).atMost(0.75, 0.5, "the cancel")
    Promises(True).atMost(0.25, 0.5)


@pytest.mark.parametrize("ofProcessor", [False, True])
def test_aSpanIsMeasuredOnEitherClock(ofProcessor):
    with Promises(True).within(60, ofProcessor):
        sum(range(1000))
    with pytest.raises(AssertionError, match="promised"), Promises(True).within(0, ofProcessor):
        sum(range(100_000))


def test_whereNothingIsMeasuredNothingFails():
    with Promises(False).within(0):
        sum(range(1000))


def test_anErrorInsideIsThatError():
    with pytest.raises(KeyError), Promises(True).within(0):
        raise KeyError("other")


@pytest.mark.parametrize(
    "options, expected",
    [((), "2 passed, 1 deselected"), (("--timing",), "1 failed, 1 passed, 1 deselected")],
    ids=["ordinary", "timing"],
)
def test_aRunIsOfSecondsOrOfAllElse_andOneOfSecondsTriesThreeTimes(tmp_path, options, expected):
    done = run(projectWith(tmp_path, **{"test_one.py": PROJECT}), "-n0", *options)
    assert expected in done.stdout, done.stdout + done.stderr
