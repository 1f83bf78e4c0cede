"""Series of several volumes as a sequence: when that is chosen, what is loaded, and when it is refused."""

import pytest

from DICOMLib.Errors import LoadError
from DICOMPlugins import DICOMVolumeSequencePlugin as Plugin
from Testing.DICOMPlugins.ImportedSeries import Bench
from Testing.DICOMPlugins.VolumeSequence.TimeSeries import timeSeries
from Testing.Fixtures import axialCT


@pytest.fixture
def bench() -> Bench:
    return Bench()


def trigger(number: int, _slice: int) -> int:
    return 40 * number


def offered(bench, folder):
    return [one for one in bench.loadables(folder) if "stacks" in one.details]


def test_manyVolumesAreChosenAsASequence_andLoadedWithABrowser(bench, tmp_path):
    nodes = bench.load(timeSeries(tmp_path, 6, TriggerTime=trigger))
    assert sorted(node.GetClassName() for node in nodes) == [
        "vtkMRMLScalarVolumeNode", "vtkMRMLSequenceBrowserNode", "vtkMRMLSequenceNode"
    ]  # fmt: skip
    browser = bench.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    sequence = browser.GetMasterSequenceNode()
    shown = browser.GetProxyNode(sequence)
    names = [node.GetName().removeprefix("2: Axial CT - 6 volumes") for node in (shown, sequence, browser)]
    assert names == ["", " sequence", " browser"]
    assert (sequence.GetIndexName(), sequence.GetIndexUnit()) == ("trigger time", "ms")
    assert [sequence.GetNthIndexValue(n) for n in range(6)] == ["0", "40", "80", "120", "160", "200"]
    assert browser.GetSelectedItemNumber() == 0 and shown.voxelArray().min() == 0
    browser.SelectLastItem()
    assert shown.voxelArray().min() == 500
    assert shown.GetAttribute("DICOM.instanceUIDs").split()[0] == "2.25.6000"
    window = shown.GetDisplayNode().GetWindow(), shown.GetDisplayNode().GetLevel()
    browser.SelectFirstItem()
    assert (shown.GetDisplayNode().GetWindow(), shown.GetDisplayNode().GetLevel()) == window


def test_scriptsFindTheBrowserOfAVolumeAsInSlicer_andExportsSayThatTheyAreOfOneVolume(bench, tmp_path):
    shown = bench.load(timeSeries(tmp_path, 5, TriggerTime=trigger))[0]
    browser = bench.scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    other = bench.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
    find = bench.plugin(Plugin.DICOMVolumeSequencePluginClass).getSequenceBrowserNodeForMasterOutputNode
    assert find(browser.GetProxyNode(browser.GetMasterSequenceNode())) is browser and find(other) is None
    scalar = bench.plugin(bench.registry.pluginClass("DICOMScalarVolumePlugin"))
    (offer,) = scalar.examineForExport(bench.scene.GetSubjectHierarchyNode().GetItemByDataNode(shown))
    assert offer.tooltip.endswith(". Of the 5 volumes of its sequence only the one that is shown is written")


def test_allIsBelowTheStudy(bench, tmp_path):
    nodes = bench.load(timeSeries(tmp_path, 5, TriggerTime=trigger))
    hierarchy = bench.scene.GetSubjectHierarchyNode()
    parents = {hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)) for node in nodes}
    assert len(parents) == 1 and hierarchy.GetItemLevel(parents.pop()) == "Study"


def test_aFewVolumesAreOfferedSo_butLoadedBesideEachOther(bench, tmp_path):
    folder = timeSeries(tmp_path, 3, TriggerTime=trigger)
    (loadable,) = offered(bench, folder)
    assert not loadable.selected and loadable.confidence == Plugin.OFFERED_CONFIDENCE
    assert "Index: trigger time 0 to 80 ms, by TriggerTime." in loadable.explanation
    assert "Not chosen: 4 volumes or fewer are loaded beside each other." in loadable.explanation
    plugin = bench.plugin(Plugin.DICOMVolumeSequencePluginClass)
    assert plugin.load(loadable).GetName() == "2: Axial CT - 3 volumes"


def test_theUserIsToldOfVolumesThatDoNotFit(bench, tmp_path):
    (loadable,) = offered(bench, timeSeries(tmp_path, 6, 2, TriggerTime=trigger))
    assert loadable.selected and loadable.part == "sequence 1" and len(loadable.files) == 15
    assert "1 volume of the series has other slices and cannot be in the sequence." in loadable.warning


def test_whatDoesNotFitIntoTheMemoryIsNotChosen(bench, tmp_path, monkeypatch):
    monkeypatch.setattr(Plugin, "freeMemory", lambda: 10_000)
    (loadable,) = offered(bench, timeSeries(tmp_path, 6, TriggerTime=trigger))
    assert not loadable.selected and "of memory, and" in loadable.warning
    assert "Not chosen: All volumes take" in loadable.explanation


def test_aPlainSeriesIsNotOfferedSo_andFilesThatWereNotExaminedAreRefused(bench, tmp_path):
    axialCT(slices=6).write(tmp_path)
    assert offered(bench, tmp_path) == []
    (best, *_) = bench.loadables(tmp_path)
    with pytest.raises(LoadError, match="not examined as a sequence"):
        bench.plugin(Plugin.DICOMVolumeSequencePluginClass).load(best)


def test_aDamagedFileLeavesNothingBehind(bench, tmp_path):
    folder = timeSeries(tmp_path, 5, TriggerTime=trigger)
    found = bench.examine(folder)
    path = sorted((folder / "3").iterdir())[1]
    path.write_bytes(path.read_bytes()[:-50])
    before = bench.scene.GetNumberOfNodes()
    assert bench.registry.load(found, bench.context, bench.messages) == []
    assert bench.scene.GetNumberOfNodes() == before and "Scalar Volume" in bench.messages[-1]


def test_theHiddenModuleAnnouncesThePlugin():
    class Parent:
        pass

    parent = Parent()
    Plugin.DICOMVolumeSequencePlugin(parent)
    assert parent.hidden and parent.title == "DICOM Volume Sequence Plugin"
