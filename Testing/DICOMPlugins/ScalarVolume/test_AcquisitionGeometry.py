"""Uneven stacks loaded in every way the setting offers; corners are compared with those of the headers."""

import numpy
import pytest

from DICOMLib.Geometry.Patient import rasFromLPS
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Matrices import isSheared
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins.ScalarVolume.AcquisitionGeometry import (
    AFTER_ATTRIBUTE,
    BEFORE_ATTRIBUTE,
    GEOMETRY_ATTRIBUTE,
    REGULARIZATION_SETTING,
)
from Testing.Fixtures import SeriesBuilder, tiltedCT
from Testing.Fixtures.EnhancedObjects import item

GAPS = [2.0, 2.0, 6.0, 2.0, 4.0]


def uneven(**more):
    """Six slices, the values of which tell the place: 3 S + A + 1000 at every voxel."""
    builder = SeriesBuilder(slices=6, gaps=GAPS, spacing=(0.8, 0.9, 2.0), origin=(-4, -6, 30), rescale=None, **more)
    builder.pattern = placeValues(builder)
    return builder


def placeValues(builder):
    row, column, _normal = builder.axes()
    values = numpy.empty((builder.slices, builder.rows, builder.columns))
    for k in range(builder.slices):
        j, i = numpy.mgrid[:builder.rows, :builder.columns]
        lps = builder.positionOfSlice(k) + numpy.multiply.outer(i * 0.9, row) + numpy.multiply.outer(j * 0.8, column)
        values[k] = 30 * lps[..., 2] - 10 * lps[..., 1] + 1000
    return values


def loaded(bench, folder, builder, choice="default"):
    bench.context.settings.setValue(REGULARIZATION_SETTING, choice)
    builder.write(folder)
    (node,) = bench.load(folder)
    return node


def slicePlaces(builder):
    return rasFromLPS(numpy.array([builder.positionOfSlice(k) for k in builder.sliceNumbers]))


def nodePlaces(node, count):
    """World RAS of the first voxel of each slice."""
    return node.worldFromIJK(numpy.array([[0.0, 0.0, k] for k in range(count)]))


@pytest.mark.parametrize("choice", ["default", "transform"])
def test_aTransformNodePutsEverySliceInItsPlace(bench, tmp_path, choice):
    builder = uneven()
    node = loaded(bench, tmp_path, builder, choice)
    transform = node.GetParentTransformNode()
    assert transform.GetClassName() == "vtkMRMLGridTransformNode"
    assert transform.GetName() == f"{node.GetName()} acquisition transform"
    assert nodePlaces(node, 6) == pytest.approx(slicePlaces(builder), abs=1e-3)
    assert numpy.array_equal(node.voxelArray(), builder.array)  # the voxels are those of the files
    assert float(node.GetAttribute(BEFORE_ATTRIBUTE)) == pytest.approx(2.8, abs=0.5)
    assert float(node.GetAttribute(AFTER_ATTRIBUTE)) < 1e-3
    assert "slices are moved by up to" in node.GetAttribute(GEOMETRY_ATTRIBUTE)
    assert bench.messages == []


def test_theTransformLiesBesideTheVolumeInTheHierarchy(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven())
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    series = hierarchy.GetItemByDataNode(node)
    transform = hierarchy.GetItemByDataNode(node.GetParentTransformNode())
    assert hierarchy.GetItemParent(series) == hierarchy.GetItemParent(transform) != hierarchy.GetSceneItemID()


def transformsIn(scene):
    return scene.GetNumberOfNodesByClass("vtkMRMLTransformNode")


def test_theTransformLeavesTheSceneWithItsVolume(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven())
    transform = node.GetParentTransformNode()
    bench.scene.RemoveNode(node)
    assert transformsIn(bench.scene) == 0
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    assert not hierarchy.GetItemByDataNode(transform)


def test_removingTheStudyInTheTreeRemovesBoth(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven())
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node))
    hierarchy.RemoveItem(study)
    assert (transformsIn(bench.scene), bench.scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode")) == (0, 0)
    assert study not in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)


def test_theTransformStaysWhereSomethingElseIsUnderIt(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven())
    transform = node.GetParentTransformNode()
    model = bench.scene.AddNewNodeByClass("vtkMRMLModelNode", "outline drawn by the user")
    model.SetAndObserveTransformNodeID(transform.GetID())
    bench.scene.RemoveNode(node)
    assert model.GetParentTransformNode() is transform


def test_aTransformOfTheUsersStaysWhenItsVolumeGoes(bench, tmp_path):
    node = loaded(bench, tmp_path, SeriesBuilder())
    own = bench.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "registration")
    node.SetAndObserveTransformNodeID(own.GetID())
    bench.scene.RemoveNode(node)
    assert bench.scene.IsNodePresent(own)


def test_aTransformThatItsVolumeHasLeftGoesWithItAllTheSame(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven())
    shown = Scene()
    shown.merge(bench.scene)
    node.HardenTransform()
    assert transformsIn(shown) == 1
    shown.RemoveNode(node)
    assert transformsIn(shown) == 0


def test_removingTheTransformLeavesTheVolumeOnItsRegularGrid(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven())
    bench.scene.RemoveNode(node.GetParentTransformNode())
    assert node.GetParentTransformNode() is None
    assert nodePlaces(node, 6)[2, 2] == pytest.approx(30 + 2 * 16 / 5)


def test_noneLeavesEverythingAsItIs(bench, tmp_path):
    node = loaded(bench, tmp_path, uneven(), "none")
    assert node.GetParentTransformNode() is None
    assert node.GetAttribute(GEOMETRY_ATTRIBUTE) is None
    assert bench.scene.GetNumberOfNodesByClass("vtkMRMLTransformNode") == 0
    assert nodePlaces(node, 6)[2, 2] == pytest.approx(30 + 2 * 16 / 5)  # evenly spread, which is wrong


@pytest.mark.parametrize("shear", [(0, 0), (0.0, 0.6)], ids=["straight", "tilted"])
def test_hardenedVoxelsHoldTheValuesOfTheirPlaces(bench, tmp_path, shear):
    node = loaded(bench, tmp_path, uneven(shear=shear), "hardenTransform")
    assert node.GetParentTransformNode() is None
    assert bench.scene.GetNumberOfNodesByClass("vtkMRMLTransformNode") == 0
    assert not isSheared(node.ijkToRASArray())
    assert node.GetSpacing() == pytest.approx((0.9, 0.8, 2.0))
    voxels = node.voxelArray()
    k, j, i = numpy.indices(voxels.shape, dtype=float)
    ras = node.worldFromIJK(numpy.stack([i, j, k], axis=-1))
    inside = voxels > voxels.min()
    difference = abs(30 * ras[..., 2] + 10 * ras[..., 1] + 1000 - voxels)[inside]
    assert inside.mean() > 0.6
    assert numpy.median(difference) <= 1 and difference.max() <= 30 * 0.6 * 5
    assert "computed anew on a rectangular grid" in node.GetAttribute(GEOMETRY_ATTRIBUTE)


@pytest.mark.parametrize(("modality", "dtype", "rescale", "padding", "lowest", "expected"), [
    ("CT", "int16", (1.0, -1024.0), -2000, -24, -3024),  # what GE pads with, rescaled like any other value
    ("CT", "int16", (1.0, -1024.0), 63536, -24, -3024),  # the same written as unsigned
    ("CT", "int16", (1.0, -1024.0), None, -24, -1048),
    ("CT", "uint16", (1.0, -1024.0), 0, 60, -1024),
    ("MR", "uint16", None, None, 7, 7),
    ("MR", "uint16", None, 0, 7, 0),
    ("PT", "uint16", (0.5, 0.0), 3, 8, 1.5),
])  # fmt: skip
def test_beyondTheAcquiredRegionIsThePaddingValueElseTheLowest(
    bench, tmp_path, modality, dtype, rescale, padding, lowest, expected
):
    """Stored values from `lowest` on in a tilted stack, whose hardened box has empty corners."""
    builder = SeriesBuilder(
        modality=modality, slices=6, shear=(0.0, 4.0), rescale=None, dtype=dtype,
        pattern=lambda k, j, i: lowest + 5 * k + j + 0 * i,
    )  # fmt: skip

    def describe(dataset, _index):
        if rescale is not None:
            dataset.RescaleSlope, dataset.RescaleIntercept = rescale
        if padding is not None:
            dataset.add_new("PixelPaddingValue", "US" if padding > 32767 or dtype == "uint16" else "SS", padding)

    builder.edit = describe
    node = loaded(bench, tmp_path, builder, "hardenTransform")
    voxels = node.voxelArray()
    corner = voxels[-1, 0, 0]
    assert corner == pytest.approx(expected)
    slope, intercept = rescale or (1.0, 0.0)
    inside = voxels[voxels != corner] if padding is not None else voxels
    assert inside.min() == pytest.approx(lowest * slope + intercept)


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("isByScript", [False, True])
def test_beyondTheAcquiredRegionIsWhatIsShownBlack(bench, tmp_path, photometric, isByScript):
    """MONOCHROME1 shows high values dark: its lowest value would be white corners."""
    builder = SeriesBuilder(
        modality="MR", slices=6, shear=(0.0, 4.0), rescale=None, dtype="uint16",
        pattern=lambda k, j, i: 7 + 5 * k + j + 0 * i,
        edit=lambda dataset, _index: setattr(dataset, "PhotometricInterpretation", photometric),
    )  # fmt: skip
    node = loaded(bench, tmp_path, builder, "none" if isByScript else "hardenTransform")
    if isByScript:
        node.makeRectangular()
    voxels = node.voxelArray()
    lowest, highest = 7, 7 + 5 * 5 + builder.rows - 1
    assert (voxels.min(), voxels.max()) == (lowest, highest)
    assert voxels[-1, 0, 0] == (highest if photometric == "MONOCHROME1" else lowest)


def test_beyondAColourVolumeIsBlack(bench, tmp_path):
    colours = numpy.full((6, 16, 12, 3), (200, 100, 50))
    builder = SeriesBuilder(
        modality="CT", slices=6, shear=(0.0, 4.0), rescale=None, dtype="uint8", samplesPerPixel=3, pattern=colours
    )
    voxels = loaded(bench, tmp_path, builder, "hardenTransform").voxelArray()
    assert voxels[-1, 0, 0].tolist() == [0, 0, 0]
    assert voxels[-1, -1, 0].tolist() == [200, 100, 50]


def test_aScriptThatHardensGetsThePaddingValueToo(bench, tmp_path):
    builder = uneven()
    builder.edit = lambda dataset, _index: dataset.add_new("PixelPaddingValue", "US", 0)
    builder.shear = (0.0, 4.0)
    node = loaded(bench, tmp_path, builder)
    node.HardenTransform()
    assert node.voxelArray().min() == 0


def test_theMemoryOfHardeningIsSaidBeforeItIsDone(bench, tmp_path):
    uneven().write(tmp_path)
    bench.context.settings.setValue(REGULARIZATION_SETTING, "hardenTransform")
    (loadable,) = [one for one in bench.loadables(tmp_path) if one.selected]
    # 16 mm at the smallest gap of 2 mm; 12 x 16 voxels of two bytes
    assert "12×16×6 become 12×16×9, which takes about 3.5 kB" in loadable.explanation
    progress = Progress()
    (nodeID,) = bench.registry.load(bench.examine(tmp_path), bench.context, progress=progress)
    assert progress.text == "Computing voxels anew: 3.5 kB"
    node = bench.scene.GetNodeByID(nodeID)
    assert node.GetDimensions() == (12, 16, 9)
    assert node.voxelArray().nbytes == 12 * 16 * 9 * 2


@pytest.mark.parametrize(("builder", "kept"), [
    (lambda: uneven(), "by a transform instead"), (tiltedCT, "by shear in the volume's matrix instead")
], ids=["uneven", "tilted"])  # fmt: skip
def test_hardeningBeyondTheMemoryIsRefusedAndTheVolumeIsRightWithoutIt(bench, tmp_path, monkeypatch, builder, kept):
    monkeypatch.setattr("DICOMLib.Scene.Resampling.freeMemory", lambda: 1000)
    builder = builder()
    node = loaded(bench, tmp_path, builder, "hardenTransform")
    (message,) = bench.messages
    assert "of memory, and 1.0 kB are free; " in message and message.endswith(kept)
    assert node.GetAttribute(GEOMETRY_ATTRIBUTE) in message
    places = slicePlaces(builder)
    assert nodePlaces(node, len(places)) == pytest.approx(places, abs=1e-3)
    if "transform" in kept:
        hierarchy = bench.scene.GetSubjectHierarchyNode()
        items = [hierarchy.GetItemByDataNode(one) for one in (node, node.GetParentTransformNode())]
        assert hierarchy.GetItemParent(items[0]) == hierarchy.GetItemParent(items[1]) != hierarchy.GetSceneItemID()
    (loadable,) = [one for one in bench.loadables(tmp_path) if one.selected]
    assert "Loading keeps the voxels as they are: voxels computed anew would take" in loadable.explanation


def test_aTiltAloneStaysInTheMatrixAndIsTakenOutWhenHardened(bench, tmp_path):
    kept = loaded(bench, tmp_path, tiltedCT())
    assert kept.GetParentTransformNode() is None and isSheared(kept.ijkToRASArray())
    assert kept.GetAttribute(GEOMETRY_ATTRIBUTE) is None
    bench.context.settings.setValue(REGULARIZATION_SETTING, "hardenTransform")
    (hardened,) = bench.load(tmp_path)
    assert not isSheared(hardened.ijkToRASArray())
    assert hardened.GetRASBounds()[4:] == pytest.approx(kept.GetRASBounds()[4:], abs=0.5)  # half a voxel of rim


def test_aRegularStackIsLeftAloneWhateverIsChosen(bench, tmp_path):
    builder = SeriesBuilder()
    node = loaded(bench, tmp_path, builder, "hardenTransform")
    assert numpy.array_equal(node.voxelArray(), builder.array)
    assert node.ijkToRASArray() == pytest.approx(builder.ijkToRAS)


def test_framesOfOneObjectAreMovedLikeFiles(bench, tmp_path):
    builder = uneven(multiframe=True, modality="MR", sopClassUID="1.2.840.10008.5.1.4.1.1.4.1")

    def describe(dataset, _index):
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
            delattr(dataset, keyword)
        dataset.SharedFunctionalGroupsSequence = [item(
            PlaneOrientationSequence=[item(ImageOrientationPatient=list(builder.orientation))],
            PixelMeasuresSequence=[item(PixelSpacing=["0.8", "0.9"], SliceThickness="2")],
        )]  # fmt: skip
        dataset.PerFrameFunctionalGroupsSequence = [
            item(PlanePositionSequence=[item(ImagePositionPatient=[f"{x:.6g}" for x in builder.positionOfSlice(k)])])
            for k in range(6)
        ]

    builder.edit = describe
    node = loaded(bench, tmp_path, builder)
    assert node.GetDimensions()[2] == 6
    assert nodePlaces(node, 6) == pytest.approx(slicePlaces(builder), abs=1e-3)


def test_theTransformFollowsItsVolumeIntoTheShownScene(bench, tmp_path):
    node, shown = loaded(bench, tmp_path, uneven()), Scene()
    shown.AddNewNodeByClass("vtkMRMLGridTransformNode")  # takes the ID that the transform had
    places = nodePlaces(node, 6)
    shown.merge(bench.scene)
    assert node.GetParentTransformNode().GetScene() is shown
    assert nodePlaces(node, 6) == pytest.approx(places)


@pytest.mark.parametrize(("choice", "words"), [
    ("default", "Loading adds a transform: slices are moved by up to"),
    ("none", "Slices stay on the regular grid"),
    ("hardenTransform", "Loading computes the voxels anew"),
])  # fmt: skip
def test_theExplanationSaysWhatIsGoingToHappen(bench, tmp_path, choice, words):
    uneven().write(tmp_path)
    bench.context.settings.setValue(REGULARIZATION_SETTING, choice)
    (loadable,) = [one for one in bench.loadables(tmp_path) if one.selected]
    assert words in loadable.explanation
    assert "away from the true corners" in loadable.warning


def test_oneLoadableCanBeLoadedDifferently(bench, tmp_path):
    uneven().write(tmp_path)
    found = bench.examine(tmp_path)
    (loadable,) = [one for loadables in found.values() for one in loadables if one.selected]
    loadable.details["acquisitionGeometry"] = "none"
    (nodeID,) = bench.registry.load(found, bench.context)
    assert bench.scene.GetNodeByID(nodeID).GetParentTransformNode() is None


@pytest.mark.data
def test_aTiltedGantryOfVaryingSteps(bench, sharedData):
    """A head CT of GE with 2.5 mm and 7 mm slices at a tilt: 22.8 mm off on a regular grid."""
    (node,) = bench.load(sharedData / "ct" / "gantry_tilt_variable_spacing_ge")
    assert float(node.GetAttribute(BEFORE_ATTRIBUTE)) == pytest.approx(22.78, abs=0.01)
    instances = bench.database.instanceRecordsForFiles(
        [bench.database.fileForInstance(uid) for uid in node.GetAttribute("DICOM.instanceUIDs").split()]
    )
    headers = [[float(x) for x in one.value("ImagePositionPatient").split("\\")] for one in instances]
    assert nodePlaces(node, len(headers)) == pytest.approx(rasFromLPS(numpy.array(headers)), abs=1e-3)
