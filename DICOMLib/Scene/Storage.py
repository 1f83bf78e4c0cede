"""Nodes to files and back, by the ending of the file's name: NRRD (.nrrd, .nhdr) and NIfTI-1 (.nii, .nii.gz)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy

from ..Diffusion import FSL
from ..Errors import FileError
from ..Progress import Progress
from ..Workers.Answers import Workers, answersOf
from . import Nifti, NrrdDiffusion, VectorTypes
from .ArrayFiles import replacingFile
from .DiffusionNodes import vtkMRMLDiffusionWeightedVolumeNode
from .Nrrd import NrrdImage, readNrrd, writeNrrd
from .Scene import Scene
from .TensorNodes import vtkMRMLDiffusionTensorVolumeNode
from .VolumeNodes import (
    vtkMRMLLabelMapVolumeNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLVectorVolumeNode,
    vtkMRMLVolumeNode,
)

NRRD_SUFFIXES = (".nrrd", ".nhdr")
VOLUME_SUFFIXES = (*NRRD_SUFFIXES, *Nifti.SUFFIXES)
# Written and read back so that a label map does not come back as a grey image; Slicer ignores it.
_LABEL_MAP_KEY = "vtkMRMLLabelMapVolumeNode"
_WEIGHTING, _MOST_WEIGHTING = "DICOMLib.Scene.VoxelTask:readWeighting", 64 << 20


def suffixOf(path: str | os.PathLike) -> str:
    """The ending of a file's name, lower case, ".nii.gz" in one; "" for none that volumes have."""
    name = os.fspath(path).lower()
    return next((suffix for suffix in (".nii.gz", *VOLUME_SUFFIXES) if name.endswith(suffix)), "")


def stemOf(path: str | os.PathLike) -> Path:
    """The path without the ending that :func:`suffixOf` finds."""
    suffix = suffixOf(path)
    return Path(os.fspath(path)[: -len(suffix)]) if suffix else Path(path)


# Writing


@dataclass(frozen=True)
class PreparedFile:
    """A volume that is to be written: all that was to be asked of the node is known, so any thread may write it.

    :ivar files: what there will be, the volume first
    """

    files: list[Path]
    _write: Callable[[Progress | None], None]

    def write(self, progress: Progress | None = None) -> None:
        """:raises FileError: when a file cannot be written :raises CancelledError: when progress was cancelled"""
        self._write(progress)


def prepareVolume(node: vtkMRMLVolumeNode, path: str | os.PathLike, compress: bool = True) -> PreparedFile:
    """A volume's voxels and its IJK-to-RAS matrix (parent transforms are not applied, as in Slicer), to be written.

    Diffusion-weighted volumes are written as NRRD in the manner of teem and Slicer, or as NIfTI with .bval and .bvec in
    the manner of FSL beside it. The voxels' memory is shared.

    :param compress: write NRRD with gzip; of NIfTI the file's name decides
    :raises SceneError: when the volume has no voxels
    :raises FileError: for a file name with another ending, or a volume that the format cannot hold
    """
    target, suffix = Path(path), suffixOf(path)
    if suffix in NRRD_SUFFIXES:
        nrrd = _nrrdOf(node, target)
        return PreparedFile([target], lambda progress: writeNrrd(nrrd, target, compress, progress))
    if suffix in Nifti.SUFFIXES:
        return _preparedNifti(node, target)
    what = "volumes are written as NRRD or NIfTI"
    raise FileError(what, target, hint="Use a file name that ends in .nrrd, .nhdr, .nii or .nii.gz")


def _nrrdOf(node: vtkMRMLVolumeNode, target: Path) -> NrrdImage:
    if isinstance(node, vtkMRMLDiffusionWeightedVolumeNode):
        return NrrdDiffusion.diffusionImage(node, target)
    if isinstance(node, vtkMRMLDiffusionTensorVolumeNode):
        return NrrdDiffusion.tensorImage(node)
    keyValues = {_LABEL_MAP_KEY: "1"} if isinstance(node, vtkMRMLLabelMapVolumeNode) else {}
    array = node.voxelArray()
    if not node.isVector:
        return NrrdImage(array, node.ijkToRASArray(), keyValues)
    values = array if array.ndim == 4 else array[..., None]
    values, kind, frame = VectorTypes.toNrrd(values, node.GetVoxelVectorType())
    return NrrdImage(values, node.ijkToRASArray(), keyValues, kind, frame)


def _preparedNifti(node: vtkMRMLVolumeNode, target: Path) -> PreparedFile:
    if isinstance(node, vtkMRMLDiffusionTensorVolumeNode):
        raise FileError("tensors cannot be written as NIfTI", target, hint="Use a file name that ends in .nrrd")
    isSeries = isinstance(node, vtkMRMLDiffusionWeightedVolumeNode)
    image = Nifti.NiftiImage(node.voxelArray(), node.ijkToRASArray(), isSeries)
    texts = _fslTexts(node, target) if isSeries else {}

    def write(progress: Progress | None) -> None:
        Nifti.writeNifti(image, target, progress)
        for file, text in texts.items():
            with replacingFile(file) as stream:
                stream.write(text.encode("ascii"))

    return PreparedFile([target, *texts], write)


def _fslTexts(node: vtkMRMLDiffusionWeightedVolumeNode, target: Path) -> dict[Path, str]:
    bValues, components = node.bValuesArray(), node.voxelArray().shape[3]
    if len(bValues) != components:
        what = f"the volume has {components} measurements and {len(bValues)} b-values"
        raise FileError(what, target, hint="Set as many gradients as there are measurements")
    vectors = FSL.vectorsFromRAS(node.gradientsRAS(), node.ijkToRASArray())
    bValueFile, vectorFile = _fslFiles(target)
    return {bValueFile: FSL.bValuesText(bValues), vectorFile: FSL.vectorsText(vectors)}


def _fslFiles(path: Path) -> tuple[Path, Path]:
    stem = stemOf(path)
    return tuple(stem.with_name(stem.name + suffix) for suffix in (FSL.B_VALUE_SUFFIX, FSL.GRADIENT_SUFFIX))


def writeVolume(
    node: vtkMRMLVolumeNode, path: str | os.PathLike, compress: bool = True, progress: Progress | None = None
) -> list[Path]:
    """Write a volume, see :func:`prepareVolume`, and remember the file in its storage node.

    :returns: the files written, the volume first
    :raises SceneError: when the volume has no voxels
    :raises FileError: for a file name with another ending, or when the file cannot be written
    :raises CancelledError: when progress was cancelled
    """
    prepared = prepareVolume(node, path, compress)
    prepared.write(progress)
    node.AddDefaultStorageNode(os.path.abspath(path))
    return prepared.files


# Reading


def readVolume(
    path: str | os.PathLike,
    scene: Scene | None = None,
    name: str = "",
    isForeign: bool = False,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> vtkMRMLVolumeNode:
    """Read a NRRD or NIfTI file as a scalar, label-map, vector, diffusion-weighted or tensor volume.

    :param scene: where the node is added with display and storage nodes; None leaves it outside of any scene
    :param name: the node's name; default: the file's name without suffix
    :param isForeign: as of :func:`DICOMLib.Scene.Nrrd.readNrrd`
    :param workers: where all that is parsed and inflated is; None: in this process
    :raises FileError: as :func:`DICOMLib.Scene.Nrrd.readNrrd` and :func:`DICOMLib.Scene.Nifti.readNifti`
    :raises WorkerError: when the worker died, ran out of memory or time
    :raises CancelledError: when progress was cancelled
    """
    source = Path(path)
    if suffixOf(path) in Nifti.SUFFIXES:
        node, array, ijkToRAS = _readNifti(source, progress, workers)
    else:
        node, array, ijkToRAS = _readNrrd(source, isForeign, progress, workers)
    node.SetName(name or stemOf(source).name)
    node.setVoxelArray(array)
    node.SetIJKToRASMatrix(ijkToRAS)
    if scene is not None:
        node.SetName(scene.GenerateUniqueName(node.GetName()))
        scene.AddNode(node)
        node.CreateDefaultDisplayNodes()
        node.AddDefaultStorageNode(os.path.abspath(path))
    return node


def _readNrrd(
    source: Path, isForeign: bool, progress: Progress | None, workers: Workers | None
) -> tuple[vtkMRMLVolumeNode, numpy.ndarray, numpy.ndarray]:
    image = readNrrd(source, isForeign, progress=progress, workers=workers)
    if NrrdDiffusion.isDiffusion(image):
        return NrrdDiffusion.diffusionNode(image, source), image.array, image.ijkToRAS
    if NrrdDiffusion.isTensor(image):
        return *NrrdDiffusion.tensorNode(image), image.ijkToRAS
    if image.array.ndim == 4:
        node, hasFrame = vtkMRMLVectorVolumeNode(), image.measurementFrame is not None
        values, vectorType = VectorTypes.fromNrrd(image.array, image.kind, hasFrame)
        node.SetVoxelVectorType(vectorType)
        return node, values, image.ijkToRAS
    node = vtkMRMLLabelMapVolumeNode() if _LABEL_MAP_KEY in image.keyValues else vtkMRMLScalarVolumeNode()
    return node, image.array, image.ijkToRAS


def _readNifti(
    source: Path, progress: Progress | None, workers: Workers | None
) -> tuple[vtkMRMLVolumeNode, numpy.ndarray, numpy.ndarray]:
    image = Nifti.readNifti(source, progress, workers)
    files = _fslFiles(source)
    if all(file.is_file() for file in files):
        array = image.array if image.array.ndim == 4 else image.array[..., None]
        return _weightedNode(source, files, array, image.ijkToRAS, workers), array, image.ijkToRAS
    if image.isSeries:
        what = f"the file holds {image.array.shape[3]} volumes one after the other and no b-values are beside it"
        names = " and ".join(file.name for file in files)
        raise FileError(what, source, hint=f"Only diffusion series are read so: put {names} beside it")
    node = vtkMRMLVectorVolumeNode() if image.array.ndim == 4 else vtkMRMLScalarVolumeNode()
    return node, image.array, image.ijkToRAS


def _weightedNode(
    source: Path, files: tuple[Path, Path], array: numpy.ndarray, ijkToRAS: numpy.ndarray, workers: Workers | None
) -> vtkMRMLDiffusionWeightedVolumeNode:
    bValues, gradients = _weighting(files, ijkToRAS, workers)
    if len(bValues) != array.shape[3]:
        what = f"the file holds {array.shape[3]} volumes, and beside it are {len(bValues)} b-values"
        raise FileError(what, source)
    node = vtkMRMLDiffusionWeightedVolumeNode()
    node.SetDiffusionGradients(gradients)
    node.SetBValues(bValues)
    return node


def _weighting(
    files: tuple[Path, Path], ijkToRAS: numpy.ndarray, workers: Workers | None
) -> tuple[numpy.ndarray, numpy.ndarray]:
    if workers is None:
        return FSL.readWeighting(*files, ijkToRAS)
    arguments = {"path": os.path.abspath(files[0]), "vectors": os.path.abspath(files[1]), "ijkToRAS": ijkToRAS.tolist()}
    found = [array for _, array in answersOf(_WEIGHTING, arguments, workers, None, files[0], _MOST_WEIGHTING)]
    if len(found) != 2 or found[1].shape != (len(found[0]), 3):
        raise FileError("the b-values and gradients cannot be read", files[0])
    return found[0], found[1]
