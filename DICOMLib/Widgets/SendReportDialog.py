"""What was sent, and what was not and can be sent again."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QDialogButtonBox, QPushButton, QWidget

from ..Networking.SendReport import SendReport
from ..Networking.Servers import DICOMServer
from .ErrorReporting import ErrorReporter
from .UpkeepReportDialog import UpkeepReportDialog


class SendReportDialog(UpkeepReportDialog):
    """Stays beside the main window."""

    sendAgainRequested = Signal(object, list)
    """The DICOMServer, and the files that it has not stored."""

    def __init__(self, report: SendReport, server: DICOMServer, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__(report, reporter, parent=parent)
        self.setObjectName("sendReportDialog")
        self._server = server
        self.againButton = QPushButton("Send again")
        self.againButton.setToolTip("Send what the server has not stored")
        self.againButton.setAutoDefault(False)
        self.againButton.setVisible(bool(report.left))
        self.againButton.clicked.connect(lambda _checked: self.sendAgain())
        if report.left:
            self.findChild(QDialogButtonBox).addButton(self.againButton, QDialogButtonBox.ActionRole)
        else:
            self.againButton.setParent(self)

    def sendAgain(self) -> None:
        """Ask for what is left to be sent, and close."""
        self.sendAgainRequested.emit(self._server, list(self.report.left))
        self.close()
