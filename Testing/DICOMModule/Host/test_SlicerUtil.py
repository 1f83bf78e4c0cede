import numpy
import pytest
from vtkmodules.vtkCommonCore import vtkDoubleArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from DICOMLib.Errors import FileError, LoadError, SceneError
from DICOMModule.Host.Application import HostApplication
from Testing.Fixtures.ReadyMade import axialCT


@pytest.fixture
def application():
    with HostApplication.create(private=True) as application:
        yield application


@pytest.fixture
def util(application):
    import slicer.util

    return slicer.util


@pytest.fixture
def scene(application):
    return application.scene


def test_nodesAreFoundByNameIDAndPattern(util, scene):
    head = scene.AddNewNodeByClass("vtkMRMLModelNode", "Head [1]")
    foot = scene.AddNewNodeByClass("vtkMRMLModelNode", "Foot")
    assert util.getNode("Head [1]") is head
    assert util.getNode("Fo*") is foot
    assert util.getNode(foot.GetID()) is foot
    assert list(util.getNodes("*oo*")) == ["Foot"]
    assert util.getNodesByClass("vtkMRMLModelNode") == [head, foot]
    assert util.getFirstNodeByClassByName("vtkMRMLModelNode", "Foot") is foot
    assert util.getFirstNodeByName("He") is head
    with pytest.raises(util.MRMLNodeNotFoundException):
        util.getNode("Hand")


def test_nodesOfOneNameCanBeListed(util, scene):
    nodes = [scene.AddNewNodeByClass("vtkMRMLModelNode", "Twin") for _ in range(2)]
    assert util.getNodes("Twin", useLists=True) == {"Twin": nodes}
    assert util.getNode("Twin", 1) is nodes[1]


def test_theArrayOfAVolumeIsItsOwnMemory(util):
    node = util.addVolumeFromArray(numpy.zeros((2, 3, 4), dtype="int16"), name="v")
    calls = []
    node.AddObserver(node.ImageDataModifiedEvent, lambda *_: calls.append(1))
    util.arrayFromVolume(node)[1, 2, 3] = 9
    util.arrayFromVolumeModified(node)
    assert node.GetImageData().GetScalarComponentAsDouble(3, 2, 1, 0) == 9
    assert len(calls) == 1
    assert util.array("v") is not None


def test_updatingAndAddingVolumesCopiesTheArray(util):
    array = numpy.zeros((2, 3, 4), dtype="uint8")
    matrix = numpy.diag([2.0, 3, 4, 1])
    node = util.addVolumeFromArray(array, matrix, "v", "vtkMRMLLabelMapVolumeNode")
    array[:] = 1
    assert util.arrayFromVolume(node).max() == 0
    assert node.GetSpacing() == (2, 3, 4)
    util.updateVolumeFromArray(node, array)
    array[:] = 2
    assert util.arrayFromVolume(node).max() == 1
    assert node.GetDisplayNode().GetClassName() == "vtkMRMLLabelMapVolumeDisplayNode"


def test_matricesAreArrays(util, scene):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    parent = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    parent.SetMatrixTransformToParent(util.vtkMatrixFromArray(numpy.diag([2.0, 2, 2, 1])))
    transform.SetAndObserveTransformNodeID(parent.GetID())
    wanted = numpy.eye(4)
    wanted[0, 3] = 10
    util.updateTransformMatrixFromArray(transform, wanted, toWorld=True)
    assert util.arrayFromTransformMatrix(transform, toWorld=True) == pytest.approx(wanted)
    assert util.arrayFromTransformMatrix(transform)[0, 3] == pytest.approx(5)
    matrix = vtkMatrix4x4()
    util.updateVTKMatrixFromArray(matrix, wanted)
    assert util.arrayFromVTKMatrix(matrix) == pytest.approx(wanted)


def test_volumesAreSavedAndLoaded(util, tmp_path, capsys):
    node = util.addVolumeFromArray(numpy.arange(24, dtype="int16").reshape(2, 3, 4), name="v")
    assert util.saveNode(node, tmp_path / "v.nrrd")
    loaded = util.loadVolume(str(tmp_path / "v.nrrd"), {"name": "w"})
    assert loaded.GetName() == "w"
    assert numpy.array_equal(util.arrayFromVolume(loaded), util.arrayFromVolume(node))
    assert not util.saveNode(node, tmp_path / "v.jpg")
    assert "ends in .nrrd" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["dwi.nrrd", "dwi.nhdr", "dwi.nii", "dwi.nii.gz"])
def test_diffusionVolumesAreSavedAndLoadedWithTheirGradients(util, tmp_path, name):
    voxels = numpy.arange(48, dtype="uint16").reshape(2, 3, 4, 2)
    node = util.addVolumeFromArray(voxels, name="dwi", nodeClassName="vtkMRMLDiffusionWeightedVolumeNode")
    node.SetDiffusionGradients(numpy.array([[0, 0, 0], [0.6, 0, 0.8]]))
    node.SetBValues([0, 1000])
    assert util.saveNode(node, tmp_path / name, {"useCompression": 0})
    loaded = util.loadVolume(tmp_path / name)
    assert loaded.GetClassName() == "vtkMRMLDiffusionWeightedVolumeNode" and loaded.GetName() == "dwi_1"
    assert numpy.array_equal(util.arrayFromVolume(loaded), voxels) and loaded.bValuesArray().tolist() == [0, 1000]
    assert loaded.gradientsRAS()[1] == pytest.approx([0.6, 0, 0.8])


def test_loadingADICOMFileLoadsItsSeriesFromItsFolder(util, tmp_path):
    builder = axialCT()
    files = builder.write(tmp_path)
    node = util.loadVolume(str(files[2]))
    assert util.arrayFromVolume(node).shape == builder.array.shape
    assert numpy.array_equal(util.arrayFromVolume(node), builder.array)
    single = util.loadVolume(files[2], {"singleFile": True})
    assert util.arrayFromVolume(single).shape[0] == 1
    loaded, node = util.loadVolume(files[0], returnNode=True)
    assert loaded


def test_whatIsNoVolumeIsAnError(util, tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(LoadError, match="neither NRRD, NIfTI nor DICOM"):
        util.loadVolume(tmp_path / "notes.txt")
    with pytest.raises(FileError, match="no such file"):
        util.loadVolume(tmp_path / "absent.dcm")


def test_temporaryFoldersGoWithTheProgram(application, util):
    import os

    folder = util.tempDirectory()
    assert os.path.isdir(folder)
    assert util.tempDirectory() != folder
    application.close()
    assert not os.path.exists(folder)


def test_withoutAWindowMessagesGoToTheConsoleAndQuestionsAreAnsweredNo(util, capsys):
    util.infoDisplay("fine")
    util.delayDisplay("wait", 10_000)
    util.errorDisplay("bad", detailedText="because")
    assert util.confirmOkCancelDisplay("sure?") is False
    assert util.confirmYesNoDisplay("really?") is False
    assert util.mainWindow(verbose=False) is None
    captured = capsys.readouterr()
    assert captured.out == "fine\nwait\n"
    assert "bad\nbecause\n" in captured.err
    assert "sure?" in captured.err


def test_viewFunctionsDoNothingWithoutAWindow(util):
    util.setSliceViewerLayers(background=None, fit=True)
    util.resetSliceViews()
    util.resetThreeDViews()
    util.selectModule("DICOM")
    assert util.selectedModule() == ""


def test_errorsInABlockAreShownAndRaisedOn(util, capsys):
    with pytest.raises(ZeroDivisionError), util.tryWithErrorDisplay("Failed."):
        _ = 1 / 0
    assert "Failed." in capsys.readouterr().err


def test_changesInABlockAreToldOnce(util, scene):
    node = scene.AddNewNodeByClass("vtkMRMLModelNode")
    calls = []
    node.AddObserver("ModifiedEvent", lambda *_: calls.append(1))
    with util.NodeModify(node):
        node.SetName("a")
        node.SetDescription("b")
    assert len(calls) == 1


@pytest.mark.parametrize(("value", "truth"), [("true", True), ("1", True), ("no", False), (0, False), (2, True)])
def test_settingsTextIsTurnedIntoYesOrNo(util, value, truth):
    assert util.toBool(value) is truth


def test_settingsHaveDefaultsAndConverters(application, util):
    assert util.settingsValue("My/Flag", False, converter=util.toBool) is False
    application.slicerNames.app.settings().setValue("My/Flag", "true")
    assert util.settingsValue("My/Flag", False, converter=util.toBool) is True


def test_segmentsAreArraysAndBack(util, scene):
    volume = util.addVolumeFromArray(numpy.zeros((2, 3, 4), dtype="int16"))
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    liver = node.GetSegmentation().AddEmptySegment("liver")
    array = numpy.zeros((2, 3, 4), dtype="uint8")
    array[1, 2, 3] = 1
    util.updateSegmentBinaryLabelmapFromArray(array, node, liver, volume)
    assert numpy.array_equal(util.arrayFromSegmentBinaryLabelmap(node, liver, volume), array)
    other = util.addVolumeFromArray(numpy.zeros((9, 3, 4), dtype="int16"))
    with pytest.raises(SceneError, match="other voxels"):
        util.arrayFromSegmentBinaryLabelmap(node, liver, other)


def test_aColumnOfATableIsItsOwnMemory(util, scene):
    node = scene.AddNewNodeByClass("vtkMRMLTableNode")
    node.AddColumn().SetName("text")
    sizes = vtkDoubleArray()
    sizes.SetName("size")
    node.AddColumn(sizes)
    node.AddEmptyRow()
    util.arrayFromTableColumn(node, "size")[0] = 2.5
    assert node.GetCellText(0, 1) == "2.5"
    with pytest.raises(SceneError, match="no such column of numbers"):
        util.arrayFromTableColumn(node, "text")
