"""What a scene file is made of: the text (MRML) and the member files beside it that hold the nodes' data."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..Scene.Node import vtkMRMLNode
from ..Scene.Scene import Scene

DATA = "data"
"""Kind of a member that ``MemberFiles`` reads into its node and writes from it."""

KEPT = "kept"
"""Kind of a member of a node whose class is not known here: its bytes are kept and written back (``KeptFiles``)."""


@dataclass
class Member:
    """One data file of a scene."""

    node: vtkMRMLNode
    """Whose data it is."""

    fileName: str
    """Relative to the folder of the scene's text, parts separated by "/", as the file is called on disk (not encoded),
    for example ``Data/CT.nrrd``. What was read is checked: neither absolute nor with "..", whatever the system."""

    kind: str = DATA
    """``DATA`` or ``KEPT``."""

    storage: vtkMRMLNode | None = None
    """The storage node of the scene, None where it has none and the text has an element of its own for it."""

    keptName: str = ""
    """Of a ``KEPT`` one: what its contents are called in ``node.keptFiles``."""

    attributes: dict[str, str] = field(default_factory=dict)
    """Of the storage element when it was read, what depends on the file: ``useCompression``, ``coordinateSystem`` of a
    model ("LPS"; absent in old scenes means RAS), ``centerImage`` and so on."""


@dataclass
class MrmlDocument:
    """A scene as it is to be written."""

    text: str
    """XML; to be written as UTF-8."""

    members: list[Member]
    problems: list[str] = field(default_factory=list)
    """What could not be said in the text as it is, in sentences."""


@dataclass
class StagedScene:
    """A scene as it was read: complete and private, to be taken over with ``Scene.merge``."""

    scene: Scene
    problems: list[str] = field(default_factory=list)
    """What was not understood or left out, in sentences."""

    members: list[Member] = field(default_factory=list)
    """Files that the nodes' data has to be read from; the nodes of the scene are without it so far."""

    formatVersion: str = ""
    """What the text says it was written by, for example ``Slicer 5.8.1 33241``."""
