"""Files on their own (volumes, models, tables …) into the window's scene."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Database.ImportReport import ImportReport
from DICOMLib.Errors import CancelledError
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.NodeFileKinds import TABLE, TEXT, isNodeFile, kindsOf
from DICOMLib.SceneFiles.NodeFiles import readStaged
from DICOMLib.SceneFiles.SceneExchange import addNodes
from DICOMLib.SceneFiles.SortedPaths import sortedPaths
from DICOMLib.Widgets.ErrorReporting import errorSentence
from DICOMLib.Wording import counted

from .FileKindsDialog import FileKindsDialog
from .Icons import pixmap
from .SceneFile import shownName

if TYPE_CHECKING:
    from .MainWindow import MainWindow

TITLE = "Add data"
MOST_REASONS_SHOWN = 3
MOST_NAMED = 5
ICON_SIZE = 40


class DataFiles:
    """Loads files as nodes, one after the other; those that fail are told once at the end."""

    def __init__(self, window: MainWindow):
        self._window = window
        self._scene = window.application.scene
        self._folder = ""
        self._waiting: list[tuple[Path, str | None]] = []
        self._failed: list[tuple[Path, Exception]] = []
        self._loaded: list[Path] = []
        self._isLoading = self._startedEmpty = False

    def ask(self) -> None:
        """Ask for files of any kind and load them; where a file can be of several kinds, ask for that, too."""
        paths, _filter = QFileDialog.getOpenFileNames(self._window, TITLE, self._folder, "All files (*)")
        if not paths:
            return
        self._folder = os.path.dirname(paths[0])
        found = sortedPaths(paths)
        if not any(len(kindsOf(path)) > 1 for path in found.nodeFiles):
            self._window.lookAtPaths(paths)
            return

        def add(kinds: Mapping[str, str]) -> None:
            self._window.sceneFiles.open(found.scenes, lambda: self.load(found.nodeFiles, kinds))
            self._window.lookAtPaths(found.others)

        FileKindsDialog(found.nodeFiles, add, self._window).open()

    def load(self, paths: Sequence[str | os.PathLike], kinds: Mapping[str, str] | None = None) -> None:
        """Load files in the background.

        :param kinds: path → kind (see ``NodeFileKinds``); others are what their content says
        """
        self._waiting += [(Path(path), (kinds or {}).get(os.fspath(path))) for path in paths]
        if self._waiting and not self._isLoading:
            self._isLoading = True
            self._startedEmpty = not self._window.sceneFiles.isAnythingLoaded()
            self._loadNext()

    def offer(self, report: ImportReport) -> None:
        """Ask whether other files, of folders without any DICOM, are to be loaded: people drop any folder."""
        if report.seriesUIDs or report.cancelled or not self._window.sceneFiles.asks:
            return
        skipped = [os.fsdecode(file.path) for file in report.skipped]
        found = [path for path in skipped if isNodeFile(path) and _isOfInterest(path)]
        if not found:
            return
        these = "it" if len(found) == 1 else "them"
        text = f"There is no DICOM in what was imported, but {counted(len(found), 'other file')}. Load {these}?"
        box = QMessageBox(QMessageBox.NoIcon, TITLE, text, QMessageBox.Cancel, self._window)
        box.setObjectName("otherFilesQuestion")
        box.setTextFormat(Qt.PlainText)
        box.setIconPixmap(pixmap("Information", ICON_SIZE))
        box.setInformativeText("\n".join(_named(found)))
        load = box.addButton("Load", QMessageBox.AcceptRole)
        load.clicked.connect(lambda _checked=False: self.load(found))
        box.setDefaultButton(load)
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.open()

    def _loadNext(self) -> None:
        if not self._waiting:
            self._end()
            return
        path, kind = self._waiting.pop(0)
        workers = self._window.application.workers
        self._window.jobs.start(
            lambda progress: readStaged(path.absolute(), workers, progress, kind),
            lambda staging: self._show(path, staging),
            lambda error: self._onFailed(path, error),
            description=f"Loading {shownName(path)}",
        )

    def _show(self, path: Path, staging: Scene) -> None:
        newIDs = addNodes(self._scene, staging)
        self._scene.wereStored([self._scene.GetNodeByID(nodeID) for nodeID in newIDs.values()])
        self._loaded.append(path)
        self._loadNext()

    def _onFailed(self, path: Path, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self._waiting.clear()
        else:
            self._failed.append((path, error))
        self._loadNext()

    def _end(self) -> None:
        loaded, failed = self._loaded, self._failed
        self._loaded, self._failed, self._isLoading = [], [], False
        if loaded and self._startedEmpty:
            self._window.layoutManager.fitAll(toMiddleSlice=True)
        what = shownName(loaded[0]) if len(loaded) == 1 else counted(len(loaded), "file")
        self._window.showMessage(f"Loaded {what}" if loaded else "Nothing was loaded")
        self._window.showChanges()
        self._tell(failed, len(loaded) + len(failed))

    def _tell(self, failed: Sequence[tuple[Path, Exception]], count: int) -> None:
        if len(failed) == 1:
            self._window.reporter.report(failed[0][1], f"load {shownName(failed[0][0])}")
        elif failed:
            reasons = [_reason(path, error) for path, error in failed]
            shown, more = reasons[:MOST_REASONS_SHOWN], len(reasons) - MOST_REASONS_SHOWN
            if more > 0:
                shown.append(f"… and {more:,} more, in the details.")
            text = f"{len(failed)} of {count} files could not be loaded:\n\n" + "\n\n".join(shown)
            details = "\n".join(reasons) if more > 0 else ""
            self._window.reporter.warn(text, details)


def _isOfInterest(path: str) -> bool:
    """Texts and tables lie about in any folder."""
    return kindsOf(path)[0] not in (TEXT, TABLE)


def _named(paths: Sequence[str]) -> list[str]:
    names = [f"• {shownName(path)}" for path in paths[:MOST_NAMED]]
    return [*names, f"• and {counted(len(paths) - len(names), 'other')}"] if len(paths) > len(names) else names


def _reason(path: Path, error: Exception) -> str:
    """Most errors name the file."""
    sentence = errorSentence(error)
    return sentence if path.name in sentence else f"{shownName(path)}: {sentence}"
