"""Editing the tags of what is to be exported."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QComboBox, QLineEdit

from DICOMLib.DICOMExportable import DICOMExportable
from DICOMLib.Export.ExportTags import tagTables
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Widgets.ExportTagsModel import PROBLEM_ROLE
from DICOMLib.Widgets.ExportTagsTable import ExportTagsTable
from Testing.DICOMLib.Widgets.ExportBench import addStudy, addVolume

PATIENT, STUDY, FIRST_SERIES = range(3)


def exportablesOf(names):
    scene = Scene()
    study = addStudy(scene)
    exportables = [
        DICOMExportable(
            subjectHierarchyItemID=addVolume(scene, name, study),
            tags={"PatientName": "Doe^Jane", "Modality": "CT", "SeriesDescription": name, "Packing": ""},
            choices={"Packing": {"": "As it is", "RLE": "Packed (RLE)"}},
        )
        for name in names
    ]
    return exportables, tagTables(exportables, scene.GetSubjectHierarchyNode())


@pytest.fixture
def makeTable(qtbot):
    def make(*names):
        exportables, tables = exportablesOf(names)
        table = ExportTagsTable()
        qtbot.addWidget(table)
        table.resize(600, 500)
        table.setTables(tables)
        with qtbot.waitExposed(table):
            table.show()
        return table, exportables

    return make


def valueIndex(table, tableNumber, keyword):
    index = table.tagsModel.indexOf(tableNumber, keyword)
    assert index.isValid()
    table.showIndex(index)
    return index


def editorAt(table, qtbot, tableNumber, keyword):
    """Clicks on a value. :returns: what edits it"""
    index = valueIndex(table, tableNumber, keyword)
    qtbot.mouseClick(table.viewport(), Qt.LeftButton, pos=table.visualRect(index).center())
    return table.indexWidget(index)


def texts(table):
    """Titles of the tables, each with the labels and values below it."""
    model, found = table.tagsModel, {}
    for number in range(model.rowCount()):
        parent = model.index(number, 0)
        rows = [(model.index(row, 0, parent).data(), model.index(row, 1, parent).data())
                for row in range(model.rowCount(parent))]  # fmt: skip
        found[parent.data()] = dict(rows)
    return found


def test_patientStudyAndEachSeriesHaveATable(makeTable):
    table, _ = makeTable("Head", "Neck")

    shown = texts(table)
    assert list(shown) == ["Patient", "Study", "Series 1: Head", "Series 2: Neck"]
    assert shown["Patient"]["Patient's Name"] == "Doe^Jane" and shown["Patient"]["Patient's Sex"] == ""
    assert shown["Series 2: Neck"]["Series Description"] == "Neck"
    assert shown["Series 1: Head"]["Packing"] == "As it is"  # words for people


def test_manySeriesBeginClosedAndFewOpen(makeTable):
    few, _ = makeTable("A", "B")
    many, _ = makeTable("A", "B", "C")

    isOpen = [[table.isExpanded(table.tagsModel.index(row, 0)) for row in (0, 1, 2)] for table in (few, many)]
    assert isOpen == [[True, True, True], [True, True, False]]


def test_whatIsTypedOnceIsTheValueOfAllSeries(makeTable, qtbot):
    table, exportables = makeTable("Head", "Neck")
    editor = editorAt(table, qtbot, PATIENT, "PatientName")
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "Roe^Richard")
    qtbot.keyClick(editor, Qt.Key_Return)

    assert [one.tag("PatientName") for one in exportables] == ["Roe^Richard"] * 2


def test_aValueOfOneSeriesIsNotThatOfOthers(makeTable, qtbot):
    table, exportables = makeTable("Head", "Neck")
    editor = editorAt(table, qtbot, FIRST_SERIES, "SeriesDescription")
    qtbot.keyClick(editor, Qt.Key_End)  # all is marked at first, and would be replaced
    qtbot.keyClicks(editor, " 2")
    qtbot.keyClick(editor, Qt.Key_Tab)

    assert [one.tag("SeriesDescription") for one in exportables] == ["Head 2", "Neck"]


def test_aValueIsCheckedWithEachLetter(makeTable, qtbot):
    table, _ = makeTable("Head")
    editor = editorAt(table, qtbot, PATIENT, "PatientBirthDate")
    seen = []
    for letter in "19500101":
        qtbot.keyClicks(editor, letter)
        seen.append(bool(list(table.tagsModel.problems())))
    assert seen == [True] * 7 + [False]
    assert table.indexWidget(table.currentIndex()) is editor and editor.text() == "19500101"  # still being edited


def test_aWrongValueIsMarkedInItsCellAndAtItsTable(makeTable, qtbot):
    table, _ = makeTable("Head")
    editor = editorAt(table, qtbot, PATIENT, "PatientSex")
    qtbot.keyClicks(editor, "X")
    index = table.tagsModel.indexOf(PATIENT, "PatientSex")

    assert "M, F or O" in index.data(PROBLEM_ROLE) and index.data(PROBLEM_ROLE) in index.data(Qt.ToolTipRole)
    assert index.data(Qt.BackgroundRole).color().red() > 200
    assert table.tagsModel.index(PATIENT, 0).data() == "Patient – 1 value to correct"
    assert [sentence for _, sentence in table.tagsModel.problems()][0].startswith("Patient: PatientSex can only be")


def test_escapeBringsBackTheValueFromBefore(makeTable, qtbot):
    table, exportables = makeTable("Head")
    editor = editorAt(table, qtbot, PATIENT, "PatientName")
    qtbot.keyClicks(editor, "xyz")
    assert exportables[0].tag("PatientName") == "xyz"
    qtbot.keyClick(editor, Qt.Key_Escape)

    assert exportables[0].tag("PatientName") == "Doe^Jane" and table.isVisible()


def test_anOptionIsChosenFromAList(makeTable, qtbot):
    table, exportables = makeTable("Head")
    editor = editorAt(table, qtbot, FIRST_SERIES, "Packing")
    assert isinstance(editor, QComboBox)
    assert [editor.itemText(number) for number in range(editor.count())] == ["As it is", "Packed (RLE)"]
    qtbot.waitUntil(editor.view().isVisible)  # one click opens it
    qtbot.keyClick(editor.view(), Qt.Key_Down)
    qtbot.keyClick(editor.view(), Qt.Key_Return)

    assert exportables[0].tag("Packing") == "RLE"


def test_choicesAreListedInTheirOrder(makeTable, qtbot):
    table, (one,) = makeTable("Head")
    one.choices["Packing"] = {"Z": "first", "A": "second", "": "third"}
    table.setTables(table.tagsModel.tables)
    editor = editorAt(table, qtbot, FIRST_SERIES, "Packing")
    assert [editor.itemText(number) for number in range(editor.count())] == ["first", "second", "third"]
    assert editor.currentText() == "third"


def test_theKeyboardGoesThroughValuesAndEdits(makeTable, qtbot):
    table, exportables = makeTable("Head")
    table.setFocus()
    table.setCurrentIndex(table.tagsModel.index(0, 0))
    for _ in range(2):
        qtbot.keyClick(table, Qt.Key_Down)
    assert table.currentIndex() == table.tagsModel.indexOf(PATIENT, "PatientID")
    qtbot.keyClick(table, Qt.Key_Return)
    editor = table.indexWidget(table.currentIndex())
    qtbot.keyClicks(editor, "77")
    qtbot.keyClick(editor, Qt.Key_Tab)  # on to the next value, which is being edited then
    assert exportables[0].tag("PatientID") == "77"
    assert table.currentIndex() == table.tagsModel.indexOf(PATIENT, "PatientBirthDate")
    assert isinstance(table.indexWidget(table.currentIndex()), QLineEdit)


def test_leftAndRightCloseAndOpenTables(makeTable, qtbot):
    table, _ = makeTable("Head")
    valueIndex(table, STUDY, "StudyDate")
    qtbot.keyClick(table, Qt.Key_Left)
    study = table.tagsModel.index(STUDY, 0)
    assert table.currentIndex() == study and not table.isExpanded(study)
    qtbot.keyClick(table, Qt.Key_Right)
    assert table.isExpanded(study)


def test_aTitleIsClickedToCloseItsTable(makeTable, qtbot):
    table, _ = makeTable("Head")
    title = table.tagsModel.index(STUDY, 0)
    place = table.visualRect(title).topLeft() + QPoint(30, 5)
    qtbot.mouseClick(table.viewport(), Qt.LeftButton, pos=place)
    assert not table.isExpanded(title)


def test_openAndClosedTablesStaySoWhenOthersAreShown(makeTable):
    table, _ = makeTable("Head")
    table.collapse(table.tagsModel.index(PATIENT, 0))
    table.setTables(exportablesOf(["Head"])[1])

    assert [table.isExpanded(table.tagsModel.index(row, 0)) for row in range(3)] == [False, True, True]
