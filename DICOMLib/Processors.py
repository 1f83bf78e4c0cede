"""How many processes are worth starting."""

from __future__ import annotations

import os


def availableProcessors() -> int:
    """Processors this process may run on: fewer than the machine has in a container or under a batch system."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
