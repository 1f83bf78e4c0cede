"""What a window does with a scene that a script saves or opens."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from DICOMLib.Errors import DICOMError
from DICOMLib.Progress import Progress
from DICOMPlugins.SceneBundle.OwnBundles import rememberBundle

from .SceneFile import digestOf
from .ViewNodes import rememberViews, showAsRemembered

if TYPE_CHECKING:
    from .MainWindow import MainWindow


class WindowScenes:
    """The same steps that the menus take, without their questions: who names a file in a script vouches for it."""

    def __init__(self, window: MainWindow):
        self._window = window
        self._scene = window.application.scene

    def isAnythingLoaded(self) -> bool:
        """As of the window's menus."""
        return self._window.sceneFiles.isAnythingLoaded()

    def remember(self) -> tuple[bytes, dict]:
        """Have the scene say how it is shown. :returns: a picture of the views, PNG, and what all data is like"""
        state = self._window.sceneFiles.changes.state()
        rememberViews(self._scene, self._window.layoutManager)
        return self._window.sceneFiles.saver.thumbnail(), state

    def wasSaved(self, path: Path, state: dict) -> None:
        """The scene is in this file now. :param state: of :meth:`remember`"""
        files = self._window.sceneFiles
        files.changes.wasSaved(state)
        files.file.use(path)
        try:
            rememberBundle(digestOf(path, Progress()), self._window.application.settings)
        except DICOMError as error:
            self._scene.tell(f"{path.name} is saved, but will be asked about like a stranger's: {error}", None)
        self._window.autosave.forget()
        self._window.showChanges()

    def show(self, path: Path | None, isComplete: bool) -> None:
        """What was opened is all there is: show it as it says.

        :param path: of its file; None where there is none
        """
        if path is None:
            self._window.sceneFiles.file.forget()
        else:
            self._window.sceneFiles.file.use(path, isComplete)
        showAsRemembered(self._scene, self._window.layoutManager)
        self._window.showChanges()
