"""The report of an import."""

from __future__ import annotations

import pytest
from qtpy.QtGui import QDesktopServices, QGuiApplication

from Testing.DICOMLib.Widgets.FakeLogic import FakeReport, Skipped

pytestmark = pytest.mark.gui

SKIPPED = [Skipped(b"/data/notes.txt", "not a DICOM file"), Skipped(b"/data/\xff\n.dcm", "the file is too short")]


@pytest.fixture
def reporter():
    from DICOMLib.Widgets import ErrorReporter

    return ErrorReporter()


@pytest.fixture
def makeDialog(qtbot, reporter):
    from DICOMLib.Widgets import ImportReportDialog

    made = []  # without a parent nothing else keeps a dialog while it is painted for the last time

    def make(**report):
        made.append(ImportReportDialog(FakeReport(**report), reporter))
        qtbot.addWidget(made[-1])
        made[-1].show()
        return made[-1]

    yield make
    made.clear()


@pytest.fixture
def dialog(makeDialog):
    notes = [Skipped(b"/data/dup.dcm", "the same object was imported from another file")]
    return makeDialog(skipped=SKIPPED, notes=notes, instancesAdded=1234)


def rows(model):
    return [
        tuple(model.data(model.index(row, column)) for column in range(model.columnCount()))
        for row in range(model.rowCount())
    ]


def testEverySkippedFileIsListedWithItsReason(dialog):
    assert rows(dialog.files.model) == [
        ("notes.txt", "/data", "not a DICOM file"),
        ("\\xff\\x0a.dcm", "/data", "the file is too short"),
        ("dup.dcm", "/data", "the same object was imported from another file"),
    ]
    assert {(r["count"], r["outcome"], r["reason"]) for r in dialog.files.reasons.records} == {
        (1, "not imported", "not a DICOM file"),
        (1, "not imported", "the file is too short"),
        (1, "imported", "the same object was imported from another file"),
    }


def testReasonsThatDifferOnlyInPathsAndNumbersAreOneKind(makeDialog):
    skipped = [
        Skipped(b"/a/%d" % n, f"its SOPInstanceUID belongs to /data of {n}/x y/{n}.dcm already; element {n} is bad")
        for n in range(30)
    ]
    dialog = makeDialog(skipped=[*skipped, Skipped(b"/a/b", "not a DICOM file")])
    kinds = [(record["count"], record["reason"]) for record in dialog.files.reasons.records]
    assert kinds == [
        (30, "its SOPInstanceUID belongs to … already; element … is bad"), (1, "not a DICOM file"),
    ]  # fmt: skip


def testChoosingAReasonShowsItsFilesOnly(dialog):
    files = dialog.files
    reasons = [record["reason"] for record in files.reasons.records]
    files.reasonsTable.selectRow(reasons.index("the file is too short"))
    assert [row[0] for row in rows(files.model)] == ["\\xff\\x0a.dcm"]
    assert files.countLabel.text() == "1 of 3 files"
    files.reasonsTable.clearSelection()
    assert files.model.rowCount() == 3


def testSearchingNarrowsTheList(dialog):
    dialog.files.searchBox.setText("SHORT data")
    dialog.files.finish()
    assert dialog.files.countLabel.text() == "1 of 3 files"


def testAReportOf100000FilesNeverHoldsTheWindowUp(makeDialog, qtbot, promised):
    kinds = ("not a DICOM file", "the header is malformed at {}", "its SOPInstanceUID belongs to /data/{} already")
    skipped = [Skipped(b"/data/%d/IM%06d" % (n // 1000, n), kinds[n % 3].format(n)) for n in range(100_000)]
    with promised.within(0.5):
        dialog = makeDialog(skipped=skipped)
        qtbot.wait(1)  # drawn for the first time

    def measureUntilReady():
        while dialog.files.isWorking:
            with promised.within(0.1):
                qtbot.wait(1)

    assert dialog.files.isWorking
    measureUntilReady()
    assert [record["count"] for record in dialog.files.reasons.records] == [33334, 33333, 33333]
    dialog.files.searchBox.setText("im0999 malformed")
    measureUntilReady()
    assert dialog.files.countLabel.text() == "33 of 100,000 files"
    dialog.files.files.scrollToBottom()


def testTheReportIsCopiedAsText(dialog):
    dialog.copyButton.click()
    assert QGuiApplication.clipboard().text() == dialog.report.asText()


def testSelectedRowsAreCopied(dialog):
    dialog.files.files.selectRow(1)
    dialog.files._copySelected()
    assert QGuiApplication.clipboard().text() == "/data/\\xff\\x0a.dcm\tthe file is too short"


def testTheFolderOfAFileIsShownInTheFileManager(makeDialog, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    dialog = makeDialog(skipped=[Skipped(bytes(tmp_path) + b"/a.zip/IM1", "not a DICOM file")])
    dialog.showButton.click()
    assert opened == [str(tmp_path)]


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


def testAReportWithoutFilesSaysSo(makeDialog):
    dialog = makeDialog(seriesUIDs=["1.2"])
    assert not dialog.files.isVisible() and not dialog.showButton.isVisible()
    assert "No file was left out." in [label.text() for label in dialog.findChildren(type(dialog.files.countLabel))]


def testItFitsASmallScreen(dialog, qtbot):
    dialog.resize(780, 540)  # of 800 × 600, less the window's frame
    qtbot.wait(20)
    assert dialog.files.files.viewport().height() >= 3 * dialog.files.files.rowHeight(0)
    assert dialog.minimumSizeHint().width() < 780 and dialog.minimumSizeHint().height() < 540
