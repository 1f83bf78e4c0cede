"""How the window shows a scene, in the nodes that 3D Slicer has for that: layout, slices, camera, crosshair.

The nodes come from scene files, or are made when a scene is saved; nobody vouches for what files say in them.
"""

from __future__ import annotations

import numpy as np

from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.VolumeRenderingNodes import vtkMRMLVolumePropertyNode
from DICOMLib.SceneFiles.UnknownNodes import vtkMRMLUnknownNode
from DICOMLib.SceneFiles.ValueText import flagText, integer

from .CameraPlacement import CameraPlacement
from .KeptNodes import flagOf, keptNode, keptNodeOrNew, numberOf, vectorOf, vectorText
from .LayoutManager import LayoutManager
from .SliceNodes import rememberSlice, saysLinked, saysVolumes, showPlace, showVolumes
from .ThreeDView import ThreeDView
from .VolumeAppearance import isLabelMap, isVolume
from .VolumeLooks import keepLook, propertyOf

# vtkMRMLLayoutNode::SlicerLayout
ARRANGEMENTS = {"Conventional": 2, "FourUp": 3, "ThreeD": 4, "Red": 6, "Yellow": 7, "Green": 8}
# Arrangements that are not here: side by side, tabs, several 3D views, tables and plots, those of the user's own.
_NEAREST = {
    "Conventional": (1, 2, 9, 12, 16, 19, 36),
    "ThreeD": (4, 15, 35),
    "Red": (6, 10, 23, 29, 30, 31, 32, 33, 41),
    "Yellow": (7,),
    "Green": (8,),
}
_NEAREST_OF_NUMBERS = {number: name for name, numbers in _NEAREST.items() for number in numbers}
_OF_NONE = (0, 14)
LAYOUT, CAMERA, VIEW = "Layout", "Camera", "View"
SELECTION, INTERACTION, CROSSHAIR = "Selection", "Interaction", "Crosshair"
VIEW_NAME = "1"
ONLY_ONE = "Singleton"
CROSSHAIR_TAG = "default"
NO_CROSSHAIR, PLAIN_CROSSHAIR = "NoCrosshair", "ShowBasic"
ACTIVE_VOLUME, ACTIVE_LABELS, SECONDARY_VOLUME = "ActiveVolume", "ActiveLabelVolume", "SecondaryVolume"
# Of all volumes in a 3D view of 3D Slicer; here each volume has its own.
TECHNIQUE, PROJECTION, COMPOSITING = "raycastTechnique", "MaximumIntensityProjection", "Composite"
NARROWEST_ANGLE, WIDEST_ANGLE = 1.0, 170.0


def rememberViews(scene: Scene, views: LayoutManager) -> None:
    """Have the nodes of a scene, made where they are missing, say how it is shown now."""
    _rememberLayout(scene, views)
    for view in views.sliceViews().values():
        rememberSlice(scene, view, views.link)
    _rememberThreeD(scene, views.threeDView())
    _rememberCrosshair(scene, views)
    _rememberSelection(scene, views)


def showAsRemembered(scene: Scene, views: LayoutManager) -> None:
    """Show a scene as its nodes say; what they do not say, or say wrongly, stays as it is."""
    _showLayout(scene, views)
    sliceViews, link = views.sliceViews(), views.link
    wasLinked = link.enabled
    link.setEnabled(False)  # else each view that is put into its place would move the others
    if saysVolumes(scene, list(sliceViews)):
        views.takeArrivalsAsShown()
        for view in sliceViews.values():
            showVolumes(scene, view)
    else:
        views.showArrivals()
        _showSelection(scene, views)
    for view in sliceViews.values():
        showPlace(scene, view)
    linked = saysLinked(scene, list(sliceViews))
    link.setEnabled(wasLinked if linked is None else linked)
    views.threeDView().refresh()
    _showThreeD(scene, views.threeDView())
    _showCrosshair(scene, views)


# Layout


def layoutOfNumber(number: int) -> str | None:
    """The arrangement here that is the nearest to one of 3D Slicer's; None for no arrangement at all."""
    if number < 0 or number in _OF_NONE:
        return None
    return _NEAREST_OF_NUMBERS.get(number, "FourUp")


def _rememberLayout(scene: Scene, views: LayoutManager) -> None:
    node = keptNodeOrNew(scene, LAYOUT, "vtkMRMLLayoutNode", isHidden=True, orAnyOther=True)
    number = _layoutNumber(node)
    if number is None or layoutOfNumber(number) != views.layoutName:  # else the file's, though it is not known here
        node.keptAttributes["currentViewArrangement"] = str(ARRANGEMENTS[views.layoutName])


def _showLayout(scene: Scene, views: LayoutManager) -> None:
    node = keptNode(scene, LAYOUT, "vtkMRMLLayoutNode", orAnyOther=True)
    number = None if node is None else _layoutNumber(node)
    name = None if number is None else layoutOfNumber(number)
    if name is not None:
        views.setLayout(name)


def _layoutNumber(node: vtkMRMLUnknownNode) -> int | None:
    try:
        return integer(node.keptAttributes.get("currentViewArrangement", ""))
    except ValueError:
        return None


# 3D view


def _rememberThreeD(scene: Scene, view: ThreeDView) -> None:
    placement = view.cameraPlacement()
    camera = keptNodeOrNew(scene, CAMERA, VIEW_NAME, orAnyOther=True).keptAttributes
    for name, vector in zip(("position", "focalPoint", "viewUp"), placement.vectors(), strict=True):
        camera[name] = vectorText(vector)
    camera["parallelProjection"] = flagText(placement.isParallel)
    camera["parallelScale"] = vectorText(placement.parallelScale)
    camera["viewAngle"] = vectorText(placement.viewAngle)
    camera["appliedTransform"] = vectorText(np.eye(4))
    node = keptNodeOrNew(scene, VIEW, VIEW_NAME, "View1")
    node.keptAttributes["layoutName"] = VIEW_NAME
    # 3D Slicer takes this and not the camera's word for it.
    node.keptAttributes["renderMode"] = "Orthographic" if placement.isParallel else "Perspective"
    node.keptAttributes["boxVisible"] = flagText(view.annotations.boxVisible)
    node.keptAttributes["axisLabelsVisible"] = flagText(view.annotations.lettersVisible)
    _rememberRendering(node, view)


def _rememberRendering(node: vtkMRMLUnknownNode, view: ThreeDView) -> None:
    for volume in view.renderedVolumes():
        keepLook(volume)
    if any(look.isProjection() for look in _looks(view)):
        node.keptAttributes[TECHNIQUE] = PROJECTION
    elif node.keptAttributes.get(TECHNIQUE) == PROJECTION:
        node.keptAttributes[TECHNIQUE] = COMPOSITING


def _looks(view: ThreeDView) -> list[vtkMRMLVolumePropertyNode]:
    return [look for volume in view.renderedVolumes() if (look := propertyOf(volume)) is not None]


def _showThreeD(scene: Scene, view: ThreeDView) -> None:
    node = keptNode(scene, VIEW, VIEW_NAME, orAnyOther=True)
    if node is not None:
        for name, field in (("boxVisible", "boxVisible"), ("axisLabelsVisible", "lettersVisible")):
            visible = flagOf(node, name)
            if visible is not None:
                view.setAnnotationVisible(field, visible)
        if TECHNIQUE in node.keptAttributes:
            for look in _looks(view):
                look.setProjection(node.keptAttributes[TECHNIQUE] == PROJECTION)
    camera = keptNode(scene, CAMERA, VIEW_NAME, orAnyOther=True)
    if camera is None:
        view.fit()
        return
    vectors = [vectorOf(camera, name, 3) for name in ("position", "focalPoint", "viewUp")]
    if any(vector is None for vector in vectors):
        return
    now = view.cameraPlacement()
    isParallel = flagOf(camera, "parallelProjection")
    scale, angle = numberOf(camera, "parallelScale"), numberOf(camera, "viewAngle")
    view.setCameraPlacement(CameraPlacement(
        *vectors,
        isParallel=now.isParallel if isParallel is None else isParallel,
        parallelScale=scale if scale is not None and scale > 0 else now.parallelScale,
        viewAngle=now.viewAngle if angle is None else float(np.clip(angle, NARROWEST_ANGLE, WIDEST_ANGLE)),
    ))  # fmt: skip


# Crosshair, and what is active


def _rememberCrosshair(scene: Scene, views: LayoutManager) -> None:
    kept = keptNodeOrNew(scene, CROSSHAIR, CROSSHAIR_TAG, isHidden=True, orAnyOther=True).keptAttributes
    crosshair = views.crosshair
    if not crosshair.visible:
        kept["crosshairMode"] = NO_CROSSHAIR
    elif kept.get("crosshairMode", NO_CROSSHAIR) == NO_CROSSHAIR:  # else one of the others that 3D Slicer has
        kept["crosshairMode"] = PLAIN_CROSSHAIR
    if crosshair.position is not None:
        kept["crosshairRAS"] = vectorText(crosshair.position)


def _showCrosshair(scene: Scene, views: LayoutManager) -> None:
    """Slices stay where they are: their own nodes have put them there."""
    node = keptNode(scene, CROSSHAIR, CROSSHAIR_TAG, orAnyOther=True)
    position = None if node is None else vectorOf(node, "crosshairRAS", 3)
    if position is None or node.keptAttributes.get("crosshairMode", NO_CROSSHAIR) == NO_CROSSHAIR:
        return
    placements = {view: view.placement() for view in views.sliceViews().values()}
    views.crosshair.setVisible(True)
    views.crosshair.setPosition(position)
    for view, placement in placements.items():
        view.setPlacement(placement)


def _rememberSelection(scene: Scene, views: LayoutManager) -> None:
    red = views.sliceView("Red")
    node = keptNodeOrNew(scene, SELECTION, ONLY_ONE, isHidden=True, orAnyOther=True)
    foreground = red.foregroundVolume
    hasLabels = foreground is not None and isLabelMap(foreground)
    said = {
        ACTIVE_VOLUME: red.backgroundVolume,
        ACTIVE_LABELS: foreground if hasLabels else None,
        SECONDARY_VOLUME: None if hasLabels else foreground,
    }
    for role, volume in said.items():
        if volume is not None:  # what is not shown may be active all the same
            node.SetNodeReferenceID(role, volume.GetID())
    interaction = keptNodeOrNew(scene, INTERACTION, ONLY_ONE, isHidden=True, orAnyOther=True)
    interaction.keptAttributes.setdefault("currentInteractionMode", "ViewTransform")


def _showSelection(scene: Scene, views: LayoutManager) -> None:
    node = keptNode(scene, SELECTION, ONLY_ONE, orAnyOther=True)
    volume = None if node is None else node.GetNodeReference(ACTIVE_VOLUME)
    if isVolume(volume):
        views.showVolume(volume)
