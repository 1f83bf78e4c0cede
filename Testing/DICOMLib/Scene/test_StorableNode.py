"""Storage nodes: where a node's file is, and what is told when it cannot be read or written."""

from __future__ import annotations

import os

import pytest

from DICOMLib.Errors import FileError
from DICOMLib.Scene.Nodes import vtkMRMLModelNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.StorableNode import vtkMRMLStorageNode


class Files:
    """Stands for the way to files of a scene; keeps what it is asked for."""

    def __init__(self):
        self.asked: list[tuple] = []
        self.error: Exception | None = None

    def readData(self, node, path) -> None:
        """Keep it."""
        self._ask("read", node, path)

    def writeData(self, node, path) -> None:
        """Keep it."""
        self._ask("write", node, path)

    def _ask(self, what, node, path) -> None:
        self.asked.append((what, node, path))
        if self.error is not None:
            raise self.error


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def scene(files) -> Scene:
    return Scene(files=files)


def storageIn(scene: Scene, path: str = "Data/a.vtp"):
    storage = scene.AddNode(vtkMRMLStorageNode())
    storage.SetFileName(path)
    return storage


def messagesOf(storage) -> list[str]:
    messages = storage.GetUserMessages()
    return [messages.GetNthMessageText(n) for n in range(messages.GetNumberOfMessages())]


def test_aFileIsFromTheFolderOfTheSceneElseFromThatOfTheProgram(scene, tmp_path):
    storage = storageIn(scene)
    scene.SetRootDirectory(str(tmp_path))
    assert storage.GetFullNameFromFileName() == str(tmp_path / "Data" / "a.vtp")
    storage.SetFileName(tmp_path / "x.vtp")
    assert storage.GetFileName() == storage.GetFullNameFromFileName() == str(tmp_path / "x.vtp")
    alone = vtkMRMLStorageNode()
    assert alone.GetFullNameFromFileName() == alone.GetFileName() == ""
    alone.SetFileName("a.vtp")
    assert alone.GetFullNameFromFileName() == os.path.abspath("a.vtp")


@pytest.mark.parametrize(("method", "what"), [("ReadData", "read"), ("WriteData", "write")])
def test_theFileIsReadOrWrittenByTheScene(scene, files, tmp_path, method, what):
    storage, node = storageIn(scene, str(tmp_path / "a.vtp")), vtkMRMLModelNode()
    assert getattr(storage, method)(node) == 1
    assert files.asked == [(what, node, str(tmp_path / "a.vtp"))]
    assert messagesOf(storage) == []


def test_theSceneOfTheNodeIsAskedWhereTheStorageNodeIsInNone(scene, files, tmp_path):
    storage, node = vtkMRMLStorageNode(), scene.AddNode(vtkMRMLModelNode())
    storage.SetFileName(str(tmp_path / "a.vtp"))
    assert storage.WriteData(node) == 1 and len(files.asked) == 1


def test_whatFailsIsZeroAndAMessage_untilTheNextTime(scene, files, tmp_path):
    storage = storageIn(scene, str(tmp_path / "a.vtp"))
    files.error = FileError("it is damaged", "a.vtp")
    assert storage.ReadData(vtkMRMLModelNode()) == 0
    assert len(messagesOf(storage)) == 1 and "a.vtp: it is damaged" in messagesOf(storage)[0]
    files.error = None
    assert storage.ReadData(vtkMRMLModelNode()) == 1
    assert messagesOf(storage) == []


@pytest.mark.parametrize("hasNode", [True, False])
def test_withoutAFileOrANodeNothingIsAsked(scene, files, hasNode):
    storage = storageIn(scene, "" if hasNode else "a.vtp")
    assert storage.WriteData(vtkMRMLModelNode() if hasNode else None) == 0
    assert "no file, or there is no node for it" in messagesOf(storage)[0] and files.asked == []


def test_withoutASceneThatHasAWayToFilesThatIsSaid(files):
    for storage in (storageIn(Scene()), vtkMRMLStorageNode()):
        storage.SetFileName("a.vtp")
        for node in (None, vtkMRMLModelNode()):
            assert storage.ReadData(node) == 0
            assert "in no scene that has a way to files" in messagesOf(storage)[0]


def test_aCopyNamesTheSameFile_andIsHiddenAsAllAre():
    storage, copy = vtkMRMLStorageNode(), vtkMRMLStorageNode()
    storage.SetFileName("a.vtp")
    copy.Copy(storage)
    assert copy.GetFileName() == "a.vtp" and copy.GetHideFromEditors()
    assert Scene().AddNode(vtkMRMLStorageNode()).GetName() == "Storage"
