"""The DICOM servers that are known: adding, changing, removing, and testing whether they answer."""

from __future__ import annotations

from dataclasses import replace

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QVBoxLayout, QWidget

from ..Errors import NetworkError
from ..Networking.Echo import EchoResult, echo
from ..Networking.Servers import DICOMServer, readServers, writeServers
from ..Settings import Settings
from .BackgroundJobs import Job, JobRunner
from .DialogButtons import closeButtons
from .ErrorReporting import ErrorReporter, errorSentence
from .MessageBar import MessageBar
from .RecordTableView import RecordTableView
from .ServerDialog import ServerDialog
from .ServersModel import ServersModel, recordsOf
from .WrappedLabel import WrappedLabel

EXPLANATION = "Files are sent to these servers when you say so, and never by themselves."
ASKING, ANSWERS = "asking…", "answers ({:.0f} ms)"


class ServersDialog(QDialog):
    """Stays beside the window; changes hold at once."""

    serversChanged = Signal()

    def __init__(self, settings: Settings, jobs: JobRunner, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("serversDialog")
        self.setWindowTitle("DICOM servers")
        self.setModal(False)
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._settings, self._jobs = settings, jobs
        self._verifications: dict[str, str] = {}
        self._tests: dict[str, Job] = {}
        self._reporter = ErrorReporter(self)
        self.editor: ServerDialog | None = None
        self.model = ServersModel(parent=self)
        self._build()
        self._connect()
        self.refresh()
        self.table.selectFirst()
        self._update()
        self.resize(880, 340)

    def servers(self) -> list[DICOMServer]:
        """As they are in the settings."""
        return readServers(self._settings)

    def selectedServers(self) -> list[DICOMServer]:
        """Of the rows selected, from top to bottom."""
        names = [self.model.recordAt(row)["name"] for row in self.table.selectedRows()]
        known = {server.connectionName: server for server in self.servers()}
        return [known[name] for name in names if name in known]

    def refresh(self) -> None:
        """Show the servers in the settings with what is known of each."""
        self.model.setRecords(recordsOf(self.servers(), self._verifications))
        self._update()

    def add(self) -> ServerDialog:
        """Ask for a new server."""
        return self._edit(DICOMServer(), "")

    def editSelected(self) -> ServerDialog | None:
        """Change the selected server, or the first of those; None when none is selected."""
        selected = self.selectedServers()
        return self._edit(selected[0], selected[0].connectionName) if selected else None

    def removeSelected(self) -> None:
        """Take the selected servers from the list."""
        gone = {server.connectionName for server in self.selectedServers()}
        self._keep([server for server in self.servers() if server.connectionName not in gone])
        self.table.selectFirst()

    def testSelected(self) -> None:
        """Ask the selected servers whether they answer, each in the background."""
        for server in self.selectedServers():
            name = server.connectionName
            if name not in self._tests:
                self._verifications[name] = ASKING
                self._tests[name] = self._jobs.start(
                    lambda progress, server=server: echo(server, progress), self._answered,
                    lambda error, name=name: self._failed(name, error), description=f"Testing {server.displayName}",
                )  # fmt: skip
        self.refresh()

    def done(self, result: int) -> None:
        for job in self._tests.values():
            job.cancel()
        self._tests.clear()
        super().done(result)

    def _answered(self, result: EchoResult) -> None:
        name = result.server.connectionName
        if self._tests.pop(name, None) is not None:
            self._verifications[name] = ANSWERS.format(1000 * (result.connectSeconds + result.answerSeconds))
            self.refresh()

    def _failed(self, name: str, error: Exception) -> None:
        if self._tests.pop(name, None) is not None:
            isOfNetwork = isinstance(error, NetworkError)
            self._verifications[name] = error.what if isOfNetwork else "failed"
            self._reporter.warn(errorSentence(error))
            self.refresh()

    def _edit(self, server: DICOMServer, nameBefore: str) -> ServerDialog:
        others = [one.connectionName for one in self.servers() if one.connectionName != nameBefore]
        self.editor = dialog = ServerDialog(server, others, self._jobs, self)
        dialog.serverChosen.connect(lambda changed: self._take(changed, nameBefore))
        dialog.finished.connect(self._forgetEditor)
        dialog.open()
        return dialog

    def _take(self, changed: DICOMServer, nameBefore: str) -> None:
        servers = self.servers()
        names = [server.connectionName for server in servers]
        if nameBefore in names:
            servers[names.index(nameBefore)] = changed
        else:
            servers.append(changed)
        self._verifications.pop(nameBefore, None)
        self._verifications.pop(changed.connectionName, None)
        self._keep(servers)
        self.table.selectRow(self.model.rowCount() - 1 if nameBefore not in names else names.index(nameBefore))

    def _keep(self, servers: list[DICOMServer]) -> None:
        with self._reporter.guard("keep the servers"):
            writeServers(self._settings, servers)
        self.refresh()
        self.serversChanged.emit()

    def _setStorage(self, name: str, isOn: bool) -> None:
        self._keep([replace(one, storageEnabled=isOn) if one.connectionName == name else one for one in self.servers()])

    def _build(self) -> None:
        self.messageBar = MessageBar()
        self.table = RecordTableView()
        self.table.setObjectName("serversTable")
        self.table.setAccessibleName("DICOM servers")
        self.table.placeholderText = "No server is known yet. Add the one you want to send to."
        self.table.setModel(self.model)
        self.table.setColumns(self.model.columns)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(WrappedLabel(EXPLANATION))
        layout.addWidget(self.messageBar)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        self.addButton = QPushButton("Add…")
        self.editButton = QPushButton("Edit…")
        self.removeButton = QPushButton("Remove")
        self.testButton = QPushButton("Test")
        self.testButton.setToolTip("Ask whether it answers and knows this program")
        return closeButtons(self, (self.addButton, self.editButton, self.removeButton, self.testButton))

    def _connect(self) -> None:
        self._reporter.reported.connect(self.messageBar.showMessage)
        self.addButton.clicked.connect(lambda _checked: self.add())
        self.editButton.clicked.connect(lambda _checked: self.editSelected())
        self.removeButton.clicked.connect(lambda _checked: self.removeSelected())
        self.testButton.clicked.connect(lambda _checked: self.testSelected())
        self.table.deletePressed.connect(self.removeSelected)
        self.table.returnPressed.connect(self.editSelected)
        self.table.doubleClicked.connect(lambda _index: self.editSelected())
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._update())
        self.model.toggled.connect(self._setStorage)

    def _update(self) -> None:
        count = len(self.selectedServers())
        self.editButton.setEnabled(count == 1)
        self.removeButton.setEnabled(count > 0)
        self.testButton.setEnabled(count > 0)

    def _forgetEditor(self, _answer: int) -> None:
        self.editor = None
