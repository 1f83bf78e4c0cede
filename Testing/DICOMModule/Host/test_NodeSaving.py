"""Exporting a node that is no volume from the data tree."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QFileDialog, QMessageBox

from .conftest import settle

pytestmark = pytest.mark.gui


@pytest.fixture
def drawsViews():
    return False


def test_theMenuOfANodeExportsItAndAsksBeforeItReplacesFilesBeside(qtbot, makeWindow, scene, tmp_path, monkeypatch):
    window = makeWindow()
    node = scene.AddNewNodeByClass("vtkMRMLTableNode", "sizes: ä/b")
    node.AddColumn().SetName("mm")
    settle()
    assert window.sceneFiles.changes.nodes() == [node]
    asked, questions, answers = [], [], [QMessageBox.No, QMessageBox.Yes]

    def answer(_parent, title, name, filters):
        asked.append((title, name, filters))
        return str(tmp_path / "saved"), "Table, commas (*.csv)"

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    monkeypatch.setattr(QMessageBox, "warning", lambda *arguments: questions.append(arguments[2]) or answers.pop(0))

    def export():
        actions = {action.text(): action for action in menu.actions()}
        actions["Export to file…"].trigger()
        qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=10000)
        settle()

    menu = window.dataTree.buildMenu(scene.GetSubjectHierarchyNode().GetItemByDataNode(node))
    export()
    assert asked == [("Export sizes: ä/b", "sizes__ä_b.tsv", "Table, tabs (*.tsv);;Table, commas (*.csv)")]
    assert sorted(file.name for file in tmp_path.iterdir()) == ["saved.csv", "saved.schema.csv"]
    assert window.messageLabel.text() == "Exported saved.csv"
    assert node.GetStorageNode().GetFileName() == str(tmp_path / "saved.csv")
    assert not window.sceneFiles.changes.nodes()
    node.AddColumn().SetName("kg")
    assert window.sceneFiles.changes.nodes() == [node]
    (tmp_path / "saved.csv").write_text("mine")
    export()
    assert questions == ["saved.csv and saved.schema.csv already exist.\nDo you want to replace them?"]
    assert (tmp_path / "saved.csv").read_text() == "mine"
    assert window.messageLabel.text() == "Nothing was exported"
    export()
    assert "mm" in (tmp_path / "saved.csv").read_text()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["saved.csv", "saved.schema.csv"]


def test_whatCannotBeExportedIsTold(qtbot, makeWindow, scene, tmp_path, monkeypatch):
    window = makeWindow()
    told = []
    window.reporter.reported.disconnect()
    window.reporter.reported.connect(lambda message: told.append(message.text))
    node = scene.AddNewNodeByClass("vtkMRMLTextNode", "notes")
    window.nodeSaving.save(node, tmp_path / "none" / "a.txt")
    qtbot.waitUntil(lambda: not window.jobs.jobs, timeout=10000)
    settle()
    assert told[0].startswith("Could not export the file. ") and "none" in told[0]
    empty = scene.AddNewNodeByClass("vtkMRMLModelNode", "m")
    window.nodeSaving.ask(empty)
    assert window.messageLabel.text() == "There is nothing in “m” to export"
