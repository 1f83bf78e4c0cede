"""A scene and the file it is in, with MRML's methods. What reads and writes files is given to the scene."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from vtkmodules.vtkCommonCore import vtkCommand, vtkTimeStamp

from ..Errors import DICOMError, SceneError
from .MessageCollection import vtkMRMLMessageCollection

if TYPE_CHECKING:
    from .Node import vtkMRMLNode
    from .Scene import Scene

BUNDLE_SUFFIX = ".mrb"


class SceneFileAccess(Protocol):
    """Reads and writes scenes and files of nodes. Errors are DICOMErrors; problems are sentences."""

    def opened(self, path: str) -> Any:
        """All of a scene file, in a scene of its own."""

    def openedText(self, text: str, folder: str) -> Any:
        """The same of a scene's text, whose files are in a folder."""

    def take(self, scene: Scene, opened: Any, replaces: bool) -> list[str]:
        """Have a scene that was opened in another, instead of or beside its nodes. :returns: problems"""

    def save(self, scene: Scene, path: str, thumbnail: Any = None) -> list[str]:
        """Write a scene to a .mrb or .mrml file. :param thumbnail: vtkImageData :returns: problems"""

    def textOf(self, scene: Scene) -> tuple[str, list[str]]:
        """A scene's text, and problems."""

    def readData(self, node: vtkMRMLNode, path: str) -> None:
        """Fill a node with what is in a file."""

    def writeData(self, node: vtkMRMLNode, path: str) -> None:
        """Write what a node holds to a file."""

    def isModified(self, node: vtkMRMLNode) -> bool:
        """Whether a node has data that was not read from a file like this, or written to one."""

    def wereStored(self, nodes: Iterable[vtkMRMLNode]) -> None:
        """What these nodes hold is in a file now."""

    def tell(self, sentence: str) -> None:
        """Say what went wrong to somebody who gave nothing to collect it in."""


class SceneInFiles:
    """The methods of a scene that have to do with files; part of :class:`Scene`.

    As in MRML they tell by their result whether they succeeded, and why not in ``userMessages``, a
    ``vtkMRMLMessageCollection``; without one it is said where the program says such things. A scene that cannot be read
    leaves this one as it is.

    :ivar files: reads and writes; None in a scene that has no way to files
    """

    def __init__(self, files: SceneFileAccess | None):
        self.files = files
        self._url, self._rootDirectory = "", ""
        self._xml, self._loadsText, self._savesText = "", False, False
        self._storedTime = vtkTimeStamp()

    # Where it is

    def GetURL(self) -> str:
        """Path of the scene's file; "" for none."""
        return self._url

    def SetURL(self, url: str | os.PathLike | None) -> None:
        self._url = os.fspath(url or "")
        self.Modified()

    def GetRootDirectory(self) -> str:
        """Where files of nodes are that are named without a folder: what was set, else the folder of the URL."""
        return self._rootDirectory or (os.path.dirname(self._url) if self._url else "")

    def SetRootDirectory(self, folder: str | os.PathLike | None) -> None:
        self._rootDirectory = os.fspath(folder or "")
        self.Modified()

    def GetSceneXMLString(self) -> str:
        return self._xml

    def SetSceneXMLString(self, text: str) -> None:
        self._xml = text

    def GetLoadFromXMLString(self) -> int:
        return int(self._loadsText)

    def SetLoadFromXMLString(self, loads: bool) -> None:
        """Have Import and Connect read the text given with SetSceneXMLString instead of the file of the URL."""
        self._loadsText = bool(loads)

    def GetSaveToXMLString(self) -> int:
        return int(self._savesText)

    def SetSaveToXMLString(self, saves: bool) -> None:
        """Have Commit put the text where GetSceneXMLString finds it, and write no file."""
        self._savesText = bool(saves)

    # Reading

    def Import(self, userMessages: vtkMRMLMessageCollection | None = None) -> int:
        """Add what is in the URL's file, .mrml or .mrb. :returns: 1, or 0 when it could not be read"""
        return int(self._read(self._url, False, userMessages))

    def Connect(self, userMessages: vtkMRMLMessageCollection | None = None) -> int:
        """Have what is in the URL's file instead of all there is. :returns: 1, or 0 when it could not be read"""
        return int(self._read(self._url, True, userMessages))

    def ReadFromMRB(
        self, fullName: str | os.PathLike, clear: bool = False, userMessages: vtkMRMLMessageCollection | None = None
    ) -> bool:
        """Add a scene from one file. :param clear: take out first what is there :returns: whether it was read"""
        return self._read(os.fspath(fullName), bool(clear), userMessages, isFile=True)

    def _read(self, path: str, replaces: bool, messages, isFile: bool = False) -> bool:
        with self._telling(messages) as told:
            files, isText = self._files(), self._loadsText and not isFile
            if not path and not isText:
                raise SceneError("the scene has no file", hint="Name one with SetURL")
            opened = files.openedText(self._xml, self.GetRootDirectory()) if isText else files.opened(path)
            isAlone = replaces or not self.GetNumberOfNodes()
            told += files.take(self, opened, replaces)
            if isAlone:
                self._storedTime.Modified()
        return told.isDone

    # Writing

    def Commit(self, url: str | os.PathLike | None = None, userMessages: vtkMRMLMessageCollection | None = None) -> int:
        """Write the scene and the data of all its nodes.

        :param url: ends in .mrml (the data is then in a folder beside it) or .mrb; None: the scene's URL
        :returns: 1, or 0 when it could not be written; what was there before is as it was then
        """
        path = self._url if url is None else os.fspath(url)
        if not self._savesText:
            return int(self._write(path, None, userMessages))
        with self._telling(userMessages) as told:
            self._xml, problems = self._files().textOf(self)
            told += problems
        self.Modified()
        return int(told.isDone)

    def WriteToMRB(
        self,
        filename: str | os.PathLike,
        thumbnail: Any = None,
        userMessages: vtkMRMLMessageCollection | None = None,
    ) -> bool:
        """Write the scene to one file.

        :param thumbnail: vtkImageData, a picture of it
        :returns: whether it was written
        """
        path = os.fspath(filename)
        if Path(path).suffix.lower() != BUNDLE_SUFFIX:
            with self._telling(userMessages):
                raise SceneError("scenes in one file end in .mrb", path)
            return False
        return self._write(path, thumbnail, userMessages)

    def _write(self, path: str, thumbnail: Any, messages) -> bool:
        with self._telling(messages) as told:
            files = self._files()
            if not path:
                raise SceneError("the scene has no file", hint="Name one with SetURL")
            self.StartState(self.SaveState)
            try:
                told += files.save(self, path, thumbnail)
            finally:
                self.EndState(self.SaveState)
            self._storedTime.Modified()
        return told.isDone

    # What is in no file

    def GetModifiedSinceRead(self) -> bool:
        """Whether nodes came or went since the scene was read or written, and there is something to be seen in it."""
        if self.GetMTime() <= self._storedTime.GetMTime():
            return False
        return any(node.IsA("vtkMRMLDisplayableNode") and not node.GetHideFromEditors() for node in self.nodes())

    def GetStorableNodesModifiedSinceRead(self, modifiedStorableNodes: Any = None) -> bool:
        """Whether any node has data that is in no file.

        :param modifiedStorableNodes: a vtkCollection or list to which these are added
        """
        storable = (one for one in self.GetNodesByClass("vtkMRMLStorableNode") if not one.GetHideFromEditors())
        found = [node for node in storable if node.GetModifiedSinceRead()]
        if modifiedStorableNodes is not None:
            add = getattr(modifiedStorableNodes, "AddItem", None) or modifiedStorableNodes.append
            for node in found:
                add(node)
        return bool(found)

    def wereStored(self, nodes: Iterable[vtkMRMLNode]) -> None:
        """What these nodes hold is in a file now."""
        if self.files is not None:
            self.files.wereStored(nodes)

    # Telling

    def _files(self) -> SceneFileAccess:
        """:raises SceneError: when there is none"""
        if self.files is None:
            raise SceneError("this scene has no way to files", hint="Give it one: Scene(files=…)")
        return self.files

    @contextmanager
    def _telling(self, messages: vtkMRMLMessageCollection | None) -> Iterator[_Told]:
        told = _Told()
        try:
            yield told
            told.isDone = True
        except DICOMError as error:
            self.tell(str(error), messages)
        for problem in told.problems:
            self.tell(problem, messages, vtkCommand.WarningEvent)

    def tell(self, sentence: str, messages: vtkMRMLMessageCollection | None, kind: int = vtkCommand.ErrorEvent) -> None:
        """Say what went wrong with a file."""
        if messages is not None:
            messages.AddMessage(kind, sentence)
        elif self.files is not None:
            self.files.tell(sentence)


class _Told:
    """Whether something was done, and what it left out."""

    def __init__(self):
        self.isDone = False
        self.problems: list[str] = []

    def __iadd__(self, problems: list[str]) -> _Told:
        self.problems += problems
        return self
