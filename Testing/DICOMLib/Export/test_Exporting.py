"""From items of the data tree to files in a folder or in the database."""

from __future__ import annotations

import os

import numpy
import pydicom
import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.DICOMExportScalarVolume import DICOMExportScalarVolume, keywordOf
from DICOMLib.DICOMPlugin import DICOMPlugin, PluginContext
from DICOMLib.Errors import CancelledError, DICOMError, ExportError
from DICOMLib.Export.Exporting import (
    examineItems,
    exportToDatabase,
    exportToFolder,
    whyNotExportable,
)
from DICOMLib.Export.ExportNotes import NAME_STAYS
from DICOMLib.Export.Placing import makePatientAndStudy, placeBelow
from DICOMLib.PluginRegistry import PluginRegistry
from DICOMLib.Progress import Progress
from DICOMLib.Scene.Scene import Scene
from DICOMPlugins import registerBuiltins

ARRAY = numpy.arange(3 * 4 * 5, dtype="i2").reshape(3, 4, 5)


class Bench:
    def __init__(self, databaseFile):
        self.scene, self.registry, self.database = Scene(), PluginRegistry(), DICOMDatabase()
        self.database.openDatabase(str(databaseFile))
        registerBuiltins(self.registry)
        self.context = PluginContext(self.database, self.scene)
        self.hierarchy = self.scene.GetSubjectHierarchyNode()

    def volume(self, name="Ramp", study=None, array=ARRAY):
        node = self.scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
        node.setVoxelArray(array.copy())
        item = self.hierarchy.GetItemByDataNode(node)
        if study:
            placeBelow(self.hierarchy, [item], study)
        return item

    def exportables(self, *items):
        return examineItems(self.registry, items, self.context)[0].exportables


@pytest.fixture
def bench(tmp_path_factory):
    made = Bench(tmp_path_factory.mktemp("database") / "d.sqlite")
    yield made
    made.database.closeDatabase()


@pytest.fixture
def study(bench):
    return makePatientAndStudy(bench.hierarchy, "Müller^Jürgen", "P-1")


def files(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


class ForeignPlugin(DICOMPlugin):
    """As one written for Slicer: writes a file, answers as it likes, knows nothing of formats or results."""

    answer: object = ""
    writes = True

    def examineForExport(self, subjectHierarchyItemID):
        exportable = DICOMExportable("Foreign", subjectHierarchyItemID=subjectHierarchyItemID, confidence=1)
        exportable.pluginClass = self.__module__
        exportable.setTag("Modality", "OT")
        return [exportable]

    def export(self, exportables):
        for exportable in exportables:
            if self.writes:
                with open(os.path.join(exportable.directory, "foreign.dcm"), "w") as stream:
                    stream.write("x")
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


def foreign(bench, **attributes):
    bench.registry.register("Foreign", type("Foreign", (ForeignPlugin,), attributes))


# Examining


def test_aStudyStandsForAllBelowItAndTypesAreSortedByConfidence(bench, study):
    items = [bench.volume(name, study) for name in ("One", "Two")]
    for asked in ([study], [bench.hierarchy.GetItemParent(study)], [*items, study]):
        types = examineItems(bench.registry, asked, bench.context)

        assert [one.subjectHierarchyItemID for one in types[0].exportables] == items
        assert (types[0].pluginClass, types[0].label) == ("DICOMScalarVolumePlugin", "Scalar Volume")
        assert [one.confidence for one in types] == sorted((one.confidence for one in types), reverse=True)
        assert len({(one.pluginClass, one.format) for one in types}) == len(types)


def test_itemsThatATypeCannotWriteAreTold(bench, study):
    item = bench.volume(study=study)
    model = bench.scene.AddNewNodeByClass("vtkMRMLModelNode", "surface")
    other = bench.hierarchy.GetItemByDataNode(model)
    placeBelow(bench.hierarchy, [other], study)
    found = examineItems(bench.registry, [study], bench.context)[0]

    assert [one.subjectHierarchyItemID for one in found.exportables] == [item]
    assert found.itemsWithout == [other]


def test_whyNothingCanBeExportedIsOneSentence(bench, study):
    outside = [bench.volume("A"), bench.volume("B")]
    why = whyNotExportable

    assert examineItems(bench.registry, outside, bench.context) == []
    assert why(bench.hierarchy, outside) == "A (and 1 more) belongs to no study of a patient."
    assert why(bench.hierarchy, [study]) == "There is no data in what is selected."
    assert why(bench.hierarchy, []) == "Nothing is selected."
    assert why(bench.hierarchy, [bench.volume(study=study)]) == ""


def test_aPluginThatFailsIsLeftOutWithAMessage(bench, study):
    class Failing(DICOMPlugin):
        def examineForExport(self, subjectHierarchyItemID):
            raise ZeroDivisionError("oops")

    class Nonsense(DICOMPlugin):
        def examineForExport(self, subjectHierarchyItemID):
            return ["nonsense"]

    bench.registry.register("Failing", Failing)
    bench.registry.register("Nonsense", Nonsense)
    messages = []
    found = bench.registry.examineForExport(bench.volume(study=study), bench.context, messages)

    assert "DICOMScalarVolumePlugin" in found and not {"Failing", "Nonsense"} & set(found)
    assert messages[0] == "Failing failed while looking for what it exports: ZeroDivisionError: oops."
    assert messages[1].startswith("Nonsense failed") and len(messages) == 2


# To a folder


def test_aFolderGetsTheSeriesAndAReport(bench, study, tmp_path):
    item = bench.volume(study=study)
    report = exportToFolder(bench.registry, bench.exportables(item), str(tmp_path / "new" / "out"), bench.context)

    assert files(tmp_path / "new" / "out") == [f"ScalarVolume_{item}/IMG000{n}.dcm" for n in (1, 2, 3)]
    assert report.results[0].folder == str(tmp_path / "new" / "out" / f"ScalarVolume_{item}")
    assert report.summary() == (
        f"3 files of 1 series written to {tmp_path / 'new' / 'out'}, and read back without a difference."
    )
    assert f"SeriesInstanceUID: {report.results[0].seriesInstanceUID}" in report.asText()


def test_exportingAgainKeepsWhatIsThere(bench, study, tmp_path):
    item = bench.volume(study=study)
    (tmp_path / "notes.txt").write_text("mine")
    places = [
        exportToFolder(bench.registry, bench.exportables(item), tmp_path, bench.context).results[0].folder
        for _ in range(3)
    ]

    assert [os.path.basename(place) for place in places] == [f"ScalarVolume_{item}{end}" for end in ("", "_2", "_3")]
    assert len(files(tmp_path)) == 10 and (tmp_path / "notes.txt").read_text() == "mine"


def test_aTagThatIsWrongWritesNothing(bench, study, tmp_path):
    (exportable,) = bench.exportables(bench.volume(study=study))
    for keyword, value in (("PatientBirthDate", "yesterday"), ("Modality", ""), ("Modality", "MRT")):
        before = exportable.tag(keyword)
        exportable.setTag(keyword, value)
        with pytest.raises(ExportError, match=f"Ramp: .*{keyword}"):
            exportToFolder(bench.registry, [exportable], tmp_path / "out", bench.context)
        exportable.setTag(keyword, before)
    assert not (tmp_path / "out").exists()


def test_severalStudiesOrPatientsAreNotExportedTogether(bench, study, tmp_path):
    other = makePatientAndStudy(bench.hierarchy, "Other", "P-2")
    exportables = bench.exportables(bench.volume(study=study), bench.volume(study=other))
    with pytest.raises(ExportError, match="several patients"):
        exportToFolder(bench.registry, exportables, tmp_path / "out", bench.context)
    for exportable in exportables:
        exportable.setTag("PatientID", "P-1")
    with pytest.raises(ExportError, match="several studies"):
        exportToFolder(bench.registry, exportables, tmp_path / "out", bench.context)
    for exportable in exportables:
        exportable.setTag("StudyInstanceUID", "")
    with pytest.raises(ExportError, match="several studies"):
        exportToFolder(bench.registry, exportables, tmp_path / "out", bench.context)
    assert not (tmp_path / "out").exists()


def test_whatSeveralPluginsWriteTogetherIsOneNewStudy(bench, study, tmp_path):
    labels = bench.scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "Labels")
    labels.setVoxelArray((ARRAY % 3).astype("u1"))
    item = bench.hierarchy.GetItemByDataNode(labels)
    placeBelow(bench.hierarchy, [item], study)
    types = {one.pluginClass: one for one in examineItems(bench.registry, [item], bench.context)}
    exportables = [*types["DICOMSegmentationPlugin"].exportables, *types["DICOMScalarVolumePlugin"].exportables]
    for exportable in exportables:
        exportable.setTag("StudyInstanceUID", "")
    report = exportToFolder(bench.registry, exportables, tmp_path / "out", bench.context)
    assert len(report.results) == 2
    written = [pydicom.dcmread(tmp_path / "out" / name) for name in files(tmp_path / "out")]
    assert len({dataset.StudyInstanceUID for dataset in written}) == 1
    assert [exportable.tag("StudyInstanceUID") for exportable in exportables] == ["", ""]


def test_nothingAndNoFolderAreRefused(bench, study, tmp_path):
    with pytest.raises(ExportError, match="nothing to export"):
        exportToFolder(bench.registry, [], tmp_path, bench.context)
    with pytest.raises(ExportError, match="no folder"):
        exportToFolder(bench.registry, bench.exportables(bench.volume(study=study)), " ", bench.context)


def test_aFolderThatCannotBeWrittenIsNamed(bench, study, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ExportError, match="cannot be written"):
        exportToFolder(
            bench.registry, bench.exportables(bench.volume(study=study)), tmp_path / "file" / "x", bench.context
        )


def test_aVolumeThatChangesMeanwhileIsNotExported(bench, study, tmp_path):
    item = bench.volume(study=study)
    node = bench.hierarchy.GetItemDataNode(item)

    def change(progress):
        node.voxelArray()[0, 0, 0] += 1
        node.imageDataModified()

    bench.context.progress = Progress(change)
    with pytest.raises(ExportError, match="changed while it was being written|not those that were written"):
        exportToFolder(bench.registry, bench.exportables(item), tmp_path / "out", bench.context)
    assert not (tmp_path / "out").exists()


def test_aVolumeThatIsMovedMeanwhileIsNotExported(bench, study, tmp_path):
    item = bench.volume(study=study)
    node = bench.hierarchy.GetItemDataNode(item)
    bench.context.progress = Progress(lambda progress: node.SetOrigin(progress.done + 1.0, 0.0, 0.0))
    with pytest.raises(ExportError, match="changed while it was being written"):
        exportToFolder(bench.registry, bench.exportables(item), tmp_path / "out", bench.context)
    assert not (tmp_path / "out").exists()


def test_cancellingLeavesNothing(bench, study, tmp_path):
    exportables = bench.exportables(bench.volume(study=study))
    bench.context.progress = Progress(lambda progress: progress.cancel())
    with pytest.raises(CancelledError):
        exportToFolder(bench.registry, exportables, tmp_path / "out", bench.context)
    assert not (tmp_path / "out").exists() and exportables[0].directory == ""


# To the database


def test_theDatabaseGetsTheSeries(bench, study):
    report = exportToDatabase(bench.registry, bench.exportables(bench.volume(study=study)), bench.context)

    uid = report.results[0].seriesInstanceUID
    assert bench.database.allSeries() == [uid] and len(bench.database.filesForSeries(uid)) == 3
    assert report.importReport.instancesAdded == 3 and report.folder == report.results[0].folder == ""
    assert report.summary().startswith("3 files of 1 series written and added to the database")


def test_anotherNameForAStudyInTheDatabaseIsTold(bench, study, tmp_path):
    (exportable,) = bench.exportables(bench.volume(study=study))
    exportable.setTag("StudyInstanceUID", "1.2.3")
    assert exportToDatabase(bench.registry, [exportable], bench.context).notes == []
    exportable.setTag("PatientName", "Meier^Jürgen")
    for report in (
        exportToFolder(bench.registry, [exportable], tmp_path / "out", bench.context),
        exportToDatabase(bench.registry, [exportable], bench.context),
    ):
        assert NAME_STAYS in report.notes and NAME_STAYS in report.asText()
    (patient,) = bench.database.patients()
    assert bench.database.nameForPatient(patient) == "Müller^Jürgen"


def test_aSeriesThatIsThereIsRefusedAndTheDatabaseIsAsBefore(bench, study):
    (exportable,) = bench.exportables(bench.volume(study=study))
    exportable.setTag("SeriesInstanceUID", "1.2.3")
    exportToDatabase(bench.registry, [exportable], bench.context)
    with pytest.raises(ExportError, match="exists already"):
        exportToDatabase(bench.registry, [exportable], bench.context)
    assert len(bench.database.filesForSeries("1.2.3")) == 3


def test_aDatabaseThatKeepsNoFilesIsRefusedBeforeAnythingIsWritten(bench, study):
    exportables = bench.exportables(bench.volume(study=study))
    bench.database.closeDatabase()
    bench.database.openDatabase(":memory:")
    bench.context.progress = Progress(lambda progress: pytest.fail("something was written"))
    with pytest.raises(DICOMError, match="keeps no copies"):
        exportToDatabase(bench.registry, exportables, bench.context)


def test_aClosedDatabaseIsToldSo(bench, study):
    exportables = bench.exportables(bench.volume(study=study))
    bench.database.closeDatabase()
    with pytest.raises(DICOMError, match="no open database"):
        exportToDatabase(bench.registry, exportables, bench.context)


# Plugins of others


@pytest.mark.parametrize("answer", ["", None, True, "  "])
def test_slicersWaysOfSayingSuccessAreUnderstood(bench, study, tmp_path, answer):
    foreign(bench, answer=answer)
    (found,) = [one for one in examineItems(bench.registry, [study], bench.context) if one.pluginClass == "Foreign"][:1]
    report = exportToFolder(bench.registry, found.exportables, tmp_path, bench.context)

    assert files(tmp_path) == ["foreign.dcm"]
    assert (report.results[0].files, report.results[0].isChecked) == (1, False)
    assert "read back" not in report.summary()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("The disk is on fire.", r"^The disk is on fire\.$"),
        (False, "did not say why"),
        (ZeroDivisionError("oops"), r"Foreign: the plugin failed \(ZeroDivisionError: oops\)"),
        (SystemExit("bye"), "the plugin failed"),
        (ExportError("own error", "place"), "place: own error"),
    ],
)
def test_slicersWaysOfFailingAreOneSentenceAndLeaveNothing(bench, study, tmp_path, answer, words):
    foreign(bench, answer=answer)
    found = next(one for one in examineItems(bench.registry, [study], bench.context) if one.pluginClass == "Foreign")
    with pytest.raises(ExportError, match=words):
        exportToFolder(bench.registry, found.exportables, tmp_path / "out", bench.context)
    assert not (tmp_path / "out").exists()


def test_aPluginThatSaysItWroteAndDidNotIsFoundOut(bench, study, tmp_path):
    foreign(bench, writes=False)
    found = next(one for one in examineItems(bench.registry, [study], bench.context) if one.pluginClass == "Foreign")
    with pytest.raises(ExportError, match="has written no file"):
        exportToFolder(bench.registry, found.exportables, tmp_path, bench.context)


def test_anUnknownPluginIsToldAndTheNameOfTheClassIsKnown(bench, study, tmp_path):
    (exportable,) = bench.exportables(bench.volume(study=study))
    exportable.directory = str(tmp_path)
    exportable.pluginClass = "DICOMScalarVolumePluginClass"
    assert len(bench.registry.export([exportable], bench.context)) == 1
    exportable.pluginClass = "Gone"
    with pytest.raises(ExportError, match="no plugin that writes it"):
        bench.registry.export([exportable], bench.context)


# Slicer's class for one volume


def test_slicersClassWritesOneVolumeWithItsOwnNames(bench, study, tmp_path):
    node = bench.hierarchy.GetItemDataNode(bench.volume())
    tags = {"Patient Name": "Doe^Jo", "Patient ID": "7", "Study ID": "S", "Modality": "MR", "Model": "M1"}
    arguments = ("1.2.3", node, tags, tmp_path / "out", "pre")
    exporter = DICOMExportScalarVolume(*arguments, registry=bench.registry, context=bench.context)

    assert exporter.export() is True
    assert files(tmp_path / "out") == ["pre0001.dcm", "pre0002.dcm", "pre0003.dcm"]
    dataset = pydicom.dcmread(tmp_path / "out" / "pre0002.dcm")
    assert (str(dataset.PatientName), dataset.StudyInstanceUID, dataset.Modality) == ("Doe^Jo", "1.2.3", "MR")
    assert dataset.ManufacturerModelName == "M1" and numpy.array_equal(dataset.pixel_array, ARRAY[1])
    with pytest.raises(ExportError, match="something of this name"):
        exporter.export()
    assert len(files(tmp_path / "out")) == 3


def test_slicersWordsForTags():
    names = ("Patient Name", "Frame of Reference UID", "Frame of Reference Instance UID", "Model", "StudyID")
    assert [keywordOf(name) for name in names] == [
        "PatientName", "FrameOfReferenceUID", "FrameOfReferenceUID", "Model", "StudyID",
    ]  # fmt: skip


def test_outsideOfAHostItSaysWhatToPass(bench, tmp_path):
    with pytest.raises(ExportError, match="no program to export with.*Pass registry"):
        DICOMExportScalarVolume("", None, {}, tmp_path).export()
