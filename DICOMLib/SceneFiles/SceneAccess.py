"""What a scene reads and writes files with when scripts tell it to (``Scene.Import``, ``Commit``, ``WriteToMRB`` …)."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from pathlib import Path

from vtkmodules.vtkCommonDataModel import vtkImageData

from ..Errors import SceneFileError
from ..Progress import Progress
from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene
from ..Scene.Storage import prepareVolume
from ..Scene.TextNodes import vtkMRMLTextNode
from ..Scene.VolumeNodes import vtkMRMLVolumeNode
from ..Workers.WorkerPool import WorkerPool
from .MemberFiles import formatOf, readMember, writeMember
from .Members import StagedScene
from .MemberSnapshot import dataStamp
from .SceneExchange import addTo, replace
from .SceneOpening import openScene, openSceneText
from .SceneSaving import saveScene, writeBundleWithin
from .SceneSummary import isSceneFile
from .SceneText import sceneToMrml


class SceneAccess:
    """Reads and writes on the thread it is called on; one serves any number of scenes of one thread.

    :param workers: where files are read and parsed
    :param tell: called with what went wrong where nobody collects it
    """

    def __init__(self, workers: WorkerPool, tell: Callable[[str], object]):
        self._workers = workers
        self._stored: weakref.WeakKeyDictionary[vtkMRMLNode, tuple] = weakref.WeakKeyDictionary()
        self.tell = tell

    # Scenes

    def opened(self, path: str) -> StagedScene:
        """:raises SceneFileError: for another ending, and as :func:`openScene`"""
        if not isSceneFile(path):
            raise SceneFileError("scenes are in files that end in .mrml or .mrb", path)
        return openScene(path, self._workers)

    def openedText(self, text: str, folder: str) -> StagedScene:
        """As :func:`openSceneText`"""
        return openSceneText(text, folder, self._workers)

    def take(self, scene: Scene, opened: StagedScene, replaces: bool) -> list[str]:
        """Have what was opened in a scene, or leave that as it is when it fails. :returns: what was left out"""
        newIDs = (replace if replaces else addTo)(scene, opened)
        self.wereStored(scene.GetNodeByID(nodeID) for nodeID in newIDs.values())
        return opened.problems

    def save(self, scene: Scene, path: str, thumbnail: vtkImageData | bytes | None = None) -> list[str]:
        """As :func:`saveScene`. :param thumbnail: a picture, or one as PNG already :returns: what is not as it was"""
        picture = thumbnail if thumbnail is None or isinstance(thumbnail, bytes) else pngOf(thumbnail)
        problems = saveScene(scene, path, picture).problems
        self.wereStored(scene.nodes())
        return problems

    def textOf(self, scene: Scene) -> tuple[str, list[str]]:
        """The text (MRML), and what could not be said in it."""
        document = sceneToMrml(scene)
        return document.text, document.problems

    # Nodes

    def readData(self, node: vtkMRMLNode, path: str) -> None:
        """As :func:`readMember`"""
        readMember(node, path, self._workers, openBundle=self._openedBundle)
        self.wereStored([node])

    def _openedBundle(self, path: Path, progress: Progress | None) -> StagedScene:
        return openScene(path, self._workers, progress)

    def writeData(self, node: vtkMRMLNode, path: str, compresses: bool = True, remembers: bool = True) -> list[Path]:
        """As :func:`writeMember`; volumes also as NIfTI.

        :param compresses: NRRD of a volume
        :param remembers: what the node holds counts as stored then
        :returns: the files
        """
        if isinstance(node, vtkMRMLVolumeNode):
            prepared = prepareVolume(node, path, compresses)
            prepared.write()
            files = prepared.files
        else:
            files = writeMember(node, path, writeBundle=writeBundleWithin)
        if remembers:
            self.wereStored([node])
        return files

    def isModified(self, node: vtkMRMLNode) -> bool:
        """Whether a node has data that is not as it was read from a file or written to one here."""
        if node in self._stored:
            return self._stored[node] != dataStamp(node)
        found = formatOf(node)
        isText = isinstance(node, vtkMRMLTextNode) and bool(node.GetText())  # short ones need no file of their own
        return isText or (found is not None and found.hasData(node))

    def wereStored(self, nodes) -> None:
        """What these nodes hold is in a file now."""
        for node in nodes:
            if node.IsA("vtkMRMLStorableNode"):
                self._stored[node] = dataStamp(node)


def pngOf(image: vtkImageData) -> bytes:
    """A picture as PNG. :raises SceneFileError: when it is none"""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOImage import vtkPNGWriter

    scalars = image.GetPointData().GetScalars()
    if scalars is None or scalars.GetDataTypeAsString() not in ("unsigned char", "unsigned short"):
        raise SceneFileError("the picture of the scene has no pixels of 8 or 16 bits")
    writer = vtkPNGWriter()
    writer.WriteToMemoryOn()
    writer.SetInputData(image)
    writer.Write()
    return vtk_to_numpy(writer.GetResult()).tobytes()
