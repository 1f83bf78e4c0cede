"""The tree of what is loaded, with eyes to show and hide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from qtpy.QtGui import QColor, QPainter
from qtpy.QtWidgets import QHeaderView, QMenu, QTreeView, QWidget

from DICOMLib.Scene.VolumeRenderingNodes import isRendered, renderingOf
from DICOMLib.SceneFiles.NodeExport import exportSuffixes

from .DataTreeModel import EYE_COLUMN, ITEM_ROLE, NAME_COLUMN, SHOWN_ROLE, DataTreeModel, canBeShown, hasItems
from .DiffusionTexts import isWeighted
from .Icons import icon
from .LayoutManager import LayoutManager
from .SegmentSurfaces import isShownIn3D
from .Theme import COLORS
from .VolumeAppearance import hasDepth, isVolume
from .VolumeSaving import FORMATS, formatsFor

EYE_WIDTH = 30
EMPTY_TEXT = "Nothing is loaded"


class DataTree(QTreeView):
    """Patients, studies and data nodes of a scene.

    Click on an eye: show or hide. Double click on data: show it, on a sequence: step through it. F2: rename.
    Del: remove from the scene (files stay).

    :param layoutManager: the views that show or hide what is asked for
    :ivar beforeRemoval: called with nodes and what removes them, to ask first whether that is to be done

    Signal ``saveRequested(node, format)`` when a volume is to be saved, see ``VolumeSaving.FORMATS``;
    ``diffusionRequested(node)`` when a diffusion volume's directions and maps are wanted; ``exportRequested(items)``
    when hierarchy items are to be exported to DICOM; ``fileRequested(node)`` when a node that is no volume is to be
    exported to a file; ``browseRequested(node)`` when a sequence is to be stepped through, or a browser to be used;
    ``shownIn3DRequested(node, shown)`` for segmentations.
    """

    saveRequested = Signal(object, str)
    diffusionRequested = Signal(object)
    exportRequested = Signal(list)
    fileRequested = Signal(object)
    browseRequested = Signal(object)
    shownIn3DRequested = Signal(object, bool)

    def __init__(self, scene, layoutManager: LayoutManager, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("dataTree")
        self._layoutManager = layoutManager
        self._collapsed: set[int] = set()
        self._selected: set[int] = set()
        self._shown: set[int] = set()
        self._scrolled = 0
        self.beforeRemoval: Callable[[Sequence, Callable[[], None]], None] = lambda _nodes, remove: remove()
        self._model = DataTreeModel(scene, self._isShown, self)
        self._model.aboutToRebuild.connect(self._remember)
        self._model.rebuilt.connect(self._restore)
        self.setModel(self._model)
        self._setUp()
        self._restore()
        layoutManager.shownVolumesChanged.connect(self._model.scheduleRebuild)

    def _setUp(self) -> None:
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setTextElideMode(Qt.ElideMiddle)
        self.setSelectionMode(QTreeView.ExtendedSelection)
        self.setEditTriggers(QTreeView.EditKeyPressed)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(16)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarAlwaysOff)
        self.setContextMenuPolicy(Qt.CustomContextMenu)
        self.customContextMenuRequested.connect(self._showMenu)
        self.clicked.connect(self._onClicked)
        self.doubleClicked.connect(self._onDoubleClicked)

    # State across rebuilds

    def _remember(self) -> None:
        self._scrolled = self.verticalScrollBar().value()
        self._shown = self._shownItems()
        self._selected = set(self.selectedItems())
        parents = [index for index in self._indexes() if self._model.hasChildren(index)]
        self._collapsed = {index.data(ITEM_ROLE) for index in parents if not self.isExpanded(index)}

    def _restore(self) -> None:
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(EYE_WIDTH)
        header.setSectionResizeMode(NAME_COLUMN, QHeaderView.Stretch)
        header.setSectionResizeMode(EYE_COLUMN, QHeaderView.Fixed)
        header.resizeSection(EYE_COLUMN, EYE_WIDTH)
        flags = QItemSelectionModel.Select | QItemSelectionModel.Rows
        for index in self._indexes():
            itemID = index.data(ITEM_ROLE)
            self.setExpanded(index, itemID not in self._collapsed)
            if itemID in self._selected:
                self.selectionModel().select(index, flags)
        self._restoreScrolling()

    def _restoreScrolling(self) -> None:
        """The rows that were seen, unless something has come into the views: that is seen here, too."""
        self.executeDelayedItemsLayout()
        self.verticalScrollBar().setValue(self._scrolled)
        for itemID in sorted(self._shownItems() - self._shown, reverse=True):  # of many the first is seen at last
            self.scrollTo(self.indexOfItem(itemID))

    def _shownItems(self) -> set[int]:
        eyes = (index.sibling(index.row(), EYE_COLUMN) for index in self._indexes())
        return {eye.data(ITEM_ROLE) for eye in eyes if eye.data(SHOWN_ROLE)}

    def _indexes(self, parent=None):
        """Every index of the name column, depth first."""
        parent = self.rootIndex() if parent is None else parent
        for row in range(self._model.rowCount(parent)):
            index = self._model.index(row, NAME_COLUMN, parent)
            yield index
            yield from self._indexes(index)

    def indexOfItem(self, itemID: int, column: int = NAME_COLUMN):
        """The model index of a hierarchy item; an invalid one when the tree does not show it."""
        for index in self._indexes():
            if index.data(ITEM_ROLE) == itemID:
                return index.sibling(index.row(), column)
        return self.rootIndex()

    # What is meant

    def selectedItems(self) -> list[int]:
        """Numbers of the selected hierarchy items."""
        return [index.data(ITEM_ROLE) for index in self.selectionModel().selectedRows(NAME_COLUMN)]

    def _isShown(self, node) -> bool:
        return self._layoutManager.isShown(node) if isVolume(node) else bool(node.GetDisplayVisibility())

    def setShown(self, node, shown: bool) -> None:
        """Show or hide a data node."""
        if isVolume(node):
            self._layoutManager.setShown(node, shown)
        else:
            node.SetDisplayVisibility(shown)

    # Events

    def _onClicked(self, index) -> None:
        shown = index.data(SHOWN_ROLE)
        if index.column() == EYE_COLUMN and shown is not None:
            self.setShown(self._model.hierarchy.GetItemDataNode(index.data(ITEM_ROLE)), not shown)

    def _onDoubleClicked(self, index) -> None:
        node = self._model.hierarchy.GetItemDataNode(index.data(ITEM_ROLE))
        if isVolume(node) and index.column() == NAME_COLUMN:
            self._layoutManager.showVolume(node)
        elif hasItems(node) and index.column() == NAME_COLUMN:
            self.browseRequested.emit(node)
        elif node is None:
            self.setExpanded(index, not self.isExpanded(index))

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            with QPainter(self.viewport()) as painter:
                painter.setPen(QColor(COLORS["textOff"]))
                painter.drawText(self.viewport().rect(), Qt.AlignCenter, EMPTY_TEXT)

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key_Delete and self.selectedItems():
            self.removeSelected()
        else:
            super().keyPressEvent(event)

    def removeSelected(self) -> None:
        """Take the selected items and all below them out of the scene; files and database stay as they are."""
        hierarchy, itemIDs = self._model.hierarchy, self.selectedItems()
        below = [one for itemID in itemIDs for one in hierarchy.GetItemChildren(itemID, recursive=True)]
        nodes = [hierarchy.GetItemDataNode(itemID) for itemID in dict.fromkeys([*itemIDs, *below])]
        self.beforeRemoval([node for node in nodes if node is not None], lambda: self._remove(itemIDs))

    def _remove(self, itemIDs: Sequence[int]) -> None:
        hierarchy = self._model.hierarchy
        for itemID in itemIDs:
            if itemID in hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), recursive=True):
                hierarchy.RemoveItem(itemID)

    # Menu

    def _showMenu(self, position: QPoint) -> None:
        index = self.indexAt(position)
        if not index.isValid():
            return
        menu = self.buildMenu(index.data(ITEM_ROLE))
        menu.setAttribute(Qt.WA_DeleteOnClose)
        menu.popup(self.viewport().mapToGlobal(position))

    def buildMenu(self, itemID: int) -> QMenu:
        """The menu of one item."""
        menu = QMenu(self)
        node = self._model.hierarchy.GetItemDataNode(itemID)
        if isVolume(node):
            self._addVolumeActions(menu, node)
            menu.addSeparator()
            if isWeighted(node):
                text = "Diffusion: directions, tensor, FA…"
                menu.addAction(icon("Metadata"), text, lambda: self.diffusionRequested.emit(node))
            for name in formatsFor(node):
                menu.addAction(icon("File"), FORMATS[name].menuText, lambda chosen=name: self._save(itemID, chosen))
        elif canBeShown(node):
            self._addSurfaceActions(menu, node)
            menu.addSeparator()
        elif hasItems(node):
            menu.addAction(icon("Play"), "Browse", lambda: self.browseRequested.emit(node))
            menu.addSeparator()
        if node is not None and not isVolume(node) and exportSuffixes(node):
            menu.addAction(icon("File"), "Export to file…", lambda: self.fileRequested.emit(node))
        menu.addAction(icon("Export"), "Export to DICOM…", lambda: self._export(itemID))
        menu.addSeparator()
        name = self.indexOfItem(itemID)
        menu.addAction(icon("Edit"), "Rename\tF2", lambda: self.edit(name))
        menu.addAction(icon("Remove"), "Remove from the scene\tDel", self.removeSelected)
        return menu

    def _export(self, itemID: int) -> None:
        """All that is selected, if the menu is that of one of them."""
        selected = self.selectedItems()
        self.exportRequested.emit(selected if itemID in selected else [itemID])

    def _save(self, itemID: int, formatName: str) -> None:
        node = self._model.hierarchy.GetItemDataNode(itemID)
        if isVolume(node):
            self.saveRequested.emit(node, formatName)

    def _addVolumeActions(self, menu: QMenu, node) -> None:
        manager = self._layoutManager
        shown = manager.isShown(node)
        eye, word = ("EyeClosed", "Hide") if shown else ("EyeOpen", "Show")
        menu.addAction(icon(eye), word, lambda: manager.setShown(node, not shown))
        menu.addAction(icon("Fit"), "Show and fit the views to it", lambda: manager.showVolume(node))
        if manager.isForeground(node):
            blending, word = None, "Stop blending over the background"
        else:
            blending, word = node, "Blend over the background"
        menu.addAction(icon("Blend"), word, lambda: manager.setForegroundVolume(blending))
        rendering = menu.addAction("Volume rendering in the 3D view")
        rendering.setCheckable(True)
        rendering.setEnabled(hasDepth(node))
        rendering.setChecked(isRendered(node))
        rendering.toggled.connect(lambda checked: manager.setRendered(node, checked))
        display = renderingOf(node)
        if display is not None and display.GetROINode() is not None:
            cut = menu.addAction("Cut to its region in the 3D view")
            cut.setCheckable(True)
            cut.setChecked(display.GetCroppingEnabled())
            cut.toggled.connect(display.SetCroppingEnabled)

    def _addSurfaceActions(self, menu: QMenu, node) -> None:
        shown = self._isShown(node)
        eye, word = ("EyeClosed", "Hide") if shown else ("EyeOpen", "Show")
        menu.addAction(icon(eye), word, lambda: self.setShown(node, not shown))
        if node.IsA("vtkMRMLSegmentationNode"):
            in3D = menu.addAction("Show in 3D")
            in3D.setCheckable(True)
            in3D.setChecked(isShownIn3D(node))
            in3D.toggled.connect(lambda checked: self.shownIn3DRequested.emit(node, checked))
        elif node.GetDisplayNode() is not None:
            outlined = menu.addAction("Outline in slices")
            outlined.setCheckable(True)
            outlined.setChecked(node.GetDisplayNode().GetVisibility2D())
            outlined.toggled.connect(node.GetDisplayNode().SetVisibility2D)

    def closeTree(self) -> None:
        """Let go of the scene."""
        self._model.stop()
