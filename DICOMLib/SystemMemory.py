"""How much memory there is: what would not fit is refused with a sentence before it is tried."""

from __future__ import annotations

import os


def physicalMemory() -> int:
    """Bytes of the machine; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0


def freeMemory() -> int:
    """Bytes that programs can still take without swapping (Linux); elsewhere those of the machine, 0 where not told."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            for line in lines:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        return physicalMemory()
    return physicalMemory()
