"""Shows a volume while it is read: from the thread that reads to the views, and away again."""

from __future__ import annotations

from collections.abc import Callable

from qtpy.QtCore import QObject, Qt, QTimer, Signal

from ..LoadPreview import LoadPreview
from .BrowserLogic import BrowserLogic

# Drawing more often takes the processors from what is being waited for.
MILLISECONDS_BETWEEN_PICTURES = 400


class PreviewFollower(QObject):
    """Follows one load at a time.

    A preview that arrives when its load has ended already is not shown.
    """

    _offered = Signal(object, object)

    def __init__(self, logic: BrowserLogic, parent: QObject | None = None):
        super().__init__(parent)
        self._logic = logic
        self._load: object = None
        self._preview: LoadPreview | None = None
        self._slicesShown = 0
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
        self._preview, self._slicesShown = preview, preview.slicesRead
        self._logic.showPreview(preview.node)
        self._timer.start()

    def _update(self) -> None:
        preview = self._preview
        if preview.isOver:
            self._hide()
        elif preview.slicesRead != self._slicesShown:
            self._slicesShown = preview.slicesRead
            preview.node.imageDataModified()

    def _hide(self) -> None:
        self._timer.stop()
        if self._preview is not None:
            self._logic.showPreview(None)  # while the preview's own scene, which its display is in, is still there
            self._preview = None
