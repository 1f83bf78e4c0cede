"""Scene files for scripts, as the menus read and write them: with how the window shows the scene. Needs no Qt."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from vtkmodules.vtkCommonDataModel import vtkImageData

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.Members import StagedScene
from DICOMLib.SceneFiles.SceneAccess import SceneAccess
from DICOMPlugins.SceneBundle.Screenshot import sliceThumbnail

if TYPE_CHECKING:
    from .Application import HostApplication
    from .WindowScenes import WindowScenes


class HostSceneAccess(SceneAccess):
    """What scenes of the host, and those that its scripts make, read and write files with."""

    def __init__(self, application: HostApplication):
        super().__init__(application.workers, lambda sentence: sys.stderr.write(f"{sentence}\n"))
        self._application = application
        self._openedPath: Path | None = None

    def opened(self, path: str) -> StagedScene:
        """As that of :class:`SceneAccess`"""
        staged = super().opened(path)
        self._openedPath = Path(path)
        return staged

    def openedText(self, text: str, folder: str) -> StagedScene:
        """As that of :class:`SceneAccess`"""
        self._openedPath = None
        return super().openedText(text, folder)

    def take(self, scene: Scene, opened: StagedScene, replaces: bool) -> list[str]:
        """Have what was opened in a scene; where nothing else is loaded the window shows it as the file says."""
        window = self._windowOf(scene)
        isAlone = window is not None and (replaces or not window.isAnythingLoaded())
        problems = super().take(scene, opened, replaces)
        if isAlone:
            window.show(self._openedPath, isComplete=not problems)
        return problems

    def save(self, scene: Scene, path: str, thumbnail: vtkImageData | bytes | None = None) -> list[str]:
        """Write a scene, and how the window shows it. Where no picture is given it is of the views, else of slices."""
        window = self._windowOf(scene)
        if window is None:
            return super().save(scene, path, sliceThumbnail(scene.nodes()) if thumbnail is None else thumbnail)
        picture, state = window.remember()
        problems = super().save(scene, path, picture if thumbnail is None else thumbnail)
        window.wasSaved(Path(path), state)
        return problems

    def _windowOf(self, scene: Scene) -> WindowScenes | None:
        window = self._application.mainWindow
        if window is None or scene is not self._application.scene:
            return None
        from .WindowScenes import WindowScenes  # a way to Qt, taken only where there is a window

        return WindowScenes(window)
