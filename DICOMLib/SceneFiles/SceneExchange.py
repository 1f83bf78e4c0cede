"""A scene that was read, into the one that is shown: complete, or the shown one is exactly as it was."""

from __future__ import annotations

from ..Scene.RestorePoint import RestorePoint
from ..Scene.Scene import Scene
from .Members import StagedScene


def addTo(scene: Scene, staged: StagedScene) -> dict[str, str]:
    """Add all nodes to a scene, on its thread; IDs and names that are taken here become others.

    Whatever goes wrong, the scene is restored before the error is raised again; ``staged`` is of no use then.

    :returns: node ID in the file → in the scene
    """
    return _added(scene, staged.scene, isWholeScene=True)


def addNodes(scene: Scene, staging: Scene) -> dict[str, str]:
    """Add what was read of one file: all its names become free ones. Else as :func:`addTo`."""
    return _added(scene, staging, isWholeScene=False)


def _added(scene: Scene, staging: Scene, isWholeScene: bool) -> dict[str, str]:
    point = RestorePoint(scene)
    try:
        return scene.merge(staging, isWholeScene)
    except BaseException:  # observers run meanwhile, and may raise anything: half a scene must not stay
        point.restore()
        raise


def replace(scene: Scene, staged: StagedScene) -> dict[str, str]:
    """Have the nodes of a file in a scene instead of those that are there, on its thread. Else as :func:`addTo`."""
    point = RestorePoint(scene)
    scene.StartState(scene.BatchProcessState)
    try:
        scene.Clear(removeSingletons=True)
        newIDs = scene.merge(staged.scene, isWholeScene=True)
        scene.EndState(scene.BatchProcessState)
        return newIDs
    except BaseException:  # as in addTo; here the old scene would be lost, too
        point.restore()
        raise
