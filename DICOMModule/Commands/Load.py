"""``dicommodule load``: read series as volumes, say what they are, and write them as NRRD."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from DICOMLib.PluginRegistry import rejectionsOf
from DICOMLib.Scene.Storage import writeVolume
from DICOMPlugins.ScalarVolume.AcquisitionGeometry import AFTER_ATTRIBUTE, BEFORE_ATTRIBUTE, PLAN_DETAIL
from DICOMPlugins.ScalarVolume.UnreadableFiles import LEFT_OUT

from ..VolumeText import describeVolume, geometryText
from . import Session
from .Console import Console, visible

HELP = "read series as volumes and write them as NRRD"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    Session.addNamesArgument(parser)
    parser.add_argument("--output", "-o", metavar="FILE.nrrd|FOLDER", help="where to write the volumes")


def run(arguments: Namespace, console: Console) -> int:
    """Load the best reading of each series, and write the volumes if wanted. :returns: the exit code"""
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        nodes, complete = loadSeries(application, series, console)
        volumes = eachVolume(nodes)
        files = _write(volumes, arguments.output, console) if arguments.output else []
        report(volumes if files else nodes, files, console)
    return Session.OK if nodes and complete else Session.FAILED


def loadSeries(application, series: Sequence[str], console: Console) -> tuple[list, bool]:
    """Load the best reading of each series into the application's scene.

    :returns: the nodes, and whether everything could be loaded
    """
    context = application.pluginContext()
    messages: list[str] = []
    nodeIDs: list[str] = []
    leftOut = False
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        for uid in series:
            files = application.database.filesForSeries(uid)
            found = application.registry.examine([files], context, messages=messages, progress=progress)
            selected = [loadable for some in found.values() for loadable in some if loadable.selected]
            if not selected:
                messages += rejectionsOf(found) or [f"{uid}: no plugin can read this series."]
            _sayBefore(selected, console)
            leftOut = leftOut or any(map(_leavesFilesOut, selected))
            nodeIDs += application.registry.load(found, context, messages=messages, progress=progress)
    console.clearProgress()
    for message in messages:
        console.problem(message)
    return [application.scene.GetNodeByID(nodeID) for nodeID in nodeIDs], not messages and not leftOut


def eachVolume(nodes: Sequence) -> list:
    """The volumes among nodes; in place of one that shows a sequence all items of that, named by their numbers."""
    sequences = {}
    for browser in (node for node in nodes if node.IsA("vtkMRMLSequenceBrowserNode")):
        for sequence in browser.GetSynchronizedSequenceNodes(includeMasterNode=True):
            sequences[browser.GetProxyNode(sequence)] = sequence
    found = []
    for node in (node for node in nodes if node.IsA("vtkMRMLVolumeNode")):
        found += _items(sequences[node], node.GetName()) if node in sequences else [node]
    return found


def _items(sequence, name: str) -> list:
    count = sequence.GetNumberOfDataNodes()
    items = [sequence.GetNthDataNode(number) for number in range(count)]
    for number, item in enumerate(items, 1):
        item.SetName(f"{name} - {number:0{len(str(count))}}")
    return items


def _sayBefore(selected: Sequence, console: Console) -> None:
    """What there is to know before something is loaded: its warning, and what will be done about places of slices."""
    for loadable in selected:
        if loadable.warning:
            console.problem(f"warning: {loadable.name}: {loadable.warning}")
        plan = getattr(loadable, "details", {}).get(PLAN_DETAIL)
        if plan:
            console.problem(f"note: {loadable.name}: {plan}")


def _leavesFilesOut(loadable) -> bool:
    """Whether files of it cannot be read, as their headers say already; the warning names them."""
    stack = getattr(loadable, "details", {}).get("stack")
    return stack is not None and stack.finding(LEFT_OUT) is not None


def _write(volumes: Sequence, output: str, console: Console) -> list[Path]:
    files = Session.outputFiles(output, [volume.GetName() for volume in volumes])
    progress = console.progress()
    with Session.cancelOnInterrupt(progress):
        for number, (volume, file) in enumerate(zip(volumes, files, strict=True)):
            progress.raiseIfCancelled()
            progress.report(number, len(volumes), f"Writing {file.name}")
            writeVolume(volume, file)
    console.clearProgress()
    return files


def report(nodes: Sequence, files: Sequence[Path], console: Console) -> None:
    """Say what was loaded: size, spacing and place of every volume, and where it was written."""
    written = dict(zip((node for node in nodes if node.IsA("vtkMRMLVolumeNode")), files, strict=False))
    for node in nodes:
        isVolume = node.IsA("vtkMRMLVolumeNode")
        console.say(describeVolume(node) if isVolume else f"{visible(node.GetName())} ({node.GetClassName()})")
        if node in written:
            console.say(f"   written to {written[node]}")
    console.result([_facts(node, written.get(node)) for node in nodes])


def _facts(node, file: Path | None) -> dict[str, object]:
    facts: dict[str, object] = {"name": node.GetName(), "class": node.GetClassName(), "id": node.GetID()}
    if node.IsA("vtkMRMLVolumeNode"):
        facts |= {
            "dimensions": list(node.GetDimensions()),
            "spacing": list(node.GetSpacing()),
            "type": str(node.voxelArray().dtype),
            "ijkToRAS": node.ijkToRASArray()[:3].tolist(),
            "file": str(file) if file else None,
            "acquisitionGeometry": geometryText(node),
            "largestDisplacementBefore": _number(node.GetAttribute(BEFORE_ATTRIBUTE)),
            "largestDisplacementAfter": _number(node.GetAttribute(AFTER_ATTRIBUTE)),
        }
    return facts


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
