"""``dicommodule info``: the header facts of a file, or of a series or instance of the study database."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace

from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.Geometry.Slices import groupStacks
from DICOMLib.Instance import Instance
from DICOMLib.Tags import ALL_TAGS

from . import Session
from .Console import Console

HELP = "show the header facts of a file, or of a series or instance of the database"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("names", nargs="+", metavar="FILE|UID", help="file, or UID of a series or instance")


def run(arguments: Namespace, console: Console) -> int:
    """Show facts read from the header, or kept of it in the database. :returns: the exit code"""
    found = []
    for name in arguments.names:
        if os.path.lexists(name) or os.sep in name:
            found.append(_ofInstance(scanFile(name).toInstance()))
        else:
            found.append(_ofUID(name, arguments.database, console))
    for number, facts in enumerate(found):
        if number:
            console.say("")
        _say(facts, console)
    console.result(found)
    return Session.OK


def _ofUID(uid: str, database: str | None, console: Console) -> dict[str, object]:
    with Session.openApplication(database, console) as application:
        records = application.database.instancesForSeriesAsRecords(uid)
        if records:
            return _ofSeries(uid, records)
        path = application.database.fileForInstance(uid)
        if not path:
            raise Session.NothingFoundError("neither a file nor a series or instance of the database", uid)
        return _ofInstance(application.database.instanceRecordsForFiles([path])[0])


def _ofInstance(instance: Instance) -> dict[str, object]:
    facts: dict[str, object] = {
        "file": instance.filePath,
        "fileSize": instance.fileSize,
        "transferSyntax": _named(instance.transferSyntaxUID),
        "SOPClass": _named(instance.SOPClassUID),
        "pixelData": _pixelData(instance),
    }
    if instance.truncated:
        facts["damage"] = instance.truncated
    facts["tags"] = {tag.keyword: instance.values[tag.text] for tag in ALL_TAGS if tag.text in instance.values}
    return facts


def _ofSeries(uid: str, records: list[Instance]) -> dict[str, object]:
    first = records[0]
    keywords = ("PatientName", "PatientID", "StudyDate", "StudyDescription", "Modality", "SeriesNumber",
                "SeriesDescription")  # fmt: skip
    return {
        "series": uid,
        "instances": len(records),
        "bytes": sum(record.fileSize for record in records),
        "transferSyntax": _named(first.transferSyntaxUID),
        "SOPClass": _named(first.SOPClassUID),
        "stacks": [_ofStack(stack) for stack in groupStacks([record for record in records if record.rows])],
        "tags": {keyword: first.value(keyword) for keyword in keywords if first.value(keyword)},
    }


def _ofStack(stack) -> dict[str, object]:
    return {
        "description": stack.description(),
        "dimensions": list(stack.dimensions),
        "spacing": list(stack.spacing),
        "ijkToRAS": stack.ijkToRAS[:3].tolist(),
        "findings": [f"{finding.severity}: {finding.text}" for finding in stack.findings],
    }


def _pixelData(instance: Instance) -> str:
    if not instance.hasPixelData:
        return "none"
    size = f"{instance.columns} × {instance.rows}, {instance.numberOfFrames} frame(s)"
    length = "encapsulated" if instance.pixelDataLength < 0 else f"{instance.pixelDataLength} bytes"
    return f"{size}, {instance.photometricInterpretation}, {length} at offset {instance.pixelDataOffset}"


def _named(uid: str) -> str:
    from pydicom.uid import UID

    name = UID(uid).name if uid else "not stated"
    return uid if name == uid else f"{name} ({uid})" if uid else name


def _say(facts: dict[str, object], console: Console) -> None:
    nested = ("tags", "stacks")
    rows = [(label, value) for label, value in facts.items() if label not in nested]
    rows += list(facts["tags"].items())
    console.table((), rows)
    for stack in facts.get("stacks", ()):
        console.say(f"Volume: {stack['description']}")
        for finding in stack["findings"]:
            console.say(f"   {finding}")
