"""Nodes of 3D Slicer that this program has no class of its own for: found, made, and their numbers read with care."""

from __future__ import annotations

import numpy as np

from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode
from DICOMLib.SceneFiles.ValueText import flag, numbersText

# Beyond this, in mm, nothing in a patient is looked at, and pictures are drawn with single precision.
FARTHEST = 1e6


def keptNode(scene: Scene, tag: str, singletonTag: str, orAnyOther: bool = False) -> vtkMRMLUnknownNode | None:
    """The node of a class that there is one of for each tag; None when the scene has none.

    :param tag: the class without its prefix and suffix
    :param orAnyOther: take the first one of the class when none has the tag
    """
    named: list[vtkMRMLNode] = [
        node for node in scene.GetNodesByClass(_className(tag)) if isinstance(node, vtkMRMLUnknownNode)
    ]
    ofTag = [node for node in named if node.GetSingletonTag() == singletonTag]
    return next(iter(ofTag or (named if orAnyOther else [])), None)


def keptNodeOrNew(
    scene: Scene, tag: str, singletonTag: str, name: str = "", isHidden: bool = False, orAnyOther: bool = False
) -> vtkMRMLUnknownNode:
    """As :func:`keptNode`, but made and added to the scene when it has none."""
    node = keptNode(scene, tag, singletonTag, orAnyOther)
    if node is None:
        node = vtkMRMLUnknownNode(_className(tag), tag)
        node.SetSingletonTag(singletonTag)
        node.SetName(name or tag)
        node.SetHideFromEditors(isHidden)
        scene.AddNode(node)
    return node


def _className(tag: str) -> str:
    return f"vtkMRML{tag}Node"


def vectorText(values) -> str:
    """Numbers as a scene's text has them."""
    return numbersText(np.asarray(values, dtype=float).ravel())


def vectorOf(node: vtkMRMLUnknownNode, name: str, count: int) -> np.ndarray | None:
    """Numbers of an attribute; None unless it has that many, none of them beyond all bounds."""
    words = node.keptAttributes.get(name, "").split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        return None
    return values if len(values) == count and bool(np.all(np.abs(values) <= FARTHEST)) else None


def numberOf(node: vtkMRMLUnknownNode, name: str) -> float | None:
    """One number, as :func:`vectorOf`."""
    values = vectorOf(node, name, 1)
    return None if values is None else float(values[0])


def flagOf(node: vtkMRMLUnknownNode, name: str) -> bool | None:
    """True or false; None where it is said otherwise or not at all."""
    try:
        return flag(node.keptAttributes.get(name, ""))
    except ValueError:
        return None
