"""Asks before a scene file is opened: what it is and where it comes from, and what becomes of what is loaded."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QMessageBox, QWidget

from DICOMLib.SceneFiles.SceneSummary import SceneSummary
from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Wording import counted, sizeText

from .Icons import pixmap
from .SceneFile import shownName

TITLE = "Open a scene"
MOST_PROBLEMS = 4
ICON_SIZE = 40


class SceneQuestion(QMessageBox):
    """One question for both: whether to trust a file from elsewhere, and whether it replaces what is loaded.

    :param isFromElsewhere: it was not saved by this program, so Cancel is the default
    :param isAnythingLoaded: offers to replace it or to add to it
    :param onAnswer: called with True to replace, False to add, None when it is not to be opened
    :ivar replaceButton: None where nothing is loaded
    :ivar openButton: the one that adds to what is loaded, or just opens
    """

    def __init__(
        self,
        summary: SceneSummary,
        isFromElsewhere: bool,
        isAnythingLoaded: bool,
        onAnswer: Callable[[bool | None], None],
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setObjectName("sceneQuestion")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setWindowTitle(TITLE)
        self.setTextFormat(Qt.PlainText)  # it holds what a stranger's file says
        self.setIconPixmap(pixmap("Warning" if isFromElsewhere else "Information", ICON_SIZE))
        name = shownName(summary.path)
        self.setText(f"Open “{name}”, a scene from elsewhere?" if isFromElsewhere else f"Open the scene “{name}”?")
        self.setInformativeText("\n\n".join(_paragraphs(summary, isAnythingLoaded)))
        if len(summary.problems) > MOST_PROBLEMS:
            self.setDetailedText("\n".join(map(plainText, summary.problems)))
        self._addButtons(isFromElsewhere, isAnythingLoaded)
        self.finished.connect(lambda _result: onAnswer(self._answer()))

    def _addButtons(self, isFromElsewhere: bool, isAnythingLoaded: bool) -> None:
        self.replaceButton = self.addButton("Replace", QMessageBox.AcceptRole) if isAnythingLoaded else None
        self.openButton = self.addButton("Add" if isAnythingLoaded else "Open", QMessageBox.AcceptRole)
        cancel = self.addButton(QMessageBox.Cancel)
        self.setDefaultButton(cancel if isFromElsewhere else self.replaceButton or self.openButton)

    def _answer(self) -> bool | None:
        clicked = self.clickedButton()
        if clicked is self.openButton:
            return False
        return True if clicked is not None and clicked is self.replaceButton else None


def _paragraphs(summary: SceneSummary, isAnythingLoaded: bool) -> list[str]:
    writer = plainText(summary.writer or summary.formatVersion) or "not known"
    size, unpacked = sizeText(summary.size), sizeText(summary.unpackedSize)
    if summary.unpackedSize > summary.size and unpacked != size:
        size += f", {unpacked} unpacked"
    files = counted(sum(member.isNamed for member in summary.members), "file")
    facts = [
        f"From: {plainText(summary.path.parent)}",
        f"Written by: {writer}",
        f"Size: {size}",
        f"Contents: {counted(summary.nodeCount, 'node')}, {files} with their data",
    ]
    paragraphs = ["\n".join(facts), *_problemTexts(summary)]
    if isAnythingLoaded:
        paragraphs.append(
            "Replace takes out everything that is loaded; Add keeps it. "
            "It stays as it is until all of the file is read."
        )
    return paragraphs


def _problemTexts(summary: SceneSummary) -> list[str]:
    shown = [plainText(problem) for problem in summary.problems[:MOST_PROBLEMS]]
    more = len(summary.problems) - len(shown)
    return ["\n".join([*shown, f"… and {more:,} more, in the details."] if more else shown)] if shown else []
