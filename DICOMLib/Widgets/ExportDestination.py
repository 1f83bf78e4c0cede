"""Where exported series go: into the database, into a folder, or to a server."""

from __future__ import annotations

import os

from qtpy.QtCore import Signal
from qtpy.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QWidget,
)

from ..Networking.Servers import DICOMServer, readServers
from ..Settings import Settings
from .DisplayText import plainText
from .ErrorReporting import ErrorReporter
from .FolderChooser import chooseFolder

TO_FOLDER_SETTING, FOLDER_SETTING = "DICOM/ExportToFolder", "DICOM/ExportFolder"
TO_SERVER_SETTING, SERVER_SETTING = "DICOM/ExportToServer", "DICOM/Send/Server"


class ExportDestination(QWidget):
    """Begins with what the settings remember.

    :param databaseProblem: why nothing can be added to the database; "" when it can
    """

    changed = Signal()
    serversRequested = Signal()
    """The user wants to see the list of servers."""

    def __init__(self, settings: Settings, databaseProblem: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportDestination")
        self._settings = settings
        self._databaseProblem = databaseProblem
        self.databaseButton = QRadioButton("to the &database")
        self.databaseButton.setToolTip(databaseProblem or "They are added to the DICOM database, with files of its own")
        self.databaseButton.setEnabled(not databaseProblem)
        self.folderButton = QRadioButton("to a &folder:")
        self.folderEdit = QLineEdit(str(settings.value(FOLDER_SETTING)))
        self.folderEdit.setObjectName("exportFolder")
        self.folderEdit.setAccessibleName("Folder")
        self.folderEdit.setPlaceholderText("Folder")
        self.chooseButton = QPushButton("Choose…")
        self.chooseButton.setAutoDefault(False)
        self.serverButton = QRadioButton("to a &server:")
        self.serverBox = QComboBox(objectName="exportServer")
        self.serverBox.setAccessibleName("Server")
        self.serversButton = QPushButton("Servers…")
        self.serversButton.setToolTip("Add, change and test DICOM servers")
        self.serversButton.setAutoDefault(False)
        self.refreshServers(str(settings.value(SERVER_SETTING)))
        isFolder = bool(databaseProblem) or bool(settings.value(TO_FOLDER_SETTING))
        isServer = bool(settings.value(TO_SERVER_SETTING)) and self.serverBox.count() > 0
        chosen = self.serverButton if isServer else self.folderButton if isFolder else self.databaseButton
        chosen.setChecked(True)
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widgets in (
            (self.databaseButton,), (self.folderButton, self.folderEdit, self.chooseButton),
            (self.serverButton, self.serverBox, self.serversButton),
        ):  # fmt: skip
            self._group.addButton(widgets[0])
            for widget in widgets:
                row.addWidget(widget, 1 if widget is self.folderEdit else 0)
        self._connect()
        self._update()

    @property
    def isFolder(self) -> bool:
        """Whether files go to a folder."""
        return self.folderButton.isChecked()

    @property
    def isServer(self) -> bool:
        """Whether they go to a server."""
        return self.serverButton.isChecked()

    @property
    def server(self) -> DICOMServer | None:
        """The server that is chosen; None where files go elsewhere, or none is known."""
        number = self.serverBox.currentIndex()
        return self._servers[number] if self.isServer and 0 <= number < len(self._servers) else None

    @property
    def intention(self) -> str:
        """What will happen to the files, after "will be"."""
        if self.isFolder:
            return f"written to {self.shownFolder}"
        return f"sent to {self.server.displayName}" if self.server is not None else "added to the database"

    @property
    def folder(self) -> str:
        """Absolute path of the folder; "" where none is named."""
        text = self.folderEdit.text().strip()
        return os.path.abspath(os.path.expanduser(text)) if text else ""

    @property
    def shownFolder(self) -> str:
        """How a sentence names the folder: in full where what was typed does not."""
        isFull = os.path.isabs(self.folderEdit.text().strip())
        return "the folder" if isFull else f"the folder {self.folder}"

    def problem(self) -> str:
        """Why nothing can go there, a sentence; "" when it can."""
        if self.isServer:
            return self.server.problem() if self.server is not None else "Add a server to send to with Servers…"
        if not self.isFolder:
            return self._databaseProblem
        if not self.folder:
            return "Choose a folder to export to."
        there = self.folder
        while not os.path.lexists(there) and os.path.dirname(there) != there:
            there = os.path.dirname(there)
        if not os.path.isdir(there):
            return f"{there} is not a folder."
        return "" if os.access(there, os.W_OK | os.X_OK) else f"Nothing can be written to {there}."

    def remember(self, reporter: ErrorReporter) -> None:
        """Keep the choice for the next time."""
        with reporter.guard("remember the folder"):
            self._settings.setValue(TO_FOLDER_SETTING, self.isFolder)
            self._settings.setValue(TO_SERVER_SETTING, self.isServer)
            if self.server is not None:
                self._settings.setValue(SERVER_SETTING, self.server.connectionName)
            if self.folder:
                self._settings.setValue(FOLDER_SETTING, self.folder)

    def refreshServers(self, name: str = "") -> None:
        """Offer the servers in the settings that files are sent to.

        :param name: the one to choose; default: what is chosen stays
        """
        name = name or self.serverBox.currentText()
        self._servers = [one for one in readServers(self._settings) if one.storageEnabled]
        names = [plainText(one.connectionName) for one in self._servers]
        self.serverBox.clear()
        self.serverBox.addItems(names)
        self.serverBox.setCurrentIndex(names.index(name) if name in names else 0 if names else -1)
        self.changed.emit()

    def choose(self) -> QFileDialog:
        """Open the dialog for a folder."""
        return chooseFolder(self, "Folder to export to", self._take, self.folder)

    def _connect(self) -> None:
        self._group.buttonToggled.connect(lambda _button, isOn: self._update() if isOn else None)
        self.folderEdit.textChanged.connect(lambda _text: self.changed.emit())
        self.serverBox.activated.connect(lambda _number: self._takeServer())
        self.serversButton.clicked.connect(lambda _checked: self.serversRequested.emit())
        self.chooseButton.clicked.connect(lambda _checked: self._chooseFor())

    def _chooseFor(self) -> None:
        self.folderButton.setChecked(True)
        self.choose()

    def _takeServer(self) -> None:
        self.serverButton.setChecked(True)
        self.changed.emit()

    def _take(self, path: str) -> None:
        self.folderEdit.setText(path)

    def _update(self) -> None:
        self.folderEdit.setEnabled(self.isFolder)
        self.changed.emit()
