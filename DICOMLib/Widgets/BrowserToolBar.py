"""The buttons above the tables."""

from __future__ import annotations

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QAction, QHBoxLayout, QMenu, QStyle, QToolButton, QWidget

from ..Settings import Settings
from .ErrorReporting import ErrorReporter
from .Icons import namedIcon
from .ThumbnailMenu import ThumbnailMenu


class BrowserToolBar(QWidget):
    """Import with its menu, Load, Remove, Refresh, and a menu of rarer things."""

    importFolderRequested = Signal()
    importFilesRequested = Signal()
    importSlicerDatabaseRequested = Signal()
    watchRequested = Signal()
    settingsRequested = Signal()
    loadRequested = Signal()
    copyOutRequested = Signal()
    sendRequested = Signal()
    serversRequested = Signal()
    exportRequested = Signal()
    removeRequested = Signal()
    refreshRequested = Signal()
    choicesRequested = Signal()
    reportRequested = Signal()

    def __init__(self, settings: Settings, reporter: ErrorReporter, parent: QWidget | None = None):
        super().__init__(parent)
        self._settings, self._reporter = settings, reporter
        self._settingActions: dict[str, QAction] = {}
        self._readOnlyReason = ""
        self.setObjectName("browserToolBar")
        self.importButton = self._button("Import", "Import", QStyle.SP_DialogOpenButton, self.importFolderRequested)
        self.importButton.setToolTip("Add a folder to the database; the menu also adds single files")
        self.importButton.setPopupMode(QToolButton.MenuButtonPopup)
        self.importButton.setMenu(self._importMenu())
        self.loadButton = self._button("Load", "Load", QStyle.SP_DialogOkButton, self.loadRequested)
        self.loadButton.setToolTip("Load the selected series into the scene (double-click does the same)")
        self.removeButton = self._button("Remove", "Remove", QStyle.SP_TrashIcon, self.removeRequested)
        self.removeButton.setToolTip("Take what is selected out of the database")
        self.refreshButton = self._button("", "Refresh", QStyle.SP_BrowserReload, self.refreshRequested)
        self.refreshButton.setToolTip("Read the database again")
        self.refreshButton.setAccessibleName("Refresh")
        self.moreButton = self._button("", "Menu", QStyle.SP_TitleBarUnshadeButton, None)
        self.moreButton.setToolTip("More")
        self.moreButton.setAccessibleName("More")
        self.moreButton.setPopupMode(QToolButton.InstantPopup)
        self.moreButton.setMenu(self._moreMenu())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for button in (self.importButton, self.loadButton, self.removeButton):
            layout.addWidget(button)
        layout.addStretch(1)
        layout.addWidget(self.refreshButton)
        layout.addWidget(self.moreButton)

    @property
    def copyFiles(self) -> bool:
        """Whether imported files are to be copied into the database folder."""
        return self.copyAction.isEnabled() and self.copyAction.isChecked()

    def setCopyingPossible(self, possible: bool) -> None:
        """A database in memory has no folder to copy into: files are linked, whatever the user chose for others."""
        self.copyAction.setEnabled(possible)

    def setReadOnly(self, reason: str) -> None:
        """Turn off what writes into the database, saying why; "" leaves everything as it is."""
        self._readOnlyReason = reason
        if reason:
            for button in (self.importButton, self.removeButton):
                button.setEnabled(False)
                button.setToolTip(reason)

    def addMenu(self, menu: QMenu) -> None:
        """Put a menu into the menu of rarer things, before the settings."""
        self.moreButton.menu().insertMenu(self.settingsAction, menu)
        self.moreButton.menu().insertSeparator(self.settingsAction)

    def showSettings(self) -> None:
        """Tick the entries as the settings are now."""
        for name, action in self._settingActions.items():
            action.setChecked(bool(self._settings.value(name)))

    def setSelectionCounts(self, series: int, anything: bool) -> None:
        """Enable what makes sense for the selection."""
        self.loadButton.setEnabled(series > 0)
        self.choicesAction.setEnabled(series > 0)
        self.copyOutAction.setEnabled(series > 0)
        self.sendAction.setEnabled(series > 0)
        self.removeButton.setEnabled(anything and not self._readOnlyReason)

    def _button(self, text: str, icon: str, fallback: QStyle.StandardPixmap, signal) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"browser{icon}Button")
        button.setText(text)
        button.setIcon(namedIcon(icon, self.palette(), fallback))
        button.setToolButtonStyle(Qt.ToolButtonTextBesideIcon if text else Qt.ToolButtonIconOnly)
        button.setAutoRaise(True)
        if signal is not None:
            button.clicked.connect(lambda _checked: signal.emit())
        return button

    def _importMenu(self) -> QMenu:
        menu = QMenu(self)
        menu.addAction("Import folder…", self.importFolderRequested.emit)
        menu.addAction("Import files…", self.importFilesRequested.emit)
        menu.addAction("Import from Slicer database…", self.importSlicerDatabaseRequested.emit)
        menu.addSeparator()
        self.copyAction = self._settingAction(menu, "Copy imported files to DICOM database", "DICOM/CopyOnImport")
        menu.addSeparator()
        self.watchAction = menu.addAction("Watched folders…", self.watchRequested.emit)
        return menu

    def _moreMenu(self) -> QMenu:
        menu = QMenu(self)
        self.choicesAction = menu.addAction("Show loading choices…", self.choicesRequested.emit)
        self.copyOutAction = menu.addAction("Copy out…", self.copyOutRequested.emit)
        self.sendAction = menu.addAction("Send to DICOM server…", self.sendRequested.emit)
        self.serversAction = menu.addAction("DICOM servers…", self.serversRequested.emit)
        self.exportAction = menu.addAction("Export to DICOM…", self.exportRequested.emit)
        self.exportAction.setToolTip("Write what is loaded as DICOM, to the database, a folder or a server")
        self.reportAction = menu.addAction("Last import report…", self.reportRequested.emit)
        self.reportAction.setEnabled(False)
        menu.addSeparator()
        menu.addMenu(ThumbnailMenu(self._settings, self._reporter, menu))
        self.advancedAction = self._settingAction(menu, "Always show loading choices first", "DICOM/advancedView")
        menu.addSeparator()
        self.settingsAction = menu.addAction("Settings…", self.settingsRequested.emit)
        return menu

    def _settingAction(self, menu: QMenu, text: str, name: str) -> QAction:
        """An entry with a tick that is a setting."""
        action = QAction(text, menu, checkable=True)
        action.setChecked(bool(self._settings.value(name)))
        self._settingActions[name] = action
        action.toggled.connect(lambda checked: self._keep(name, checked))
        menu.addAction(action)
        return action

    def _keep(self, name: str, value: object) -> None:
        with self._reporter.guard("keep the setting"):
            self._settings.setValue(name, value)
