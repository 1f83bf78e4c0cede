"""When the scene is autosaved: some minutes after the first change, and never most of the time."""

from __future__ import annotations

from DICOMModule.Host.AutosaveSchedule import PAUSE, AutosaveSchedule


class Made:
    def __init__(self, minutes: int):
        self.now, self.minutes = 1000.0, minutes
        self.schedule = AutosaveSchedule(lambda: self.minutes, lambda: self.now)

    def secondsUntilDue(self, most: int = 100_000) -> float:
        start = self.now
        while not self.schedule.isDue():
            self.now += 1
            assert self.now < start + most
        return self.now - start

    def autosave(self, seconds: float) -> None:
        self.schedule.started()
        self.now += seconds
        self.schedule.ended()


def test_itIsDueSomeMinutesAfterTheFirstChangeAndAfterEachAutosave():
    made = Made(5)
    assert made.secondsUntilDue() == 300
    made.autosave(2)
    assert made.secondsUntilDue() == 300


def test_whatTakesLongIsDoneSeldom():
    made = Made(1)
    made.secondsUntilDue()
    made.autosave(60)
    assert made.secondsUntilDue() == 60 * PAUSE
    made.autosave(1)
    assert made.secondsUntilDue() == 60


def test_attemptsThatAreBegunAgainCountAsOne():
    made = Made(1)
    made.secondsUntilDue()
    made.schedule.started()
    made.now += 40
    made.autosave(20)
    assert made.secondsUntilDue() == 60 * PAUSE


def test_itIsNeverDueWhereItIsSwitchedOffAndAtOnceWhereItIsSwitchedOnAgain():
    made = Made(0)
    assert not made.schedule.isDue()
    made.now += 10_000
    assert not made.schedule.isDue()
    made.minutes = 5
    assert made.schedule.isDue()


def test_whatIsSavedBeginsAnew():
    made = Made(5)
    made.secondsUntilDue()
    made.schedule.reset()
    assert made.secondsUntilDue() == 300
