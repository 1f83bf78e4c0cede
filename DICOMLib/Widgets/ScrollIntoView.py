"""Brings a part of a panel that lies out of sight into view."""

from __future__ import annotations

from qtpy.QtCore import QObject, QTimerEvent
from qtpy.QtWidgets import QScrollArea, QWidget

# A scroll area learns of a widget's new height only some turns of Qt's loop after the widget was shown.
SCROLL_MILLISECONDS = (0, 50, 150)


def scrollIntoView(widget: QWidget) -> None:
    """Scroll the area around a widget, if there is one, so that it is seen once it has its size."""
    _Scroller(widget)


class _Scroller(QObject):
    """Scrolls some times and is gone then, or with its widget.

    Its timers are Qt's own and call no Python function that the widget is referred to by: such a circle is taken apart
    by Python at any moment, with the timer still running.
    """

    def __init__(self, widget: QWidget):
        super().__init__(widget)
        self._timers = {self.startTimer(milliseconds) for milliseconds in SCROLL_MILLISECONDS}

    def timerEvent(self, event: QTimerEvent) -> None:
        """Scroll, once for each timer."""
        self.killTimer(event.timerId())
        self._timers.discard(event.timerId())
        _scrollTo(self.parent())
        if not self._timers:
            self.deleteLater()


def _scrollTo(widget: QWidget) -> None:
    ancestor = widget.parentWidget()
    while ancestor is not None and not isinstance(ancestor, QScrollArea):
        ancestor = ancestor.parentWidget()
    if ancestor is not None and widget.isVisible():
        ancestor.ensureWidgetVisible(widget)
