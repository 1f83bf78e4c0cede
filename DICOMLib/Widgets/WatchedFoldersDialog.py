"""Which folders are watched, how each is, and adding and removing them."""

from __future__ import annotations

import os

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from ..Database.FolderWatcher import FolderWatcher
from ..Database.WatchedFolders import WatchedFolders
from ..Settings import Settings
from .DialogButtons import closeButtons
from .DropOverlay import acceptedPaths, localPaths
from .ErrorReporting import ErrorReporter
from .FolderChooser import chooseFolder
from .MessageBar import MessageBar
from .RecordTableView import RecordTableView
from .WatchedFoldersModel import WatchedFoldersModel, recordsOf, statesOf
from .WrappedLabel import WrappedLabel

REFRESH_MILLISECONDS = 500
EXPLANATION = (
    "Files that are put into a watched folder, or into a folder in it, come into the database by themselves "
    "once they are complete."
)


class WatchedFoldersDialog(QDialog):
    """Stays beside the window; changes hold at once.

    :param watcher: watches the folders of ``database``
    """

    def __init__(self, database, watcher: FolderWatcher, settings: Settings, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("watchedFoldersDialog")
        self.setWindowTitle("Watched folders")
        self.setModal(False)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._database, self._watcher, self._settings = database, watcher, settings
        self._list = WatchedFolders(database)
        self._reporter = ErrorReporter(self)
        self.model = WatchedFoldersModel(parent=self)
        self._build()
        self._connect()
        self.refresh()
        self.resize(760, 360)

    def refresh(self) -> None:
        """Show the list as it is in the database, with what the watcher knows of each folder."""
        with self._reporter.guard("read the list of watched folders"):
            folders = WatchedFolders(self._database).folders() if self._database.isOpen else []
            self.model.setRecords(recordsOf(statesOf(folders, self._watcher.states())))
        if self.table.currentIndex().row() < 0 and self.model.rowCount():
            self.table.selectRow(0)
        self._showSelected()

    def addFolder(self, path: str) -> None:
        """Watch one more folder, linked or copied as the settings say for imports."""
        copyFiles = bool(self._settings.value("DICOM/CopyOnImport")) and not self._database.isInMemory
        with self._reporter.guard("watch the folder"):
            self._list.add(path, copyFiles)
            self._watcher.lookNow()
            self.refresh()
            self.table.selectRow(self.model.rowCount() - 1)

    def removeSelected(self) -> None:
        """Watch the selected folders no more."""
        with self._reporter.guard("remove the folder from the list"):
            for path in self.selectedPaths():
                self._list.remove(path)
            self._watcher.lookNow()
            self.refresh()

    def selectedPaths(self) -> list[bytes]:
        """Of the rows selected, from top to bottom."""
        return [self.model.recordAt(row)["path"] for row in self.table.selectedRows()]

    def _build(self) -> None:
        explanation = WrappedLabel(EXPLANATION)
        self.messageBar = MessageBar()
        self.table = RecordTableView()
        self.table.setObjectName("watchedFoldersTable")
        self.table.setAccessibleName("Watched folders")
        self.table.placeholderText = "No folder is watched yet."
        self.table.setModel(self.model)
        self.table.setColumns(self.model.columns)
        self.table.setTextElideMode(Qt.ElideMiddle)
        self.linkButton = QRadioButton("Link to them", objectName="watchLink")
        self.linkButton.setToolTip("The database keeps the headers; pixels stay where the files are")
        self.copyButton = QRadioButton("Copy them into the database", objectName="watchCopy")
        self.copyButton.setToolTip("The files may be moved or deleted afterwards")
        group = QButtonGroup(self)
        group.addButton(self.linkButton)
        group.addButton(self.copyButton)
        choice = QHBoxLayout()
        choice.addWidget(QLabel("Files of the selected folder:"))
        choice.addWidget(self.linkButton)
        choice.addWidget(self.copyButton)
        choice.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(explanation)
        layout.addWidget(self.messageBar)
        layout.addWidget(self.table, 1)
        layout.addLayout(choice)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        self.addButton = QPushButton("Add folder…", objectName="watchAdd")
        self.removeButton = QPushButton("Remove", objectName="watchRemove")
        self.removeButton.setToolTip("Watch the folder no more; what came in from it stays in the database")
        self.lookButton = QPushButton("Look now", objectName="watchLook")
        self.lookButton.setToolTip("Look at every file at once instead of when it is time")
        return closeButtons(self, (self.addButton, self.removeButton, self.lookButton))

    def _connect(self) -> None:
        self._reporter.reported.connect(self.messageBar.showMessage)
        self.addButton.clicked.connect(self._chooseFolder)
        self.removeButton.clicked.connect(self.removeSelected)
        self.lookButton.clicked.connect(self._watcher.lookNow)
        self.table.deletePressed.connect(self.removeSelected)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._showSelected())
        self.copyButton.clicked.connect(lambda: self._setCopyFiles(True))
        self.linkButton.clicked.connect(lambda: self._setCopyFiles(False))
        self.model.toggled.connect(self._setEnabled)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()

    def _showSelected(self) -> None:
        paths = set(self.selectedPaths())
        records = [record for record in self.model.records if record["path"] in paths]
        self.removeButton.setEnabled(bool(records))
        canCopy = bool(records) and not self._database.isInMemory
        self.linkButton.setEnabled(bool(records))
        self.copyButton.setEnabled(canCopy)
        if records:
            (self.copyButton if records[0]["copyFiles"] else self.linkButton).setChecked(True)

    def _setCopyFiles(self, copyFiles: bool) -> None:
        with self._reporter.guard("change how files are kept"):
            for path in self.selectedPaths():
                self._list.setCopyFiles(path, copyFiles)
        self.refresh()

    def _setEnabled(self, path: bytes, enabled: bool) -> None:
        with self._reporter.guard("switch the folder"):
            self._list.setEnabled(path, enabled)
            self._watcher.lookNow()
        self.refresh()

    def _chooseFolder(self) -> None:
        start = str(self._settings.value("DICOM/LastImportFolder"))
        chooseFolder(self, "Watch a folder", self.addFolder, start, acceptText="Watch")

    def dragEnterEvent(self, event) -> None:
        if any(os.path.isdir(path) for path in localPaths(event.mimeData())):
            acceptedPaths(event)

    def dropEvent(self, event) -> None:
        for path in acceptedPaths(event):
            if os.path.isdir(path):
                self.addFolder(path)
