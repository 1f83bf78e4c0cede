"""Changes of the database, made on any thread, as one calm signal on the GUI thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Protocol

from qtpy.QtCore import QObject, Qt, QTimer, Signal

DEFAULT_INTERVAL_MILLISECONDS = 250


class ObservableDatabase(Protocol):
    """What is needed of the database."""

    def addObserver(self, callback: Callable[[str], None]) -> Hashable: ...

    def removeObserver(self, token: Hashable) -> None: ...


class DatabaseNotifier(QObject):
    """Emits :attr:`databaseChanged` at most once an interval, however many instances an import adds in that time.

    :param database: anything with ``addObserver(callback(event)) -> token`` and ``removeObserver(token)``
    """

    databaseChanged = Signal()

    _noticed = Signal()

    def __init__(
        self,
        database: ObservableDatabase,
        intervalMilliseconds: int = DEFAULT_INTERVAL_MILLISECONDS,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._database = database
        self._lock = threading.Lock()
        self._isNoticed = False
        self._isClosed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(intervalMilliseconds)
        self._timer.timeout.connect(self._announce)
        self._noticed.connect(self._startTimer, Qt.QueuedConnection)
        self._token = database.addObserver(self._notice)

    def setInterval(self, milliseconds: int) -> None:
        """How long changes are collected before they are announced."""
        self._timer.setInterval(milliseconds)

    def close(self) -> None:
        """Stop listening; nothing is emitted afterwards."""
        with self._lock:
            if self._isClosed:
                return
            self._isClosed = True
        self._database.removeObserver(self._token)
        self._timer.stop()

    def _notice(self, _event: str) -> None:
        with self._lock:  # any thread comes here; the flag keeps the event queue from filling up
            if self._isClosed or self._isNoticed:
                return
            self._isNoticed = True
            self._noticed.emit()

    def _startTimer(self) -> None:
        if not self._isClosed and not self._timer.isActive():
            self._timer.start()

    def _announce(self) -> None:
        with self._lock:
            self._isNoticed = False
        self.databaseChanged.emit()
