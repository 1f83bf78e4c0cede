"""Scripting with the names of 3D Slicer's DICOMLib.DICOMUtils.

Every function works with what it is given (``database=``, ``scene=``, ``registry=``) or, when that is left out, with
the :class:`ScriptingContext` that a host has set. The same script runs in the host's console and without any window:

    from DICOMLib import DICOMUtils
    DICOMUtils.importDicom("/data/ct")
    nodeIDs = DICOMUtils.loadSeriesByUID(DICOMUtils.allSeriesUIDsInDatabase())
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from .DICOMPlugin import DICOMPlugin, PluginContext
from .Errors import DatabaseError, LoadError
from .Geometry.Slices import analyzeStack
from .Progress import Progress
from .ScriptingContext import (  # noqa: F401 - scripts look for some of them here
    ScriptingContext,
    currentContext,
    needed,
    openedDatabase,
    setContext,
)
from .ScriptingDatabases import (  # noqa: F401 - scripts look for them here
    DATABASE_FILE_NAME,
    TemporaryDICOMDatabase,
    clearDatabase,
    closeTemporaryDatabase,
    createTemporaryDatabase,
    deleteTemporaryDatabase,
    openDatabase,
    openTemporaryDatabase,
)

if TYPE_CHECKING:
    from .Database.DICOMDatabase import DICOMDatabase
    from .Export.CopyOutReport import CopyOutReport
    from .PluginRegistry import LoadablesByPlugin, PluginRegistry
    from .Scene.Scene import Scene

# (text, percent) → whether to cancel.
ProgressCallback = Callable[[str, float], bool]


def _pluginContext(database: DICOMDatabase | None, scene: Scene | None = None) -> PluginContext:
    scene = currentContext().scene if scene is None else scene
    return PluginContext(openedDatabase(database), scene, currentContext().settings, workers=currentContext().workers)


def _progress(callback: ProgressCallback | None) -> Progress | None:
    """Slicer's callback as a progress object."""
    if callback is None:
        return None

    def report(progress: Progress) -> None:
        if callback(progress.text, 100 * (progress.fraction or 0.0)):
            progress.cancel()

    return Progress(report)


# Loading from the database


def loadPatientByUID(
    patientUID: str, messages: list[str] | None = None, progressCallback: ProgressCallback | None = None,
    enabledPluginClassNames: Sequence[str] | None = None, *, database: DICOMDatabase | None = None,
    scene: Scene | None = None, registry: PluginRegistry | None = None,
) -> list[str]:  # fmt: skip
    """Load the best reading of every series of a patient.

    :param patientUID: the database's identifier of the patient (not the PatientID)
    :returns: IDs of the nodes
    :raises DatabaseError: when the database is closed or does not know the patient, or the patient has no series
    """
    database = openedDatabase(database)
    series = [uid for study in database.studiesForPatient(patientUID) for uid in database.seriesForStudy(study)]
    if not series:
        raise DatabaseError("the database has no series of this patient", value=patientUID)
    return loadSeriesByUID(
        series, messages, progressCallback, enabledPluginClassNames, database=database, scene=scene, registry=registry
    )


def getDatabasePatientUIDByPatientName(name: str, *, database: DICOMDatabase | None = None) -> str | None:
    """The database's identifier of the first patient with this name, None when there is none."""
    database = openedDatabase(database)
    return next((uid for uid in database.patients() if database.nameForPatient(uid) == name), None)


def getDatabasePatientUIDByPatientID(patientID: str, *, database: DICOMDatabase | None = None) -> str | None:
    """The database's identifier of the first patient with this PatientID, None when there is none."""
    database = openedDatabase(database)
    matches = (uid for uid in database.patients() if database.fieldForPatient("PatientID", uid) == patientID)
    return next(matches, None)


def loadPatientByName(
    patientName: str, *arguments: object, database: DICOMDatabase | None = None, **options: object
) -> list[str]:
    """As :func:`loadPatientByUID`, by name. :raises DatabaseError: when no patient has this name"""
    patientUID = getDatabasePatientUIDByPatientName(patientName, database=database)
    if patientUID is None:
        raise DatabaseError("the database has no patient of this name")
    return loadPatientByUID(patientUID, *arguments, database=database, **options)


def loadPatientByPatientID(
    patientID: str, *arguments: object, database: DICOMDatabase | None = None, **options: object
) -> list[str]:
    """As :func:`loadPatientByUID`, by PatientID. :raises DatabaseError: when no patient has this ID"""
    patientUID = getDatabasePatientUIDByPatientID(patientID, database=database)
    if patientUID is None:
        raise DatabaseError("the database has no patient of this PatientID")
    return loadPatientByUID(patientUID, *arguments, database=database, **options)


def loadPatient(
    uid: str | None = None, name: str | None = None, patientID: str | None = None, *arguments: object, **options
) -> list[str]:
    """Load a patient by the first of the three that is given. :raises ValueError: when none is"""
    if uid is not None:
        return loadPatientByUID(uid, *arguments, **options)
    if name is not None:
        return loadPatientByName(name, *arguments, **options)
    if patientID is not None:
        return loadPatientByPatientID(patientID, *arguments, **options)
    raise ValueError("Give one of uid, name or patientID")


def loadSeriesByUID(
    seriesUIDs: Iterable[str], messages: list[str] | None = None, progressCallback: ProgressCallback | None = None,
    enabledPluginClassNames: Sequence[str] | None = None, *, database: DICOMDatabase | None = None,
    scene: Scene | None = None, registry: PluginRegistry | None = None,
) -> list[str]:  # fmt: skip
    """Examine series, choose the best reading of each and load it.

    :returns: IDs of the nodes
    :raises TypeError: for one UID instead of several
    :raises DatabaseError: when the database is closed
    """
    if isinstance(seriesUIDs, str):
        raise TypeError("seriesUIDs has to be a list of UIDs")
    database = openedDatabase(database)
    fileLists = [database.filesForSeries(uid) for uid in seriesUIDs]
    options = {"database": database, "registry": registry}
    found, _ = getLoadablesFromFileLists(fileLists, enabledPluginClassNames, messages, progressCallback, **options)
    return loadLoadables(found, messages, progressCallback, scene=scene, **options)


def loadByInstanceUID(
    instanceUID: str, messages: list[str] | None = None, progressCallback: ProgressCallback | None = None,
    enabledPluginClassNames: Sequence[str] | None = None, *, database: DICOMDatabase | None = None,
    scene: Scene | None = None, registry: PluginRegistry | None = None,
) -> list[str]:  # fmt: skip
    """Load the best reading that contains one instance.

    :raises DatabaseError: when the database does not know the instance
    :raises LoadError: when no plugin reads it
    """
    database = openedDatabase(database)
    path = database.fileForInstance(instanceUID)
    if not path:
        raise DatabaseError("the database does not know this instance", value=instanceUID)
    files = database.filesForSeries(database.seriesForFile(path))
    options = {"database": database, "registry": registry}
    found, _ = getLoadablesFromFileLists([files], enabledPluginClassNames, messages, progressCallback, **options)
    matching = [(plugin, one) for plugin, loadables in found.items() for one in loadables if path in one.files]
    if not matching:
        raise LoadError("no plugin reads this instance", value=instanceUID)
    plugin, best = max(matching, key=lambda pair: pair[1].confidence)
    best.selected = True
    return loadLoadables({plugin: [best]}, messages, progressCallback, scene=scene, **options)


def loadFiles(
    paths: Sequence[str | os.PathLike], messages: list[str] | None = None,
    progressCallback: ProgressCallback | None = None, enabledPluginClassNames: Sequence[str] | None = None, *,
    scene: Scene | None = None, registry: PluginRegistry | None = None,
) -> list[str]:  # fmt: skip
    """Load files and folders without importing them; no database keeps anything. :returns: IDs of the nodes"""
    from . import DirectLoading

    paths = [paths] if isinstance(paths, str | bytes | os.PathLike) else list(paths)
    context = PluginContext(None, needed(scene, "scene"), currentContext().settings, workers=currentContext().workers)
    options = (messages, _progress(progressCallback), enabledPluginClassNames)
    return DirectLoading.loadFiles(paths, needed(registry, "registry"), context, *options)


# The steps of loading


def getDefaultPluginClassNames(*, registry: PluginRegistry | None = None) -> list[str]:
    """Names of the registered plugins that the settings do not disable."""
    return needed(registry, "registry").enabledNames(currentContext().settings)


def getLoadablesFromFileLists(
    fileLists: Iterable[Sequence[str]], pluginClassNames: Sequence[str] | None = None,
    messages: list[str] | None = None, progressCallback: ProgressCallback | None = None,
    pluginInstances: dict[str, DICOMPlugin] | None = None, *, database: DICOMDatabase | None = None,
    registry: PluginRegistry | None = None,
) -> tuple[LoadablesByPlugin, bool]:  # fmt: skip
    """What each plugin makes of the files, and whether there is anything to load.

    :param pluginInstances: gets the plugin objects by name, as in Slicer
    """
    context = _pluginContext(database)
    registry = needed(registry, "registry")
    found = registry.examine(fileLists, context, pluginClassNames, messages, _progress(progressCallback))
    if pluginInstances is not None:
        pluginInstances.update((type(plugin).__module__.rpartition(".")[2], plugin) for plugin in found)
    return found, any(found.values())


def selectHighestConfidenceLoadables(
    loadablesByPlugin: LoadablesByPlugin, *, registry: PluginRegistry | None = None
) -> None:
    """Select, in place, the best reading of each series and nothing else."""
    needed(registry, "registry").selectHighestConfidenceLoadables(loadablesByPlugin)


def loadLoadables(
    loadablesByPlugin: LoadablesByPlugin, messages: list[str] | None = None,
    progressCallback: ProgressCallback | None = None, *, database: DICOMDatabase | None = None,
    scene: Scene | None = None, registry: PluginRegistry | None = None,
) -> list[str]:  # fmt: skip
    """Load what is selected. :returns: IDs of the nodes"""
    context = _pluginContext(database, needed(scene, "scene"))
    return needed(registry, "registry").load(loadablesByPlugin, context, messages, _progress(progressCallback))


def loadSeriesWithVerification(
    seriesUIDs: Iterable[str], expectedSelectedPlugins: dict[str, int] | None = None,
    expectedLoadedNodes: dict[str, int] | None = None, messages: list[str] | None = None,
    progressCallback: ProgressCallback | None = None, *, database: DICOMDatabase | None = None,
    scene: Scene | None = None, registry: PluginRegistry | None = None,
) -> bool:  # fmt: skip
    """Load series and compare with what is expected: load type → selected loadables, node class → new nodes."""
    messages = [] if messages is None else messages
    database, scene = openedDatabase(database), needed(scene, "scene")
    options = {"database": database, "registry": registry}
    fileLists = [database.filesForSeries(uid) for uid in seriesUIDs]
    found, _ = getLoadablesFromFileLists(fileLists, None, messages, progressCallback, **options)
    selected = {plugin.loadType: sum(one.selected for one in some) for plugin, some in found.items()}
    before = {name: scene.GetNumberOfNodesByClass(name) for name in expectedLoadedNodes or ()}
    loadLoadables(found, messages, progressCallback, scene=scene, **options)
    added = {name: scene.GetNumberOfNodesByClass(name) - count for name, count in before.items()}
    differences = _differences("selected by", expectedSelectedPlugins or {}, selected)
    differences += _differences("nodes of class", expectedLoadedNodes or {}, added)
    messages += differences
    return not differences


def _differences(what: str, expected: dict[str, int], found: dict[str, int]) -> list[str]:
    return [
        f"Expected {count} {what} {name}, found {found.get(name, 0)}."
        for name, count in expected.items()
        if found.get(name, 0) != count
    ]


# Folders


def removeEmptyDirs(path: str | os.PathLike) -> None:
    """Remove folders below (and including) a path that hold no file."""
    for folder, _, _ in os.walk(path, topdown=False):
        if not os.listdir(folder):
            os.rmdir(folder)


# Importing


def importDicom(
    dicomDataDir: str | os.PathLike | Sequence[str | os.PathLike], dicomDatabase: DICOMDatabase | None = None,
    copyFiles: bool = False, messages: list[str] | None = None,
) -> bool:  # fmt: skip
    """Add the DICOM files of a folder (or of several files and folders) to the database.

    :param messages: gets the summary and the reason for each skipped file
    :returns: whether the database holds at least one series of what was given
    """
    from .Database.Indexer import DICOMIndexer

    paths = [dicomDataDir] if isinstance(dicomDataDir, str | bytes | os.PathLike) else list(dicomDataDir)
    report = DICOMIndexer(openedDatabase(dicomDatabase)).importPaths(paths, copyFiles)
    if messages is not None:
        messages.extend(report.asText().splitlines())
    return bool(report.seriesUIDs)


def copyOutSeries(
    seriesUIDs: Sequence[str], target: str, *arguments: object, database: DICOMDatabase | None = None, **options: object
) -> CopyOutReport:
    """Copy files of stored series: :func:`DICOMLib.Export.CopyOut.copyOut` (layouts "tree", "media", "zip")."""
    from .Export.CopyOut import copyOut

    return copyOut(openedDatabase(database), seriesUIDs, target, *arguments, **options)


def watchFolder(
    folder: str | os.PathLike, copyFiles: bool = False, *, database: DICOMDatabase | None = None
) -> None:
    """Import by itself, from now on, what is put into a folder, while a program watches the database's folders."""
    from .Database.WatchedFolders import WatchedFolders

    WatchedFolders(openedDatabase(database)).add(folder, copyFiles)


def unwatchFolder(folder: str | os.PathLike, *, database: DICOMDatabase | None = None) -> None:
    """Watch a folder no more; what came in from it stays."""
    from .Database.WatchedFolders import WatchedFolders

    WatchedFolders(openedDatabase(database)).remove(folder)


def watchedFolders(*, database: DICOMDatabase | None = None) -> list[str]:
    """The folders whose files come in by themselves."""
    from .Database.WatchedFolders import WatchedFolders

    listed = WatchedFolders(openedDatabase(database)).folders()
    return [os.fsdecode(folder.path) for folder in listed if folder.enabled]


def allSeriesUIDsInDatabase(database: DICOMDatabase | None = None) -> list[str]:
    """SeriesInstanceUID of every series of every patient."""
    database = openedDatabase(database)
    studies = (study for patient in database.patients() for study in database.studiesForPatient(patient))
    return [series for study in studies for series in database.seriesForStudy(study)]


def seriesUIDsForFiles(files: Iterable[str], *, database: DICOMDatabase | None = None) -> set[str]:
    """SeriesInstanceUIDs of files that the database knows."""
    database = openedDatabase(database)
    return {uid for path in files if (uid := database.seriesForFile(path))}


def getSortedImageFiles(
    filePaths: Sequence[str], epsilon: float = 0.01, *, database: DICOMDatabase | None = None
) -> tuple[list[str], dict[str, float], str]:
    """Files in order along the slice normal, the distance of each along it in mm, and a warning text.

    :param epsilon: mm; a smaller distance between the largest and the smallest gap gives no warning about gaps
    """
    if not filePaths:
        return [], {}, ""
    stack = analyzeStack(openedDatabase(database).instanceRecordsForFiles(list(filePaths)))
    paths = [instance.filePath for instance in stack.instances]
    return paths, dict(zip(paths, stack.objectDistances(), strict=True)), stack.warningBeyond(epsilon)
