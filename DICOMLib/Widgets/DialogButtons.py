"""The row of buttons at the foot of a dialog that does something."""

from __future__ import annotations

from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QDialog, QDialogButtonBox, QPushButton


def actionButtons(dialog: QDialog, action: str) -> tuple[QDialogButtonBox, QPushButton]:
    """Cancel and a default button named after what it does, connected to the dialog.

    :returns: the row, and the button that does it
    """
    buttons = QDialogButtonBox(QDialogButtonBox.Cancel, dialog)  # a button outside of a dialog is the default of none
    buttons.button(QDialogButtonBox.Cancel).setIcon(QIcon())
    button = buttons.addButton(action, QDialogButtonBox.AcceptRole)
    button.setIcon(QIcon())
    button.setDefault(True)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    return buttons, button
