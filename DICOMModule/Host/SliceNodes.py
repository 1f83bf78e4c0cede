"""What slice views show, in the nodes that 3D Slicer has for that: where each is, and which volumes are in it."""

from __future__ import annotations

import numpy as np

from DICOMLib.Scene.Scene import Scene
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode
from DICOMLib.SceneFiles.ValueText import flagText, numberText

from .KeptNodes import flagOf, keptNode, keptNodeOrNew, numberOf, vectorOf, vectorText
from .SliceView import SliceView
from .Theme import SLICE_COLORS
from .ViewLink import ViewLink
from .VolumeAppearance import isLabelMap, isVolume

SLICE, COMPOSITE = "Slice", "SliceComposite"
BACKGROUND, FOREGROUND, LABEL = "backgroundVolume", "foregroundVolume", "labelVolume"
# Columns of a slice's matrix are directions; rounded text leaves them nearly square to each other.
MOST_SKEW = 1e-3


def rememberSlice(scene: Scene, view: SliceView, link: ViewLink) -> None:
    """Have the two nodes of a view, made where they are missing, say what it shows now, and where."""
    slice = keptNodeOrNew(scene, SLICE, view.name, view.name)
    if "layoutColor" not in slice.keptAttributes and view.name in SLICE_COLORS:
        slice.keptAttributes["layoutColor"] = _colorText(SLICE_COLORS[view.name])
    slice.keptAttributes.setdefault("layoutLabel", view.name[0])
    _rememberPlace(slice, view)
    _rememberVolumes(keptNodeOrNew(scene, COMPOSITE, view.name, view.name, isHidden=True), view, link)


def saysVolumes(scene: Scene, names: list[str]) -> bool:
    """Whether nodes of views say that any of these shows a volume."""
    composites = filter(None, (keptNode(scene, COMPOSITE, name) for name in names))
    return any(isVolume(_volumeOf(node, role)) for node in composites for role in (BACKGROUND, FOREGROUND, LABEL))


def saysLinked(scene: Scene, names: list[str]) -> bool | None:
    """Whether nodes of views say that these are zoomed and moved together; None where they say nothing."""
    composites = filter(None, (keptNode(scene, COMPOSITE, name) for name in names))
    said = [linked for node in composites if (linked := flagOf(node, "linkedControl")) is not None]
    return any(said) if said else None


def showVolumes(scene: Scene, view: SliceView) -> None:
    """Show in a view what its node says: what it does not say is not shown; without a node all stays as it is."""
    node = keptNode(scene, COMPOSITE, view.name)
    if node is None:
        return
    background, foreground, labels = (_volumeOf(node, role) for role in (BACKGROUND, FOREGROUND, LABEL))
    over, opacityName = (foreground, "foregroundOpacity") if isVolume(foreground) else (labels, "labelOpacity")
    if not isVolume(background) and isVolume(over):
        background, over = over, None
    view.setForegroundVolume(None)
    view.setBackgroundVolume(background if isVolume(background) else None)
    if isVolume(over):
        opacity = numberOf(node, opacityName)
        view.setForegroundVolume(over, None if opacity is None else float(np.clip(opacity, 0, 1)))
    for volume in view.shownVolumes():
        if volume.GetDisplayNode() is not None:
            volume.GetDisplayNode().SetVisibility(True)


def showPlace(scene: Scene, view: SliceView) -> None:
    """Cut where the node of a view says; nonsense changes nothing, and neither does a view that shows nothing."""
    node = keptNode(scene, SLICE, view.name)
    if node is None or not view.shownVolumes():
        return
    visibleIn3D = flagOf(node, "sliceVisibility")
    if visibleIn3D is not None:
        view.setVisibleIn3D(visibleIn3D)
    matrix = _sliceToRAS(node)
    if matrix is None:
        return
    view.setSliceToRAS(matrix)
    fieldOfView = vectorOf(node, "fieldOfView", 3)
    if fieldOfView is not None and fieldOfView[:2].min() > 0:
        geometry = view.geometryOfSlice
        # The shorter side is what stays when a view changes its shape, here as in 3D Slicer.
        wanted = fieldOfView[:2].min() / min(geometry.width, geometry.height)
        view.zoomBy(geometry.mmPerPixel / wanted)


def _sliceToRAS(node: vtkMRMLUnknownNode) -> np.ndarray | None:
    """The matrix with the middle of the view as its origin: 3D Slicer moves that when an image is panned."""
    values = vectorOf(node, "sliceToRAS", 16)
    if values is None:
        return None
    matrix = values.reshape(4, 4)
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    if not lengths.min() > 0:
        return None
    axes = matrix[:3, :3] / lengths
    if np.abs(axes.T @ axes - np.eye(3)).max() > MOST_SKEW:
        return None
    origin = vectorOf(node, "xyzOrigin", 3)
    return matrix if origin is None else matrix @ _translation(origin[0], origin[1])


def _translation(x: float, y: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:2, 3] = x, y
    return matrix


def _rememberPlace(node: vtkMRMLUnknownNode, view: SliceView) -> None:
    geometry, kept = view.geometryOfSlice, node.keptAttributes
    kept["layoutName"] = view.name
    kept["sliceToRAS"] = vectorText(view.sliceToRAS())
    size = np.array([geometry.width, geometry.height])
    kept["fieldOfView"] = vectorText([*(size * geometry.mmPerPixel), 1])
    kept["dimensions"] = f"{geometry.width} {geometry.height} 1"
    kept["xyzOrigin"] = "0 0 0"
    kept["sliceVisibility"] = flagText(view.visibleIn3D)
    for name in ("orientation", "orientationReference"):  # they follow from the matrix
        kept.pop(name, None)


def _rememberVolumes(node: vtkMRMLUnknownNode, view: SliceView, link: ViewLink) -> None:
    background, foreground = view.backgroundVolume, view.foregroundVolume
    hasLabels = foreground is not None and isLabelMap(foreground)
    node.keptAttributes["layoutName"] = view.name
    node.keptAttributes["linkedControl"] = str(int(link.enabled))
    node.keptAttributes["labelOpacity" if hasLabels else "foregroundOpacity"] = numberText(view.foregroundOpacity)
    _refer(node, BACKGROUND, background)
    _refer(node, FOREGROUND, None if hasLabels else foreground)
    if hasLabels or foreground is None:  # labels below a foreground are not drawn here, and kept
        _refer(node, LABEL, foreground)


def _refer(node: vtkMRMLUnknownNode, role: str, volume) -> None:
    node.SetNodeReferenceID(role, None if volume is None else volume.GetID())
    node.keptAttributes.pop(_oldName(role), None)


def _volumeOf(node: vtkMRMLUnknownNode, role: str):
    """As references of today's scenes say it, or attributes of scenes of earlier versions of 3D Slicer."""
    found, scene = node.GetNodeReference(role), node.GetScene()
    return scene.GetNodeByID(node.keptAttributes.get(_oldName(role))) if found is None else found


def _oldName(role: str) -> str:
    return f"{role}ID"


def _colorText(color: str) -> str:
    return " ".join(f"{int(color[start : start + 2], 16) / 255:.4g}" for start in (1, 3, 5))
