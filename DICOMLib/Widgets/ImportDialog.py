"""The dialog in which a person chooses what to import, and whether to link to it or to copy it."""

from __future__ import annotations

import os

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListView,
    QRadioButton,
    QTreeView,
    QWidget,
)

FOLDERS, FILES, SLICER_DATABASE = "folders", "files", "slicerDatabase"
LOOK_FOLDERS, LOOK_FILES = "lookFolders", "lookFiles"
_OF_FOLDERS, _WITHOUT_IMPORT = (FOLDERS, LOOK_FOLDERS), (LOOK_FOLDERS, LOOK_FILES)
_TITLES = {
    FOLDERS: "Import folders", FILES: "Import files", SLICER_DATABASE: "Import from a Slicer database",
    LOOK_FOLDERS: "Look at folders without importing", LOOK_FILES: "Look at files without importing",
}  # fmt: skip
# DICOM files often have no ending, so everything is shown first.
_FILTERS = {
    FILES: (
        "All files (*)",
        "DICOM files (*.dcm *.DCM *.ima *.IMA *.dicom)",
        "DICOM media (DICOMDIR dicomdir)",
        "Archives (*.zip *.ZIP *.tar *.TAR *.tgz *.tar.gz *.tar.bz2 *.tar.xz)",
    ),
    SLICER_DATABASE: ("Slicer database (ctkDICOM.sql)", "All files (*)"),
}
_FILTERS[LOOK_FILES] = _FILTERS[FILES]


class ImportDialog(QFileDialog):
    """Qt's own dialog, because those of the desktop take one folder at a time and have no room for the choice.

    :param kind: ``FOLDERS``, ``FILES``, ``SLICER_DATABASE``, or ``LOOK_FOLDERS``, ``LOOK_FILES``, where nothing is
        linked or copied
    :param folder: where to begin
    :param copyFiles: the choice to begin with
    :param canCopy: a database in memory has no folder to copy into
    """

    importRequested = Signal(list, bool)
    """Paths, and whether to copy them."""

    def __init__(self, kind: str, folder: str, copyFiles: bool, canCopy: bool, parent: QWidget | None = None):
        super().__init__(parent, _TITLES[kind], folder if os.path.isdir(folder) else os.path.expanduser("~"))
        self.setObjectName("importDialog")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self.setOption(QFileDialog.DontUseNativeDialog, True)
        self.setFileMode(QFileDialog.Directory if kind in _OF_FOLDERS else QFileDialog.ExistingFiles)
        self.setLabelText(QFileDialog.Accept, "Look" if kind in _WITHOUT_IMPORT else "Import")
        if kind in _OF_FOLDERS:
            self.setOption(QFileDialog.ShowDirsOnly, True)
            self._letSeveralBeSelected()
        else:
            self.setNameFilters(_FILTERS[kind])
        self._addChoice(copyFiles and canCopy, canCopy, kind not in _WITHOUT_IMPORT)
        self.resize(820, 520)
        self.filesSelected.connect(lambda paths: self.importRequested.emit(paths, self.copyFiles))

    @property
    def copyFiles(self) -> bool:
        """What is chosen at present."""
        return self.copyButton.isChecked()

    def _letSeveralBeSelected(self) -> None:
        for name, kind in (("listView", QListView), ("treeView", QTreeView)):
            view = self.findChild(kind, name)
            if view is not None:
                view.setSelectionMode(QAbstractItemView.ExtendedSelection)

    def _addChoice(self, copyFiles: bool, canCopy: bool, isShown: bool) -> None:
        self.linkButton = QRadioButton("Link to the files", objectName="importLink")
        self.linkButton.setToolTip("The database keeps the headers; pixels stay where the files are")
        self.copyButton = QRadioButton("Copy them into the database", objectName="importCopy")
        self.copyButton.setToolTip("The files may be moved or deleted afterwards, as of a CD or a memory stick")
        if not canCopy:
            self.copyButton.setEnabled(False)
            self.copyButton.setToolTip("This database is in memory and has no folder to copy into")
        (self.copyButton if copyFiles else self.linkButton).setChecked(True)
        group = QButtonGroup(self)
        row = QHBoxLayout()
        for button in (self.linkButton, self.copyButton):
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        layout = self.layout()
        if isShown and isinstance(layout, QGridLayout):
            below = layout.rowCount()
            layout.addWidget(QLabel("Files:"), below, 0)
            layout.addLayout(row, below, 1, 1, layout.columnCount() - 1)
