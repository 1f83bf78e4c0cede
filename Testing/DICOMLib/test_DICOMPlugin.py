"""The plugin base class: names, caching, defaults."""

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMLoadable import DICOMLoadable
from DICOMLib.DICOMPlugin import DICOMPlugin, RecordCache
from DICOMLib.Instance import Instance
from Testing.DICOMLib.Geometry.MemorySlices import memoryStack


class CountingPlugin(DICOMPlugin):
    def __init__(self):
        super().__init__()
        self.examined = 0

    def examineFiles(self, files):
        self.examined += 1
        return [DICOMLoadable(files=list(files), name=f"{len(files)} files")]


def test_each_list_of_files_is_examined_once():
    plugin = CountingPlugin()
    first = plugin.examineForImport([["a", "b"], ["c"]])
    again = plugin.examineForImport([["a", "b"]])

    assert [loadable.name for loadable in first] == ["2 files", "1 files"]
    assert again == first[:1]
    assert plugin.examined == 2


def test_the_order_of_files_matters_to_the_cache():
    plugin = DICOMPlugin()

    assert plugin.hashFiles(["a", "b"]) != plugin.hashFiles(["b", "a"])
    assert plugin.hashFiles(["ab"]) != plugin.hashFiles(["a", "b"])


def test_a_plugin_that_does_nothing_offers_nothing():
    plugin = DICOMPlugin()

    assert plugin.examineForImport([["a"]]) == []
    assert plugin.examineForExport(1) == []
    assert plugin.load(DICOMLoadable()) is None
    assert plugin.export([]) == ""


def test_node_name_is_number_and_description():
    plugin = DICOMPlugin()

    assert plugin.defaultSeriesNodeName(Instance(b"x", {"0020,0011": "6", "0008,103E": "CT_Thorax"})) == "6: CT_Thorax"
    assert plugin.defaultSeriesNodeName(Instance(b"x", {"0020,0011": "303"})) == "303: Unnamed Series"
    assert plugin.defaultSeriesNodeName(Instance(b"x", {})) == "Unnamed Series"
    unnamed = [Instance(b"x", {"0020,0011": "1", "0008,0060": modality}) for modality in ("CT", "MR")]
    names = [plugin.defaultSeriesNodeName(instance) for instance in unnamed]
    assert names == ["1: Unnamed Series (CT)", "1: Unnamed Series (MR)"]


def test_base_tags_have_the_numbers_of_slicer():
    assert DICOMPlugin().tags["seriesDescription"] == "0008,103E"
    assert DICOMPlugin().tags["instanceUID"] == "0008,0018"


def test_loadables_do_not_share_lists_and_take_attributes_of_foreign_plugins():
    first, second = DICOMLoadable(), DICOMLoadable()
    first.files.append("a")
    first.singleSequence = True

    assert second.files == []
    assert (second.confidence, second.selected, second.name) == (0.5, False, "Unknown")


def test_exportable_tags_are_text():
    exportable = DICOMExportable()
    exportable.setTag("SeriesNumber", 301)

    assert exportable.tag("SeriesNumber") == "301"
    assert exportable.tag("Modality") == ""


def test_pluginsThatExamineTheSameImagesShareOneTableOfThem():
    images = memoryStack([0, 2, 4])
    plugin, other = DICOMPlugin(), DICOMPlugin()
    assert plugin.planesForInstances(images) is not plugin.planesForInstances(images)
    plugin.context.records = other.context.records = RecordCache(mostRecords=4)
    planes = plugin.planesForInstances(images)
    assert other.planesForInstances(list(images)) is planes and planes.table.objects == images
    assert other.planesForInstances(images[:2]) is not other.planesForInstances(images[:2])  # no room for more


def test_recordsThatWereReadAreKnownByTheListOfFiles():
    cache = RecordCache(mostRecords=2)
    assert cache.known(["a"]) is None
    cache.get(["a"], lambda _: ["record of a"])
    cache.get(["a", "b"], lambda _: ["1", "2"])
    assert (cache.known(["a"]), cache.known(["a", "b"])) == (["record of a"], None)
