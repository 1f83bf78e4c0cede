"""``dicommodule scene``: what is in a scene file, its files, series as a scene, and one kind of file as another."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.SceneExchange import addTo
from DICOMLib.SceneFiles.SceneOpening import extractScene, openScene
from DICOMLib.SceneFiles.SceneSaving import saveScene
from DICOMLib.SceneFiles.SceneSummary import SceneSummary, inspectScene
from DICOMLib.Wording import sizeText
from DICOMLib.Workers.WorkerPool import WorkerPool

from . import Session
from .Console import Console, visible
from .Load import loadSeries, report

HELP = "look into scene files (.mrb, .mrml) of 3D Slicer, unpack, convert and make them"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "action", choices=["info", "extract", "convert", "save"],
        help="info: what is in a scene file, without opening it; extract: its files into a folder; "
        "convert: a scene file to another; save: series (UIDs or paths) as a scene file",
    )  # fmt: skip
    parser.add_argument("names", nargs="+", metavar="FILE|UID|PATH", help="a scene file; for save UIDs, or paths")
    parser.add_argument("--output", "-o", metavar="FILE|FOLDER", help="where to write (not for info)")
    parser.add_argument("--force", action="store_true", help="replace a scene file that is there")


def run(arguments: Namespace, console: Console) -> int:
    """Do what was asked for. :returns: the exit code"""
    if arguments.action == "save":
        return _save(arguments, console)
    if len(arguments.names) != 1:
        raise Session.UsageError(f"{arguments.action} takes one scene file")
    source = Path(arguments.names[0])
    if not source.exists():
        raise Session.NothingFoundError("there is no such file", source)
    with WorkerPool(1) as workers:
        if arguments.action == "info":
            return _info(inspectScene(source, workers), console)
        target = _outputOf(arguments)
        if arguments.action == "extract":
            return _extract(source, target, workers, console)
        return _convert(source, target, workers, console)


def _outputOf(arguments: Namespace) -> Path:
    """:raises UsageError: when none was given :raises FileError: when a file is there that may not be replaced"""
    if not arguments.output:
        raise Session.UsageError(f"{arguments.action} needs --output")
    target = Path(arguments.output)
    if os.path.lexists(target) and not target.is_dir() and not arguments.force:
        raise FileError("there is such a file already", target, hint="Give --force to replace it")
    return target


def _info(summary: SceneSummary, console: Console) -> int:
    console.say(f"{visible(str(summary.path))}: {summary.nodeCount} nodes, {sizeText(summary.size)}"
                f" ({sizeText(summary.unpackedSize)} unpacked), from {visible(summary.origin)}")
    rows = [(visible(one.name), sizeText(one.size), "" if one.isNamed else "not read") for one in summary.members]
    console.table(("File", "Size", ""), rows)
    for problem in summary.problems:
        console.problem(problem)
    console.result({
        "file": str(summary.path), "origin": summary.origin, "writer": summary.writer, "version": summary.formatVersion,
        "size": summary.size, "unpackedSize": summary.unpackedSize, "nodes": summary.nodeCount,
        "files": [{"name": one.name, "size": one.size, "isRead": one.isNamed} for one in summary.members],
        "problems": summary.problems,
    })  # fmt: skip
    return Session.OK


def _extract(source: Path, target: Path, workers: WorkerPool, console: Console) -> int:
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        files, problems = extractScene(source, target, workers, progress)
    console.clearProgress()
    for problem in problems:
        console.problem(problem)
    console.say(f"{visible(str(files[0]))} and {len(files) - 1} files with it")
    console.result([str(file) for file in files])
    return Session.OK


def _convert(source: Path, target: Path, workers: WorkerPool, console: Console) -> int:
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        staged = openScene(source, workers, progress)
    console.clearProgress()
    for problem in staged.problems:
        console.problem(problem)
    _write(staged.scene, target, console)
    return Session.FAILED if staged.problems else Session.OK


def openFiles(paths: Sequence[str], application, console: Console) -> None:
    """Add what is in scene files to a program's scene, and say what that is; who names them vouches for them.

    :raises SceneFileError: as ``openScene``
    """
    for path in paths:
        progress = console.progress()
        with Session.cancelOnInterrupt(progress):
            staged = openScene(path, application.workers, progress)
        console.clearProgress()
        for problem in staged.problems:
            console.problem(problem)
        nodeIDs = addTo(application.scene, staged).values()
        report([node for node in map(application.scene.GetNodeByID, nodeIDs) if node.isDataNode], [], console)


def _save(arguments: Namespace, console: Console) -> int:
    target = _outputOf(arguments)
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        nodes, isComplete = loadSeries(application, series, console)
        if not nodes:
            return Session.FAILED
        _write(application.scene, target, console)
    return Session.OK if isComplete else Session.FAILED


def _write(scene: Scene, target: Path, console: Console) -> None:
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        saved = saveScene(scene, target, None, progress)
    console.clearProgress()
    for problem in saved.problems:
        console.problem(problem)
    nodes = len(scene.nodes())
    console.say(f"{visible(str(saved.path))}: {nodes} nodes, {sizeText(saved.size)}")
    console.result({"file": str(saved.path), "size": saved.size, "nodes": nodes, "problems": saved.problems})
