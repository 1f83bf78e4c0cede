"""``dicommodule export``: volume files (NRRD, NIfTI) and stored series as DICOM: to a folder, database or server."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from DICOMLib.Database.Connections import IN_MEMORY
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Export.Exporting import (
    ExportReport,
    ExportType,
    examineItems,
    exportToDatabase,
    exportToFolder,
    whyNotExportable,
)
from DICOMLib.Export.ExportTags import isOption
from DICOMLib.Export.ItemTags import PATIENT_TAGS, STUDY_TAGS, numberSeries, replaceMadeUpTags
from DICOMLib.Export.Placing import makePatientAndStudy, placeBelow
from DICOMLib.Export.ServerExport import exportToServer
from DICOMLib.Networking.SendReport import NOT_SENT, SendReport
from DICOMLib.Networking.Servers import DICOMServer
from DICOMLib.Scene.Storage import readVolume, suffixOf
from DICOMLib.Scene.SubjectHierarchy import DICOM_ATTRIBUTE_PREFIX, STUDY_LEVEL
from DICOMLib.Wording import counted

from ..Host.Application import HostApplication
from . import Servers, Session
from .Console import Console, visible
from .Load import loadSeries

HELP = "write NRRD and NIfTI files, or stored series, as DICOM"

COMPRESSION = "Compression"
NO_COMPRESSION = "none"


def addArguments(parser: ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument(
        "names", nargs="+", metavar="FILE|UID",
        help="NRRD and NIfTI files; or UIDs of stored series, or DICOM files and folders, to be written anew",
    )  # fmt: skip
    target = parser.add_mutually_exclusive_group()
    target.add_argument("--output", "-o", metavar="FOLDER", help="where to write; it is made if need be")
    target.add_argument("--to-database", action="store_true", dest="toDatabase", help="add it to the study database")
    target.add_argument(
        "--server", metavar="SERVER|[TITLE@]HOST:PORT",
        help="send it there: name of a server in the settings, or an address; nothing of it stays here",
    )  # fmt: skip
    target.add_argument("--list-types", action="store_true", dest="listTypes", help="say how these can be written")
    parser.add_argument("--type", metavar="TYPE", help="how to write, one of --list-types; default: the first of them")
    parser.add_argument(
        "--tag", action="append", default=[], metavar="KEYWORD=VALUE",
        help="value of a DICOM tag, or of an option of the type; may be given several times",
    )  # fmt: skip
    parser.add_argument("--compression", metavar="NAME", help="lossless: RLE, JPEG-LS or JPEG 2000; default: none")
    parser.add_argument("--labelmap", action="store_true", help="files hold labels of segments, not an image")
    parser.add_argument(
        "--source", metavar="UID|FOLDER",
        help="the series that the files were made from: they become part of its study, and refer to it",
    )  # fmt: skip


def run(arguments: Namespace, console: Console) -> int:
    """Load, choose the type, set tags, write. :returns: the exit code"""
    tags = tagsOf(arguments.tag)
    if not (arguments.output or arguments.toDatabase or arguments.server or arguments.listTypes):
        hint = "Give -o FOLDER, --to-database, --server SERVER or --list-types"
        raise Session.UsageError("say where to write", hint=hint)
    server = Servers.usableServer(arguments.server) if arguments.server else None
    with _loaded(arguments, tags, console) as (application, items):
        studies = _byStudy(application, items)
        if arguments.listTypes:
            return _listTypes(application, studies, console)
        chosen = [_prepared(application, some, arguments, tags, console) for some in studies]
        reports = [_export(application, one, arguments, server, console) for one in chosen]
    for report in reports:
        console.say(report.asText())
    console.result([_facts(one, report) for report in reports for one in report.results])
    return _codeOf([report.sendReport for report in reports if report.sendReport is not None], console)


def _codeOf(sent: Sequence[SendReport], console: Console) -> int:
    for report in sent:
        # Their files are gone, and the names said nothing.
        for reason, count in Counter(finding.text for finding in report.ofKind(NOT_SENT)).items():
            console.problem(f"{counted(count, 'object was', 'objects were')} not sent: {reason}")
    if any(report.cancelled for report in sent):
        return Session.CANCELLED
    return Session.OK if all(report.isComplete for report in sent) else Session.FAILED


def tagsOf(given: Sequence[str]) -> dict[str, str]:
    """"Keyword=value" texts as a mapping. :raises UsageError: for one without an equals sign"""
    tags = {}
    for text in given:
        keyword, equals, value = text.partition("=")
        if not equals or not keyword.strip():
            raise Session.UsageError("a tag is given as KEYWORD=VALUE", value=text)
        tags[keyword.strip()] = value
    return tags


# What is exported


@contextmanager
def _loaded(
    arguments: Namespace, tags: dict[str, str], console: Console
) -> Iterator[tuple[HostApplication, list[int]]]:
    """The application with everything in its scene, and the items to export."""
    areFiles = [bool(suffixOf(name)) and os.path.lexists(name) for name in arguments.names]
    if any(areFiles) and not all(areFiles):
        raise Session.UsageError("give either volume files, or what is DICOM already, not both")
    if all(areFiles):
        with _applicationFor(arguments, console) as (application, source):
            yield application, _readFiles(application, arguments, tags, source)
        return
    if arguments.source or arguments.labelmap:
        raise Session.UsageError("--source and --labelmap go with NRRD and NIfTI files")
    with Session.seriesToWorkOn(arguments, console, arguments.names) as (application, series):
        if arguments.toDatabase and application.database.databaseFilename == IN_MEMORY:
            raise Session.UsageError("files are not in the database yet", hint="Import them first, then give UIDs")
        nodes, _ = loadSeries(application, series, console)
        hierarchy = application.scene.GetSubjectHierarchyNode()
        items = [hierarchy.GetItemByDataNode(node) for node in nodes if node.IsA("vtkMRMLVolumeNode")]
        if not items:
            raise Session.NothingFoundError("there is no volume in this", ", ".join(arguments.names))
        yield application, items


@contextmanager
def _applicationFor(arguments: Namespace, console: Console) -> Iterator[tuple[HostApplication, object]]:
    """For volume files: with their source loaded, if there is one. The user's database is opened only if need be."""
    if arguments.source:
        with Session.seriesToWorkOn(arguments, console, [arguments.source]) as (application, series):
            if arguments.toDatabase and application.database.databaseFilename == IN_MEMORY:
                raise Session.UsageError("with --to-database the source is given by its UID")
            yield application, _source(application, series, arguments.source, console)
        return
    database = arguments.database if arguments.toDatabase or arguments.database else IN_MEMORY
    isNew = arguments.toDatabase and database is not None and not os.path.lexists(database)
    try:
        with Session.openApplication(database, console, mayBeNew=arguments.toDatabase) as application:
            yield application, None
    except BaseException:
        if isNew:  # made for an export that did not come about, and so empty
            for ending in ("", "-wal", "-shm"):
                with suppress(OSError):
                    os.remove(database + ending)
        raise


def _source(application: HostApplication, series: Sequence[str], name: str, console: Console):
    if len(series) > 1:
        raise Session.UsageError(f"the source is one series, and these are {len(series)}", name)
    nodes, _ = loadSeries(application, series, console)
    volumes = [node for node in nodes if node.IsA("vtkMRMLVolumeNode")]
    if not volumes:
        raise Session.NothingFoundError("there is no volume in the source", name)
    return volumes[0]


def _readFiles(application: HostApplication, arguments: Namespace, tags: dict[str, str], source) -> list[int]:
    """Items of the files' volumes, below the source's study or a new one."""
    scene = application.scene
    hierarchy = scene.GetSubjectHierarchyNode()
    nodes = [readVolume(name, scene) for name in arguments.names]
    if arguments.labelmap:
        nodes = [_asLabelMap(scene, node) for node in nodes]
    items = [hierarchy.GetItemByDataNode(node) for node in nodes]
    if source is None:
        study = makePatientAndStudy(
            hierarchy, tags.get("PatientName", ""), tags.get("PatientID", ""), tags.get("StudyDescription", "")
        )
    else:
        study = hierarchy.GetItemAncestorAtLevel(hierarchy.GetItemByDataNode(source), STUDY_LEVEL)
    placeBelow(hierarchy, items, study)
    for node, item in zip(nodes, items, strict=True):
        _describe(hierarchy, node, item, tags, source)
    return items


def _asLabelMap(scene, node):
    """:raises UsageError: when its voxels are no labels"""
    array = node.voxelArray()
    if array.ndim != 3 or array.dtype.kind == "f" and not (array == array.astype("i4")).all():
        raise Session.UsageError("there are no labels in the file: its voxels are no whole numbers", node.GetName())
    labels = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", node.GetName())
    labels.setVoxelArray(array.astype("i4") if array.dtype.kind == "f" else array)
    labels.SetIJKToRASMatrix(node.ijkToRASArray())
    labels.CreateDefaultDisplayNodes()
    scene.RemoveNode(node)
    return labels


def _describe(hierarchy, node, item: int, tags: dict[str, str], source) -> None:
    """What a file does not say of its volume: what was given, what the source says."""
    modality = tags.get("Modality", "")
    if source is not None:
        sourceItem = hierarchy.GetItemByDataNode(source)
        modality = modality or hierarchy.GetItemAttribute(sourceItem, DICOM_ATTRIBUTE_PREFIX + "Modality")
        node.SetAttribute("DICOM.instanceUIDs", source.GetAttribute("DICOM.instanceUIDs") or "")
        # Coordinates in the file are taken to be the source's.
        frame = hierarchy.GetItemAttribute(sourceItem, DICOM_ATTRIBUTE_PREFIX + "FrameOfReferenceUID")
        if frame:
            tags.setdefault("FrameOfReferenceUID", frame)
    hierarchy.SetItemAttribute(item, DICOM_ATTRIBUTE_PREFIX + "Modality", modality)
    description = tags.get("SeriesDescription") or (node.GetName() or "")[:64]
    hierarchy.SetItemAttribute(item, DICOM_ATTRIBUTE_PREFIX + "SeriesDescription", description)


def _byStudy(application: HostApplication, items: Sequence[int]) -> list[list[int]]:
    hierarchy = application.scene.GetSubjectHierarchyNode()
    groups: dict[int, list[int]] = {}
    for item in items:
        groups.setdefault(hierarchy.GetItemAncestorAtLevel(item, STUDY_LEVEL), []).append(item)
    return list(groups.values())


# How


def _types(application: HostApplication, items: Sequence[int], console: Console) -> list[ExportType]:
    messages: list[str] = []
    context = application.pluginContext()
    types = examineItems(application.registry, items, context, messages)
    for message in messages:
        console.problem(message)
    if not types:
        why = whyNotExportable(context.scene.GetSubjectHierarchyNode(), items)
        raise Session.NothingFoundError((why or "no plugin can write this").rstrip("."))
    return types


def _listTypes(application: HostApplication, studies: Sequence[Sequence[int]], console: Console) -> int:
    types = _types(application, [item for some in studies for item in some], console)
    rows = [(one.label, one.confidence, len(one.exportables), one.tooltip) for one in types]
    console.table(("TYPE", "CONFIDENCE", "SERIES", "WHAT IT DOES"), rows)
    for one in types:
        for keyword, choices in one.exportables[0].choices.items():
            words = ", ".join(value or NO_COMPRESSION for value in choices)
            console.say(f"{one.label}: {keyword} is one of: {words}")
    console.result([
        {"type": one.label, "confidence": one.confidence, "plugin": one.pluginClass, "series": len(one.exportables),
         "description": one.tooltip, "choices": one.exportables[0].choices, "tags": one.exportables[0].tags}
        for one in types
    ])  # fmt: skip
    return Session.OK


def chosenType(types: Sequence[ExportType], wanted: str | None) -> ExportType:
    """The type that was asked for, by its name or a part of it that no other has; the first where none was.

    :raises UsageError: when there is none or it is not clear which, or all of the scene, which nobody asked for
    """
    if not wanted:
        if types[0].exportables[0].isOfWholeScene:
            what = "of these only the whole scene can be written"
            raise Session.UsageError(what, hint=f"If that is meant, ask for it: --type “{types[0].label}”")
        return types[0]
    text = wanted.strip().lower()
    found = [one for one in types if text in (one.label.lower(), one.format.lower())]
    found = found or [one for one in types if text in one.label.lower()]
    if len(found) != 1:
        names = ", ".join(one.label for one in types)
        what = "it is not clear which type is meant" if found else "these cannot be written so"
        raise Session.UsageError(what, value=wanted, hint=f"There are: {names}")
    return found[0]


def _prepared(
    application: HostApplication, items: Sequence[int], arguments: Namespace, tags: dict[str, str], console: Console
) -> list[DICOMExportable]:
    chosen = chosenType(_types(application, items, console), arguments.type)
    hierarchy = application.scene.GetSubjectHierarchyNode()
    for item in chosen.itemsWithout:
        console.problem(f"{visible(hierarchy.GetItemName(item))} cannot be written as {chosen.label} and is left out.")
    for exportable in chosen.exportables:
        replaceMadeUpTags(hierarchy, exportable)
        _setTags(exportable, tags)
        if arguments.compression:
            exportable.setTag(COMPRESSION, _compressionOf(exportable, arguments.compression))
    if "SeriesNumber" not in tags:  # whoever gives one wants that
        numberSeries(chosen.exportables, application.database)
    return chosen.exportables


def _setTags(exportable: DICOMExportable, tags: dict[str, str]) -> None:
    """:raises UsageError: for a word that is neither a tag of the standard nor an option of the type"""
    for keyword, value in tags.items():
        if keyword not in exportable.tags and isOption(keyword):
            options = [name for name in exportable.tags if isOption(name) and name not in (*PATIENT_TAGS, *STUDY_TAGS)]
            hint = f"Options here: {', '.join(options)}" if options else "Tags are spelled as in PS3.6: PatientName"
            raise Session.UsageError("there is no such tag", value=keyword, hint=hint)
        exportable.setTag(keyword, value)


def _compressionOf(exportable: DICOMExportable, wanted: str) -> str:
    """The choice that is meant, small letters and spaces aside."""
    choices = exportable.choices.get(COMPRESSION, {})
    if not choices:
        raise Session.UsageError("objects of this type are not compressed", exportable.name)
    known = {_plain(value or NO_COMPRESSION): value for value in choices}
    if _plain(wanted) not in known:
        names = ", ".join(value or NO_COMPRESSION for value in choices)
        raise Session.UsageError("there is no such compression", value=wanted, hint=f"There are: {names}")
    return known[_plain(wanted)]


def _plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


# Writing


def _export(
    application: HostApplication, exportables: Sequence[DICOMExportable], arguments: Namespace,
    server: DICOMServer | None, console: Console,
) -> ExportReport:  # fmt: skip
    progress = console.progress("slices")
    context = application.pluginContext(progress=progress)
    try:
        with Session.cancelOnInterrupt(progress):
            if server is not None:
                return _exportToServer(application, exportables, server, context)
            if arguments.toDatabase:
                return exportToDatabase(application.registry, exportables, context)
            return exportToFolder(application.registry, exportables, arguments.output, context)
    finally:
        console.clearProgress()


def _exportToServer(
    application: HostApplication, exportables: Sequence[DICOMExportable], server: DICOMServer, context: PluginContext
) -> ExportReport:
    report, unsent = exportToServer(application.registry, exportables, server, context)
    if unsent is not None:
        unsent.discard()  # what it was made from is still there
    return report


def _facts(series, report: ExportReport) -> dict[str, object]:
    sent = {} if report.sendReport is None else {"isSent": report.sendReport.isComplete}
    return sent | {
        "name": series.name, "kind": series.storageName, "folder": series.folder, "files": series.files,
        "seriesInstanceUID": series.seriesInstanceUID, "largestError": series.largestError,
        "unit": series.unit, "difference": series.difference.splitlines(),
    }  # fmt: skip
