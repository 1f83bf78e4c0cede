"""Slices that no single matrix can place: left so, moved by a transform node, or computed anew on a regular grid."""

from __future__ import annotations

import numpy

from DICOMLib.Errors import SceneError
from DICOMLib.Geometry.AcquisitionTransform import CORNER_TOLERANCE_MM, AcquisitionTransform, acquisitionTransform
from DICOMLib.Geometry.Findings import ERROR, NOTE, WARNING, Finding
from DICOMLib.Geometry.Patient import rasFromLPS, transformedPoints
from DICOMLib.Geometry.Slices import SliceStack
from DICOMLib.Progress import Progress
from DICOMLib.Scene.GridTransforms import movedPoints
from DICOMLib.Scene.Matrices import isSheared
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Resampling import RectangularGrid, gridAround, refusal
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Wording import sizeText

REGULARIZATION_SETTING = "DICOM/ScalarVolume/AcquisitionGeometryRegularization"
"""3D Slicer's setting: "default" (= "transform"), "none", "transform" or "hardenTransform"."""
NONE, TRANSFORM, HARDEN = "none", "transform", "hardenTransform"

PLAN_DETAIL = "acquisitionPlan"
"""Key of a loadable's details: what loading will do about the places of slices, in words; "" for nothing."""

GEOMETRY_ATTRIBUTE = "DICOM.acquisitionGeometry"
"""What was done about slices that no matrix can place, in words; absent where nothing was to be done."""
BEFORE_ATTRIBUTE = "DICOM.acquisitionDisplacementBefore"
AFTER_ATTRIBUTE = "DICOM.acquisitionDisplacementAfter"
"""Largest distance in mm of some slice's corner from where its header puts it, without and with the transform."""


def planText(stack: SliceStack, choice: str) -> str:
    """What loading will do about the places of slices, in words; "" where there is nothing to do."""
    displaced = stack.finding("displacement")
    isUneven = displaced is not None and displaced.severity == WARNING and not stack.isWrong
    if choice == NONE:
        return "Slices stay on the regular grid, as the settings say." if isUneven else ""
    if choice == HARDEN and (isUneven or isSheared(stack.ijkToLPS)):
        return _hardeningText(stack)
    return _transformText(stack) if isUneven else ""


def _transformText(stack: SliceStack) -> str:
    transform = acquisitionTransform(stack)
    if transform is None or not transform.isNeeded:
        return ""
    finding = transform.finding()
    if finding.severity == ERROR:
        return f"Loading leaves slices where they are: {finding.text}."
    return f"Loading adds a transform: {finding.text}."


def _hardeningText(stack: SliceStack) -> str:
    """What computing voxels anew will make and take; sizes are those of stored pixels, which rescaling may widen."""
    grid, instance = _plannedGrid(stack), stack.instances[0]
    bits = (instance.number("BitsAllocated") or 8) * (instance.number("SamplesPerPixel") or 1)
    needed = int(grid.voxelCount * bits / 8)
    reason = refusal(grid, needed)
    if reason:
        return f"Loading keeps the voxels as they are: {reason}."
    return (
        "Loading computes the voxels anew on a rectangular grid, with every slice in its true place: "
        f"{_sizeText(stack.dimensions)} become {_sizeText(grid.dimensions)}, which takes about {sizeText(needed)}."
    )


def _plannedGrid(stack: SliceStack) -> RectangularGrid:
    transform = acquisitionTransform(stack)
    moves = transform is not None and transform.isNeeded and transform.finding().severity != ERROR

    def toWorld(ijk: numpy.ndarray) -> numpy.ndarray:
        return transformedPoints(stack.ijkToRAS, transform.grid.moved(ijk) if moves else ijk)

    return gridAround(stack.ijkToRAS, stack.dimensions, toWorld)


def regularize(
    scene: Scene, node: vtkMRMLNode, stack: SliceStack, choice: str, seriesItem: int, progress: Progress | None = None
) -> Finding | None:
    """Put a loaded volume's slices where their headers say.

    A transform node "<name> acquisition transform" goes above the volume, and beside it in the subject hierarchy; with
    "hardenTransform" the voxels are computed anew instead, those of a tilted gantry too. The volume's attributes tell
    what was done. A tilt alone needs no transform: the volume's matrix has it.

    :param choice: a value of :data:`REGULARIZATION_SETTING`
    :param seriesItem: of the volume in the subject hierarchy
    :returns: what is worth telling; an error finding where slices cannot be corrected; None where nothing was to do
    :raises CancelledError: when progress was cancelled while voxels were computed
    """
    finding, transformNode = None, None
    transform = acquisitionTransform(stack) if choice != NONE else None
    if transform is not None and transform.isNeeded:
        finding, transformNode = _addTransform(scene, node, stack, transform)
    if choice == HARDEN and (transformNode is not None or isSheared(node.ijkToRASArray())):
        finding = _harden(scene, node, transformNode, finding, progress)
    if scene.IsNodePresent(transformNode):
        hierarchy = scene.GetSubjectHierarchyNode()
        hierarchy.CreateItem(hierarchy.GetItemParent(seriesItem), transformNode)
    if finding is not None:
        node.SetAttribute(GEOMETRY_ATTRIBUTE, finding.text)
    return finding


def _addTransform(scene: Scene, node: vtkMRMLNode, stack: SliceStack, transform: AcquisitionTransform):
    """:returns: finding and transform node; None for the latter when it would not put slices in their places"""
    finding = transform.finding()
    node.SetAttribute(BEFORE_ATTRIBUTE, f"{transform.largestDisplacement:.6g}")
    if finding.severity == ERROR:
        return finding, None
    transformNode = scene.CreateNodeByClass("vtkMRMLGridTransformNode")
    transformNode.SetName(f"{node.GetName()} acquisition transform")
    transformNode.setDisplacementGrid(stack.ijkToRAS, transform.grid, transform.inverseGrid)
    moved = movedPoints(transformNode.GetTransformToParent(), rasFromLPS(transform.originalCorners))
    after = float(numpy.linalg.norm(moved - rasFromLPS(transform.targetCorners), axis=-1).max())
    node.SetAttribute(AFTER_ATTRIBUTE, f"{after:.6g}")
    if not after <= CORNER_TOLERANCE_MM:
        text = f"the transform would leave slices {after:.4f} mm from their true places: they stay where they are"
        return Finding("acquisitionTransform", text, ERROR, after), None
    scene.AddNode(transformNode)
    node.SetAndObserveTransformNodeID(transformNode.GetID())
    node.SetNodeReferenceID(node.ACQUISITION_TRANSFORM_ROLE, transformNode.GetID())  # it leaves the scene with it
    return finding, transformNode


def _harden(scene: Scene, node, transformNode, finding: Finding | None, progress: Progress | None) -> Finding:
    before = node.GetDimensions()
    try:
        node.makeRectangular(progress)
    except SceneError as error:  # the volume is right as it is, with its transform or its shear
        kept = "shear in the volume's matrix" if transformNode is None else "a transform"
        text = f"{error.what}; its slices are in their places by {kept} instead"
        return Finding("acquisitionTransform", text, ERROR)
    if transformNode is not None:
        scene.RemoveNode(transformNode)
    after = node.GetDimensions()
    text = (
        f"voxels were computed anew on a rectangular grid: {_sizeText(before)} became {_sizeText(after)}, "
        f"{sizeText(node.voxelArray().nbytes)}"
    )
    if finding is not None:
        text = f"{finding.text}; {text}"
    return Finding("acquisitionTransform", text, NOTE if finding is None else finding.severity)


def _sizeText(dimensions: tuple[int, int, int]) -> str:
    return "×".join(str(size) for size in dimensions)
