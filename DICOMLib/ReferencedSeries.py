"""Series that loaded ones refer to, and how they can be loaded as well."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from .DICOMLoadable import DICOMLoadable
from .DICOMPlugin import DICOMPlugin, PluginContext
from .PluginRegistry import LoadablesByPlugin, PluginRegistry, selectedLoadables
from .Progress import Progress
from .References import localizerInstanceUIDs

SETTING = "DICOM/automaticallyLoadReferences"
ASK, ALWAYS, NEVER = "ask", "always", "never"


def referencedLoadables(
    loadablesByPlugin: LoadablesByPlugin, registry: PluginRegistry, context: PluginContext,
    alreadyLoaded: Collection[str] = (), messages: list[str] | None = None, progress: Progress | None = None,
) -> LoadablesByPlugin:  # fmt: skip
    """How the series that loaded objects refer to can be loaded, as far as the database has them.

    Localizers are left out, by the purpose of the reference or by their own ImageType: images are planned on them, and
    nearly every image refers to some.

    :param loadablesByPlugin: what was loaded; what it refers to is in ``referencedInstanceUIDs``
    :param alreadyLoaded: SOP instance UIDs that are in the scene: their series are not offered again
    :returns: as ``PluginRegistry.examine``, the best of each series selected; empty when there is nothing to offer
    :raises CancelledError: when `progress` was cancelled
    """
    loaded = [one for _plugin, one in selectedLoadables(loadablesByPlugin)]
    files = _referencedFiles(loaded, context.database, set(alreadyLoaded))
    loadedFiles = {path for one in loaded for path in one.files}
    series = dict.fromkeys(context.database.seriesForFile(path) for path in files if path not in loadedFiles)
    fileLists = [context.database.filesForSeries(uid) for uid in series if uid]
    fileLists = [one for one in fileLists if not loadedFiles.intersection(one)]
    if not fileLists:
        return {}
    found = registry.examine(fileLists, context, messages=messages, progress=progress)
    return found if selectedLoadables(found) else {}


def _referencedFiles(loaded: Iterable[DICOMLoadable], database, alreadyLoaded: set[str]) -> list[str]:
    loaded = [one for one in loaded if getattr(one, "referencedInstanceUIDs", None)]
    records = database.instanceRecordsForFiles([path for one in loaded for path in one.files])
    leftOut = alreadyLoaded | localizerInstanceUIDs(records)
    uids = dict.fromkeys(uid for one in loaded for uid in one.referencedInstanceUIDs if uid not in leftOut)
    kinds = database.instanceValues(list(uids), "ImageType")
    images = [uid for uid, kind in zip(uids, kinds, strict=True) if "LOCALIZER" not in kind.upper().split("\\")]
    return [path for uid in images if (path := database.fileForInstance(uid))]


def loadedInstanceUIDs(scene) -> set[str]:
    """SOP instance UIDs of everything in a scene."""
    texts = (node.GetAttribute("DICOM.instanceUIDs") for node in scene.nodes())
    return {uid for text in texts if text for uid in text.split()}


def titlesOf(loadablesByPlugin: dict[DICOMPlugin, list[DICOMLoadable]]) -> list[tuple[DICOMLoadable, str]]:
    """The selected loadables, each with "name (reader)"."""
    return [(one, f"{one.name} ({plugin.loadType})") for plugin, one in selectedLoadables(loadablesByPlugin)]
