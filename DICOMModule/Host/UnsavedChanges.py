"""Whether a scene holds data that is in no file: made here, or changed since it was loaded or saved."""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from typing import NamedTuple

from vtkmodules.util.misc import calldata_type
from vtkmodules.vtkCommonCore import VTK_OBJECT

from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from DICOMLib.Scene.VolumeNodes import vtkMRMLVolumeNode

_IN_NO_FILE = ("in no file",)
"""No stamp is like it."""


class _Known(NamedTuple):
    """What a node's data was like, and where its file was said to be, when it was known to be in a file."""

    stamp: tuple
    fileName: str


class UnsavedChanges:
    """Follows one scene.

    What is loaded (from DICOM or any file) and only looked at is no loss, and neither is how it is shown: only data
    counts, and where it is. What scripts and computations add counts until it is saved.
    """

    def __init__(self, scene: Scene):
        self._scene = scene
        self._known: weakref.WeakKeyDictionary[vtkMRMLNode, _Known] = weakref.WeakKeyDictionary()
        self._tag = scene.AddObserver(scene.NodeAddedEvent, self._onNodeAdded)

    @calldata_type(VTK_OBJECT)
    def _onNodeAdded(self, _scene: Scene, _event: str, node: vtkMRMLNode) -> None:
        if node.isDataNode and self._scene.IsImporting():  # all that comes this way was read from files
            self._remember(node)

    def state(self) -> dict[vtkMRMLNode, tuple]:
        """What all data is like now, for :meth:`wasSaved` once it is written."""
        return {node: _stampOf(node) for node in self._dataNodes()}

    def wasSaved(self, state: dict[vtkMRMLNode, tuple]) -> list[vtkMRMLNode]:
        """What was like this is in a file now. :returns: what is not like this any more"""
        for node, stamp in state.items():
            self._known[node] = _Known(stamp, _fileNameOf(node))
        present = set(self._scene.nodes())
        return [node for node, stamp in state.items() if node in present and _stampOf(node) != stamp]

    def wereRestored(self, nodes: Iterable[vtkMRMLNode]) -> None:
        """These came out of an autosave: they are in no file that anybody knows of."""
        for node in nodes:
            self._known[node] = _Known(_IN_NO_FILE, _fileNameOf(node))

    def nodes(self) -> list[vtkMRMLNode]:
        """Those whose data would be lost with the scene."""
        return [node for node in self._dataNodes() if self._isUnsaved(node)]

    def close(self) -> None:
        """Follow the scene no longer."""
        self._scene.RemoveObserver(self._tag)

    def _dataNodes(self) -> list[vtkMRMLNode]:
        nodes = [node for node in self._scene.nodes() if node.isDataNode and not node.GetHideFromEditors()]
        owned = {owner.GetNodeReferenceID(role) for owner in nodes for role in owner.ownedRoles}
        owned |= _shownItems(self._scene)
        return [node for node in nodes if node.GetID() not in owned]

    def _isUnsaved(self, node: vtkMRMLNode) -> bool:
        stamp = _stampOf(node)
        if not stamp:
            return False
        known, fileName = self._known.get(node), _fileNameOf(node)
        if fileName != ("" if known is None else known.fileName):  # it was read from a file, or saved, by itself
            self._remember(node)
            return False
        return known is None or known.stamp != stamp

    def _remember(self, node: vtkMRMLNode) -> None:
        self._known[node] = _Known(_stampOf(node), _fileNameOf(node))


def _shownItems(scene: Scene) -> set[str]:
    """IDs of nodes that show items of sequences, which have their data; not of volumes that were written into."""
    found = set()
    for browser in scene.GetNodesByClass("vtkMRMLSequenceBrowserNode"):
        for proxy in browser.GetAllProxyNodes() if isinstance(browser, vtkMRMLSequenceBrowserNode) else ():
            isSaved = browser.GetSaveChanges(browser.GetSequenceNode(proxy))
            if isSaved or not isinstance(proxy, vtkMRMLVolumeNode) or proxy.isLent():
                found.add(proxy.GetID())
    return found


def _fileNameOf(node: vtkMRMLNode) -> str:
    storage = node.GetStorageNode() if hasattr(node, "GetStorageNode") else None
    return "" if storage is None else storage.GetFileName()


def _stampOf(node: vtkMRMLNode) -> tuple:
    """Differs after every change of the data and of its place, and not by being shown; empty where there is no data."""
    place = node.GetTransformNodeID() if hasattr(node, "GetTransformNodeID") else None
    if node.IsA("vtkMRMLSequenceBrowserNode"):
        return ()  # it says what is shown
    if node.IsA("vtkMRMLVolumeNode"):
        image = node.GetImageData()
        scalars = None if image is None else image.GetPointData().GetScalars()
        return () if scalars is None else (scalars.GetMTime(), node.ijkToRASArray().tobytes(), place)
    if node.IsA("vtkMRMLModelNode"):
        surface = node.GetPolyData()
        return () if surface is None else (surface.GetMTime(), place)
    if node.IsA("vtkMRMLLinearTransformNode"):
        matrix = node.GetMatrixTransformToParent()
        return tuple(matrix.GetElement(row, column) for row in range(4) for column in range(4)), place
    if node.IsA("vtkMRMLSegmentationNode"):
        return node.GetSegmentation().dataTime, place
    return node.GetMTime(), place
