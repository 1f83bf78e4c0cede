"""Asks which servers files are sent to."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from ..Networking.Servers import DICOMServer, readServers
from ..Settings import Settings
from .BoldText import makeBold
from .DialogButtons import actionButtons
from .DisplayText import plainText
from .WrappedLabel import WrappedLabel

SERVER_SETTING = "DICOM/Send/Server"
NO_SERVER = "No server is known yet. Add the one you want to send to with Servers…"
CHOOSE = "Tick the servers to send to."


class SendDialog(QDialog):
    """Emits :attr:`sendRequested` when the user agrees.

    :param summary: what is to be sent, a clause
    """

    sendRequested = Signal(list)
    """DICOMServers."""
    serversRequested = Signal()
    """The user wants to see the list of servers."""

    def __init__(self, summary: str, settings: Settings, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("sendDialog")
        self.setWindowTitle("Send to DICOM server")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._settings = settings
        self._servers: list[DICOMServer] = []
        self.summaryLabel = WrappedLabel(summary)
        makeBold(self.summaryLabel)
        self.list = QListWidget(objectName="sendServers")
        self.list.setAccessibleName("Servers")
        self.problemLabel = WrappedLabel()
        rows = QVBoxLayout(self)
        rows.setSpacing(8)
        rows.addWidget(self.summaryLabel)
        rows.addWidget(self.list, 1)
        rows.addWidget(self.problemLabel)
        rows.addWidget(self._buttons())
        self.list.itemChanged.connect(lambda _item: self._update())
        self.refresh([str(settings.value(SERVER_SETTING))])
        self.resize(QSize(520, 300))

    def refresh(self, ticked: Sequence[str] | None = None) -> None:
        """Show the servers that files are sent to, as they are in the settings.

        :param ticked: names; default: those that are ticked now
        """
        names = [one.connectionName for one in self.checkedServers()] if ticked is None else list(ticked)
        self._servers = [one for one in readServers(self._settings) if one.storageEnabled]
        if len(self._servers) == 1:
            names = [self._servers[0].connectionName]
        self.list.clear()
        for server in self._servers:
            item = QListWidgetItem(plainText(f"{server.connectionName}   {server.address}"))
            item.setFlags(Qt.ItemIsEnabled | Qt.ItemIsSelectable | Qt.ItemIsUserCheckable)
            item.setCheckState(Qt.Checked if server.connectionName in names else Qt.Unchecked)
            self.list.addItem(item)
        self._update()

    def checkedServers(self) -> list[DICOMServer]:
        """Those to send to."""
        return [one for row, one in enumerate(self._servers) if self.list.item(row).checkState() == Qt.Checked]

    def accept(self) -> None:
        self.sendRequested.emit(self.checkedServers())
        super().accept()

    def _buttons(self) -> QDialogButtonBox:
        buttons, self.sendButton = actionButtons(self, "Send")
        self.serversButton = QPushButton("Servers…")
        self.serversButton.setToolTip("Add, change and test servers")
        self.serversButton.setAutoDefault(False)
        self.serversButton.clicked.connect(lambda _checked: self.serversRequested.emit())
        buttons.addButton(self.serversButton, QDialogButtonBox.ActionRole)
        return buttons

    def _update(self) -> None:
        chosen = self.checkedServers()
        self.sendButton.setEnabled(bool(chosen))
        text = "" if chosen else CHOOSE if self._servers else NO_SERVER
        self.problemLabel.setText(text or "Everything in the files goes with them, the patient's name too.")
