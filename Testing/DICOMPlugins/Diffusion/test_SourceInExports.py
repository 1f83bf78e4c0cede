"""What written diffusion volumes, and volumes computed from them, keep of the images they were loaded from."""

from __future__ import annotations

from pathlib import Path

import numpy
import pydicom
import pytest

from DICOMLib.Export.Exporting import examineItems
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Scene.Matrices import matrixFromArray
from DICOMPlugins import registerBuiltins
from DICOMPlugins.DICOMScalarVolumePlugin import DICOMScalarVolumePluginClass
from DICOMPlugins.Diffusion.Maps import FA, FA_CODE, MD, MD_CODE, MD_UNITS, MEAN_DWI, TENSOR, makeMaps
from DICOMPlugins.ScalarVolume.Reader import codeText
from DICOMPlugins.ScalarVolume.VoxelValues import MR_CODES
from Testing.DICOMPlugins.Diffusion.ExportedDiffusion import (
    assertSame,
    export,
    itemOf,
    reloaded,
)
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.Fixtures.DiffusionBuilder import DiffusionBuilder, oblique, rotation, spreadDirections, volumesOf
from Testing.Fixtures.ExportOracles import dciodvfy


def loadedSeries(bench, tmp_path, encoding="siemens", **arguments):
    def edit(dataset, volume, k):
        dataset.AcquisitionTime = f"1200{volume:02d}"
        dataset.EchoTime = 80
        dataset.DeviceSerialNumber = "S-7"

    builder = DiffusionBuilder(
        encoding, oblique(), volumesOf((0, 1000), spreadDirections(7)), edit=edit, **arguments
    )  # fmt: skip
    builder.write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    return itemOf(bench, node), node


@pytest.mark.parametrize("encoding", ["siemens", "siemensMosaic"])
def test_imagesReferToThoseTheyWereMadeOfAndKeepWhatIsTheirs(bench, tmp_path, encoding):
    item, node = loadedSeries(bench, tmp_path, encoding)
    sources = {one.SOPInstanceUID: one for one in map(pydicom.dcmread, (tmp_path / "in").rglob("*.dcm"))}
    files = sorted(export(bench, item, tmp_path / "out").iterdir())
    for number, file in enumerate(files):
        measurement, k = divmod(number, 5)
        written = pydicom.dcmread(file)
        source = sources[written.SourceImageSequence[0].ReferencedSOPInstanceUID]
        assert written.AcquisitionTime == source.AcquisitionTime == f"1200{measurement:02d}"
        assert written.EchoTime == 80
        assert written.FrameOfReferenceUID == source.FrameOfReferenceUID
        assert written.ContributingEquipmentSequence[0].DeviceSerialNumber == "S-7"
        if encoding == "siemens":
            assert source.ImagePositionPatient == pytest.approx(list(written.ImagePositionPatient), abs=1e-4)


def test_measurementsThatWereChangedKeepOnlyWhatAllHave(bench, tmp_path):
    item, node = loadedSeries(bench, tmp_path)
    node.SetDiffusionGradients(node.gradientsArray()[::-1].copy())
    node.SetBValues(node.bValuesArray()[::-1].copy())
    files = sorted(export(bench, item, tmp_path / "out").iterdir())
    written = pydicom.dcmread(files[0])
    assert "AcquisitionTime" not in written
    assert written.EchoTime == 80
    assert len(written.SourceImageSequence) == 40
    assertSame(reloaded(files[0].parent), node)


def test_slicesInAnotherOrderAreNotTakenForThoseOfTheSource(bench, tmp_path):
    item, node = loadedSeries(bench, tmp_path)
    matrix = node.ijkToRASArray()
    matrix[:3, 3] += matrix[:3, 2] * (len(node.voxelArray()) - 1)
    matrix[:3, 2] *= -1
    node.setVoxelArray(node.voxelArray()[::-1].copy())
    node.SetIJKToRASMatrix(matrix)
    folder = export(bench, item, tmp_path / "out")
    written = pydicom.dcmread(next(folder.iterdir()))
    assert len(written.SourceImageSequence) == 40 and "AcquisitionTime" not in written
    assertSame(reloaded(folder), node)


def test_bMatricesOfTheSourceAreKeptAndTurned(bench, tmp_path):
    item, node = withMatrices(bench, tmp_path)
    plain = [pydicom.dcmread(file) for file in sorted(export(bench, item, tmp_path / "plain").iterdir())]
    assert {one.DiffusionDirectionality for one in plain[5:]} == {"BMATRIX"}
    assert "DiffusionBMatrixSequence" not in plain[0]
    transform = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "Turn")
    matrix = numpy.eye(4)
    matrix[:3, :3] = rotation(20, -40, 70)
    transform.SetMatrixTransformToParent(matrixFromArray(matrix))
    node.SetAndObserveTransformNodeID(transform.GetID())
    folder = export(bench, item, tmp_path / "turned")
    for file in sorted(folder.iterdir())[5:]:
        written = pydicom.dcmread(file)
        direction = numpy.array(written.DiffusionGradientOrientation)
        assert matrixOf(written) == pytest.approx(1000 * numpy.outer(direction, direction), abs=1e-6)
    assertSame(reloaded(folder), node)
    assert dciodvfy(sorted(folder.iterdir())[-1]).errors == []


def withMatrices(bench, tmp_path):
    volumes = volumesOf((0, 1000), spreadDirections(7))

    def edit(dataset, volume, k):
        if volumes[volume].bValue:
            g = numpy.array(volumes[volume].direction)
            dataset.DiffusionBMatrixSequence = [pydicom.Dataset()]
            for name, (i, j) in zip(
                ("XX", "XY", "XZ", "YY", "YZ", "ZZ"), ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)), strict=True
            ):
                setattr(dataset.DiffusionBMatrixSequence[0], f"DiffusionBValue{name}", 1000.0 * g[i] * g[j])

    DiffusionBuilder("standard", oblique(), volumes, edit=edit).write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    return itemOf(bench, node), node


def matrixOf(dataset):
    one = dataset.DiffusionBMatrixSequence[0]
    xx, xy, xz, yy, yz, zz = (one[f"DiffusionBValue{name}"].value for name in ("XX", "XY", "XZ", "YY", "YZ", "ZZ"))
    return numpy.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def test_slicesOfTheSourceStayAsThickAsTheyAre(bench, tmp_path):
    def edit(dataset, volume, number):
        dataset.SliceThickness = "3.25"

    DiffusionBuilder("standard", oblique(), volumesOf((0, 1000), spreadDirections(7)), edit=edit).write(tmp_path / "in")
    (node,) = bench.load(tmp_path / "in")
    folder = export(bench, itemOf(bench, node), tmp_path / "out")
    datasets = [pydicom.dcmread(file) for file in folder.iterdir()]
    assert {str(dataset.SliceThickness) for dataset in datasets} == {"3.25"}
    assert [float(one.SpacingBetweenSlices) for one in datasets] == pytest.approx([2.5] * len(datasets))
    assert all(dciodvfy(file).errors == [] for file in sorted(folder.iterdir())[:3])
    assertSame(reloaded(folder), node)


# Volumes computed from it


@pytest.mark.parametrize("encoding", ["siemens", "siemensMosaic"])
def test_mapsAreMRImagesInTheSameFrameWithTheirQuantity(bench, tmp_path, encoding):
    item, node = loadedSeries(bench, tmp_path, encoding)
    frame = pydicom.dcmread(next((tmp_path / "in").rglob("*.dcm"))).FrameOfReferenceUID
    expected = {
        FA: (FA_CODE, '(1, UCUM, "no units")', "FA"),
        MD: (MD_CODE, MD_UNITS, "MD"),
        MEAN_DWI: (*map(codeText, MR_CODES), "mean b = 1000"),
    }
    plugin = DICOMScalarVolumePluginClass()
    plugin.context = bench.context
    for kind, computed in zip(sorted(expected), sorted(makeMaps(bench.scene, node, expected), key=kindOf), strict=True):
        quantity, units, label = expected[kind]
        exportable = plugin.examineForExport(itemOf(bench, computed))[0]
        assert exportable.tag("Modality") == "MR"
        assert exportable.tag("SeriesDescription").endswith(f" - {label}")
        exportable.directory = str(tmp_path / kind)
        assert plugin.export([exportable]) == ""
        files = sorted(Path(plugin.exported[0].folder).iterdir())
        assert dciodvfy(files).errors == []
        written = pydicom.dcmread(files[0])
        assert written.FrameOfReferenceUID == frame
        assert list(written.ImageType) == ["DERIVED", "SECONDARY", "OTHER"]
        assert len(written.SourceImageSequence) == (8 if encoding == "siemensMosaic" else 40)
        assert "AcquisitionTime" not in written and written.EchoTime == 80
        other = Bench()
        (again,) = other.load(files[0].parent)
        assert (again.GetVoxelValueQuantity(), again.GetVoxelValueUnits()) == (quantity, units)
        rounding = plugin.exported[0].largestError + 1e-6 * numpy.abs(computed.voxelArray()).max()
        assert numpy.abs(again.voxelArray() - computed.voxelArray()).max() <= rounding
        other.close()


def kindOf(computed):
    label = computed.GetName().rpartition(" - ")[2]
    return MEAN_DWI if label.startswith("mean") else label


def test_tensorsAreOfferedAsPartOfTheWholeSceneOnly(bench, tmp_path):
    _, node = loadedSeries(bench, tmp_path)
    (tensor,) = makeMaps(bench.scene, node, [TENSOR])
    registry = PluginRegistry()
    registerBuiltins(registry)
    (only,) = examineItems(registry, [itemOf(bench, tensor)], bench.context)
    assert (only.pluginClass, only.confidence) == ("DICOMSlicerDataBundlePlugin", 0.1)
    assert only.exportables[0].isOfWholeScene

    first, *_, last = examineItems(registry, [itemOf(bench, tensor), itemOf(bench, node)], bench.context)
    assert first.pluginClass == "DICOMDiffusionVolumePlugin" and last.pluginClass == only.pluginClass
    assert first.itemsWithout == [itemOf(bench, tensor)] and last.itemsWithout == []
