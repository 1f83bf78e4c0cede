"""Measure, print a table, and say whether the targets are reached.

    python3 launch.py benchmark               everything: about twenty minutes
    python3 launch.py benchmark link copy     these alone
    python3 launch.py benchmark --full        with the large database of the published figures
    python3 launch.py benchmark --write       the same, and put the tables into the documentation
    python3 launch.py benchmark volumes --write   the table of one group alone

Ends with 0 when all targets that could be measured are reached, with 1 when one is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import launch

from . import (
    Browsing,
    CopyImport,
    Decoding,
    Diffusion,
    Examining,
    Exporting,
    FirstPicture,
    Growth,
    ImportMemory,
    LinkImport,
    LoadMemory,
    ReImport,
    Scenes,
    Sending,
    VolumeLoad,
)
from .Machine import describe, inWords
from .Report import FRONT_PAGE, PAGE, writeIntoFrontPage, writeIntoPage
from .Results import Row, asDictionary, asMarkdown, missed
from .Setting import (
    FILES,
    FILES_FOR_MEMORY,
    INSTANCES,
    INSTANCES_IN_SHORT,
    PATIENTS,
    REPEATS,
    SERIES,
    SERIES_EXAMINED,
    SLICES,
    Setting,
)

GROUPS = {
    "import": {"link": LinkImport, "again": ReImport, "copy": CopyImport, "memory": ImportMemory},
    "database": {"growth": Growth, "browse": Browsing},
    "volumes": {"load": VolumeLoad, "decode": Decoding, "examine": Examining, "loadmemory": LoadMemory,
                "first": FirstPicture, "diffusion": Diffusion},
    "export": {"write": Exporting},
    "scenes": {"scene": Scenes},
    "network": {"send": Sending},
}  # fmt: skip
"""Each group has a table of its own in the documentation."""
BENCHMARKS = {name: module for group in GROUPS.values() for name, module in group.items()}


def parseArguments(arguments: Sequence[str]) -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(prog="launch.py benchmark", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    names = "; ".join(f"{name}: {module.TITLE}" for name, module in BENCHMARKS.items())
    parser.add_argument("names", nargs="*", metavar="NAME", help=names)
    parser.add_argument("--files", type=int, default=FILES, help="files imported by link; a tenth of it by copy")
    parser.add_argument("--instances", type=int, help=f"size of the large database; else {INSTANCES_IN_SHORT:,}")
    parser.add_argument("--full", action="store_true", help=f"the large database has {INSTANCES:,} instances")
    parser.add_argument("--slices", type=int, default=SLICES, help="of the CT that is loaded; a third of it is decoded")
    parser.add_argument("--repeats", type=int, default=REPEATS, help="pairs of measurements")
    parser.add_argument("--folder", type=Path, help="work in a folder below this one, on the disk to be measured")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all measurements to a file")
    parser.add_argument("--write", action="store_true",
                        help=f"put the tables into {PAGE.name} and {FRONT_PAGE.name}; measures in --full")  # fmt: skip
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in BENCHMARKS and name not in GROUPS]
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]}; there are {', '.join([*GROUPS, *BENCHMARKS])}")
    if options.write and not all(name in GROUPS for name in options.names):
        parser.error(f"--write is for whole tables: name none, or some of {', '.join(GROUPS)}")
    if options.instances is None:
        options.instances = INSTANCES if options.full or options.write else INSTANCES_IN_SHORT
    return options


def settingFor(options: argparse.Namespace, folder: Path, display: dict[str, str] | None) -> Setting:
    """Sizes in proportion to what was asked for."""
    share = options.instances / INSTANCES
    return Setting(
        folder, files=options.files, filesCopied=max(1, options.files // 10),
        filesForMemory=options.files * (FILES_FOR_MEMORY // FILES), instances=options.instances,
        series=max(10, round(SERIES * share)), patients=max(3, round(PATIENTS * share)),
        slices=options.slices, seriesExamined=max(2, SERIES_EXAMINED * options.slices // SLICES),
        repeats=options.repeats, say=say, display=display,
    )  # fmt: skip


def measure(names: Sequence[str], setting: Setting) -> dict[str, list[Row]]:
    """Run benchmarks in their order.

    :param names: of benchmarks and groups; none for all
    :returns: rows by group
    """
    rows: dict[str, list[Row]] = {}
    for group, modules in GROUPS.items():
        for name, module in modules.items():
            if not names or name in names or group in names:
                setting.say(f"{name}: {module.TITLE}")
                rows.setdefault(group, []).extend(module.run(setting))
    return rows


def main(arguments: Sequence[str]) -> int:
    """:returns: 0 when every measured target is reached, 1 when not, 130 after Ctrl-C"""
    options = parseArguments(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with _workingFolder(options.folder) as folder, _display() as display:
            machine = describe(folder)
            say(inWords(machine))
            groups = measure(options.names, settingFor(options, folder, display))
    except KeyboardInterrupt:
        say("Interrupted.")
        return 130
    rows = [row for group in groups.values() for row in group]
    say(f"\n{asMarkdown(rows)}\n")
    if options.json:
        options.json.write_text(json.dumps(asDictionary(rows, machine), indent=2) + "\n", encoding="utf-8")
    if options.write:
        for group, measured in groups.items():
            writeIntoPage(PAGE, group, measured, machine)
            writeIntoFrontPage(FRONT_PAGE, group, measured, machine)
    for row in missed(rows):
        say(f"Missed: {row.work}: {row.result}, to be reached: {row.reach}")
    return 1 if missed(rows) else 0


@contextlib.contextmanager
def _workingFolder(parent: Path | None) -> Iterator[Path]:
    """A new folder, removed at the end by a process that goes on when this one is stopped for good meanwhile."""
    folder = Path(tempfile.mkdtemp(prefix="dicommodule-benchmark-", dir=parent))
    try:
        yield folder
    finally:
        remover = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)"
        subprocess.Popen([sys.executable, "-c", remover, str(folder)], start_new_session=True).wait()


@contextlib.contextmanager
def _display() -> Iterator[dict[str, str] | None]:
    """Environment of programs with a window; None where there can be none."""
    if launch.hasDisplay():
        yield launch.hostVariables(os.environ)
        return
    with contextlib.ExitStack() as stack:
        try:
            variables = launch.hostVariables(stack.enter_context(launch.virtualDisplay()))
        except launch.LaunchError:
            variables = None
        yield variables


def say(line: str) -> None:
    """A line for the person at the terminal, at once."""
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
