"""When a file was last changed, as a number that a database can hold."""

from __future__ import annotations

import os

# Of SQLite. Some file systems keep times after the year 2262, and some disks hold nonsense for times.
_LATEST = 2**63 - 1


def modifiedTimeOf(status: os.stat_result) -> int:
    """Nanoseconds since the epoch; times too far away for 64 bits become the latest or earliest one there is."""
    return max(-_LATEST, min(status.st_mtime_ns, _LATEST))
