"""What may be decided about one loading choice before it is loaded, such as whose private elements count."""

from __future__ import annotations

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from .LoadablesModel import Offer


class LoadingChoices(QWidget):
    """A combo box for each decision that the plugin of an offer leaves to the user; hidden where there is none."""

    decided = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("loadingChoices")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self.hide()

    def setOffer(self, offer: Offer | None) -> None:
        """Show the decisions of this offer."""
        while self._row.count():
            widget = self._row.takeAt(0).widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()
        # Plugins written for Slicer have no such method.
        choicesOf = getattr(offer.plugin, "loadingChoices", None) if offer is not None else None
        choices = choicesOf(offer.loadable) if choicesOf is not None else []
        for choice in choices:
            box = QComboBox(objectName=f"{choice.name}Choice")
            for value, text in choice.options.items():
                box.addItem(text, value)
            box.setCurrentIndex(max(0, box.findData(choice.value)))
            box.activated.connect(lambda _, box=box, name=choice.name: self._decide(offer, name, box.currentData()))
            label = QLabel(f"{choice.label}:")
            label.setBuddy(box)
            self._row.addWidget(label)
            self._row.addWidget(box)
        if choices:
            self._row.addStretch(1)
        self.setVisible(bool(choices))

    def _decide(self, offer: Offer, name: str, value: str) -> None:
        offer.plugin.choose(offer.loadable, name, value)
        self.decided.emit()
