from __future__ import annotations

import os

import pytest
from qtpy.QtWidgets import QFileDialog, QWidget

from DICOMLib.Widgets.FolderChooser import chooseFolder


@pytest.mark.parametrize("isThere", [True, False])
def test_itBeginsWhereItIsToldOrAtHome_andTellsWhatWasChosen(qtbot, tmp_path, isThere):
    parent, chosen = QWidget(), []
    qtbot.addWidget(parent)
    start = tmp_path / "start"
    if isThere:
        start.mkdir()
    dialog = chooseFolder(parent, "A folder", chosen.append, str(start), acceptText="Take")
    expected = str(start) if isThere else os.path.expanduser("~")
    assert (dialog.windowTitle(), dialog.directory().path()) == ("A folder", expected)
    assert dialog.fileMode() == QFileDialog.Directory and dialog.labelText(QFileDialog.Accept) == "Take"
    dialog.fileSelected.emit(str(tmp_path))
    assert chosen == [str(tmp_path)]
    dialog.close()
