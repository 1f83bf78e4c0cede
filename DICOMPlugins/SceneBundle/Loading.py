"""The scene in a DICOM object to nodes: verified, asked for where it is not from here, added when all of it is in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from DICOMLib.Database.TemporaryFolders import TemporaryFolder
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import LoadError, displayPath
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.SceneFiles.SceneExchange import addTo
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSummary import SceneSummary, inspectScene
from DICOMLib.Wording import counted, sizeText
from DICOMLib.Workers.WorkerPool import givenOrOwn

from .BundleReading import BundleFacts, Extracted, verifiedBundle
from .OwnBundles import isOwnBundle

# The nodes a scene is about, in this order: the last volume, else the first model, else the first of markups.
_MAIN_CLASSES = (("vtkMRMLScalarVolumeNode", -1), ("vtkMRMLModelNode", 0), ("vtkMRMLMarkupsNode", 0))
# 3D Slicer shows its slices in 3D as models of these names.
_SLICE_MODELS = {f"{color} Volume Slice" for color in ("Red", "Yellow", "Green")}


@dataclass
class LoadedScene:
    """What came of a bundle.

    :ivar main: what the scene is about; None for a scene without data
    :ivar notes: what the user should know, in sentences
    """

    main: vtkMRMLNode | None
    notes: list[str] = field(default_factory=list)


def questionAbout(path: str, facts: BundleFacts, context: PluginContext) -> str:
    """What has to be agreed to before the scene in a file is opened; "" for one that was written here.

    :raises DICOMError: when it is none that can be opened
    """
    if facts.digest and isOwnBundle(facts.digest, context.settings):
        return ""  # that the digest is true is seen when it is loaded
    with TemporaryFolder() as private:
        source, offset, size = path, facts.position, facts.size
        if offset < 0:
            copy = verifiedBundle(path, private, context.workers, context.progress)
            source, offset, size = copy.path, copy.offset, copy.size
        summary = inspectScene(source, context.workers, offset, size)
    what = summaryText(summary)
    return (
        f"The object {displayPath(path)} holds {what}. It was not written here, and is added to what is loaded. "
        "Open it only if you trust where it comes from."
    )


def loadBundle(path: str, name: str, context: PluginContext, isAgreedTo: bool = False) -> LoadedScene:
    """Add the scene in a file to the context's scene.

    :param name: for messages
    :param isAgreedTo: whether somebody was asked already
    :raises DICOMError: when it cannot be read, or is refused; the context's scene is as before then
    :raises CancelledError: when progress was cancelled
    """
    with givenOrOwn(context.workers) as workers, TemporaryFolder() as private:
        found = verifiedBundle(path, private, workers, context.progress)
        notes = _notesOnFile(found, name)
        if not isAgreedTo and not isOwnBundle(found.digest, context.settings):
            notes += _confirmed(found, path, name, replace(context, workers=workers))
        staged = openScene(found.path, workers, context.progress, offset=found.offset, length=found.size)
    if context.progress is not None:
        context.progress.raiseIfCancelled()
    notes += [f"{name}: {problem}" for problem in staged.problems]
    added = addTo(context.scene, staged).values()
    return LoadedScene(_mainNode([context.scene.GetNodeByID(nodeID) for nodeID in added]), notes)


def _notesOnFile(found: Extracted, name: str) -> list[str]:
    if found.isGuessed:
        return [f"{name}: the scene was found at the end of the file, as its element is missing or damaged."]
    if not found.isVerified:
        return [f"{name}: the object holds no digest, as those of 3D Slicer; whether the scene is whole is not known."]
    return []


def _confirmed(found: Extracted, path: str, name: str, context: PluginContext) -> list[str]:
    """Ask, or say what is opened where nobody can be asked.

    :raises LoadError: when it is not wanted
    """
    summary = inspectScene(found.path, context.workers, found.offset, found.size)
    summary = replace(summary, path=Path(path))
    if context.confirmScene is None:
        return [f"{name}: {summaryText(summary)}; it was not written here, and nobody could be asked."]
    if not context.confirmScene(summary):
        hint = "If you trust where it comes from, import it and load it from the browser, which asks first"
        raise LoadError("the scene was not written here, and nobody agreed to opening it", name, hint=hint)
    return []


def summaryText(summary: SceneSummary) -> str:
    """What a scene is, in some words."""
    writer = summary.writer or summary.formatVersion or "an unknown program"
    return f"a scene of {counted(summary.nodeCount, 'node')} and {sizeText(summary.unpackedSize)} written by {writer}"


def _mainNode(nodes: Sequence[vtkMRMLNode]) -> vtkMRMLNode | None:
    for className, position in _MAIN_CLASSES:
        found = [node for node in nodes if node.IsA(className) and node.GetName() not in _SLICE_MODELS]
        if found:
            return found[position]
    return nodes[0] if nodes else None


def requireScene(context: PluginContext, name: str) -> None:
    """:raises LoadError: when there is no scene to load into"""
    if context.scene is None:
        raise LoadError("there is no scene to load into", name)
