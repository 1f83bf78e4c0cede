"""Writes the window's scene to a file: asks where that is needed, works in the background, says what came of it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtCore import QBuffer, QIODevice, Qt
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Errors import CancelledError, DICOMError, SettingsError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles.SceneSaving import PreparedScene, SavedScene, prepareScene
from DICOMLib.SceneFiles.SceneSummary import BUNDLE_SUFFIX, isSceneFile
from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Wording import counted, sizeText
from DICOMPlugins.SceneBundle.OwnBundles import rememberBundle

from .Icons import pixmap
from .RecentScenes import RecentScenes
from .SceneFile import SceneFile, digestOf, shortened, shownName
from .UnsavedChanges import UnsavedChanges
from .ViewNodes import rememberViews

if TYPE_CHECKING:
    from .MainWindow import MainWindow

logger = logging.getLogger(__name__)

FILTERS = {BUNDLE_SUFFIX: "Scene in one file (*.mrb)", ".mrml": "Scene with its files beside it (*.mrml)"}
THUMBNAIL_WIDTH = 512
MOST_PROBLEMS_SHOWN = 3
ICON_SIZE = 40
TITLE = "Save the scene"


class SceneSaver:
    """Saves for a window.

    :param file: where the scene is
    :param changes: what is in no file
    :param onSaved: called after each scene that was written
    :ivar isSaving: whether a scene is being written
    """

    def __init__(
        self,
        window: MainWindow,
        file: SceneFile,
        changes: UnsavedChanges,
        recent: RecentScenes,
        onSaved: Callable[[], None],
    ):
        self._window = window
        self._scene = window.application.scene
        self._file, self._changes, self._recent = file, changes, recent
        self._onAnySaved = onSaved
        self._onSaved: Callable[[], None] | None = None
        self._onNotSaved: Callable[[], None] | None = None
        self.isSaving = False

    # Where to

    def save(self, onSaved: Callable[[], None] | None = None, onNotSaved: Callable[[], None] | None = None) -> None:
        """Write to the file that the scene is in; ask for one where there is none, or where it would lose something.

        :param onSaved: called once it is written
        :param onNotSaved: called when it is not to be, or could not be
        """
        file, onNotSaved = self._file, onNotSaved or (lambda: None)
        if not file.mayBeReplaced:
            if file.path is not None and not self._isBusy():
                self._window.showMessage(f"Not all of {shownName(file.path)} was opened: choose another name")
            self.saveAs(onSaved, onNotSaved)
        elif not file.path.parent.is_dir():
            self._window.showMessage("The folder of the scene is not there any more: choose another one")
            self.saveAs(onSaved, onNotSaved)
        elif file.hasChanged() and not self._isBusy():
            self._askAboutOther(onSaved, onNotSaved)
        else:
            self.write(file.path, onSaved, onNotSaved)

    def saveAs(self, onSaved: Callable[[], None] | None = None, onNotSaved: Callable[[], None] | None = None) -> None:
        """Ask for a file and write there. Parameters as of :meth:`save`"""
        path = "" if self._isBusy(tells=True) else self._askedFor()
        if path:
            self.write(path, onSaved, onNotSaved)
        elif onNotSaved is not None:
            onNotSaved()

    def _isBusy(self, tells: bool = False) -> bool:
        if tells and self.isSaving:
            self._window.showMessage("The scene is being saved")
        elif tells and not self._window.sceneFiles.isAnythingLoaded():
            self._window.showMessage("There is nothing to save")
        return self.isSaving or not self._window.sceneFiles.isAnythingLoaded()

    def _askedFor(self) -> str:
        """:returns: a path; "" when there is to be none"""
        offered = self._file.suggested
        first = FILTERS.get(offered.suffix.lower(), "")
        path, chosen = QFileDialog.getSaveFileName(
            self._window, TITLE, os.fspath(offered), ";;".join(FILTERS.values()), first
        )
        if path and not isSceneFile(path):
            path += ".mrml" if "*.mrml" in chosen else BUNDLE_SUFFIX
            if os.path.exists(path) and not self._mayReplace(path):
                return ""
        return path

    def _mayReplace(self, path: str) -> bool:
        """The dialog has asked about a name without the ending only."""
        text = f"{shownName(path)} already exists.\nDo you want to replace it?"
        buttons = QMessageBox.Yes | QMessageBox.No
        return QMessageBox.warning(self._window, TITLE, text, buttons, QMessageBox.No) == QMessageBox.Yes

    def _askAboutOther(self, onSaved: Callable[[], None] | None, onNotSaved: Callable[[], None]) -> None:
        path = self._file.path
        box = QMessageBox(QMessageBox.NoIcon, TITLE, f"“{shownName(path)}” was changed by another program.",
                          QMessageBox.Cancel, self._window)  # fmt: skip
        box.setObjectName("otherVersionQuestion")
        box.setTextFormat(Qt.PlainText)
        box.setInformativeText("Replace takes the place of what that program wrote. Save as… leaves it.")
        replaces = box.addButton("Replace", QMessageBox.DestructiveRole)
        saveAs = box.addButton("Save as…", QMessageBox.AcceptRole)
        actions = {
            replaces: lambda: self.write(path, onSaved, onNotSaved), saveAs: lambda: self.saveAs(onSaved, onNotSaved)
        }  # fmt: skip
        box.setDefaultButton(saveAs)
        box.setIconPixmap(pixmap("Warning", ICON_SIZE))
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.finished.connect(lambda _result: actions.get(box.clickedButton(), onNotSaved)())
        box.open()

    # Writing

    def write(
        self,
        path: str | os.PathLike,
        onSaved: Callable[[], None] | None = None,
        onNotSaved: Callable[[], None] | None = None,
    ) -> None:
        """Write the scene as it is now, in the background; what goes wrong is reported.

        Parameters as of :meth:`save`
        """
        if self._isBusy(tells=True):
            if onNotSaved is not None:
                onNotSaved()
            return
        window, target = self._window, Path(path)
        state, version = self._changes.state(), self._file.version
        try:
            rememberViews(self._scene, window.layoutManager)
            prepared = prepareScene(self._scene, target, self.thumbnail(), isInUse=True)
        except DICOMError as error:
            window.reporter.report(error, "save the scene")
            if onNotSaved is not None:
                onNotSaved()
            return
        self.isSaving, self._onSaved, self._onNotSaved = True, onSaved, onNotSaved
        window.jobs.start(
            lambda progress: _written(prepared, progress),
            lambda result: self._onWritten(target, state, version, *result),
            self._onFailed,
            description=f"Saving {shownName(target)}",
        )

    def whenSaved(self, onSaved: Callable[[], None]) -> None:
        """Call something once the scene that is being written is; not if that fails."""
        self._onSaved = onSaved

    def thumbnail(self) -> bytes:
        """The views as they are, PNG; of the window nothing else."""
        views = self._window.layoutManager
        for view in views.views().values():
            if view.isVisible():
                view.screenshot()
        picture = views.viewArea.grab()
        if picture.width() > THUMBNAIL_WIDTH:
            picture = picture.scaledToWidth(THUMBNAIL_WIDTH, Qt.SmoothTransformation)
        buffer = QBuffer()
        buffer.open(QIODevice.WriteOnly)
        return bytes(buffer.data()) if picture.save(buffer, "PNG") else b""

    def _onFailed(self, error: Exception) -> None:
        self.isSaving, self._onSaved = False, None
        if isinstance(error, CancelledError):
            self._window.showMessage("Nothing was saved")
        else:
            self._window.reporter.report(error, "save the scene")
        if self._onNotSaved is not None:
            self._onNotSaved()

    def _onWritten(self, target: Path, state: dict, version: int, saved: SavedScene, digest: str) -> None:
        self.isSaving = False
        changed = self._changes.wasSaved(state)
        self._scene.wereStored(node for node in state if node not in changed)
        if version == self._file.version:  # else another scene is there by now, which must not be saved over this one
            self._file.use(target)
        self._recent.add(target)
        try:
            rememberBundle(digest, self._window.application.settings)
        except SettingsError as error:  # the scene is saved all the same; it will be asked about like a stranger's
            logger.warning("What was saved here is not remembered: %s", type(error).__name__)
        self._window.showMessage(f"Saved {shownName(target)} ({sizeText(saved.size)})")
        tellProblems(self._window, f"“{shownName(target)}” was saved, but", saved.problems)
        if changed:
            names = "\n".join(shortened(node.GetName() or "") for node in changed[:MOST_PROBLEMS_SHOWN])
            self._window.reporter.warn(f"Data was changed while the scene was being saved; save it again:\n\n{names}")
        self._window.showChanges()
        self._onAnySaved()
        if self._onSaved is not None:
            self._onSaved()


def tellProblems(window: MainWindow, start: str, problems: Sequence[str]) -> None:
    """Say what of a scene was not written or read, if there is anything."""
    if not problems:
        return
    texts = [plainText(problem) for problem in problems]
    if len(texts) <= MOST_PROBLEMS_SHOWN:
        window.reporter.warn(f"{plainText(start)} not all of it:\n\n" + "\n".join(texts))
    else:
        count = counted(len(texts), "thing")
        window.reporter.warn(f"{plainText(start)} {count} in it could not be taken over.", "\n".join(texts))


def _written(prepared: PreparedScene, progress: Progress) -> tuple[SavedScene, str]:
    saved = prepared.write(progress)
    return saved, digestOf(saved.path, progress)
