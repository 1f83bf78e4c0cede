"""Asking plugins what they can write, and having them write it, whoever made them.

Plugins made for 3D Slicer work too: they answer an export with "", None, True or False, or with what went wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from ..DICOMExportable import DICOMExportable
from ..DICOMPlugin import DICOMPlugin, PluginContext
from ..Errors import CancelledError, DICOMError, ExportError
from .SeriesExport import ExportedSeries

PluginClasses = Mapping[str, type[DICOMPlugin]]


def examineWithAll(
    pluginClasses: PluginClasses, itemID: int, context: PluginContext, messages: list[str] | None = None
) -> dict[str, list[DICOMExportable]]:
    """What each plugin offers to write of an item, by the plugin's name; plugins that offer nothing are left out.

    A plugin that fails is left out with a message; the others go on. Exportables say which plugin theirs is.

    :param messages: gets a sentence for each plugin that failed
    """
    found = {}
    for name, pluginClass in pluginClasses.items():
        offered = _offers(name, pluginClass, itemID, context, [] if messages is None else messages)
        if offered:
            found[name] = offered
    return found


def _offers(
    name: str, pluginClass: type[DICOMPlugin], itemID: int, context: PluginContext, messages: list[str]
) -> list[DICOMExportable]:
    try:
        plugin = pluginClass()
        plugin.context = context
        examine = getattr(plugin, "exportFormats", None) or getattr(plugin, "examineForExport", None)
        offered = list((examine(itemID) if examine is not None else None) or ())
        for exportable in offered:
            _complete(exportable, name)
        return offered
    except CancelledError:
        raise
    except DICOMError as error:
        messages.append(f"{name} cannot say what it exports: {error}")
    # Plugins are other people's code: one that fails must not keep the others from writing.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        messages.append(f"{name} failed while looking for what it exports: {type(error).__name__}: {error}.")
    return []


def _complete(exportable: DICOMExportable, name: str) -> None:
    """Give an exportable of a plugin's own making what ours have. :raises AttributeError: when it is no exportable"""
    exportable.pluginClass = name
    exportable.confidence = float(exportable.confidence)
    exportable.tags = {str(keyword): str(value) for keyword, value in exportable.tags.items()}
    exportable.offeredTags = dict(exportable.tags)
    missing = {"choices": {}, "format": "", "tooltip": "", "directory": "", "isOfWholeScene": False}
    for field, empty in missing.items():
        if not hasattr(exportable, field):
            setattr(exportable, field, empty)


def exportWithPlugins(
    pluginClasses: PluginClasses, exportables: Sequence[DICOMExportable], context: PluginContext
) -> list[ExportedSeries]:
    """Have each plugin write its exportables into their directories, all of one plugin at once.

    :raises ExportError: what a plugin says that went wrong
    :raises CancelledError: when the context's progress was cancelled
    """
    if not exportables:
        raise ExportError("there is nothing to export")
    groups: dict[str, list[DICOMExportable]] = {}
    for exportable in exportables:
        groups.setdefault(_registeredName(pluginClasses, exportable), []).append(exportable)
    results = []
    for name, some in groups.items():
        if context.progress is not None:
            context.progress.raiseIfCancelled()
        results += _exportWith(name, pluginClasses[name], some, context)
    return results


def _registeredName(pluginClasses: PluginClasses, exportable: DICOMExportable) -> str:
    """Of the plugin of an exportable, which may name the class instead, as plugins do by themselves."""
    wanted = exportable.pluginClass
    found = next((name for name, one in pluginClasses.items() if wanted in (name, one.__name__)), None)
    if found is None:
        raise ExportError("there is no plugin that writes it", exportable.name, wanted or None)
    return found


def _exportWith(
    name: str, pluginClass: type[DICOMPlugin], exportables: list[DICOMExportable], context: PluginContext
) -> list[ExportedSeries]:
    before = {directory: _filesBelow(directory) for directory in {one.directory for one in exportables}}
    with _foreignFailures(name):
        plugin = pluginClass()
        plugin.context = context
        outcome = plugin.export(exportables)
    _raiseFor(outcome, name)
    results = getattr(plugin, "exported", None)
    if isinstance(results, list) and results and all(isinstance(one, ExportedSeries) for one in results):
        return results
    written = {directory: sorted(_filesBelow(directory) - files) for directory, files in before.items()}
    if not any(written.values()):
        raise ExportError("the plugin has written no file", name)
    return [_madeUp(name, one, written[one.directory]) for one in exportables]


@contextmanager
def _foreignFailures(name: str) -> Iterator[None]:
    try:
        yield
    except DICOMError:
        raise
    # Plugins are other people's code: what goes wrong in it is told like any other reason why nothing was written.
    except (Exception, SystemExit) as error:  # noqa: BLE001
        raise ExportError("the plugin failed", name, f"{type(error).__name__}: {error}") from error


def _raiseFor(outcome: object, name: str) -> None:
    """What Slicer's plugins answer: "" or nothing is success, a text is what went wrong."""
    if isinstance(outcome, str):
        if outcome.strip():
            raise ExportError(outcome.strip().rstrip("."))
    elif outcome is not None and not outcome:
        raise ExportError("the plugin could not write it, and did not say why", name)


def _filesBelow(directory: str) -> set[str]:
    return {os.path.join(folder, name) for folder, _, names in os.walk(directory or os.devnull) for name in names}


def _madeUp(name: str, exportable: DICOMExportable, files: Sequence[str]) -> ExportedSeries:
    """What is known of what a plugin wrote that does not tell."""
    folders = {os.path.dirname(path) for path in files}
    folder = folders.pop() if len(folders) == 1 else exportable.directory
    uid = exportable.tag("SeriesInstanceUID")
    return ExportedSeries(exportable.name, folder, len(files), f"plugin {name}", uid, isChecked=False)
