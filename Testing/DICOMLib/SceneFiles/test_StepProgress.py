"""Progress of single files is told as progress of the whole, and cancelling the whole cancels each."""

from __future__ import annotations

import pytest

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles.StepProgress import STEP, StepProgress, StepsAtOnce


class Whole(Progress):
    """Keeps what it is told."""

    def __init__(self):
        super().__init__()
        self.told: list[tuple] = []

    def report(self, done, total=None, text=None, bytesDone=None) -> None:
        """Keep it."""
        self.told.append((done, total, text))


def test_aStepCountsToItsThousandth_whateverItsReaderCounts():
    whole = Whole()
    step = StepProgress(whole, before=2 * STEP, total=5 * STEP)
    for done, total in ((0, 7), (3, 7), (7, 7), (9, 7)):
        step.report(done, total, "a file's own text")
    assert whole.told == [(2000, 5000, None), (2428, 5000, None), (3000, 5000, None), (3000, 5000, None)]


def test_whatIsOfNoKnownLengthIsNotTold():
    whole = Whole()
    StepProgress(whole, 0, STEP).report(3)
    StepProgress(whole, 0, STEP).report(3, 0)
    StepProgress(whole).report(3, 7)
    assert whole.told == []


def test_noneOfNoneIsNone():
    assert StepProgress.within(None, 1, 2) is None
    whole = Whole()
    StepProgress.within(whole, 5, 10).report(1, 1)
    assert whole.told == [(5 + STEP, 10, None)]


def test_cancellingGoesBothWays():
    whole = Whole()
    step = StepProgress.within(whole)
    step.raiseIfCancelled()
    whole.cancel()
    with pytest.raises(CancelledError):
        step.raiseIfCancelled()
    other = Whole()
    StepProgress(other).cancel()
    assert other.cancelled


def test_stepsAtOnceAreToldAsTheirSum():
    whole = Whole()
    steps = StepsAtOnce(whole, 3 * STEP, "Saving")
    first, second = steps.begin(), steps.begin()
    first.report(1, 2)
    second.report(1, 4)
    first.report(2, 2)
    second.report(1, 1)
    first.report(9, 2)
    second.report(5)
    assert whole.told == [(done, 3000, "Saving") for done in (500, 750, 1250, 2000, 2000)]
    whole.cancel()
    assert first.cancelled and second.cancelled


def test_nobodyWhoWantsToKnowIsNotTold():
    steps = StepsAtOnce(None, STEP, "")
    assert steps.begin() is None
    steps.reached("a", 500)
