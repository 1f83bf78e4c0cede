"""The report of an import."""

from __future__ import annotations

import pytest
from qtpy.QtGui import QGuiApplication

from Testing.DICOMLib.Widgets.FakeLogic import FakeReport, Skipped

pytestmark = pytest.mark.gui

SKIPPED = [Skipped(b"/data/notes.txt", "not a DICOM file"), Skipped(b"/data/\xff\n.dcm", "the file is too short")]


@pytest.fixture
def reporter():
    from DICOMLib.Widgets import ErrorReporter

    return ErrorReporter()


@pytest.fixture
def dialog(qtbot, reporter):
    from DICOMLib.Widgets import ImportReportDialog

    notes = [Skipped(b"/data/dup.dcm", "the same object was imported from another file")]
    dialog = ImportReportDialog(FakeReport(skipped=SKIPPED, notes=notes, instancesAdded=1234), reporter)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def testEverySkippedFileIsListedWithItsReason(dialog):
    rows = [(r["file"], r["outcome"], r["reason"], r["folder"]) for r in dialog.filesTable.model.records]
    assert sorted(rows) == [
        ("\\xff\\x0a.dcm", "not imported", "the file is too short", "/data"),
        ("dup.dcm", "imported", "the same object was imported from another file", "/data"),
        ("notes.txt", "not imported", "not a DICOM file", "/data"),
    ]


def testSearchingNarrowsTheList(dialog):
    dialog.filesTable.searchBox.setText("short")
    assert dialog.filesTable.countLabel.text() == "1 of 3"


def testTheReportIsCopiedAsText(dialog):
    dialog.copyButton.click()
    assert QGuiApplication.clipboard().text() == dialog.report.asText()


def testTheReportIsSavedAsCSV(dialog, tmp_path):
    report = dialog.report
    report.skipped = [SKIPPED[0]]
    dialog.saveAsCSV(str(tmp_path / "report.csv"))
    assert (tmp_path / "report.csv").read_bytes() == b"file,reason\r\n/data/notes.txt,not a DICOM file\r\n"


def testAFileThatCannotBeWrittenIsAMessage(dialog, reporter):
    messages = []
    reporter.reported.connect(messages.append)
    dialog._save("/nowhere/report.csv")
    assert [message.text for message in messages] == [
        "Could not save the report. /nowhere/report.csv: no such file or directory."
    ]


def testTheDialogLetsTheRestOfTheProgramGoOn(dialog):
    assert not dialog.isModal()
