"""Tags that people edit: tables, problems, and what is kept in the scene."""

from __future__ import annotations

import pytest

from DICOMLib.Database.DICOMDatabase import DICOMDatabase
from DICOMLib.Database.Indexer import DICOMIndexer
from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.Export.ExportTags import (
    applySavedTags,
    saveTagsToScene,
    tagLabel,
    tagProblem,
    tagTables,
)
from DICOMLib.Export.ItemTags import exportableTags, numberSeries, replaceMadeUpTags
from DICOMLib.Export.Placing import makePatientAndStudy, placeBelow
from DICOMLib.Scene.Scene import Scene
from Testing.Fixtures import axialCT


@pytest.fixture
def scene():
    return Scene()


@pytest.fixture
def hierarchy(scene):
    return scene.GetSubjectHierarchyNode()


@pytest.fixture
def items(scene, hierarchy):
    """Two volumes of one study."""
    nodes = [scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name) for name in ("One", "Two")]
    found = [hierarchy.GetItemByDataNode(node) for node in nodes]
    placeBelow(hierarchy, found, makePatientAndStudy(hierarchy, "Müller^Jürgen", "P-1"))
    return found


def exportableOf(hierarchy, item, **more):
    tags = exportableTags(hierarchy, item)
    return DICOMExportable("Scalar Volume", subjectHierarchyItemID=item, tags=tags, offeredTags=dict(tags), **more)


@pytest.mark.parametrize(
    ("keyword", "value", "problem"),
    [
        ("PatientName", "Müller^Jürgen", ""),
        ("PatientName", "x" * 65, "PatientName has a group of 65 characters, 64 at most."),
        ("PatientBirthDate", "1980-01-01", "PatientBirthDate is not a date of the form YYYYMMDD."),
        ("PatientSex", "M", ""),
        ("PatientSex", "", ""),
        ("PatientSex", "X", "PatientSex can only be M, F or O, or empty."),
        ("StudyID", "x" * 17, "StudyID has 17 characters, 16 at most."),
        ("SeriesDescription", "a\\b", "SeriesDescription has one value, and so no backslash."),
        ("ImageComments", "a\\b", ""),
        ("OperatorsName", "A^B\\C^D", ""),
        ("SeriesNumber", "3.5", "SeriesNumber is not a whole number."),
        (
            "StudyInstanceUID", "1.02",
            "StudyInstanceUID is not a UID: numbers without leading zeros, separated by points.",
        ),
        ("Modality", "MR", ""),
        ("Modality", "", "The Modality is empty: set it, for instance to CT, MR or OT."),
        ("Modality", "  ", "The Modality is empty: set it, for instance to CT, MR or OT."),
        ("Modality", "MRI", "Modality is not one that the standard knows, such as CT, MR, PT, US or OT."),
        ("Modality", "mr", "Modality has other characters than A to Z, 0 to 9, space and underscore."),
        ("Model", "x" * 65, "Model has 65 characters, 64 at most."),
        ("Rows", "512", "Rows is computed from what is exported and cannot be set."),
        ("ReferencedSeriesSequence", "x", "ReferencedSeriesSequence cannot be given as text."),
        ("Compression", "whatever \x01", ""),
    ],
)  # fmt: skip
def test_aValueIsRightOrToldWhyNot(keyword, value, problem):
    assert tagProblem(keyword, value) == problem


def test_whereThereAreChoicesOnlyTheseAreRight():
    choices = {"": "none", "RLE": "quick"}

    assert tagProblem("Compression", "RLE", choices) == tagProblem("Compression", "", choices) == ""
    assert tagProblem("Compression", "rle", choices) == "Compression can only be (empty) or RLE."


def test_namesAreThoseOfTheStandardAndOptionsAreReadable():
    assert tagLabel("PatientSex") == "Patient's Sex"
    assert tagLabel("Model") == "Manufacturer's Model Name"
    assert tagLabel("ReferenceVolume") == "Reference volume"
    assert tagLabel("UseRLE") == "Use RLE"


def test_tablesArePatientStudyAndOneForEachSeries(hierarchy, items):
    exportables = [exportableOf(hierarchy, item) for item in items]
    tables = tagTables(exportables, hierarchy)

    assert [(table.title, table.level) for table in tables] == [
        ("Patient", "patient"), ("Study", "study"), ("Series 1: One", "series"), ("Series 2: Two", "series"),
    ]  # fmt: skip
    patient, study, first, _ = tables
    assert [row.keyword for row in patient.rows] == [
        "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientComments",
    ]  # fmt: skip
    assert [row.keyword for row in study.rows][:2] == ["StudyInstanceUID", "StudyID"]
    assert [row.keyword for row in first.rows][:3] == ["SeriesDescription", "Modality", "Manufacturer"]
    assert not {row.keyword for row in first.rows} & {row.keyword for row in (*patient.rows, *study.rows)}
    assert patient.rows[0].value == "Müller^Jürgen"
    assert tagTables([], hierarchy) == []
    assert tagTables(exportables[:1], hierarchy)[2].title == "Series: One"


def test_missingTagsAreAddedAndAllHaveThePatientOfTheFirstThatHasOne(hierarchy, items):
    foreign = DICOMExportable("Foreign", subjectHierarchyItemID=items[0], tags={"Option": "1"})
    own = exportableOf(hierarchy, items[1])
    tagTables([foreign, own], hierarchy)

    assert foreign.tag("PatientName") == own.tag("PatientName") == "Müller^Jürgen"
    assert foreign.tags["StudyDescription"] == ""


def test_anEditReachesAllSeriesOfThePatientAndOneSeriesOnly(hierarchy, items):
    one, two = exportables = [exportableOf(hierarchy, item) for item in items]
    patient, _, first, _ = tagTables(exportables, hierarchy)

    assert patient.setValue("PatientSex", "Q") == "PatientSex can only be M, F or O, or empty."
    assert (one.tag("PatientSex"), two.tag("PatientSex")) == ("Q", "Q")
    assert patient.problems == ["PatientSex can only be M, F or O, or empty."]
    assert first.setValue("SeriesNumber", "12") == ""
    assert (one.tag("SeriesNumber"), two.tag("SeriesNumber")) == ("12", "301")
    assert first.row("SeriesNumber").value == "12"


def test_optionsAreMarkedAndHaveTheirChoices(hierarchy, items):
    exportable = exportableOf(hierarchy, items[0], choices={"Compression": {"": "none", "RLE": "quick"}})
    exportable.setTag("Compression", "")
    row = tagTables([exportable], hierarchy)[2].row("Compression")

    assert row.isOption and dict(row.choices) == {"": "none", "RLE": "quick"}
    assert not tagTables([exportable], hierarchy)[2].row("Modality").isOption


def test_editsOfPatientStudyAndDescriptionAreKeptAsSlicersAttributes(hierarchy, items):
    exportable = exportableOf(hierarchy, items[0])
    for keyword, value in (("PatientSex", "O"), ("StudyDescription", "Knie"), ("SeriesDescription", "Mine")):
        exportable.setTag(keyword, value)
    saveTagsToScene(hierarchy, [exportable])
    study = hierarchy.GetItemParent(items[0])

    assert hierarchy.GetItemAttribute(hierarchy.GetItemParent(study), "DICOM.PatientSex") == "O"
    assert hierarchy.GetItemAttribute(study, "DICOM.StudyDescription") == "Knie"
    assert hierarchy.GetItemAttribute(items[0], "DICOM.SeriesDescription") == "Mine"
    assert exportableTags(hierarchy, items[1])["PatientSex"] == "O"
    assert exportableTags(hierarchy, items[1])["SeriesDescription"] == "No series description"


def test_aPersonIsAskedForWhatNobodyKnows(hierarchy, items):
    hierarchy.SetItemName(items[0], "FA\\map" + "x" * 80)
    exportable = exportableOf(hierarchy, items[0])
    replaceMadeUpTags(hierarchy, exportable)
    assert exportable.tag("Modality") == ""
    assert exportable.tag("SeriesDescription") == "FA map" + "x" * 58

    hierarchy.SetItemUID(items[0], "DICOM", "1.2.3")
    exportable = exportableOf(hierarchy, items[0])
    replaceMadeUpTags(hierarchy, exportable)
    assert exportable.tag("SeriesDescription") == ""  # the stored series has none


def test_whatIsKnownOrWasChosenIsNotAskedFor(hierarchy, items):
    hierarchy.SetItemAttribute(items[0], "DICOM.Modality", "CT")
    hierarchy.SetItemAttribute(items[0], "DICOM.SeriesDescription", "No series description")
    exportable = exportableOf(hierarchy, items[0])
    replaceMadeUpTags(hierarchy, exportable)
    assert (exportable.tag("Modality"), exportable.tag("SeriesDescription")) == ("CT", "No series description")

    exportable = exportableOf(hierarchy, items[1], choices={"Modality": {"CT": ""}})
    replaceMadeUpTags(hierarchy, exportable)
    assert exportable.tag("Modality") == "CT"


def test_seriesWrittenTogetherHaveNumbersOfTheirOwn(hierarchy, items):
    exportables = [exportableOf(hierarchy, item) for item in (items[0], items[1], items[0], items[1])]
    exportables[1].setTag("SeriesNumber", "302")
    exportables[3].setTag("SeriesNumber", "")
    numberSeries(exportables)
    assert [one.tag("SeriesNumber") for one in exportables] == ["301", "302", "303", ""]


def test_numbersThatTheStudyHasInTheDatabaseArePassedOver(hierarchy, items, tmp_path):
    database = DICOMDatabase()
    database.openDatabase(tmp_path / "d.sqlite")
    for number in (301, 303, 12):
        builder = axialCT(seriesNumber=number, slices=1)
        builder.write(tmp_path / str(number))
        DICOMIndexer(database).importPaths([tmp_path / str(number)])
    numbers = {}
    for study in (builder.studyUID, "1.2.3", ""):
        exportables = [exportableOf(hierarchy, item) for item in items[:2]]
        for one in exportables:
            one.setTag("StudyInstanceUID", study)
        numberSeries(exportables, database)
        numbers[study] = [one.tag("SeriesNumber") for one in exportables]
    assert numbers == {builder.studyUID: ["302", "304"], "1.2.3": ["301", "302"], "": ["301", "302"]}
    database.closeDatabase()


def test_otherEditsOfTheSeriesComeBackWithoutChangingWhatItWasLoadedFrom(hierarchy, items):
    hierarchy.SetItemAttribute(items[0], "DICOM.SeriesNumber", "4")
    exportable = exportableOf(hierarchy, items[0])
    exportable.setTag("SeriesNumber", "77")
    exportable.setTag("Compression", "RLE")
    saveTagsToScene(hierarchy, [exportable])

    again = exportableOf(hierarchy, items[0], choices={"Compression": {"": "", "RLE": ""}})
    again.setTag("Compression", "")
    applySavedTags(hierarchy, again)
    assert (again.tag("SeriesNumber"), again.tag("Compression")) == ("77", "RLE")
    assert hierarchy.GetItemAttribute(items[0], "DICOM.SeriesNumber") == "4"

    again.setTag("SeriesNumber", "301")  # back to what it was
    saveTagsToScene(hierarchy, [again])
    third = exportableOf(hierarchy, items[0])
    applySavedTags(hierarchy, third)
    assert third.tag("SeriesNumber") == "301" and "Compression" not in third.tags


def test_aKeptOptionThatIsNoChoiceAnyMoreIsLeftAlone(hierarchy, items):
    exportable = exportableOf(hierarchy, items[0])
    exportable.setTag("Compression", "Old")
    saveTagsToScene(hierarchy, [exportable])
    again = exportableOf(hierarchy, items[0], choices={"Compression": {"": "", "RLE": ""}})
    again.setTag("Compression", "")
    applySavedTags(hierarchy, again)

    assert again.tag("Compression") == ""


def test_whatAPluginSaysByItselfAndUIDsAreNotKept(hierarchy, items):
    tags = {**exportableTags(hierarchy, items[0]), "Modality": "SEG"}
    exportable = DICOMExportable("Seg", subjectHierarchyItemID=items[0], tags=dict(tags), offeredTags=tags)
    for keyword in ("SeriesInstanceUID", "FrameOfReferenceUID", "StudyInstanceUID"):
        exportable.setTag(keyword, "1.2.3")
    study = hierarchy.GetItemParent(items[0])
    before = hierarchy.GetItemAttribute(study, "DICOM.StudyInstanceUID")
    saveTagsToScene(hierarchy, [exportable])

    assert hierarchy.GetItemAttributeNames(items[0]) == []
    assert hierarchy.GetItemAttribute(study, "DICOM.StudyInstanceUID") == before
