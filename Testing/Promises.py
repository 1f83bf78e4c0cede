"""Times that are promised: measured where nothing else runs (``--timing``), and never a reason to fail elsewhere.

How soon something answers says much on an idle machine and nothing on a busy one. So a test does what it does in every
run, and the seconds that it promises count in the runs that are made to measure them.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import pytest
from _pytest.runner import runtestprotocol

MARK = "timing"
FIXTURE = "promised"
ATTEMPTS = 3


class Promises:
    """What the fixture ``promised`` is.

    :ivar isMeasured: whether seconds count in this run
    """

    def __init__(self, isMeasured: bool):
        self.isMeasured = isMeasured

    @contextlib.contextmanager
    def within(self, seconds: float, ofProcessor: bool = False) -> Iterator[None]:
        """What is inside takes less; by the clock on the wall, or in time that this process had a processor."""
        clock = time.process_time if ofProcessor else time.perf_counter
        start = clock()
        yield
        self.atMost(clock() - start, seconds)

    def now(self) -> float:
        """Seconds by the clock on the wall, for spans that do not begin and end in one place."""
        return time.perf_counter()

    def atMost(self, seconds: float, promised: float, what: str = "it") -> None:
        """The same for a span that was measured elsewhere."""
        if self.isMeasured:
            assert seconds < promised, f"{what} took {seconds:.3g} s of {promised:g} s that are promised"


@pytest.fixture
def promised(request: pytest.FixtureRequest) -> Promises:
    """For a test that is of use without its figures too; one that is not is marked ``timing``."""
    return Promises(request.config.getoption("--timing"))


def isOfTiming(item: pytest.Item) -> bool:
    """Whether a test has figures in seconds."""
    return FIXTURE in getattr(item, "fixturenames", ()) or item.get_closest_marker(MARK) is not None


def isLeftOut(item: pytest.Item) -> bool:
    """Whether a test has no part in this run: ``--timing`` is for tests with figures, all other runs for those that
    have something besides."""
    if item.config.getoption("--timing"):
        return not isOfTiming(item)
    return item.get_closest_marker(MARK) is not None


def runUntilInTime(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Once in time is proof that it can be; a moment in which the machine was busy with something else is none."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for _ in range(ATTEMPTS):
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        if not any(report.failed for report in reports):
            break
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
