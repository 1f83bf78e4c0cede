"""The collapsible section that panels of Slicer modules are built of."""

from __future__ import annotations

from qtpy.QtWidgets import QGroupBox, QWidget


class CollapsibleButton(QGroupBox):
    """A titled box that a click folds away. Property names are those of ctkCollapsibleButton."""

    def __init__(self, title: str | QWidget = "", parent: QWidget | None = None):
        super().__init__("", title if isinstance(title, QWidget) else parent)
        self.setCheckable(True)
        self.setTitle("" if isinstance(title, QWidget) else title)
        self.toggled.connect(self._showContents)

    @property
    def text(self) -> str:
        return self.title()

    @text.setter
    def text(self, text: str) -> None:
        self.setTitle(text)

    @property
    def collapsed(self) -> bool:
        return not self.isChecked()

    @collapsed.setter
    def collapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    def _showContents(self, shown: bool) -> None:
        for child in self.findChildren(QWidget):
            if child.parentWidget() is self:
                child.setVisible(shown)
