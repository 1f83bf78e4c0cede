"""What a folder watcher tells on its thread, as signals on the GUI thread."""

from __future__ import annotations

import threading

from qtpy.QtCore import QObject, Qt, Signal

from ..Database.FolderWatcher import FolderWatcher, WatchEvent


class WatchNotifier(QObject):
    """Listens from its making until :meth:`close`."""

    imported = Signal(object)
    """A WatchEvent with the report of an import that did something."""
    failed = Signal(object)
    """A WatchEvent with the error that kept files from being imported."""
    looked = Signal()
    """States may have changed."""

    _told = Signal(object)

    def __init__(self, watcher: FolderWatcher, parent: QObject | None = None):
        super().__init__(parent)
        self._watcher = watcher
        self._lock = threading.Lock()
        self._isClosed = False
        self._told.connect(self._pass, Qt.QueuedConnection)
        self._token = watcher.addObserver(self._tell)

    def close(self) -> None:
        """Stop listening; nothing is emitted afterwards."""
        with self._lock:  # the receiver may be deleted right after this
            self._isClosed = True
        self._watcher.removeObserver(self._token)

    def _tell(self, event: WatchEvent) -> None:
        with self._lock:
            if not self._isClosed:
                self._told.emit(event)

    def _pass(self, event: WatchEvent) -> None:
        if self._isClosed:
            return
        if event.report is not None:
            self.imported.emit(event)
        elif event.error is not None:
            self.failed.emit(event)
        self.looked.emit()
