"""``slicer.util`` for files of nodes and scenes: the functions Slicer scripts load and save with."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from DICOMLib.Errors import DICOMError, FileError, LoadError, SceneError
from DICOMLib.Scene import Storage
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.SceneFiles.NodeFileKinds import (
    COLORS,
    MODEL,
    SCENE,
    SEGMENTATION,
    SEQUENCE,
    TABLE,
    TEXT,
    TRANSFORM,
    VOLUME,
    kindByName,
)
from DICOMLib.SceneFiles.NodeFiles import CLASSES, addNode, asLabelMap

if TYPE_CHECKING:
    from .Application import HostApplication


class NodeFileError(LoadError, RuntimeError):
    """A file could not be loaded as a node: a RuntimeError as in Slicer, which says why."""


class SlicerFiles:
    """Each public method is a function of ``slicer.util``; part of :class:`SlicerUtil`."""

    application: HostApplication

    # Loading

    def loadVolume(self, filename: str | os.PathLike, properties: dict | None = None, returnNode: bool = False):
        """Load a NRRD or NIfTI file, or the DICOM series (in its folder) that a file belongs to.

        :param properties: ``name`` of the node; ``singleFile`` to leave out the other files of a DICOM series
        :returns: the node; with ``returnNode`` whether it succeeded, and the node
        :raises FileError: when the file cannot be read
        :raises LoadError: when no plugin reads it
        """
        properties = properties or {}
        if Storage.suffixOf(filename):
            node = Storage.readVolume(filename, self.application.scene, workers=self.application.workers)
            self.application.sceneAccess.wereStored([node])
        else:
            node = self._loadDICOM(Path(filename), bool(properties.get("singleFile")))
        if properties.get("name"):
            node.SetName(properties["name"])
        return (True, node) if returnNode else node

    def _loadDICOM(self, path: Path, singleFile: bool) -> vtkMRMLNode:
        from DICOMLib import DICOMUtils
        from DICOMLib.Database.DICOMDatabase import DICOMDatabase
        from DICOMLib.Database.Indexer import DICOMIndexer

        if not path.is_file():
            raise FileError("there is no such file", path)
        paths = [path] if singleFile else [entry for entry in sorted(path.parent.iterdir()) if entry.is_file()]
        database = DICOMDatabase()
        database.openDatabase("")
        try:
            database.tagsToPrecache = self.application.registry.tagsToPrecache()
            DICOMIndexer(database).importPaths([path])
            DICOMIndexer(database).importPaths(paths)
            seriesUID = database.seriesForFile(str(path.absolute()))
            if not seriesUID:
                raise LoadError("the file is neither NRRD, NIfTI nor DICOM", path)
            messages: list[str] = []
            loaded = DICOMUtils.loadSeriesByUID(
                [seriesUID], messages, database=database, scene=self.application.scene,
                registry=self.application.registry,
            )  # fmt: skip
        finally:
            database.closeDatabase()
        if not loaded:
            raise LoadError("no plugin could load the file", path, value="; ".join(messages) or None)
        return self.application.scene.GetNodeByID(loaded[0])

    def loadLabelVolume(self, filename: str | os.PathLike, properties: dict | None = None, returnNode: bool = False):
        """As :meth:`loadVolume`, as a label map."""
        node = self.loadVolume(filename, properties)
        labels = asLabelMap(node)
        self.application.sceneAccess.wereStored([labels])
        return (True, labels) if returnNode else labels

    def loadNodeFromFile(
        self,
        filename: str | os.PathLike,
        filetype: str | None = None,
        properties: dict | None = None,
        returnNode: bool = False,
    ):
        """Load a file as a node with display and storage nodes.

        :param filetype: Slicer's name of its kind, such as "ModelFile" or "SegmentationFile"; None: by its ending
        :param properties: ``name`` of the node; others as of :meth:`loadVolume` and :meth:`loadScene`
        :returns: the node, None for a scene; with ``returnNode`` whether it succeeded, and the node
        :raises NodeFileError: when it cannot be loaded (unless ``returnNode``); it is a RuntimeError, as in Slicer
        """
        try:
            node = self._loaded(filename, filetype or kindByName(filename), dict(properties or {}))
        except DICOMError as error:
            if returnNode:
                sys.stderr.write(f"{error}\n")
                return False, None
            raise NodeFileError(error.what, error.where or filename, error.value, error.hint) from error
        return (True, node) if returnNode else node

    def _loaded(self, filename: str | os.PathLike, kind: str, properties: dict) -> vtkMRMLNode | None:
        if kind == SCENE:
            if not self.loadScene(filename, properties):
                raise LoadError("the scene cannot be opened", filename)
            return None
        if kind == VOLUME:
            load: Callable = self.loadLabelVolume if properties.get("labelmap") else self.loadVolume
            return load(filename, properties)
        if kind not in CLASSES:
            raise FileError("there is no such kind of file", filename, kind, f"Kinds are {', '.join(CLASSES)}")
        access, path = self.application.sceneAccess, os.path.abspath(filename)
        return addNode(
            self.application.scene, path, kind, lambda node: access.readData(node, path), properties.get("name", "")
        )

    def loadNodesFromFile(
        self, filename: str | os.PathLike, filetype: str | None = None, properties: dict | None = None
    ) -> list[vtkMRMLNode]:
        """All nodes of a file, as :meth:`loadNodeFromFile`; of a scene those that it brought."""
        before = set(self.application.scene.nodes())
        node = self.loadNodeFromFile(filename, filetype, properties)
        new = [one for one in self.application.scene.nodes() if one not in before]
        return new if node is None else [node]

    def loadModel(self, filename: str | os.PathLike, returnNode: bool = False):
        """A surface (.vtp, .vtk, .stl, .obj, .ply). Errors as of :meth:`loadNodeFromFile`"""
        return self.loadNodeFromFile(filename, MODEL, None, returnNode)

    def loadSegmentation(self, filename: str | os.PathLike, properties: dict | None = None, returnNode: bool = False):
        """Segments (.seg.nrrd, .nrrd, .seg.vtm). Errors as of :meth:`loadNodeFromFile`"""
        return self.loadNodeFromFile(filename, SEGMENTATION, properties, returnNode)

    def loadTransform(self, filename: str | os.PathLike, returnNode: bool = False):
        """A transform: linear, a displacement grid, a B-spline, or several in one (.tfm, .h5, .txt; grids also .nrrd).

        Errors as of :meth:`loadNodeFromFile`
        """
        return self.loadNodeFromFile(filename, TRANSFORM, None, returnNode)

    def loadTable(self, filename: str | os.PathLike, properties: dict | None = None, returnNode: bool = False):
        """A table (.tsv, .csv). Errors as of :meth:`loadNodeFromFile`"""
        return self.loadNodeFromFile(filename, TABLE, properties, returnNode)

    def loadText(self, filename: str | os.PathLike):
        """A text (.txt, .json, .xml). Errors as of :meth:`loadNodeFromFile`"""
        return self.loadNodeFromFile(filename, TEXT)

    def loadSequence(self, filename: str | os.PathLike, properties: dict | None = None):
        """A sequence (.seq.nrrd, .seq.mha, .seq.mrb). Errors as of :meth:`loadNodeFromFile`

        :returns: the sequence node, as in Slicer; a browser of it, called "… browser", shows it in a proxy node
        """
        return self.loadNodeFromFile(filename, SEQUENCE, properties)

    def loadColorTable(self, filename: str | os.PathLike, returnNode: bool = False):
        """Colours (.ctbl, .txt, .csv). Errors as of :meth:`loadNodeFromFile`"""
        return self.loadNodeFromFile(filename, COLORS, None, returnNode)

    # Saving

    def saveNode(self, node: vtkMRMLNode, filename: str | os.PathLike, properties: dict | None = None) -> bool:
        """Write what a node holds to a file, whose ending is one that nodes of its kind have, and remember it as its.

        Volumes are written as NRRD or NIfTI; beside NIfTI of diffusion are .bval and .bvec.

        :param properties: ``useCompression`` (default 1) for volumes in NRRD
        :returns: whether it was written; what went wrong is said on the console
        """
        return self._save(node, filename, properties, remembers=True)

    def exportNode(
        self, node: vtkMRMLNode, filename: str | os.PathLike, properties: dict | None = None, world: bool = False
    ) -> bool:
        """As :meth:`saveNode`, but the node's own file stays what it is.

        :param world: write it where the transforms above it put it
        """
        try:
            exported = _inWorld(node) if world else node
        except DICOMError as error:
            sys.stderr.write(f"{error}\n")
            return False
        return self._save(exported, filename, properties, remembers=False)

    def _save(
        self, node: vtkMRMLNode, filename: str | os.PathLike, properties: dict | None, remembers: bool
    ) -> bool:
        compresses = bool((properties or {}).get("useCompression", 1))
        try:
            self.application.sceneAccess.writeData(node, os.path.abspath(filename), compresses, remembers)
        except DICOMError as error:
            sys.stderr.write(f"{error}\n")
            return False
        if remembers:
            node.AddDefaultStorageNode(os.path.abspath(filename))
        return True

    # Scenes

    def saveScene(self, filename: str | os.PathLike, properties: dict | None = None) -> bool:
        """Write the scene, and how the window shows it, as .mrb or .mrml; it is the scene's file from then on.

        :returns: whether it was written; what went wrong, or is not as it was, is said on the console
        """
        saved = bool(self.application.scene.Commit(os.path.abspath(filename)))
        if saved:
            self.application.scene.SetURL(os.path.abspath(filename))
        return saved

    def loadScene(self, filename: str | os.PathLike, properties: dict | None = None) -> bool:
        """Open a .mrb or .mrml file; the script that names it vouches for it. A window shows it as the file says.

        :param properties: ``clear`` (default True): replace the scene instead of adding to it
        :returns: whether it was opened; what went wrong, or was left out, is said on the console
        """
        clear, path = bool((properties or {}).get("clear", True)), os.path.abspath(filename)
        opened = self.application.scene.ReadFromMRB(path, clear)
        if opened and clear:
            self.application.scene.SetURL(path)
        return opened

    def openAddSceneDialog(self) -> bool:
        """Ask for a scene file and open it. :returns: whether there is a window to ask in"""
        return self._inWindow(lambda window: window.sceneFiles.askToOpen())

    def openSaveDataDialog(self) -> bool:
        """Ask where to save the scene, and save it. :returns: whether there is a window to ask in"""
        return self._inWindow(lambda window: window.sceneFiles.saveSceneAs())

    def _inWindow(self, ask: Callable) -> bool:
        if self.application.mainWindow is None:
            sys.stderr.write("There is no window to ask in: name the file in the script.\n")
            return False
        ask(self.application.mainWindow)
        return True


def _inWorld(node: vtkMRMLNode) -> vtkMRMLNode:
    """A copy, in no scene, that is where the transforms above the node put it.

    :raises SceneError: when these are not linear, and nodes of this kind cannot follow them
    """
    transform = getattr(node, "GetParentTransformNode", lambda: None)()
    if transform is None:
        return node
    copy = node.CreateNodeInstance()
    copy.Copy(node)
    if transform.IsTransformToWorldLinear():
        copy.ApplyTransformMatrix(transform.GetMatrixTransformToWorld())
    elif copy.CanApplyNonLinearTransforms():
        copy.ApplyTransform(transform.GetTransformToWorld())
    else:
        raise SceneError("the node is under a transform that is not linear", node.GetName(), node.GetClassName())
    return copy
