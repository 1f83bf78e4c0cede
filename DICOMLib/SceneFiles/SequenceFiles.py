"""Sequences: of volumes as .seq.nrrd, of linear transforms as .seq.mha, of other nodes as .seq.mrb, as in Slicer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote, unquote

import numpy

from ..Errors import FileError, SceneError
from ..Progress import Progress
from ..Scene import VectorTypes
from ..Scene.ArrayFiles import replacingFile
from ..Scene.Matrices import arrayFromMatrix, matrixFromArray
from ..Scene.Node import vtkMRMLNode
from ..Scene.Nrrd import NrrdImage, readNrrd
from ..Scene.SequenceNodes import vtkMRMLSequenceNode
from ..Scene.TransformNodes import vtkMRMLGridTransformNode, vtkMRMLLinearTransformNode
from ..Scene.VolumeNodes import vtkMRMLLabelMapVolumeNode, vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode
from ..Workers.Answers import plainValue
from .ForeignReading import arraysOf
from .GridImages import gridsOf, isGrids
from .ItemKeys import applyItemKeys, itemKeys
from .MatrixSequenceText import LOCAL
from .MemberFormat import MemberFormat, Reading
from .SequenceBundle import BUNDLE_SUFFIXES, readSequenceBundle, writeSequenceBundle
from .VolumeFiles import writeImage

IMAGES, TRANSFORMS, BUNDLE = ".seq.nrrd", ".seq.mha", ".seq.mrb"
_SUFFIXES = {
    "vtkMRMLVolumeSequenceStorageNode": IMAGES,
    "vtkMRMLLinearTransformSequenceStorageNode": TRANSFORMS,
}
_VOLUMES = {one.__name__: one for one in (vtkMRMLScalarVolumeNode, vtkMRMLLabelMapVolumeNode, vtkMRMLVectorVolumeNode)}
_CLASS_KEY = "DataNodeClassName"
_COLORS = ("RGB-color", "RGBA-color")
_TASK = "DICOMLib.SceneFiles.SmallFileTask:readMatrices"
_META_HEADER = (
    "ObjectType = Image", "NDims = 3", "AnatomicalOrientation = RAI", "BinaryData = True", "CompressedData = False",
    "DimSize = 0 0 {count}", "ElementSpacing = 1 1 1", "Offset = 0 0 0", "TransformMatrix = 1 0 0 0 1 0 0 0 1",
    "ElementType = MET_UCHAR", "Kinds = domain domain list",
)  # fmt: skip


def writeSequence(node: vtkMRMLSequenceNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises SceneError: for values the file cannot hold, and where it holds one image for images that differ in size,
    type or place
    """
    if node.GetDataNodeClassName() == "vtkMRMLLinearTransformNode":
        _require(path, TRANSFORMS)
        with replacingFile(path) as stream:
            stream.write(_transformsText(node).encode("utf-8"))
        return [path]
    _require(path, IMAGES)
    writeImage(_imageOf(node), path, progress)
    return [path]


def _require(path: Path, suffix: str) -> None:
    if not path.name.lower().endswith(suffix):
        what = "this is no file for a sequence of such data"
        raise FileError(what, path, hint=f"Use a file name that ends in {suffix} or {BUNDLE}")


def _dataNodes(node: vtkMRMLSequenceNode) -> list[vtkMRMLNode]:
    return [node.GetNthDataNode(n) for n in range(node.GetNumberOfDataNodes())]


def _values(node: vtkMRMLSequenceNode) -> list[str]:
    return [node.GetNthIndexValue(n) for n in range(node.GetNumberOfDataNodes())]


# Images


def _imageOf(node: vtkMRMLSequenceNode) -> NrrdImage:
    volumes = _dataNodes(node)
    if node.GetDataNodeClassName() not in _VOLUMES:
        what = "only sequences of volumes and of linear transforms can be saved in one file"
        raise SceneError(what, node.GetName(), node.GetDataNodeClassName())
    arrays = [volume.voxelArray() for volume in volumes]
    place = volumes[0].ijkToRASArray()
    isUniform = all(array.shape == arrays[0].shape and array.dtype == arrays[0].dtype for array in arrays)
    if not isUniform or not all(numpy.array_equal(volume.ijkToRASArray(), place) for volume in volumes):
        what = "the images of the sequence differ in size, type or place, so that they cannot be saved in one file"
        raise SceneError(what, node.GetName())
    if not all(_values(node)):
        raise SceneError("a sequence with an index value that is empty cannot be saved", node.GetName())
    array, parts = numpy.broadcast_to(arrays[0], (len(arrays), *arrays[0].shape)), arrays
    kind, frame = "", None
    if volumes[0].isVector:
        array, parts = numpy.stack(arrays), []
        values = array if array.ndim == 5 else array[..., None]
        vectorType = volumes[0].GetVoxelVectorType()
        array, kind, frame = VectorTypes.toNrrd(values, vectorType)
        # In sequences Slicer reads colours of bytes only, and takes no bytes for colours that are not said to be.
        if kind in _COLORS and (array.dtype != numpy.uint8 or vectorType not in VectorTypes.COLORS):
            kind = "vector"
    axes = array.ndim
    blanks = '"" ' * (axes - 1)
    fields = {name: f'{blanks}"{text}"' for name, text in _axisTexts(node).items() if '"' not in text}
    isText = node.GetIndexType() == node.TextIndex
    keys = {
        _CLASS_KEY: node.GetDataNodeClassName(),
        # Slicer counts the axis without that of components.
        "axis 3 index type": node.GetIndexTypeAsString(),
        "axis 3 index values": " ".join(quote(value, safe="" if isText else "+") for value in _values(node)),
        **itemKeys(volumes),
    }
    return NrrdImage(array, place, keys, kind, frame, isSeries=True, fields=fields, parts=parts)


def _axisTexts(node: vtkMRMLSequenceNode) -> dict[str, str]:
    return {"labels": node.GetIndexName() or "", "units": node.GetIndexUnit() or ""}


def _readImages(node: vtkMRMLSequenceNode, path: Path, reading: Reading) -> None:
    image = readNrrd(path, True, withSeries=True, progress=reading.progress, workers=reading.workers)
    if not image.isSeries:
        raise FileError("the file holds no sequence of images", path, image.array.shape)
    data = _gridNodes(image, path) if isGrids(image) else _volumeNodes(image, path)
    values = _indexValues(node, image.keyValues, len(data), path)
    for name, use in (("labels", node.SetIndexName), ("units", node.SetIndexUnit)):
        texts = re.findall(r'"([^"]*)"', image.fields.get(name, ""))
        if texts:
            use(texts[-1])
    applyItemKeys(image.keyValues, data)
    _fill(node, values, data)


def _gridNodes(image: NrrdImage, path: Path) -> list[vtkMRMLNode]:
    nodes = []
    for placed in gridsOf(image, path):
        one = vtkMRMLGridTransformNode()
        one.setPlacedGrid(placed)
        nodes.append(one)
    return nodes


def _volumeNodes(image: NrrdImage, path: Path) -> list[vtkMRMLNode]:
    isVector = image.array.ndim == 5
    className = image.keyValues.get(_CLASS_KEY, "")
    if className and className not in _VOLUMES:
        raise FileError("only sequences of volumes and of linear transforms can be read", path, className[:80])
    fallback = vtkMRMLVectorVolumeNode if isVector else vtkMRMLScalarVolumeNode
    nodeClass = _VOLUMES.get(className, fallback)
    if nodeClass.isVector != isVector:
        raise FileError("the images of the sequence are not of the class that the file says", path, className[:80])
    arrays, vectorType = image.array, VectorTypes.UNDEFINED
    if isVector:
        arrays, vectorType = VectorTypes.fromNrrd(arrays, image.kind, image.measurementFrame is not None)
    volumes = []
    for array in arrays:
        volume = nodeClass()
        volume.SetVoxelVectorType(vectorType)
        volume.setVoxelArray(array)
        volume.SetIJKToRASMatrix(image.ijkToRAS)
        volumes.append(volume)
    return volumes


def _indexValues(node: vtkMRMLSequenceNode, keyValues: dict[str, str], count: int, path: Path) -> list[str]:
    found = {key.split(" ", 2)[2]: value for key, value in keyValues.items() if re.match(r"axis \d+ index ", key)}
    isText = found.get("index type", "numeric") == "text"
    node.SetIndexType(node.TextIndex if isText else node.NumericIndex)
    values = [unquote(word) for word in found.get("index values", "").split()]
    if not values:
        return [str(n) for n in range(count)]
    if len(values) != count or len(set(values)) < count:
        raise FileError("the sequence has other index values than images", path, f"{len(values)} and {count}")
    return values


def _fill(node: vtkMRMLSequenceNode, values: Iterable[str], data: Iterable[vtkMRMLNode]) -> None:
    node.RemoveAllDataNodes()
    for value, one in zip(values, data, strict=True):
        one.SetName(f"{node.GetName() or 'Sequence'}_{value}")
        node.addDataNode(one, value)


# Linear transforms


def _transformsText(node: vtkMRMLSequenceNode) -> str:
    """A MetaImage header without an image; matrices are to the parent, RAS, unlike those of transform files."""
    lines = [line.format(count=node.GetNumberOfDataNodes()) for line in _META_HEADER]
    name = re.sub(r"[^A-Za-z0-9_-]", "_", node.GetName() or "Sequence")
    for number, (value, transform) in enumerate(zip(_values(node), _dataNodes(node), strict=True)):
        if value != value.strip() or len(value.splitlines()) > 1:
            what = "the file holds no index values with ends of lines, or blanks around them"
            raise SceneError(what, node.GetName(), repr(value))
        matrix = arrayFromMatrix(transform.GetMatrixTransformToParent()).ravel()
        frame = f"Seq_Frame{number:04d}_"
        lines += [
            f"{frame}{name}Transform =" + " ".join(repr(float(one) + 0.0) for one in matrix) + " ",
            f"{frame}{name}TransformStatus = OK",
            f"{frame}Timestamp = {value}",
        ]
    return "\n".join([*lines, LOCAL])


def _readTransforms(node: vtkMRMLSequenceNode, path: Path, reading: Reading) -> None:
    found = [array for _, array in arraysOf(_TASK, path, reading.workers, reading.progress)]
    told = plainValue(found[0]) if len(found) == 2 else None
    areTexts = isinstance(told, list) and all(isinstance(one, str) for one in told)
    if not areTexts or found[1].shape != (len(told), 4, 4) or found[1].dtype != float or len(set(told)) < len(told):
        raise FileError("the sequence of transforms is damaged", path)
    _fill(node, told, [_transformNode(matrix) for matrix in found[1]])


def _transformNode(matrix: numpy.ndarray) -> vtkMRMLLinearTransformNode:
    node = vtkMRMLLinearTransformNode()
    node.SetMatrixTransformToParent(matrixFromArray(matrix))
    return node


def readSequenceInto(node: vtkMRMLSequenceNode, path: Path, reading: Reading) -> None:
    """:raises FileError: when the file is damaged or holds no sequence"""
    if path.name.lower().endswith(BUNDLE_SUFFIXES):
        readSequenceBundle(node, path, reading)
        return
    (_readTransforms if path.suffix.lower() == ".mha" else _readImages)(node, path, reading)


FORMAT = MemberFormat(
    classNames=("vtkMRMLSequenceNode",),
    suffixes=(IMAGES, TRANSFORMS, ".seq.nhdr", ".nrrd", ".nhdr", ".mha", *BUNDLE_SUFFIXES),
    written=(IMAGES, TRANSFORMS, BUNDLE),
    defaultSuffix=lambda node: _SUFFIXES.get(node.GetDefaultStorageNodeClassName(), BUNDLE),
    storageClassName=lambda node: node.GetDefaultStorageNodeClassName(),
    hasData=lambda node: node.GetNumberOfDataNodes() > 0,
    write=writeSequence,
    bundleSuffixes=BUNDLE_SUFFIXES,
    writeBundle=writeSequenceBundle,
    read=readSequenceInto,
)
