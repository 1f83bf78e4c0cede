import os
import sys
from collections import Counter
from itertools import chain

import numpy
import pytest

import DICOMPlugins
from DICOMLib.Errors import CancelledError, PixelDataError
from DICOMLib.Files.HeaderScanner import scanFile
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from Testing.Fixtures import (
    SeriesBuilder,
    axialCT,
    missingSliceCT,
    obliqueMR,
    rgbSecondaryCapture,
    tiltedCT,
    ultrasoundCine,
)
from Testing.Fixtures.EnhancedObjects import item

MOST_CALLS_A_SLICE = 230
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)


def chosen(loadables):
    return [loadable for loadable in loadables if loadable.selected]


@pytest.mark.parametrize("builder", [axialCT(), obliqueMR(), tiltedCT()], ids=["axial", "oblique", "tilted"])
def test_aSeriesBecomesAVolumeWithItsVoxelsInTheirPlace(bench, tmp_path, builder):
    builder.write(tmp_path, shuffle=True)
    (node,) = bench.load(tmp_path)
    assert bench.messages == []
    assert node.GetClassName() == "vtkMRMLScalarVolumeNode"
    assert node.GetName() == f"{builder.seriesNumber}: {builder.seriesDescription}"
    assert numpy.array_equal(node.voxelArray(), builder.array)
    assert node.ijkToRASArray() == pytest.approx(builder.ijkToRAS, abs=1e-6)
    uids = [builder.sopInstanceUID(k) for k in range(builder.slices)]
    assert node.GetAttribute("DICOM.instanceUIDs") == " ".join(uids)
    assert node.GetAttribute("DICOM.instanceNumbers") == "1 2 3 4 5"


def test_examiningOpensNoFile(bench, tmp_path):
    builder = axialCT()
    paths = builder.write(tmp_path)
    (seriesUID,) = bench.importFolder(tmp_path)
    files = bench.database.filesForSeries(seriesUID)
    for path in paths:  # of the same size and time, so that nobody has a reason to look into them
        status = path.stat()
        path.write_bytes(b"\0" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    (loadable,) = chain.from_iterable(bench.registry.examine([files], bench.context).values())
    assert loadable.selected and loadable.confidence == 0.5 and len(loadable.files) == 5


def remove(path):
    path.unlink()


def touch(path):
    os.utime(path, (1, 1))


def replace(path):
    path.write_bytes(obliqueMR().encoded()[0])


@pytest.mark.parametrize(("harm", "matter"), [
    (remove, "cannot be found"), (touch, "have changed since they were imported"), (replace, "hold another object"),
])
def test_filesThatAreNotWhatTheyWereAreLeftOutByNameAndTheRestIsLoaded(bench, tmp_path, harm, matter):
    paths = axialCT().write(tmp_path)
    (seriesUID,) = bench.importFolder(tmp_path)
    harm(paths[2])
    found = bench.registry.examine([bench.database.filesForSeries(seriesUID)], bench.context, messages=bench.messages)
    (nodeID,) = bench.registry.load(found, bench.context, bench.messages)
    node = bench.scene.GetNodeByID(nodeID)

    (message,) = bench.messages
    assert message.startswith("1 of 5 files ") and matter in message and str(paths[2]) in message
    assert message.rstrip(".").split(". ")[-1].startswith(("Connect the disk", "Import their folder again"))
    assert numpy.array_equal(node.voxelArray(), numpy.delete(axialCT().array, 2, axis=0))
    warnings = [loadable.warning for loadables in found.values() for loadable in loadables if loadable.selected]
    assert "seems to be missing" in warnings[0]


def test_aSeriesOfWhichNothingIsLeftIsNotOffered(bench, tmp_path):
    paths = axialCT().write(tmp_path)
    (seriesUID,) = bench.importFolder(tmp_path)
    for path in paths:
        touch(path)
    found = bench.registry.examine([bench.database.filesForSeries(seriesUID)], bench.context, messages=bench.messages)

    assert not any(found.values())
    assert len(bench.messages) == 1 and bench.messages[0].startswith("5 of 5 files have changed")


def test_theNodeIsBelowItsStudyAndPatient(bench, tmp_path):
    builder = axialCT()
    builder.write(tmp_path)
    (node,) = bench.load(tmp_path)
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    series = hierarchy.GetItemByDataNode(node)
    study = hierarchy.GetItemParent(series)
    assert hierarchy.GetItemUID(series, "DICOM") == builder.seriesUID
    assert hierarchy.GetItemUID(study, "DICOM") == builder.studyUID
    assert hierarchy.GetItemUID(hierarchy.GetItemParent(study), "DICOM") == builder.patientID


def test_windowsOfTheMiddleSliceBecomePresetsAndTheFirstIsApplied(bench, tmp_path):
    def edit(dataset, index):
        dataset.WindowCenter, dataset.WindowWidth = [40 + index, 300], [400, 1500]
        dataset.WindowCenterWidthExplanation = ["BRAIN", "BONE"]

    axialCT(edit=edit).write(tmp_path)
    (node,) = bench.load(tmp_path)
    display = node.GetDisplayNode()
    assert display.GetNumberOfWindowLevelPresets() == 2
    assert (display.GetWindow(), display.GetLevel()) == (400, 42)
    assert display.GetWindowLevelPresetExplanation(1) == "BONE"


def test_unequalNumbersOfWindowsGiveNoPreset(bench, tmp_path):
    axialCT(extra={"WindowCenter": [40, 300], "WindowWidth": 400}).write(tmp_path)
    (node,) = bench.load(tmp_path)
    assert node.GetDisplayNode().GetNumberOfWindowLevelPresets() == 0


def test_MONOCHROME1IsShownInvertedWithItsValuesKept(bench, tmp_path):
    builder = axialCT(photometricInterpretation="MONOCHROME1")
    builder.write(tmp_path)
    (node,) = bench.load(tmp_path)
    assert node.GetDisplayNode().GetInvert() and numpy.array_equal(node.voxelArray(), builder.array)


def test_unitsAndColoursFollowTheModality(bench, tmp_path):
    axialCT(patientID="A").write(tmp_path / "ct")
    pet = SeriesBuilder(modality="PT", rescale=(0.5, 0), extra={"Units": "BQML"}, patientID="B")
    pet.write(tmp_path / "pt")
    ct, pt = bench.load(tmp_path / "ct", tmp_path / "pt")
    assert "Hounsfield unit" in ct.GetVoxelValueUnits() and "112031" in ct.GetVoxelValueQuantity()
    assert "Bq/ml" in pt.GetVoxelValueUnits() and pt.voxelArray().dtype == "float32"
    assert pt.GetDisplayNode().GetColorName() == "PET-Heat"


def test_colourImagesBecomeVectorVolumes(bench, tmp_path):
    builder = rgbSecondaryCapture()
    builder.write(tmp_path)
    loadable = bench.loadables(tmp_path)[0]
    assert not loadable.grayscale
    (node,) = bench.load(tmp_path)
    assert node.GetClassName() == "vtkMRMLVectorVolumeNode"
    assert numpy.array_equal(node.voxelArray(), builder.storedArray)


def test_aCineIsLoadedAsFramesWithAWarning(bench, tmp_path):
    builder = ultrasoundCine()
    builder.write(tmp_path)
    (loadable,) = bench.loadables(tmp_path)
    assert "the third axis counts frames" in loadable.warning and loadable.confidence == 0.5
    (node,) = bench.load(tmp_path)
    assert len(node.voxelArray()) == len(builder.storedArray)


def withoutPosition(dataset, _):
    del dataset.ImagePositionPatient


def test_framesOfUnknownPlaceAreOfferedWithDoubt(bench, tmp_path):
    SeriesBuilder(modality="MR", multiframe=True, edit=withoutPosition).write(tmp_path)
    (loadable,) = bench.loadables(tmp_path)
    assert loadable.confidence == 0.2 and "the header does not say where each is" in loadable.warning


def test_framesOfOnePositionAreTakenToFollowEachOtherAndSaySo(bench, tmp_path):
    builder = SeriesBuilder(modality="CT", multiframe=True)
    builder.write(tmp_path)
    (loadable,) = bench.loadables(tmp_path)
    assert loadable.confidence == 0.5 and "taken to follow each other along the normal" in loadable.warning
    (node,) = bench.load(tmp_path)
    assert node.ijkToRASArray() == pytest.approx(builder.ijkToRAS)


def test_missingSlicesAreWarnedOfAndExplained(bench, tmp_path):
    missingSliceCT().write(tmp_path)
    (loadable,) = bench.loadables(tmp_path)
    assert "1 slice seems to be missing" in loadable.warning
    assert "sorted along the slice normal (0, 0, 1)" in loadable.explanation
    assert loadable.selected and loadable.confidence == 0.5


def withOwnUIDs(number):
    """An edit that keeps instances of several builders of one series apart."""

    def edit(dataset, index):
        dataset.SOPInstanceUID = f"2.25.{1000 * (number + 1) + index}"

    return edit


def twoStacks(tmp_path, second):
    first = axialCT(slices=6)
    first.write(tmp_path / "a")
    axialCT(**{"seriesUID": first.seriesUID, "edit": withOwnUIDs(1), **second}).write(tmp_path / "b")
    return tmp_path


def test_twoOrientationsInASeriesAreTwoVolumesNotOneNonsense(bench, tmp_path):
    loadables = bench.loadables(twoStacks(tmp_path, {"orientation": CORONAL, "slices": 4}))
    assert sorted(len(loadable.files) for loadable in chosen(loadables)) == [4, 6]
    whole = next(loadable for loadable in loadables if len(loadable.files) == 10)
    assert whole.confidence == 0.1 and not whole.selected
    assert "puts together what does not make one volume" in whole.explanation


def test_aLocalizerIsOfferedButNotChosen(bench, tmp_path):
    extra = {"ImageType": ["ORIGINAL", "PRIMARY", "LOCALIZER"]}
    loadables = bench.loadables(twoStacks(tmp_path, {"orientation": CORONAL, "slices": 2, "extra": extra}))
    assert [len(loadable.files) for loadable in chosen(loadables)] == [6]
    localizer = next(loadable for loadable in loadables if len(loadable.files) == 2)
    assert r"ImageType says localizer: ORIGINAL\PRIMARY\LOCALIZER" in localizer.explanation


def test_aLoneSliceBesideAStackIsProbablyALocalizer(bench, tmp_path):
    loadables = bench.loadables(twoStacks(tmp_path, {"orientation": CORONAL, "slices": 1}))
    assert [len(loadable.files) for loadable in chosen(loadables)] == [6]


def timeSeries(tmp_path, count):
    first = axialCT(slices=3)
    for number in range(count):
        axialCT(
            slices=3,
            seriesUID=first.seriesUID,
            edit=withOwnUIDs(number),
            extra={"TemporalPositionIdentifier": number + 1},
            pattern=lambda k, j, i, number=number: k + j + i + 100 * number,
        ).write(tmp_path / str(number))
    return tmp_path


def asVolumes(loadables):
    """Without what is offered as a sequence of volumes."""
    return [loadable for loadable in loadables if "stacks" not in loadable.details]


def test_fewVolumesAtTheSamePositionsAreAllLoaded(bench, tmp_path):
    nodes = bench.load(timeSeries(tmp_path, 3))
    assert [node.GetName() for node in nodes] == [f"2: Axial CT - volume {number} of 3" for number in (1, 2, 3)]
    assert [node.voxelArray().min() for node in nodes] == [0, 100, 200]


def test_ofManyVolumesTheFirstIsTheBestSingleOneAndTheUserIsTold(bench, tmp_path):
    loadables = asVolumes(bench.loadables(timeSeries(tmp_path, 6)))
    best = max(loadables, key=lambda loadable: loadable.confidence)
    assert best.name == "2: Axial CT - volume 1 of 6"
    assert "This series holds 6 volumes at the same positions" in best.warning
    assert len([loadable for loadable in loadables if len(loadable.files) == 3]) == 6


def test_slicersSubseriesStayOnOffer(bench, tmp_path):
    axialCT(slices=6, edit=lambda dataset, k: setattr(dataset, "AcquisitionNumber", 1 + k // 3)).write(tmp_path)
    loadables = bench.loadables(tmp_path)
    assert [loadable.name for loadable in loadables] == [
        "2: Axial CT", "2: Axial CT - acquisitionNumber 1", "2: Axial CT - acquisitionNumber 2"
    ]  # fmt: skip
    assert [len(loadable.files) for loadable in chosen(loadables)] == [6]
    assert "takes apart what makes one volume" in loadables[1].explanation


def test_anAcquisitionNumberForEachSliceDividesNothing(bench, tmp_path):
    axialCT(edit=lambda dataset, k: setattr(dataset, "AcquisitionNumber", k)).write(tmp_path)
    assert len(bench.loadables(tmp_path)) == 1


def test_subseriesByTimeAreOfferedWhenTheSettingSaysSo(bench, tmp_path):
    axialCT(slices=6, edit=lambda dataset, k: setattr(dataset, "ContentTime", f"10{k // 3}000")).write(tmp_path)
    assert len(bench.loadables(tmp_path)) == 1
    bench.context.settings.setValue("DICOM/ScalarVolume/AllowLoadingByTime", True)
    assert [loadable.name for loadable in bench.loadables(tmp_path)][1] == "2: Axial CT - contentTime 100000"


@pytest.mark.parametrize(
    ("sopClassUID", "modality", "reason"),
    [
        ("1.2.840.10008.5.1.4.1.1.66.4", "SEG", "1 file is a segmentation; it is not offered as a volume."),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", "a radiotherapy structure set"),
        ("1.2.840.10008.5.1.4.1.1.88.33", "SR", "a structured report (Modality SR)"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "PR", "a presentation state (Modality PR)"),
    ],
)
def test_whatIsNoImageIsNotOfferedAndTheReasonIsTold(bench, tmp_path, sopClassUID, modality, reason):
    axialCT(slices=1, sopClassUID=sopClassUID, extra={"Modality": modality}).write(tmp_path)
    bench.useOnly("DICOMScalarVolumePlugin")
    found = bench.examine(tmp_path)
    assert not any(found.values())
    assert reason in bench.registry.explain(found)


def test_anObjectWithoutPixelDataIsNotOffered(bench, tmp_path):
    axialCT(slices=1, edit=lambda dataset, k: dataset.__delattr__("PixelData")).write(tmp_path)
    found = bench.examine(tmp_path)
    assert not any(found.values())
    assert "there is no pixel data" in bench.registry.explain(found)


def test_dosesWithoutScalingAreWarnedOf(bench, tmp_path):
    axialCT(extra={"Modality": "RTDOSE"}).write(tmp_path)
    (loadable,) = bench.loadables(tmp_path)
    text = "the file has no DoseGridScaling"
    assert text in loadable.warning and text in loadable.explanation


def test_charactersThatNamesMustNotHaveAreReplaced(bench, tmp_path):
    axialCT(seriesDescription="T2*|a/b").write(tmp_path)
    assert bench.loadables(tmp_path)[0].name == "2: T2(star)-a-b"


def test_aFailedLoadLeavesTheSceneAsItWasAndNamesTheFile(bench, tmp_path):
    paths = axialCT().write(tmp_path)
    found = bench.examine(tmp_path)
    for path in paths[1:3]:  # two of five are not a mishap of one file
        path.write_bytes(path.read_bytes()[:-100])
    before = [node.GetID() for node in bench.scene.nodes()]
    assert bench.registry.load(found, bench.context, bench.messages) == []
    assert [node.GetID() for node in bench.scene.nodes()] == before
    (message,) = bench.messages
    assert str(paths[1]) in message or str(paths[2]) in message
    assert "changed since it was indexed" in message
    assert [loadable.loadSuccess for some in found.values() for loadable in some] == [False]


def test_aTruncatedFileThatIsAllThereIsFailsWithTheNumbers(bench, tmp_path):
    paths = axialCT(slices=1).write(tmp_path)
    paths[0].write_bytes(paths[0].read_bytes()[:-100])
    found = bench.examine(tmp_path)
    plugin = next(iter(found))
    with pytest.raises(PixelDataError, match="pixel data short: have 284, need 384"):
        plugin.load(found[plugin][0])


def test_cancellingALoadRaisesAndLeavesNothing(bench, tmp_path):
    axialCT().write(tmp_path)
    found = bench.examine(tmp_path)
    progress = Progress()
    progress.cancel()
    with pytest.raises(CancelledError):
        bench.registry.load(found, bench.context, progress=progress)
    assert bench.scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0


def test_filesThatAScriptChangesAreAnalysedAgain(bench, tmp_path):
    builder = axialCT()
    builder.write(tmp_path)
    found = bench.examine(tmp_path)
    plugin = next(iter(found))
    loadable = found[plugin][0]
    loadable.files = loadable.files[1:4]
    node = plugin.load(loadable)
    assert numpy.array_equal(node.voxelArray(), builder.array[1:4])
    assert node.GetOrigin()[2] == pytest.approx(builder.origin[2] + 2.5)


def test_recordsOfFilesOutsideTheDatabaseWorkToo(bench, tmp_path):
    builder = axialCT()
    paths = builder.write(tmp_path)
    assert scanFile(paths[0]).pixelDataLength > 0
    found = bench.registry.examine([[str(path) for path in paths]], bench.context)
    (nodeID,) = bench.registry.load(found, bench.context)
    assert numpy.array_equal(bench.scene.GetNodeByID(nodeID).voxelArray(), builder.array)


def inTwoEchoes(dataset, _):
    """Six frames: three places, each in two echoes, as an enhanced object describes them."""
    dataset.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[1, 1], SliceThickness=2)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        item(
            PlanePositionSequence=[item(ImagePositionPatient=[5, 6, 2 * place])],
            MREchoSequence=[item(EffectiveEchoTime=echo)],
        )
        for place in (2, 0, 1) for echo in (20.0, 10.0)
    ]


def test_volumesInsideOneFileAreLoadablesOfTheirOwnAndAllAreLoaded(bench, tmp_path):
    builder = SeriesBuilder(
        modality="MR", multiframe=True, slices=6, rescale=None, sopClassUID="1.2.840.10008.5.1.4.1.1.4.1",
        edit=inTwoEchoes,
    )  # fmt: skip
    builder.write(tmp_path)
    loadables = asVolumes(bench.loadables(tmp_path))
    assert [one.selected for one in loadables] == [True, True, False]
    assert len({one.part for one in loadables}) == 3 and loadables[2].part == ""
    assert len({tuple(one.files) for one in loadables}) == 1
    assert "EffectiveEchoTime 10.0" in loadables[0].explanation
    nodes = bench.load(tmp_path)
    for node, frames in zip(nodes, ([3, 5, 1], [2, 4, 0]), strict=True):
        assert numpy.array_equal(node.voxelArray(), builder.storedArray[frames])
        assert node.GetSpacing() == pytest.approx((1, 1, 2))
        assert node.GetAttribute("DICOM.instanceUIDs").split() == [builder.sopInstanceUID(0)]


def examined(bench, fileLists):
    registry = PluginRegistry()  # plugins remember what they have examined
    DICOMPlugins.registerBuiltins(registry)
    return registry.examine(fileLists, bench.context)


@pytest.mark.timing
def test_aSeriesOfAThousandSlicesIsExaminedInFiftyMilliseconds(bench, tmp_path, promised):
    """By processor time, the query of the database included."""
    SeriesBuilder(slices=1000, rows=2, columns=2).write(tmp_path)
    files = bench.database.filesForSeries(bench.importFolder(tmp_path)[0])
    examined(bench, [files])
    with promised.within(0.05, ofProcessor=True):
        examined(bench, [files])


def test_aSliceMoreCostsTheExaminationFewCalls(bench, tmp_path):
    """Of functions, the query of the database included: what makes it slow on any machine."""
    SeriesBuilder(slices=60, rows=2, columns=2).write(tmp_path)
    files = bench.database.filesForSeries(bench.importFolder(tmp_path)[0])
    examined(bench, [files])
    few, many = (callsOf(lambda count=count: examined(bench, [files[:count]])) for count in (20, 60))
    assert many - few < 40 * MOST_CALLS_A_SLICE


def callsOf(work):
    calls = Counter()
    sys.setprofile(lambda _frame, event, _what: calls.update([event]))
    work()
    sys.setprofile(None)
    return calls["call"] + calls["c_call"]


@pytest.mark.timing
def test_aPatientOfSixtySeriesIsExaminedInASecond(bench, tmp_path, promised):
    """By processor time, the queries of the database included."""
    for number in range(60):
        SeriesBuilder(slices=30, rows=2, columns=2, seriesNumber=number + 1).write(tmp_path)
    series = bench.importFolder(tmp_path)
    assert len(series) == 60
    with promised.within(1, ofProcessor=True):
        examined(bench, [bench.database.filesForSeries(uid) for uid in series])


def test_theNodeSaysWhoReadItsVoxels(bench, tmp_path):
    builder = axialCT(transferSyntax="1.2.840.10008.1.2.5")
    builder.write(tmp_path)
    (native,) = bench.load(tmp_path)
    bench.context.settings.setValue("DICOM/ScalarVolume/ReaderApproach", "GDCM")
    (foreign,) = bench.load(tmp_path)
    assert [node.GetAttribute("DICOM.reader") for node in (native, foreign)] == ["native", "GDCM"]
    assert numpy.array_equal(native.voxelArray(), foreign.voxelArray())
    assert bench.messages == [] and "DICOM.readerNote" not in foreign.GetAttributeNames()


def test_aScriptNamesTheReaderInTheCall(bench, tmp_path):
    axialCT().write(tmp_path)
    plugin, (loadable,) = next((plugin, found) for plugin, found in bench.examine(tmp_path).items() if found)
    assert plugin.load(loadable, readerApproach="GDCM").GetAttribute("DICOM.reader") == "GDCM"


def test_partsOfAnImageThatGEPutsInOneSeriesAreVolumesOfTheirOwn(bench, tmp_path):
    """Its own tag comes along with the import."""

    def edit(dataset, k):
        dataset.ImagePositionPatient, dataset.InstanceNumber = [0, 0, 2 * (k // 4)], 1
        dataset.private_block(0x43, "GEMS_PARM_01", create=True).add_new(0x2F, "SS", k % 4)

    builder = SeriesBuilder(modality="MR", slices=16, rescale=None, edit=edit)
    builder.write(tmp_path, shuffle=True)
    nodes = bench.load(tmp_path)
    assert len(nodes) == 4
    assert all(numpy.array_equal(node.voxelArray(), builder.storedArray[k::4]) for k, node in enumerate(nodes))


def test_aFallbackToAnotherReaderIsTold(bench, tmp_path, monkeypatch):
    axialCT(transferSyntax="1.2.840.10008.1.2.5").write(tmp_path)
    monkeypatch.setattr("DICOMLib.Pixels.Decoded.NATIVE_TASK", "DICOMLib.Pixels.DecodeTask:missing")
    bench.context.settings.setValue("DICOM/ScalarVolume/ReaderApproach", "native with GDCM fallback")
    (node,) = bench.load(tmp_path)
    assert node.GetAttribute("DICOM.reader") == "GDCM"
    (message,) = bench.messages
    assert message.endswith(node.GetAttribute("DICOM.readerNote"))
    assert "Read by GDCM, because the native reader says: " in message
