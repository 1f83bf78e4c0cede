"""Speeds and the time left, with a clock of the test's own."""

import pytest

from DICOMLib.Progress import Progress
from DICOMLib.ProgressRate import STALLED_SECONDS, ProgressRate, progressParts, rateText


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def speed(clock):
    return ProgressRate(clock)


def run(clock, speed, seconds, rate, done=0, total=None, step=0.1):
    """Feeds steady work; gives what is done at the end."""
    for _ in range(round(seconds / step)):
        clock.now += step
        done += rate * step
        speed.update(done, total)
    return done


def test_steady_work_has_its_rate_and_its_end(clock, speed):
    run(clock, speed, 10, 100, total=5000)
    assert speed.rate == pytest.approx(100)
    assert speed.secondsLeft == pytest.approx(40, rel=0.01)


def test_nothing_is_estimated_in_the_first_second(clock, speed):
    run(clock, speed, 0.9, 100, total=5000)
    assert speed.secondsLeft is None
    run(clock, speed, 0.3, 100, done=90, total=5000)
    assert speed.secondsLeft is not None


def test_files_that_needed_no_work_do_not_count_as_speed(clock, speed):
    run(clock, speed, 1, 90000)  # looking: no total yet
    speed.update(80000, 100000)  # known already
    run(clock, speed, 4, 1000, done=80000, total=100000)
    assert speed.rate == pytest.approx(1000, rel=0.01)
    assert speed.secondsLeft == pytest.approx(16, rel=0.02)


def test_the_time_left_counts_down_without_jumping_while_the_speed_shakes(clock, speed):
    done, shown = 0.0, []
    for step in range(600):  # ten times as fast in one second as in the next
        clock.now += 0.1
        done += 10 if (step // 10) % 2 else 100
        speed.update(done, 100000)
        shown.append(speed.secondsLeft)
    late = shown[150:]
    jumps = [abs(after - before) for before, after in zip(late, late[1:], strict=False)]
    assert max(jumps) < 0.03 * max(late)


def test_a_lasting_change_of_speed_is_followed(clock, speed):
    done = run(clock, speed, 20, 1000, total=100000)
    run(clock, speed, 60, 100, done=done, total=100000)
    assert speed.rate == pytest.approx(100, rel=0.05)
    assert speed.secondsLeft == pytest.approx((100000 - 20000 - 6000) / 100, rel=0.1)


def test_a_slow_beginning_is_forgotten_when_the_work_turns_out_to_be_fast(clock, speed):
    speed.update(0, 600)
    clock.now += 0.9
    speed.update(1, 600)  # a first picture, shown before the rest is read
    run(clock, speed, 0.4, 200, done=1, total=600)
    assert 1 < speed.secondsLeft < 20  # and not the nine minutes that the beginning foretold


def test_the_time_left_goes_on_between_two_reports(clock, speed):
    run(clock, speed, 10, 100, total=5000)
    before = speed.secondsLeft
    clock.now += 3
    assert speed.secondsLeft == pytest.approx(before - 3)


def test_work_that_stands_still_has_no_end_in_sight(clock, speed):
    run(clock, speed, 10, 100, total=5000)
    clock.now += STALLED_SECONDS + 1
    assert speed.secondsLeft is None


def test_copied_bytes_have_a_rate_of_their_own(clock, speed):
    for step in range(1, 31):
        clock.now += 0.1
        speed.update(step, 1000, step * 500_000)
    assert speed.bytesPerSecond == pytest.approx(5_000_000)


def test_the_sentence_names_what_is_known(clock):
    progress = Progress(clock=clock)
    assert progressParts(progress, "files") == []
    clock.now = 4.0
    progress.report(1200, 3400, bytesDone=48_000_000)
    assert progressParts(progress, "files") == ["1,200 of 3,400 files", "300 files/s", "12 MB/s", "7 s left"]
    assert progressParts(progress) == ["35%", "12 MB/s", "7 s left"]


def test_rates_are_as_exact_as_they_are_large():
    assert (rateText(2.5, "files"), rateText(8500.4, "files")) == ("2.5 files/s", "8,500 files/s")
