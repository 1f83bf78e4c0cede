"""Labels on other grids than their images, and on images of which some are missing."""

import numpy
import pydicom
import pytest

from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMPlugins.Segmentation.References import REFERENCE_TAG
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.Segmentation.LabelMaps import addLabelMap, export, loadedWithImages, reloaded, someLabels
from Testing.Fixtures import axialCT, missingSliceCT
from Testing.Fixtures.ExportOracles import dciodvfy

EXPLAINED_WARNINGS = ("Unrecognized tag - assuming explicit value representation OK", "needed to build DICOMDIR")


def _twiceAsMany(array, matrix):
    matrix = matrix.copy()
    matrix[:3, 2] /= 2
    return numpy.repeat(array, 2, axis=0), matrix


def _sagittal(array, matrix):
    return array.transpose(2, 1, 0).copy(), matrix[:, [2, 1, 0, 3]]


@pytest.mark.parametrize(("other", "named"), [(_twiceAsMany, 3), (_sagittal, 0)])
def test_imagesThatFramesDoNotNameAreNamedAsAWhole(bench, tmp_path, other, named):
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "in")
    array, matrix = other(someLabels(volume.voxelArray().shape, labels=(1,)), volume.ijkToRASArray())
    item, node = addLabelMap(bench, array, matrix, studyItem=study)
    file = export(bench, item, tmp_path / "out", **{REFERENCE_TAG: volume.GetID()})
    dataset = pydicom.dcmread(file)
    frames = [one.get("DerivationImageSequence") for one in dataset.PerFrameFunctionalGroupsSequence]
    assert sum(bool(one) for one in frames) == named
    assert all((one is not None) == (named > 0) for one in frames)  # in all frames or in none
    uids = [one.ReferencedSOPInstanceUID for one in dataset.SourceImageSequence]
    assert uids == volume.GetAttribute("DICOM.instanceUIDs").split()
    found = dciodvfy(file)
    assert found.errors == []
    assert [one for one in found.warnings if not any(text in one for text in EXPLAINED_WARNINGS)] == []
    again, (loaded,) = reloaded(file)
    assert numpy.count_nonzero(loaded.voxelArray()) == numpy.count_nonzero(array)
    again.close()


def test_labelsOnASeriesWithAMissingSliceAreInThePlanesOfItsImages(bench, tmp_path):
    builder = missingSliceCT()
    volume, study = loadedWithImages(bench, builder, tmp_path / "in")
    array = someLabels(volume.voxelArray().shape, labels=(3, 1))
    item, node = addLabelMap(bench, array, volume.ijkToRASArray(), studyItem=study)
    node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    file = export(bench, item, tmp_path / "out")
    assert dciodvfy(file).errors == []
    heights = {one.SOPInstanceUID: float(one.ImagePositionPatient[2]) for one in builder.datasets()}
    labelled = {heights[uid] for uid in volume.GetAttribute("DICOM.instanceUIDs").split()[1:-1]}
    dataset = pydicom.dcmread(file)
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        (source,) = frame.DerivationImageSequence[0].SourceImageSequence
        place = float(frame.PlanePositionSequence[0].ImagePositionPatient[2])
        assert place == pytest.approx(heights[source.ReferencedSOPInstanceUID], abs=1e-6)
    again, (loaded,) = reloaded(file)
    slices = numpy.flatnonzero(loaded.voxelArray().any(axis=(1, 2)))
    matrix = loaded.ijkToRASArray()
    assert (matrix[2, 3] + slices * matrix[2, 2]).tolist() == pytest.approx(sorted(labelled), abs=1e-6)
    assert numpy.array_equal(loaded.voxelArray()[slices], array[1:-1])
    again.close()


@pytest.mark.parametrize("others", ["none", "still", "moved"])
def test_labelsThatWereMovedAreInTheFrameOfTheirImagesOnlyWhereTheseSayWhere(bench, tmp_path, others):
    """Beside images that stay they are elsewhere, beside images that move with them where they were."""
    volume, study = loadedWithImages(bench, axialCT(), tmp_path / "in")
    array = someLabels(volume.voxelArray().shape)
    item, _ = addLabelMap(bench, array, volume.ijkToRASArray(), studyItem=study)
    file = export(bench, item, tmp_path / "out")
    other = Bench()
    nodes = other.load(*([] if others == "none" else [tmp_path / "in"]), file.parent)
    if others == "none":
        other.importFolder(tmp_path / "in")
    transform = other.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    moved = numpy.eye(4)
    moved[:3, 3] = 5, -7, 11
    transform.SetMatrixTransformToParent(matrixFromArray(moved))
    for node in nodes:
        if others == "moved" or node.IsA("vtkMRMLLabelMapVolumeNode"):
            node.SetAndObserveTransformNodeID(transform.GetID())
    (labels,) = [one for one in nodes if one.IsA("vtkMRMLLabelMapVolumeNode")]
    item = other.scene.GetSubjectHierarchyNode().GetItemByDataNode(labels)
    again = pydicom.dcmread(export(other, item, tmp_path / "again", **{REFERENCE_TAG: "stated"}))
    frame = axialCT().datasets()[0].FrameOfReferenceUID
    assert (again.FrameOfReferenceUID == frame) == (others != "none")
    first = pydicom.dcmread(file)
    step = _corner(again) - _corner(first)
    assert step.tolist() == pytest.approx([0, 0, 0] if others == "moved" else [-5, 7, 11], abs=1e-6)
    other.close()


def _corner(dataset):
    return numpy.array(dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence[0].ImagePositionPatient, float)
