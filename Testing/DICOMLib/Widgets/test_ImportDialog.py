"""Choosing what to import."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QFileDialog, QListView, QTreeView

from DICOMLib.Settings import Settings

pytestmark = pytest.mark.gui


@pytest.fixture
def chooser(qtbot):
    from qtpy.QtWidgets import QWidget

    from DICOMLib.Widgets.ErrorReporting import ErrorReporter
    from DICOMLib.Widgets.ImportChooser import ImportChooser

    parent = QWidget()
    qtbot.addWidget(parent)
    parent.canCopy = True
    made = ImportChooser(Settings(), ErrorReporter(parent), lambda: parent.canCopy, parent)
    made.heard = []
    made.chosen.connect(lambda paths, copyFiles: made.heard.append((paths, copyFiles)))
    yield made


def testSeveralFoldersAreChosenAtOnce(chooser, tmp_path, qtbot):
    from DICOMLib.Widgets.ImportDialog import FOLDERS

    for name in "abc":
        (tmp_path / name).mkdir()
    chooser._settings.setValue("DICOM/LastImportFolder", str(tmp_path))
    dialog = chooser.show(FOLDERS)
    view = dialog.findChild(QTreeView, "treeView")
    if not view.isVisible():
        view = dialog.findChild(QListView, "listView")
    qtbot.waitUntil(lambda: view.model().rowCount(view.rootIndex()) == 3)
    view.selectAll()
    qtbot.waitUntil(lambda: len(dialog.selectedFiles()) == 3)
    dialog.accept()
    (heard,) = chooser.heard
    assert sorted(heard[0]) == [str(tmp_path / name) for name in "abc"] and heard[1] is False
    assert chooser._settings.value("DICOM/LastImportFolder") == str(tmp_path)


def testLinkOrCopyIsChosenInTheDialogAndRemembered(chooser, tmp_path):
    from DICOMLib.Widgets.ImportDialog import FILES

    (tmp_path / "one.dcm").write_bytes(b"x")
    dialog = chooser.show(FILES)
    assert dialog.linkButton.isChecked()
    dialog.copyButton.click()
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "one.dcm"))
    dialog.accept()
    assert chooser.heard == [([str(tmp_path / "one.dcm")], True)]
    assert chooser._settings.value("DICOM/CopyOnImport") is True
    again = chooser.show(FILES)
    assert again.copyButton.isChecked()
    again.reject()


def testADatabaseInMemoryOffersNoCopies(chooser):
    from DICOMLib.Widgets.ImportDialog import FOLDERS

    chooser._settings.setValue("DICOM/CopyOnImport", True)
    chooser.parent().canCopy = False
    dialog = chooser.show(FOLDERS)
    assert dialog.linkButton.isChecked() and not dialog.copyButton.isEnabled()
    dialog.reject()


def testFilesAreFilteredByKindAndAllAreShownFirst(chooser):
    from DICOMLib.Widgets.ImportDialog import FILES, SLICER_DATABASE

    dialog = chooser.show(FILES)
    assert dialog.fileMode() == QFileDialog.ExistingFiles
    assert [name.split(" (")[0] for name in dialog.nameFilters()] == [
        "All files", "DICOM files", "DICOM media", "Archives",
    ]  # fmt: skip
    dialog.reject()
    slicer = chooser.show(SLICER_DATABASE)
    assert slicer.nameFilters()[0] == "Slicer database (ctkDICOM.sql)"
    slicer.reject()
