"""Progress and cancel."""

import pytest

from DICOMLib.Errors import CancelledError
from DICOMLib.Progress import PartProgress, Progress


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_rate_and_time_left_follow_from_the_items_done():
    clock = Clock()
    progress = Progress(clock=clock)
    clock.now = 2.0
    progress.report(50, 200, "Reading")

    assert (progress.fraction, progress.rate, progress.secondsLeft) == (0.25, 25.0, 6.0)


def test_fraction_and_time_left_are_unknown_without_a_total():
    progress = Progress()
    progress.report(7)

    assert progress.fraction is None
    assert progress.secondsLeft is None


def test_callback_hears_at_most_one_report_in_50_ms_and_always_the_last():
    clock = Clock()
    heard = []
    progress = Progress(lambda state: heard.append(state.done), clock)
    for done in range(1, 101):
        clock.now += 0.01
        progress.report(done, 100)

    assert heard[-1] == 100
    assert 18 <= len(heard) <= 22


def test_cancel_is_seen_by_the_worker():
    progress = Progress()
    progress.raiseIfCancelled()
    progress.cancel()

    assert progress.cancelled
    with pytest.raises(CancelledError):
        progress.raiseIfCancelled()


def test_pieces_of_work_are_told_as_one():
    heard = []
    progress = Progress(lambda state: heard.append(state.fraction))
    for before in (0, 10):
        part = PartProgress(progress, before, 20)
        part.report(5, 10, "Writing")
        assert progress.fraction == (before + 5) / 20
        assert progress.text == "Writing"
        part.report(10, 10)
        assert part.fraction == 1.0
    assert heard == [0.25, 1.0]  # no end before the end


def test_a_part_and_the_whole_are_cancelled_together():
    whole = Progress()
    part = PartProgress(whole, 0, 2)
    whole.cancel()
    assert part.cancelled

    other = Progress()
    PartProgress(other, 1, 2).cancel()
    assert other.cancelled
