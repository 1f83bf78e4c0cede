"""The ways in which what was chosen can be written, below the plugin that offers them, the most suitable first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt, Signal
from qtpy.QtGui import QPainter, QPalette
from qtpy.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from ..Wording import counted
from .DisplayText import plainText, toolTipText

if TYPE_CHECKING:
    from ..Export.Exporting import ExportType

TYPE_ROLE = Qt.UserRole + 1
NAME_COLUMN, CONFIDENCE_COLUMN = 0, 1
USUAL_SIZE = QSize(260, 140)


class ExportTypesList(QTreeWidget):
    """One type is chosen at a time; the choice is kept while the items change.

    :ivar placeholderText: shown where there are no types
    """

    typeChanged = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportTypes")
        self.setAccessibleName("Export type")
        self.placeholderText = ""
        self._types: list[ExportType] = []
        self._isChosen = False  # by a person
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setIndentation(12)
        self.setItemsExpandable(False)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(NAME_COLUMN, QHeaderView.Stretch)
        self.header().setSectionResizeMode(CONFIDENCE_COLUMN, QHeaderView.ResizeToContents)
        self.currentItemChanged.connect(self._onCurrentChanged)

    def sizeHint(self) -> QSize:
        return USUAL_SIZE

    def setTypes(self, types: Sequence[ExportType]) -> None:
        """Show these types, the most confident first; the one chosen before stays, if it is still there.

        Writing all of the scene, where nothing else could be written, does not stay for images that are ticked then.
        """
        before = self.currentType()
        if before is not None and not self._isChosen and before.exportables[0].isOfWholeScene:
            before = None
        self._types = list(types)
        self.blockSignals(True)
        self.clear()
        groups: dict[str, QTreeWidgetItem] = {}
        for number, one in enumerate(self._types):
            if one.pluginClass not in groups:
                groups[one.pluginClass] = self._addGroup(one.pluginClass)
            self._addType(groups[one.pluginClass], number, one)
        self.expandAll()
        kept = self._rowOf(before)
        self._isChosen = self._isChosen and kept is not None
        self.setCurrentItem(kept or self._firstRow())
        self.blockSignals(False)
        self.viewport().update()
        self.typeChanged.emit()

    def types(self) -> list[ExportType]:
        """What is offered."""
        return list(self._types)

    def currentType(self) -> ExportType | None:
        """The one that is chosen; None where there is none."""
        row = self.currentItem()
        number = None if row is None else row.data(NAME_COLUMN, TYPE_ROLE)
        return None if number is None else self._types[number]

    def setCurrentType(self, exportType: ExportType) -> None:
        """Choose a type that is offered."""
        row = self._rowOf(exportType)
        if row is not None:
            self.setCurrentItem(row)

    def _onCurrentChanged(self) -> None:
        self._isChosen = True
        self.typeChanged.emit()

    def _addGroup(self, pluginClass: str) -> QTreeWidgetItem:
        row = QTreeWidgetItem(self, [pluginTitle(pluginClass)])
        row.setToolTip(NAME_COLUMN, toolTipText(f"Plugin {plainText(pluginClass)}"))
        row.setFlags(Qt.ItemIsEnabled)
        row.setFirstColumnSpanned(True)
        row.setForeground(NAME_COLUMN, self.palette().brush(QPalette.Disabled, QPalette.Text))
        return row

    def _addType(self, group: QTreeWidgetItem, number: int, one: ExportType) -> None:
        row = QTreeWidgetItem(group, [plainText(one.label), f"{one.confidence:.0%}"])
        row.setData(NAME_COLUMN, TYPE_ROLE, number)
        row.setTextAlignment(CONFIDENCE_COLUMN, Qt.AlignRight | Qt.AlignVCenter)
        row.setToolTip(NAME_COLUMN, _toolTip(one))
        row.setToolTip(CONFIDENCE_COLUMN, toolTipText("How well this type suits, as its plugin says"))

    def _firstRow(self) -> QTreeWidgetItem | None:
        return self.topLevelItem(0).child(0) if self.topLevelItemCount() else None

    def _rowOf(self, wanted: ExportType | None) -> QTreeWidgetItem | None:
        for number in range(self.topLevelItemCount()):
            group = self.topLevelItem(number)
            for row in map(group.child, range(group.childCount())):
                one = self._types[row.data(NAME_COLUMN, TYPE_ROLE)]
                if wanted is not None and (one.pluginClass, one.format) == (wanted.pluginClass, wanted.format):
                    return row
        return None

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.placeholderText and self.topLevelItemCount() == 0:
            with QPainter(self.viewport()) as painter:
                painter.setPen(self.palette().color(QPalette.Disabled, QPalette.Text))
                area = self.viewport().rect().adjusted(12, 4, -12, -4)
                painter.drawText(area, int(Qt.AlignCenter | Qt.TextWordWrap), self.placeholderText)


def pluginTitle(pluginClass: str) -> str:
    """"Scalar Volume" of "DICOMScalarVolumePluginClass"."""
    name = pluginClass.removesuffix("Class").removesuffix("Plugin").removeprefix("DICOM") or pluginClass
    letters = [
        f" {letter}" if number and letter.isupper() and not name[number - 1].isupper() else letter
        for number, letter in enumerate(name)
    ]
    return plainText("".join(letters))


def _toolTip(one: ExportType) -> str:
    texts = dict.fromkeys(plainText(exportable.tooltip) for exportable in one.exportables)
    shown = list(texts)[:3]
    if one.itemsWithout:
        shown.append(f"{counted(len(one.itemsWithout), 'chosen item')} cannot be written so.")
    return "".join(map(toolTipText, shown))
