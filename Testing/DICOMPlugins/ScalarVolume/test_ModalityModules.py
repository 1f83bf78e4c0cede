"""What objects of single modalities say besides, as a reader finds it in the files."""

import numpy
import pydicom
import pytest

from DICOMPlugins.ScalarVolume.ModalityModules import ANATOMY, ENTIRE_BODY, directionLetters, fullWindow
from DICOMPlugins.ScalarVolume.StorageClasses import NOT_IMAGES
from Testing.DICOMPlugins.MadeVolumes import GEOMETRY, ramp
from Testing.DICOMPlugins.ScalarVolume.ExportedVolumes import addVolume, export, pluginOf, reloaded
from Testing.Fixtures.ExportOracles import dciodvfy


def problemOf(bench, directory, array, modality, className="vtkMRMLScalarVolumeNode", compression=""):
    item, _ = addVolume(bench, array, className=className)
    plugin = pluginOf(bench)
    exportable = plugin.examineForExport(item)[0]
    exportable.directory = str(directory)
    exportable.setTag("Modality", modality)
    exportable.setTag("Compression", compression)
    return plugin.export([exportable])


def test_anatomyIsCodedAsTheStandardLists():
    """PS3.16 CID 4009, as pydicom has it."""
    from pydicom.sr._concepts_dict import concepts

    listed = {
        value: meaning
        for found in concepts["SCT"].values() for value, (meaning, groups) in found.items() if 4009 in groups
    }  # fmt: skip
    for value, meaning in (*ANATOMY.values(), ENTIRE_BODY):
        assert listed[value] == meaning


def test_directionsAreNamedByTheAxesTheyFollow():
    assert directionLetters(numpy.array([1, 0, 0])) == "L"
    assert directionLetters(numpy.array([-0.7, -0.7, 0.1])) == "RA"
    assert directionLetters(numpy.array([0.1, 0, -0.99])) == "F"


def test_digitalXRaysSayAnatomyDetectorAndWindow(bench, tmp_path):
    item, node = addVolume(bench, ramp("u2", (1, 7, 5)))
    (file,) = export(bench, item, tmp_path, Modality="DX", BodyPartExamined="HAND", Laterality="L")
    dataset = pydicom.dcmread(file)
    assert dataset.SOPClassUID.name == "Digital X-Ray Image Storage - For Presentation"
    assert dataset.AnatomicRegionSequence[0].CodeValue == "85562004"
    assert (dataset.ImageLaterality, dataset.PresentationLUTShape) == ("L", "IDENTITY")
    assert list(dataset.PatientOrientation) == ["L", "P"]
    assert [float(number) for number in dataset.ImagerPixelSpacing] == [0.8, 0.7]
    assert (float(dataset.WindowCenter), float(dataset.WindowWidth)) == (32768, 65536)
    assert dciodvfy(file).errors == []
    (again,) = reloaded(file.parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())


def test_ultrasoundRegionsSayTheSizeOfPixels(bench, tmp_path):
    item, node = addVolume(bench, ramp("u1"))
    files = export(bench, item, tmp_path, Modality="US")
    for file in files:
        dataset = pydicom.dcmread(file)
        region = dataset.SequenceOfUltrasoundRegions[0]
        assert (region.PhysicalDeltaX, region.PhysicalDeltaY) == pytest.approx((0.07, 0.08))
        assert (region.RegionLocationMaxX1, region.RegionLocationMaxY1) == (4, 6)
        del dataset.PixelSpacing
        dataset.save_as(file)
    (again,) = reloaded(files[0].parent)  # a reader that looks nowhere else finds the spacing
    assert again.GetSpacing() == pytest.approx(node.GetSpacing(), abs=1e-6)


@pytest.mark.parametrize("mirrored", [False, True])
def test_nuclearMedicineIsOneObjectThatCountsItsSlices(bench, tmp_path, mirrored):
    matrix = GEOMETRY.copy()
    matrix[2, 2] *= -1 if mirrored else 1
    item, node = addVolume(bench, ramp("u2"), matrix)
    (file,) = export(bench, item, tmp_path, Modality="NM")
    dataset = pydicom.dcmread(file)
    assert dataset.SOPClassUID.name == "Nuclear Medicine Image Storage"
    assert list(dataset.ImageType) == ["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]
    assert (dataset.FrameIncrementPointer, list(dataset.SliceVector)) == (0x00540080, [1, 2, 3, 4])
    (again,) = reloaded(file.parent)
    voxels = again.voxelArray()[::-1] if mirrored else again.voxelArray()
    assert numpy.array_equal(voxels, node.voxelArray())
    first = again.ijkToRASArray() @ [0, 0, 3 if mirrored else 0, 1]
    assert first == pytest.approx(matrix @ [0, 0, 0, 1], abs=1e-6)


def test_tiltedNuclearSlicesKeepTheirPlacesAsSingleImages(bench, tmp_path):
    tilted = GEOMETRY.copy()
    tilted[1, 2] = 0.9
    item, _ = addVolume(bench, ramp("u2"), tilted)
    files = export(bench, item, tmp_path, Modality="NM")
    assert len(files) == 4
    (again,) = reloaded(files[0].parent)
    assert again.ijkToRASArray() == pytest.approx(tilted, abs=1e-6)


def test_labelsOfAClassicImageAreAllSeen(bench, tmp_path):
    labels = numpy.arange(4 * 7 * 5, dtype="u1").reshape(4, 7, 5) % 6
    item, _ = addVolume(bench, labels, className="vtkMRMLLabelMapVolumeNode")
    dataset = pydicom.dcmread(export(bench, item, tmp_path, Modality="CT")[0])
    assert (float(dataset.WindowCenter), float(dataset.WindowWidth)) == fullWindow(labels) == (3.0, 6.0)


@pytest.mark.parametrize("modality", [*NOT_IMAGES])
def test_otherKindsOfObjectsAreRefusedWithWhatToUse(bench, tmp_path, modality):
    problem = problemOf(bench, tmp_path / "out", ramp("u1"), modality)
    assert "images cannot be of this modality" in problem and NOT_IMAGES[modality] in problem
    assert not (tmp_path / "out").exists()


def test_coloursOf16BitsComeBack(bench, tmp_path):
    item, node = addVolume(bench, ramp("u2", (2, 7, 5, 3)), className="vtkMRMLVectorVolumeNode")
    files = export(bench, item, tmp_path, Modality="US")  # ultrasound holds bytes only
    assert pydicom.dcmread(files[0]).SOPClassUID.name == "Secondary Capture Image Storage"
    (again,) = reloaded(files[0].parent)
    assert numpy.array_equal(again.voxelArray(), node.voxelArray())


def test_opacityIsLeftOutWhereItHidesNothingAndElseRefused(bench, tmp_path):
    colours = numpy.full((2, 7, 5, 4), 255, "u1")
    colours[..., :3] = ramp("u1", (2, 7, 5, 3))
    item, _ = addVolume(bench, colours, className="vtkMRMLVectorVolumeNode")
    (again,) = reloaded(export(bench, item, tmp_path, Modality="OT")[0].parent)
    assert numpy.array_equal(again.voxelArray(), colours[..., :3])
    colours[0, 0, 0, 3] = 254
    problem = problemOf(bench, tmp_path / "out", colours, "OT", "vtkMRMLVectorVolumeNode")
    assert "transparent in places" in problem
    problem = problemOf(bench, tmp_path / "out", colours[..., :3].astype("f4"), "OT", "vtkMRMLVectorVolumeNode")
    assert "only colours of three bytes or words" in problem
    assert not (tmp_path / "out").exists()


def test_whatCannotBeCompressedIsTold(bench, tmp_path):
    problem = problemOf(bench, tmp_path / "out", ramp("u2"), "NM", compression="RLE")
    assert "nuclear medicine objects are not compressed" in problem
    colours = ramp("u2", (2, 17, 16, 3))
    problem = problemOf(bench, tmp_path / "out", colours, "OT", "vtkMRMLVectorVolumeNode", "RLE")
    assert "no colours of 16 bits in RLE" in problem
    assert not (tmp_path / "out").exists()
