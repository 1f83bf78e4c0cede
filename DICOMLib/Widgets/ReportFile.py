"""A report as a file: where it goes, and how it is written."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QWidget


def askForReportFile(parent: QWidget, title: str, name: str, filters: str, save: Callable[[str], None]) -> None:
    """Let the user choose a new file, a table in CSV unless they say otherwise, without waiting for the answer.

    :param name: proposed
    :param filters: kinds of files, as Qt's file dialog takes them
    :param save: called with the path chosen
    """
    dialog = QFileDialog(parent, title, name, filters)
    dialog.setAcceptMode(QFileDialog.AcceptSave)
    dialog.setDefaultSuffix("csv")
    dialog.setAttribute(Qt.WA_DeleteOnClose)
    dialog.fileSelected.connect(save)
    dialog.open()


def writeReport(path: str, contents: str) -> None:
    """Write a text as UTF-8, line ends as they are; names of files that are no text keep their bytes as escapes.

    :raises OSError: when the file cannot be written
    """
    with open(path, "w", encoding="utf-8", newline="", errors="backslashreplace") as stream:
        stream.write(contents)
