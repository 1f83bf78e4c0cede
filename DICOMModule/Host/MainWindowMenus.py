"""Menus and tool bar of the main window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import QSize, Qt
from qtpy.QtGui import QKeySequence
from qtpy.QtWidgets import QAction, QActionGroup, QMenu, QToolBar

from DICOMLib.Widgets.ThumbnailMenu import ThumbnailMenu

from .AppearanceMenu import AppearanceMenu
from .HelpDialogs import AboutDialog, ShortcutsDialog
from .Icons import icon
from .LayoutManager import LAYOUT_TITLES
from .RecentScenesMenu import RecentScenesMenu

if TYPE_CHECKING:
    from .MainWindow import MainWindow


class MainWindowMenus:
    """Makes the actions once; menus and tool bar share them.

    :ivar actions: name → action, for tests and scripts
    """

    def __init__(self, window: MainWindow):
        self._window = window
        self.actions: dict[str, QAction] = {}
        self._makeActions()
        self._fillFileMenu()
        self._fillViewMenu()
        self._fillHelpMenu()
        self._fillToolBar()

    def _action(
        self, name: str, iconName: str, text: str, slot, shortcut: str = "", checkable: bool = False
    ) -> QAction:
        action = QAction(icon(iconName) if iconName else icon("File"), text, self._window)
        # In a menu an icon would take the place of the tick.
        action.setIconVisibleInMenu(bool(iconName) and not checkable)
        action.setObjectName(f"action{name}")
        action.setCheckable(checkable)
        if shortcut:
            action.setShortcut(QKeySequence(shortcut))
            keys = action.shortcut().toString(QKeySequence.NativeText)
            action.setToolTip(f"{text.replace('&', '').rstrip('…')} ({keys})")
        if checkable:
            action.toggled.connect(slot)
        else:
            action.triggered.connect(lambda _checked=False: slot())
        self._window.addAction(action)
        self.actions[name] = action
        return action

    def _makeActions(self) -> None:
        window, views = self._window, self._window.layoutManager
        self._action("AddFiles", "", "Add da&ta…", window.dataFiles.ask, "Ctrl+O")
        self._action("AddData", "Import", "&Add DICOM data…", window.addDataDialog, "Ctrl+I")
        self._action("LookAtFolders", "", "Look at &folders without importing…", window.lookAtFoldersDialog)
        self._action("LookAtFiles", "", "Look at f&iles without importing…", window.lookAtFilesDialog, "Ctrl+Shift+O")
        self._action("SampleData", "SampleData", "&Load sample data", window.loadSampleData)
        self._action("WatchedFolders", "", "&Watched folders…", window.showWatchedFolders)
        self._action("CopyOut", "", "Copy &out series…", window.copyOutSelected)
        self._action("Send", "", "Sen&d series to DICOM server…", window.sendSelected)
        self._action("Servers", "", "DICOM se&rvers…", window.showServers)
        self._action("Settings", "Settings", "S&ettings…", window.showSettings)
        self._action("SaveVolume", "", "Save &volume…", window.volumeSaving.askForShown)
        self._action("OpenScene", "", "O&pen scene…", window.sceneFiles.askToOpen, "Ctrl+Alt+O")
        self._action("SaveScene", "", "Save sce&ne", window.sceneFiles.saveScene, "Ctrl+S")
        self._action("SaveSceneAs", "", "Save scene &as…", window.sceneFiles.saveSceneAs, "Ctrl+Alt+S")
        self._action("SaveDataBundle", "", "Save scene as data &bundle…", window.sceneFiles.saveAsDataBundle)
        self._action("Export", "Export", "&Export to DICOM…", lambda: window.exportItems(), "Ctrl+E")
        self._action("CloseScene", "Remove", "&Close scene…", window.sceneFiles.closeScene, "Ctrl+W")
        self._action("Screenshot", "Camera", "&Save screenshot…", window.saveScreenshotDialog, "Ctrl+Shift+S")
        self._action("Exit", "", "E&xit", window.close, "Ctrl+Q")
        self._action("FitAll", "Fit", "&Fit all views", views.fitAll, "Ctrl+R")
        self._action("Link", "Link", "Zoom and move slice views &together", views.link.setEnabled, "Ctrl+L", True)
        crosshair = self._action("Crosshair", "Crosshair", "&Crosshair", views.crosshair.setVisible, "Ctrl+H", True)
        crosshair.setChecked(True)
        views.crosshair.addObserver(lambda shared: self._check(crosshair, shared.isSwitchedOn))
        self._action("SlicesIn3D", "SliceIn3D", "S&lices in the 3D view", self._showSlicesIn3D, "Ctrl+D", True)
        self._action("Diffusion", "", "&Diffusion…", window.showDiffusion)
        self._action("FullScreen", "Expand", "F&ull screen", self._setFullScreen, "F11", True)
        self._action("About", "Information", "&About", lambda: AboutDialog(window).exec_())
        self._action("Shortcuts", "", "&Keyboard and mouse", lambda: ShortcutsDialog(window).exec_(), "F1")

    @staticmethod
    def _check(action: QAction, checked: bool) -> None:
        if action.isChecked() != checked:
            action.setChecked(checked)

    # Menus

    def _menu(self, title: str, *names: str) -> QMenu:
        menu = self._window.menuBar().addMenu(title)
        for name in names:
            if name:
                menu.addAction(self.actions[name])
            else:
                menu.addSeparator()
        return menu

    def _fillFileMenu(self) -> None:
        data = ("AddFiles", "AddData", "LookAtFolders", "LookAtFiles", "SampleData", "WatchedFolders")
        scene = ("OpenScene", "SaveScene", "SaveSceneAs", "SaveDataBundle", "CloseScene")
        out = ("SaveVolume", "Export", "CopyOut", "Send")
        menu = self._menu("&File", *data, "", *scene, "", *out, "", "Screenshot", "", "Servers", "Settings", "", "Exit")
        files = self._window.sceneFiles
        self.recentScenes = RecentScenesMenu(files.recent, files.openRecent, menu)
        menu.insertMenu(self.actions["SaveScene"], self.recentScenes)

    def _fillViewMenu(self) -> None:
        window = self._window
        menu = self._menu("&View")
        self._layoutMenu = self._makeLayoutMenu(menu)
        menu.addMenu(self._layoutMenu)
        menu.addSeparator()
        for name in ("FitAll", "Crosshair", "Link", "SlicesIn3D"):
            menu.addAction(self.actions[name])
        menu.addSeparator()
        menu.addAction(self.actions["Diffusion"])
        menu.addSeparator()
        docks = ((window.moduleDock, "Modules", "Ctrl+1"), (window.dataDock, "Data", "Ctrl+2"))
        for dock, iconName, shortcut in (*docks, (window.consoleDock, "Console", "Ctrl+3")):
            action = dock.toggleViewAction()
            action.setIcon(icon({"Data": "Database"}.get(iconName, iconName)))
            action.setIconVisibleInMenu(False)
            action.setShortcut(QKeySequence(shortcut))
            self.actions[dock.objectName()] = action
            menu.addAction(action)
        menu.addSeparator()
        menu.addMenu(ThumbnailMenu(window.application.settings, window.reporter, menu))
        self.appearanceMenu = AppearanceMenu(window.application.settings, window.reporter, menu)
        menu.addMenu(self.appearanceMenu)
        menu.addSeparator()
        menu.addAction(self.actions["FullScreen"])

    def _makeLayoutMenu(self, parent: QMenu) -> QMenu:
        menu = QMenu("&Layout", parent)
        menu.setIcon(icon("LayoutFourUp"))
        group = QActionGroup(self._window)
        views = self._window.layoutManager
        for name, title in LAYOUT_TITLES.items():
            action = QAction(icon(f"Layout{name}"), title, self._window)
            action.setCheckable(True)
            action.setIconVisibleInMenu(False)
            action.triggered.connect(lambda _checked=False, chosen=name: views.setLayout(chosen))
            group.addAction(action)
            menu.addAction(action)
            self.actions[f"Layout{name}"] = action
        views.layoutChanged.connect(self._onLayoutChanged)
        return menu

    def _onLayoutChanged(self, name: str) -> None:
        self.actions[f"Layout{name}"].setChecked(True)

    def _fillHelpMenu(self) -> None:
        self._menu("&Help", "Shortcuts", "", "About")

    # Tool bar

    def _fillToolBar(self) -> None:
        bar = QToolBar("Main tools", self._window)
        bar.setObjectName("mainToolBar")
        bar.setMovable(False)
        bar.setIconSize(QSize(20, 20))
        bar.setContextMenuPolicy(Qt.PreventContextMenu)
        bar.addAction(self.actions["AddData"])
        bar.addSeparator()
        for name in LAYOUT_TITLES:
            bar.addAction(self.actions[f"Layout{name}"])
        bar.addSeparator()
        for name in ("FitAll", "Crosshair", "Link", "SlicesIn3D"):
            bar.addAction(self.actions[name])
        bar.addSeparator()
        bar.addAction(self.actions["Screenshot"])
        bar.addAction(self.actions["consoleDock"])
        self._window.addToolBar(Qt.TopToolBarArea, bar)
        self.toolBar = bar
        self._onLayoutChanged(self._window.layoutManager.layoutName)

    # What actions do

    def _showSlicesIn3D(self, visible: bool) -> None:
        for view in self._window.layoutManager.sliceViews().values():
            view.setVisibleIn3D(visible)

    def _setFullScreen(self, full: bool) -> None:
        state = self._window.windowState()
        self._window.setWindowState(state | Qt.WindowFullScreen if full else state & ~Qt.WindowFullScreen)
