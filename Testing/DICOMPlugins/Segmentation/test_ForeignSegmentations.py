"""Segmentation objects that other programs wrote, as label maps."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy
import pydicom
import pytest

from DICOMPlugins.Segmentation.Segments import segmentsOf


def chosen(bench, folder):
    found = bench.examine(folder)
    return [(plugin.loadType, one) for plugin, loadables in found.items() for one in loadables if one.selected]


@pytest.fixture
def segmentations(sharedData):
    return Path(sharedData) / "seg"


@pytest.mark.data
@pytest.mark.parametrize("name", ["liver", "partial_overlaps", "sparse-labelmap-ppv5", "sparse-labelmap-noppv"])
def test_realSegmentationsAreWhatTheirAuthorsSay(bench, segmentations, tmp_path, name):
    import SimpleITK

    references = {
        "liver": ["liver_seg"], "partial_overlaps": ["partial_overlaps-1", "partial_overlaps-2", "partial_overlaps-3"],
        "sparse-labelmap-ppv5": ["sparse_labelmap_ppv5_seg"], "sparse-labelmap-noppv": ["sparse_labelmap_noppv_seg"],
    }  # fmt: skip
    shutil.copy(segmentations / "dcmqi_liver" / "dicom" / f"{name}.dcm", tmp_path)
    bench.load(tmp_path)
    nodes = list(bench.scene.GetNodesByClass("vtkMRMLLabelMapVolumeNode"))
    folder = segmentations / "dcmqi_liver" / "ref"
    images = [SimpleITK.ReadImage(str(folder / f"{one}.nrrd")) for one in references[name]]
    ours = {label: node for node in nodes for label in numpy.unique(node.voxelArray()).tolist() if label}
    theirs = {label: image for image in images for label in numpy.unique(SimpleITK.GetArrayFromImage(image)) if label}
    if name == "sparse-labelmap-ppv5":
        del theirs[5]  # the PixelPaddingValue, which they put into planes without a frame
    assert set(ours) == set(map(int, theirs))
    for label, node in ours.items():
        wanted = _points(SimpleITK.GetArrayFromImage(theirs[label]) == label, _matrix(theirs[label]))
        found = _points(node.voxelArray() == label, numpy.diag([-1, -1, 1, 1]) @ node.ijkToRASArray())
        assert len(found) == len(wanted) and numpy.abs(found - wanted).max() < 1e-3


def _matrix(image):
    matrix = numpy.eye(4)
    matrix[:3, :3] = numpy.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    matrix[:3, 3] = image.GetOrigin()
    return matrix


def _points(mask, matrix):
    """LPS of labelled voxels, in an order of their own."""
    k, j, i = mask.nonzero()
    points = numpy.stack([i, j, k], axis=1) @ matrix[:3, :3].T + matrix[:3, 3]
    return points[numpy.lexsort(numpy.round(points, 2).T)]


@pytest.mark.data
def test_overlappingSegmentsAreOnSeveralLabelMapsAndANoteSaysSo(bench, segmentations, tmp_path):
    shutil.copy(segmentations / "dcmqi_liver" / "dicom" / "partial_overlaps.dcm", tmp_path)
    bench.load(tmp_path)
    assert bench.messages == [
        "100: Segmentation: segments overlap, which one label map cannot hold; they are on 3 label maps."
    ]
    nodes = list(bench.scene.GetNodesByClass("vtkMRMLLabelMapVolumeNode"))
    names = [[one.name for one in segmentsOf(node, numpy.unique(node.voxelArray())[1:].tolist())] for node in nodes]
    assert names == [["GREEN", "LIGHT_BLUE", "DARK_BLUE"], ["ORANGE"], ["PURPLE"]]


@pytest.mark.data
def test_fractionsBecomeLabelsOrScalarVolumesAsTheUserWants(bench, segmentations, tmp_path):
    shutil.copy(segmentations / "highdicom_seg" / "dicom" / "seg_image_ct_true_fractional.dcm", tmp_path)
    ((_, loadable),) = chosen(bench, tmp_path)
    (plugin,) = [one for one in bench.examine(tmp_path) if one.loadType == "Segmentation"]
    assert "at least half" in loadable.warning
    (choice,) = plugin.loadingChoices(loadable)
    assert list(choice.options) == ["labels", "scalars"]
    stored = pydicom.dcmread(tmp_path / "seg_image_ct_true_fractional.dcm").pixel_array
    labels = plugin.load(loadable)
    assert numpy.array_equal(labels.voxelArray() == 1, stored >= 127.5)
    plugin.choose(loadable, "fractions", "scalars")
    fractions = plugin.load(loadable)
    assert fractions.GetClassName() == "vtkMRMLScalarVolumeNode"
    assert fractions.voxelArray() == pytest.approx(stored / 255, abs=1e-6)


@pytest.mark.data
def test_segmentationsOfSlidesInTilesAreNotOffered(bench, segmentations, tmp_path):
    shutil.copy(segmentations / "highdicom_seg" / "dicom" / "seg_image_sm_dots.dcm", tmp_path)
    found = bench.examine(tmp_path)
    assert not any(found.values())
    assert "The segmentation is not offered: it is of a slide that is stored in tiles." in bench.registry.explain(found)


@pytest.mark.data
@pytest.mark.parametrize("name", ["liver_rle", "liver_j2k", "liver_deflate", "liver_expb", "liver_nonbyte_aligned_rle"])
def test_everyEncodingGivesTheSameLabels(bench, sharedData, tmp_path, name):
    folder = Path(sharedData) / "syntax" / "htj2k_deflated_frame" / "dicom"
    whole = pydicom.dcmread(folder / "liver.dcm").pixel_array
    shutil.copy(folder / f"{name}.dcm", tmp_path)
    (node,) = bench.load(tmp_path)
    rows, columns = node.voxelArray().shape[1:]
    assert numpy.array_equal(node.voxelArray(), whole[:, :rows, :columns])
