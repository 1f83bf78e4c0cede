"""Sending CT files over the loopback to DCMTK's storescp, beside its own storescu and dcmsend."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .Program import secondsFor
from .Results import Row, atLeast, atMost, figure, median, notMeasured
from .Setting import Setting

TITLE = "send CT files to DCMTK's storescp, beside storescu and dcmsend"
FILES = 300
LEAST_TIMES_DCMTK = 0.8
MOST_MEGABYTES = 50
LARGE_BYTES = 1 << 30
# As it comes, DCMTK's server waits for an acknowledgement in the middle of each answer; this switches that off.
SERVERS = {"as it comes": {}, "with TCP_NODELAY": {"TCP_NODELAY": "1"}}
_TOOLS = ("storescu", "dcmsend")


def run(setting: Setting) -> list[Row]:
    """Ours and DCMTK's in turn, to a new server each."""
    work = f"send {FILES} × 512² over the loopback"
    if any(shutil.which(tool) is None for tool in ("storescp", *_TOOLS)):
        return [notMeasured(work, "DCMTK is not installed")]
    folder = setting.fresh("send")
    shutil.copytree(setting.wholeFiles(), folder / "all")
    files = sorted(path for path in (folder / "all").rglob("*") if path.is_file())[:FILES]
    some = folder / "some"
    some.mkdir(parents=True)
    for number, path in enumerate(files):
        path.rename(some / f"{number:04}.dcm")
    rows = []
    for words, environment in SERVERS.items():
        found = [_measured(setting, some, words, environment) for _ in range(min(3, setting.repeats))]
        rows.append(atMost(f"{work}, server {words}", [one["ours"] for one in found], "s"))
        for tool in _TOOLS:
            theirs = median([one[tool] for one in found])
            rows.append(atLeast(f"{work}, server {words}, beside {tool}", [one[tool] / one["ours"] for one in found],
                                "×", LEAST_TIMES_DCMTK, f"{tool}: {figure(theirs)} s"))
    return [*rows, _large(folder)]


def _measured(setting: Setting, folder: Path, words: str, environment: dict[str, str]) -> dict[str, float]:
    from DICOMLib.Networking.Send import sendFiles
    from DICOMLib.Networking.Servers import DICOMServer

    files = sorted(folder.iterdir())
    found = {}
    with _server(folder.parent / "ours", environment) as port:
        found["ours"], report = secondsFor(lambda: sendFiles(DICOMServer(host="127.0.0.1", port=port), files))
        if not report.isComplete:
            raise AssertionError(report.summary())
    for tool in _TOOLS:
        with _server(folder.parent / tool, environment) as port:
            command = [tool, "127.0.0.1", str(port), "+sd", str(folder)]
            found[tool] = secondsFor(lambda command=command: _run(command, environment))[0]
    setting.say(f"  {words}: " + "; ".join(f"{name} {figure(seconds)} s" for name, seconds in found.items()))
    return found


def _large(folder: Path) -> Row:
    """Memory that one object of 1 GB takes while it is sent."""
    from .Child import inFreshProcess

    path = folder / "large.dcm"
    with _server(folder / "large", {}, "--ignore") as port:
        found = inFreshProcess(sendLarge, path=str(path), port=port)
    path.unlink()
    return atMost("memory for sending an object of 1 GB", [found["kilobytes"] / 1000], "MB", MOST_MEGABYTES,
                  f"{figure(LARGE_BYTES / 1e6 / found['seconds'])} MB/s")


def sendLarge(path: str, port: int) -> dict:
    """Kilobytes above what the process had, and seconds. Runs in a process of its own."""
    from DICOMLib.Networking.Send import sendFiles
    from DICOMLib.Networking.Servers import DICOMServer

    from .LoadMemory import forgetPeak, kilobytes

    _writeLarge(Path(path))
    server = DICOMServer(host="127.0.0.1", port=port)
    forgetPeak()
    before = kilobytes("self", "VmRSS")
    seconds, report = secondsFor(lambda: sendFiles(server, [path]))
    if not report.isComplete:
        raise AssertionError(report.summary())
    return {"kilobytes": kilobytes("self", "VmHWM") - before, "seconds": seconds}


def _writeLarge(path: Path) -> None:
    """An object with 1 GB in a private element."""
    import struct

    import pydicom
    from pydicom.uid import ExplicitVRLittleEndian, RawDataStorage

    dataset = pydicom.Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = RawDataStorage, "2.25.1"
    dataset.add_new(0x00110010, "LO", "DICOMModule")
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.save_as(path, enforce_file_format=True)
    with path.open("ab") as file:
        file.write(struct.pack("<HH2s2xI", 0x0011, 0x1010, b"OB", LARGE_BYTES))
        for _ in range(LARGE_BYTES >> 20):
            file.write(bytes(1 << 20))


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment})


@contextlib.contextmanager
def _server(folder: Path, environment: dict[str, str], *options: str) -> Iterator[int]:
    """storescp with a folder of its own, which goes with it; gives its port."""
    from Testing.Fixtures.StoreServers import storescp

    folder.mkdir()
    try:
        with storescp(folder, *options, **environment) as port:
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)
