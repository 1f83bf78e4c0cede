"""The plugins: which there are, what each makes of some files, which reading is best, why, and loading it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from numbers import Real
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from .DICOMLoadable import DICOMLoadable
from .DICOMPlugin import DICOMPlugin, PluginContext, RecordCache
from .Errors import CancelledError, DICOMError, PluginError
from .Progress import Progress
from .Settings import Settings
from .TagPaths import normalizedPath
from .Wording import counted

if TYPE_CHECKING:
    from .DICOMExportable import DICOMExportable
    from .Export.SeriesExport import ExportedSeries
    from .Scene.Node import vtkMRMLNode

LoadablesByPlugin = dict[DICOMPlugin, list[DICOMLoadable]]

# How the message on an item that failed begins; others may follow.
COULD_NOT_LOAD = "Could not load:"

# Nodes that come along with a loaded one and are not results themselves.
HELPER_NODE_CLASSES = ("vtkMRMLDisplayNode", "vtkMRMLStorageNode", "vtkMRMLSubjectHierarchyNode", "vtkMRMLColorNode")


@runtime_checkable
class _KnowsFiles(Protocol):
    """A database that can say what has become of files since they were imported."""

    def fileProblems(self, paths: Sequence[str]) -> Mapping[str, object]: ...


class PluginRegistry:
    """Plugin classes by name, in the order they were registered."""

    def __init__(self):
        self._classes: dict[str, type[DICOMPlugin]] = {}

    def register(self, name: str, pluginClass: type[DICOMPlugin]) -> None:
        """Add a plugin, or replace the one of this name."""
        self._classes[name] = pluginClass

    def unregister(self, name: str) -> None:
        """Remove a plugin; unknown names are ignored, so that modules can clean up without looking."""
        self._classes.pop(name, None)

    def names(self) -> list[str]:
        """Names of all plugins, in the order they were registered."""
        return list(self._classes)

    def pluginClass(self, name: str) -> type[DICOMPlugin]:
        """:raises PluginError: when there is no plugin of this name"""
        if name not in self._classes:
            raise PluginError("there is no such plugin", name, hint=f"There are: {', '.join(self._classes) or 'none'}")
        return self._classes[name]

    def enabledNames(self, settings: Settings) -> list[str]:
        """Names of the plugins that the settings do not disable."""
        disabled = set(settings.value("DICOM/disabledPlugins"))
        return [name for name in self._classes if name not in disabled]

    def tagsToPrecache(self) -> list[str]:
        """"GGGG,EEEE" of all tags that plugins declare, to be kept in the database at import; never pixel data."""
        tags = {tag for pluginClass in self._classes.values() for tag in _declaredTags(pluginClass)}
        return sorted(tag for tag in tags if not tag.startswith("7FE0,"))

    # Examining

    def examine(
        self,
        fileLists: Iterable[Sequence[str]],
        context: PluginContext,
        pluginClassNames: Sequence[str] | None = None,
        messages: list[str] | None = None,
        progress: Progress | None = None,
    ) -> LoadablesByPlugin:
        """What every enabled plugin makes of the files, each list normally one series; the best are selected.

        A plugin that fails is left out with a message; the others go on.

        :param pluginClassNames: only these plugins; default: those enabled in the context's settings
        :param messages: gets a sentence for each thing that went wrong
        :raises CancelledError: when `progress` was cancelled
        :raises PluginError: when a named plugin does not exist
        """
        messages = [] if messages is None else messages
        fileLists = [usable for files in fileLists if (usable := _usableFiles(files, context, messages))]
        names = self.enabledNames(context.settings) if pluginClassNames is None else list(pluginClassNames)
        found: LoadablesByPlugin = {}
        context.records = RecordCache()
        try:
            for number, name in enumerate(names):
                if progress is not None:
                    progress.raiseIfCancelled()
                    progress.report(number, len(names), f"Examining with {name}")
                plugin, loadables = self._examineWith(name, fileLists, context, messages)
                if plugin is not None:
                    found[plugin] = loadables
        finally:
            context.records = None
        self.selectHighestConfidenceLoadables(found)
        return found

    def _examineWith(
        self, name: str, fileLists: Sequence[Sequence[str]], context: PluginContext, messages: list[str]
    ) -> tuple[DICOMPlugin | None, list[DICOMLoadable]]:
        pluginClass = self.pluginClass(name)
        try:
            plugin = pluginClass()
            plugin.context = context
            loadables = plugin.examineForImport(fileLists)
            if not loadables and hasattr(plugin, "examine"):  # name used by plugins written for old versions of Slicer
                loadables = plugin.examine(fileLists)
            return plugin, _usable(name, list(loadables or ()), messages)
        except CancelledError:
            raise
        except DICOMError as error:
            messages.append(f"{name} cannot examine the files: {error}")
        # Plugins are other people's code: one that fails must not keep the others from reading the series.
        except (Exception, SystemExit) as error:  # noqa: BLE001
            messages.append(f"{name} failed while examining the files: {type(error).__name__}: {error}.")
        return None, []

    # Choosing

    def selectHighestConfidenceLoadables(self, loadablesByPlugin: LoadablesByPlugin) -> None:
        """Within each series select what has the highest confidence, and nothing else.

        One plugin may select several (a series that holds several volumes), but not the same files twice. Between
        plugins that are equally sure, the one that reads more of the series' files wins, then the one registered first.
        """
        for competitors in _bySeries(loadablesByPlugin).values():
            highest = max(loadable.confidence for _, loadable in competitors)
            best: LoadablesByPlugin = {}
            for plugin, loadable in competitors:
                loadable.selected = False
                if loadable.confidence == highest:
                    best.setdefault(plugin, []).append(loadable)
            winner = max(best, key=lambda plugin: _filesCovered(best[plugin]))
            seen = set()
            for loadable in best[winner]:
                slices = frozenset(loadable.files), getattr(loadable, "part", "")
                loadable.selected = slices not in seen
                seen.add(slices)

    def explain(self, loadablesByPlugin: LoadablesByPlugin) -> str:
        """Why the selected loadables were chosen and the others were not, to be read and copied by the user."""
        paragraphs = []
        for competitors in _bySeries(loadablesByPlugin).values():
            ordered = sorted(competitors, key=lambda pair: (not pair[1].selected, -pair[1].confidence))
            paragraphs += [_explanation(plugin, loadable) for plugin, loadable in ordered]
        paragraphs += rejectionsOf(loadablesByPlugin)
        return "\n\n".join(paragraphs) if paragraphs else "No plugin can read these files."

    # Loading

    def load(
        self,
        loadablesByPlugin: Mapping[DICOMPlugin, Iterable[DICOMLoadable]],
        context: PluginContext,
        messages: list[str] | None = None,
        progress: Progress | None = None,
    ) -> list[str]:
        """Load every selected loadable into ``context.scene``.

        What fails leaves no node behind, gets ``loadSuccess = False`` and a message; the rest is loaded.

        :returns: IDs of the nodes that were added, without display and storage nodes
        :raises CancelledError: when `progress` was cancelled; what was loaded before stays in the scene
        """
        messages = [] if messages is None else messages
        context.progress = progress
        # A loadable that two plugins hold is loaded by the last of them, as in Slicer.
        chosen = {id(one): (one, plugin) for plugin, some in loadablesByPlugin.items() for one in some if one.selected}
        nodeIDs = []
        deathsBefore = getattr(context.workers, "deaths", 0)
        for loadable, plugin in chosen.values():
            if progress is not None:
                progress.raiseIfCancelled()
                progress.report(0, len(loadable.files), f"Loading {loadable.name}")
            nodeIDs += _loadOne(plugin, loadable, context, messages)
            if loadable.loadSuccess is False and (others := _otherReadings(plugin, loadable, loadablesByPlugin)):
                messages[-1] += f" The series is also offered as {others}: choose that in the advanced view."
        if deaths := getattr(context.workers, "deaths", 0) - deathsBefore:
            died = counted(deaths, "decoding process", "decoding processes")
            messages.append(f"{died} died or took too long, and {'was' if deaths == 1 else 'were'} replaced.")
        _indexDerivedItems([loadable for loadable, _ in chosen.values()], context)
        return nodeIDs

    # Exporting

    def examineForExport(
        self, itemID: int, context: PluginContext, messages: list[str] | None = None
    ) -> dict[str, list[DICOMExportable]]:
        """What every plugin, disabled ones too, offers to write of an item of ``context.scene``, by plugin name.

        :param messages: gets a sentence for each plugin that failed
        """
        from .Export.PluginExport import examineWithAll

        return examineWithAll(self._classes, itemID, context, messages)

    def export(self, exportables: Sequence[DICOMExportable], context: PluginContext) -> list[ExportedSeries]:
        """Have the plugins write exportables to their directories.

        :raises ExportError: what a plugin says that went wrong
        :raises CancelledError: when the context's progress was cancelled
        """
        from .Export.PluginExport import exportWithPlugins

        return exportWithPlugins(self._classes, exportables, context)


def selectedLoadables(loadablesByPlugin: LoadablesByPlugin) -> list[tuple[DICOMPlugin, DICOMLoadable]]:
    """What is to be loaded, each with the plugin that offers it."""
    return [(plugin, one) for plugin, some in loadablesByPlugin.items() for one in some if one.selected]


def rejectionsOf(loadablesByPlugin: LoadablesByPlugin) -> list[str]:
    """"Scalar Volume: 1 file is a structured report; …": why plugins do not offer some of the files."""
    return [
        f"{plugin.loadType}: {reason}" for plugin in loadablesByPlugin for reason in getattr(plugin, "rejections", ())
    ]


def _declaredTags(pluginClass: type[DICOMPlugin]) -> list[str]:
    """Tags a plugin wants. One that cannot be made, or declares what is no tag, says so when it examines files."""
    tags = []
    # Plugins are other people's code: one that fails must not keep the program from starting.
    with suppress(Exception, SystemExit):
        for tag in pluginClass().tags.values():
            with suppress(AttributeError, TypeError, ValueError):
                tags.append(normalizedPath(tag))
    return tags


def _usable(name: str, offered: list, messages: list[str]) -> list[DICOMLoadable]:
    """What can take part in the contest; a message tells what cannot."""
    usable = []
    for loadable in offered:
        confidence = getattr(loadable, "confidence", None)
        if not hasattr(loadable, "files"):
            messages.append(f"{name} offered a {type(loadable).__name__!r} object, which is no loadable.")
        elif not loadable.files:
            messages.append(f"{name} offered a loadable of no files.")
        elif not isinstance(confidence, Real) or confidence != confidence:
            messages.append(f"{name} offered a loadable whose confidence is no number.")
        else:
            usable.append(loadable)
    return usable


def _usableFiles(files: Sequence[str], context: PluginContext, messages: list[str]) -> list[str]:
    """Those that are there, can be read, and are the ones that were imported; messages tell which are not.

    One rule for all that is wrong with files: they are left out by name, and the rest of the series is offered.
    """
    from .Database.FileStates import asItIs, leftOutSentences, lookAt

    if isinstance(context.database, _KnowsFiles):
        problems = context.database.fileProblems(files)
    else:
        found = {path: lookAt(asItIs(os.fsencode(path))) for path in files}
        problems = {path: finding for path, finding in found.items() if finding is not None}
    messages += leftOutSentences(list(problems.values()), len(files))
    return [path for path in files if path not in problems]


def _bySeries(loadablesByPlugin: LoadablesByPlugin) -> dict[str, list[tuple[DICOMPlugin, DICOMLoadable]]]:
    """Loadables that compete with each other: those whose first file is of the same series."""
    groups: dict[str, list[tuple[DICOMPlugin, DICOMLoadable]]] = {}
    for plugin, loadables in loadablesByPlugin.items():
        for loadable in loadables:
            groups.setdefault(_seriesOf(plugin, loadable), []).append((plugin, loadable))
    return groups


def _seriesOf(plugin: DICOMPlugin, loadable: DICOMLoadable) -> str:
    known = getattr(loadable, "seriesInstanceUID", "")
    if known or not loadable.files or plugin.context.database is None:
        return known
    return plugin.context.database.seriesForFile(loadable.files[0]) or ""


def _filesCovered(loadables: Iterable[DICOMLoadable]) -> int:
    return len({path for loadable in loadables for path in loadable.files})


def _explanation(plugin: DICOMPlugin, loadable: DICOMLoadable) -> str:
    verdict = "Chosen" if loadable.selected else "Not chosen"
    title = f"{verdict}: {loadable.name}, read as {plugin.loadType} (confidence {loadable.confidence:g})"
    return "\n".join(filter(None, (title, loadable.explanation, loadable.warning and f"Warning: {loadable.warning}")))


def _loadOne(plugin: DICOMPlugin, loadable: DICOMLoadable, context: PluginContext, messages: list[str]) -> list[str]:
    before = {node.GetID() for node in context.scene.nodes()}
    plugin.context = context
    plugin.loadNotes = []
    reason = ""
    try:
        outcome = plugin.load(loadable)
        loadable.loadSuccess = None if outcome is None else bool(outcome)
    except CancelledError:
        _removeNodes(context.scene, before)
        raise
    except DICOMError as error:
        loadable.loadSuccess, reason = False, str(error)
    # Plugins are other people's code: one that fails must not keep the rest from being loaded.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        loadable.loadSuccess, reason = False, f"{type(error).__name__}: {error}."
    added = [node for node in context.scene.nodes() if node.GetID() not in before]
    # Slicer's plugins return a node, True, False or nothing; nothing means success if a node has appeared.
    if loadable.loadSuccess is None:
        loadable.loadSuccess = bool(added)
    if not loadable.loadSuccess:
        _removeNodes(context.scene, before)
        messages.append(f"{COULD_NOT_LOAD} {loadable.name} as a {plugin.loadType}. {reason}".strip())
        return []
    messages += plugin.loadNotes
    return _loadedIDs(added)


def _loadedIDs(added: Sequence[vtkMRMLNode]) -> list[str]:
    """IDs of nodes without those that only serve others: display, storage, and what moves one of them."""
    moving = {node.GetTransformNodeID() for node in added if node.IsA("vtkMRMLTransformableNode")}
    wanted = [node for node in added if node.GetID() not in moving]
    return [node.GetID() for node in wanted if not any(node.IsA(name) for name in HELPER_NODE_CLASSES)]


def _otherReadings(
    plugin: DICOMPlugin, loadable: DICOMLoadable, loadablesByPlugin: Mapping[DICOMPlugin, Iterable[DICOMLoadable]]
) -> str:
    """What other plugins offer the series as: "Scalar Volume"; "" when none does, or one of them is chosen too."""
    series = _seriesOf(plugin, loadable)
    others = [
        (other.loadType, one.selected)
        for other, some in loadablesByPlugin.items()
        for one in some
        if other is not plugin and series and _seriesOf(other, one) == series
    ]
    return "" if any(isChosen for _, isChosen in others) else " or ".join(dict.fromkeys(name for name, _ in others))


def _removeNodes(scene, keptIDs: set[str]) -> None:
    """Take back what a failed load added; removing a volume removes its display node with it."""
    for node in list(scene.nodes()):
        unwanted = node.GetID() not in keptIDs and not node.IsA("vtkMRMLSubjectHierarchyNode")
        if unwanted and scene.IsNodePresent(node):
            scene.RemoveNode(node)


def _indexDerivedItems(loadables: Iterable[DICOMLoadable], context: PluginContext) -> None:
    """Files that plugins made while loading join the database, as in Slicer."""
    paths = [path for loadable in loadables for path in getattr(loadable, "derivedItems", ())]
    if paths and context.database is not None:
        from .Database.Indexer import DICOMIndexer

        DICOMIndexer(context.database).importPaths(paths)
