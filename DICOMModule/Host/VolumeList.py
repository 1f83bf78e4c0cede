"""The loaded volumes as a short list: a tick shows one, Delete removes it from the scene."""

from __future__ import annotations

from qtpy.QtCore import QPoint, Qt
from qtpy.QtWidgets import QListWidget, QListWidgetItem, QMenu, QWidget

from DICOMLib.Widgets.DisplayText import plainText, toolTipText

from .NodeObservers import NodeObservers

ROWS_SHOWN = 4


class VolumeList(QListWidget):
    """Follows the scene in both directions."""

    def __init__(self, scene, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("volumeList")
        self.setAccessibleName("Loaded volumes")
        self.setUniformItemSizes(True)
        self.setContextMenuPolicy(Qt.CustomContextMenu)
        self.customContextMenuRequested.connect(self._showMenu)
        self.setFixedHeight((self.fontMetrics().height() + 6) * ROWS_SHOWN)
        self._scene = scene
        self._isFilling = False
        self._sceneObservers, self._nodeObservers = NodeObservers(), NodeObservers()
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndCloseEvent, scene.EndImportEvent):
            self._sceneObservers.add(scene, event, self.refresh)
        self.itemChanged.connect(self._onTicked)
        self.refresh()

    def volumes(self) -> list:
        """The volume nodes of the scene."""
        return list(self._scene.GetNodesByClass("vtkMRMLVolumeNode"))

    def refresh(self) -> None:
        """Show the scene's volumes as they are now."""
        self._nodeObservers.removeAll()
        self._isFilling = True
        self.clear()
        for node in self.volumes():
            for event in (node.DisplayModifiedEvent, "ModifiedEvent"):
                self._nodeObservers.add(node, event, self._updateTexts)
            item = QListWidgetItem(self)
            item.setFlags(Qt.ItemIsEnabled | Qt.ItemIsSelectable | Qt.ItemIsUserCheckable)
            item.setData(Qt.UserRole, node.GetID())
        self._isFilling = False
        self._updateTexts()

    def removeSelected(self) -> None:
        """Take the selected volumes out of the scene."""
        for item in self.selectedItems():
            node = self._nodeOf(item)
            if node is not None:
                self._scene.RemoveNode(node)

    def forget(self) -> None:
        """Stop listening to the scene."""
        self._sceneObservers.removeAll()
        self._nodeObservers.removeAll()

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key_Delete:
            self.removeSelected()
        else:
            super().keyPressEvent(event)

    def _nodeOf(self, item: QListWidgetItem):
        return self._scene.GetNodeByID(item.data(Qt.UserRole))

    def _updateTexts(self) -> None:
        self._isFilling = True
        for row in range(self.count()):
            item = self.item(row)
            node = self._nodeOf(item)
            if node is not None:
                display = node.GetDisplayNode()
                shown = display is None or bool(display.GetVisibility())
                item.setText(plainText(node.GetName()))
                item.setToolTip(toolTipText(plainText(node.GetName())))
                item.setCheckState(Qt.Checked if shown else Qt.Unchecked)
        self._isFilling = False

    def _onTicked(self, item: QListWidgetItem) -> None:
        node = self._nodeOf(item)
        if not self._isFilling and node is not None and node.GetDisplayNode() is not None:
            node.GetDisplayNode().SetVisibility(item.checkState() == Qt.Checked)

    def _showMenu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.addAction("Remove from scene\tDel", self.removeSelected).setEnabled(bool(self.selectedItems()))
        menu.popup(self.viewport().mapToGlobal(place))
