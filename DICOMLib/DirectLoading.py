"""Looking at files and folders without importing them: by way of a database of their own that is gone afterwards.

The steps are those of importing, examining and loading, so the result is the same; the user's database is not touched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from .Database.Connections import IN_MEMORY
from .Database.DICOMDatabase import DICOMDatabase
from .Database.ImportReport import ImportReport
from .Database.Indexer import DICOMIndexer
from .Database.TemporaryFolders import TemporaryFolder
from .DICOMPlugin import PluginContext
from .Errors import CancelledError, displayPath
from .Media.ArchiveKinds import archiveKind, beginningOf
from .PluginRegistry import PluginRegistry, rejectionsOf, selectedLoadables
from .Progress import Progress
from .Wording import counted

# More than this at once fills the memory and the tree rather than helping.
MAXIMUM_SERIES_AT_ONCE = 12


@contextmanager
def privateDatabase(paths: Sequence[str | os.PathLike]) -> Iterator[DICOMDatabase]:
    """An empty database for these files. It is in memory, so that nothing comes onto the disk.

    Only what is inside an archive has to be unpacked first: then the database is in a private folder (mode 0700) that
    is deleted at the end, or by the next start of a program that was killed.
    """
    database = DICOMDatabase()
    folder = TemporaryFolder() if any(map(_isArchive, paths)) else None
    try:
        database.openDatabase(IN_MEMORY if folder is None else str(Path(folder.path) / "DICOM.sqlite"))
        yield database
    finally:
        database.closeDatabase()
        if folder is not None:
            folder.remove()


def loadFiles(
    paths: Sequence[str | os.PathLike], registry: PluginRegistry, context: PluginContext,
    messages: list[str] | None = None, progress: Progress | None = None,
    pluginClassNames: Sequence[str] | None = None, mostSeries: int | None = None,
) -> list[str]:  # fmt: skip
    """Load the best reading of each series found in files and folders into ``context.scene``, without importing them.

    :param context: its database is left alone
    :param messages: gets a sentence for each thing the user should know
    :param mostSeries: load only so many, those with the most files; default: all
    :returns: IDs of the nodes
    :raises CancelledError: when `progress` was cancelled
    :raises DatabaseError: when there is no room for what an archive holds
    """
    messages = [] if messages is None else messages
    with privateDatabase(paths) as database:
        database.tagsToPrecache = registry.tagsToPrecache()
        own = replace(context, database=database, progress=progress)
        report = _import(database, paths, own, progress)
        chosen = largestSeries(database, report.seriesUIDs, mostSeries)
        if len(chosen) < len(report.seriesUIDs):
            messages.append(
                f"There are {len(report.seriesUIDs)} series; the {len(chosen)} largest were loaded. "
                "Import the files to choose others."
            )
        fileLists = [database.filesForSeries(uid) for uid in chosen]
        found = registry.examine(fileLists, own, pluginClassNames, messages, progress)
        messages += warningsOfSelected(found)
        nodeIDs = registry.load(found, own, messages, progress)
        if not selectedLoadables(found):
            messages += rejectionsOf(found) or [_nothingText(report)]
        return nodeIDs


def largestSeries(database: DICOMDatabase, seriesUIDs: Sequence[str], most: int | None) -> list[str]:
    """At most so many series, those with the most files, in the order given."""
    if most is None or len(seriesUIDs) <= most:
        return list(seriesUIDs)
    counts = {uid: len(database.filesForSeries(uid)) for uid in seriesUIDs}
    largest = set(sorted(seriesUIDs, key=counts.__getitem__, reverse=True)[:most])
    return [uid for uid in seriesUIDs if uid in largest]


def warningsOfSelected(loadablesByPlugin: dict) -> list[str]:
    """"name [reader]: warning" of every loadable that is about to be loaded, as 3D Slicer words it."""
    return [
        f"{loadable.name} [{getattr(plugin, 'loadType', plugin)}]: {loadable.warning}"
        for plugin, loadables in loadablesByPlugin.items()
        for loadable in loadables
        if loadable.selected and loadable.warning
    ]


def _import(
    database: DICOMDatabase, paths: Sequence[str | os.PathLike], context: PluginContext, progress: Progress | None
) -> ImportReport:
    report = DICOMIndexer(database).importPaths(
        [os.fspath(path) for path in paths],
        progress=progress,
        followLinks=bool(context.settings.value("DICOM/FollowLinks")),
        archivesInFolders=False,  # they would have to be unpacked onto the disk, which was not asked for
    )
    if report.cancelled:
        raise CancelledError()
    return report


def _isArchive(path: str | os.PathLike) -> bool:
    return os.path.isfile(path) and bool(archiveKind(beginningOf(os.fsencode(path))))


def _nothingText(report: ImportReport) -> str:
    if not report.skipped:
        return "There are no DICOM images in what was given."
    first, count = report.skipped[0], len(report.skipped)
    others = f"{counted(count, 'file')} were left out, the first is " if count > 1 else ""
    return f"There is nothing to load. {others}{displayPath(first.path)}: {first.reason}."
