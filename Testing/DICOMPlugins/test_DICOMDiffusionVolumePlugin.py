"""Diffusion series from files to a node in the scene, beside the scalar volume plugin."""

from __future__ import annotations

import os

import numpy
import pytest

from DICOMLib.Errors import LoadError
from DICOMPlugins.DICOMDiffusionVolumePlugin import VENDOR_SETTING, DICOMDiffusionVolumePlugin
from DICOMPlugins.Diffusion.Summary import summaryOf
from Testing.DICOMPlugins.Diffusion.Slices import SIX
from Testing.Fixtures.Encoding import encodeDataset
from Testing.Fixtures.SeriesBuilder import SeriesBuilder

SCHEME = [(0, None), *((1000, one) for one in SIX)]
OBLIQUE = (0.8, 0.6, 0.0, 0.0, 0.0, -1.0)


def writeSeries(folder, scheme=SCHEME, slices=4, orientation=OBLIQUE, edit=None, description="DTI 6 directions"):
    """Files in a scrambled order. :returns: their voxels (slices, rows, columns, measurements), and the builder"""
    voxels = numpy.random.default_rng(5).integers(0, 4000, (slices, 6, 5, len(scheme)))
    for n, (bValue, direction) in enumerate(scheme):
        builder = SeriesBuilder(modality="MR", rows=6, columns=5, slices=slices, orientation=orientation, dtype="int16",
                                rescale=None, origin=(-10, 20, 30), pattern=voxels[..., n],
                                seriesDescription=description)  # fmt: skip
        for k, dataset in enumerate(builder.datasets()):
            number = n * slices + k + 1
            dataset.SOPInstanceUID, dataset.InstanceNumber = f"2.25.{number}", number
            dataset.DiffusionBValue = float(bValue)
            if direction is not None:
                dataset.DiffusionGradientOrientation = list(direction)
            if edit is not None:
                edit(dataset, n, k)
            (folder / f"{(number * 37) % 1000:03d}-{number}.dcm").write_bytes(encodeDataset(dataset))
    return voxels, builder


def offers(bench, folder):
    found = bench.examine(folder)
    return {plugin.loadType: loadables for plugin, loadables in found.items()}, found


def test_aDiffusionSeriesBecomesOneVolumeWithItsGradients(bench, tmp_path):
    voxels, builder = writeSeries(tmp_path)
    (node,) = bench.load(tmp_path)
    assert bench.messages == []
    assert node.GetClassName() == "vtkMRMLDiffusionWeightedVolumeNode"
    assert node.GetName() == "DTI 6 directions - as DWI Volume"
    assert node.voxelArray().dtype == numpy.int16 and numpy.array_equal(node.voxelArray(), voxels)
    assert node.ijkToRASArray() == pytest.approx(builder.ijkToRAS, abs=1e-6)
    assert node.bValuesArray().tolist() == [0, *[1000] * 6]
    expected = numpy.array([(0, 0, 0), *SIX]) * (-1, -1, 1)
    assert node.gradientsRAS() == pytest.approx(expected)
    assert node.GetMeasurementFrameMatrix().IsIdentity()
    assert node.GetDisplayNode().GetDiffusionComponent() == 0
    assert node.GetAttribute("DICOM.instanceNumbers") == "1 2 3 4"


def test_aSeriesWithoutADescriptionIsNamedByItsNumberAndModality(bench, tmp_path):
    writeSeries(tmp_path, edit=lambda dataset, _n, _k: setattr(dataset, "SeriesNumber", 7), description="")
    (node,) = bench.load(tmp_path)
    assert node.GetName() == "7: Unnamed Series (MR) - as DWI Volume"


def test_aSeriesThatFailsToLoadIsSaidToBeThereOtherwiseToo(bench, tmp_path):
    writeSeries(tmp_path)
    found = bench.examine(tmp_path)
    (chosen,) = [one for loadables in found.values() for one in loadables if one.selected]
    chosen.details.update(series=None, planes=None, vendor="Siemens", readFor="")
    for path in chosen.files[4:]:
        os.truncate(path, 600)
    assert bench.registry.load(found, bench.context, bench.messages) == []
    assert bench.messages[-1].endswith(
        "is also offered as Scalar Volume or Volume Sequence: choose that in the advanced view."
    )


def test_bothPluginsOfferTheSeriesAndDiffusionIsChosen(bench, tmp_path):
    writeSeries(tmp_path)
    byType, _ = offers(bench, tmp_path)
    (ours,) = byType["Diffusion Volume"]
    assert ours.confidence == 0.6 and ours.selected and ours.warning == ""
    assert len(ours.files) == 28 and ours.part == ""
    assert len(byType["Scalar Volume"]) >= 7
    assert not any(one.selected for one in byType["Scalar Volume"])
    assert "7 measurements (1 at b = 0, 6 at b = 1000)" in ours.tooltip
    for line in (
        "B-value: DiffusionBValue (0018,9087) (rule: standard), all slices.",
        "7 measurements of 4 slices, in the order of acquisition: b = 0: 1; b = 1000: 6 in 6 directions.",
        "Checked: 1 measurement at b = 0.",
    ):
        assert line in ours.explanation
    assert "cover the sphere (condition number" in ours.explanation
    assert "FIXTURE" not in ours.explanation  # no patient values


@pytest.mark.parametrize("modality", ["CT", "PT"])
def test_onlyMagneticResonanceIsLookedAt(bench, tmp_path, modality):
    def edit(dataset, n, k):
        dataset.Modality = modality

    writeSeries(tmp_path, edit=edit)
    assert offers(bench, tmp_path)[0]["Diffusion Volume"] == []


def test_contradictionsAreAWarningBeforeAndAfterLoading(bench, tmp_path):
    def writtenBySiemensToo(dataset, n, k):
        dataset.Manufacturer = "SIEMENS"
        dataset.add_new((0x0019, 0x0010), "LO", "SIEMENS MR HEADER")
        dataset.add_new((0x0019, 0x100C), "IS", 700 if n else 0)

    writeSeries(tmp_path, edit=writtenBySiemensToo)
    (ours,) = offers(bench, tmp_path)[0]["Diffusion Volume"]
    assert ours.warning.startswith("b is 1000 by the standard rule and 700 by the Siemens rule")
    (node,) = bench.load(tmp_path)
    assert summaryOf(node).warnings == [ours.warning]


def test_aSeriesWithoutEvidenceIsNotOfferedAndNothingIsSaid(bench, tmp_path):
    SeriesBuilder(modality="MR", rescale=None).write(tmp_path)
    byType, found = offers(bench, tmp_path)
    assert byType["Diffusion Volume"] == []
    assert all(plugin.rejections == [] for plugin in found)


def test_examiningOpensNoFile(bench, tmp_path):
    writeSeries(tmp_path)
    (seriesUID,) = bench.importFolder(tmp_path)
    files = bench.database.filesForSeries(seriesUID)
    for path in tmp_path.iterdir():
        status = path.stat()
        path.write_bytes(b"\0" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    found = bench.registry.examine([files], bench.context)
    (ours,) = next(loadables for plugin, loadables in found.items() if plugin.loadType == "Diffusion Volume")
    assert ours.confidence == 0.6


@pytest.mark.parametrize("lost", ["direction", "bValue"])
def test_missingWeightingLeavesTheSeriesToOtherPluginsWithOneSentence(bench, tmp_path, lost):
    def edit(dataset, n, k):
        if n == 3:
            del dataset["DiffusionGradientOrientation" if lost == "direction" else "DiffusionBValue"]

    writeSeries(tmp_path, edit=edit)
    byType, _ = offers(bench, tmp_path)
    (ours,) = byType["Diffusion Volume"]
    what = "direction of the gradient" if lost == "direction" else "b-value"
    assert ours.confidence == 0.3 and not ours.selected
    assert ours.warning == f"The {what} is missing for 4 of 28 slices."
    assert any(one.selected for one in byType["Volume Sequence"])  # all volumes, without weighting


def test_nonsenseBValuesLeaveTheSeriesToOtherPlugins(bench, tmp_path):
    def edit(dataset, n, k):
        dataset.DiffusionBValue = -1e9

    writeSeries(tmp_path, edit=edit)
    byType, found = offers(bench, tmp_path)
    assert byType["Diffusion Volume"] == [] or not byType["Diffusion Volume"][0].selected
    assert any(one.selected for one in byType["Volume Sequence"])  # all volumes, without weighting


def test_aSeriesOfBValuesWithoutDirectionsSaysWhyItIsNotOffered(bench, tmp_path):
    writeSeries(tmp_path, scheme=[(0, None), (500, None), (1000, None)])
    byType, found = offers(bench, tmp_path)
    assert byType["Diffusion Volume"] == []
    (reason,) = [text for plugin in found for text in plugin.rejections]
    assert "no slice has a b-value and a direction" in reason
    assert any(one.selected for one in byType["Scalar Volume"])


def test_oneMeasurementAloneIsLeftToTheScalarPlugin(bench, tmp_path):
    writeSeries(tmp_path, scheme=SCHEME[1:2])
    byType, _ = offers(bench, tmp_path)
    (ours,) = byType["Diffusion Volume"]
    assert not ours.selected and ours.warning == "There is one measurement only, with nothing to compare it to."


def test_aMissingSliceLeavesOneMeasurementOutAndTheRestLoads(bench, tmp_path):
    voxels, _ = writeSeries(tmp_path)
    next(path for path in tmp_path.iterdir() if path.name.endswith("-10.dcm")).unlink()
    byType, _ = offers(bench, tmp_path)
    (ours,) = byType["Diffusion Volume"]
    assert ours.selected and "has 1 slice missing of 4: it is left out" in ours.warning
    (node,) = bench.load(tmp_path)
    assert numpy.array_equal(node.voxelArray(), numpy.delete(voxels, 2, axis=3))


def test_manyMeasurementsLeftOutAreOneSentenceAndAllInTheExplanation(bench, tmp_path):
    writeSeries(tmp_path)
    for number in (5, 10, 15, 20):
        next(path for path in tmp_path.iterdir() if path.name.endswith(f"-{number}.dcm")).unlink()
    (ours,) = offers(bench, tmp_path)[0]["Diffusion Volume"]
    assert ours.warning == "4 measurements lack slices and are left out, see the explanation."
    assert ours.explanation.count("has 1 slice missing of 4: it is left out") == 4


def test_traceAndADCAreOfferedAsVolumesOfTheirOwn(bench, tmp_path):
    def edit(dataset, n, k):
        if n >= 7:
            kind = "TRACEW" if n == 7 else "ADC"
            dataset.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", kind]

    voxels, _ = writeSeries(tmp_path, scheme=[*SCHEME, (1000, None), (0, None)], edit=edit)
    byType, found = offers(bench, tmp_path)
    ours, trace, computed = byType["Diffusion Volume"]
    assert (ours.confidence, trace.confidence, computed.confidence) == (0.6, 0.4, 0.4)
    assert trace.name == "3: DTI 6 directions - trace b=1000" and computed.name == "3: DTI 6 directions - derived"
    ours.selected, trace.selected = False, True
    (nodeID,) = bench.registry.load(found, bench.context)
    node = bench.scene.GetNodeByID(nodeID)
    assert node.GetClassName() == "vtkMRMLScalarVolumeNode"
    assert numpy.array_equal(node.voxelArray(), voxels[..., 7])


def test_theVendorOfALoadableCanBeChangedBeforeLoading(bench, tmp_path):
    writeSeries(tmp_path)
    found = bench.examine(tmp_path)
    (ours,) = next(loadables for plugin, loadables in found.items() if plugin.loadType == "Diffusion Volume")
    assert ours.details["vendor"] == "automatic"
    ours.details["vendor"] = "standard"
    (nodeID,) = bench.registry.load(found, bench.context, bench.messages)
    assert bench.messages == []
    assert bench.scene.GetNodeByID(nodeID).GetNumberOfGradients() == 7
    assert ours.explanation.startswith("Rule chosen by the user: standard.")


def test_theVendorSettingIsUsedAtExamine(bench, tmp_path):
    writeSeries(tmp_path)
    bench.context.settings.setValue(VENDOR_SETTING, "standard")
    byType, _ = offers(bench, tmp_path)
    assert byType["Diffusion Volume"][0].explanation.startswith("Rule chosen by the user: standard.")


def test_filesThatAScriptChangedAreReadAnew(bench, tmp_path):
    voxels, _ = writeSeries(tmp_path)
    found = bench.examine(tmp_path)
    plugin, (ours,) = next(pair for pair in found.items() if pair[0].loadType == "Diffusion Volume")
    plugin.context = bench.context
    ours.files = ours.files[:8]
    node = plugin.load(ours)
    assert numpy.array_equal(node.voxelArray(), voxels[..., :2])


def test_whatIsNoDiffusionSeriesIsRefusedInOneSentence(bench, tmp_path):
    writeSeries(tmp_path)
    found = bench.examine(tmp_path)
    plugin, (ours,) = next(pair for pair in found.items() if pair[0].loadType == "Diffusion Volume")
    plugin.context = bench.context
    ours.files = ours.files[:4]
    with pytest.raises(LoadError, match="this is no diffusion series: no slice has a b-value and a direction"):
        plugin.load(ours)
    assert bench.scene.GetNodesByClass("vtkMRMLDiffusionWeightedVolumeNode") == []


def test_theVolumeIsBelowItsPatientAndStudy(bench, tmp_path):
    writeSeries(tmp_path)
    (node,) = bench.load(tmp_path)
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(node)
    assert hierarchy.GetItemAttribute(item, "DICOM.Modality") == "MR"
    assert hierarchy.GetItemLevel(hierarchy.GetItemParent(item)) == "Study"


def test_severalDiffusionSeriesOfOneFolderAreTwoVolumes(bench, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    writeSeries(tmp_path / "a")

    def edit(dataset, n, k):
        dataset.SeriesInstanceUID = "2.25.777"
        dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.1"

    writeSeries(tmp_path / "b", edit=edit)
    assert len(bench.load(tmp_path / "a", tmp_path / "b")) == 2


def test_theHiddenModuleNamesItself():
    class Parent:
        pass

    parent = Parent()
    DICOMDiffusionVolumePlugin(parent)
    assert parent.title == "DICOM Diffusion Volume Plugin" and parent.hidden


def sizes():
    """Of few files and of many; all combinations take long."""
    usual = {(4, 2), (12, 4), (24, 7), (72, 4)}
    return [
        pytest.param(slices, measurements, marks=() if (slices, measurements) in usual else pytest.mark.slow)
        for slices in (4, 12, 24, 48, 72) for measurements in (2, 4, 7)
    ]  # fmt: skip


@pytest.mark.parametrize(("slices", "measurements"), sizes())
def test_theSeriesIsFoundWhereEachSliceBeginsWithBZero(bench, tmp_path, slices, measurements):
    """Files in the order of slices, the measurements of each one after the other, as some scanners number them."""

    def edit(dataset, n, k):
        dataset.InstanceNumber = k * measurements + n + 1

    writeSeries(tmp_path, scheme=SCHEME[:measurements], slices=slices, edit=edit)
    (seriesUID,) = bench.importFolder(tmp_path)
    files = bench.database.filesForSeries(seriesUID)
    files.sort(key=lambda file: int(bench.database.fileValue(file, "0020,0013")))
    plugin = bench.registry.pluginClass("DICOMDiffusionVolumePlugin")()
    plugin.context = bench.context
    (found,) = plugin.examineFiles(files)
    assert len(found.details["series"]) == measurements


@pytest.mark.timing
def test_examiningIsQuick(bench, tmp_path, promised):
    """1,000 files without evidence take next to nothing."""
    writeSeries(tmp_path, scheme=[(0, None)] * 250, slices=4)
    (seriesUID,) = bench.importFolder(tmp_path)
    files = [bench.database.filesForSeries(seriesUID)]
    plugin = bench.registry.pluginClass("DICOMDiffusionVolumePlugin")()
    plugin.context = bench.context
    with promised.within(0.02, ofProcessor=True):
        assert plugin.examineFiles(files[0]) == []


# Real data: what the standard's elements say there


def readTable(path):
    return numpy.array([line.split() for line in path.read_text().splitlines() if line.strip()], float)


def worldBvec(bvec, ijkToRAS):
    """FSL's vectors (3, N) to RAS (N, 3): along the voxel axes, the first reversed where these are right-handed."""
    axes = ijkToRAS[:3, :3] / numpy.linalg.norm(ijkToRAS[:3, :3], axis=0)
    vectors = bvec.T.copy()
    if numpy.linalg.det(axes) > 0:
        vectors[:, 0] *= -1
    return vectors @ axes.T


@pytest.mark.data
def test_siemensXA60EnhancedAgreesWithDcm2niix(bench, sharedData):
    import SimpleITK

    folder = sharedData / "dwi/siemens_xa60_enhanced"
    (node,) = bench.load(folder / "dicom")
    (name,) = (folder / "ref").glob("*.bval")
    assert node.bValuesArray() == pytest.approx(readTable(name)[0], abs=1)
    image = SimpleITK.ReadImage(str(name.with_suffix(".nii")))
    directions = numpy.array(image.GetDirection()).reshape(4, 4)[:3, :3] * ((-1,), (-1,), (1,))
    matrix = numpy.eye(4)
    matrix[:3, :3] = directions
    expected = worldBvec(readTable(name.with_suffix(".bvec")), matrix)
    alike = abs((node.gradientsRAS() * expected).sum(axis=1))[1:]
    assert numpy.degrees(numpy.arccos(numpy.clip(alike, 0, 1))).max() < 0.5
    theirs = SimpleITK.GetArrayFromImage(image)
    assert theirs.shape == (7, 10, 64, 64)
    assert numpy.array_equal(numpy.sort(node.voxelArray(), axis=None), numpy.sort(theirs, axis=None))


@pytest.mark.data
def test_philipsEnhancedAgreesWithItsGroundTruth(bench, sharedData):
    folder = sharedData / "dwi/dicom2nifti_philips_enhanced_001"
    (node,) = bench.load(folder / "dicom")
    assert node.bValuesArray().tolist() == readTable(folder / "ref/001_ground_truth.bval")[0].tolist()
    bvec = readTable(folder / "ref/001_ground_truth.bvec")
    # dicom2nifti writes LPS vectors of this axial volume.
    assert node.gradientsRAS() == pytest.approx(bvec.T * (-1, -1, 1), abs=1e-4)


@pytest.mark.data
def test_canonHasAsManyMeasurementsAsDcm2niix(bench, sharedData):
    """Its classic files have the b-value in the standard's element, the direction elsewhere."""
    folder = sharedData / "dwi/canon_classic_ortho"
    byType, found = offers(bench, folder / "dicom")
    bValues = readTable(next((folder / "ref").glob("*.bval")))[0]
    if not byType["Diffusion Volume"]:
        assert any("no slice has a b-value and a direction" in text for plugin in found for text in plugin.rejections)
        return
    series = byType["Diffusion Volume"][0].details["series"]
    assert series.bValues.tolist() == bValues.tolist()
