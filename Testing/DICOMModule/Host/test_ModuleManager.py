import os
import sys
import textwrap
from types import SimpleNamespace

import pytest

from DICOMModule.Host.Application import HostApplication
from DICOMModule.Host.ModuleManager import ModuleError
from DICOMPlugins import builtinPlugins

HELLO = """
from slicer.ScriptedLoadableModule import *
import helperOfHello

class Hello(ScriptedLoadableModule):
    def __init__(self, parent):
        ScriptedLoadableModule.__init__(self, parent)
        self.parent.title = "Hello there"

class HelloWidget(ScriptedLoadableModuleWidget):
    def setup(self):
        ScriptedLoadableModuleWidget.setup(self)
        self.log = ["setup"]
    def enter(self):
        self.log.append("enter")
    def exit(self):
        self.log.append("exit")
    def cleanup(self):
        self.log.append("cleanup")

class HelloLogic(ScriptedLoadableModuleLogic):
    def greet(self):
        return helperOfHello.GREETING + " from " + self.moduleName
"""

PLUGIN = """
import slicer
from DICOMLib import DICOMPlugin

class DICOMToyPluginClass(DICOMPlugin):
    def __init__(self):
        super().__init__()
        self.loadType = "Toy"
        self.tags["toy"] = "0018,1312"

class DICOMToyPlugin:
    def __init__(self, parent):
        parent.title = "Toy plugin"
        parent.hidden = True
        try:
            slicer.modules.dicomPlugins
        except AttributeError:
            slicer.modules.dicomPlugins = {}
        slicer.modules.dicomPlugins["DICOMToyPlugin"] = DICOMToyPluginClass
"""


def write(folder, **sources):
    folder.mkdir(exist_ok=True)
    for name, source in sources.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
    return folder


class FakePanel:
    """Stands in for the window's module panel: pages are plain objects with a layout."""

    def __init__(self):
        self.pages = {}
        self.shown = []
        self.moduleSelected = SimpleNamespace(connect=self._connect)

    def _connect(self, slot):
        self.slot = slot

    def addPage(self, name, title="", moduleIcon=None):
        return self.pages.setdefault(name, SimpleNamespace(layout=lambda: "layout", title=title))

    def showPage(self, name):
        self.shown.append(name)
        self.slot(name)


@pytest.fixture
def makeApplication():
    made = []

    def make(*folders):
        store = {"Modules/AdditionalPaths": [str(folder) for folder in folders]}
        made.append(HostApplication.create(settingsStore=store, databaseFile=":memory:"))
        return made[-1]

    yield make
    for application in made:
        application.close()


@pytest.fixture
def helloFolder(tmp_path):
    return write(tmp_path / "modules", Hello=HELLO, helperOfHello="GREETING = 'Hello'")


def test_aFileWithAClassOfItsNameIsAModule(makeApplication, helloFolder):
    manager = makeApplication(helloFolder).moduleManager
    assert manager.moduleNames() == ["DICOM", "Hello"]
    assert manager.messages == []


def test_modulesWithAPanelAreNotImportedBeforeTheyAreUsed(makeApplication, helloFolder):
    manager = makeApplication(helloFolder).moduleManager
    assert "Hello" not in sys.modules
    assert manager.importModule("hello").title == "Hello there"
    assert "Hello" in sys.modules


def test_logicWorksWithoutAWindowAndFindsTheModulesOwnFiles(makeApplication, helloFolder):
    assert makeApplication(helloFolder).moduleManager.module("Hello").logic().greet() == "Hello from Hello"


def test_aPanelNeedsAWindow(makeApplication, helloFolder):
    manager = makeApplication(helloFolder).moduleManager
    with pytest.raises(ModuleError, match="needs a window"):
        manager.widgetRepresentation("Hello")


def test_panelsAreBuiltWhenFirstShownAndToldWhenTheyComeAndGo(makeApplication, helloFolder):
    write(helloFolder, Other=HELLO.replace("Hello", "Other").replace("helperOfOther", "helperOfHello"))
    application = makeApplication(helloFolder)
    manager = application.moduleManager
    application.mainWindow = SimpleNamespace(modulePanel=FakePanel())
    manager.attachWindow(application.mainWindow)
    assert set(application.mainWindow.modulePanel.pages) == {"DICOM", "Hello", "Other"}
    manager.selectModule("Hello")
    hello = manager.widgetRepresentation("Hello")
    assert hello.self() is hello
    assert hello.application is application
    assert hello.layout == "layout"
    manager.selectModule("Other")
    assert manager.selectedModule() == "Other"
    assert hello.log == ["setup", "enter", "exit"]
    manager.closeWidgets()
    assert hello.log[-1] == "cleanup"


def test_aModuleThatFailsGivesAMessageAndTheOthersGoOn(makeApplication, helloFolder):
    write(helloFolder, Broken="class Broken:\n    def __init__(self, parent):\n        raise RuntimeError('no luck')")
    write(helloFolder, Wrong="class Wrong(:\n")
    manager = makeApplication(helloFolder).moduleManager
    assert manager.moduleNames() == ["DICOM", "Hello"]
    assert len(manager.messages) == 2
    assert any("Broken.py" in message and "no luck" in message for message in manager.messages)
    assert any("Wrong.py" in message for message in manager.messages)


def test_aModuleThatEndsTheProgramGivesAMessageAndTheOthersGoOn(makeApplication, helloFolder):
    write(helloFolder, Leaving="import sys\nsys.exit(3)\nclass Leaving:\n    pass")
    write(helloFolder, Panel="class Panel:\n    def __init__(self, parent):\n        pass\n"
                             "class PanelWidget:\n    def __init__(self, parent):\n        raise SystemExit(2)\n")
    application = makeApplication(helloFolder)
    manager = application.moduleManager
    application.mainWindow = SimpleNamespace(modulePanel=FakePanel())
    assert manager.moduleNames() == ["DICOM", "Hello", "Panel"]
    assert "SystemExit: 3" in manager.messages[0]
    with pytest.raises(ModuleError, match="SystemExit: 2"):
        manager.widgetRepresentation("Panel")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
@pytest.mark.timeout(20)
def test_whatIsNoFileIsNoModuleAndNobodyWaitsForIt(makeApplication, helloFolder):
    os.mkfifo(helloFolder / "Pipe.py")
    (helloFolder / "Folder.py").mkdir()
    (helloFolder / "Deep.py").write_text("x = " + "-" * 200_000 + "1\nclass Deep:\n    pass\n")
    manager = makeApplication(helloFolder).moduleManager
    assert manager.moduleNames() == ["DICOM", "Hello"]
    assert [message for message in manager.messages if "Deep.py" not in message] == []


def test_aMissingFolderGivesAMessage(makeApplication, tmp_path):
    manager = makeApplication(tmp_path / "gone").moduleManager
    assert "does not exist" in manager.messages[0]
    assert manager.moduleNames() == ["DICOM"]


def test_hiddenModulesRegisterTheirPluginsAsInSlicer(makeApplication, tmp_path):
    application = makeApplication(write(tmp_path / "plugins", DICOMToyPlugin=PLUGIN))
    assert application.moduleManager.messages == []
    assert application.registry.names() == [*builtinPlugins(), "DICOMToyPlugin"]
    assert application.registry.pluginClass("DICOMToyPlugin")().loadType == "Toy"
    assert "0018,1312" in application.database.tagsToPrecache
    assert application.moduleManager.module("DICOMToyPlugin").hidden


def test_aPanelThatFailsToCloseDoesNotKeepOthersFromIt(makeApplication, helloFolder):
    application = makeApplication(helloFolder)
    manager = application.moduleManager
    application.mainWindow = SimpleNamespace(modulePanel=FakePanel())
    widget = manager.widgetRepresentation("Hello")
    widget.cleanup = lambda: 1 / 0
    manager.closeWidgets()
    assert "ZeroDivisionError" in manager.messages[-1]


def test_unknownModulesAreErrorsThatNameTheKnownOnes(makeApplication):
    with pytest.raises(ModuleError, match="There are: DICOM"):
        makeApplication().moduleManager.module("Nothing")


def test_closingForgetsModulesOfUserFolders(makeApplication, helloFolder):
    application = makeApplication(helloFolder)
    application.moduleManager.importModule("Hello")
    assert str(helloFolder) in sys.path
    application.close()
    assert "Hello" not in sys.modules
    assert str(helloFolder) not in sys.path
