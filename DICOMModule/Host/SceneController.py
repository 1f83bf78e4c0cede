"""The window's way to scene files: asks, reads and writes in the background, says what came of it."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qtpy.QtCore import QBuffer, QIODevice, Qt
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Errors import CancelledError, DICOMError, SettingsError, UnreadableFileError
from DICOMLib.Progress import Progress
from DICOMLib.SceneFiles.Members import StagedScene
from DICOMLib.SceneFiles.SceneExchange import addTo, replace
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSaving import PreparedScene, SavedScene, prepareScene
from DICOMLib.SceneFiles.SceneSummary import BUNDLE_SUFFIX, SceneSummary, inspectScene, isSceneFile
from DICOMLib.Widgets.DisplayText import plainText
from DICOMLib.Wording import counted, sizeText
from DICOMPlugins.SceneBundle.OwnBundles import isOwnBundle, rememberBundle

from .SceneQuestion import SceneQuestion
from .UnsavedChanges import UnsavedChanges
from .ViewNodes import rememberViews, showAsRemembered

if TYPE_CHECKING:
    from .MainWindow import MainWindow

logger = logging.getLogger(__name__)

SAVE_FILTERS = "Scene in one file (*.mrb);;Scene with its files beside it (*.mrml)"
OPEN_FILTERS = "Scenes (*.mrb *.MRB *.mrml *.MRML);;All files (*)"
THUMBNAIL_WIDTH = 512
MOST_PROBLEMS_SHOWN = 3
_BLOCK = 4 << 20


class _Inspected(NamedTuple):
    summary: SceneSummary
    digest: str


class SceneController:
    """Opens and saves scene files for a window.

    :ivar asks: whether somebody is there to answer questions; else what was asked for is opened, and replaces nothing
    :ivar changes: what is in no file
    :ivar isSaving: whether a scene is being written
    """

    def __init__(self, window: MainWindow):
        self._window = window
        self._scene = window.application.scene
        self._folder = ""
        self._name = "scene" + BUNDLE_SUFFIX
        self._waiting: list[Path] = []
        self._isOpening = False
        self._afterSaving: Callable[[], None] | None = None
        self.asks = True
        self.changes = UnsavedChanges(self._scene)
        self.isSaving = False

    # Saving

    def askToSave(self, onSaved: Callable[[], None] | None = None) -> None:
        """Ask for a file and save everything that is loaded there.

        :param onSaved: called once it is written
        """
        if self.isSaving:
            self._window.showMessage("The scene is being saved")
            return
        if not self.isAnythingLoaded():
            self._window.showMessage("There is nothing to save")
            return
        title, start = "Save the scene", os.path.join(self._folder, self._name)
        path, chosen = QFileDialog.getSaveFileName(self._window, title, start, SAVE_FILTERS)
        if not path:
            return
        if not isSceneFile(path):
            path += ".mrml" if "*.mrml" in chosen else BUNDLE_SUFFIX
            if os.path.exists(path) and not self._mayReplace(path, title):
                return
        self.save(path, onSaved)

    def _mayReplace(self, path: str, title: str) -> bool:
        """The dialog has asked about a name without the ending only."""
        text = f"{os.path.basename(path)} already exists.\nDo you want to replace it?"
        buttons = QMessageBox.Yes | QMessageBox.No
        return QMessageBox.warning(self._window, title, text, buttons, QMessageBox.No) == QMessageBox.Yes

    def save(self, path: str | os.PathLike, onSaved: Callable[[], None] | None = None) -> None:
        """Write the scene as it is now, in the background; what goes wrong is reported.

        :param onSaved: called once it is written
        """
        window, target, state = self._window, Path(path), self.changes.state()
        try:
            rememberViews(self._scene, window.layoutManager)
            prepared = prepareScene(self._scene, target, self._thumbnail())
        except DICOMError as error:
            window.reporter.report(error, "save the scene")
            return
        self.isSaving, self._afterSaving = True, onSaved
        window.jobs.start(
            lambda progress: _written(prepared, progress),
            lambda result: self._onSaved(target, state, *result),
            self._onSavingFailed,
            description=f"Saving {plainText(target.name)}",
        )

    def _thumbnail(self) -> bytes:
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

    def whenSaved(self, onSaved: Callable[[], None]) -> None:
        """Call something once the scene that is being written is; not if that fails."""
        self._afterSaving = onSaved

    def _onSavingFailed(self, error: Exception) -> None:
        self.isSaving, self._afterSaving = False, None
        self._onFailed(error, "save the scene", "Nothing was saved")

    def _onSaved(self, target: Path, state: dict, saved: SavedScene, digest: str) -> None:
        self.isSaving = False
        self.changes.wasSaved(state)
        self._folder, self._name = str(target.parent), target.name
        try:
            rememberBundle(digest, self._window.application.settings)
        except SettingsError as error:  # the scene is saved all the same; it will be asked about like a stranger's
            logger.warning("What was saved here is not remembered: %s", type(error).__name__)
        self._window.showMessage(f"Saved {plainText(target.name)} ({sizeText(saved.size)})")
        self._tellProblems(f"“{target.name}” was saved, but", saved.problems)
        self._window.showChanges()
        if self._afterSaving is not None:
            self._afterSaving()

    # Opening

    def askToOpen(self) -> None:
        """Ask for a scene file and open it."""
        path, _filter = QFileDialog.getOpenFileName(self._window, "Open a scene", self._folder, OPEN_FILTERS)
        if path:
            self.open([path])

    def open(self, paths: Sequence[str | os.PathLike]) -> None:
        """Open scene files one after the other, in the background; each is asked about where that is needed."""
        self._waiting += [Path(path) for path in paths]
        self._openNext()

    def _openNext(self) -> None:
        if self._isOpening or not self._waiting:
            return
        self._isOpening = True
        path, workers = self._waiting.pop(0), self._window.application.workers
        self._window.jobs.start(
            lambda progress: _Inspected(inspectScene(path, workers), _digestOf(path, progress)),
            self._ask,
            self._onOpeningFailed,
            description=f"Looking at {plainText(path.name)}",
        )

    def _ask(self, inspected: _Inspected) -> None:
        summary = inspected.summary
        isFromElsewhere = not isOwnBundle(inspected.digest, self._window.application.settings)
        isAnythingLoaded = self.isAnythingLoaded()
        if not self.asks or not (isFromElsewhere or isAnythingLoaded):
            self._read(summary.path, False, ())
            return
        SceneQuestion(
            summary, isFromElsewhere, isAnythingLoaded,
            lambda replaces: self._onAnswer(summary, replaces), self._window,
        ).open()  # fmt: skip

    def _onAnswer(self, summary: SceneSummary, replaces: bool | None) -> None:
        if replaces is None:
            self._window.showMessage("Nothing was opened")
            self._onEnded()
        else:
            self._read(summary.path, replaces, summary.problems)

    def _read(self, path: Path, replaces: bool, told: Sequence[str]) -> None:
        """:param told: problems that the question has named already"""
        workers = self._window.application.workers
        self._window.jobs.start(
            lambda progress: openScene(path, workers, progress),
            lambda staged: self._show(path, staged, replaces, told),
            self._onOpeningFailed,
            description=f"Opening {plainText(path.name)}",
        )

    def _show(self, path: Path, staged: StagedScene, replaces: bool, told: Sequence[str]) -> None:
        count, isShownAlone = len(staged.scene.nodes()), replaces or not self.isAnythingLoaded()
        (replace if replaces else addTo)(self._scene, staged)
        if isShownAlone:
            showAsRemembered(self._scene, self._window.layoutManager)
        self._folder = str(path.parent)
        if isSceneFile(path):
            self._name = path.name
        self._window.showMessage(f"Opened {plainText(path.name)} ({counted(count, 'node')})")
        self._tellProblems(f"“{path.name}” was opened, but", [one for one in staged.problems if one not in told])
        self._onEnded()

    def _onOpeningFailed(self, error: Exception) -> None:
        self._onFailed(error, "open the scene", "Nothing was opened")
        self._onEnded()

    def _onEnded(self) -> None:
        self._isOpening = False
        self._openNext()

    # Both

    def isAnythingLoaded(self) -> bool:
        """Whether the scene has more than its tree of patients and studies, and what says how it is shown."""
        nodes = self._scene.nodes()
        return any(not node.IsA("vtkMRMLSubjectHierarchyNode") and not node.GetSingletonTag() for node in nodes)

    def _onFailed(self, error: Exception, doing: str, cancelled: str) -> None:
        if isinstance(error, CancelledError):
            self._window.showMessage(cancelled)
        else:
            self._window.reporter.report(error, doing)

    def _tellProblems(self, start: str, problems: Sequence[str]) -> None:
        if not problems:
            return
        texts = [plainText(problem) for problem in problems]
        if len(texts) <= MOST_PROBLEMS_SHOWN:
            self._window.reporter.warn(f"{plainText(start)} not all of it:\n\n" + "\n".join(texts))
        else:
            count = counted(len(texts), "thing")
            self._window.reporter.warn(f"{plainText(start)} {count} in it could not be taken over.", "\n".join(texts))


def _written(prepared: PreparedScene, progress: Progress) -> tuple[SavedScene, str]:
    saved = prepared.write(progress)
    return saved, _digestOf(saved.path, progress)


def _digestOf(path: Path, progress: Progress) -> str:
    """SHA-256 of a file, by which it is known again. :raises UnreadableFileError: when it cannot be read"""
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while block := stream.read(_BLOCK):
                progress.raiseIfCancelled()
                digest.update(block)
    except OSError as error:
        raise UnreadableFileError("the file cannot be read", path, error.strerror) from error
    return digest.hexdigest()
