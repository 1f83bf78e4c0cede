"""The window's way to scene files: asks before something is opened or lost, reads in the background, takes it over."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFileDialog, QMessageBox

from DICOMLib.Errors import CancelledError
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.SceneFiles.Members import StagedScene
from DICOMLib.SceneFiles.SceneExchange import addTo, replace
from DICOMLib.SceneFiles.SceneOpening import openScene
from DICOMLib.SceneFiles.SceneSummary import SceneSummary, inspectScene, isSceneFile
from DICOMLib.Wording import counted
from DICOMPlugins.SceneBundle.OwnBundles import isOwnBundle

from .Icons import pixmap
from .RecentScenes import RecentScenes
from .SceneFile import SceneFile, digestOf, shownName
from .SceneQuestion import SceneQuestion
from .SceneSaver import SceneSaver, tellProblems
from .UnsavedChanges import UnsavedChanges
from .UnsavedQuestion import UnsavedQuestion
from .ViewNodes import showAsRemembered

if TYPE_CHECKING:
    from .MainWindow import MainWindow

OPEN_FILTERS = "Scenes (*.mrb *.MRB *.mrml *.MRML);;All files (*)"
CLOSE_TITLE = "Close the scene"
ICON_SIZE = 40


class _Inspected(NamedTuple):
    summary: SceneSummary
    digest: str


class SceneController:
    """Opens, saves and closes the scene of a window.

    :ivar asks: whether somebody is there to answer questions; else what was asked for is opened, and replaces nothing
    :ivar file: where the scene is
    :ivar changes: what is in no file
    :ivar recent: scenes that were opened and saved last
    :ivar saver: writes the scene
    :ivar isOpening: whether a scene is being asked about or read
    """

    def __init__(self, window: MainWindow):
        self._window = window
        self._scene = window.application.scene
        self._waiting: list[Path] = []
        self._onAllOpened: list[Callable[[], None]] = []
        self.isOpening = False
        self.asks = True
        self.file = SceneFile()
        self.changes = UnsavedChanges(self._scene)
        self.recent = RecentScenes(window.application.settings)
        self.saver = SceneSaver(window, self.file, self.changes, self.recent, self._onSaved)
        self._tag = self._scene.AddObserver(self._scene.EndCloseEvent, lambda *_arguments: self._onSceneClosed())

    def close(self) -> None:
        """Follow scene and settings no longer."""
        self._scene.RemoveObserver(self._tag)
        self.recent.close()
        self.changes.close()

    # Saving

    @property
    def isSaving(self) -> bool:
        """Whether a scene is being written."""
        return self.saver.isSaving

    def saveScene(
        self, onSaved: Callable[[], None] | None = None, onNotSaved: Callable[[], None] | None = None
    ) -> None:
        """Write the scene to the file it is in, without asking where that loses nothing.

        :param onSaved: called once it is written
        :param onNotSaved: called when it is not to be, or could not be
        """
        self.saver.save(onSaved, onNotSaved)

    def saveSceneAs(self) -> None:
        """Ask for a file and write the scene there."""
        self.saver.saveAs()

    def saveAsDataBundle(self) -> None:
        """Open the export dialog to write all of the scene as one DICOM object: to database, folder or server."""
        if self.isAnythingLoaded():
            self._window.exportItems().dialog.chooseWholeScene()
        else:
            self._window.showMessage("There is nothing to save")

    def save(self, path: str | os.PathLike) -> None:
        """Write the scene to a file."""
        self.saver.write(path)

    def _onSaved(self) -> None:
        self._window.autosave.forget()

    # Opening

    def askToOpen(self) -> None:
        """Ask for a scene file and open it."""
        path, _filter = QFileDialog.getOpenFileName(
            self._window, "Open a scene", os.fspath(self.file.suggested.parent), OPEN_FILTERS
        )
        if path:
            self.open([path])

    def openRecent(self, path: str) -> None:
        """Open one of the scenes that were opened last; one that is gone leaves the list."""
        if os.path.exists(path):
            self.open([path])
        else:
            self.recent.remove(path)
            self._window.reporter.warn(f"{shownName(path)} is not there any more, and leaves the list.\n\n{path}")

    def open(self, paths: Sequence[str | os.PathLike], onEnded: Callable[[], None] | None = None) -> None:
        """Open scene files one after the other, in the background; each is asked about where that is needed.

        :param onEnded: called once none is asked about or read any more, for what is to be beside them
        """
        self._waiting += [Path(path) for path in paths]
        self._onAllOpened += filter(None, [onEnded])
        self._openNext()

    def _openNext(self) -> None:
        if self.isOpening:
            return
        if not self._waiting:
            ended, self._onAllOpened = self._onAllOpened, []
            for onEnded in ended:
                onEnded()
            return
        self.isOpening = True
        path, workers = self._waiting.pop(0), self._window.application.workers
        self._window.jobs.start(
            lambda progress: _Inspected(inspectScene(path, workers), digestOf(path, progress)),
            self._ask,
            self._onOpeningFailed,
            description=f"Looking at {shownName(path)}",
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
        unsaved = self.changes.nodes()
        if replaces is None:
            self._openNothing()
        elif replaces and unsaved:
            goOn = partial(self._read, summary.path, True, summary.problems)
            UnsavedQuestion(unsaved, "it is replaced", self._window, goOn, goOn, self._openNothing).open()
        else:
            self._read(summary.path, replaces, summary.problems)

    def _openNothing(self) -> None:
        self._window.showMessage("Nothing was opened")
        self._onEnded()

    def _read(self, path: Path, replaces: bool, told: Sequence[str]) -> None:
        """:param told: problems that the question has named already"""
        workers = self._window.application.workers
        self._window.jobs.start(
            lambda progress: openScene(path, workers, progress),
            lambda staged: self._show(path, staged, replaces, told),
            self._onOpeningFailed,
            description=f"Opening {shownName(path)}",
        )

    def _show(self, path: Path, staged: StagedScene, replaces: bool, told: Sequence[str]) -> None:
        isShownAlone, count = replaces or not self.isAnythingLoaded(), len(staged.scene.nodes())
        self._takeOver(staged, replaces)
        if isShownAlone and isSceneFile(path):
            self.file.use(path, isComplete=not staged.problems)
        if self.asks:
            self.recent.add(path)
        self._window.showMessage(f"Opened {shownName(path)} ({counted(count, 'node')})")
        new = [one for one in staged.problems if one not in told]
        tellProblems(self._window, f"“{shownName(path)}” was opened, but", new)
        self._window.showChanges()
        self._onEnded()

    def _takeOver(self, staged: StagedScene, replaces: bool) -> list[vtkMRMLNode]:
        """Have the nodes of a file in the scene, and show them as it says if there are no others.

        :returns: the nodes; the scene is as before when that fails
        """
        isShownAlone, file = replaces or not self.isAnythingLoaded(), self.file.state()
        try:
            newIDs = (replace if replaces else addTo)(self._scene, staged)
        except BaseException:  # the scene is then as it was, so the file that it is saved to has to be, too
            self.file.restore(file)
            raise
        if isShownAlone:
            showAsRemembered(self._scene, self._window.layoutManager)
        nodes = [self._scene.GetNodeByID(nodeID) for nodeID in newIDs.values()]
        self._scene.wereStored(nodes)  # for scripts that ask what is in no file
        return nodes

    def _onOpeningFailed(self, error: Exception) -> None:
        if isinstance(error, CancelledError):
            self._window.showMessage("Nothing was opened")
        else:
            self._window.reporter.report(error, "open the scene")
        self._onEnded()

    def _onEnded(self) -> None:
        self.isOpening = False
        self._openNext()

    # Restoring

    def restore(self, text: Path, path: Path | None, onEnded: Callable[[list[str] | None], None]) -> None:
        """Read an autosaved scene, which is in no file then.

        :param text: of the scene
        :param path: of the file it was in before, which is offered when it is saved
        :param onEnded: called with what could not be read of it; with None where nothing was restored
        """
        workers = self._window.application.workers

        def show(staged: StagedScene) -> None:
            isAlone = not self.isAnythingLoaded()
            self.changes.wereRestored(self._takeOver(staged, isAlone))
            if isAlone and path is not None:
                self.file.suggest(path)
            self._window.showMessage("The scene was restored; it is in no file so far")
            tellProblems(self._window, "The scene was restored, but", staged.problems)
            self._window.showChanges()
            onEnded(staged.problems)

        def fail(error: Exception) -> None:
            if not isinstance(error, CancelledError):
                self._window.reporter.report(error, "restore the scene")
            onEnded(None)

        self._window.jobs.start(
            lambda progress: openScene(text, workers, progress), show, fail, description="Restoring the scene"
        )

    # Closing

    def closeScene(self) -> None:
        """Take everything out of the scene, once the user has agreed; files and database stay as they are."""
        if not self.isAnythingLoaded():
            self._scene.Clear()  # a file that everything was taken out of is left
            self._window.showMessage("Nothing is loaded")
            return
        unsaved = self.changes.nodes()
        if unsaved:
            clear = self._scene.Clear
            UnsavedQuestion(unsaved, "it is closed", self._window, clear, clear).open()
            return
        box = QMessageBox(QMessageBox.NoIcon, CLOSE_TITLE, "Close the scene?", QMessageBox.Cancel, self._window)
        box.setInformativeText(
            "Everything loaded is taken out of the views. Files and the DICOM database stay as they are."
        )
        box.addButton("Close scene", QMessageBox.AcceptRole).clicked.connect(lambda: self._scene.Clear())
        box.setIconPixmap(pixmap("Warning", ICON_SIZE))
        box.setAttribute(Qt.WA_DeleteOnClose)
        box.open()

    def askBeforeRemoval(self, nodes: Sequence[vtkMRMLNode], remove: Callable[[], None]) -> None:
        """Remove nodes, once the user has agreed where they have data that is in no file: nothing brings it back."""
        unsaved = [node for node in self.changes.nodes() if node in nodes]
        if unsaved and self._window.asksBeforeClosing:
            UnsavedQuestion(unsaved, "this is removed", self._window, remove, remove).open()
        else:
            remove()

    def _onSceneClosed(self) -> None:
        """Also when a script closes it."""
        self.file.forget()
        self._window.showChanges()

    def isAnythingLoaded(self) -> bool:
        """Whether the scene has more than its tree of patients and studies, and what says how it is shown."""
        nodes = self._scene.nodes()
        return any(not node.IsA("vtkMRMLSubjectHierarchyNode") and not node.GetSingletonTag() for node in nodes)
