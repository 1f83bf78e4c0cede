"""The subject hierarchy of a scene as a Qt item model: one row an item, a name and an eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from qtpy.QtCore import QObject, Qt, QTimer, Signal
from qtpy.QtGui import QStandardItem, QStandardItemModel

from DICOMLib.Scene.SequenceBrowserNode import vtkMRMLSequenceBrowserNode
from DICOMLib.Scene.SequenceNodes import vtkMRMLSequenceNode
from DICOMLib.Widgets.DisplayText import plainText, toolTipText

from ..VolumeText import geometryText, sizeText, spacingText
from .Icons import icon
from .NodeObservers import NodeObservers
from .VolumeAppearance import isColor, isLabelMap, isVolume

NAME_COLUMN, EYE_COLUMN = 0, 1
ITEM_ROLE = Qt.UserRole + 1
"""Number of the hierarchy item."""
SHOWN_ROLE = Qt.UserRole + 2
"""True or False for what can be shown, None for what cannot."""

LEVEL_ICONS = {"Patient": "Patient", "Study": "Study", "Folder": "Folder"}


@dataclass(frozen=True)
class TreeRow:
    """What one row shows, and how deep below the top it is."""

    depth: int
    itemID: int
    name: str
    iconName: str
    toolTip: str
    shown: bool | None


class DataTreeModel(QStandardItemModel):
    """Follows the hierarchy; rebuilt once after any number of changes.

    :param scene: whose hierarchy is shown
    :param isShown: tells of a data node whether the views show it
    """

    aboutToRebuild = Signal()
    rebuilt = Signal()

    def __init__(self, scene, isShown, parent: QObject | None = None):
        super().__init__(parent)
        self._scene = scene
        self._isShown = isShown
        self._icons = {}
        self._shownRows: list[TreeRow] | None = None
        self._observers = NodeObservers()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.rebuild)
        hierarchy = self.hierarchy
        self._observers.add(hierarchy, "ModifiedEvent", self._timer.start)
        self._observers.add(scene, scene.EndCloseEvent, self._onSceneClosed)
        self.rebuild()

    @property
    def hierarchy(self):
        return self._scene.GetSubjectHierarchyNode()

    def _onSceneClosed(self) -> None:
        """A cleared scene has a new hierarchy node."""
        self._observers.removeAll()
        self._observers.add(self.hierarchy, "ModifiedEvent", self._timer.start)
        self._observers.add(self._scene, self._scene.EndCloseEvent, self._onSceneClosed)
        self._timer.start()

    def rebuild(self) -> None:
        """Read the hierarchy again; rows are made anew only if something that they show has changed."""
        rows = list(self._rows(self.hierarchy.GetSceneItemID(), 0))
        if rows == self._shownRows:
            return
        self.aboutToRebuild.emit()
        self.clear()
        self.setHorizontalHeaderLabels(["Name", ""])
        self._addRows(rows)
        self._shownRows = rows
        self.rebuilt.emit()

    def _rows(self, parentID: int, depth: int) -> Iterator[TreeRow]:
        """All items below one, each after its parent."""
        for itemID in self.hierarchy.GetItemChildren(parentID):
            node = self.hierarchy.GetItemDataNode(itemID)
            name = plainText(self.hierarchy.GetItemName(itemID))
            iconName = _iconName(self.hierarchy.GetItemLevel(itemID), node)
            shown = self._isShown(node) if canBeShown(node) else None
            yield TreeRow(depth, itemID, name, iconName, _toolTip(name, node), shown)
            yield from self._rows(itemID, depth + 1)

    def scheduleRebuild(self) -> None:
        """Rebuild when Qt is back in its loop."""
        self._timer.start()

    def stop(self) -> None:
        """Observe nothing any more."""
        self._timer.stop()
        self._observers.removeAll()

    def _addRows(self, rows: list[TreeRow]) -> None:
        parents = [self.invisibleRootItem()]
        for row in rows:
            cells = self._cells(row)
            del parents[row.depth + 1 :]
            parents[row.depth].appendRow(cells)
            parents.append(cells[0])

    def _cells(self, row: TreeRow) -> list[QStandardItem]:
        name = QStandardItem(row.name)
        name.setIcon(self._icon(row.iconName))
        name.setToolTip(row.toolTip)
        eye = QStandardItem()
        eye.setEditable(False)
        eye.setData(row.shown, SHOWN_ROLE)
        if row.shown is not None:
            eye.setIcon(self._icon("EyeOpen" if row.shown else "EyeClosed"))
            eye.setToolTip("Shown; click to hide" if row.shown else "Hidden; click to show")
        for cell in (name, eye):
            cell.setData(row.itemID, ITEM_ROLE)
        return [name, eye]

    def _icon(self, name: str):
        if name not in self._icons:
            self._icons[name] = icon(name)
        return self._icons[name]

    def setData(self, index, value, role: int = Qt.EditRole) -> bool:
        """An edited name becomes the name of the hierarchy item and its node."""
        if role == Qt.EditRole and index.column() == NAME_COLUMN:
            name = str(value).strip()
            if name:
                self.hierarchy.SetItemName(index.data(ITEM_ROLE), name)
            return bool(name)
        return super().setData(index, value, role)


def canBeShown(node) -> bool:
    """Whether a data node is something views can show."""
    return isVolume(node) or (node is not None and any(map(node.IsA, ("vtkMRMLModelNode", "vtkMRMLSegmentationNode"))))


def hasItems(node) -> bool:
    """Whether a node is a sequence, or a browser of one, that can be stepped through."""
    if isinstance(node, vtkMRMLSequenceBrowserNode):
        return node.GetNumberOfItems() > 0
    return isinstance(node, vtkMRMLSequenceNode) and node.GetNumberOfDataNodes() > 0


def _iconName(level: str, node) -> str:
    if node is None:
        return LEVEL_ICONS.get(level, "Folder")
    if isVolume(node):
        return "LabelMap" if isLabelMap(node) else "ColorVolume" if isColor(node) else "Volume"
    if node.IsA("vtkMRMLModelNode"):
        return "Model"
    if node.IsA("vtkMRMLSegmentationNode"):
        return "LabelMap"
    if isinstance(node, vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode):
        return "Sequence" if isinstance(node, vtkMRMLSequenceNode) else "Play"
    return "Transform" if node.IsA("vtkMRMLTransformNode") else "File"


def _toolTip(name: str, node) -> str:
    if not isVolume(node):
        return toolTipText(name)
    geometry = geometryText(node)
    texts = [name, f"{sizeText(node)} voxels of {spacingText(node)}", *([f"{geometry}."] if geometry else [])]
    return "".join(map(toolTipText, texts))
