"""``dicommodule scene``: what is in a scene, its files, series as a scene, and one kind of file as another."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace

from DICOMLib.SceneFiles.NodeFiles import readStaged
from DICOMLib.SceneFiles.SceneExchange import addNodes, addTo
from DICOMLib.SceneFiles.SceneOpening import extractScene, openScene
from DICOMLib.SceneFiles.SceneSummary import SceneSummary, inspectScene
from DICOMLib.Wording import counted, sizeText
from DICOMLib.Workers.WorkerPool import WorkerPool

from . import Session
from .Console import Console, visible
from .Load import loadSeries, report
from .SceneSource import SceneSource, sceneSource
from .SceneTarget import requiredOutput, targetOf, writeTarget

HELP = "look into scenes of 3D Slicer (.mrb, .mrml, or in one DICOM object), unpack, convert and make them"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "action", choices=["info", "extract", "convert", "save"],
        help="info: what is in a scene, without opening it; extract: its files into a folder; "
        "convert: a scene to another kind of file; save: series (UIDs or paths) as a scene",
    )  # fmt: skip
    parser.add_argument(
        "names", nargs="+", metavar="FILE|UID|PATH",
        help="a scene file, a DICOM file that holds a scene, or the UID of a series with one; for save UIDs, or paths",
    )  # fmt: skip
    parser.add_argument(
        "--output", "-o", metavar="FILE|FOLDER",
        help="where to write (not for info): .mrb, .mrml, or .dcm for one DICOM object; for extract a folder",
    )  # fmt: skip
    parser.add_argument(
        "--reference", metavar="FILE",
        help="DICOM file of the patient and study that a .dcm belongs to; default: those of what it is made from, "
        "if that is of one study, else new ones",
    )  # fmt: skip
    parser.add_argument("--force", action="store_true", help="replace a file that is there")


def run(arguments: Namespace, console: Console) -> int:
    """Do what was asked for. :returns: the exit code"""
    if arguments.action == "save":
        return _save(arguments, console)
    if len(arguments.names) != 1:
        raise Session.UsageError(f"{arguments.action} takes one scene")
    if arguments.reference and arguments.action != "convert":
        raise Session.UsageError(f"{arguments.action} takes no --reference")
    action = {"info": _info, "extract": _extract, "convert": _convert}[arguments.action]
    # What can be known to fail is known before any work.
    target = {"info": lambda _: None, "extract": requiredOutput, "convert": targetOf}[arguments.action](arguments)
    with WorkerPool(1) as workers, sceneSource(arguments.names[0], arguments, workers, console) as source:
        return action(source, target, workers, arguments, console)


def _info(source: SceneSource, _target, workers: WorkerPool, _arguments: Namespace, console: Console) -> int:
    summary = replace(inspectScene(source.place, workers, source.offset, source.length), path=source.path)
    size, unpacked = sizeText(summary.size), sizeText(summary.unpackedSize)
    size += f" ({unpacked} unpacked)" if unpacked != size else ""
    nodes = counted(summary.nodeCount, "node")
    console.say(f"{visible(str(summary.path))}: {nodes}, {size}, from {visible(summary.origin)}")
    if source.isDICOM:
        console.say(f"In a DICOM object of {sizeText(source.path.stat().st_size)}: {source.digestText}")
    # Names come last, where a table shows all of them: their ends tell them apart.
    rows = [(sizeText(one.size), "" if one.isNamed else "not read", one.name) for one in summary.members]
    console.table(("Size", "", "File"), rows)
    for problem in summary.problems:
        console.problem(problem)
    console.result(_facts(summary, source))
    return Session.OK


def _facts(summary: SceneSummary, source: SceneSource) -> dict[str, object]:
    return {
        "file": str(summary.path), "origin": summary.origin, "writer": summary.writer, "version": summary.formatVersion,
        "size": summary.size, "unpackedSize": summary.unpackedSize, "nodes": summary.nodeCount,
        "isDICOM": source.isDICOM, "digest": source.digest, "digestState": source.digestState,
        "files": [{"name": one.name, "size": one.size, "isRead": one.isNamed} for one in summary.members],
        "problems": summary.problems,
    }  # fmt: skip


def _extract(source: SceneSource, target, workers: WorkerPool, _arguments: Namespace, console: Console) -> int:
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        files, problems = extractScene(source.place, target, workers, progress, source.offset, source.length)
    console.clearProgress()
    for problem in problems:
        console.problem(problem)
    console.say(f"{visible(str(files[0]))} and {counted(len(files) - 1, 'file')} with it")
    console.result([str(file) for file in files])
    return Session.OK


def _convert(source: SceneSource, target, workers: WorkerPool, arguments: Namespace, console: Console) -> int:
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        staged = openScene(source.place, workers, progress, offset=source.offset, length=source.length)
    console.clearProgress()
    for problem in staged.problems:
        console.problem(problem)
    reference = arguments.reference or (str(source.path) if source.isDICOM else None)
    writeTarget(staged.scene, target, console, reference)
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


def openNodeFiles(paths: Sequence[str], application, console: Console) -> None:
    """Add what is in files of nodes (volumes, models …) to a program's scene, and say what that is.

    :raises DICOMError: as ``readStaged``
    """
    scene = application.scene
    for path in paths:
        progress = console.progress()
        with Session.cancelOnInterrupt(progress):
            staging = readStaged(path, application.workers, progress)
        console.clearProgress()
        nodes = [scene.GetNodeByID(nodeID) for nodeID in addNodes(scene, staging).values()]
        scene.wereStored(nodes)
        report([node for node in nodes if node.isDataNode and not node.GetHideFromEditors()], [], console)


def _save(arguments: Namespace, console: Console) -> int:
    target = targetOf(arguments)
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        nodes, isComplete = loadSeries(application, series, console)
        if not nodes:
            return Session.FAILED
        reference = arguments.reference or _referenceOf(series, application.database)
        writeTarget(application.scene, target, console, reference, application)
    return Session.OK if isComplete else Session.FAILED


def _referenceOf(series: Sequence[str], database) -> str | None:
    """A file of the one study that all series are of."""
    if len({database.studyForSeries(uid) for uid in series}) != 1:
        return None
    return next(iter(database.filesForSeries(series[0], 1)), None)
