"""Shows a volume while it is read: from the thread that reads to the views, and away again."""

from __future__ import annotations

import time
from collections.abc import Callable

from qtpy.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from ..LoadPreview import LoadPreview
from .BrowserLogic import BrowserLogic

# Without a graphics card drawing takes the processors, and Python's lock, from the reading that is being waited for: it
# may have a fifth of the time.
MILLISECONDS_BETWEEN_PICTURES = 200
COSTS_BETWEEN_PICTURES = 5
# Qt asks for painting with a priority of -1, Qt.LowEventPriority: what comes after has seen it done.
AFTER_PAINTING = -2


class PreviewFollower(QObject):
    """Follows one load at a time.

    A preview that arrives when its load has ended already is not shown. It is drawn again when slices have arrived, the
    less often the longer the last drawing took.
    """

    _offered = Signal(object, object)

    def __init__(self, logic: BrowserLogic, parent: QObject | None = None):
        super().__init__(parent)
        self._logic = logic
        self._load: object = None
        self._preview: LoadPreview | None = None
        self._slicesShown = 0
        self._drawingStarted: float | None = None
        self._nextDrawing = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(MILLISECONDS_BETWEEN_PICTURES)
        self._timer.timeout.connect(self._update)
        self._offered.connect(self._show, Qt.QueuedConnection)

    def begin(self) -> Callable[[LoadPreview], None]:
        """A load begins. :returns: what takes its previews, on any thread"""
        self.end()
        load = self._load = object()
        return lambda preview: self._offered.emit(load, preview)

    def end(self) -> None:
        """The load has ended, and what it gave is in the scene."""
        self._load = None
        self._hide()

    def _show(self, load: object, preview: LoadPreview) -> None:
        if load is not self._load or preview.isOver:
            return
        self._hide()  # of the volume before
        self._preview, self._slicesShown = preview, preview.slicesRead
        self._draw(lambda: self._logic.showPreview(preview))
        self._timer.start()

    def _update(self) -> None:
        preview = self._preview
        if preview.isOver:
            self._hide()
        elif self._isDue() and preview.slicesRead != self._slicesShown:
            self._slicesShown = preview.slicesRead
            self._draw(preview.node.imageDataModified)

    def _isDue(self) -> bool:
        return self._drawingStarted is None and time.perf_counter() >= self._nextDrawing

    def _draw(self, change: Callable[[], None]) -> None:
        """Views take a change over in the next turn of Qt's loop and draw when Qt paints; so it is seen how long that
        takes."""
        self._drawingStarted = time.perf_counter()
        change()
        QTimer.singleShot(0, self._awaitPainting)

    def _awaitPainting(self) -> None:
        QCoreApplication.postEvent(self, QEvent(QEvent.User), AFTER_PAINTING)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.User and self._drawingStarted is not None:
            now = time.perf_counter()
            self._nextDrawing = now + COSTS_BETWEEN_PICTURES * (now - self._drawingStarted)
            self._drawingStarted = None
            return True
        return super().event(event)

    def _hide(self) -> None:
        self._timer.stop()
        if self._preview is not None:
            self._logic.showPreview(None)  # while the preview's own scene, which its display is in, is still there
            self._preview = None
