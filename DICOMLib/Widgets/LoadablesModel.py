"""What the plugins offer to load, as a table with check boxes."""

from __future__ import annotations

from dataclasses import dataclass

from qtpy.QtCore import QAbstractTableModel, QModelIndex, Qt, Signal
from qtpy.QtGui import QIcon

from ..DICOMLoadable import DICOMLoadable
from .DisplayText import plainText, toolTipText

NAME, READER, CONFIDENCE, FILES, WARNING = range(5)
TITLES = ("DICOM data", "Reader", "Confidence", "Files", "Warning")

LoadablesByPlugin = dict  # plugin → list of DICOMLoadable, as the registry gives it


@dataclass(frozen=True, eq=False)
class Offer:
    """One loadable and the plugin that would read it."""

    plugin: object
    loadable: DICOMLoadable

    @property
    def reader(self) -> str:
        return plainText(getattr(self.plugin, "loadType", "") or type(self.plugin).__name__)


class LoadablesModel(QAbstractTableModel):
    """Ticking a row or editing its name changes the loadable itself, as in 3D Slicer."""

    checksChanged = Signal()

    def __init__(self, warningIcon: QIcon | None = None, parent=None):
        super().__init__(parent)
        self._warningIcon = warningIcon
        self._offers: list[Offer] = []
        self.loadablesByPlugin: LoadablesByPlugin = {}

    def setLoadables(self, loadablesByPlugin: LoadablesByPlugin) -> None:
        """Show these; the ones selected come first, then the most confident."""
        self.beginResetModel()
        self.loadablesByPlugin = loadablesByPlugin
        offers = [Offer(plugin, loadable) for plugin, loadables in loadablesByPlugin.items() for loadable in loadables]
        self._offers = sorted(offers, key=lambda offer: (not offer.loadable.selected, -offer.loadable.confidence))
        self.endResetModel()
        self.checksChanged.emit()

    def offer(self, row: int) -> Offer | None:
        return self._offers[row] if 0 <= row < len(self._offers) else None

    def checkedCount(self) -> int:
        return sum(offer.loadable.selected for offer in self._offers)

    def uncheckAll(self) -> None:
        for offer in self._offers:
            offer.loadable.selected = False
        if self._offers:
            self.dataChanged.emit(self.index(0, NAME), self.index(len(self._offers) - 1, NAME))
        self.checksChanged.emit()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._offers)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.DisplayRole) -> object:
        if orientation != Qt.Horizontal or not 0 <= section < len(TITLES):
            return None
        if role == Qt.TextAlignmentRole:
            return int((Qt.AlignRight if section in (CONFIDENCE, FILES) else Qt.AlignLeft) | Qt.AlignVCenter)
        return TITLES[section] if role == Qt.DisplayRole else None

    def flags(self, index: QModelIndex) -> Qt.ItemFlags:
        flags = Qt.ItemIsEnabled | Qt.ItemIsSelectable
        return flags | Qt.ItemIsUserCheckable | Qt.ItemIsEditable if index.column() == NAME else flags

    def data(self, index: QModelIndex, role: int = Qt.DisplayRole) -> object:
        offer = self.offer(index.row())
        if offer is None:
            return None
        if role == Qt.CheckStateRole and index.column() == NAME:
            return Qt.Checked if offer.loadable.selected else Qt.Unchecked
        if role == Qt.DecorationRole and index.column() == NAME and offer.loadable.warning:
            return self._warningIcon
        if role == Qt.EditRole and index.column() == NAME:
            return offer.loadable.name
        if role == Qt.DisplayRole:
            return _cellText(offer, index.column())
        if role == Qt.ToolTipRole:
            lines = (plainText(offer.loadable.tooltip), plainText(offer.loadable.warning))
            return toolTipText(" — ".join(line for line in lines if line))
        if role == Qt.TextAlignmentRole and index.column() in (CONFIDENCE, FILES):
            return int(Qt.AlignRight | Qt.AlignVCenter)
        return None

    def setData(self, index: QModelIndex, value: object, role: int = Qt.EditRole) -> bool:
        offer = self.offer(index.row())
        if offer is None or index.column() != NAME:
            return False
        if role == Qt.CheckStateRole:
            offer.loadable.selected = Qt.CheckState(value) == Qt.Checked
        elif role == Qt.EditRole and str(value).strip():
            offer.loadable.name = str(value).strip()
        else:
            return False
        self.dataChanged.emit(index, index)
        self.checksChanged.emit()
        return True


def _cellText(offer: Offer, column: int) -> str:
    loadable = offer.loadable
    texts = {
        NAME: plainText(loadable.name),
        READER: offer.reader,
        CONFIDENCE: f"{loadable.confidence:.0%}",
        FILES: f"{len(loadable.files):,}",
        WARNING: plainText(loadable.warning),
    }
    return texts[column]


def offerExplanation(offer: Offer) -> str:
    """Why this reading is offered, and what to mind; several lines of plain text."""
    loadable = offer.loadable
    parts = [f"{plainText(loadable.name)}, read as {offer.reader} (confidence {loadable.confidence:.0%})"]
    if loadable.warning:
        parts.append(f"Warning: {plainText(loadable.warning)}")
    explanation = loadable.explanation or loadable.tooltip
    parts.append("\n".join(plainText(line) for line in explanation.splitlines()))
    return "\n\n".join(part for part in parts if part)
