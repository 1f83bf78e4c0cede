"""Asking for a folder."""

from __future__ import annotations

import os
from collections.abc import Callable

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QWidget


def chooseFolder(
    parent: QWidget, title: str, onChosen: Callable[[str], object], start: str = "", acceptText: str = ""
) -> QFileDialog:
    """Open a dialog for a folder, without waiting for the answer.

    :param onChosen: called with its path
    :param start: where it begins; the home folder where this is none
    :param acceptText: on the button that takes it; default: Qt's
    """
    dialog = QFileDialog(parent, title, start if os.path.isdir(start) else os.path.expanduser("~"))
    dialog.setFileMode(QFileDialog.Directory)
    dialog.setOption(QFileDialog.ShowDirsOnly, True)
    if acceptText:
        dialog.setLabelText(QFileDialog.Accept, acceptText)
    dialog.setAttribute(Qt.WA_DeleteOnClose)
    dialog.fileSelected.connect(onChosen)
    dialog.open()
    return dialog
