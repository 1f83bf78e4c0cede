"""Asks what to import and remembers where and how."""

from __future__ import annotations

import os
from collections.abc import Callable

from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from ..Settings import Settings
from .ErrorReporting import ErrorReporter
from .ImportDialog import ImportDialog


class ImportChooser(QObject):
    """:param canCopy: whether the database has a folder to copy into at the moment"""

    chosen = Signal(list, bool)
    """Paths, and whether to copy them; the settings know it already."""

    lookChosen = Signal(list)
    """Paths to look at without importing them."""

    def __init__(
        self, settings: Settings, reporter: ErrorReporter, canCopy: Callable[[], bool], parent: QWidget
    ):
        super().__init__(parent)
        self._settings, self._reporter, self._canCopy = settings, reporter, canCopy

    def show(self, kind: str) -> ImportDialog:
        """Open the dialog. :param kind: as for :class:`ImportDialog`"""
        folder = str(self._settings.value("DICOM/LastImportFolder"))
        copyFiles = bool(self._settings.value("DICOM/CopyOnImport"))
        dialog = ImportDialog(kind, folder, copyFiles, self._canCopy(), self.parent().window())
        dialog.importRequested.connect(self._import)
        dialog.open()
        return dialog

    def showToLook(self, kind: str) -> ImportDialog:
        """Open the dialog for files that are not imported. :param kind: ``LOOK_FOLDERS`` or ``LOOK_FILES``"""
        folder = str(self._settings.value("DICOM/LastImportFolder"))
        dialog = ImportDialog(kind, folder, False, False, self.parent().window())
        dialog.importRequested.connect(lambda paths, _copyFiles: self.lookChosen.emit(paths))
        dialog.open()
        return dialog

    def _import(self, paths: list[str], copyFiles: bool) -> None:
        with self._reporter.guard("remember the choice"):
            self._settings.setValue("DICOM/LastImportFolder", os.path.dirname(paths[0].rstrip("/")))
            if self._canCopy():
                self._settings.setValue("DICOM/CopyOnImport", copyFiles)
        self.chosen.emit(paths, copyFiles)
