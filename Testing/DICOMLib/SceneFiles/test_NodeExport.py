"""One node to files of its own: all of them or none."""

from __future__ import annotations

import gc
import os

import pytest

from DICOMLib.Errors import CancelledError, FileError, UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.NodeExport import NodeExport, exportSuffixes


@pytest.fixture
def table():
    from vtkmodules.vtkCommonCore import vtkIntArray

    node, column = Scene().AddNewNodeByClass("vtkMRMLTableNode", "sizes"), vtkIntArray()
    column.SetName("mm")
    column.InsertNextValue(7)
    node.GetTable().AddColumn(column)
    return node


def test_endingsAreThoseThatHoldTheData(table):
    scene = Scene()
    assert exportSuffixes(table) == (".tsv", ".csv")
    assert exportSuffixes(scene.AddNewNodeByClass("vtkMRMLModelNode")) == ()
    assert exportSuffixes(scene.AddNewNodeByClass("vtkMRMLTextNode")) == (".txt", ".json", ".xml")
    assert exportSuffixes(scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")) == (".tfm", ".h5", ".txt")


def test_nothingIsThereBeforeItIsPlaced_andWhatWasChangedMeanwhileIsNotInIt(table, tmp_path):
    export = NodeExport(table, tmp_path / "a.tsv")
    table.GetTable().GetColumn(0).SetValue(0, 8)
    export.write()
    assert [file.name for file in export.files] == ["a.tsv", "a.schema.tsv"]
    assert not any(file.exists() for file in export.files)
    export.place()
    assert sorted(os.listdir(tmp_path)) == ["a.schema.tsv", "a.tsv"]
    assert (tmp_path / "a.tsv").read_text().split() == ["mm", "7"]


def test_whatCannotAllBePlacedLeavesTheFilesThatWereThere(table, tmp_path):
    (tmp_path / "a.schema.tsv").write_text("mine")
    (tmp_path / "a.tsv").mkdir()
    export = NodeExport(table, tmp_path / "a.tsv")
    export.write()
    with pytest.raises(UnreadableFileError, match="cannot be replaced"):
        export.place()
    assert sorted(os.listdir(tmp_path)) == ["a.schema.tsv", "a.tsv"]
    assert (tmp_path / "a.schema.tsv").read_text() == "mine"


def test_whatIsDiscardedOrFailsLeavesNothing(table, tmp_path):
    export = NodeExport(table, tmp_path / "a.tsv")
    export.write()
    export.discard()
    with pytest.raises(FileError) as raised:
        NodeExport(table, tmp_path / "a.vtp").write()
    assert raised.value.where == str(tmp_path / "a.vtp")  # and not the folder aside, which is gone
    with pytest.raises(UnreadableFileError, match="nothing can be written"):
        NodeExport(table, tmp_path / "none" / "a.tsv").write()
    assert os.listdir(tmp_path) == []


def test_aCancelledExportLeavesNothing(tmp_path):
    from vtkmodules.vtkFiltersSources import vtkSphereSource

    node = Scene().AddNewNodeByClass("vtkMRMLSegmentationNode")
    source = vtkSphereSource()
    source.Update()
    node.AddSegmentFromClosedSurfaceRepresentation(source.GetOutput(), "ball", [1, 0, 0])
    suffix, progress = exportSuffixes(node)[0], Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        NodeExport(node, tmp_path / f"a{suffix}").write(progress)
    assert os.listdir(tmp_path) == []


def test_whatNobodyAsksForAnyMoreIsTakenAway(table, tmp_path):
    """A window that is closed drops what a job has just written."""
    export = NodeExport(table, tmp_path / "a.tsv")
    export.write()
    assert os.listdir(tmp_path)
    del export
    gc.collect()
    assert not os.listdir(tmp_path)
