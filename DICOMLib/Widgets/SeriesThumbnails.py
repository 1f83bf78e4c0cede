"""Pictures in the table of series: how large, and of which rows."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt, QTimer

from ..Settings import Settings
from .DICOMTableView import DICOMTableView
from .ErrorReporting import ErrorReporter
from .RecordTableModel import KEY_ROLE
from .RecordTableView import ROW_PADDING
from .SeriesModel import DESCRIPTION
from .ThumbnailDelegate import MARGIN, ThumbnailDelegate
from .ThumbnailLoader import ThumbnailLoader
from .ThumbnailMenu import SIZE_SETTING

# Height in lines of text, so that pictures grow with the font.
LINES = {"None": 0.0, "Small": 2.0, "Medium": 3.0, "Large": 6.0}
# Rows that fly past while somebody scrolls are not worth beginning with.
REST_MILLISECONDS = 40


class SeriesThumbnails(QObject):
    """Has the pictures of the rows in view loaded, and of no others."""

    def __init__(
        self,
        table: DICOMTableView,
        loader: ThumbnailLoader,
        settings: Settings,
        reporter: ErrorReporter,
        parent: QObject | None = None,
    ):
        super().__init__(parent)
        self._table, self.loader, self._settings, self._reporter = table, loader, settings, reporter
        self.delegate = ThumbnailDelegate(loader.thumbnail, table.table)
        table.table.setItemDelegateForColumn(DESCRIPTION, self.delegate)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MILLISECONDS)
        self._timer.timeout.connect(self._wantWhatIsInView)
        loader.arrived.connect(table.table.viewport().update)
        table.table.viewport().installEventFilter(self)
        self._isClosed = False
        settings.addObserver(self._settingChanged)
        self.applySize()

    def refresh(self) -> None:
        """The database may have changed: look at the pictures again."""
        self.loader.refresh()
        self._timer.start()

    def retryFailed(self) -> None:
        """Somebody wants to see whether what could not be made can be made now."""
        self.loader.retryFailed()
        self._timer.start()

    def close(self) -> None:
        """Stop loading; call before the database is closed. Twice does no harm."""
        if self._isClosed:
            return
        self._isClosed = True
        self._settings.removeObserver(self._settingChanged)
        self._timer.stop()
        self.loader.close()

    def applySize(self) -> None:
        """Take the size from the settings."""
        lines = LINES[self._settings.value(SIZE_SETTING)]
        fontHeight = self._table.fontMetrics().height()
        self.delegate.size = round(lines * fontHeight)
        rowHeight = max(fontHeight + ROW_PADDING, self.delegate.size + 2 * MARGIN)
        self._table.setRowHeight(rowHeight, {DESCRIPTION: self.delegate.extraWidth})
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Paint:
            self._timer.start()  # whatever brings other rows into view, they are painted
        elif event.type() == QEvent.Wheel and event.modifiers() & Qt.ControlModifier:
            self._chooseNext(1 if event.angleDelta().y() > 0 else -1)
            return True
        return super().eventFilter(watched, event)

    def seriesInView(self) -> list[str]:
        """UIDs of the rows that are seen, at least in part, from top to bottom."""
        view = self._table.table
        count = view.model().rowCount()
        if not self.delegate.size or not count or not view.isVisible():
            return []
        first, last = view.rowAt(0), view.rowAt(view.viewport().height() - 1)
        rows = range(max(0, first), (count - 1 if last < 0 else last) + 1)
        return [view.model().index(row, 0).data(KEY_ROLE) for row in rows]

    def _wantWhatIsInView(self) -> None:
        with self._reporter.guard("show the pictures of the series"):
            uids = self.seriesInView()
            self.loader.want(uids)
            self.delegate.forget(set(uids).__contains__)

    def _chooseNext(self, step: int) -> None:
        names = list(LINES)
        at = names.index(self._settings.value(SIZE_SETTING)) + step
        with self._reporter.guard("keep the setting"):
            self._settings.setValue(SIZE_SETTING, names[max(0, min(at, len(names) - 1))])

    def _settingChanged(self, name: str) -> None:
        if name == SIZE_SETTING:
            self.applySize()
