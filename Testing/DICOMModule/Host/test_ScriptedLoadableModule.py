from types import SimpleNamespace

import pytest

from DICOMModule.Host.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)


class Toy(ScriptedLoadableModule):
    pass


class ToyWidget(ScriptedLoadableModuleWidget):
    pass


class ToyLogic(ScriptedLoadableModuleLogic):
    pass


class ToyTest(ScriptedLoadableModuleTest):
    log = []

    def setUp(self):
        self.log.append("setUp")

    def test_b(self):
        self.log.append("b")

    def test_a(self):
        self.log.append("a")
        self.delayDisplay("working")


def test_aModuleDescribesItselfOnItsParent():
    parent = SimpleNamespace()
    module = Toy(parent)
    assert (parent.title, parent.categories, parent.hidden) == ("Toy", [], False)
    assert module.resourcePath("Icons/Toy.png").endswith("Resources/Icons/Toy.png")


def test_aPanelTakesParentLayoutAndApplicationFromItsPage():
    application = object()
    page = SimpleNamespace(layout=lambda: "layout", hostApplication=application)
    widget = ToyWidget(page)
    assert (widget.parent, widget.layout, widget.application) == (page, "layout", application)
    assert widget.moduleName == "Toy"


def test_aLogicIsNamedAfterItsModule():
    assert ToyLogic().moduleName == "Toy"
    assert ToyLogic(SimpleNamespace(name="Other")).moduleName == "Other"


def test_aTestRunsEveryTestMethodInOrderAfterItsSetUp(capsys):
    ToyTest.log.clear()
    ToyTest().runTest()
    assert ToyTest.log == ["setUp", "a", "setUp", "b"]
    assert capsys.readouterr().out == "working\n"


def test_aFailingTestRaises():
    class FailingTest(ScriptedLoadableModuleTest):
        def test_it(self):
            self.assertEqual(1, 2)

    with pytest.raises(AssertionError):
        FailingTest().runTest()


def test_aModuleRunsTheTestClassOfItsFile(capsys):
    ToyTest.log.clear()
    Toy(SimpleNamespace()).runTest(msec=5)
    assert "a" in ToyTest.log
