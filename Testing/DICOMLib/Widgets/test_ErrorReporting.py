"""Exceptions become messages in one place."""

from __future__ import annotations

import logging

import pytest

from DICOMLib.Errors import CancelledError, NotDICOMError

pytestmark = pytest.mark.gui


@pytest.fixture
def reporter(qtbot):
    from DICOMLib.Widgets import ErrorReporter

    reporter = ErrorReporter()
    reporter.messages = []
    reporter.reported.connect(reporter.messages.append)
    return reporter


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotDICOMError("not a DICOM file", "/a/b.txt"), "Could not import. /a/b.txt: not a DICOM file."),
        (PermissionError(13, "Permission denied", "/a"), "Could not import. /a: permission denied."),
        (MemoryError(), "Could not import. There is not enough memory. Close other programs or load less at a time."),
        (KeyError("x"), "Could not import. Something unexpected happened; the details say where in the program."),
    ],
)
def testEachKindOfErrorIsASentence(reporter, error, text):
    assert reporter.report(error, "import").text == text


def testControlCharactersNeverReachTheScreen(reporter):
    assert "\x1b" not in reporter.report(NotDICOMError("odd \x1b[31m value"), "import").text


def testGuardReportsAndGoesOn(reporter):
    with reporter.guard("count"):
        raise ValueError("Doe^Jane")
    assert len(reporter.messages) == 1
    assert "ValueError: Doe^Jane" in reporter.messages[0].details
    assert "test_ErrorReporting.py, line" in reporter.messages[0].details


def testCancellingIsNoError(reporter):
    with reporter.guard("count"):
        raise CancelledError()
    assert reporter.messages == []


def testTheLogHasTheStackAndNoValues(reporter, caplog):
    with caplog.at_level(logging.ERROR), reporter.guard("count"):
        raise ValueError("Doe^Jane")
    assert "test_ErrorReporting.py" in caplog.text
    assert "ValueError" in caplog.text
    assert "Could not count: ValueError" in caplog.text
    assert "Doe" not in caplog.text.replace('raise ValueError("Doe^Jane")', "")


def testTheBarCountsARepeatedMessageAndShowsPlainText(qtbot):
    from qtpy.QtCore import Qt
    from qtpy.QtWidgets import QWidget

    from DICOMLib.Widgets import Message, MessageBar

    parent = QWidget()
    qtbot.addWidget(parent)
    bar = MessageBar(parent)
    parent.show()
    bar.showMessage(Message("<b>no</b>", "details"))
    assert bar.label.textFormat() == Qt.PlainText
    assert bar.label.wholeText() == "<b>no</b>"
    bar.showMessage(Message("<b>no</b>", "details"))
    assert bar.label.wholeText() == "<b>no</b>  (×2)"
    bar.closeButton.click()
    assert bar.isHidden()
    bar.showMessage(Message("<b>no</b>", "details"))
    assert bar.label.wholeText() == "<b>no</b>"


def testALongMessageTakesThreeLinesTellsTheRestInTheDetailsAndLetsThePanelShrink(qtbot):
    from qtpy.QtWidgets import QScrollArea, QTextEdit, QVBoxLayout, QWidget

    from DICOMLib.Widgets import Message, MessageBar

    panel = QWidget()
    layout = QVBoxLayout(panel)
    bar = MessageBar()
    layout.addWidget(bar)
    layout.addWidget(QTextEdit(), 1)  # wants 192 pixels and does with fewer
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(panel)
    area.resize(300, 250)
    qtbot.addWidget(area)
    area.show()
    bar.showMessage(Message("word " * 30, severity="warning"), "Report…")
    qtbot.wait(50)
    assert bar.label.isShortened() and bar.label.text().endswith("…")
    assert bar.label.heightForWidth(bar.label.width()) <= bar.label.height() <= 3 * bar.fontMetrics().lineSpacing() + 2
    assert bar.details.toPlainText() == ("word " * 30).strip()
    assert bar.rect().contains(bar.label.geometry())
    assert not area.verticalScrollBar().isVisible()


def testANoteAboveAPanelThatIsScrolledDownIsScrolledTo(qtbot):
    from qtpy.QtWidgets import QScrollArea, QVBoxLayout, QWidget

    from DICOMLib.Widgets import Message, MessageBar

    page, rest, bar = QWidget(), QWidget(), MessageBar()
    rest.setFixedHeight(900)
    layout = QVBoxLayout(page)
    layout.addWidget(bar)
    layout.addWidget(rest)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.resize(300, 250)
    qtbot.addWidget(area)
    area.show()
    area.verticalScrollBar().setValue(600)
    bar.showMessage(Message("Could not load.", severity="warning"))
    qtbot.waitUntil(lambda: area.viewport().rect().contains(bar.mapTo(area.viewport(), bar.rect().center())))
