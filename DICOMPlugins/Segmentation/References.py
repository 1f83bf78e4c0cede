"""Which images a label map belongs to: what may be chosen, what is meant if nobody chooses, and where they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy

from DICOMLib.DICOMPlugin import PluginContext
from DICOMLib.Errors import ExportError
from DICOMLib.Export.SourceObjects import objectReferences, sourceInstances
from DICOMLib.Export.UIDs import isValidUID
from DICOMLib.Geometry.FrameTable import parseNumbers
from DICOMLib.Geometry.Patient import ijkToLPSFromRAS
from DICOMLib.Instance import Instance
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.SubjectHierarchy import STUDY_LEVEL, vtkMRMLSubjectHierarchyNode

REFERENCE_TAG = "ReferenceVolume"
NO_REFERENCE, STATED_REFERENCE = "", "stated"
REFERENCES_ATTRIBUTE = "DICOM.ReferencedInstanceUIDs"

# Planes as near as this are the same one.
SAME_PLANE_MM = 1e-2
SAME_GRID_MM = 1e-3
SAME_DIRECTION = 1e-4


@dataclass
class ReferencedImages:
    """Stored images that labels belong to; none where there is no reference.

    :ivar instances: header records
    :ivar ijkToLPS: of the labels, in the coordinates of the images
    :ivar positions: of the planes of the labels where no matrix tells them, (slices, 3); None elsewhere
    :ivar isInTheirFrame: whether these are coordinates of the images' frame of reference
    """

    ijkToLPS: numpy.ndarray
    instances: list[Instance] = field(default_factory=list)
    positions: numpy.ndarray | None = None
    isInTheirFrame: bool = True

    @property
    def headers(self) -> list[Mapping[str, str]]:
        """Values of each object, by tag."""
        return [one.values for one in self.instances]

    @property
    def bySeries(self) -> dict[tuple[str, str], list[tuple[str, str]]]:
        """(study, series) → (SOP class, SOP instance) of each object; empty when one of them is no valid UID."""
        references = objectReferences(self.headers)
        found: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for instance, reference in zip(self.instances, references, strict=False):
            key = instance.value("StudyInstanceUID").strip(), instance.SeriesInstanceUID.strip()
            found.setdefault(key, []).append(reference)
        return found if all(isValidUID(uid) for key in found for uid in key) else {}

    def framesInPlanes(self, positions: numpy.ndarray, orientation: Sequence[float]) -> list[list[tuple]]:
        """For each plane the frames that lie in it: (SOP class, SOP instance, frame from 1 or 0 where it is the only).

        :param positions: (planes, 3), of any point in each
        """
        found: list[list[tuple]] = [[] for _ in positions]
        if not self.bySeries or not self.isInTheirFrame:
            return found
        normal = numpy.cross(orientation[:3], orientation[3:])
        heights = positions @ normal
        for instance in self.instances:
            isSingle = instance.numberOfFrames == 1
            for frame, height in _heights(instance, normal):
                for k in numpy.flatnonzero(numpy.abs(heights - height) < SAME_PLANE_MM).tolist():
                    number = 0 if isSingle else frame + 1
                    found[k].append((instance.SOPClassUID, instance.SOPInstanceUID, number))
        return found


def _heights(instance: Instance, normal: numpy.ndarray) -> list[tuple[int, float]]:
    """(frame, distance along the normal) of the frames that are parallel to the labels' planes."""
    positions = parseNumbers(instance.frameValues("ImagePositionPatient"), 3)
    orientations = parseNumbers(instance.frameValues("ImageOrientationPatient"), 6)
    normals = numpy.cross(orientations[:, :3], orientations[:, 3:])
    isParallel = numpy.linalg.norm(numpy.cross(normals, normal), axis=1) < SAME_DIRECTION  # NaN is not
    placed = numpy.flatnonzero(isParallel & numpy.isfinite(positions).all(axis=1)).tolist()
    return [(n, float(positions[n] @ normal)) for n in placed]


def referenceChoices(node: vtkMRMLNode, itemID: int, context: PluginContext) -> tuple[dict[str, str], str]:
    """(value → words, the value that is meant): none, the images the file named, volumes made of stored objects."""
    hierarchy = context.scene.GetSubjectHierarchyNode()
    choices = {NO_REFERENCE: "no images"}
    stated = sourceInstances(_statedUIDs(hierarchy, itemID), context.database)
    if stated:
        choices[STATED_REFERENCE] = "the images that its file refers to"
    volumes = _volumes(node, itemID, context)
    choices.update((volume.GetID(), volume.GetName() or volume.GetID()) for volume in volumes)
    reference = node.referenceVolume()
    if reference is not None and reference.GetID() in choices:
        return choices, reference.GetID()
    if stated:
        return choices, STATED_REFERENCE
    return choices, next((volume.GetID() for volume in volumes if _isSameGrid(node, volume)), NO_REFERENCE)


def _statedUIDs(hierarchy: vtkMRMLSubjectHierarchyNode, itemID: int) -> list[str]:
    return hierarchy.GetItemAttribute(itemID, REFERENCES_ATTRIBUTE).split()


def _volumes(node: vtkMRMLNode, itemID: int, context: PluginContext) -> list[vtkMRMLNode]:
    """Volumes of the same study that were made of stored images, and the one that was set as reference."""
    hierarchy = context.scene.GetSubjectHierarchyNode()
    study = hierarchy.GetItemAncestorAtLevel(itemID, STUDY_LEVEL)
    candidates = hierarchy.GetDataNodesInBranch(study, className="vtkMRMLVolumeNode") if study else []
    reference = node.referenceVolume()
    if reference is not None and reference not in candidates:
        candidates = [reference, *candidates]
    return [one for one in candidates if not one.IsA("vtkMRMLLabelMapVolumeNode") and _isOfImages(one, context)]


def _isOfImages(volume: vtkMRMLNode, context: PluginContext) -> bool:
    instances = sourceInstances(instanceUIDs(volume), context.database)
    return bool(instances) and bool(instances[0].value("FrameOfReferenceUID").strip())


def instanceUIDs(volume: vtkMRMLNode) -> list[str]:
    """SOP instance UIDs of the objects a volume was made of."""
    return [uid for uid in (volume.GetAttribute("DICOM.instanceUIDs") or "").split() if uid != "Unknown"]


def _isSameGrid(node: vtkMRMLNode, volume: vtkMRMLNode) -> bool:
    if node.GetDimensions() != volume.GetDimensions():
        return False
    return bool(numpy.abs(node.ijkToRASArray() - volume.ijkToRASArray()).max() < SAME_GRID_MM)


def referencedImages(node: vtkMRMLNode, itemID: int, choice: str, context: PluginContext) -> ReferencedImages:
    """What was chosen, and where the labels are among its images.

    :raises ExportError: when it is not there, its objects are not stored, or transforms do not allow it
    """
    name = node.GetName() or ""
    if choice == NO_REFERENCE:
        return ReferencedImages(_worldMatrix(node))
    if choice == STATED_REFERENCE:
        return _statedImages(node, itemID, context)
    volume = context.scene.GetNodeByID(choice)
    if volume is None or not volume.IsA("vtkMRMLVolumeNode"):
        raise ExportError("the volume to refer to is not in the scene", name, choice)
    instances = sourceInstances(instanceUIDs(volume), context.database)
    if not instances:
        hint = "Import them, or refer to no images"
        raise ExportError("the files of the volume to refer to are not in the database", volume.GetName(), hint=hint)
    return _imagesOfVolume(node, volume, instances)


def _statedImages(node: vtkMRMLNode, itemID: int, context: PluginContext) -> ReferencedImages:
    """Labels that were moved are where they are beside the volume of these images, if there is one in the scene."""
    instances = sourceInstances(_statedUIDs(context.scene.GetSubjectHierarchyNode(), itemID), context.database)
    if not instances:
        raise ExportError("the images that the file refers to are not in the database", node.GetName())
    uids = {one.SOPInstanceUID for one in instances}
    volumes = [one for one in context.scene.GetNodesByClass("vtkMRMLVolumeNode") if uids & {*instanceUIDs(one)}]
    if volumes:
        return _imagesOfVolume(node, volumes[0], instances)
    return ReferencedImages(_worldMatrix(node), instances, isInTheirFrame=node.GetParentTransformNode() is None)


def _imagesOfVolume(node: vtkMRMLNode, volume: vtkMRMLNode, instances: list[Instance]) -> ReferencedImages:
    if node.GetParentTransformNode() is volume.GetParentTransformNode():
        matrix = ijkToLPSFromRAS(node.ijkToRASArray())
        return ReferencedImages(matrix, instances, _ownPositions(node, volume, instances))
    if volume.isWarped():
        what = "the volume to refer to is under a transform that the labels are not under"
        raise ExportError(what, node.GetName() or "")
    toVolume = numpy.linalg.inv(volume.transformToWorldArray())
    return ReferencedImages(ijkToLPSFromRAS(toVolume @ _worldRAS(node)), instances)


def _worldMatrix(node: vtkMRMLNode) -> numpy.ndarray:
    return ijkToLPSFromRAS(_worldRAS(node))


def _worldRAS(node: vtkMRMLNode) -> numpy.ndarray:
    if node.isWarped():
        raise ExportError(
            "the label map is under a transform that is not linear", node.GetName(), hint="Harden the transform first"
        )
    return node.ijkToWorldArray()


def _ownPositions(node: vtkMRMLNode, volume: vtkMRMLNode, instances: Sequence[Instance]) -> numpy.ndarray | None:
    """Slices that only a transform puts in their places are where those of the images are."""
    if not node.isWarped():
        return None
    if not _isSameGrid(node, volume) or len(instances) != node.GetDimensions()[2]:
        raise ExportError("unevenly spaced slices need labels on the grid of their images", node.GetName())
    positions = parseNumbers([one.value("ImagePositionPatient") for one in instances], 3)
    if numpy.isnan(positions).any():
        raise ExportError("the images do not say where they are", node.GetName())
    return positions
