"""The panel with the selected module's widget, and the selector above it."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, QSize, Qt, Signal
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

PANEL_WIDTH = 380
# A page that wants more than this, in large letters for instance, scrolls sideways: the views need room, too.
WIDEST_MINIMUM = 360


class ModulePanel(QWidget):
    """One page for each module; a page that is too tall for the window scrolls.

    Signal ``moduleSelected(name)``: another module was chosen, by the user or by :meth:`showPage`.
    """

    moduleSelected = Signal(str)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("modulePanel")
        self._pages: dict[str, QScrollArea] = {}
        self._selector = QComboBox(self)
        self._selector.setObjectName("moduleSelector")
        self._selector.setToolTip("Module shown below")
        self._selector.currentIndexChanged.connect(self._onSelected)
        self._row = QWidget(self)
        row = QHBoxLayout(self._row)
        row.setContentsMargins(8, 6, 8, 2)
        row.addWidget(QLabel("Module", self._row))
        row.addWidget(self._selector, 1)
        self._stack = QStackedWidget(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._row)
        layout.addWidget(self._stack, 1)
        self._row.hide()

    def addPage(self, name: str, title: str = "", moduleIcon: QIcon | None = None) -> QWidget:
        """Make the page of a module; one that exists is returned as it is.

        :returns: an empty widget with a vertical layout: the parent for the module's widget
        """
        if name in self._pages:
            return self._pages[name].widget()
        scroller = _PageScroller(self._stack)
        scroller.setWidgetResizable(True)
        scroller.setFrameShape(QFrame.NoFrame)
        scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarAsNeeded)
        page = QWidget(scroller)
        page.setObjectName("scrolledPage")
        layout = QVBoxLayout(page)
        layout.setContentsMargins(8, 4, 8, 6)
        scroller.setWidget(page)
        self._pages[name] = scroller
        self._stack.addWidget(scroller)
        self._selector.addItem(moduleIcon or QIcon(), title or name, name)
        # One module needs no selector: the room belongs to it.
        self._row.setVisible(len(self._pages) > 1)
        return page

    def removePage(self, name: str) -> None:
        """Take a module's page away and delete it."""
        scroller = self._pages.pop(name)
        self._selector.removeItem(self._selector.findData(name))
        self._stack.removeWidget(scroller)
        scroller.deleteLater()
        self._row.setVisible(len(self._pages) > 1)

    def pageNames(self) -> list[str]:
        """Names of the modules that have a page."""
        return list(self._pages)

    def page(self, name: str) -> QWidget | None:
        """The page of a module, None when it has none."""
        return self._pages[name].widget() if name in self._pages else None

    def currentPage(self) -> str:
        """Name of the module shown; "" without modules."""
        return self._selector.currentData() or ""

    def showPage(self, name: str) -> None:
        """Show a module. :raises KeyError: when it has no page"""
        self._stack.setCurrentWidget(self._pages[name])
        self._selector.setCurrentIndex(self._selector.findData(name))

    def _onSelected(self, index: int) -> None:
        name = self._selector.itemData(index)
        if name in self._pages:
            self._stack.setCurrentWidget(self._pages[name])
            self.moduleSelected.emit(name)

    def sizeHint(self):
        hint = super().sizeHint()
        hint.setWidth(max(hint.width(), PANEL_WIDTH))
        return hint


class _PageScroller(QScrollArea):
    """Never squeezed so far that buttons of its page are out of sight, unless the page wants more than its share."""

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        if self.widget() is None:
            return hint
        wanted = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(max(hint.width(), min(wanted, WIDEST_MINIMUM)), hint.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.LayoutRequest and watched is self.widget():
            self.updateGeometry()
        return super().eventFilter(watched, event)
