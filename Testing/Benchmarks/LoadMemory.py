"""Memory of the process that loads a volume, beside the volume itself."""

from __future__ import annotations

import re
from pathlib import Path

from .Child import inFreshProcess
from .Program import Program
from .Results import Row, atMost, notMeasured
from .Setting import Setting
from .VolumeFiles import JPEG_LS, VolumeFiles, nativeVolume

TITLE = "memory while loading"
MOST_MEGABYTES = 64
_FORGET = "5"  # written to clear_refs: the peak begins anew (proc(5))


def loadAndRemember(database: str) -> dict:
    """The peak of this process while the largest series is loaded, above what it had before and the volume; and the
    peaks of its workers, all in bytes. Runs in a process of its own."""
    with Program(database) as program:
        program.loadSmallest()
        found = program.examine(program.seriesBySize()[-1:])
        before = kilobytes("self", "VmRSS")
        forgetPeak()
        node = program.load(found)
        peak = kilobytes("self", "VmHWM")
        workers = [kilobytes(str(number), "VmHWM") * 1024 for number in program.workers.processIDs]
        volume = node.voxelArray().nbytes
    return {"volume": volume, "more": (peak - before) * 1024 - volume, "workers": workers}


def forgetPeak() -> None:
    """Let the peak of this process begin anew (Linux)."""
    Path("/proc/self/clear_refs").write_text(_FORGET, encoding="ascii")


def kilobytes(process: str, name: str) -> int:
    """An entry of the status of a process (Linux)."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1])


def canMeasure() -> bool:
    """Whether the system tells the peak of a process and lets it begin anew."""
    try:
        forgetPeak()
        return kilobytes("self", "VmHWM") > 0
    except (OSError, TypeError):
        return False


def run(setting: Setting) -> list[Row]:
    """A native series and one that worker processes decode."""
    if not canMeasure():
        return [notMeasured("memory of a load beside the volume", "this system does not tell")]
    slices = max(1, setting.slices // 3)
    compressed = VolumeFiles(setting, f"compressed-{JPEG_LS}", slices, JPEG_LS)
    return _rows(setting, nativeVolume(setting), "native") + _rows(setting, compressed, "JPEG-LS")


def _rows(setting: Setting, files: VolumeFiles, name: str) -> list[Row]:
    found = [inFreshProcess(loadAndRemember, database=files.database) for _ in range(setting.repeats)]
    volume = f"the volume takes {found[0]['volume'] / 1e6:,.0f} MB"
    work = f"peak memory while loading {files.slices:,} slices, {name}, above the volume"
    rows = [atMost(work, [one["more"] / 1e6 for one in found], "MB", MOST_MEGABYTES, volume)]
    workers = [sum(one["workers"]) / 1e6 for one in found]
    if any(workers):
        remark = f"{len(found[0]['workers'])} processes; memory they share counts for each"
        rows.append(atMost(f"{work}: its workers", workers, "MB", remark=remark))
    return rows
