"""Volumes of all kinds as NRRD; NIfTI is read as well."""

from __future__ import annotations

from pathlib import Path

from ..Errors import FileError
from ..Progress import Progress
from ..Scene.ArrayFiles import isInflatedTooMuch
from ..Scene.DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from ..Scene.Nifti import SUFFIXES as NIFTI_SUFFIXES
from ..Scene.Node import vtkMRMLNode
from ..Scene.Nrrd import TASK as NRRD_TASK
from ..Scene.Nrrd import NrrdImage, writeNrrd
from ..Scene.Storage import prepareVolume, readVolume, suffixOf
from ..Scene.TensorNodes import vtkMRMLDiffusionTensorVolumeNode
from ..Scene.VolumeNodes import vtkMRMLVolumeNode
from .MemberFormat import MemberFormat, Reading

NRRD_STORAGE = "vtkMRMLNRRDStorageNode"
ARCHETYPE_STORAGE = "vtkMRMLVolumeArchetypeStorageNode"
# As readVolume has it read.
NRRD_OPTIONS = {"isForeign": True, "withSeries": False}
_OF_DIFFUSION = ("vtkMRMLDiffusionWeightedVolumeNode", "vtkMRMLDiffusionTensorVolumeNode")


def writeVolume(node: vtkMRMLVolumeNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises FileError: when the format cannot hold the volume"""
    prepared = prepareVolume(node, path)
    prepared.write(progress)
    if isInflatedTooMuch(node.voxelArray().nbytes, path.stat().st_size):
        # Compressed, a large empty mask looks like what is made to fill a memory, and would be refused.
        prepared = prepareVolume(node, path, compress=False)
        prepared.write(progress)
    return prepared.files


def writeImage(image: NrrdImage, path: Path, progress: Progress | None) -> None:
    """The same for what is no volume. :raises UnreadableFileError: when the file cannot be written"""
    writeNrrd(image, path, progress=progress)
    if isInflatedTooMuch(image.array.nbytes, path.stat().st_size):
        writeNrrd(image, path, compress=False, progress=progress)


def readVolumeInto(node: vtkMRMLVolumeNode, path: Path, reading: Reading) -> None:
    """:raises FileError: when the file is damaged, or holds another kind of volume"""
    read = readVolume(path, isForeign=True, progress=reading.progress, workers=reading.workers)
    if read.isVector != node.isVector or any(read.IsA(name) != node.IsA(name) for name in _OF_DIFFUSION):
        hint = ""
        if read.isVector and isinstance(node, vtkMRMLDiffusionWeightedVolumeNode):
            hint = "It has no b-values and gradients: 3D Slicer saves none for fewer than seven measurements"
        raise FileError("the file holds another kind of volume", path, read.GetClassName(), hint)
    node.setVoxelArray(read.voxelArray())
    node.SetIJKToRASMatrix(read.ijkToRASArray())
    if node.GetClassName() not in _OF_DIFFUSION and node.isVector:
        node.SetVoxelVectorType(read.GetVoxelVectorType())
    if isinstance(node, vtkMRMLDiffusionWeightedVolumeNode | vtkMRMLDiffusionTensorVolumeNode):
        node.SetMeasurementFrameMatrix(read.measurementFrameArray())
    if isinstance(node, vtkMRMLDiffusionWeightedVolumeNode):
        node.SetDiffusionGradients(read.gradientsArray())
        node.SetBValues(read.bValuesArray())


def _storageClassName(node: vtkMRMLNode) -> str:
    return NRRD_STORAGE if node.GetClassName() in _OF_DIFFUSION else ARCHETYPE_STORAGE


FORMAT = MemberFormat(
    classNames=("vtkMRMLVolumeNode",),
    suffixes=(".nrrd", ".nhdr", ".nii.gz", ".nii"),
    written=(".nrrd",),
    defaultSuffix=lambda node: ".nrrd",
    storageClassName=_storageClassName,
    hasData=lambda node: node.GetImageData() is not None,
    write=writeVolume,
    read=readVolumeInto,
    asks=lambda path: None if suffixOf(path) in NIFTI_SUFFIXES else (NRRD_TASK, NRRD_OPTIONS),
)
