"""``dicommodule examine``: how series can be read, by which plugin, how sure it is, and why."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from DICOMLib.PluginRegistry import rejectionsOf
from DICOMLib.Wording import counted

from . import Session
from .Console import Console

HELP = "show how series can be read, and why"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    Session.addNamesArgument(parser)


def run(arguments: Namespace, console: Console) -> int:
    """Show every way each series can be read; the chosen one has a star. :returns: the exit code"""
    found = []
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        progress = console.progress()
        with Session.cancelOnInterrupt(progress):
            for number, uid in enumerate(series):
                progress.report(number, len(series), "Examining")
                progress.raiseIfCancelled()
                found.append(_examined(application, uid, console))
        console.clearProgress()
    for entry in found:
        _sayEntry(entry, console)
    console.result(found)
    return Session.OK if any(entry["loadables"] for entry in found) else Session.NOTHING_FOUND


def _examined(application, uid: str, console: Console) -> dict[str, object]:
    files = application.database.filesForSeries(uid)
    messages: list[str] = []
    loadables = application.registry.examine([files], application.pluginContext(), messages=messages)
    for message in messages:
        console.problem(message)
    offered = [_asData(plugin, loadable) for plugin, some in loadables.items() for loadable in some]
    offered.sort(key=lambda entry: (not entry["selected"], -entry["confidence"]))
    return {
        "seriesInstanceUID": uid, "files": len(files), "loadables": offered, "rejections": rejectionsOf(loadables),
    }  # fmt: skip


def _asData(plugin, loadable) -> dict[str, object]:
    return {
        "plugin": type(plugin).__module__.rpartition(".")[2],
        "loadType": plugin.loadType,
        "name": loadable.name,
        "files": len(loadable.files),
        "confidence": loadable.confidence,
        "selected": loadable.selected,
        "warning": loadable.warning,
        "explanation": getattr(loadable, "explanation", ""),
        "tooltip": loadable.tooltip,
    }


def _sayEntry(entry: dict, console: Console) -> None:
    console.say(f"Series {entry['seriesInstanceUID']} ({counted(entry['files'], 'file')})")
    for offered in entry["loadables"]:
        mark = "*" if offered["selected"] else " "
        what = f"{offered['loadType']}, {counted(offered['files'], 'file')}, confidence {offered['confidence']:g}"
        console.say(f" {mark} {offered['name']}: {what}")
        for label in ("warning", "explanation"):
            lines = offered[label].splitlines()
            for number, line in enumerate(lines):
                console.say(f"     {label + ': ' if not number else '  '}{line}")
    for reason in entry["rejections"]:
        console.say(f"   not read: {reason}")
    if not entry["loadables"]:
        console.say("   no plugin can read this series")
