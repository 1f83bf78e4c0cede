"""A volume that can be looked at while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .Scene.Node import vtkMRMLNode
    from .Scene.Scene import Scene


@dataclass
class LoadPreview:
    """What a plugin hands to ``PluginContext.onPreview`` from the thread that loads, once for each volume.

    The node belongs to the thread that shows it from then on; the loading thread only writes to the voxels' memory and
    to the fields here.

    :ivar node: a volume in its place, with its window; slices that were not read are of one dark value
    :ivar scene: the node's own, which nobody else shows
    :ivar slicesRead: grows while slices arrive
    :ivar numbersRead: which slices have their final values, as indices along k
    :ivar isOver: what the node shows is not true any more: the load failed, or its values need another type
    """

    node: vtkMRMLNode
    scene: Scene
    slicesRead: int = 0
    isOver: bool = False
    numbersRead: set[int] = field(default_factory=set)
