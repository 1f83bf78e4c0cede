"""A scene to the text of a scene file (MRML) and back. Voxels, surfaces and so on are in member files of their own."""

from __future__ import annotations

from pathlib import Path

from ..Scene.NodeRegistry import NodeRegistry
from ..Scene.Scene import Scene
from .MemberNames import MemberNames
from .Members import MrmlDocument, StagedScene
from .MrmlText import Element
from .SceneReading import SceneReader
from .SceneWriting import SceneWriter


def sceneToMrml(scene: Scene, dataFolderName: str = "Data", names: MemberNames | None = None) -> MrmlDocument:
    """What a scene file says of a scene, and which files have to be written beside it. The scene is not changed.

    Call it on the thread of the scene.

    :param dataFolderName: the folder of the members, beside the text; without "/"
    :param names: gives the members their names; default: as the nodes are called
    """
    return SceneWriter(scene, names or MemberNames(dataFolderName)).write()


def mrmlToScene(text: str | bytes | Element, folder: Path | str, registry: NodeRegistry | None = None) -> StagedScene:
    """The nodes of a scene file in a scene of their own, with their IDs in the file, without data from members.

    Call it on any thread.

    :param text: of the .mrml; of a stranger's what a worker has read of it
    :param folder: where it lies; members that are named but not there are told among the problems
    :raises SceneFileError: when the text is no MRML, or larger than accepted
    """
    return SceneReader(registry).read(text, Path(folder))
