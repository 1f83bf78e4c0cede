"""Import with copies into the database's folder, beside ``cp -r`` and Orthanc's ingest of the same files."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

from . import Orthanc
from .Child import inFreshProcess
from .LinkImport import filesBelow, importInto
from .Results import Row, atLeast, figure, notMeasured, ratios
from .Setting import Setting, flush

TITLE = "import by copy, beside cp and Orthanc"


def run(setting: Setting) -> list[Row]:
    """Ours, cp with sync, and Orthanc in turn."""
    work = f"copy-import of {setting.filesCopied:,} CT files of 0.5 MB"
    if shutil.which("cp") is None or not hasattr(os, "sync"):
        return [notMeasured(work, "there is no `cp` here")]
    folder = setting.wholeFiles()
    ours, copies, orthancs = [], [], []
    with Orthanc.serverIfInstalled(setting) as server:
        for number in range(setting.repeats):
            ours.append(_importRate(setting, folder))
            copies.append(_copyRate(setting, folder))
            if server.isRunning:
                orthancs.append(server.measureIngest(filesBelow(folder), number))
            setting.say(f"  {ours[-1]:,.0f} files/s; cp {copies[-1]:,.0f}"
                        + (f"; Orthanc {orthancs[-1]:,.0f}" if orthancs else ""))  # fmt: skip
    remark = f"cp: {figure(statistics.median(copies))} files/s"
    rows = [
        atLeast(work, ours, "files/s"),
        ratios("copy-import beside `cp -r` and `sync`", ours, copies, 0.7, remark),
    ]
    if not orthancs:
        return [*rows, notMeasured("copy-import beside Orthanc's ingest", server.reason)]
    remark = f"Orthanc: {figure(statistics.median(orthancs))} files/s"
    return [*rows, ratios("copy-import beside Orthanc's ingest", ours, orthancs, 5, remark)]


def _importRate(setting: Setting, folder: Path) -> float:
    database = setting.fresh("copy.sqlite")
    flush()
    result = inFreshProcess(importInto, folder=str(folder), database=str(database), copyFiles=True)
    setting.remove(database)
    if result["added"] != setting.filesCopied:
        raise AssertionError(f"{result['added']} of {setting.filesCopied} files were imported")
    return setting.filesCopied / result["seconds"]


def _copyRate(setting: Setting, folder: Path) -> float:
    target = setting.fresh("copied")
    flush()
    started = time.perf_counter()
    subprocess.run(["cp", "-r", str(folder), str(target)], check=True)
    os.sync()
    seconds = time.perf_counter() - started
    shutil.rmtree(target)
    return setting.filesCopied / seconds
