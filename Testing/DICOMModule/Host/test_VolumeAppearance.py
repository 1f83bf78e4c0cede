import numpy as np
import pytest
from vtkmodules.vtkRenderingCore import vtkImageProperty

from DICOMModule.Host.VolumeAppearance import (
    applyDisplay,
    hasDepth,
    ijkToWorld,
    isVolume,
    modalityOf,
    volumeUnit,
    voxelAt,
    windowLevel,
)
from DICOMPlugins.ScalarVolume.PETUnits import CODES as PET_UNITS
from DICOMPlugins.ScalarVolume.Reader import codeText
from DICOMPlugins.ScalarVolume.VoxelValues import UPTAKE_CODES
from Testing.DICOMModule.Host.Volumes import addVolume, axialMatrix, obliqueMatrix


def test_a_point_inside_a_voxel_reads_that_voxel(scene):
    voxels = np.arange(4 * 3 * 2, dtype=np.int16).reshape(4, 3, 2)
    node = addVolume(scene, obliqueMatrix(), voxels)
    ras = (obliqueMatrix() @ [1.4, 1.6, 2.9, 1])[:3]
    reading = voxelAt(node, ras)
    assert reading.ijk == (1, 2, 3) and reading.text == str(voxels[3, 2, 1])


def test_outside_the_voxels_there_is_nothing_to_read(scene):
    node = addVolume(scene, np.eye(4), np.zeros((2, 2, 2), np.uint8))
    assert voxelAt(node, np.array([-0.51, 0, 0])) is None
    assert voxelAt(node, np.array([1.49, 0, 0])) is not None


def test_the_place_of_a_volume_includes_its_parent_transform(scene):
    node = addVolume(scene)
    parent = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    shift = parent.GetMatrixTransformToParent()
    shift.SetElement(0, 3, 10.0)
    parent.SetMatrixTransformToParent(shift)
    node.SetAndObserveTransformNodeID(parent.GetID())
    assert ijkToWorld(node)[0, 3] == pytest.approx(axialMatrix()[0, 3] + 10)


def test_the_image_property_shows_window_level_and_interpolation(scene):
    node = addVolume(scene)
    node.GetDisplayNode().SetWindowLevel(400, 40)
    node.GetDisplayNode().SetInterpolate(False)
    shown = vtkImageProperty()
    applyDisplay(node, shown)
    assert (shown.GetColorWindow(), shown.GetColorLevel()) == (400, 40)
    assert shown.GetInterpolationTypeAsString() == "Nearest" and shown.GetLookupTable() is None
    assert windowLevel(node) == (400, 40)


def test_monochrome1_shows_low_values_white(scene):
    node = addVolume(scene)
    node.GetDisplayNode().SetInvert(True)
    shown = vtkImageProperty()
    applyDisplay(node, shown)
    assert shown.GetLookupTable().GetTableValue(0)[:3] == (1, 1, 1)
    assert shown.GetLookupTable().GetTableValue(255)[:3] == (0, 0, 0)


def test_a_colour_table_of_the_display_node_is_used(scene):
    node = addVolume(scene)
    node.GetDisplayNode().SetColorName("Red")
    shown = vtkImageProperty()
    applyDisplay(node, shown)
    assert shown.GetLookupTable().GetTableValue(255)[:3] == (1, 0, 0)


def test_units_are_short(scene):
    node = addVolume(scene)
    assert volumeUnit(node) == ""
    node.SetVoxelValueUnits('([hnsf\'U], UCUM, "Hounsfield unit")')
    assert volumeUnit(node) == "HU"


@pytest.mark.parametrize(
    ("units", "shown"),
    [(UPTAKE_CODES[1], "SUVbw"), (PET_UNITS["BQML", ""], "Bq/ml"), (PET_UNITS["CNTS", ""], "counts")],
)
def test_units_that_the_scalar_volume_plugin_writes_are_shown_as_people_write_them(scene, units, shown):
    node = addVolume(scene)
    node.SetVoxelValueUnits(codeText(units))
    assert volumeUnit(node) == shown


def test_single_slices_and_labels_are_not_rendered_in_3d(scene):
    assert hasDepth(addVolume(scene))
    assert not hasDepth(addVolume(scene, voxels=np.zeros((1, 30, 30), np.uint8)))


def test_a_volume_without_voxels_is_nothing_to_show(scene):
    assert not isVolume(scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode"))
    assert not isVolume(None)


def test_the_modality_comes_from_the_subject_hierarchy(scene):
    node = addVolume(scene)
    assert modalityOf(node) == ""
    hierarchy = scene.GetSubjectHierarchyNode()
    hierarchy.SetItemAttribute(hierarchy.GetItemByDataNode(node), "DICOM.Modality", "PT")
    assert modalityOf(node) == "PT"
