"""One line that says which folders are watched; a click shows more."""

from __future__ import annotations

from qtpy.QtCore import Qt, QTimer, Signal
from qtpy.QtWidgets import QSizePolicy, QToolButton, QWidget

from ..Database.FolderWatcher import FolderWatcher, WatchEvent
from ..Errors import displayPath
from ..Settings import Settings
from ..Wording import counted
from .DisplayText import toolTipText
from .ErrorReporting import ErrorReporter
from .WatchedFoldersDialog import WatchedFoldersDialog
from .WatchedFoldersModel import indicatorText, stateText
from .WatchNotifier import WatchNotifier

REFRESH_MILLISECONDS = 1000


class WatchIndicator(QToolButton):
    """Hidden while no folder is watched.

    :param watcher: watches the folders of ``database``
    """

    filesCameIn = Signal(object)
    """The report of an import from a watched folder that did something."""

    def __init__(
        self, database, watcher: FolderWatcher, settings: Settings, reporter: ErrorReporter,
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self.setObjectName("watchIndicator")
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonTextOnly)
        self.setSizePolicy(QSizePolicy.Ignored, QSizePolicy.Fixed)
        self._database, self._watcher, self._settings, self._reporter = database, watcher, settings, reporter
        self._dialog: WatchedFoldersDialog | None = None
        self.clicked.connect(self.showDialog)
        self._notifier = WatchNotifier(watcher, self)
        self._notifier.imported.connect(self._tellImport)
        self._notifier.failed.connect(lambda event: reporter.report(event.error, "import from a watched folder"))
        self._notifier.looked.connect(self.refresh)
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MILLISECONDS)
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def close(self) -> bool:
        """Stop listening to the watcher; call before it is stopped."""
        self._timer.stop()
        self._notifier.close()
        return super().close()

    def refresh(self) -> None:
        """Show the state as it is now."""
        states = self._watcher.states() if self._watcher.isRunning else []
        text = indicatorText(states, self._watcher.isImporting)
        self.setVisible(bool(text))
        if text != self.text():
            self.setText(text)
        watched = [state for state in states if state.enabled]
        lines = "\n".join(f"{displayPath(state.path)}: {stateText(state)}" for state in watched)
        self.setToolTip(toolTipText(lines).replace("\n", "<br>"))

    def showDialog(self) -> WatchedFoldersDialog:
        """Open the list of watched folders, or bring it to the front."""
        if self._dialog is None:
            self._dialog = WatchedFoldersDialog(self._database, self._watcher, self._settings, self.window())
            self._dialog.destroyed.connect(self._forgetDialog)
        self._dialog.show()
        self._dialog.raise_()
        return self._dialog

    def _forgetDialog(self) -> None:
        self._dialog = None

    def _tellImport(self, event: WatchEvent) -> None:
        report, folder = event.report, displayPath(event.folder)
        count = report.instancesAdded + report.instancesUpdated
        came = f"{counted(count, 'object') if count else 'Nothing new'} came in from {folder}"
        if report.skipped or report.notes:
            left = f"; {counted(len(report.skipped), 'file')} could not be imported" if report.skipped else ""
            self._reporter.warn(f"{came}{left}.", report.asText())
        elif self._settings.value("DICOM/ShowImportReport"):
            self._reporter.inform(f"{came}.")
        self.filesCameIn.emit(report)
