"""Brings a part of a panel that lies out of sight into view."""

from __future__ import annotations

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QScrollArea, QWidget

# A scroll area learns of a widget's new height only some turns of Qt's loop after the widget was shown.
SCROLL_MILLISECONDS = (0, 50, 150)


def scrollIntoView(widget: QWidget) -> None:
    """Scroll the area around a widget, if there is one, so that it is seen once it has its size."""
    for milliseconds in SCROLL_MILLISECONDS:
        timer = QTimer(widget)  # a timer of the widget's own ends with it
        timer.setSingleShot(True)
        timer.timeout.connect(lambda: _scrollTo(widget))
        timer.timeout.connect(timer.deleteLater)
        timer.start(milliseconds)


def _scrollTo(widget: QWidget) -> None:
    ancestor = widget.parentWidget()
    while ancestor is not None and not isinstance(ancestor, QScrollArea):
        ancestor = ancestor.parentWidget()
    if ancestor is not None and widget.isVisible():
        ancestor.ensureWidgetVisible(widget)
