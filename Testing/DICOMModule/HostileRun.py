"""A process that imports a folder and does with every series and file whatever the window does: examine, load, picture,
listing of the header. Run by tests, which see whether it stays alive: ``python HostileRun.py FOLDER DATABASE``.

It prints what became of everything as JSON in the last line.
"""

from __future__ import annotations

import collections
import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.Errors import FileError
from DICOMLib.Files.HeaderListing import listFile
from DICOMModule.Host.Application import HostApplication

# How the registry tells of an exception that is none of the project's own. (What decoders raise in their process is
# quoted within a sentence.)
FOREIGN_ERROR = re.compile(r"failed while examining|as a Scalar Volume\. \w+: ")
DEATHS = re.compile(r"\d+ decoding process(es)? died")


def residentMegabytes() -> float:
    """Memory of this process (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def emptyFindings() -> dict:
    """Nothing has happened yet."""
    return {
        "indexed": [], "outcomes": collections.Counter(), "foreign": [], "slowest": (0.0, ""), "messages": [],
        "workerDeaths": 0, "deathsTold": 0,
    }  # fmt: skip


def run(folder: Path, database: Path) -> dict:
    """:returns: what became of every file and series, and what it took"""
    with HostApplication.create(database, {}, scripting=False) as application:
        started = time.monotonic()
        report = DICOMIndexer(application.database).importPaths([folder])
        found = {
            **emptyFindings(),
            "importSeconds": time.monotonic() - started,
            "summary": report.summary(),
            "skipped": {os.fsdecode(os.path.basename(entry.path)): entry.reason for entry in report.skipped},
        }  # fmt: skip
        _warmUp(application, report.seriesUIDs)
        baseline = highest = residentMegabytes()
        for series in report.seriesUIDs:
            _useSeries(application, series, found)
            highest = max(highest, residentMegabytes())
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with timed(found, f"listing {path.name}"):
                    _listHeader(path, found)
        found["growth"] = max(highest, residentMegabytes()) - baseline
    return found


@contextmanager
def timed(found: dict, what: str) -> Iterator[None]:
    """Remember what took longest."""
    started = time.monotonic()
    yield
    found["slowest"] = max(found["slowest"], (time.monotonic() - started, what))


def _warmUp(application: HostApplication, seriesUIDs: list[str]) -> None:
    """What is imported, cached and started once is no growth."""
    for series in seriesUIDs[:20]:
        _useSeries(application, series, emptyFindings())


def _useSeries(application: HostApplication, series: str, found: dict) -> None:
    database, registry = application.database, application.registry
    files = database.filesForSeries(series)
    found["indexed"] += [os.path.basename(path) for path in files]
    context, messages = application.pluginContext(), []
    with timed(found, f"examining {found['indexed'][-1]}"):
        loadables = registry.examine([files], context, messages=messages)
    before = application.workers.deaths
    with timed(found, f"loading {found['indexed'][-1]}"):
        nodeIDs = registry.load(loadables, context, messages=messages)
    found["workerDeaths"] += application.workers.deaths - before
    found["deathsTold"] += sum(int(text.split()[0]) for text in messages if DEATHS.match(text))
    for nodeID in nodeIDs:
        application.scene.RemoveNode(application.scene.GetNodeByID(nodeID))
    with timed(found, f"a picture of {found['indexed'][-1]}"):
        thumbnail = database.makeThumbnail(series, application.workers)
    database.keepThumbnails({series: thumbnail})
    rejected = any(getattr(plugin, "rejections", ()) for plugin in loadables)
    outcome = "loaded" if nodeIDs else "told why not" if messages or rejected else "silent"
    found["outcomes"][outcome] += 1
    found["outcomes"]["picture" if thumbnail.picture else "no picture"] += 1
    found["messages"] += messages
    found["foreign"] += [
        f"{files[0]}: {text}" for text in [*messages, thumbnail.problem] if FOREIGN_ERROR.search(text)
    ]


def _listHeader(path: Path, found: dict) -> None:
    try:
        listFile(str(path))
        found["outcomes"]["listed"] += 1
    except FileError:
        found["outcomes"]["not listed"] += 1


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))))
