"""Transforms as Slicer keeps them, by ITK's conventions (LPS, from the parent).

Linear ones, displacement grids, B-splines, thin plates, and composites of these.
"""

from __future__ import annotations

import functools
import os
import tempfile
from pathlib import Path

import numpy

from ..Errors import FileError, SceneError
from ..Geometry.Patient import ijkToLPSFromRAS
from ..Progress import Progress
from ..Scene.ArrayFiles import replacingFile
from ..Scene.GridTransforms import PlacedGrid
from ..Scene.Matrices import arrayFromMatrix, matrixFromArray
from ..Scene.Node import vtkMRMLNode
from ..Scene.TransformNodes import vtkMRMLGridTransformNode, vtkMRMLLinearTransformNode, vtkMRMLTransformNode
from ..Scene.TransformParts import PlacedMatrix, PlacedSpline, PlacedThinPlate, TransformPart
from .ForeignReading import arraysOf
from .GridImages import gridOfImage, placedGrid
from .MemberFormat import MemberFormat, Reading
from .SplineText import itkSpline, splineOf
from .ThinPlateText import itkPlate, plateOf, plateOfVTK
from .TransformText import (
    AFFINE,
    FIELD,
    INVERSE,
    PLATE,
    SPLINE,
    ItkTransform,
    compositeText,
    transformText,
)

HDF_SUFFIX, TEXT_SUFFIXES = ".h5", (".tfm", ".txt")
_IMAGE_SUFFIXES = (".nrrd", ".nhdr")
# What inverting a matrix twice may change; a file in which more differs was edited, and ITK's numbers hold.
EXACT_WITHIN = 1e-9
_FLIP = numpy.diag([-1.0, -1.0, 1.0, 1.0])
_TASK = "DICOMLib.SceneFiles.TransformTask:readTransform"
_TEXT_TASK = "DICOMLib.SceneFiles.SmallFileTask:readTransformText"


def writeTransform(node: vtkMRMLTransformNode, path: Path, progress: Progress | None) -> list[Path]:
    """:raises SceneError: for a transform that is neither linear nor made of parts that were set as such"""
    parts = _partsOf(node)
    if len(parts) > 1:
        _requireText(path)
        with replacingFile(path) as stream:
            stream.write(compositeText(parts).encode("ascii"))
        return [path]
    transform = parts[0]
    if path.suffix.lower() != HDF_SUFFIX:
        exact = arrayFromMatrix(node.GetMatrixTransformToParent()) if node.IsLinear() else None
        with replacingFile(path) as stream:
            stream.write(transformText(transform, exact).encode("ascii"))
        return [path]
    if not transform.isAffine():
        _requireText(path)
    _writeHdf(transform, path)
    return [path]


def _requireText(path: Path) -> None:
    if path.suffix.lower() == HDF_SUFFIX:
        hint = "Use a file name that ends in .tfm"
        raise FileError("transforms that are not linear are written as text only", path, hint=hint)


def _partsOf(node: vtkMRMLTransformNode) -> list[ItkTransform]:
    return [_itkPart(part) for part in node.partsFromParent()] or [_itkTransform(node)]


def _itkPart(part: TransformPart) -> ItkTransform:
    if isinstance(part, PlacedGrid):
        return _fieldOf(part)
    if isinstance(part, PlacedSpline):
        return itkSpline(part)
    if isinstance(part, PlacedThinPlate):
        return itkPlate(part)
    return _affine(_FLIP @ part.fromParent @ _FLIP)


def _affine(matrix: numpy.ndarray) -> ItkTransform:
    return ItkTransform(AFFINE, numpy.r_[matrix[:3, :3].ravel(), matrix[:3, 3]], numpy.zeros(3))


def _itkTransform(node: vtkMRMLTransformNode) -> ItkTransform:
    if node.IsLinear():
        toParent = arrayFromMatrix(node.GetMatrixTransformToParent())
        return _affine(_FLIP @ _inverse(toParent, node) @ _FLIP)
    plate = plateOfVTK(node.GetTransformToParent())
    if plate is not None:
        return itkPlate(plate)
    grid = node.displacementGrid() if isinstance(node, vtkMRMLGridTransformNode) else None
    if grid is None:
        what = "only linear transforms, displacement grids, thin plates and what was read from files can be saved"
        raise SceneError(what, node.GetName(), node.GetTransformToParent().GetClassName())
    return _fieldOf(grid)


def _inverse(matrix: numpy.ndarray, node: vtkMRMLNode) -> numpy.ndarray:
    try:
        return numpy.linalg.inv(matrix)
    except numpy.linalg.LinAlgError:
        raise SceneError("a transform without an inverse cannot be saved", node.GetName()) from None


def _fieldOf(placed: PlacedGrid) -> ItkTransform:
    """The grid in LPS: where its points are, and displacements in mm. The axes need not be at right angles."""
    place, grid = ijkToLPSFromRAS(placed.ijkToRAS), placed.grid
    axes = place[:3, :3] * numpy.asarray(grid.spacing, float)
    spacing = numpy.linalg.norm(axes, axis=0)
    origin = place[:3, :3] @ numpy.asarray(grid.origin, float) + place[:3, 3]
    size = grid.displacements.shape[2::-1]
    fixed = numpy.r_[size, origin, spacing, (axes / spacing).ravel()]
    values = numpy.asarray(grid.displacements, float).reshape(-1, 3) @ place[:3, :3].T
    # Unless somebody has changed the grid, what was read is written, to the last digit.
    exact = placed.inFile
    if exact is not None and numpy.allclose(exact.reshape(-1, 3), values, rtol=EXACT_WITHIN, atol=EXACT_WITHIN):
        values = exact
    name = FIELD if placed.isFromParent else INVERSE + FIELD
    return ItkTransform(name, values.ravel(), fixed, isLinearField=not placed.isCubic)


def _writeHdf(transform: ItkTransform, path: Path) -> None:
    import SimpleITK

    affine = SimpleITK.AffineTransform(3)
    affine.SetFixedParameters(transform.fixed.tolist())
    affine.SetParameters(transform.parameters.tolist())
    with replacingFile(path) as stream, tempfile.TemporaryDirectory(dir=path.parent) as folder:
        written = os.path.join(folder, "transform" + HDF_SUFFIX)
        try:
            SimpleITK.WriteTransform(affine, written)
        except RuntimeError as error:
            raise FileError("ITK does not write the transform file", path, str(error).strip()[-200:]) from None
        stream.write(Path(written).read_bytes())


def readTransformInto(node: vtkMRMLTransformNode, path: Path, reading: Reading) -> None:
    """:raises FileError: when the file is damaged or holds a transform of another kind"""
    suffix = path.suffix.lower()
    if suffix in _IMAGE_SUFFIXES:
        _useGrid(node, gridOfImage(path, reading.workers), path)
        return
    if suffix in TEXT_SUFFIXES:
        transforms, exact = _ofText(path, reading)
        if all(one.isAffine() or one.isField() or one.isSpline() or one.isPlate() for one in transforms):
            _use(node, transforms, path, exact)
            return
    found = arraysOf(_TASK, path, reading.workers, reading.progress)
    try:
        transforms = [_itkOf(*one) for one in found]
    except (KeyError, TypeError, ValueError) as error:
        raise FileError("the transform file cannot be read", path, str(error)[:80]) from error
    if not transforms:
        raise FileError("the transform file cannot be read", path)
    _use(node, transforms, path)


def _ofText(path: Path, reading: Reading) -> tuple[list[ItkTransform], numpy.ndarray | None]:
    """What a worker found in a text, and the matrix in its remark."""
    found = arraysOf(_TEXT_TASK, path, reading.workers, reading.progress)
    transforms = []
    for said, values in found:
        name, count = said.get("name"), said.get("count")
        if not isinstance(name, str) or type(count) is not int or values.dtype != float or not 0 <= count < len(values):
            raise FileError("the transform file cannot be read", path)
        isLinear = said.get("isLinearField") is True
        transforms.append(ItkTransform(name, values[:count], values[count:-1], isLinearField=isLinear))
    told = found[0][0].get("exact") if found else None
    try:
        exact = numpy.array(told, float) if isinstance(told, list) else None
    except (TypeError, ValueError) as error:
        raise FileError("the transform file cannot be read", path) from error
    if not found or (exact is not None and exact.shape != (4, 4)):
        raise FileError("the transform file cannot be read", path)
    return transforms, exact


def _itkOf(information: dict, values: numpy.ndarray) -> ItkTransform:
    """What a worker found. :raises ValueError: or another of those above, for what no worker of ours says"""
    if information.get("kind") == "linear":
        return _affine(values.reshape(4, 4))
    name = {"spline": SPLINE, "plate": PLATE}.get(str(information.get("kind")), FIELD)
    name = INVERSE + name if information.get("isToParent") else name
    return ItkTransform(name, values.ravel(), numpy.array(information["fixed"], float))


def _use(
    node: vtkMRMLTransformNode, transforms: list[ItkTransform], path: Path, exact: numpy.ndarray | None = None
) -> None:
    if len(transforms) > 1 and all(one.isAffine() for one in transforms):
        transforms = [_affine(functools.reduce(numpy.matmul, [one.matrixLPS() for one in transforms]))]
    first = transforms[0]
    if len(transforms) == 1 and first.isAffine():
        _useLinear(node, first, path, exact)
    elif len(transforms) == 1 and first.isField() and isinstance(node, vtkMRMLGridTransformNode):
        _useGrid(node, _gridOf(first, path), path)
    elif isinstance(node, (vtkMRMLGridTransformNode, vtkMRMLLinearTransformNode)):
        what = "a displacement grid, not a linear transform" if first.isField() else "another kind of transform"
        raise FileError(f"the file holds {what}", path, " ".join(one.name for one in transforms)[:80])
    else:
        node.setPartsFromParent([_partOf(one, path) for one in transforms])


def _partOf(transform: ItkTransform, path: Path) -> TransformPart:
    if transform.isField():
        return _gridOf(transform, path)
    if transform.isPlate():
        return plateOf(transform, path)
    return splineOf(transform, path) if transform.isSpline() else PlacedMatrix(_matrixOf(transform, path))


def _matrixOf(transform: ItkTransform, path: Path) -> numpy.ndarray:
    """4×4, from the parent, RAS."""
    matrix = _FLIP @ transform.matrixLPS() @ _FLIP
    if not numpy.isfinite(matrix).all() or numpy.linalg.matrix_rank(matrix[:3, :3]) < 3:
        raise FileError("the transform in the file has no inverse", path)
    return matrix


def _useLinear(node: vtkMRMLTransformNode, transform: ItkTransform, path: Path, exact: numpy.ndarray | None) -> None:
    matrix = _matrixOf(transform, path)
    if isinstance(node, vtkMRMLGridTransformNode):
        raise FileError("the file holds a linear transform, not a displacement grid", path)
    toParent = numpy.linalg.inv(matrix)
    if exact is not None and numpy.allclose(exact, toParent, rtol=EXACT_WITHIN, atol=EXACT_WITHIN):
        toParent = exact
    node.SetMatrixTransformToParent(matrixFromArray(toParent))


def _useGrid(node: vtkMRMLTransformNode, placed: PlacedGrid, path: Path) -> None:
    if isinstance(node, vtkMRMLLinearTransformNode):
        raise FileError("the file holds a displacement grid, not a linear transform", path)
    if not isinstance(node, vtkMRMLGridTransformNode):
        node.setPartsFromParent([placed])
        return
    node.setPlacedGrid(placed)


def _gridOf(transform: ItkTransform, path: Path) -> PlacedGrid:
    size, origin, spacing = (transform.fixed[start : start + 3] for start in (0, 3, 6))
    lps = numpy.eye(4)
    lps[:3, :3] = transform.fixed[9:].reshape(3, 3) * spacing
    lps[:3, 3] = origin
    counts = [int(count) for count in size]
    total = 3 * counts[0] * counts[1] * counts[2]
    if min(counts) < 1 or total != len(transform.parameters) or numpy.linalg.matrix_rank(lps[:3, :3]) < 3:
        raise FileError("the displacement grid in the file is damaged", path)
    values = transform.parameters.reshape(*counts[::-1], 3)
    isFromParent = not transform.name.startswith(INVERSE)
    return placedGrid(values, lps, isFromParent, isCubic=not transform.isLinearField)


def _hasData(node: vtkMRMLNode) -> bool:
    hasGrid = getattr(node, "displacementGrid", lambda: None)() is not None
    isOfParts = hasGrid or bool(node.partsFromParent())
    return node.IsLinear() or isOfParts or plateOfVTK(node.GetTransformToParent()) is not None


FORMAT = MemberFormat(
    classNames=("vtkMRMLTransformNode",),
    suffixes=(HDF_SUFFIX, *TEXT_SUFFIXES, *_IMAGE_SUFFIXES),
    written=(HDF_SUFFIX, *TEXT_SUFFIXES),
    defaultSuffix=lambda node: ".tfm",
    storageClassName=lambda node: "vtkMRMLTransformStorageNode",
    hasData=_hasData,
    write=writeTransform,
    read=readTransformInto,
    asks=lambda path: (_TEXT_TASK, {}) if path.suffix.lower() in TEXT_SUFFIXES else None,
)
