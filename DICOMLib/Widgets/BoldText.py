"""What stands out in a panel: headings, and the one sentence a dialog is about."""

from __future__ import annotations

from qtpy.QtWidgets import QWidget


def makeBold(widget: QWidget) -> None:
    """Show a widget's text in bold, in the font it has."""
    font = widget.font()
    font.setBold(True)
    widget.setFont(font)
