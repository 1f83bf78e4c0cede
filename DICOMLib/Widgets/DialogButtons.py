"""The row of buttons at the foot of a dialog: of one that does something, and of one to look at."""

from __future__ import annotations

from collections.abc import Iterable

from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QPushButton


def actionButtons(dialog: QDialog, action: str) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel and a default button named after what it does, connected to the dialog.

    :returns: the row, and the button that does it
    """
    # A button outside of the dialog is not its default; inside it would be the first that Tab comes to.
    buttons = QDialogButtonBox(QDialogButtonBox.Cancel, dialog)
    buttons.button(QDialogButtonBox.Cancel).setIcon(QIcon())
    button = buttons.addButton(action, QDialogButtonBox.AcceptRole)
    button.setIcon(QIcon())
    button.setDefault(True)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    buttons.setParent(None)
    return buttons, button


def closeButtons(dialog: QDialog, actions: Iterable[QPushButton]) -> QDialogButtonBox:
    """Close, connected to the dialog, and what else can be done; none of that is what Enter does."""
    buttons = QDialogButtonBox(QDialogButtonBox.Close)
    buttons.button(QDialogButtonBox.Close).setIcon(QIcon())  # some styles paint theirs for light windows
    for button in actions:
        button.setAutoDefault(False)
        buttons.addButton(button, QDialogButtonBox.ActionRole)
    buttons.rejected.connect(dialog.close)
    return buttons
