import numpy
import pytest

from DICOMLib.Scene.VolumeNodes import vtkMRMLScalarVolumeNode
from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
from Testing.Fixtures import axialCT


def volume(array, matrix=None):
    node = vtkMRMLScalarVolumeNode()
    node.setVoxelArray(numpy.array(array))
    node.SetIJKToRASMatrix(numpy.eye(4) if matrix is None else matrix)
    return node


def differences(first, second):
    return DICOMScalarVolumePluginClass.compareVolumeNodes(first, second).splitlines()


def test_equalVolumesHaveNoDifferences():
    array = numpy.arange(24.0).reshape(2, 3, 4)
    array[0, 0, 0] = numpy.nan
    assert differences(volume(array), volume(array)) == []


def test_eachDifferenceIsNamedWithItsSize():
    array = numpy.arange(24, dtype="int16").reshape(2, 3, 4)
    changed = array.copy()
    changed[1, 2, :2] = 0
    assert differences(volume(array), volume(changed)) == ["2 of 24 values of voxels differ."]
    assert differences(volume(array), volume(array.astype("int32"))) == [
        "Voxels of the first volume are int16, of the second one int32."
    ]
    moved = numpy.diag([1, 1, 1.5, 1])
    assert differences(volume(array), volume(array, moved)) == [
        "A corner of the second volume is 0.5 mm from that of the first one."
    ]
    assert differences(volume(array), volume(array[:, :2]))[0].startswith("The first volume has shape (2, 3, 4)")


def test_aSeriesIsReadAlikeByEachReader(bench, tmp_path):
    axialCT().write(tmp_path)
    (loadable,) = [one for one in bench.loadables(tmp_path) if one.selected]
    plugin = DICOMScalarVolumePluginClass()
    plugin.context = bench.context
    last = plugin.loadWithMultipleLoaders(loadable)
    nodes = bench.context.scene.GetNodesByClass("vtkMRMLScalarVolumeNode")
    assert [node.GetName() for node in nodes] == [f"{loadable.name}-native", f"{loadable.name}-GDCM"]
    assert [node.GetAttribute("DICOM.reader") for node in nodes] == ["native", "GDCM"] and nodes[1] is last
    assert plugin.compareVolumeNodes(*nodes) == ""
    assert plugin.readerApproaches() == ["native", "GDCM", "native with GDCM fallback"]


@pytest.mark.parametrize(("epsilon", "isQuiet"), [(0.01, False), (0.5, True)])
def test_gapsThatAScriptAllowsGiveNoWarning(bench, tmp_path, epsilon, isQuiet):
    files = [str(path) for path in axialCT(gaps=[2.5, 2.6, 2.5, 2.4]).write(tmp_path)]
    plugin = DICOMScalarVolumePluginClass(spacingEpsilon=epsilon)
    plugin.context = bench.context
    (loadable,) = [one for one in plugin.examineForImport([files]) if one.selected]
    assert (loadable.warning == "") == isQuiet
