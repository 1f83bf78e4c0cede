"""Volumes computed from a diffusion volume: mean images, the tensor, and what is read off it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy

from DICOMLib.Diffusion.Coverage import Shell, baselineOf, shellsOf
from DICOMLib.Diffusion.Foreground import foregroundMask
from DICOMLib.Diffusion.TensorFit import TensorField, TensorFitError, fitTensor, requireTensor, usableMeasurements
from DICOMLib.Errors import SceneError
from DICOMLib.Progress import Progress
from DICOMLib.Scene.DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from DICOMLib.Scene.Node import vtkMRMLNode
from DICOMLib.Scene.Scene import Scene
from DICOMLib.Scene.SubjectHierarchy import (
    DICOM_ATTRIBUTE_PREFIX,
    DICOM_INSTANCE_UID_NAME,
    vtkMRMLSubjectHierarchyNode,
)
from DICOMLib.Wording import counted

from ..ScalarVolume.VolumeContent import SOURCE_UIDS_ATTRIBUTE

BASELINE, MEAN_DWI, TENSOR, FA, MD, COLOR_FA = "Baseline", "MeanDWI", "Tensor", "FA", "MD", "ColorFA"
TENSOR_MAPS = (TENSOR, FA, MD, COLOR_FA)
ALL_MAPS = (BASELINE, MEAN_DWI, *TENSOR_MAPS)
AUTOMATIC = "automatic"
"""Where tensors are fitted: everywhere but in air. Which b-values: those up to 1500 if they are enough."""

SOURCE_ROLE = "diffusionWeighted"
"""Role of the reference from what was computed to the diffusion volume."""
NOTE_ATTRIBUTE = "Diffusion.computedFrom"
NAME_ENDING = " - as DWI Volume"
# Beyond, the logarithm of the signal is no longer linear in b (Jensen and Helpern 2010, NMR Biomed 23:698).
LARGEST_LINEAR_B = 1500.0
# Water at 37 °C diffuses at 3.0e-3 mm²/s.
MD_WINDOW = (0.0, 3e-3)
FA_CODE = '(110808, DCM, "Fractional Anisotropy")'
MD_CODE = '(113202, DCM, "Mean Diffusivity")'
MD_UNITS = '(mm2/s, UCUM, "square millimeter per second")'


@dataclass(frozen=True)
class MapVolume:
    """One computed volume that is not in a scene yet.

    :ivar kind: one of :data:`ALL_MAPS`
    :ivar label: for its name
    :ivar voxels: (k, j, i[, c])
    :ivar note: what it was computed from
    """

    kind: str
    label: str
    voxels: numpy.ndarray
    note: str


@dataclass
class MapRequest:
    """What maps are computed from: taken from a node on the scene's thread, computed on any.

    :ivar voxels: (k, j, i, N), the node's own memory
    :ivar directions: (N, 3) RAS
    :ivar mask: (k, j, i) bool, "automatic", or None for everywhere
    :ivar largestB: measurements above it are not used for the tensor; "automatic" or None for all
    """

    name: str
    voxels: numpy.ndarray
    bValues: numpy.ndarray
    directions: numpy.ndarray
    mask: numpy.ndarray | str | None = AUTOMATIC
    largestB: float | str | None = AUTOMATIC
    shells: list[Shell] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        node: vtkMRMLDiffusionWeightedVolumeNode,
        mask: numpy.ndarray | str | None = AUTOMATIC,
        largestB: float | str | None = AUTOMATIC,
    ) -> MapRequest:
        """:raises SceneError: when the node has no voxels, or not one b-value for each of their components"""
        voxels, bValues, directions = node.voxelArray(), node.bValuesArray(), node.gradientsRAS()
        if voxels.shape[3] != len(bValues):
            what = f"there are {voxels.shape[3]} measurements but {len(bValues)} b-values"
            raise SceneError(what, node.GetName())
        return cls(node.GetName(), voxels, bValues, directions, mask, largestB, shellsOf(bValues))

    def possible(self) -> dict[str, str]:
        """Kind of map → why it cannot be computed, a sentence; "" where it can."""
        baseline = baselineOf(self.shells)
        noBaseline = "" if baseline else "No measurement has b = 0."
        noWeighted = "" if self._weighted() else "No measurement is weighted."
        try:
            requireTensor(self.bValues, self.directions)
            noTensor = ""
        except TensorFitError as error:
            noTensor = str(error)[:1].upper() + str(error)[1:]
        return {BASELINE: noBaseline, MEAN_DWI: noWeighted, **dict.fromkeys(TENSOR_MAPS, noTensor)}

    def compute(self, which: Collection[str] = ALL_MAPS, progress: Progress | None = None) -> list[MapVolume]:
        """The volumes of some kinds, those of a mean image for each b-value.

        :raises TensorFitError: when the measurements do not determine a tensor and one is wanted
        :raises SceneError: for another kind, or one that needs measurements there are none of
        :raises CancelledError: when progress was cancelled
        """
        unknown = set(which) - set(ALL_MAPS)
        if unknown:
            raise SceneError("there is no such map of a diffusion volume", self.name, ", ".join(sorted(unknown)))
        progress = progress or Progress()
        found = []
        if BASELINE in which:
            found.append(self._mean(baselineOf(self.shells), BASELINE, "baseline", "No measurement has b = 0"))
        if MEAN_DWI in which:
            weighted = self._weighted()
            if not weighted:
                found.append(self._mean(None, MEAN_DWI, "", "No measurement is weighted"))
            for number, shell in enumerate(weighted):
                progress.report(number, len(weighted))
                progress.raiseIfCancelled()
                found.append(self._mean(shell, MEAN_DWI, f"mean {shell.name}", ""))
        if set(which) & set(TENSOR_MAPS):
            found += self._tensorMaps(which, progress)
        return found

    def _weighted(self) -> list[Shell]:
        baseline = baselineOf(self.shells)
        return [shell for shell in self.shells if shell is not baseline]

    def _mean(self, shell: Shell | None, kind: str, label: str, reason: str) -> MapVolume:
        if shell is None:
            raise SceneError(f"there is nothing to average: {reason[0].lower()}{reason[1:]}", self.name)
        note = f"mean of {counted(len(shell.rows), 'measurement')} at {shell.name} s/mm²"
        return MapVolume(kind, label, meanOf(self.voxels, shell.rows), note)

    def _tensorMaps(self, which: Collection[str], progress: Progress) -> list[MapVolume]:
        rows = self.tensorRows()
        mask = self._mask(rows)
        used = numpy.full(len(self.bValues), numpy.nan)  # of the others nothing shall be known
        used[rows] = self.bValues[rows]
        tensors = fitTensor(self.voxels, used, self.directions, mask, progress)
        note = self._fitNote(rows, tensors)
        makers = {
            TENSOR: ("tensor", lambda: tensors.tensors),
            FA: ("FA", tensors.fractionalAnisotropy),
            MD: ("MD", tensors.meanDiffusivity),
            COLOR_FA: ("colour FA", tensors.colourFA),
        }
        found = []
        for kind, (label, make) in makers.items():
            if kind in which:
                progress.raiseIfCancelled()
                progress.report(progress.done, text=f"computing {label}")
                found.append(MapVolume(kind, label, make(), note))
        return found

    def tensorRows(self) -> numpy.ndarray:
        """(n,) numbers of the measurements that the tensor is fitted to.

        :raises TensorFitError: when they do not determine one
        """
        usable = usableMeasurements(self.bValues, self.directions)
        if self.largestB is None:
            largest = numpy.inf
        else:
            largest = LARGEST_LINEAR_B if self.largestB == AUTOMATIC else float(self.largestB)
        rows = usable[self.bValues[usable] <= largest]
        try:
            requireTensor(self.bValues[rows], self.directions[rows])
        except TensorFitError:
            if self.largestB != AUTOMATIC:
                raise
            rows = usable
            requireTensor(self.bValues[rows], self.directions[rows])
        return rows

    def _mask(self, rows: numpy.ndarray) -> numpy.ndarray | None:
        if not isinstance(self.mask, str):
            return self.mask
        mask, baseline = foregroundMask(meanOf(self.voxels, rows)), baselineOf(self.shells)
        # Fluid is dark where it is weighted, and bright where it is not.
        return mask if baseline is None else mask | foregroundMask(meanOf(self.voxels, baseline.rows))

    def _fitNote(self, rows: numpy.ndarray, tensors: TensorField) -> str:
        note = (
            f"weighted least squares of {len(rows):,} of {counted(len(self.bValues), 'measurement')}, b up to "
            f"{self.bValues[rows].max():.0f} s/mm², in {counted(int(tensors.mask.sum()), 'voxel')}"
        )
        if tensors.clipped:
            note += f"; in {tensors.clipped:,} of them a negative eigenvalue was set to zero"
        return note


def meanOf(voxels: numpy.ndarray, rows: numpy.ndarray) -> numpy.ndarray:
    """(k, j, i) float32 mean of some components of (k, j, i, N) voxels; slice by slice, as memory is."""
    result = numpy.empty(voxels.shape[:3], numpy.float32)
    isAll = len(rows) == voxels.shape[3]
    for k in range(len(voxels)):
        chosen = voxels[k] if isAll else voxels[k][..., rows]
        result[k] = chosen.mean(axis=-1, dtype=numpy.float64)
    return result


def makeMaps(
    scene: Scene,
    node: vtkMRMLDiffusionWeightedVolumeNode,
    which: Collection[str] = ALL_MAPS,
    progress: Progress | None = None,
    mask: numpy.ndarray | str | None = AUTOMATIC,
    largestB: float | str | None = AUTOMATIC,
) -> list[vtkMRMLNode]:
    """Compute volumes and put them beside the diffusion volume in the scene's hierarchy.

    :param which: some of :data:`ALL_MAPS`
    :param mask: (k, j, i) where tensors are fitted; "automatic": everywhere but in air; None: everywhere
    :param largestB: s/mm², of the measurements that tensors are fitted to; "automatic": 1500 if that leaves enough;
        None: all
    :returns: nodes in the order of :data:`ALL_MAPS`
    :raises DICOMError: as :meth:`MapRequest.compute`; the scene is unchanged then
    """
    return addMaps(scene, node, MapRequest.of(node, mask, largestB).compute(which, progress))


def addMaps(scene: Scene, node: vtkMRMLNode, maps: Collection[MapVolume]) -> list[vtkMRMLNode]:
    """Computed volumes as nodes beside the one they were computed from; for the scene's thread."""
    return [_addMap(scene, node, one) for one in maps]


# Of the series, they hold for what was computed of it.
_SERIES_ATTRIBUTES = ("Modality", "Manufacturer", "Model")
LONGEST_DESCRIPTION = 64  # PS3.5 6.2: LO

_CLASSES = {TENSOR: "vtkMRMLDiffusionTensorVolumeNode", COLOR_FA: "vtkMRMLVectorVolumeNode"}


def _addMap(scene: Scene, source: vtkMRMLNode, one: MapVolume) -> vtkMRMLNode:
    node = scene.CreateNodeByClass(_CLASSES.get(one.kind, "vtkMRMLScalarVolumeNode"))
    node.SetName(f"{source.GetName().removesuffix(NAME_ENDING)} - {one.label}")
    node.setVoxelArray(one.voxels)
    node.SetIJKToRASMatrix(source.GetIJKToRASMatrix())
    node.SetAttribute(NOTE_ATTRIBUTE, one.note)
    scene.AddNode(node)
    node.SetNodeReferenceID(SOURCE_ROLE, source.GetID())
    node.SetAndObserveTransformNodeID(source.GetTransformNodeID())
    node.CreateDefaultDisplayNodes()
    _setDisplay(node, one.kind)
    _setSource(scene.GetSubjectHierarchyNode(), source, node, one.label)
    return node


def _setSource(hierarchy: vtkMRMLSubjectHierarchyNode, source: vtkMRMLNode, node: vtkMRMLNode, label: str) -> None:
    """Put a computed node beside its source, with what an export of it needs to know of the source."""
    sourceItem = hierarchy.GetItemByDataNode(source)
    item = hierarchy.CreateItem(hierarchy.GetItemParent(sourceItem), node)
    uids = hierarchy.GetItemUID(sourceItem, DICOM_INSTANCE_UID_NAME)
    if not uids:
        return
    node.SetAttribute(SOURCE_UIDS_ATTRIBUTE, uids)
    for name in _SERIES_ATTRIBUTES:
        text = hierarchy.GetItemAttribute(sourceItem, DICOM_ATTRIBUTE_PREFIX + name)
        hierarchy.SetItemAttribute(item, DICOM_ATTRIBUTE_PREFIX + name, text)
    description = hierarchy.GetItemAttribute(sourceItem, DICOM_ATTRIBUTE_PREFIX + "SeriesDescription").strip()
    text = f"{description} - {label}" if description else label
    hierarchy.SetItemAttribute(item, DICOM_ATTRIBUTE_PREFIX + "SeriesDescription", text[:LONGEST_DESCRIPTION])


def _setDisplay(node: vtkMRMLNode, kind: str) -> None:
    if kind == FA:
        node.SetVoxelValueQuantity(FA_CODE)
        node.GetDisplayNode().SetWindowLevelMinMax(0, 1)
    elif kind == MD:
        node.SetVoxelValueQuantity(MD_CODE)
        node.SetVoxelValueUnits(MD_UNITS)
        node.GetDisplayNode().SetWindowLevelMinMax(*MD_WINDOW)
