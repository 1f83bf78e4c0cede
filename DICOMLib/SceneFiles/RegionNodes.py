"""Regions of 3D Slicer that volumes in 3D views are cut to: boxes. RAS, mm.

All else that a scene says of them is kept as of other nodes whose class is not known here, and written back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPlanes
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from ..Errors import SceneError
from ..Scene.Matrices import arrayFromMatrix, filledMatrix, matrixFromArray
from ..Scene.Node import vtkMRMLNode
from ..Scene.TransformNodes import TRANSFORM_MODIFIED_EVENT, vtkMRMLTransformNode
from .UnknownNodes import vtkMRMLUnknownNode
from .ValueText import numbers, numbersText

# Files of marks take kilobytes; a region is one mark.
MAX_BYTES = 1 << 20
_TRANSFORM = "transform"


@dataclass(frozen=True)
class Box:
    """A box in the frame of its node.

    :ivar center: RAS mm
    :ivar axes: 3×3, columns of length 1
    :ivar size: along them, mm
    """

    center: numpy.ndarray
    axes: numpy.ndarray
    size: numpy.ndarray


class vtkMRMLRegionNode(vtkMRMLUnknownNode):
    """What the kinds of regions have in common; without a box where nothing usable is said of it."""

    referenceEvents = {_TRANSFORM: TRANSFORM_MODIFIED_EVENT}

    def CreateNodeInstance(self) -> vtkMRMLRegionNode:
        """An empty one of the same class."""
        return type(self)(self.GetClassName(), self.tag)

    def processReferencedNode(self, role: str, node: vtkMRMLNode) -> None:
        """A transform above has changed: the region is elsewhere."""
        super().processReferencedNode(role, node)
        self.Modified()

    def GetParentTransformNode(self) -> vtkMRMLTransformNode | None:
        """The transform it is under, if any."""
        node = self.GetNodeReference(_TRANSFORM)
        return node if isinstance(node, vtkMRMLTransformNode) else None

    def box(self) -> Box | None:
        """In the node's own frame; None where nothing usable is said of one."""
        raise SceneError("this kind of region has no box", self.GetName(), self.GetClassName())

    def setBox(self, box: Box) -> None:
        """Say another one, in whatever says it now. :raises SceneError: where nothing does"""
        raise SceneError("this kind of region has no box", self.GetName(), self.GetClassName())

    def boxInWorld(self) -> Box | None:
        """Where the transforms above put it: turned and moved, of the same size, with right angles, as in 3D Slicer."""
        box, parent = self.box(), self.GetParentTransformNode()
        if box is None or parent is None:
            return box
        toWorld = parent.GetTransformToWorld()
        x, y = (numpy.array(toWorld.TransformVectorAtPoint(box.center, box.axes[:, n].tolist())) for n in (0, 1))
        z = _unit(numpy.cross(x, y))
        y = _unit(numpy.cross(z, x))
        axes = numpy.column_stack([_unit(numpy.cross(y, z)), y, z])
        center = numpy.array(toWorld.TransformPoint(box.center.tolist()))
        return Box(center, axes, box.size) if numpy.isfinite(axes).all() and numpy.isfinite(center).all() else None

    def _someBox(self) -> Box:
        return self.box() or Box(numpy.zeros(3), numpy.eye(3), numpy.zeros(3))

    def GetCenter(self, center: list | None = None) -> tuple[float, ...]:
        """RAS mm of the node's frame; also written into a list when one is given."""
        return _filled(self._someBox().center, center)

    def GetSize(self, size: list | None = None) -> tuple[float, ...]:
        """Along its axes, mm."""
        return _filled(self._someBox().size, size)

    def GetRadiusXYZ(self, radius: list | None = None) -> tuple[float, ...]:
        """Half of its size."""
        return _filled(self._someBox().size / 2, radius)

    def GetXYZ(self, center: list | None = None) -> tuple[float, ...]:
        """As :meth:`GetCenter`."""
        return self.GetCenter(center)

    def SetCenter(self, *center) -> None:
        """:param center: three numbers, or a list of them"""
        self._change(center=_three(center))

    SetXYZ = SetCenter

    def SetSize(self, *size) -> None:
        """:param size: three numbers, or a list of them"""
        self._change(size=_three(size))

    def SetRadiusXYZ(self, *radius) -> None:
        """:param radius: half of the size"""
        self._change(size=2 * _three(radius))

    def _change(self, **values: numpy.ndarray) -> None:
        box = self._someBox()
        self.setBox(Box(**{"center": box.center, "axes": box.axes, "size": box.size} | values))
        self.Modified()

    def GetObjectToNodeMatrix(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        """Millimetres along the box's axes from its middle → RAS of the node."""
        return filledMatrix(_matrixOf(self._someBox()), matrix)

    def GetObjectToWorldMatrix(self, matrix: vtkMatrix4x4 | None = None) -> vtkMatrix4x4:
        """The same → RAS of the world. Stretched as transforms above stretch, which planes are not: as in 3D Slicer."""
        box, parent = self.boxInWorld(), self.GetParentTransformNode()
        if box is None or parent is None:
            return filledMatrix(_matrixOf(box or self._someBox()), matrix)
        fromWorld = parent.GetTransformToWorld().GetInverse()
        vectors = [fromWorld.TransformVectorAtPoint(box.center, axis) for axis in box.axes.T.tolist()]
        return filledMatrix(_matrixOf(replace(box, axes=box.axes / numpy.linalg.norm(vectors, axis=1))), matrix)

    def SetAndObserveObjectToNodeMatrix(self, matrix: vtkMatrix4x4) -> None:
        """Place the box. The matrix is copied."""
        array = arrayFromMatrix(matrix)
        self._change(center=array[:3, 3], axes=array[:3, :3] / numpy.linalg.norm(array[:3, :3], axis=0))

    def GetPlanes(self, planes: vtkPlanes, insideOut: bool = False) -> None:
        """Those of its sides, in the node's frame. :param insideOut: whether their normals point inwards"""
        _fill(planes, self.box(), insideOut)

    def GetPlanesWorld(self, planes: vtkPlanes, insideOut: bool = False) -> None:
        """Those of its sides in the world."""
        _fill(planes, self.boxInWorld(), insideOut)

    def GetTransformedPlanes(self, planes: vtkPlanes, insideOut: bool = False) -> None:
        """As :meth:`GetPlanesWorld`."""
        self.GetPlanesWorld(planes, insideOut)


class vtkMRMLMarkupsROINode(vtkMRMLRegionNode):
    """A region of marks, as its file (``.mrk.json``) says, which stays as it is unless the box is changed."""

    def __init__(self, className: str, tag: str):
        super().__init__(className, tag)
        self._read: tuple[bytes, object] = (b"", None)

    def box(self) -> Box | None:
        """In the node's own frame."""
        return _boxOfMark(self._fileAndMark()[1])

    def setBox(self, box: Box) -> None:
        """Write it into the file; all else in there stays."""
        name, mark = self._fileAndMark()
        if mark is None:
            raise SceneError("the file of the region is not there, so it cannot be changed", self.GetName())
        whole, flip = self._read[1], _flipOf(mark)
        changed = mark | {
            "center": (flip * box.center).tolist(), "size": box.size.tolist(),
            "orientation": (flip[:, None] * box.axes).ravel().tolist(),
        }  # fmt: skip
        points = mark.get("controlPoints")
        if isinstance(points, list) and len(points) == 1 and isinstance(points[0], dict):
            changed["controlPoints"] = [points[0] | {"position": changed["center"]}]
        whole = whole | {"markups": [changed if one is mark else one for one in whole["markups"]]}
        self.keptFiles[name] = json.dumps(whole, indent=4, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._read = self.keptFiles[name], whole

    def setRead(self, contents: bytes, said: object) -> None:
        """What a worker has read of one of its files: nothing of a stranger is parsed in this process.

        :param said: None for what is no JSON
        """
        self._read = contents, said

    def CopyContent(self, node: vtkMRMLNode, deepCopy: bool = True) -> None:
        """Take over what is kept of another node."""
        if isinstance(node, vtkMRMLMarkupsROINode):
            self._read = node._read
        super().CopyContent(node, deepCopy)

    def _fileAndMark(self) -> tuple[str, dict | None]:
        for name, contents in self.keptFiles.items():
            if name.lower().endswith(".json") and len(contents) <= MAX_BYTES:
                if contents is not self._read[0]:  # it is asked for with every picture
                    self._read = contents, saidIn(contents)
                mark = _roiOf(self._read[1])
                if mark is not None:
                    return name, mark
        return "", None


class vtkMRMLAnnotationROINode(vtkMRMLRegionNode):
    """A region of older versions, along the axes of its node, which is said in the scene's text."""

    _POINTS = "ctrlPtsCoord"

    def box(self) -> Box | None:
        """In the node's own frame."""
        texts = self.keptAttributes.get(self._POINTS, "").split("|")
        try:
            center, radius = (numpy.array(numbers(text, 3)) for text in texts[:2])
        except ValueError:
            return None
        return _checked(Box(center, numpy.eye(3), 2 * numpy.abs(radius)))

    def setBox(self, box: Box) -> None:
        """Say it in the node's attributes."""
        if not numpy.allclose(box.axes, numpy.eye(3)):
            raise SceneError("a region of this kind lies along the axes of its frame", self.GetName())
        self.keptAttributes[self._POINTS] = f"{numbersText(box.center)}|{numbersText(box.size / 2)}"


REGION_CLASSES: dict[str, type[vtkMRMLRegionNode]] = {
    one.__name__: one for one in (vtkMRMLMarkupsROINode, vtkMRMLAnnotationROINode)
}


def keptNodeFor(className: str, tag: str) -> vtkMRMLUnknownNode:
    """A node for an element whose class has no node of its own."""
    return REGION_CLASSES.get(className, vtkMRMLUnknownNode)(className, tag)


def planesOf(box: Box) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Points and normals, pointing outwards, of its sides, each (6, 3): along the first axis down and up, and so on."""
    normals = numpy.repeat(box.axes.T, 2, axis=0) * numpy.array([-1.0, 1.0] * 3)[:, None]
    return box.center + normals * numpy.repeat(box.size / 2, 2)[:, None], normals


def saidIn(contents: bytes) -> object:
    """The JSON of a file of marks; None when it is none."""
    try:
        return json.loads(contents)
    except (ValueError, RecursionError):  # nobody vouches for the file
        return None


def _roiOf(said) -> dict | None:
    marks = said.get("markups") if isinstance(said, dict) else None
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, dict) and mark.get("type") == "ROI":
            return mark
    return None


def _boxOfMark(mark: dict | None) -> Box | None:
    if mark is None:
        return None
    try:
        center, size = (numpy.array(mark[name], float).reshape(3) for name in ("center", "size"))
        axes = numpy.array(mark.get("orientation", numpy.diag(_flipOf(mark))), float).reshape(3, 3)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    flip = _flipOf(mark)
    with numpy.errstate(over="ignore"):
        lengths = numpy.linalg.norm(axes, axis=0)
    if not ((lengths > 0) & numpy.isfinite(lengths)).all():
        return None
    return _checked(Box(flip * center, flip[:, None] * axes / lengths, size))


def _flipOf(mark: dict) -> numpy.ndarray:
    return numpy.array([1.0, 1.0, 1.0] if mark.get("coordinateSystem") in ("RAS", "0", 0) else [-1.0, -1.0, 1.0])


def _checked(box: Box) -> Box | None:
    isFinite = all(numpy.isfinite(one).all() for one in (box.center, box.axes, box.size))
    return box if isFinite and (box.size > 0).all() else None


def _unit(vector: numpy.ndarray) -> numpy.ndarray:
    length = numpy.linalg.norm(vector)
    return vector / length if length > 0 else vector * numpy.nan


def _matrixOf(box: Box) -> vtkMatrix4x4:
    array = numpy.eye(4)
    array[:3, :3], array[:3, 3] = box.axes, box.center
    return matrixFromArray(array)


def _fill(planes: vtkPlanes, box: Box | None, insideOut: bool) -> None:
    points, normals = (numpy.zeros((0, 3)),) * 2 if box is None else planesOf(box)
    inVTK = vtkPoints()
    inVTK.SetDataTypeToDouble()
    inVTK.SetData(numpy_to_vtk(points, deep=True))
    planes.SetPoints(inVTK)
    planes.SetNormals(numpy_to_vtk(-normals if insideOut else normals, deep=True))


def _three(values: Sequence) -> numpy.ndarray:
    found = numpy.array(values[0] if len(values) == 1 else values, float).reshape(3)
    if not numpy.isfinite(found).all():
        raise SceneError("a region has finite numbers", value=found.tolist())
    return found


def _filled(values: numpy.ndarray, target: list | None) -> tuple[float, ...]:
    if target is not None:
        target[:] = values.tolist()
    return tuple(values.tolist())
