"""One DICOM server: its name, titles and address, and how to talk to it."""

from __future__ import annotations

from collections.abc import Collection

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ..Networking.Echo import echo
from ..Networking.Servers import (
    AS_STORED,
    LONGEST_AE_TITLE,
    LONGEST_SECONDS,
    STORED_ELSE_UNCOMPRESSED,
    UNCOMPRESSED,
    DICOMServer,
)
from .BackgroundJobs import Job, JobRunner
from .DialogButtons import actionButtons
from .ErrorReporting import errorSentence
from .WrappedLabel import WrappedLabel

_POLICIES = (
    (STORED_ELSE_UNCOMPRESSED, "As they are stored, else decompressed"),
    (AS_STORED, "Only as they are stored"),
    (UNCOMPRESSED, "Always uncompressed"),
)
_FILES = (
    ("certificateAuthorityFile", "Signed by:", "those the system trusts"),
    ("certificateFile", "Own certificate:", "none"),
    ("keyFile", "Own key:", "none, or in the certificate's file"),
)


class ServerDialog(QDialog):
    """Emits :attr:`serverChosen` when the user agrees.

    :param server: to begin with
    :param otherNames: names that are taken
    :param jobs: run the test
    """

    serverChosen = Signal(object)
    """A DICOMServer."""

    def __init__(
        self, server: DICOMServer, otherNames: Collection[str], jobs: JobRunner, parent: QWidget | None = None
    ):
        super().__init__(parent)
        self.setObjectName("serverDialog")
        self.setWindowTitle("DICOM server")
        self.setAttribute(Qt.WA_DeleteOnClose)
        self._server, self._otherNames, self._jobs = server, set(otherNames), jobs
        self._test: Job | None = None
        self._build()
        self._show(server)
        self._connect()
        self._update()
        self.resize(520, self.sizeHint().height())
        self.nameEdit.setFocus()

    def server(self) -> DICOMServer:
        """As it is entered."""
        files = {name: edit.text().strip() for name, edit in self.fileEdits.items()}
        return DICOMServer(
            connectionName=self.nameEdit.text().strip(), calledAETitle=self.calledEdit.text().strip(),
            host=self.hostEdit.text().strip(), port=self.portBox.value(),
            callingAETitle=self.callingEdit.text().strip(),
            queryRetrieveEnabled=self._server.queryRetrieveEnabled, storageEnabled=self._server.storageEnabled,
            trustedEnabled=self._server.trustedEnabled, connectionTimeout=self.connectionBox.value(),
            responseTimeout=self.responseBox.value(), transferSyntaxPolicy=self.policyBox.currentData(),
            useTLS=self.encryptedBox.isChecked(), **files,
        )  # fmt: skip

    def problem(self) -> str:
        """Why it cannot be kept as it is, a sentence; "" when it can."""
        server = self.server()
        if not server.connectionName:
            return "Give it a name."
        if server.connectionName in self._otherNames:
            return f"There is a server of the name {server.connectionName} already."
        return server.problem()

    def accept(self) -> None:
        if not self.problem():
            self.serverChosen.emit(self.server())
            super().accept()

    def done(self, result: int) -> None:
        if self._test is not None:
            self._test.cancel()
            self._test = None
        super().done(result)

    def test(self) -> None:
        """Ask the server whether it answers, in the background."""
        server = self.server()
        self.statusLabel.setText(f"Asking {server.address}…")
        if self.focusWidget() is self.testButton:  # it would go to Cancel, which Enter would press then
            (self.keepButton if self.keepButton.isEnabled() else self.nameEdit).setFocus()
        self.testButton.setEnabled(False)
        self._test = self._jobs.start(
            lambda progress: echo(server, progress),
            lambda result: self._tested(result.summary()),
            lambda error: self._tested(errorSentence(error)),
            description=f"Testing {server.displayName}",
        )

    def _tested(self, text: str) -> None:
        if self._test is not None:
            self._test = None
            self.testButton.setEnabled(True)
            self.statusLabel.setText(text)

    def _build(self) -> None:
        self.nameEdit, self.hostEdit, self.calledEdit, self.callingEdit = (QLineEdit() for _ in range(4))
        self.nameEdit.setPlaceholderText("as you call it")
        self.hostEdit.setPlaceholderText("pacs.example.org or 192.168.1.20")
        for edit in (self.calledEdit, self.callingEdit):
            edit.setMaxLength(LONGEST_AE_TITLE)
        self.portBox = QSpinBox(minimum=1, maximum=65535)
        self.connectionBox, self.responseBox = (
            QDoubleSpinBox(minimum=0.1, maximum=LONGEST_SECONDS, decimals=1, suffix=" s") for _ in range(2)
        )
        self.policyBox = QComboBox()
        for policy, text in _POLICIES:
            self.policyBox.addItem(text, policy)
        form = QFormLayout()
        for label, widget in (
            ("&Name:", self.nameEdit), ("&Address:", self.hostEdit), ("&Port:", self.portBox),
            ("Ca&lled AE title:", self.calledEdit), ("Callin&g AE title:", self.callingEdit),
            ("Time to &connect:", self.connectionBox), ("Time to ans&wer:", self.responseBox),
            ("&Objects are sent:", self.policyBox),
        ):  # fmt: skip
            form.addRow(label, widget)
        self.calledEdit.setToolTip("What the server is called; who runs it knows")
        self.callingEdit.setToolTip("What this program calls itself there; many servers know their clients by it")
        self.statusLabel = WrappedLabel(mostLines=3)
        buttons, self.keepButton = actionButtons(self, "Keep")
        self.testButton = QPushButton("Test")
        self.testButton.setToolTip("Ask the server whether it answers")
        self.testButton.setAutoDefault(False)
        buttons.addButton(self.testButton, buttons.ActionRole)
        rows = QVBoxLayout(self)
        rows.setSpacing(8)
        rows.addLayout(form)
        rows.addWidget(self._encryption())
        rows.addWidget(self.statusLabel)
        rows.addStretch(1)
        rows.addWidget(buttons)

    def _encryption(self) -> QGroupBox:
        self.encryptedBox = QGroupBox("&Encrypted (TLS)", checkable=True)
        self.encryptedBox.setToolTip("The server has to prove by its certificate that it is the one at this address")
        form = QFormLayout(self.encryptedBox)
        self.fileEdits: dict[str, QLineEdit] = {}
        for name, label, placeholder in _FILES:
            edit = self.fileEdits[name] = QLineEdit()
            edit.setPlaceholderText(placeholder)
            choose = QPushButton("Choose…")
            choose.setAutoDefault(False)
            choose.clicked.connect(lambda _checked, edit=edit: self._choose(edit))
            row = QHBoxLayout()
            row.addWidget(edit, 1)
            row.addWidget(choose)
            form.addRow(label, row)
        return self.encryptedBox

    def _show(self, server: DICOMServer) -> None:
        self.nameEdit.setText(server.connectionName)
        self.hostEdit.setText(server.host)
        self.portBox.setValue(server.port)
        self.calledEdit.setText(server.calledAETitle)
        self.callingEdit.setText(server.callingAETitle)
        self.connectionBox.setValue(server.connectionTimeout)
        self.responseBox.setValue(server.responseTimeout)
        self.policyBox.setCurrentIndex(self.policyBox.findData(server.transferSyntaxPolicy))
        self.encryptedBox.setChecked(server.useTLS)
        for name, edit in self.fileEdits.items():
            edit.setText(getattr(server, name))

    def _connect(self) -> None:
        for edit in (self.nameEdit, self.hostEdit, self.calledEdit, self.callingEdit, *self.fileEdits.values()):
            edit.textChanged.connect(lambda _text: self._update())
        for box in (self.portBox, self.connectionBox, self.responseBox):
            box.valueChanged.connect(lambda _value: self._update())
        self.encryptedBox.toggled.connect(lambda _checked: self._update())
        self.testButton.clicked.connect(lambda _checked: self.test())

    def _update(self) -> None:
        problem = self.problem()
        self.statusLabel.setText(problem)
        self.keepButton.setEnabled(not problem)
        self.testButton.setEnabled(self._test is None and not self.server().problem())

    def _choose(self, edit: QLineEdit) -> None:
        dialog = QFileDialog(self, "PEM file", edit.text(), "Certificates and keys (*.pem *.crt *.cer *.key);;All (*)")
        dialog.setFileMode(QFileDialog.ExistingFile)
        dialog.setAttribute(Qt.WA_DeleteOnClose)
        dialog.fileSelected.connect(edit.setText)
        dialog.open()
