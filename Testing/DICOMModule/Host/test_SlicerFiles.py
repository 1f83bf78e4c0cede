"""The functions of ``slicer.util`` for files: what is saved comes back, and what fails says why as Slicer does."""

from __future__ import annotations

import sys

import numpy as np
import pytest
import SimpleITK
from vtkmodules.vtkCommonMath import vtkMatrix4x4
from vtkmodules.vtkFiltersSources import vtkSphereSource

from DICOMLib.Errors import DICOMError
from DICOMLib.Scene.TransformNodes import vtkMRMLLinearTransformNode
from DICOMModule.Host.Application import HostApplication


@pytest.fixture
def application():
    with HostApplication.create(databaseFile=":memory:", settingsStore={}) as application:
        yield application


@pytest.fixture
def util(application):
    return application.slicerNames.util


@pytest.fixture
def scene(application):
    return application.scene


def _model(scene, name="ball"):
    source = vtkSphereSource()
    source.SetCenter(1, 2, 3)
    source.Update()
    node = scene.AddNewNodeByClass("vtkMRMLModelNode", name)
    node.SetAndObservePolyData(source.GetOutput())
    return node


def _shift(x, y, z):
    matrix = vtkMatrix4x4()
    for row, value in enumerate((x, y, z)):
        matrix.SetElement(row, 3, value)
    return matrix


def _transform(scene, *shift, name="shift"):
    node = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", name)
    node.SetMatrixTransformToParent(_shift(*shift))
    return node


def test_aModelComesBackWithDisplayStorageAndTheNameOfItsFile(util, scene, tmp_path):
    model = _model(scene)
    assert util.saveNode(model, tmp_path / "ball.vtp")
    assert model.GetStorageNode().GetFileName() == str(tmp_path / "ball.vtp")
    again = util.loadModel(tmp_path / "ball.vtp")
    assert again.GetName() == "ball_1"
    assert again.GetDisplayNode() is not None
    assert again.GetStorageNode().GetFileName() == str(tmp_path / "ball.vtp")
    assert np.allclose(util.arrayFromModelPoints(again), util.arrayFromModelPoints(model))
    assert not again.GetModifiedSinceRead()


def test_aTransformIsLinearOrAGridAsItsFileSays(util, scene, tmp_path):
    assert util.saveNode(_transform(scene, 4, 5, 6), tmp_path / "shift.tfm")
    again = util.loadTransform(tmp_path / "shift.tfm")
    assert isinstance(again, vtkMRMLLinearTransformNode)
    assert util.arrayFromTransformMatrix(again)[:3, 3].tolist() == [4, 5, 6]
    volume = util.addVolumeFromArray(np.ones((3, 3, 3, 3)), nodeClassName="vtkMRMLVectorVolumeNode")
    assert util.saveNode(volume, tmp_path / "grid.nrrd")
    assert util.loadTransform(tmp_path / "grid.nrrd").GetClassName() == "vtkMRMLGridTransformNode"


@pytest.mark.parametrize("suffix", [".tfm", ".h5"])
def test_splinesAndSeveralTransformsInOneFileAreNodesOfTheirOwnKinds(util, tmp_path, suffix):
    spline = SimpleITK.BSplineTransform(3, 3)
    spline.SetTransformDomainPhysicalDimensions((100, 100, 100))
    spline.SetParameters([3.0] * len(spline.GetParameters()))
    several = SimpleITK.CompositeTransform([SimpleITK.TranslationTransform(3, (1, 2, 3)), spline])
    for transform, className in ((spline, "vtkMRMLBSplineTransformNode"), (several, "vtkMRMLTransformNode")):
        SimpleITK.WriteTransform(transform, str(tmp_path / f"one{suffix}"))
        node = util.loadTransform(tmp_path / f"one{suffix}")
        assert node.GetClassName() == className
        lps = np.array(transform.TransformPoint((50.0, 50.0, 50.0)))
        moved = node.GetTransformFromParent().TransformPoint(-50.0, -50.0, 50.0)
        assert moved == pytest.approx(lps * [-1, -1, 1], abs=1e-6)


def test_aTableATextAndColorsComeBack(util, scene, tmp_path):
    table = scene.AddNewNodeByClass("vtkMRMLTableNode", "t")
    table.AddColumn().SetName("a")
    table.AddEmptyRow()
    table.SetCellText(0, 0, "5")
    text = scene.AddNewNodeByClass("vtkMRMLTextNode", "note")
    text.SetText("Grüße")
    colors = scene.AddNewNodeByClass("vtkMRMLColorTableNode", "c")
    colors.SetTypeToUser()
    colors.SetNumberOfColors(2)
    colors.SetColor(1, "bone", 0.5, 0.25, 1.0)
    for node, name in ((table, "t.tsv"), (text, "note.txt"), (colors, "c.ctbl")):
        assert util.saveNode(node, tmp_path / name)
    assert util.loadTable(tmp_path / "t.tsv").GetCellText(0, 0) == "5"
    assert util.loadText(tmp_path / "note.txt").GetText() == "Grüße"
    assert util.loadColorTable(tmp_path / "c.ctbl").GetColorName(1) == "bone"


def test_aSegmentationComesBackWithItsSegments(util, scene, tmp_path):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "seg")
    volume = util.addVolumeFromArray(np.zeros((4, 5, 6), np.int16))
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    segment = node.GetSegmentation().AddEmptySegment("one", "One")
    mask = np.zeros((4, 5, 6), np.uint8)
    mask[1:3, 2, 3] = 1
    util.updateSegmentBinaryLabelmapFromArray(mask, node, segment, volume)
    assert util.saveNode(node, tmp_path / "s.seg.nrrd")
    again = util.loadSegmentation(tmp_path / "s.seg.nrrd")
    assert again.GetName() == "s"
    found = util.arrayFromSegmentBinaryLabelmap(again, again.GetSegmentation().GetNthSegmentID(0))
    assert int(found.sum()) == 2


def test_aSequenceComesBack_withABrowser(util, scene, tmp_path):
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "moves")
    for number in range(3):
        moved = vtkMRMLLinearTransformNode()
        moved.SetMatrixTransformToParent(_shift(number, 0, 0))
        sequence.SetDataNodeAtValue(moved, str(number))
    assert util.saveNode(sequence, tmp_path / "moves.seq.mha")
    loaded = util.loadSequence(tmp_path / "moves.seq.mha")
    assert loaded.GetName() == "moves_1" and loaded.GetNumberOfDataNodes() == 3
    browser = scene.GetFirstNodeByName("moves_1 browser")
    assert browser.GetMasterSequenceNode() is loaded and browser.GetNumberOfItems() == 3


def test_aLoadedSequenceOfVolumesIsShownByAProxyNode(util, scene, tmp_path):
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "phases")
    for number in range(3):
        one = util.addVolumeFromArray(np.full((2, 3, 4), number, np.int16), name="one")
        sequence.SetDataNodeAtValue(one, str(number))
    assert util.saveNode(sequence, tmp_path / "phases.seq.nrrd")
    scene.Clear()
    loaded = util.loadSequence(tmp_path / "phases.seq.nrrd")
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    proxy = browser.GetProxyNode(loaded)
    assert proxy.GetClassName() == "vtkMRMLScalarVolumeNode" and proxy.GetDisplayNode() is not None
    assert util.arrayFromVolume(proxy).max() == 0
    browser.SetSelectedItemNumber(2)
    assert (util.arrayFromVolume(proxy) == 2).all()
    util.arrayFromVolume(proxy)[:] = 9
    assert [one.voxelArray().max() for one in map(loaded.GetNthDataNode, range(3))] == [0, 1, 2]


def test_aVolumeOfLabelsIsLoadedAsSuch(util, scene, tmp_path):
    volume = util.addVolumeFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4), name="mask")
    assert util.saveNode(volume, tmp_path / "mask.nrrd")
    scene.Clear()
    labels = util.loadLabelVolume(tmp_path / "mask.nrrd")
    assert (labels.GetClassName(), labels.GetName()) == ("vtkMRMLLabelMapVolumeNode", "mask")
    assert (util.arrayFromVolume(labels).ravel() == np.arange(24)).all()
    assert scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 1


def test_theEndingTellsTheKindOfFile(util, scene, tmp_path):
    util.saveNode(_model(scene), tmp_path / "ball.vtp")
    util.saveNode(_transform(scene, 1, 0, 0), tmp_path / "shift.tfm")
    assert util.loadNodeFromFile(tmp_path / "ball.vtp", properties={"name": "new"}).GetName() == "new"
    assert util.loadNodeFromFile(tmp_path / "shift.tfm").IsA("vtkMRMLTransformNode")
    assert util.saveScene(tmp_path / "all.mrb")
    scene.Clear()
    brought = util.loadNodesFromFile(tmp_path / "all.mrb")
    assert {"ball", "new", "shift", "shift_1"} <= {node.GetName() for node in brought}


def test_whatCannotBeLoadedIsARuntimeErrorThatNamesTheFile(util, scene, tmp_path, capsys):
    (tmp_path / "bad.vtp").write_text("no surface")
    for load, name in ((util.loadModel, "bad.vtp"), (util.loadModel, "none.vtp"), (util.loadTable, "bad.vtp")):
        with pytest.raises(RuntimeError, match=name) as caught:
            load(tmp_path / name)
        assert isinstance(caught.value, DICOMError)
    with pytest.raises(RuntimeError, match="no such kind"):
        util.loadNodeFromFile(tmp_path / "bad.vtp", "NoFile")
    assert util.loadModel(tmp_path / "bad.vtp", returnNode=True) == (False, None)
    assert "bad.vtp" in capsys.readouterr().err
    assert scene.GetNumberOfNodesByClass("vtkMRMLModelNode") == 0


def test_whatCannotBeSavedIsFalseAndSaidOnTheConsole(util, scene, tmp_path, capsys):
    assert not util.saveNode(_model(scene), tmp_path / "ball.xyz")
    assert "ball.xyz" in capsys.readouterr().err
    assert not util.saveScene(tmp_path / "scene.zip")
    assert not util.loadScene(tmp_path / "scene.zip")
    assert list(tmp_path.iterdir()) == []


def test_aNodeIsExportedWhereItsTransformPutsItAndKeepsItsFile(util, scene, tmp_path):
    model, transform = _model(scene), _transform(scene, 10, 20, 30)
    util.saveNode(model, tmp_path / "own.vtp")
    model.SetAndObserveTransformNodeID(transform.GetID())
    assert util.exportNode(model, tmp_path / "here.vtp")
    assert util.exportNode(model, tmp_path / "world.vtp", world=True)
    assert model.GetStorageNode().GetFileName() == str(tmp_path / "own.vtp")
    here, world = (util.arrayFromModelPoints(util.loadModel(tmp_path / name)) for name in ("here.vtp", "world.vtp"))
    assert np.allclose(world - here, [10, 20, 30], atol=1e-4)
    assert np.allclose(here, util.arrayFromModelPoints(model))


def test_aSavedSceneIsTheScenesFileAndOneThatIsAddedIsNot(util, scene, tmp_path):
    _model(scene)
    assert util.saveScene(tmp_path / "one.mrb")
    assert scene.GetURL() == str(tmp_path / "one.mrb")
    assert scene.GetRootDirectory() == str(tmp_path)
    assert util.saveScene(tmp_path / "two.mrml")
    assert util.loadScene(tmp_path / "one.mrb", {"clear": False})
    assert scene.GetURL() == str(tmp_path / "two.mrml")
    assert scene.GetNumberOfNodesByClass("vtkMRMLModelNode") == 2
    assert util.loadScene(tmp_path / "one.mrb")
    assert scene.GetURL() == str(tmp_path / "one.mrb")


def test_withoutAWindowNobodyIsAsked(util, capsys):
    assert not util.openAddSceneDialog()
    assert not util.openSaveDataDialog()
    assert capsys.readouterr().err.count("no window") == 2


def test_scenesThatScriptsMakeHaveTheProgramsWayToFiles(application, scene, tmp_path):
    slicer = sys.modules["slicer"]
    _model(scene)
    assert scene.WriteToMRB(tmp_path / "one.mrb")
    other = slicer.vtkMRMLScene()
    assert other.ReadFromMRB(str(tmp_path / "one.mrb"))
    assert other.GetFirstNodeByName("ball").GetPolyData().GetNumberOfPoints() > 0
    assert isinstance(scene, slicer.vtkMRMLScene)
    assert not isinstance(scene.GetFirstNodeByName("ball"), slicer.vtkMRMLScene)
    messages = slicer.vtkMRMLMessageCollection()
    other.SetURL(str(tmp_path / "none.mrml"))
    assert other.Connect(messages) == 0
    assert "none.mrml" in messages.GetNthMessageText(0)
    assert other.GetFirstNodeByName("ball") is not None
