"""What was copied out, and the folder it is in."""

from __future__ import annotations

import os

from qtpy.QtCore import QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QDialogButtonBox, QPushButton, QWidget

from ..Export.CopyOutReport import CopyOutReport
from .ErrorReporting import ErrorReporter
from .UpkeepReportDialog import UpkeepReportDialog


class CopyOutReportDialog(UpkeepReportDialog):
    """Stays beside the main window."""

    def __init__(self, report: CopyOutReport, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__(report, reporter, canRepair=False, parent=parent)
        self.setObjectName("copyOutReportDialog")
        self.openButton = QPushButton("Open folder")
        self.openButton.setAutoDefault(False)
        self.openButton.clicked.connect(self.openFolder)
        self.findChild(QDialogButtonBox).addButton(self.openButton, QDialogButtonBox.ActionRole)

    def openFolder(self) -> None:
        """Show the target in the file manager."""
        target = self.report.target
        folder = target if os.path.isdir(target) else os.path.dirname(target)
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))
