"""What scripts tell a scene to do with files, and what it answers; what reads and writes is a stand-in."""

from __future__ import annotations

import pytest
from vtkmodules.vtkCommonCore import vtkCommand
from vtkmodules.vtkCommonDataModel import vtkPolyData

from DICOMLib.Errors import SceneFileError
from DICOMLib.Scene.MessageCollection import vtkMRMLMessageCollection
from DICOMLib.Scene.Scene import Scene


class _Files:
    """Remembers what it was told; fails when asked to."""

    def __init__(self):
        self.calls: list[tuple] = []
        self.told: list[str] = []
        self.fails, self.problems = False, []
        self.modified: set = set()

    def opened(self, path):
        if self.fails:
            raise SceneFileError("the scene is damaged", path)
        self.calls.append(("opened", path))
        return "staged"

    def openedText(self, text, folder):
        self.calls.append(("openedText", text, folder))
        return "staged"

    def take(self, scene, opened, replaces):
        self.calls.append(("take", opened, replaces))
        return self.problems

    def save(self, scene, path, thumbnail=None):
        if self.fails:
            raise SceneFileError("the disk is full", path)
        self.calls.append(("save", path, thumbnail))
        return self.problems

    def textOf(self, scene):
        return "<MRML/>", self.problems

    def isModified(self, node):
        return node in self.modified

    def readData(self, node, path):
        if self.fails:
            raise SceneFileError("the file is damaged", path)
        self.calls.append(("readData", node, path))

    def writeData(self, node, path):
        self.calls.append(("writeData", node, path))

    def wereStored(self, nodes):
        self.modified -= set(nodes)

    def tell(self, sentence):
        self.told.append(sentence)


@pytest.fixture
def files():
    return _Files()


@pytest.fixture
def scene(files):
    return Scene(files=files)


def test_theRootIsTheFolderOfTheURLUntilAnotherIsSet(scene):
    assert (scene.GetURL(), scene.GetRootDirectory()) == ("", "")
    scene.SetURL("/data/study/scene.mrml")
    assert scene.GetRootDirectory() == "/data/study"
    scene.SetRootDirectory("/elsewhere")
    assert scene.GetRootDirectory() == "/elsewhere"


def test_importAddsAndConnectReplaces(scene, files):
    scene.SetURL("/data/scene.mrml")
    assert (scene.Import(), scene.Connect()) == (1, 1)
    assert files.calls == [("opened", "/data/scene.mrml"), ("take", "staged", False),
                           ("opened", "/data/scene.mrml"), ("take", "staged", True)]  # fmt: skip


def test_aSceneInOneFileIsReadWithoutChangingTheURL(scene, files):
    assert scene.ReadFromMRB("/data/scene.mrb", True) is True
    assert files.calls[-1] == ("take", "staged", True)
    assert scene.GetURL() == ""


def test_textIsReadAndWrittenInsteadOfFilesWhenThatIsWanted(scene, files):
    scene.SetRootDirectory("/data")
    scene.SetSaveToXMLString(1)
    assert scene.Commit() == 1
    assert scene.GetSceneXMLString() == "<MRML/>"
    scene.SetLoadFromXMLString(1)
    assert scene.Connect() == 1
    assert files.calls[0] == ("openedText", "<MRML/>", "/data")
    assert scene.ReadFromMRB("/data/scene.mrb")
    assert files.calls[2] == ("opened", "/data/scene.mrb")


def test_commitWritesToTheURLOrWhereItIsTold(scene, files):
    scene.SetURL("/data/scene.mrml")
    assert (scene.Commit(), scene.Commit("/data/other.mrb")) == (1, 1)
    assert [call[1] for call in files.calls] == ["/data/scene.mrml", "/data/other.mrb"]
    assert scene.GetURL() == "/data/scene.mrml"


def test_aSceneInOneFileIsWrittenWithItsPictureAndUnderItsEndingOnly(scene, files):
    messages = vtkMRMLMessageCollection()
    assert scene.WriteToMRB("/data/scene.mrb", "picture") is True
    assert files.calls == [("save", "/data/scene.mrb", "picture")]
    assert scene.WriteToMRB("/data/scene.zip", None, messages) is False
    assert "end in .mrb" in messages.GetNthMessageText(0)


@pytest.mark.parametrize("what, code", [(lambda s, m: s.Import(m), 0), (lambda s, m: s.Connect(m), 0),
                                        (lambda s, m: s.Commit(None, m), 0),
                                        (lambda s, m: s.WriteToMRB("/data/a.mrb", None, m), False),
                                        (lambda s, m: s.ReadFromMRB("/data/a.mrb", False, m), False)])  # fmt: skip
def test_whatFailsIsToldByTheResultAndInTheMessages(scene, files, what, code):
    scene.SetURL("/data/scene.mrml")
    files.fails, messages = True, vtkMRMLMessageCollection()
    assert what(scene, messages) == code
    assert messages.GetNumberOfMessagesOfType(vtkCommand.ErrorEvent) == messages.GetNumberOfMessages() == 1
    assert "/data/" in messages.GetNthMessageText(0)
    assert files.told == []
    assert scene.GetStates() == 0


def test_withoutMessagesItIsToldToTheProgram(scene, files):
    scene.SetURL("/data/scene.mrml")
    files.fails = True
    assert scene.Connect() == 0
    assert "the scene is damaged" in files.told[0]


def test_whatWasLeftOutIsAWarningOfSomethingThatWasDone(scene, files):
    files.problems, messages = ["A file is missing: CT.nrrd."], vtkMRMLMessageCollection()
    scene.SetURL("/data/scene.mrml")
    assert scene.Import(messages) == 1
    assert messages.GetNthMessageType(0) == vtkCommand.WarningEvent
    assert messages.GetAllMessagesAsString() == "- Warning: A file is missing: CT.nrrd."


def test_aSceneWithoutURLAndOneWithoutFilesSaySo(scene):
    messages = vtkMRMLMessageCollection()
    assert (scene.Connect(messages), scene.Commit(None, messages)) == (0, 0)
    assert "SetURL" in messages.GetNthMessageText(0)
    assert Scene().Connect(messages) == 0
    assert "no way to files" in messages.GetNthMessageText(2)


def test_savingIsAnnouncedAndItsEndAlsoWhenItFails(scene, files):
    heard = []
    for name in ("StartSaveEvent", "EndSaveEvent"):
        scene.AddObserver(getattr(scene, name), lambda *_a, name=name: heard.append(name))
    scene.Commit("/data/scene.mrml")
    files.fails = True
    scene.Commit("/data/scene.mrml")
    assert heard == ["StartSaveEvent", "EndSaveEvent"] * 2


def test_itIsModifiedOnceSomethingToBeSeenCameAfterItWasReadOrWritten(scene):
    assert not scene.GetModifiedSinceRead()
    scene.AddNewNodeByClass("vtkMRMLTextNode")
    assert not scene.GetModifiedSinceRead()
    scene.AddNewNodeByClass("vtkMRMLModelNode")
    assert scene.GetModifiedSinceRead()
    scene.Commit("/data/scene.mrml")
    assert not scene.GetModifiedSinceRead()
    scene.AddNewNodeByClass("vtkMRMLTextNode")
    assert scene.GetModifiedSinceRead()


def test_nodesWithDataInNoFileAreCollected(scene, files):
    seen, hidden, other = (scene.AddNewNodeByClass("vtkMRMLModelNode") for _ in range(3))
    hidden.SetHideFromEditors(True)
    files.modified = {seen, hidden}
    found: list = []
    assert scene.GetStorableNodesModifiedSinceRead(found)
    assert found == [seen]
    scene.wereStored([seen, hidden])
    assert not scene.GetStorableNodesModifiedSinceRead()
    assert not other.GetModifiedSinceRead()


def test_storageNodesReadAndWriteTheFileTheyName(scene, files, tmp_path):
    model = scene.AddNewNodeByClass("vtkMRMLModelNode")
    model.SetAndObservePolyData(vtkPolyData())
    storage = model.AddDefaultStorageNode(tmp_path / "m.vtp")
    assert (storage.WriteData(model), storage.ReadData(model)) == (1, 1)
    path = str(tmp_path / "m.vtp")
    assert files.calls == [("writeData", model, path), ("readData", model, path)]
    files.fails = True
    assert storage.ReadData(model) == 0
    assert "the file is damaged" in storage.GetUserMessages().GetNthMessageText(0)
    storage.SetFileName("")
    assert storage.WriteData(model) == 0
    assert storage.GetUserMessages().GetNumberOfMessages() == 1


def test_aFileThatIsNamedWithoutAFolderIsInThatOfTheScene(scene):
    scene.SetURL("/data/scene.mrml")
    storage = scene.AddNewNodeByClass("vtkMRMLModelStorageNode")
    storage.SetFileName("Data/m.vtp")
    assert storage.GetFullNameFromFileName() == "/data/Data/m.vtp"
    storage.SetFileName("/other/m.vtp")
    assert storage.GetFullNameFromFileName() == "/other/m.vtp"


def test_aSceneWithoutFilesKeepsNoAccountOfWhatIsStored():
    scene = Scene()
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    scene.wereStored([node])
    assert not node.GetModifiedSinceRead()
