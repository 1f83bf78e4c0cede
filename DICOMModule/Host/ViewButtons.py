"""The buttons of the strips above the views."""

from __future__ import annotations

from qtpy.QtCore import QSize, Qt
from qtpy.QtWidgets import QToolButton, QWidget

from .Icons import icon

ROW_HEIGHT = 26
ICON_PIXELS = 16
ARROW_PIXELS = 10


def iconButton(parent: QWidget, iconName: str, toolTip: str, checkable: bool = False) -> QToolButton:
    """A button with a picture and no text; keys go on to the view."""
    button = QToolButton(parent)
    button.setIcon(icon(iconName))
    button.setIconSize(QSize(ICON_PIXELS, ICON_PIXELS))
    button.setFixedSize(ROW_HEIGHT - 3, ROW_HEIGHT - 3)
    button.setToolTip(toolTip)
    button.setAccessibleName(toolTip)
    button.setFocusPolicy(Qt.NoFocus)
    button.setCheckable(checkable)
    return button


def menuButton(parent: QWidget, name: str, toolTip: str) -> QToolButton:
    """A button with a text and an arrow behind it, so that it looks like the menu it opens."""
    button = QToolButton(parent)
    button.setObjectName(name)
    button.setToolTip(toolTip)
    button.setPopupMode(QToolButton.InstantPopup)
    button.setIcon(icon("ChevronDown"))
    button.setIconSize(QSize(ARROW_PIXELS, ARROW_PIXELS))
    button.setToolButtonStyle(Qt.ToolButtonTextBesideIcon)
    button.setLayoutDirection(Qt.RightToLeft)
    button.setFocusPolicy(Qt.NoFocus)
    return button
