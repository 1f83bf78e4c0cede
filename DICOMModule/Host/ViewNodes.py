"""How the window shows a scene, in the nodes that 3D Slicer has for that: layout, slices, and the camera.

The nodes come from scene files, or are made when a scene is saved; nobody vouches for what files say in them.
"""

from __future__ import annotations

import numpy as np

from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode

from .LayoutManager import LayoutManager
from .SliceView import SliceView
from .VolumeAppearance import isVolume

# vtkMRMLLayoutNode::SlicerLayout
ARRANGEMENTS = {"Conventional": 2, "FourUp": 3, "ThreeD": 4, "Red": 6, "Yellow": 7, "Green": 8}
LAYOUT, SLICE, COMPOSITE, CAMERA = "Layout", "Slice", "SliceComposite", "Camera"
BACKGROUND, FOREGROUND = "backgroundVolume", "foregroundVolume"
# Columns of a slice's matrix are directions; rounded text leaves them nearly square to each other.
MOST_SKEW = 1e-3
# Beyond this, in mm, nothing in a patient is looked at, and pictures are drawn with single precision.
FARTHEST = 1e6


def rememberViews(scene: Scene, views: LayoutManager) -> None:
    """Have the nodes of a scene, made where they are missing, say how it is shown now."""
    layout = _node(scene, LAYOUT, "vtkMRMLLayoutNode")
    layout.keptAttributes["currentViewArrangement"] = str(ARRANGEMENTS[views.layoutName])
    for name, view in views.sliceViews().items():
        _rememberSlice(_node(scene, SLICE, name), view)
        _rememberVolumes(_node(scene, COMPOSITE, name), view)
    position = views.threeDView().cameraPlacement()
    camera = _node(scene, CAMERA, "1").keptAttributes
    for key, vector in zip(("position", "focalPoint", "viewUp"), position, strict=True):
        camera[key] = _text(vector)
    camera["appliedTransform"] = _text(np.eye(4).ravel())


def showAsRemembered(scene: Scene, views: LayoutManager) -> None:
    """Show a scene as its nodes say; what they do not say, or say wrongly, stays as it is."""
    layout = _found(scene, LAYOUT, "vtkMRMLLayoutNode")
    names = {str(number): name for name, number in ARRANGEMENTS.items()}
    if layout is not None and layout.keptAttributes.get("currentViewArrangement") in names:
        views.setLayout(names[layout.keptAttributes["currentViewArrangement"]])
    for name, view in views.sliceViews().items():
        composite, slice = _found(scene, COMPOSITE, name), _found(scene, SLICE, name)
        if composite is not None:
            _showVolumes(composite, view)
        if slice is not None and view.shownVolumes():
            _showSlice(slice, view)
    camera = _found(scene, CAMERA, "1")
    if camera is not None:
        vectors = [_numbers(camera, key, 3) for key in ("position", "focalPoint", "viewUp")]
        if all(vector is not None for vector in vectors):
            views.threeDView().setCameraPlacement(*vectors)


# Slices


def _rememberSlice(node: vtkMRMLUnknownNode, view: SliceView) -> None:
    geometry, kept = view.geometryOfSlice, node.keptAttributes
    kept["layoutName"] = view.name
    kept["sliceToRAS"] = _text(view.sliceToRAS().ravel())
    size = np.array([geometry.width, geometry.height])
    kept["fieldOfView"] = _text([*(size * geometry.mmPerPixel), 1])
    kept["dimensions"] = f"{geometry.width} {geometry.height} 1"
    kept["xyzOrigin"] = "0 0 0"
    for name in ("orientation", "orientationReference"):  # they follow from the matrix
        kept.pop(name, None)


def _showSlice(node: vtkMRMLUnknownNode, view: SliceView) -> None:
    values, fieldOfView = _numbers(node, "sliceToRAS", 16), _numbers(node, "fieldOfView", 3)
    if values is None:
        return
    matrix = values.reshape(4, 4)
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if not lengths.min() > 0:
        return
    axes = matrix[:3, :3] / lengths
    if np.abs(axes.T @ axes - np.eye(3)).max() > MOST_SKEW:
        return
    view.setSliceToRAS(matrix)
    if fieldOfView is not None and fieldOfView[:2].min() > 0:
        geometry = view.geometryOfSlice
        wanted = max(fieldOfView[0] / geometry.width, fieldOfView[1] / geometry.height)
        view.zoomBy(geometry.mmPerPixel / wanted)


def _rememberVolumes(node: vtkMRMLUnknownNode, view: SliceView) -> None:
    node.keptAttributes["layoutName"] = view.name
    node.keptAttributes["foregroundOpacity"] = f"{view.foregroundOpacity:g}"
    for role, volume in ((BACKGROUND, view.backgroundVolume), (FOREGROUND, view.foregroundVolume)):
        node.SetNodeReferenceID(role, None if volume is None else volume.GetID())


def _showVolumes(node: vtkMRMLUnknownNode, view: SliceView) -> None:
    background, foreground = node.GetNodeReference(BACKGROUND), node.GetNodeReference(FOREGROUND)
    if isVolume(background):
        view.setBackgroundVolume(background)
    opacity = _numbers(node, "foregroundOpacity", 1)
    if isVolume(foreground) and isVolume(background):
        view.setForegroundVolume(foreground, None if opacity is None else float(np.clip(opacity[0], 0, 1)))


# Nodes


def _className(tag: str) -> str:
    return f"vtkMRML{tag}Node"


def _found(scene: Scene, tag: str, singletonTag: str) -> vtkMRMLUnknownNode | None:
    named: list[vtkMRMLNode] = [node for node in scene.GetNodesByClass(_className(tag)) if _isKept(node)]
    ofTag = [node for node in named if node.GetSingletonTag() == singletonTag]
    # Of layouts there is one whatever it is called, and older files know cameras without a view.
    return next(iter(ofTag or (named if tag in (LAYOUT, CAMERA) else [])), None)


def _isKept(node: vtkMRMLNode) -> bool:
    return isinstance(node, vtkMRMLUnknownNode)


def _node(scene: Scene, tag: str, singletonTag: str) -> vtkMRMLUnknownNode:
    node = _found(scene, tag, singletonTag)
    if node is None:
        node = vtkMRMLUnknownNode(_className(tag), tag)
        node.SetSingletonTag(singletonTag)
        node.SetName(singletonTag if tag in (SLICE, COMPOSITE) else tag)
        node.SetHideFromEditors(tag in (LAYOUT, COMPOSITE))
        scene.AddNode(node)
    return node


def _text(values) -> str:
    return " ".join(f"{float(value):.12g}" for value in values)


def _numbers(node: vtkMRMLUnknownNode, name: str, count: int) -> np.ndarray | None:
    """Numbers of an attribute; None unless it has that many, none of them beyond all bounds."""
    words = node.keptAttributes.get(name, "").split()
    try:
        values = np.array([float(word) for word in words])
    except ValueError:
        return None
    return values if len(values) == count and bool(np.all(np.abs(values) <= FARTHEST)) else None
