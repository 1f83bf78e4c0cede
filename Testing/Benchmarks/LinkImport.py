"""Import by link into a fresh database, beside reading the same headers with pydicom and Orthanc's ingest."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

from . import Orthanc
from .Child import inFreshProcess
from .Results import Row, atLeast, figure, notMeasured, ratios
from .Setting import Setting, flush

TITLE = "import by link, beside pydicom and Orthanc"
FILES_FOR_PYDICOM = 2000


def importInto(database: str, folder: str, copyFiles: bool = False) -> dict:
    """Open a database, import, close it: then everything is on the disk. Runs in a process of its own."""
    from DICOMLib import DICOMDatabase, DICOMIndexer

    started = time.perf_counter()
    opened = DICOMDatabase()
    opened.openDatabase(database)
    report = DICOMIndexer(opened).importPaths([folder], copyFiles=copyFiles)
    opened.closeDatabase()
    seconds = time.perf_counter() - started
    if report.skipped or report.notes:
        raise AssertionError(report.asText()[:1000])
    return {"seconds": seconds, "added": report.instancesAdded, "unchanged": report.instancesUnchanged}


def readWithPydicom(folder: str, count: int) -> dict:
    """Read headers in a loop. Runs in a process of its own; the import of pydicom is not counted."""
    import pydicom

    paths = filesBelow(Path(folder))
    chosen = paths[:: max(1, len(paths) // count)][:count]
    started = time.perf_counter()
    for path in chosen:
        pydicom.dcmread(path, stop_before_pixels=True)
    return {"seconds": time.perf_counter() - started, "read": len(chosen)}


def filesBelow(folder: Path) -> list[str]:
    """Every file, in order."""
    return sorted(os.path.join(base, name) for base, _folders, names in os.walk(folder) for name in names)


def measureImport(setting: Setting, folder: Path, files: int) -> float:
    """Files a second of one import into a fresh database, after making sure that all came in."""
    database = setting.fresh("link.sqlite")
    flush()
    result = inFreshProcess(importInto, folder=str(folder), database=str(database))
    if result["added"] != files:
        raise AssertionError(f"{result['added']} of {files} files were imported")
    return files / result["seconds"]


def run(setting: Setting) -> list[Row]:
    """Ours, pydicom and Orthanc in turn."""
    folder = setting.linkedFiles()
    ours, pydicoms = [], []
    with Orthanc.serverIfInstalled(setting) as server:
        orthancs = []
        for number in range(setting.repeats):
            ours.append(measureImport(setting, folder, setting.files))
            read = inFreshProcess(readWithPydicom, folder=str(folder), count=FILES_FOR_PYDICOM)
            pydicoms.append(read["read"] / read["seconds"])
            if server.isRunning:
                orthancs.append(server.measureIngest(filesBelow(folder), number))
            setting.say(f"  {ours[-1]:,.0f} files/s; pydicom {pydicoms[-1]:,.0f}"
                        + (f"; Orthanc {orthancs[-1]:,.0f}" if orthancs else ""))  # fmt: skip
    work = f"link-import of {setting.files:,} CT files into a fresh database"
    rows = [
        atLeast(work, ours, "files/s", 10_000),
        ratios("link-import beside a loop of `pydicom.dcmread(stop_before_pixels=True)`", ours, pydicoms, 10,
               f"pydicom: {figure(statistics.median(pydicoms))} files/s"),
    ]  # fmt: skip
    work = "link-import beside Orthanc's ingest"
    if not orthancs:
        return [*rows, notMeasured(work, server.reason)]
    return [*rows, ratios(work, ours, orthancs, 50, f"Orthanc: {figure(statistics.median(orthancs))} files/s")]
