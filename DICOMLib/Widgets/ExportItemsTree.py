"""What is loaded, with a box before everything that can be chosen for export."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from qtpy.QtCore import QSize, Qt, QTimer, Signal
from qtpy.QtGui import QIcon, QPainter, QPalette
from qtpy.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from .DisplayText import plainText, toolTipText
from .Icons import namedIcon

ITEM_ROLE = Qt.UserRole + 1
"""Number of the hierarchy item."""
IS_DATA_ROLE = Qt.UserRole + 2
"""Whether it stands for a data node."""
EMPTY_TEXT = "Nothing is loaded.\nLoad data first; then they can be exported."
USUAL_SIZE = QSize(260, 200)
_LEVEL_ICONS = ("Patient", "Study", "Folder")
_NODE_ICONS = (
    ("vtkMRMLLabelMapVolumeNode", "LabelMap"),
    ("vtkMRMLVectorVolumeNode", "ColorVolume"),
    ("vtkMRMLVolumeNode", "Volume"),
    ("vtkMRMLModelNode", "Model"),
    ("vtkMRMLTransformNode", "Transform"),
)


class ExportItemsTree(QTreeWidget):
    """Ticking a patient, study or folder ticks all that is below it. Follows the scene until :meth:`forget`.

    :param scene: whose subject hierarchy is shown
    """

    checkedChanged = Signal()
    """Other data are ticked, or those that are have changed."""

    def __init__(self, scene, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("exportItems")
        self.setAccessibleName("Data to export")
        self.setHeaderHidden(True)
        self.setIndentation(16)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self._scene = scene
        self._icons: dict[str, QIcon] = {}
        self._observed: list[tuple[object, int]] = []
        self._state: tuple | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.refresh)
        self.itemChanged.connect(self._onItemChanged)
        self._observe()
        self.refresh()

    def sizeHint(self) -> QSize:
        return USUAL_SIZE

    @property
    def hierarchy(self):
        """The scene's present one; a cleared scene has a new one."""
        return self._scene.GetSubjectHierarchyNode()

    def checkedItems(self) -> list[int]:
        """Numbers of the hierarchy items of the data that are ticked, from top to bottom."""
        present = self._presentItems()  # a row may be a moment older than the scene
        checked = (row.data(0, ITEM_ROLE) for row in self._dataRows() if row.checkState(0) == Qt.Checked)
        return [itemID for itemID in checked if itemID in present]

    def setCheckedItems(self, itemIDs: Sequence[int]) -> None:
        """Tick these data, or those below these patients, studies and folders; and nothing else."""
        chosen = self._withChildren(itemIDs)
        before = self.checkedItems()
        self._tick(chosen)
        row = next((row for row in self._dataRows() if row.checkState(0) == Qt.Checked), None)
        if row is not None:
            self.setCurrentItem(row)
            self.scrollToItem(row)
        if self.checkedItems() != before:
            self.checkedChanged.emit()

    def hasData(self) -> bool:
        """Whether there is anything to choose."""
        return next(self._dataRows(), None) is not None

    def refresh(self) -> None:
        """Show the hierarchy as it is now; ticks stay."""
        state = self._stateOfHierarchy()
        if state == self._state:
            return
        checked, isFirst = self.checkedItems(), self._state is None
        self._state = state
        collapsed = {row.data(0, ITEM_ROLE) for row in self._rows() if row.childCount() and not row.isExpanded()}
        self.blockSignals(True)
        self.clear()
        self._addChildren(self.invisibleRootItem(), self.hierarchy.GetSceneItemID())
        self.blockSignals(False)
        for row in self._rows():
            row.setExpanded(row.data(0, ITEM_ROLE) not in collapsed)
        self._tick(set(checked))
        if not isFirst:
            self.checkedChanged.emit()

    def forget(self) -> None:
        """Stop listening to the scene."""
        self._timer.stop()
        for observed, tag in self._observed:
            observed.RemoveObserver(tag)
        self._observed.clear()

    # The scene

    def _observe(self) -> None:
        events = ((self.hierarchy, "ModifiedEvent"), (self._scene, self._scene.EndCloseEvent))
        callbacks = (lambda *_: self._timer.start(), lambda *_: self._onSceneClosed())
        for (observed, event), callback in zip(events, callbacks, strict=True):
            self._observed.append((observed, observed.AddObserver(event, callback)))

    def _onSceneClosed(self) -> None:
        self.forget()
        self._observe()
        self._timer.start()

    def _stateOfHierarchy(self) -> tuple:
        """All that the rows depend on, and where below which study each is."""
        hierarchy = self.hierarchy
        return tuple(
            (itemID, hierarchy.GetItemParent(itemID), hierarchy.GetItemLevel(itemID), hierarchy.GetItemName(itemID))
            for itemID in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True)
        )

    def _withChildren(self, itemIDs: Sequence[int]) -> set[int]:
        chosen: set[int] = set()
        for itemID in self._presentItems().intersection(itemIDs):
            isData = self.hierarchy.GetItemDataNode(itemID) is not None
            chosen |= {itemID} if isData else set(self.hierarchy.GetItemChildren(itemID, recursive=True))
        return chosen

    # Rows

    def _addChildren(self, parent: QTreeWidgetItem, parentID: int) -> None:
        for itemID in self.hierarchy.GetItemChildren(parentID):
            node = self.hierarchy.GetItemDataNode(itemID)
            row = QTreeWidgetItem(parent, [plainText(self.hierarchy.GetItemName(itemID))])
            row.setData(0, ITEM_ROLE, itemID)
            row.setData(0, IS_DATA_ROLE, node is not None)
            row.setToolTip(0, toolTipText(row.text(0)))
            row.setIcon(0, self._icon(_iconName(self.hierarchy.GetItemLevel(itemID), node)))
            row.setFlags(Qt.ItemIsEnabled | Qt.ItemIsSelectable | Qt.ItemIsUserCheckable)
            row.setCheckState(0, Qt.Unchecked)
            self._addChildren(row, itemID)

    def _icon(self, name: str) -> QIcon:
        if name not in self._icons:
            self._icons[name] = namedIcon(name, self.palette())
        return self._icons[name]

    def _rows(self, parent: QTreeWidgetItem | None = None) -> Iterator[QTreeWidgetItem]:
        parent = self.invisibleRootItem() if parent is None else parent
        for number in range(parent.childCount()):
            yield parent.child(number)
            yield from self._rows(parent.child(number))

    def _dataRows(self, parent: QTreeWidgetItem | None = None) -> Iterator[QTreeWidgetItem]:
        return (row for row in self._rows(parent) if _isData(row))

    def _presentItems(self) -> set[int]:
        return set(self.hierarchy.GetItemChildren(self.hierarchy.GetSceneItemID(), recursive=True))

    def _onItemChanged(self, row: QTreeWidgetItem, _column: int) -> None:
        checked = set(self.checkedItems())
        if not _isData(row):
            below = {one.data(0, ITEM_ROLE) for one in self._dataRows(row)}
            checked = checked | below if row.checkState(0) == Qt.Checked else checked - below
        self._tick(checked)
        self.checkedChanged.emit()

    def _tick(self, checked: set[int]) -> None:
        """Tick these data, and what holds them as far as they are all of it."""
        self.blockSignals(True)
        for number in range(self.topLevelItemCount()):
            self._tickBelow(self.topLevelItem(number), checked)
        self.blockSignals(False)
        self.viewport().update()

    def _tickBelow(self, row: QTreeWidgetItem, checked: set[int]) -> None:
        for number in range(row.childCount()):
            self._tickBelow(row.child(number), checked)
        if _isData(row):
            row.setCheckState(0, Qt.Checked if row.data(0, ITEM_ROLE) in checked else Qt.Unchecked)
            return
        states = {one.checkState(0) for one in self._dataRows(row)}
        row.setCheckState(0, states.pop() if len(states) == 1 else Qt.PartiallyChecked if states else Qt.Unchecked)

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self.currentItem() is not None:
            self.scrollToItem(self.currentItem())

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self.topLevelItemCount() == 0:
            with QPainter(self.viewport()) as painter:
                painter.setPen(self.palette().color(QPalette.Disabled, QPalette.Text))
                area = self.viewport().rect().adjusted(12, 4, -12, -4)
                painter.drawText(area, int(Qt.AlignCenter | Qt.TextWordWrap), EMPTY_TEXT)


def _isData(row: QTreeWidgetItem) -> bool:
    return bool(row.data(0, IS_DATA_ROLE))


def _iconName(level: str, node) -> str:
    if node is None:
        return level if level in _LEVEL_ICONS else "Folder"
    return next((icon for className, icon in _NODE_ICONS if node.IsA(className)), "File")
