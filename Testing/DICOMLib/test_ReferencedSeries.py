"""What a series refers to is found in the database and can be loaded as well."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.PluginRegistry import PluginRegistry, selectedLoadables
from DICOMLib.ReferencedSeries import loadedInstanceUIDs, referencedLoadables, titlesOf
from DICOMLib.References import referencedInstanceUIDs
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins import registerBuiltins
from Testing.Fixtures import SeriesBuilder


def reference(uid):
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", uid
    return item


def asSource(dataset, uids):
    dataset.SourceImageSequence = [reference(uid) for uid in uids]


def asReferencedImages(dataset, uids):
    dataset.ReferencedImageSequence = [reference(uid) for uid in uids]


def asReferencedSeries(dataset, uids):
    series = Dataset()
    series.SeriesInstanceUID, series.ReferencedInstanceSequence = "1.2.3", [reference(uid) for uid in uids]
    dataset.ReferencedSeriesSequence = [series]


@pytest.fixture
def registry():
    made = PluginRegistry()
    registerBuiltins(made)
    return made


@pytest.fixture
def database(tmp_path, registry):
    made = DICOMDatabase()
    made.openDatabase(":memory:")
    made.tagsToPrecache = registry.tagsToPrecache()
    yield made
    made.closeDatabase()


def original():
    return SeriesBuilder(modality="CT", slices=4, seriesNumber=2, seriesDescription="Original", seed="original")


def derived(refer=asSource, uids=None):
    wanted = uids or [dataset.SOPInstanceUID for dataset in original().datasets()]
    return SeriesBuilder(
        modality="CT", slices=3, seriesNumber=5, seriesDescription="Derived", seed="derived",
        edit=lambda dataset, _index: refer(dataset, wanted),
    )  # fmt: skip


def loaded(builder, database, registry, scene):
    context = PluginContext(database, scene)
    found = registry.examine([database.filesForSeries(builder.seriesUID)], context)
    registry.load(found, context)
    return found, context


@pytest.mark.parametrize("refer", [asSource, asReferencedImages, asReferencedSeries])
def test_theSeriesReferredToIsOffered(database, registry, tmp_path, refer):
    original().write(tmp_path / "original")
    derived(refer).write(tmp_path / "derived")
    DICOMIndexer(database).importPaths([str(tmp_path)])
    scene = Scene()
    found, context = loaded(derived(refer), database, registry, scene)
    offered = referencedLoadables(found, registry, context, loadedInstanceUIDs(scene))
    assert [text for _one, text in titlesOf(offered)] == ["2: Original (Scalar Volume)"]
    ((_plugin, one),) = selectedLoadables(offered)
    assert set(one.files) == set(database.filesForSeries(original().seriesUID))


def asPlannedOn(code):
    def refer(dataset, uids):
        asReferencedImages(dataset, uids)
        for item in dataset.ReferencedImageSequence:
            purpose = Dataset()
            purpose.CodeValue, purpose.CodingSchemeDesignator, purpose.CodeMeaning = code, "DCM", "a purpose"
            item.PurposeOfReferenceCodeSequence = [purpose]

    return refer


def offeredFor(database, registry, folder, first, second):
    first.write(folder / "first")
    second.write(folder / "second")
    DICOMIndexer(database).importPaths([str(folder)])
    found, context = loaded(second, database, registry, Scene())
    return [text for _one, text in titlesOf(referencedLoadables(found, registry, context))]


@pytest.mark.parametrize(("code", "count"), [("121311", 0), ("121312", 0), ("121341", 0), ("121313", 1), ("", 1)])
def test_whatAnImageWasPlannedOnIsNotOfferedByItsPurpose(database, registry, tmp_path, code, count):
    assert len(offeredFor(database, registry, tmp_path, original(), derived(asPlannedOn(code)))) == count


def test_whatAnImageIsMadeOfIsOfferedAlsoWhenItWasPlannedOnIt(database, registry, tmp_path):
    def both(dataset, uids):
        asPlannedOn("121311")(dataset, uids)
        asSource(dataset, uids[:1])

    assert len(offeredFor(database, registry, tmp_path, original(), derived(both))) == 1


def test_localizersThatSaySoThemselvesAreNotOffered(database, registry, tmp_path):
    localizer = original()
    localizer.edit = lambda dataset, _index: setattr(dataset, "ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert offeredFor(database, registry, tmp_path, localizer, derived(asReferencedImages)) == []


def test_theTreeKeepsWhatASeriesRefersTo(database, registry, tmp_path):
    derived().write(tmp_path / "derived")
    DICOMIndexer(database).importPaths([str(tmp_path)])
    scene = Scene()
    ((_plugin, one),) = selectedLoadables(loaded(derived(), database, registry, scene)[0])
    uids = [dataset.SOPInstanceUID for dataset in original().datasets()]
    assert one.referencedInstanceUIDs == uids
    hierarchy = scene.GetSubjectHierarchyNode()
    item = hierarchy.GetItemByDataNode(scene.GetFirstNodeByClass("vtkMRMLScalarVolumeNode"))
    assert hierarchy.GetItemAttribute(item, "DICOM.ReferencedInstanceUIDs").split() == uids


def test_whatIsInTheSceneIsNotOfferedAgain(database, registry, tmp_path):
    original().write(tmp_path / "original")
    derived().write(tmp_path / "derived")
    DICOMIndexer(database).importPaths([str(tmp_path)])
    scene = Scene()
    loaded(original(), database, registry, scene)
    found, context = loaded(derived(), database, registry, scene)
    assert referencedLoadables(found, registry, context, loadedInstanceUIDs(scene)) == {}


def test_whatTheDatabaseDoesNotHaveIsNotOffered(database, registry, tmp_path):
    derived().write(tmp_path / "derived")
    DICOMIndexer(database).importPaths([str(tmp_path)])
    found, context = loaded(derived(), database, registry, Scene())
    assert referencedLoadables(found, registry, context) == {}


def test_aSeriesDoesNotReferToItself(database, registry, tmp_path):
    uids = [str(dataset.SOPInstanceUID) for dataset in derived(uids=["1.2"]).datasets()]
    derived(uids=[*uids, "1.2.3.4"]).write(tmp_path / "derived")
    DICOMIndexer(database).importPaths([str(tmp_path)])
    records = database.instancesForSeriesAsRecords(derived().seriesUID)
    assert [record.SOPInstanceUID for record in records] == uids
    assert referencedInstanceUIDs(records) == ["1.2.3.4"]
