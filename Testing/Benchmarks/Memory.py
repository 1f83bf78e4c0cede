"""How much memory a process and all processes it started take, sampled while they run (Linux)."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from pathlib import Path

SECONDS_BETWEEN_SAMPLES = 0.1
CAN_MEASURE = sys.platform.startswith("linux") and Path("/proc/self/smaps_rollup").exists()


class MemoryWatch:
    """Call it with a process: it samples until that has ended.

    :ivar samples: (seconds since the start, bytes of all processes); pages that several share are divided among them
    """

    def __init__(self):
        self.samples: list[tuple[float, int]] = []

    def __call__(self, process: subprocess.Popen) -> None:
        """Sample until the process ends."""
        started = time.monotonic()
        while process.poll() is None:
            used = sum(proportionalSetSize(number) for number in processTree(process.pid))
            if used:
                self.samples.append((time.monotonic() - started, used))
            time.sleep(SECONDS_BETWEEN_SAMPLES)

    @property
    def peak(self) -> int:
        """The most at any time, in bytes."""
        return max((used for _, used in self.samples), default=0)

    def growth(self) -> float:
        """The peak of the last third of the time over that of the second third; the first third fills the caches."""
        length = self.samples[-1][0]
        second = [used for moment, used in self.samples if length / 3 <= moment < 2 * length / 3]
        last = [used for moment, used in self.samples if moment >= 2 * length / 3]
        return max(last) / max(second) if second and last else 1.0


def processTree(process: int) -> list[int]:
    """Numbers of a process and all below it."""
    found, waiting = [], [process]
    while waiting:
        number = waiting.pop()
        found.append(number)
        for children in Path(f"/proc/{number}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                waiting += [int(child) for child in children.read_text().split()]
    return found


def proportionalSetSize(process: int) -> int:
    """Bytes in memory, shared ones divided by the number of sharers; 0 when the process has ended."""
    with contextlib.suppress(OSError, IndexError, ValueError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
